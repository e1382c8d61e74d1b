"""Keys from passphrases: Argon2id (RFC 9106), its cost tuned to the machine, its floor fixed."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from defenderdesk.errors import LimitError

FLOOR_KIB = 64 * 1024
"""64 MiB: no key slot is made or accepted below this."""
CEILING_KIB = 4 * 1024 * 1024
"""4 GiB: a slot file that asks for more is hostile."""
CEILING_PASSES = 64
LANES = 4


@dataclass(frozen=True)
class Cost:
    """Argon2id cost: memory in KiB, passes, lanes."""

    memory_kib: int = FLOOR_KIB
    passes: int = 3
    lanes: int = LANES

    def check(self) -> None:
        """Raises `LimitError` for a cost outside the bounds, before any memory is taken."""
        if not (
            FLOOR_KIB <= self.memory_kib <= CEILING_KIB
            and 1 <= self.passes <= CEILING_PASSES
            and 1 <= self.lanes <= 16
        ):
            raise LimitError(what="the key slot names a cost out of bounds")


def derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """32 bytes. The passphrase is normalised (NFC), so that it opens from every keyboard."""
    cost.check()
    secret = _normal(passphrase).encode()
    return Argon2id(
        salt=salt,
        length=32,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    ).derive(secret)


def same(one: str, other: str) -> bool:
    """Tells whether two passphrases open the same, however their accents were typed."""
    return _normal(one) == _normal(other)


def _normal(passphrase: str) -> str:
    return unicodedata.normalize("NFC", passphrase)


def combined(key: bytes, second: bytes) -> bytes:
    """A key that needs both: `key` from a passphrase, and 32 random bytes kept elsewhere
    (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=second, info=b"defenderdesk.org/v1/both").derive(
        key
    )


def tune(seconds: float, memory_limit_kib: int = 512 * 1024) -> Cost:
    """The cost that takes about `seconds` on this machine, never below the floor.

    Memory grows first (up to `memory_limit_kib`), then passes.
    """
    memory, passes = FLOOR_KIB, 1
    began = time.perf_counter()
    derive("measure", b"0" * 16, Cost(memory, passes))
    once = max(time.perf_counter() - began, 1e-4)
    while memory * 2 <= memory_limit_kib and once * 2 * 2 <= seconds:
        memory *= 2
        once *= 2
    passes = max(1, min(CEILING_PASSES, int(seconds / once)))
    if memory == FLOOR_KIB:
        passes = max(passes, 3)
    return Cost(memory, passes)


def wrap(key: bytes, secret: bytes, context: bytes) -> bytes:
    """`secret` sealed under `key` (used for this one secret only; the nonce is therefore zero)."""
    return ChaCha20Poly1305(key).encrypt(bytes(12), secret, context)


def unwrap(key: bytes, wrapped: bytes, context: bytes) -> bytes | None:
    """The secret, or None if `key` is not the one."""
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), wrapped, context)
    except InvalidTag:
        return None
