"""Ed25519 signatures (RFC 8032) with a domain-separation prefix, and what is named by a hash.

A signature is made over `prefix || 0x00 || message`; the prefix says what kind of statement it
is, so that no signed bytes can be passed off as another kind.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from defenderdesk.errors import DamagedError, Message

PUBLIC_KEY_SIZE = 32


class SigningKey:
    """A device's signing key. `seed` is its 32 secret bytes."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    def sign(self, prefix: bytes, message: bytes) -> bytes:
        """64 bytes over `prefix || 0x00 || message`."""
        return self._key.sign(prefix + b"\x00" + message)


def verify(public: bytes, prefix: bytes, message: bytes, signature: bytes, what: str) -> None:
    """Raises `DamagedError` naming `what` unless the signature is right."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, prefix + b"\x00" + message)
    except (InvalidSignature, ValueError) as error:
        raise DamagedError(what=Message("the signature of {what} is wrong", what=what)) from error


def fingerprint(prefix: bytes, data: bytes, size: int = 16) -> bytes:
    """The first `size` bytes of SHA-256 over `prefix || 0x00 || data`; names keys and devices."""
    return hashlib.sha256(prefix + b"\x00" + data).digest()[:size]


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + two for one in _LETTERS for two in _LETTERS]
_NUMBERS = {pair: number for number, pair in enumerate(_PAIRS)}


def id_text(raw: bytes) -> str:
    """16 bytes as 26 lower-case base32 characters (RFC 4648, no padding). By pairs of letters:
    the standard library's takes five times as long, and lists show thousands."""
    number = int.from_bytes(raw, "big") << 2
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def id_bytes(text: str) -> bytes:
    """The 16 bytes that `text` names. Raises ValueError on anything else."""
    if len(text) != 26:
        raise ValueError("an id has 26 characters")
    number = 0
    try:
        for at in range(0, 26, 2):
            number = number << 10 | _NUMBERS[text[at : at + 2]]
    except KeyError as error:
        raise ValueError("not an id") from error
    if number & 3:
        raise ValueError("not an id")
    return (number >> 2).to_bytes(16, "big")
