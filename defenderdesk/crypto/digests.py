"""Digests of a file over one reading: SHA-256, or SHA-256 and SHA-512 as evidence names both."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, NamedTuple


def sha256_of(source: BinaryIO) -> str:
    """The SHA-256 of what is left to read, in hexadecimal."""
    digest = hashlib.sha256()
    while block := source.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


class Digests(NamedTuple):
    """SHA-256 and SHA-512 of the same bytes, in hexadecimal."""

    sha256: str
    sha512: str


class Measure:
    """Both digests over one reading."""

    def __init__(self) -> None:
        self._both = (hashlib.sha256(), hashlib.sha512())

    def update(self, data: bytes) -> None:
        """More of the bytes."""
        for digest in self._both:
            digest.update(data)

    def digests(self) -> Digests:
        """Of all until now."""
        return Digests(*(digest.hexdigest() for digest in self._both))
