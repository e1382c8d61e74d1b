"""The chain of a mailbox's list: each entry commits to all below it, so that a device which knows
the link at its place knows the whole list."""

from __future__ import annotations

import hashlib

_LABEL = b"defenderdesk.org/v1/mailbox-chain\x00"
START = bytes(32)
"""The link before the first entry."""


def link(before: bytes, seq: int, sha256: str) -> bytes:
    """The link of an entry: 32 bytes. `sha256`: of the bundle, in hexadecimal."""
    return hashlib.sha256(_LABEL + before + seq.to_bytes(8, "big") + bytes.fromhex(sha256)).digest()
