"""A laptop that is lost or was seized: what it held, since when, and whether its keys are gone.

Its own receipts say what it surely held, and what it wrote it held. What others made before it was
removed may have reached it as well: a server hands it out, and no receipt comes back. What was made
after it was removed is sealed to a key that it does not have.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import Member, acts
from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.errors import Message, NotFoundError
from defenderdesk.ledger import changes, clock
from defenderdesk.ledger.merge import State
from defenderdesk.vault.identity import members
from defenderdesk.vault.identity.members import DeskKeys, require_administrator
from defenderdesk.vault.membership import administer
from defenderdesk.vault.records import apply, located, projection
from defenderdesk.vault.replication import history_cut_off, planning
from defenderdesk.vault.storage import chunks
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Device, RecordKey

DESTROYED = "destroyed."
"""Setting by device (id): when it says that it destroyed its keys, in ms of its clock."""


class HeldCase(msgspec.Struct, frozen=True):
    """A case on a laptop. `sure`: its own receipt or its own work says so; else it may have come.
    `attachments`: those of the case that it has, whole, or may have."""

    id: RecordKey
    title: str
    reference: str
    sure: bool
    attachments: int = 0
    deleted: bool = False


class HeldDesk(msgspec.Struct, frozen=True):
    """A desk on a laptop. `name` is empty where this laptop does not hold the desk: of what is in it
    nothing is known here. `since`: when it was given; `seen`: by its clock, when it last said what it
    holds; `renewed`: the desk has a key by now that was made knowing of the loss."""

    id: str
    name: str
    since: datetime | None
    seen: datetime | None
    renewed: bool
    history_from: datetime | None = None
    cases: tuple[HeldCase, ...] = ()
    attachments: int = 0
    bytes: int = 0


class Seizure(msgspec.Struct, frozen=True):
    """All that is known of a laptop that is lost. `removed`: when its membership ended, `by`: by whom;
    `asked`: it was asked to destroy its keys; `told`: a server has that word ready for it;
    `destroyed`: when it says that it did; `aside`: saves that it wrote afterwards."""

    device: Device
    desks: tuple[HeldDesk, ...]
    seen: datetime | None
    removed: datetime | None = None
    by: tuple[str, ...] = ()
    asked: bool = False
    told: bool = False
    destroyed: datetime | None = None
    aside: int = 0

    @property
    def renewable(self) -> bool:
        """True if a desk that is held here still goes by a key that the laptop has."""
        return bool(self.removed) and any(desk.name and not desk.renewed for desk in self.desks)


def seizure(store: Store, device: str) -> Seizure:
    """Tells what a laptop of the workspace held or holds, as far as this one knows. Raises
    `NotFoundError`."""
    known = _member(store, device)
    shown = next(d for d in members.devices(store) if d.id == signing.id_text(known.device))
    ends = [act for one in known.line for act in store.log.removals(one)]
    with store.snapshot() as conn:
        desks = _desks(store, conn, known, min((store.log.at_least(act.id) for act in ends), default=0))
        own = _last_own(conn, known)
    seen = [one.seen for one in desks if one.seen] + ([clock.moment(own)] if own else [])
    by = {store.roster.devices[act.author].member for act in ends if act.author in store.roster.devices}
    said = [store.meta(DESTROYED + signing.id_text(one), 0) for one in known.line]
    return Seizure(
        shown,
        tuple(desks),
        max(seen, default=None),
        _moment(min((act.when for act in ends), default=0)),
        tuple(sorted(by, key=str.casefold)),
        known.removed and known.destroy,
        known.removed and known.destroy and _word_is_laid(store, known),
        _moment(max(said)),
        administer.quarantined(store).get(shown.id, 0),
    )


def renew_keys(store: Store, device: str) -> int:
    """Makes new keys for the desks of a removed laptop that still go by one which it has; of how many.
    An act of removal is followed by one; this is for where whoever should have made it did not."""
    require_administrator(store)
    known, count = _member(store, device), 0
    with store.writing() as conn:
        log = store.log.copy()
        own = log.roster.devices[store.device]
        for keys in members.desk_keys(conn, log.roster):
            if keys.id in known.desks | known.lost and keys.id in own.desks and not keys.sealing.good:
                administer.renew(store, conn, log, keys)
                count += 1
        store.load_members(conn)
    return count


def _member(store: Store, device: str) -> Member:
    try:
        raw = store.roster.heir(signing.id_bytes(device))
    except ValueError as error:
        raise NotFoundError(what=Message("device {device}", device=device)) from error
    if raw not in store.roster.devices:
        raise NotFoundError(what=Message("device {device}", device=device))
    return store.roster.devices[raw]


def _moment(ms: int) -> datetime | None:
    return clock.moment(ms << 16) if ms else None


def _word_is_laid(store: Store, known: Member) -> bool:
    named = {signing.id_text(one) for one in known.line}
    with store.snapshot() as conn:
        rows = conn.execute("SELECT value FROM meta WHERE name LIKE 'shut_out.%'").fetchall()
    return any(named & set(msgspec.msgpack.decode(row[0])) for row in rows)


# -- desks and what is in them ----------------------------------------------------------------------


def _desks(store: Store, conn: Connection, known: Member, ended: int) -> list[HeldDesk]:
    if known.travelling:
        return []  # everything left it before the border
    here = {desk.id: desk for desk in members.desk_keys(conn, store.roster)}
    out = []
    # A removed laptop's desks are all that it ever held; of one that is there, what it holds now,
    # and what was taken from it: whether it heard of that, nobody knows.
    for desk in sorted(known.desks | known.lost):
        since = _moment(_given(store, known, desk))
        keys = store.roster.keys.get(desk, ())
        fresh = any(key.good for key in keys) and (known.removed or desk in known.lost)
        name = here[desk].name if desk in here else ""
        one = HeldDesk(signing.id_text(desk), name, since, None, fresh, _moment(known.since))
        out.append(_filled(store, conn, known, here[desk], one, ended) if desk in here else one)
    return sorted(out, key=lambda one: (not one.name, one.name.casefold()))


def _given(store: Store, known: Member, desk: bytes) -> int:
    """The time at which a laptop was first given a desk, or made it (ms); 0 where no act says so."""
    line, found = set(known.line), []
    for act in store.log.acts:
        if act.kind == acts.ADMIT:
            if acts.device_id(act.detail[0]) in line and desk in act.detail[5]:
                found.append(act.when)
        elif act.kind == acts.GRANT:
            if act.detail[0] in line and act.detail[1] == desk:
                found.append(act.when)
        elif act.kind == acts.DESK and act.author in line and act.detail[0] == desk:
            found.append(act.when)
    return min(found, default=0)


def _filled(
    store: Store, conn: Connection, known: Member, keys: DeskKeys, one: HeldDesk, ended: int
) -> HeldDesk:
    """The desk with its cases and attachments."""
    said = [last for device in known.line if (last := planning.said_last(conn, device, keys.num))]
    reach = _Reach(conn, keys.num, known, [receipt for _, receipt in said], ended)
    given = history_cut_off.records_since(conn, keys.num, known.since) if known.since else None
    rows = conn.execute(
        "SELECT id, kind, history, state, deleted FROM records WHERE desk = ? AND kind IN (?, ?)",
        (keys.num, kinds.CASE.name, kinds.ATTACHMENT.name),
    ).fetchall()
    parents = {
        bytes(rid): bytes(parent)
        for rid, parent in conn.execute(
            "SELECT id, parent FROM records WHERE desk = ? AND parent IS NOT NULL", (keys.num,)
        )
    }
    cases: dict[bytes, HeldCase] = {}
    files: list[tuple[bytes, int]] = []
    for rid, kind, history, packed, deleted in rows:
        rid, sure = bytes(rid), reach.holds(history)
        if not sure and ((given is not None and rid not in given) or not reach.may_hold(history)):
            continue
        state = State.unpack(packed)
        if kind == kinds.ATTACHMENT.name:
            if (size := reach.size_of(state)) is not None:
                files.append((_top(rid, parents), size))
            continue
        shown = state.registers()
        key = located.key(rid, keys.id)
        number = str(shown.get("reference") or "")
        cases[rid] = HeldCase(key, projection.title(shown, kind), number, sure, deleted=bool(deleted))
    for top, _ in files:
        if top in cases:
            cases[top] = msgspec.structs.replace(cases[top], attachments=cases[top].attachments + 1)
    return msgspec.structs.replace(
        one,
        seen=_moment(max((when for when, _ in said), default=0)),
        cases=tuple(sorted(cases.values(), key=lambda c: (not c.sure, c.reference, c.title.casefold()))),
        attachments=len(files),
        bytes=sum(size for _, size in files),
    )


def _top(rid: bytes, parents: dict[bytes, bytes]) -> bytes:
    for _ in range(8):
        if rid not in parents:
            break
        rid = parents[rid]
    return rid


class _Reach:
    """The reach of a laptop's copy of one desk, by its receipts and its own work."""

    def __init__(
        self, conn: Connection, desk: int, known: Member, said: Iterable[Receipt], ended: int
    ) -> None:
        self._conn, self._ended = conn, ended
        self._missing: set[bytes] = set()
        self._missing_all = False
        holds: dict[bytes, int] = {}
        for receipt in said:
            self._missing |= set(receipt.missing)
            self._missing_all |= receipt.missing_all
            for feed, seq in receipt.holds.items():
                holds[feed] = max(holds.get(feed, 0), seq)
        self._held: dict[int, int] = {}
        for num, feed, origin, held in conn.execute(
            "SELECT num, device, coalesce(origin, device), held FROM feeds WHERE desk = ?", (desk,)
        ):
            mine = bytes(origin) in known.line
            self._held[num] = held if mine else holds.get(bytes(feed), 0)

    def holds(self, history: bytes) -> bool:
        """Tells whether one of the saves of a record surely was there."""
        for at in range(0, len(history), 8):
            num, seq = apply.feed_and_seq(int.from_bytes(history[at : at + 8], "big"))
            if seq <= self._held.get(num, 0):
                return True
        return False

    def may_hold(self, history: bytes) -> bool:
        """Tells whether a record may have come: it was made before the laptop was removed."""
        if not self._ended:
            return True
        first = int.from_bytes(history[:8], "big")
        row = self._conn.execute("SELECT header FROM change_sets WHERE id = ?", (first,)).fetchone()
        return row is None or changes.read_headers([row[0]])[0].hlc >> 16 <= self._ended

    def size_of(self, state: State) -> int | None:
        """The bytes of an attachment; None where the laptop said that it lacks some of it."""
        found = [chunk for e in state.entries.get("chunks", ()) for chunk in chunks.chunks_of(e.value) or ()]
        if self._missing_all or any(chunk.hash in self._missing for chunk in found):
            return None
        return sum(chunk.size for chunk in found)


def _last_own(conn: Connection, known: Member) -> int:
    """The clock of the last save that a laptop made, as far as it arrived; 0: none did."""
    marks = ", ".join("?" * len(known.line))
    rows = conn.execute(
        "SELECT c.header FROM feeds f JOIN change_sets c ON c.id = (f.num << 40 | f.held) "  # noqa: S608
        f"WHERE coalesce(f.origin, f.device) IN ({marks})",
        known.line,
    ).fetchall()
    return max((changes.read_headers([row[0]])[0].hlc for row in rows), default=0)
