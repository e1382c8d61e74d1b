"""Mutations of bytes that need no tool: for the tests, and where atheris is not there."""

from __future__ import annotations

import random

_BAD = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\xf6",
    b"\x80",
    b"\xa0",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"-1",
    b"1e999",
    b"null",
    b"[]",
    b"{}",
    b'"\\ud800"',
    b"9" * 30,
    b"NaN",
    b"[" * 500,
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to four small changes."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        end = min(len(out), at + chance.choice((1, 1, 2, 4, 16, 64)))
        how = chance.randrange(6)
        if how == 0 and at < len(out):
            out[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            del out[at:end]
        elif how == 2:
            out[at:at] = out[at:end]
        elif how == 3:
            out[at:end] = chance.choice(_BAD)
        elif how == 4:
            out[at:at] = chance.choice(_BAD)
        elif at < len(out):
            out[at] = chance.randrange(256)
    return bytes(out)
