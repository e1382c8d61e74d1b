"""The status of erasures: where they were carried out, and where not yet: devices by their
receipts, the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from defenderdesk.bundle import membership
from defenderdesk.crypto import signing
from defenderdesk.errors import Message, NotFoundError, NotGrantedError
from defenderdesk.ledger import changes
from defenderdesk.ledger.changes import ADD, Change
from defenderdesk.ledger.merge import State
from defenderdesk.vault import types
from defenderdesk.vault.erasure.erase import (
    CONFIRMED,
    ERASED,
    MAY,
    behind,
    carry_out,
    written_since,
)
from defenderdesk.vault.records import apply, located, past, rebuild, writing
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store

_SWEPT = "erasures_swept"
UNBACKED = Message(
    "Whoever asked for it may no longer erase: confirm it, so that those who hear of it only now "
    "carry it out as well."
)
WRITTEN = Message(
    "Somebody who had not heard of it wrote on in a record that was erased whole; that is hidden "
    "and not destroyed. Look at it, and erase the record again."
)


@dataclass(frozen=True)
class Where:
    """One replica of an erasure. `last`: ms of the last receipt of that device; 0: none yet."""

    member: str
    confirmed: bool
    last: int
    reachable: bool = True


@dataclass(frozen=True)
class Erasure:
    """One erasure: which records, why, by whom, and how far it got. `name`: for confirming."""

    name: str
    records: tuple[str, ...]
    reason: str
    author: types.Author
    done: bool
    where: tuple[Where, ...]
    swept: bool = False
    """True if this device had the server delete it."""
    wanting: bool = False
    """True if nobody who may stands behind it: not yet, or whoever did may no longer. Who hears of
    it only now does not carry it out until somebody confirms it."""
    written: tuple[str, ...] = ()
    """Records that went whole, and in which somebody who had not heard of it wrote on."""


def erasures(store: Store) -> list[Erasure]:
    """Every erasure that is known here, the newest first."""
    out = []
    with store.snapshot() as conn:
        for row, done, desk, device in conn.execute(
            "SELECT e.id, e.done, f.desk, f.device FROM erasures e JOIN feeds f ON f.num = e.id >> 40"
        ).fetchall():
            out.append(_described(store, conn, row, bool(done), desk, bytes(device)))
    return sorted(out, key=lambda e: e.author.time, reverse=True)


def _described(store: Store, conn: Connection, row: int, done: bool, desk: int, device: bytes) -> Erasure:
    _, seq = apply.feed_and_seq(row)
    [header] = conn.execute("SELECT header FROM change_sets WHERE id = ?", (row,)).fetchone()
    [head] = changes.read_headers([header])
    records = sorted(rebuild.touched(conn, [row]))
    reason = ""
    for rid in records:
        found = conn.execute("SELECT state FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
        value = State.unpack(found[0]).registers().get(ERASED) if found else None
        reason = value if isinstance(value, str) else reason
    [desk_id] = conn.execute("SELECT id FROM desks WHERE num = ?", (desk,)).fetchone()
    backing = behind(conn, store.roster, row, desk)
    return Erasure(
        f"{signing.id_text(device)}.{seq}",
        tuple(located.key(rid, desk_id) for rid in records),
        reason,
        past.author(store, device, head.hlc),
        done,
        tuple(_where(store, conn, desk, bytes(desk_id), (device, seq), backing)),
        f"{signing.id_text(device)}.{seq}" in store.meta(_SWEPT, [], conn),
        not backing,
        tuple(located.key(rid, desk_id) for rid in written_since(conn, row, desk) if done),
    )


def _where(
    store: Store,
    conn: Connection,
    desk: int,
    desk_id: bytes,
    made: tuple[bytes, int],
    backing: Sequence[tuple[bytes, int]],
) -> Iterator[Where]:
    """Every other device of the desk; it confirmed what its receipt says that it holds: the
    erasure, and who stands behind it. Without the latter it is hidden there and not destroyed."""
    for other, member in store.roster.devices.items():
        if other == store.device or desk_id not in member.desks or member.successor:
            continue
        receipt = planning.receipt_of(conn, other, desk)
        row = conn.execute(
            "SELECT created FROM receipts WHERE device = ? AND desk = ?", (other, desk)
        ).fetchone()
        holds = receipt.holds if receipt is not None else {}
        confirmed = holds.get(made[0], 0) >= made[1] and any(
            holds.get(feed, 0) >= seq for feed, seq in backing
        )
        yield Where(member.member, confirmed, row[0] if row else 0, member.present)


def to_sweep(store: Store, desk_id: bytes) -> list[str]:
    """The erasures of a desk that are carried out here and whose content may still lie on the
    server, if this is the device that has it deleted: the one that erased, if an administrator's,
    else the first of the administrators' devices."""
    able = sorted(
        d for d, m in store.members.items() if m.role == membership.ADMINISTRATOR and desk_id in m.desks
    )
    if store.device not in able:
        return []
    known = set(store.meta(_SWEPT, []))
    out = []
    with store.snapshot() as conn:
        for row, device, origin in conn.execute(
            "SELECT e.id, f.device, coalesce(f.origin, f.device) FROM erasures e JOIN feeds f "
            "ON f.num = e.id >> 40 JOIN desks d ON d.num = f.desk WHERE e.done = 1 AND d.id = ?",
            (desk_id,),
        ):
            name = f"{signing.id_text(device)}.{apply.feed_and_seq(row)[1]}"
            mine = origin == store.device or (origin not in able and able[0] == store.device)
            if mine and name not in known:
                out.append(name)
    return out


def swept(store: Store, names: Sequence[str]) -> None:
    """The server has deleted what these erased."""
    store.set_meta(_SWEPT, [*store.meta(_SWEPT, []), *names])


def confirm(store: Store, name: str) -> types.Change:
    """Stands behind an erasure that somebody else asked for. Raises `NotGrantedError`."""
    own = store.members.get(store.device)
    if own is None or own.role not in MAY:
        raise NotGrantedError(what="only a coordinator or an administrator may confirm an erasure")
    found = next((e for e in erasures(store) if e.name == name and e.wanting), None)
    if found is None:
        raise NotFoundError(what=Message("erasure {name}", name=name[:8]))
    with store.writing() as conn:
        where = located.place(conn, found.records[0])
        change = writing.write(store, conn, where.desk, [Change(where.id, CONFIRMED, ADD, name)])
        carry_out(store, conn, store.roster)
    return change
