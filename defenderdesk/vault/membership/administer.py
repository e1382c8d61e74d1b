"""Acts of administrators: found, add desks, admit, give roles and desks, remove, act together.

Each is one act of the membership log. A device that leaves a desk takes the desk's keys with it,
so every act that ends something is followed by a new key (`renew`) in the same write, made under
the knowledge of everybody who left. Whoever holds the desk can make it, since whoever holds it
could give its key away as well; the log says which key is meant.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Act, Cut, Log, acts, limits
from defenderdesk.crypto import signing
from defenderdesk.errors import Message, NotFoundError, NotGrantedError, UsageError
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import members
from defenderdesk.vault.identity.members import DeskKeys, check_name, require_administrator
from defenderdesk.vault.membership import remove_device, revoke_desk
from defenderdesk.vault.records import apply, writing
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Desk, Proposed


def found(store: Store, workspace: str, member: str, desk: str) -> None:
    """Founds a workspace: this device becomes its first administrator's."""
    if store.workspace:
        raise UsageError(what="This vault already belongs to a workspace")
    workspace, member = check_name(workspace, "A workspace"), check_name(member, "A member")
    desk = check_name(desk, "A desk")
    signing_key, identity = members.make_keys(store)
    nonce = os.urandom(16)
    workspace_id = membership.workspace_id(signing_key.public, nonce)
    log = Log(workspace_id)
    log.make(
        signing_key,
        acts.FOUND,
        [
            signing_key.public,
            identity.recipient.public,
            member,
            members.device_name(),
            nonce,
            workspace,
        ],
        store.now_ms(),
    )
    with store.writing() as conn:
        members.keep_acts(conn, log.acts)
        store.set_meta("workspace", workspace_id)
        store.set_meta("workspace_name", workspace)
        _new_desk(store, conn, log, desk)
    store.load_identity()


def _new_desk(store: Store, conn: Connection, log: Log, name: str) -> bytes:
    desk, key = os.urandom(16), os.urandom(32)
    act = log.make(
        store.require_signing_key(),
        acts.DESK,
        [desk, membership.key_name(desk, 0, key)],
        store.now_ms(),
    )
    members.keep_acts(conn, [act])
    members.add_desk_row(conn, desk, name, members.mailbox(key), [(0, key)])
    return desk


def add_desk(store: Store, name: str) -> Desk:
    """A new desk, held by this device alone until it is granted to others."""
    require_administrator(store)
    name = check_name(name, "A desk")
    if any(d.name.casefold() == name.casefold() for d in members.desks(store.reader)):
        raise UsageError(what="There is already a desk of that name")
    with store.writing() as conn:
        desk = _new_desk(store, conn, store.log, name)
        store.load_members(conn)
    return Desk(signing.id_text(desk), name)


def act(store: Store, kind: str, *detail: object) -> Act:
    """One act of this administrator's, and the new keys that it makes necessary."""
    require_administrator(store)
    with store.writing() as conn:
        log = store.log.copy()
        made = log.make(store.require_signing_key(), kind, detail, store.now_ms())
        members.keep_acts(conn, [made])
        follow(store, conn, log)
        store.load_members(conn)
    erase.clean(store)  # a role that lets somebody erase has what they asked for carried out
    return made


def follow(store: Store, conn: Connection, log: Log, *, lead: bool = True) -> None:
    """Does what follows from new acts: feeds end where removed devices' work ends, desks that were
    left get a new key. `lead`: this device makes that key; else only if nobody above it could."""
    if not store.signing_key:
        return
    remove_device.cut(store, conn, log.roster)
    erase.carry_out(store, conn, log.roster)
    own = log.roster.devices.get(store.device)
    if own is None or not own.present:
        return
    revoke_desk.leave(store, conn, log.roster)
    revoke_desk.forget_receipts(conn, log.roster)
    for desk in members.desk_keys(conn, log.roster):
        if desk.sealing.good or desk.id not in own.desks:
            continue
        if lead or own.device in leaders(conn, log, desk, own.device):
            renew(store, conn, log, desk)


def leaders(conn: Connection, log: Log, desk: DeskKeys, own: bytes) -> set[bytes]:
    """The devices that answer for a desk's key: of those that are known to hold it, and of this
    one, the highest role's. Who was given the desk and has not spoken under that key may have none
    at all, and then everybody would wait for them."""
    spoke = {
        bytes(row[0])
        for row in conn.execute("SELECT device FROM receipts WHERE desk = ?", (desk.num,))
        if (receipt := planning.receipt_of(conn, bytes(row[0]), desk.num))
        and receipt.key == desk.sealing.name
    }
    holding = [
        m
        for m in log.roster.devices.values()
        if m.present and desk.id in m.desks and (m.device == own or m.device in spoke)
    ]
    highest = max((limits.ROLES.index(m.role) for m in holding), default=-1)
    return {m.device for m in holding if limits.ROLES.index(m.role) == highest}


