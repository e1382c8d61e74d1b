"""age v1 (https://c2sp.org/age): sealed files that age and its libraries open, and back.

Sealing: to X25519 and hybrid post-quantum recipients and to desk keys. Opening: with these and
with passphrases. All that comes from outside and is not right raises `DamagedError` or one of its
kinds; a file for others raises `NotForUsError`.
"""

from __future__ import annotations

from defenderdesk.crypto.age.desk import DeskKey
from defenderdesk.crypto.age.files import Opener, RandomOpener, open_bytes
from defenderdesk.crypto.age.header import Stanza
from defenderdesk.crypto.age.hybrid import HybridIdentity, HybridRecipient
from defenderdesk.crypto.age.keys import parse_identity, parse_recipient
from defenderdesk.crypto.age.scrypt import ScryptIdentity
from defenderdesk.crypto.age.seal import Sealer, seal_bytes
from defenderdesk.crypto.age.types import Identity, Recipient
from defenderdesk.crypto.age.x25519 import X25519Identity, X25519Recipient

__all__ = [
    "DeskKey",
    "HybridIdentity",
    "HybridRecipient",
    "Identity",
    "Opener",
    "RandomOpener",
    "Recipient",
    "ScryptIdentity",
    "Sealer",
    "Stanza",
    "X25519Identity",
    "X25519Recipient",
    "open_bytes",
    "parse_identity",
    "parse_recipient",
    "seal_bytes",
]
