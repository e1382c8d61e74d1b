"""Recovery shares as their holders see them: which stand, which is this laptop's, what is in it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Member
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import open_bytes
from defenderdesk.domain import kinds
from defenderdesk.errors import Message, NotHelpedError, WorldError
from defenderdesk.ledger.merge import State
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.records import authorship, located
from defenderdesk.vault.storage.store import Store

KIND = kinds.RECOVERY_SHARE.name
VERSION = 1


@dataclass(frozen=True)
class Share:
    """A share's record, as its laptop signed it. Devices are 16 bytes."""

    record: str
    of: bytes
    helper: bytes
    round: bytes
    need: int
    sealed: bytes


def fit(member: Member | None) -> bool:
    """Tells whether it can help: a device of an administrator that is there."""
    return bool(member and member.present and member.role == membership.ADMINISTRATOR)


def shares(store: Store) -> list[Share]:
    """Every share that stands, as the laptop it belongs to signed it: what somebody else wrote
    into such a record, or hid, does not count."""
    with store.snapshot() as conn:
        rows = conn.execute(
            "SELECT r.id, r.state, d.id FROM records r JOIN desks d ON d.num = r.desk WHERE r.kind = ?",
            (KIND,),
        ).fetchall()
    out = []
    for rid, packed, desk in rows:
        share = _signed(store, located.key(rid, desk), State.unpack(packed))
        if share is not None:
            out.append(share)
    return out


def _signed(store: Store, record: str, state: State) -> Share | None:
    made = authorship.as_made(store, state, ("of", "helper", "round", "need", "sealed"))
    if made is None or type(made.fields["need"]) is not int:
        return None
    found = made.fields
    try:
        of, helper, name = (signing.id_bytes(str(found[n])) for n in ("of", "helper", "round"))
        sealed = base64.b64decode(str(found["sealed"]), validate=True)
    except (ValueError, binascii.Error):
        return None
    if of != made.device:
        return None  # nobody arranges help for somebody else
    return Share(record, of, helper, name, made.fields["need"], sealed)


def for_round(store: Store, name: bytes) -> tuple[Share, Member]:
    """This device's share of a round, and whom it helps. Raises `NotHelpedError`."""
    own = store.members.get(store.device)
    if not fit(own):
        raise NotHelpedError(what="this laptop is not an administrator’s")
    known = [share for share in shares(store) if share.round == name]
    if not known:
        raise NotHelpedError(what="it is for shares that are not known here, or that were made anew since")
    mine = next((share for share in known if rekey.followed(store, share.helper)), None)
    member = store.roster.latest(mine.of) if mine else None
    if mine is None or member is None:
        raise NotHelpedError(what="no share of it is for this laptop")
    if member.removed:
        raise NotHelpedError(what=Message("{member}’s laptop was removed", member=member.member))
    if member.travelling:
        raise NotHelpedError(what=Message("{member}’s laptop travels", member=member.member))
    return mine, member


def opened(store: Store, share: Share) -> str:
    """The share itself. Raises `NotHelpedError` where it does not open or is not what it says."""
    try:
        content = open_bytes(share.sealed, rekey.openers(store))
        version, name, of, helper, text = canonical.decode(content)
    except (WorldError, ValueError, TypeError) as error:
        raise NotHelpedError(what="the share for this laptop does not open") from error
    said = (name, of, helper) == (share.round, share.of, share.helper)
    if not (said and canonical.is_version(version, VERSION)):
        raise NotHelpedError(what="the share for this laptop belongs to another")
    return str(text)
