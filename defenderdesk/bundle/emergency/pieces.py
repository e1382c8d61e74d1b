"""The inner key in pieces: one for each person who may release it, each known by its hash."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from defenderdesk.bundle.emergency.shapes import MAX_HOLDERS, bytes_of
from defenderdesk.errors import DamagedError

_PIECE = b"defenderdesk.org/v1/emergency-piece\x00"
_WORDS = b"defenderdesk.org/v1/emergency-drill\x00"
_SEED = 32


@dataclass(frozen=True)
class Lock:
    """A key that was cut in pieces: the hash of each, and how many are needed."""

    need: int
    hashes: tuple[bytes, ...]


def lock_of(need: Any, hashes: Any) -> Lock:
    """A lock, from its CBOR. Raises ValueError."""
    if type(need) is not int or type(hashes) is not list:
        raise ValueError("lock")
    if not 1 <= need <= 2 or not need <= len(hashes) <= MAX_HOLDERS:
        raise ValueError("lock")
    return Lock(need, tuple(bytes_of(h, 32) for h in hashes))


def cut(seed: bytes, need: int, count: int) -> list[str]:
    """`count` pieces of a 32-byte secret, of which `need` give it back."""
    if need == 1:
        return [seed.hex()] * count
    from shamir_mnemonic import generate_mnemonics

    return list(generate_mnemonics(1, [(need, count)], seed, iteration_exponent=0)[0])


def joined(pieces: Sequence[str], need: int) -> bytes:
    """The secret. The pieces were checked by their hashes. Raises `DamagedError`."""
    from shamir_mnemonic import combine_mnemonics
    from shamir_mnemonic.share import Share
    from shamir_mnemonic.utils import MnemonicError

    try:
        if need == 1:
            seed = bytes.fromhex(pieces[0])
        else:
            used = sorted(set(pieces))[:need]
            if any(Share.from_mnemonic(one).iteration_exponent for one in used):
                raise ValueError("slow")  # ours have none; with 15 it takes minutes
            seed = bytes(combine_mnemonics(used))
        if len(seed) != _SEED:
            raise ValueError("size")
        return seed
    except (MnemonicError, ValueError, IndexError) as error:
        raise DamagedError(what="the pieces do not fit together") from error


def piece_hash(number: bytes, drill: bool, piece: str) -> bytes:
    """32 bytes that tell a piece from any other, and nothing of it."""
    return hashlib.sha256(_PIECE + number + bytes([drill]) + piece.encode()).digest()


def drill_words(seed: bytes, drill: bytes) -> list[str]:
    """Three words that only somebody can say who opened this drill (or made the package)."""
    from mnemonic import Mnemonic

    digest = hmac.digest(seed, _WORDS + drill, "sha256")
    book = Mnemonic("english").wordlist
    number = int.from_bytes(digest[:5], "big") >> 7
    return [book[number >> (11 * i) & 2047] for i in reversed(range(3))]
