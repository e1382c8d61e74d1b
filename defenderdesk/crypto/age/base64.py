"""Base64 (RFC 4648, section 4) as age demands it: canonical, nothing skipped.

Headers use it without padding; the armor with it.
"""

from __future__ import annotations

import binascii

from defenderdesk.errors import DamagedError, Message


def encode(data: bytes) -> bytes:
    """Unpadded."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def decode(text: bytes, what: str) -> bytes:
    """Unpadded `text`. Raises DamagedError naming `what` unless it is canonical."""
    if b"=" in text:
        raise DamagedError(what=Message("{what} is not written as it should be", what=what))
    return decode_padded(text + b"=" * (-len(text) % 4), what)


def decode_padded(text: bytes, what: str) -> bytes:
    """Padded `text`. Raises DamagedError naming `what` unless it is canonical."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise DamagedError(what=Message("{what} is not written as it should be", what=what)) from error
    if binascii.b2a_base64(data, newline=False) != text:
        raise DamagedError(what=Message("{what} is not written as it should be", what=what))
    return data
