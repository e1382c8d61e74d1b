"""Sealing a file to recipients."""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from types import TracebackType
from typing import BinaryIO, Self

from defenderdesk.crypto.age import stream
from defenderdesk.crypto.age.derive import FILE_KEY_SIZE
from defenderdesk.crypto.age.header import Stanza, encode_header
from defenderdesk.crypto.age.types import Recipient


class Sealer:
    """A binary age file written to `out` as its content comes.

    The header is written at once, the final chunk by `close()`. Used as a context manager, it is
    closed at the end of the block; if the block raises, the final chunk is left out and nobody
    will take the file for whole. `out` stays open, and must be done with the buffer it gets when
    its `write` returns. What `out` raises is passed on, and nothing can be written after it.
    """

    def __init__(self, out: BinaryIO, recipients: Sequence[Recipient]) -> None:
        """Raises ValueError without recipients, or if some withstand a quantum computer and
        others do not: the weakest would decide for all."""
        file_key = secrets.token_bytes(FILE_KEY_SIZE)
        nonce = secrets.token_bytes(stream.NONCE_SIZE)
        stream.write_all(out, encode_header(_wrap(file_key, recipients), file_key) + nonce)
        self._writer = stream.ChunkWriter(stream.payload_cipher(file_key, nonce), out)
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Takes all of `data`; returns its size in bytes. Raises ValueError once closed."""
        if self._closed:
            raise ValueError("this sealed file is closed")
        view = memoryview(data).cast("B")
        if view:
            self._closed = True  # unless all of it went well
            self._writer.write(view)
            self._closed = False
        return len(view)

    def close(self) -> None:
        """Writes the final chunk. A second call does nothing."""
        if not self._closed:
            self._closed = True
            self._writer.finish()

    def abandon(self) -> None:
        """Leaves the file without its final chunk, so that it never passes for whole."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


def seal_bytes(data: bytes, recipients: Sequence[Recipient]) -> bytes:
    """`data` as a binary age file. Raises ValueError as `Sealer` does."""
    out = io.BytesIO()
    with Sealer(out, recipients) as sealer:
        sealer.write(data)
    return out.getvalue()


def _wrap(file_key: bytes, recipients: Sequence[Recipient]) -> list[Stanza]:
    if not recipients:
        raise ValueError("nobody could open a file sealed to no recipient")
    if len({recipient.postquantum for recipient in recipients}) > 1:
        raise ValueError("post-quantum and other recipients cannot be mixed")
    return [stanza for recipient in recipients for stanza in recipient.wrap(file_key)]