def renew(store: Store, conn: Connection, log: Log, desk: DeskKeys) -> None:
    """A new key of a desk, and how far the feeds of those who left it count."""
    key, epoch = os.urandom(32), max(k.epoch for k in desk.keys) + 1
    ends = []
    for member in log.roster.devices.values():  # also where nothing of theirs came yet
        if desk.id in member.lost:
            writing.feed_row(conn, log.workspace, desk.num, desk.id, member.device)
    for feed, origin, held, chain, num in conn.execute(
        "SELECT device, coalesce(origin, device), held, hash, num FROM feeds WHERE desk = ?",
        (desk.num,),
    ).fetchall():
        if log.roster.may_write(origin, desk.id) or (desk.id, feed) in log.roster.cuts:
            continue
        signature = b""
        if held:
            row = conn.execute(
                "SELECT signature FROM change_sets WHERE id = ?", (apply.set_id(num, held),)
            ).fetchone()
            signature = row[0] if row and row[0] else b""
        if bool(signature) == bool(held):
            ends.append(list(Cut(feed, held, chain, signature)))
    name = membership.key_name(desk.id, epoch, key)
    made = log.make(store.require_signing_key(), acts.ROTATE, [desk.id, epoch, name, ends], store.now_ms())
    members.keep_acts(conn, [made])
    members.add_desk_row(conn, desk.id, desk.name, desk.box, [(epoch, key)])


# -- one by one -------------------------------------------------------------------------------


def admit(
    store: Store,
    signing_key: bytes,
    recipient: bytes,
    member: str,
    consent: bytes,
    desks: Sequence[bytes],
    role: str = membership.RESEARCHER,
    since: int = 0,
) -> bool:
    """Admits a colleague's device, or grants more desks to one that is of the workspace; False
    while more administrators must agree.
    `consent`: what the device says of itself (`acts.consent`). `since`: its history begins then
    (ms); the desks get a new key, and it none of those before."""
    require_administrator(store)
    device = membership.device_id(signing_key)
    if device == store.device:
        raise UsageError(what="This is this device's own request")
    known = store.roster.devices.get(device)
    if known is not None and not known.present:
        raise NotGrantedError(what="this device was removed; it needs a new vault to come back")
    if known is None and any(
        p.act.kind == acts.ADMIT and p.act.detail[0] == signing_key for p in store.roster.proposals
    ):
        return False

    if known is not None and known.member.casefold() != member.casefold().strip():
        raise UsageError(what=Message("This laptop is here already, as {member}", member=known.member))
    if known is None:
        name = check_name(member, "A member")
        with store.writing() as conn:
            act(
                store,
                acts.ADMIT,
                signing_key,
                recipient,
                name,
                "",
                role,
                list(desks),
                since,
                consent,
            )
            if since:
                log = store.log.copy()
                for keys in members.desk_keys(conn, log.roster):
                    if keys.id in desks:
                        renew(store, conn, log, keys)
                store.load_members(conn)
        return device in store.roster.devices
    for desk in desks:
        if desk not in known.desks:
            act(store, acts.GRANT, device, desk)
    return True


def require_device(store: Store, device: str) -> membership.Member:
    """A present device by its id. Raises `NotFoundError`."""
    try:
        found_ = store.members.get(signing.id_bytes(device))
    except ValueError:
        found_ = None
    if found_ is None:
        raise NotFoundError(what=Message("device {device}", device=device))
    return found_


def set_role(store: Store, device: str, role: str) -> bool:
    """Gives a device another role; False while more administrators must agree."""
    if role not in limits.ROLES:
        raise UsageError(what=Message("There is no role {role}", role=role))
    member = require_device(store, device)
    if member.role == role:
        return True
    if member.device == store.device:
        raise UsageError(what="Another administrator must give this device another role")
    made = act(store, acts.ROLE, member.device, role)
    return not _waits(store, made)


def remove(store: Store, device: str, *, destroy: bool = False) -> bool:
    """Ends a device's membership; False while more administrators must agree. `destroy`: it is
    asked to destroy its keys at the next contact. Every desk it held gets a new key."""
    member = require_device(store, device)
    if member.device == store.device:
        raise UsageError(what="Another administrator must remove this device")
    made = act(store, acts.REMOVE, member.device, destroy)
    return not _waits(store, made)


