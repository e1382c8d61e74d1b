"""The two small building blocks every stanza type uses: HKDF-SHA-256 and wrapping a file key."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from defenderdesk.errors import DamagedError, Message

FILE_KEY_SIZE = 16
WRAPPED_SIZE = 32
"""A file key with its 16-byte tag."""

_NONCE = bytes(12)


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(SHA256(), 32, salt or None, info).derive(key)


def wrap(key: bytes, file_key: bytes) -> bytes:
    """32 bytes. `key` must be used only once, as the nonce is fixed."""
    return ChaCha20Poly1305(key).encrypt(_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> bytes | None:
    """The file key, or None if `key` is not the one. `body` must have been measured before."""
    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, body, None)
    except InvalidTag:
        return None


def check_body(body: bytes, kind: str) -> None:
    """Raises DamagedError unless `body` has 32 bytes: a longer one could be made to open with
    several keys (a partitioning oracle)."""
    if len(body) != WRAPPED_SIZE:
        raise DamagedError(
            what=Message("the wrapped file key of a {kind} stanza has a wrong size", kind=kind)
        )
