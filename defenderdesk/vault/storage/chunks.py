"""Attachments: 4 MiB chunks, each with its own key, named by the SHA-256 of its ciphertext.

A chunk's file is written whole before the database names it, so what the vault names is there;
a file that nothing names is rubbish of an interrupted attach and is removed at the next open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from defenderdesk import files
from defenderdesk.crypto.digests import Digests, Measure
from defenderdesk.domain.values import Value
from defenderdesk.errors import StorageError, VaultDamagedError
from defenderdesk.vault.types import Progress


class Chunk(NamedTuple):
    """One chunk of an attachment: SHA-256 of its ciphertext, its key, its plain size."""

    hash: bytes
    key: bytes
    size: int


MAX_CHUNK = 4 * 1024 * 1024
TAG = 16


def chunks_of(value: Value) -> list[Chunk] | None:
    """The chunks that an attachment's `chunks` register names; None if it is malformed."""
    if not isinstance(value, list):
        return None
    out = []
    for item in value:
        if not isinstance(item, list) or len(item) != 3:
            return None
        name, key, size = item
        if not isinstance(name, str) or not isinstance(key, str) or type(size) is not int:
            return None
        try:
            chunk = Chunk(base64.b64decode(name, validate=True), base64.b64decode(key, validate=True), size)
        except (binascii.Error, ValueError):
            return None
        if len(chunk.hash) != 32 or len(chunk.key) != 32 or not 0 <= size <= MAX_CHUNK:
            return None
        out.append(chunk)
    return out


def chunks_value(chunks: Iterable[Chunk]) -> Value:
    """The register that names these chunks."""
    return [[base64.b64encode(c.hash).decode(), base64.b64encode(c.key).decode(), c.size] for c in chunks]


class ChunkStore:
    """The folder of encrypted chunks of one vault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: bytes) -> Path:
        """The file of the chunk with that ciphertext hash."""
        text = name.hex()
        return self.folder / text[:2] / text

    def has(self, name: bytes) -> bool:
        """Tells whether the chunk's file is there."""
        return self.path(name).is_file()

    def put(self, name: bytes, data: bytes) -> None:
        """Keeps a chunk whose hash the caller checked."""
        path = self.path(name)
        if not path.is_file():
            files.make_folder(path.parent)
            files.write(path, data)

    def remove(self, name: bytes) -> None:
        """Deletes a chunk. Its key went with the record that named it."""
        self.path(name).unlink(missing_ok=True)

    def get(self, name: bytes) -> bytes:
        """A chunk's ciphertext, checked against its name."""
        try:
            with open(self.path(name), "rb") as source:
                data = source.read(MAX_CHUNK + 17)
        except FileNotFoundError as error:
            raise VaultDamagedError(what="a part of an attachment is missing") from error
        except OSError as error:
            raise StorageError(what=error.strerror or "reading an attachment") from error
        if hashlib.sha256(data).digest() != name:
            raise VaultDamagedError(what="a part of an attachment was altered")
        return data

    def seal(
        self, source: BinaryIO, total: int, progress: Progress | None
    ) -> tuple[list[Chunk], Digests, int]:
        """Encrypts `source` into chunks: (chunks, digests of the whole, its size)."""
        chunks: list[Chunk] = []
        whole, size = Measure(), 0
        while True:
            try:
                plain = source.read(MAX_CHUNK)
            except OSError as error:
                raise StorageError(what=error.strerror or "reading the file") from error
            if not plain and chunks:
                break
            whole.update(plain)
            size += len(plain)
            key = os.urandom(32)
            sealed = ChaCha20Poly1305(key).encrypt(bytes(12), plain, None)
            name = hashlib.sha256(sealed).digest()
            self.put(name, sealed)
            chunks.append(Chunk(name, key, len(plain)))
            if progress:
                progress(size, max(total, size))
            if len(plain) < MAX_CHUNK:
                break
        return chunks, whole.digests(), size

    def open(self, chunk: Chunk) -> bytes:
        """One chunk's plain bytes."""
        try:
            plain = ChaCha20Poly1305(chunk.key).decrypt(bytes(12), self.get(chunk.hash), None)
        except InvalidTag as error:
            raise VaultDamagedError(what="a part of an attachment does not open") from error
        if len(plain) != chunk.size:
            raise VaultDamagedError(what="a part of an attachment has another size")
        return plain
