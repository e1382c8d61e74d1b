"""The X25519 stanza, for colleagues whose tools know no hybrid keys.

Source: C2SP age.md, "The X25519 recipient type". It does not withstand a quantum computer.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from defenderdesk.crypto.age import base64, bech32, derive
from defenderdesk.crypto.age.header import Stanza
from defenderdesk.errors import DamagedError, Message

KIND = "X25519"
RECIPIENT_HRP = "age"
IDENTITY_HRP = "age-secret-key-"
KEY_SIZE = 32

_INFO = b"age-encryption.org/v1/X25519"
_PROBE = X25519PrivateKey.from_private_bytes(bytes(KEY_SIZE))


def check_point(public: bytes, what: str) -> None:
    """Raises DamagedError naming `what` if the 32-byte `public` is of low order: any key agreed
    with it would be known to all."""
    try:
        _PROBE.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise DamagedError(what=Message("{what} is not a key", what=what)) from error


class X25519Recipient:
    """A public key of 32 bytes; `str()` is its Bech32 form `age1…`."""

    postquantum = False

    def __init__(self, public: bytes) -> None:
        """Raises DamagedError if `public` is not a usable key."""
        check_point(public, "an X25519 recipient")
        self.public = public
        self._key = X25519PublicKey.from_public_bytes(public)

    @classmethod
    def parse(cls, text: str) -> X25519Recipient:
        """From `age1…`. Raises DamagedError."""
        hrp, data = bech32.decode(text)
        if hrp != RECIPIENT_HRP or text != text.lower():
            raise DamagedError(what="a key text is not an X25519 recipient")
        return cls(data)

    def wrap(self, file_key: bytes) -> list[Stanza]:
        """One stanza under a fresh ephemeral key."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        key = derive.hkdf(ephemeral.exchange(self._key), share + self.public, _INFO)
        args = (KIND, base64.encode(share).decode())
        return [Stanza(args, derive.wrap(key, file_key))]

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_HRP, self.public)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, X25519Recipient) and other.public == self.public

    def __hash__(self) -> int:
        return hash(self.public)


class X25519Identity:
    """A secret key of 32 bytes, `seed`; `str()` is its Bech32 form `AGE-SECRET-KEY-1…`."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_SIZE:
            raise DamagedError(what="an X25519 identity has a wrong size")
        self.seed = seed
        self._key = X25519PrivateKey.from_private_bytes(seed)
        self.recipient = X25519Recipient(self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> X25519Identity:
        """A new identity from the operating system's randomness."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> X25519Identity:
        """The identity of the 32 secret bytes `seed`."""
        return cls(seed)

    @classmethod
    def parse(cls, text: str) -> X25519Identity:
        """From `AGE-SECRET-KEY-1…`. Raises DamagedError."""
        hrp, data = bech32.decode(text)
        if hrp != IDENTITY_HRP or text != text.upper():
            raise DamagedError(what="a key text is not an X25519 identity")
        return cls(data)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Tries every X25519 stanza. Raises DamagedError on a malformed one."""
        for stanza in stanzas:
            if stanza.kind == KIND and (file_key := self._unwrap(stanza)) is not None:
                return file_key
        return None

    def _unwrap(self, stanza: Stanza) -> bytes | None:
        if len(stanza.args) != 2:
            raise DamagedError(what="an X25519 stanza has a wrong number of arguments")
        share = base64.decode(stanza.args[1].encode(), "the share of an X25519 stanza")
        if len(share) != KEY_SIZE:
            raise DamagedError(what="the share of an X25519 stanza has a wrong size")
        derive.check_body(stanza.body, KIND)
        check_point(share, "the share of an X25519 stanza")
        shared = self._key.exchange(X25519PublicKey.from_public_bytes(share))
        key = derive.hkdf(shared, share + self.recipient.public, _INFO)
        return derive.unwrap(key, stanza.body)

    def __str__(self) -> str:
        return bech32.encode(IDENTITY_HRP, self.seed).upper()

    def __repr__(self) -> str:
        return f"<X25519Identity of {self.recipient}>"
