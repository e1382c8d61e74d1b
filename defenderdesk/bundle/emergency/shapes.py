"""Values as they come out of foreign bytes, and the padded frame around what is sealed."""

from __future__ import annotations

from typing import Any

from defenderdesk.bundle.padme import padded
from defenderdesk.errors import DamagedError

VERSION = 1
MAX_HOLDERS = 16
MAX_TEXT = 20_000


def framed(data: bytes) -> bytes:
    """Padded (Padmé), with its true length in front."""
    whole = len(data).to_bytes(8, "big") + data
    return whole.ljust(padded(len(whole)), b"\x00")


def unframed(data: bytes, what: str) -> bytes:
    """The content of a frame. Raises `DamagedError(what)`."""
    length = int.from_bytes(data[:8], "big")
    if len(data) < 8 or length > len(data) - 8 or any(data[8 + length :]):
        raise DamagedError(what=what)
    return data[8 : 8 + length]


def text_of(value: Any, most: int) -> str:
    """A text of at most `most` characters. Raises ValueError, as the others here."""
    if type(value) is not str or len(value) > most:
        raise ValueError("text")
    return value


def bytes_of(value: Any, size: int) -> bytes:
    """Exactly `size` bytes."""
    if type(value) is not bytes or len(value) != size:
        raise ValueError("bytes")
    return value


def any_bytes(value: Any) -> bytes:
    """Bytes."""
    if type(value) is not bytes:
        raise ValueError("bytes")
    return value
