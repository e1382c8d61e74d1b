"""The payload: 64 KiB chunks of ChaCha20-Poly1305, the last one marked (STREAM).

Source: C2SP age.md, "Payload". The nonce of a chunk is its number in 11 bytes, big-endian, then
1 for the last chunk and 0 for all before it; so chunks can neither be moved nor dropped, nor the
end be cut off, without its being seen. Only an empty payload has an empty last chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from defenderdesk.crypto.age import derive
from defenderdesk.crypto.age.feed import Feed
from defenderdesk.errors import DamagedError, Message, TruncatedError

CHUNK = 64 * 1024
TAG_SIZE = 16
SEALED_CHUNK = CHUNK + TAG_SIZE
NONCE_SIZE = 16
BATCH = 16
"""Chunks read or written by one call of the file beneath: about 1 MiB."""


def payload_cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    """The cipher of the payload with this 16-byte `nonce`."""
    return ChaCha20Poly1305(derive.hkdf(file_key, nonce, b"payload"))


def chunk_nonce(index: int, final: bool) -> bytes:
    """12 bytes."""
    return (index << 8 | final).to_bytes(12, "big")


def open_chunk(cipher: ChaCha20Poly1305, index: int, sealed: memoryview, final: bool) -> bytes:
    """The chunk. Raises InvalidTag."""
    return cipher.decrypt(chunk_nonce(index, final), sealed, None)


class ChunkWriter:
    """Seals a payload of unknown length onto `out`, which must be done with the memoryview it
    gets when its `write` returns."""

    def __init__(self, cipher: ChaCha20Poly1305, out: BinaryIO) -> None:
        self._cipher = cipher
        self._out = out
        self._held = bytearray(CHUNK)
        self._held_size = 0
        self._batch = memoryview(bytearray(BATCH * SEALED_CHUNK))
        self._batch_size = 0
        self._index = 0

    def write(self, view: memoryview) -> None:
        """Takes all of `view` (bytes). The last chunk so far is held: it may be the final one."""
        at = 0
        if self._held_size:
            at = min(CHUNK - self._held_size, len(view))
            self._held[self._held_size : self._held_size + at] = view[:at]
            self._held_size += at
            if at == len(view):
                return
            self._seal(self._held, final=False)
        while len(view) - at > CHUNK:
            self._seal(view[at : at + CHUNK], final=False)
            at += CHUNK
        self._held_size = len(view) - at
        self._held[: self._held_size] = view[at:]

    def finish(self) -> None:
        """Writes the final chunk, without which nobody takes the file for whole."""
        self._seal(memoryview(self._held)[: self._held_size], final=True)
        self._flush()

    def _seal(self, chunk: bytearray | memoryview, *, final: bool) -> None:
        end = self._batch_size + len(chunk) + TAG_SIZE
        into = self._batch[self._batch_size : end]
        self._cipher.encrypt_into(chunk_nonce(self._index, final), chunk, None, into)
        self._index += 1
        self._batch_size = end
        if end == len(self._batch):
            self._flush()

    def _flush(self) -> None:
        write_all(self._out, self._batch[: self._batch_size])
        self._batch_size = 0


def write_all(out: BinaryIO, data: bytes | memoryview) -> None:
    """Writes all of `data`, also where `out` is raw and takes only some at a time."""
    view = memoryview(data)
    while view:
        written = out.write(view)
        view = view[len(view) if written is None else written :]


def read_chunks(cipher: ChaCha20Poly1305, feed: Feed) -> Iterator[bytes]:
    """Opens chunk after chunk of a payload, of which `feed` has the rest after the nonce.

    Every chunk is authentic when it is yielded, but only at the end of the iteration is it known
    that the payload is whole. Raises TruncatedError where the end is missing, DamagedError where
    something was altered or added.
    """
    buffer = memoryview(bytearray(BATCH * SEALED_CHUNK + 1))
    full = _split(buffer[:-1])
    size = index = 0
    while True:
        size += feed.fill(buffer[size:])
        more = size == len(buffer)
        pieces = full if more else _split(buffer[:size])
        for sealed in pieces:
            last = not more and sealed is pieces[-1]
            try:
                chunk = open_chunk(cipher, index, sealed, last)
            except InvalidTag:
                yield from _look_closer(cipher, index, sealed, last)
            if last and not chunk and index:
                raise DamagedError(what="its last part is empty")
            yield chunk
            index += 1
        if not more:
            break
        buffer[0] = buffer[-1]
        size = 1
    if not index:
        raise TruncatedError(what="it ends before its content")


def _split(sealed: memoryview) -> list[memoryview]:
    return [sealed[i : i + SEALED_CHUNK] for i in range(0, len(sealed), SEALED_CHUNK)]


def _look_closer(cipher: ChaCha20Poly1305, index: int, sealed: memoryview, last: bool) -> Iterator[bytes]:
    """Names what is wrong with a chunk that did not open, and always raises; yields the chunk
    first if it is authentic after all, but the end where it should not be, or not the end."""
    if len(sealed) < SEALED_CHUNK:
        raise TruncatedError(what="its last part is cut off or was altered")
    try:
        chunk = open_chunk(cipher, index, sealed, not last)
    except InvalidTag:
        raise altered(index) from None
    yield chunk
    if last:
        raise TruncatedError(what="its end is missing")
    raise DamagedError(what="there is something behind its end")


def altered(index: int) -> DamagedError:
    """The error of a chunk that does not open."""
    return DamagedError(
        what=Message("its content does not fit its seal, {index} bytes in", index=index * CHUNK)
    )
