"""Keys from their text: `age1…` and `age1pq1…`, `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…`.

Texts are taken as they are: who lets people paste one removes the space around it first.
"""

from __future__ import annotations

from defenderdesk.crypto.age import bech32, hybrid, x25519
from defenderdesk.crypto.age.hybrid import HybridIdentity, HybridRecipient
from defenderdesk.crypto.age.x25519 import X25519Identity, X25519Recipient
from defenderdesk.errors import DamagedError


def parse_recipient(text: str) -> X25519Recipient | HybridRecipient:
    """Raises DamagedError on anything else, a secret key among it."""
    hrp, _ = bech32.decode(text)
    if hrp == hybrid.RECIPIENT_HRP:
        return HybridRecipient.parse(text)
    if hrp == x25519.RECIPIENT_HRP:
        return X25519Recipient.parse(text)
    raise DamagedError(what="a key text is not one to seal to")


def parse_identity(text: str) -> X25519Identity | HybridIdentity:
    """Raises DamagedError on anything else."""
    hrp, _ = bech32.decode(text)
    if hrp == hybrid.IDENTITY_HRP:
        return HybridIdentity.parse(text)
    if hrp == x25519.IDENTITY_HRP:
        return X25519Identity.parse(text)
    raise DamagedError(what="a key text is not one to open with")
