"""Bech32 (BIP 173) without its length limit, as age writes its keys.

A text is `hrp || "1" || data || checksum`, all lower or all upper case; the checksum is of the
lower-case form. Eight-bit bytes are regrouped into five-bit symbols, padded with zero bits.
"""

from __future__ import annotations

from collections.abc import Iterable

from defenderdesk.errors import DamagedError

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CHECKSUM_SIZE = 6
MAX_TEXT = 4096
"""Characters; the longest age key (a hybrid recipient) has 1 959."""

_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encode(hrp: str, data: bytes) -> str:
    """`data` under the lower-case human-readable part `hrp`, in lower case."""
    symbols = list(_regroup(data, 8, 5, pad=True))
    state = _polymod([*_expand(hrp), *symbols, *([0] * CHECKSUM_SIZE)]) ^ 1
    checksum = [(state >> 5 * (5 - i)) & 31 for i in range(CHECKSUM_SIZE)]
    return hrp + "1" + "".join(ALPHABET[symbol] for symbol in symbols + checksum)


def decode(text: str) -> tuple[str, bytes]:
    """The lower-case human-readable part and the bytes. Raises DamagedError on anything else."""
    if len(text) > MAX_TEXT:
        raise DamagedError(what="a key text is too long")
    if not text.isascii() or (text != text.lower() and text != text.upper()):
        raise DamagedError(what="a key text mixes capitals and small letters")
    text = text.lower()
    hrp, mark, rest = text.rpartition("1")
    if not mark or not hrp or len(rest) < CHECKSUM_SIZE:
        raise DamagedError(what="a key text is incomplete")
    if not all("!" <= char <= "~" for char in hrp) or not all(char in _VALUES for char in rest):
        raise DamagedError(what="a key text has a character that does not belong")
    symbols = [_VALUES[char] for char in rest]
    if _polymod([*_expand(hrp), *symbols]) != 1:
        raise DamagedError(what="the check letters of a key text are wrong")
    return hrp, bytes(_regroup(symbols[:-CHECKSUM_SIZE], 5, 8, pad=False))


def _expand(hrp: str) -> list[int]:
    return [ord(char) >> 5 for char in hrp] + [0] + [ord(char) & 31 for char in hrp]


def _polymod(symbols: Iterable[int]) -> int:
    state = 1
    for symbol in symbols:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ symbol
        for i, generator in enumerate(_GENERATORS):
            if top >> i & 1:
                state ^= generator
    return state


def _regroup(values: Iterable[int], width: int, new: int, *, pad: bool) -> list[int]:
    """`width`-bit values as `new`-bit values. Without `pad`, what is left over must be zero bits,
    fewer than `width`."""
    out: list[int] = []
    held = bits = 0
    for value in values:
        held = (held << width | value) & 0xFFFF
        bits += width
        while bits >= new:
            bits -= new
            out.append(held >> bits & ((1 << new) - 1))
    left = held & ((1 << bits) - 1)
    if pad:
        if bits:
            out.append(left << (new - bits))
    elif bits >= width or left:
        raise DamagedError(what="a key text ends in stray bits")
    return out