def grant(store: Store, device: str, desk: bytes) -> None:
    """Gives a device a desk more; its keys go out with the next export."""
    member = require_device(store, device)
    if desk not in member.desks:
        act(store, acts.GRANT, member.device, desk)


def withdraw(store: Store, device: str, desk: bytes) -> None:
    """Takes a desk from a device; the desk gets a new key."""
    member = require_device(store, device)
    if desk in member.desks:
        act(store, acts.WITHDRAW, member.device, desk)


def endorse(store: Store, proposal: str) -> bool:
    """Stands behind a proposal of another administrator; whether it holds now."""
    for waiting in store.roster.proposals:
        if waiting.act.id.hex() == proposal:
            act(store, acts.ENDORSE, waiting.act.id)
            return not _waits(store, waiting.act)
    raise NotFoundError(what=Message("proposal {proposal}", proposal=proposal[:12]))


def set_quorum(store: Store, number: int) -> bool:
    """Sets how many administrators dangerous acts ask for; False while more must agree."""
    if not 1 <= number < 100:
        raise UsageError(what="At least one administrator must agree")
    made = act(store, acts.QUORUM, number)
    return not _waits(store, made)


def set_admissions(store: Store, number: int) -> bool:
    """Sets how many administrators it takes to let anybody in. False while more must agree."""
    if not 1 <= number < 100:
        raise UsageError(what="At least one administrator must agree")
    made = act(store, acts.ADMISSIONS, number)
    return not _waits(store, made)


def accept(store: Store, device: str) -> int:
    """Takes in what a removed device wrote beyond its end, also before it took new keys, as far as
    it has arrived; how many change sets. What it did was set aside, never lost."""
    require_administrator(store)
    try:
        raw = signing.id_bytes(device)
    except ValueError as error:
        raise NotFoundError(what=Message("device {device}", device=device)) from error
    known = store.roster.devices.get(raw)
    line = known.line if known else (raw,)
    before = sum(remove_device.count_quarantined(store.reader, one) for one in line)
    for one in line:
        for desk, cut in remove_device.ends_with_quarantined(store, one):
            act(store, acts.ACCEPT, desk, list(cut))
    return before - sum(remove_device.count_quarantined(store.reader, one) for one in line)


def proposals(store: Store) -> list[Proposed]:
    """The proposals that wait for more administrators, the oldest first."""
    own = store.roster.devices.get(store.device)
    me = own.member if own else ""
    out = []
    for waiting in store.roster.proposals:
        behind = tuple(sorted(waiting.behind, key=str.casefold))
        what = _sentence(store, waiting.act)
        out.append(Proposed(waiting.act.id.hex(), what, behind, waiting.need, me in behind))
    return out


def _sentence(store: Store, made: Act) -> Message:
    if made.kind == acts.QUORUM:
        if made.detail[0] == 1:
            return Message("One administrator is enough for what is dangerous")
        return Message("{n} administrators are needed for what is dangerous", n=made.detail[0])
    if made.kind == acts.ADMISSIONS:
        if made.detail[0] == 1:
            return Message("One administrator is enough to let anybody in")
        return Message("{n} administrators are needed to let anybody in", n=made.detail[0])
    if made.kind == acts.ADMIT:
        if made.detail[4] != membership.ADMINISTRATOR:
            return Message("{member}’s laptop comes in", member=made.detail[2])
        return Message("{member} comes in as an administrator", member=made.detail[2])
    known = store.roster.devices.get(made.detail[0])
    who = known.member if known else signing.id_text(made.detail[0])[:8]
    if made.kind == acts.REMOVE:
        return Message("{member}’s laptop is removed", member=who)
    if made.detail[1] == membership.ADMINISTRATOR:
        return Message("{member} becomes an administrator", member=who)
    return Message("{member} is no longer an administrator", member=who)


def quarantined(store: Store) -> dict[str, int]:
    """Devices (ids) that wrote on after they lost a desk → saves that were set aside, also those
    of before they took new keys."""
    out: dict[str, int] = {}
    with store.snapshot() as conn:
        for device in store.roster.devices:
            if count := remove_device.count_quarantined(conn, device):
                name = signing.id_text(store.roster.heir(device))
                out[name] = out.get(name, 0) + count
    return out


def _waits(store: Store, made: Act) -> bool:
    return any(p.act.id == made.id for p in store.roster.proposals)
