"""The file of a backup: an age file whose header carries the vault's key slots.

Two stanzas: `defenderdesk/vault 1` holds `keys.json` as it is; `defenderdesk/desk` wraps the file
key under what is derived from the data key, which those slots give. So whatever opens the vault
opens its backup and nothing else does, and the slots are covered by the header's seal. The payload
is a list of parts, each a type byte and a length: a description first, then the database (as
encrypted on the disk), then the attachment chunks (encrypted as well). Specified in
`docs/format/backup.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import DeskKey, Opener, Stanza
from defenderdesk.crypto.age.derive import hkdf
from defenderdesk.errors import DamagedError, LimitError, NewerError, TruncatedError
from defenderdesk.vault.storage import schema
from defenderdesk.vault.storage.chunks import MAX_CHUNK

KIND = "defenderdesk/vault"
VERSION = 1
MAX_KEYS = 64 * 1024
_INFO = b"defenderdesk.org/v1/backup"
_MAGIC = b"age-encryption.org/v1\n-> " + KIND.encode() + b" "
DESCRIPTION, DATABASE, CHUNK = 1, 2, 3
_MAX_DESCRIPTION = 4096
_MAX_PART = MAX_CHUNK + 16
_PIECE = 1024 * 1024

OpenSlots = Callable[[bytes], bytes]
"""Gives the data key for a key file's content, or raises."""


class VaultKeys:
    """Recipient and identity of a backup: the key slots in the header, the data key behind them."""

    postquantum = True

    def __init__(self, keys: bytes, data_key: bytes) -> None:
        self._keys, self._inner = keys, _inner(data_key)

    def wrap(self, file_key: bytes) -> list[Stanza]:
        """Both stanzas."""
        return [Stanza((KIND, str(VERSION)), self._keys), *self._inner.wrap(file_key)]

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key of a backup made with these keys."""
        slots_of(stanzas)
        return self._inner.unwrap(stanzas)


class Slots:
    """Identity of a backup of which only a way in is known. `data_key` is there once it opened."""

    def __init__(self, open_slots: OpenSlots) -> None:
        self._open = open_slots
        self.data_key = b""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Opens the slots, then the file key. Raises what the slots raise, and DamagedError."""
        self.data_key = self._open(slots_of(stanzas))
        file_key = _inner(self.data_key).unwrap(stanzas)
        if file_key is None:
            raise DamagedError(what="its key slots belong to another backup")
        return file_key


def slots_of(stanzas: Sequence[Stanza]) -> bytes:
    """The key file that a header carries. Raises `NewerError`, `DamagedError`."""
    found = [stanza for stanza in stanzas if stanza.kind == KIND]
    if len(found) != 1 or len(found[0].args) != 2:
        raise DamagedError(what="it is not a backup of a vault")
    if found[0].args[1] != str(VERSION):
        raise NewerError(what="the backup")
    if len(found[0].body) > MAX_KEYS:
        raise LimitError(what="its key slots are too large")
    return found[0].body


def looks_like_one(source: BinaryIO) -> bool:
    """Tells whether a file begins as a backup does."""
    return source.read(len(_MAGIC)) == _MAGIC


def _inner(data_key: bytes) -> DeskKey:
    return DeskKey(hkdf(data_key, b"", _INFO))


@dataclass(frozen=True)
class Description:
    """The heading of what follows. `created`: milliseconds since 1970; `chunks`, `chunk_bytes`: how
    many attachment chunks and how large together; `schema`: the database's version."""

    created: int
    schema: int
    database: int
    chunks: int
    chunk_bytes: int

    def pack(self) -> bytes:
        """As it stands in the file."""
        return canonical.encode(
            [VERSION, self.created, self.schema, self.database, self.chunks, self.chunk_bytes]
        )

    @classmethod
    def unpack(cls, data: bytes) -> Description:
        """Raises `NewerError`, `DamagedError`."""
        found = canonical.decode(data, "its description cannot be read")
        if not isinstance(found, list) or not found or type(found[0]) is not int:
            raise DamagedError(what="its description cannot be read")
        if found[0] > VERSION:
            raise NewerError(what="the backup")
        if len(found) != 6 or not all(type(one) is int and one >= 0 for one in found):
            raise DamagedError(what="its description cannot be read")
        made = cls(*found[1:])
        if made.schema > schema.VERSION:
            raise NewerError(what="the vault")
        return made

    @property
    def total(self) -> int:
        """Bytes of database and chunks."""
        return self.database + self.chunk_bytes


def head(kind: int, length: int) -> bytes:
    """The head of a part: 9 bytes."""
    return bytes([kind]) + length.to_bytes(8, "big")


class Parts:
    """Reads a backup's parts in their order, once."""

    def __init__(self, source: Opener) -> None:
        self._source = source
        kind, length = self._head()
        if kind != DESCRIPTION or length > _MAX_DESCRIPTION:
            raise DamagedError(what="it does not begin with a description")
        self.description = Description.unpack(self._exactly(length))

    def database(self) -> Iterator[bytes]:
        """The database's pieces, of at most 1 MiB."""
        kind, length = self._head()
        if kind != DATABASE or length != self.description.database:
            raise DamagedError(what="its database is not where it should be")
        while length:
            piece = self._exactly(min(length, _PIECE))
            length -= len(piece)
            yield piece

    def chunks(self) -> Iterator[bytes]:
        """The attachment chunks, each whole (at most 4 MiB and 16 bytes). Ends only where the
        file's authenticated end is."""
        size = 0
        for _ in range(self.description.chunks):
            kind, length = self._head()
            if kind != CHUNK or length > _MAX_PART:
                raise DamagedError(what="a part of an attachment is not where it should be")
            size += length
            yield self._exactly(length)
        if self._source.read(1):
            raise DamagedError(what="there is something behind its end")
        if size != self.description.chunk_bytes:
            raise DamagedError(what="its attachments have another size than it says")

    def _head(self) -> tuple[int, int]:
        data = self._exactly(9)
        return data[0], int.from_bytes(data[1:], "big")

    def _exactly(self, length: int) -> bytes:
        data = self._source.read(length)
        if len(data) < length:
            raise TruncatedError(what="its end is missing")
        return data
