"""The desk stanza `defenderdesk/desk`: a file key wrapped by the 32-byte key a desk shares.

    -> defenderdesk/desk <salt, 16 bytes> <hint, 8 bytes>

The body is ChaCha20-Poly1305 under HKDF-SHA-256(key, salt, "defenderdesk.org/v1/desk"), nonce
zero. The hint is SHA-256("defenderdesk.org/v1/desk-hint" || salt || key)[:8]; it tells a holder
which key is meant, and tells others nothing. Opening relies on the AEAD alone; a hint that does
not agree with it shows that the stanza was altered.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from defenderdesk.crypto.age import base64, derive
from defenderdesk.crypto.age.header import Stanza
from defenderdesk.errors import DamagedError

KIND = "defenderdesk/desk"
KEY_SIZE = 32
SALT_SIZE = 16
HINT_SIZE = 8

_INFO = b"defenderdesk.org/v1/desk"
_HINT = b"defenderdesk.org/v1/desk-hint"


class DeskKey:
    """The 32-byte key of a desk, both recipient and identity. Symmetric, so post-quantum."""

    postquantum = True

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise DamagedError(what="a desk key has a wrong size")
        self.key = key

    @classmethod
    def generate(cls) -> DeskKey:
        """A new key from the operating system's randomness."""
        return cls(secrets.token_bytes(KEY_SIZE))

    def wrap(self, file_key: bytes) -> list[Stanza]:
        """One stanza under a fresh salt."""
        salt = secrets.token_bytes(SALT_SIZE)
        args = (KIND, base64.encode(salt).decode(), base64.encode(self._hint(salt)).decode())
        return [Stanza(args, derive.wrap(derive.hkdf(self.key, salt, _INFO), file_key))]

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Tries every desk stanza. Raises DamagedError on a malformed or altered one."""
        for stanza in stanzas:
            if stanza.kind == KIND and (file_key := self._unwrap(stanza)) is not None:
                return file_key
        return None

    def _unwrap(self, stanza: Stanza) -> bytes | None:
        if len(stanza.args) != 3:
            raise DamagedError(what="a desk stanza has a wrong number of arguments")
        salt = base64.decode(stanza.args[1].encode(), "the salt of a desk stanza")
        hint = base64.decode(stanza.args[2].encode(), "the hint of a desk stanza")
        if len(salt) != SALT_SIZE or len(hint) != HINT_SIZE:
            raise DamagedError(what="an argument of a desk stanza has a wrong size")
        derive.check_body(stanza.body, KIND)
        file_key = derive.unwrap(derive.hkdf(self.key, salt, _INFO), stanza.body)
        if hmac.compare_digest(hint, self._hint(salt)) != (file_key is not None):
            raise DamagedError(what="a desk stanza was altered")
        return file_key

    def _hint(self, salt: bytes) -> bytes:
        return hashlib.sha256(_HINT + salt + self.key).digest()[:HINT_SIZE]

    def __repr__(self) -> str:
        return "<DeskKey>"
