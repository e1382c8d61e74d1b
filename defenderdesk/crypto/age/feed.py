"""A source read in bounded steps: first by line (the header), then into a buffer (the payload).

Only `read` of the source is needed (`readinto` is used where there is one); it must block, and
return nothing only at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

BLOCK = 4096
"""Bytes taken at a time while lines are read."""


class Source(Protocol):
    """The one thing asked of a source; a BinaryIO has it."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, none only at the end."""


class Feed:
    """Bytes of `src`, none lost between lines and blocks. `taken` counts what was handed out."""

    def __init__(self, src: Source) -> None:
        self._src = src
        self._readinto: Callable[[Any], int | None] | None = getattr(src, "readinto", None)
        self._held = bytearray()
        self._ended = False
        self.taken = 0

    def peek(self) -> bytes:
        """The bytes that are held, at least one byte unless the source has ended. Takes nothing."""
        if not self._held:
            self._more()
        return bytes(self._held)

    def line(self, limit: int) -> bytes | None:
        """The next bytes through LF, or what is left at the end; None if LF is not within `limit`
        bytes."""
        searched = 0
        while True:
            found = self._held.find(b"\n", searched, limit)
            if found >= 0:
                return self._take(found + 1)
            if len(self._held) >= limit:
                return None
            searched = len(self._held)
            if not self._more():
                return self._take(len(self._held))

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        while len(self._held) < size and self._more():
            pass
        return self._take(min(size, len(self._held)))

    def fill(self, view: memoryview) -> int:
        """Fills `view` from the front; the count is smaller only at the end."""
        size = min(len(view), len(self._held))
        if size:
            view[:size] = self._take(size)
        while size < len(view) and not self._ended:
            got = self._into(view[size:])
            self._ended = got == 0
            self.taken += got
            size += got
        return size

    def _into(self, view: memoryview) -> int:
        if self._readinto is not None:
            return self._readinto(view) or 0
        data = self._src.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _more(self) -> bool:
        if not self._ended:
            data = self._src.read(BLOCK)
            self._ended = not data
            self._held += data or b""
        return not self._ended

    def _take(self, size: int) -> bytes:
        data = bytes(self._held[:size])
        del self._held[:size]
        self.taken += size
        return data
