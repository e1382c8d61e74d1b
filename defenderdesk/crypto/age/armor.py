"""ASCII armor: an age file as lines of text, for what carries nothing else.

Source: C2SP age.md, "ASCII armor"; RFC 7468, figure 3. Strict: 64 columns, canonical base64, LF
or CRLF, nothing but white space around, and at most 1 KiB of that on either side.
"""

from __future__ import annotations

from defenderdesk.crypto.age import base64
from defenderdesk.crypto.age.feed import Feed
from defenderdesk.errors import DamagedError, TruncatedError

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"
COLUMNS = 64
MAX_SPACE = 1024

_SPACE = b" \t\r\n\v\f"


def looks_armored(feed: Feed) -> bool:
    """Tells whether what follows could be armor; a binary age file starts with a letter."""
    first = feed.peek()[:1]
    return bool(first) and first in b"-" + _SPACE


class ArmorReader:
    """The bytes within the armor, decoded line by line; fits where a source is read."""

    def __init__(self, feed: Feed) -> None:
        """Reads through the first line. Raises DamagedError."""
        self._feed = feed
        self._held = bytearray()
        self._ended = False
        space = 0
        while True:
            line = feed.line(MAX_SPACE)
            if not line or space + len(line) > MAX_SPACE:
                raise DamagedError(what="it does not start as a sealed file does")
            if line.strip(_SPACE):
                break
            space += len(line)
        if _strip_end(line) != BEGIN:
            raise DamagedError(what="it does not start as a sealed file does")

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, none only at the end. Raises DamagedError, TruncatedError."""
        while len(self._held) < size and not self._ended:
            self._more()
        data = bytes(self._held[:size])
        del self._held[:size]
        return data

    def _more(self) -> None:
        line = self._line()
        if line != END:
            if not line:
                raise DamagedError(what="a line of its armor is empty")
            data = base64.decode_padded(line, "a line of its armor")
            self._held += data
            if len(data) == COLUMNS // 4 * 3:
                return
            if self._line() != END:
                raise DamagedError(what="a line of its armor is too short")
        self._ended = True
        if self._feed.take(MAX_SPACE).strip(_SPACE) or self._feed.peek():
            raise DamagedError(what="there is something behind its end")

    def _line(self) -> bytes:
        raw = self._feed.line(COLUMNS + 2)
        if raw is not None and not raw.endswith(b"\n") and _strip_end(raw) != END:
            raise TruncatedError(what="it ends within its armor")
        line = _strip_end(raw or b"")
        if raw is None or len(line) > COLUMNS:
            raise DamagedError(what="a line of its armor is too long")
        return line


def _strip_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
