"""The scrypt stanza: opening what a colleague sealed with a passphrase. Never sealed by us.

Source: C2SP age.md, "The scrypt recipient type"; scrypt of RFC 7914 with r = 8, p = 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from defenderdesk.crypto.age import base64, derive
from defenderdesk.crypto.age.header import Stanza
from defenderdesk.errors import DamagedError, LimitError

KIND = "scrypt"
MAX_WORK_FACTOR = 18
"""Base-two logarithm: 256 MiB of memory, which is what age itself writes."""
SALT_SIZE = 16

_LABEL = b"age-encryption.org/v1/scrypt"
_WORK_FACTOR = re.compile(r"[1-9][0-9]*")


def check_alone(stanzas: Sequence[Stanza]) -> None:
    """Raises DamagedError if a scrypt stanza stands beside another: who knows the passphrase
    must be the only one who could have made the file."""
    if len(stanzas) > 1 and any(stanza.kind == KIND for stanza in stanzas):
        raise DamagedError(what="a passphrase stanza is not the only one")


class ScryptIdentity:
    """A passphrase (its UTF-8 bytes are used as they are)."""

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase.encode()

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Raises DamagedError on a malformed stanza; LimitError on a work factor above 18, before
        any memory is taken for it."""
        check_alone(stanzas)
        if not stanzas or stanzas[0].kind != KIND:
            return None
        salt, factor = _parameters(stanzas[0])
        kdf = Scrypt(salt=_LABEL + salt, length=32, n=1 << factor, r=8, p=1)
        return derive.unwrap(kdf.derive(self._passphrase), stanzas[0].body)


def _parameters(stanza: Stanza) -> tuple[bytes, int]:
    if len(stanza.args) != 3:
        raise DamagedError(what="a passphrase stanza has a wrong number of arguments")
    salt = base64.decode(stanza.args[1].encode(), "the salt of a passphrase stanza")
    if len(salt) != SALT_SIZE:
        raise DamagedError(what="the salt of a passphrase stanza has a wrong size")
    digits = stanza.args[2]
    if not _WORK_FACTOR.fullmatch(digits):
        raise DamagedError(what="the work factor of a passphrase stanza is not a number")
    if len(digits) > 2 or int(digits) > MAX_WORK_FACTOR:
        raise LimitError(what="its passphrase takes too much work to check")
    derive.check_body(stanza.body, KIND)
    return salt, int(digits)
