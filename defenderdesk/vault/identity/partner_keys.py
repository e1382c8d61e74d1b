"""The keys that partners know a desk by: a key they seal to, a key it signs with, six words for
both.

Both are derived from the desk's key (HKDF-SHA-256), so every laptop of the desk opens what a
partner sealed, and none has to be told more. They change when the desk's key does: when somebody
leaves it. The old ones go on opening; what signs with an old one is known, and so is the new one,
which the old one signed. Partners have to be given the new one, and compare the words again.

Specified in `docs/format/share.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridIdentity, Identity, parse_recipient
from defenderdesk.crypto.age.derive import hkdf
from defenderdesk.crypto.age.types import Recipient
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, Message, NotFoundError, UsageError
from defenderdesk.vault.identity import members
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.storage.store import Store

_SEAL = b"defenderdesk.org/v1/partner-identity"
_SIGN = b"defenderdesk.org/v1/partner-signing"
_RENEWS = b"defenderdesk.org/v1/partner-renews\x00"
_WORDS = b"defenderdesk.org/v1/partner-words\x00"
MARK = "#signer="
"""Between the two halves of a key as it is handed to a partner."""
MOST_EARLIER = 8


@dataclass(frozen=True)
class PartnerKey:
    """One desk's keys for partners."""

    desk: bytes
    name: str
    identity: HybridIdentity
    signing: SigningKey
    renewed: bool = False
    """True if the desk had another key before."""

    @property
    def recipient(self) -> str:
        """The recipient that partners seal to: `age1pq…`."""
        return str(self.identity.recipient)

    @property
    def text(self) -> str:
        """Both halves, as it is handed to a partner."""
        return f"{self.recipient}{MARK}{self.signing.public.hex()}"

    @property
    def words(self) -> list[str]:
        """Six words, to compare by voice."""
        return words(self.recipient, self.signing.public)


def words(recipient: str, signer: bytes = b"") -> list[str]:
    """Six words for a partner's key and the key they sign with (empty: it is not known)."""
    from mnemonic import Mnemonic

    digest = hashlib.sha256(_WORDS + signer + recipient.strip().encode()).digest()
    book = Mnemonic("english").wordlist
    number = int.from_bytes(digest[:9], "big") >> 6
    return [book[number >> (11 * i) & 2047] for i in reversed(range(6))]


def parse(text: str) -> tuple[Recipient, str, bytes]:
    """A partner's key as somebody entered it: (recipient, its text, the key they sign with or
    empty). Raises `UsageError`."""
    recipient, mark, signer = text.strip().partition(MARK)
    try:
        public = bytes.fromhex(signer)
        if mark and len(public) != signing.PUBLIC_KEY_SIZE:
            raise ValueError("size")
        return parse_recipient(recipient), recipient, public
    except (ValueError, DamagedError) as error:
        raise UsageError(what="This organisation has no key, or it is not an age key") from error


def of_desk(store: Store, desk: str | None = None) -> PartnerKey:
    """The keys of a desk (id or name; None: the first), of its current key. Raises
    `NotFoundError`."""
    with store.snapshot() as conn:
        found = members.desk_keys(conn, store.roster)
    for one in found:
        if desk in (None, one.name, signing.id_text(one.id)):
            return replace(_derived(one, one.keys[-1].key), renewed=len(one.keys) > 1)
    raise NotFoundError(what=Message("desk {desk}", desk=desk or ""))


def _derived(desk: DeskKeys, key: bytes) -> PartnerKey:
    identity = HybridIdentity.from_seed(hkdf(key, desk.id, _SEAL))
    return PartnerKey(desk.id, desk.name, identity, SigningKey(hkdf(key, desk.id, _SIGN)))


def identities(store: Store) -> list[Identity]:
    """Everything that opens what partners sealed: every key of every desk that is held, the
    latest first, and this laptop's own."""
    with store.snapshot() as conn:
        found = members.desk_keys(conn, store.roster)
    out: list[Identity] = []
    for desk in found:
        out += [_derived(desk, key.key).identity for key in reversed(desk.keys)]
    if store.identity is not None:
        out.append(store.identity)
    return out


# -- renewal --------------------------------------------------------------------------------------


def earlier(store: Store, key: PartnerKey) -> list[list[str]]:
    """[earlier signing key, its signature of the present one], hexadecimal, the latest first."""
    with store.snapshot() as conn:
        [desk] = [d for d in members.desk_keys(conn, store.roster) if d.id == key.desk]
    out = []
    for one in reversed(desk.keys[:-1]):
        old = _derived(desk, one.key).signing
        out.append([old.public.hex(), old.sign(_RENEWS, key.signing.public).hex()])
    return out[:MOST_EARLIER]


def known_as(signer: bytes, claimed: Iterable[Sequence[str]]) -> list[str]:
    """The keys (hexadecimal) that `signer` takes the place of, as each of them signed. Raises
    `DamagedError` for a claim that is false."""
    out = []
    for old, signature in claimed:
        try:
            public, signed = bytes.fromhex(old), bytes.fromhex(signature)
        except ValueError as error:
            raise DamagedError(what="it does not say who sent it") from error
        signing.verify(public, _RENEWS, signer, signed, "the partner's key")
        out.append(old)
    return out
