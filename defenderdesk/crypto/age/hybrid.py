"""The hybrid stanza `mlkem768x25519`: ML-KEM-768 with X25519, both of which must fall.

Source: C2SP age.md, "The MLKEM768-X25519 hybrid post-quantum recipient type"; HPKE (RFC 9180)
with the KEM of draft-ietf-hpke-pq. An identity is a 32-byte seed; SHAKE-256 makes of it 96 bytes:
a 64-byte ML-KEM seed and a 32-byte X25519 key. A public key is 1 184 bytes of ML-KEM, then 32 of
X25519.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from defenderdesk.crypto.age import base64, bech32, derive
from defenderdesk.crypto.age.header import Stanza
from defenderdesk.crypto.age.x25519 import check_point
from defenderdesk.errors import DamagedError

KIND = "mlkem768x25519"
RECIPIENT_HRP = "age1pq"
IDENTITY_HRP = "age-secret-key-pq-"
SEED_SIZE = 32
PUBLIC_SIZE = 1216
SHARE_SIZE = 1120

_INFO = b"age-encryption.org/mlkem768x25519"
_MLKEM_PUBLIC = 1184
_MLKEM_SHARE = 1088
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class HybridRecipient:
    """A public key of 1 216 bytes; `str()` is its Bech32 form `age1pq1…`."""

    postquantum = True

    def __init__(self, public: bytes) -> None:
        """Raises DamagedError if `public` is not a usable key."""
        if len(public) != PUBLIC_SIZE:
            raise DamagedError(what="a hybrid recipient has a wrong size")
        check_point(public[_MLKEM_PUBLIC:], "a hybrid recipient")
        try:
            self._key = hpke.MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
                X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
            )
        except ValueError as error:
            raise DamagedError(what="a hybrid recipient is not a key") from error
        self.public = public

    @classmethod
    def parse(cls, text: str) -> HybridRecipient:
        """From `age1pq1…`. Raises DamagedError."""
        hrp, data = bech32.decode(text)
        if hrp != RECIPIENT_HRP or text != text.lower():
            raise DamagedError(what="a key text is not a hybrid recipient")
        return cls(data)

    def wrap(self, file_key: bytes) -> list[Stanza]:
        """One stanza under a fresh encapsulation."""
        sealed = _SUITE.encrypt(file_key, self._key, _INFO)
        args = (KIND, base64.encode(sealed[:SHARE_SIZE]).decode())
        return [Stanza(args, sealed[SHARE_SIZE:])]

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_HRP, self.public)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HybridRecipient) and other.public == self.public

    def __hash__(self) -> int:
        return hash(self.public)


class HybridIdentity:
    """A secret of 32 bytes, `seed`; `str()` is its Bech32 form `AGE-SECRET-KEY-PQ-1…`."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise DamagedError(what="a hybrid identity has a wrong size")
        self.seed = seed
        expanded = hashlib.shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.recipient = HybridRecipient(
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> HybridIdentity:
        """A new identity from the operating system's randomness."""
        return cls(secrets.token_bytes(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> HybridIdentity:
        """The identity of the 32 secret bytes `seed`."""
        return cls(seed)

    @classmethod
    def parse(cls, text: str) -> HybridIdentity:
        """From `AGE-SECRET-KEY-PQ-1…`. Raises DamagedError."""
        hrp, data = bech32.decode(text)
        if hrp != IDENTITY_HRP or text != text.upper():
            raise DamagedError(what="a key text is not a hybrid identity")
        return cls(data)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Tries every hybrid stanza. Raises DamagedError on a malformed one."""
        for stanza in stanzas:
            if stanza.kind == KIND and (file_key := self._unwrap(stanza)) is not None:
                return file_key
        return None

    def _unwrap(self, stanza: Stanza) -> bytes | None:
        if len(stanza.args) != 2:
            raise DamagedError(what="a hybrid stanza has a wrong number of arguments")
        share = base64.decode(stanza.args[1].encode(), "the share of a hybrid stanza")
        if len(share) != SHARE_SIZE:
            raise DamagedError(what="the share of a hybrid stanza has a wrong size")
        derive.check_body(stanza.body, KIND)
        check_point(share[_MLKEM_SHARE:], "the share of a hybrid stanza")
        try:
            return _SUITE.decrypt(share + stanza.body, self._key, _INFO)
        except InvalidTag:
            return None

    def __str__(self) -> str:
        return bech32.encode(IDENTITY_HRP, self.seed).upper()

    def __repr__(self) -> str:
        return "<HybridIdentity>"
