"""Opening a sealed file: from front to back, or at any place."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag

from defenderdesk.crypto.age import scrypt, stream
from defenderdesk.crypto.age.armor import ArmorReader, looks_armored
from defenderdesk.crypto.age.feed import Feed
from defenderdesk.crypto.age.header import Stanza, read_header
from defenderdesk.crypto.age.seal import Sealer, seal_bytes
from defenderdesk.crypto.age.stream import CHUNK, SEALED_CHUNK, TAG_SIZE
from defenderdesk.crypto.age.types import Identity
from defenderdesk.errors import DamagedError, NotForUsError, TruncatedError

__all__ = ["Opener", "RandomOpener", "Sealer", "open_bytes", "seal_bytes"]


class _Opened:
    """A header read, unwrapped and verified, and the nonce behind it."""

    def __init__(self, feed: Feed, identities: Sequence[Identity]) -> None:
        header = read_header(feed)
        self.stanzas = header.stanzas
        file_key, self.opened_by = _unwrap(header.stanzas, identities)
        header.verify(file_key)
        nonce = feed.take(stream.NONCE_SIZE)
        if len(nonce) < stream.NONCE_SIZE:
            raise TruncatedError(what="it ends before its content")
        self.cipher = stream.payload_cipher(file_key, nonce)


class Opener:
    """A sealed file, binary or armored, read from `src` once from front to back.

    What is read is authentic, but only at the end is it known to be whole: until `read` has
    returned b"" (or `chunks` has ended), act on nothing. `src` must block and stays open.
    """

    def __init__(self, src: BinaryIO, identities: Sequence[Identity]) -> None:
        """Reads the header. Raises NotForUsError, DamagedError and its kinds."""
        feed = Feed(src)
        if looks_armored(feed):
            feed = Feed(ArmorReader(feed))
        opened = _Opened(feed, identities)
        self.opened_by: Identity = opened.opened_by
        self.stanzas: tuple[Stanza, ...] = opened.stanzas
        self._chunks = stream.read_chunks(opened.cipher, feed)
        self._held = b""
        self._at = 0  # what is before it in `_held` was handed out
        self._error: BaseException | None = None

    def chunks(self) -> Iterator[bytes]:
        """The bytes that are left, in pieces of up to 64 KiB. Raises DamagedError,
        TruncatedError."""
        while self._ready():
            piece = self._held[self._at :]
            self._at = len(self._held)
            yield piece

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks()

    def read(self, size: int | None = -1) -> bytes:
        """Exactly `size` bytes, fewer only at the end, all that is left if negative or None.
        Raises DamagedError, TruncatedError; never returns less because of them."""
        if size is None or size < 0:
            return b"".join(self.chunks())
        parts: list[bytes] = []
        while size > 0 and self._ready():
            parts.append(self._held[self._at : self._at + size])
            self._at += len(parts[-1])
            size -= len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fills `buffer`; returns how many bytes, fewer than it holds only at the end."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and self._ready():
            step = min(len(view) - filled, len(self._held) - self._at)
            view[filled : filled + step] = memoryview(self._held)[self._at : self._at + step]
            self._at += step
            filled += step
        return filled

    def readable(self) -> bool:
        """Always."""
        return True

    def _ready(self) -> bool:
        """Tells whether something is held, after opening the next chunk where needed. What went
        wrong once is raised again at every try, so that it never looks like the end."""
        if self._at < len(self._held):
            return True
        if self._error is not None:
            raise self._error
        try:
            self._held = next(self._chunks, b"")
        except BaseException as error:
            self._error = error
            raise
        self._at = 0
        return bool(self._held)


class RandomOpener:
    """A sealed binary file of which any part can be read, by one thread at a time. `src` must be
    seekable, stays open, and must not be used or changed meanwhile; the file reaches from its
    position to its end."""

    def __init__(self, src: BinaryIO, identities: Sequence[Identity]) -> None:
        """Reads the header and verifies the final chunk, so that `size` (bytes) is authentic.
        Raises NotForUsError, DamagedError and its kinds; DamagedError also on an armored file."""
        start = src.tell()
        feed = Feed(src)
        if looks_armored(feed):
            raise DamagedError(what="it is written as text, and can only be read as a whole")
        opened = _Opened(feed, identities)
        self.opened_by: Identity = opened.opened_by
        self.stanzas: tuple[Stanza, ...] = opened.stanzas
        self._src = src
        self._cipher = opened.cipher
        self._start = start + feed.taken
        sealed = src.seek(0, io.SEEK_END) - self._start
        self._count = max(1, -(-sealed // SEALED_CHUNK))
        self.size = sealed - self._count * TAG_SIZE
        last_size = self.size - (self._count - 1) * CHUNK
        if last_size < 0:
            raise TruncatedError(what="its end is missing")
        self._cached = (-1, b"")
        if not self._load(self._count - 1, 1) and self._count > 1:
            raise DamagedError(what="its last part is empty")

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer where the content ends. Raises DamagedError."""
        if offset < 0 or length < 0:
            raise ValueError("an offset or a length is negative")
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        first, last = offset // CHUNK, (end - 1) // CHUNK
        parts: list[bytes | memoryview] = []
        index = first
        while index <= last:
            count = min(stream.BATCH, last + 1 - index)
            parts.append(self._load(index, count))
            index += count
        skip = offset - first * CHUNK
        if len(parts) == 1:
            return bytes(parts[0][skip : skip + end - offset])
        parts[0] = memoryview(parts[0])[skip:]
        excess = min((last + 1) * CHUNK, self.size) - end
        parts[-1] = memoryview(parts[-1])[: len(parts[-1]) - excess]
        return b"".join(parts)

    def _load(self, index: int, count: int) -> bytes:
        """`count` chunks from `index`, opened; the last one is kept for the next call."""
        if count == 1 and self._cached[0] == index:
            return self._cached[1]
        self._src.seek(self._start + index * SEALED_CHUNK)
        sealed = memoryview(bytearray(count * SEALED_CHUNK))
        sealed = sealed[: Feed(self._src).fill(sealed)]
        chunks: list[bytes] = []
        for i in range(count):
            at = sealed[i * SEALED_CHUNK : (i + 1) * SEALED_CHUNK]
            final = index + i == self._count - 1
            try:
                chunks.append(stream.open_chunk(self._cipher, index + i, at, final))
            except InvalidTag:
                if final:
                    raise TruncatedError(what="its last part is cut off or was altered") from None
                raise stream.altered(index + i) from None
        self._cached = (index + count - 1, chunks[-1])
        return b"".join(chunks)


def open_bytes(data: bytes, identities: Sequence[Identity]) -> bytes:
    """The content of a sealed file held in memory. Raises as `Opener` does."""
    return Opener(io.BytesIO(data), identities).read()


def _unwrap(stanzas: Sequence[Stanza], identities: Sequence[Identity]) -> tuple[bytes, Identity]:
    scrypt.check_alone(stanzas)
    for identity in identities:
        file_key = identity.unwrap(stanzas)
        if file_key is not None:
            return file_key, identity
    raise NotForUsError
