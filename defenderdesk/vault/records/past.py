"""The past of records, and what of it waits for a person: authors, history, conflicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.ledger import changes, clock
from defenderdesk.ledger.changes import OPS, SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import deletion, located, projection, query
from defenderdesk.vault.records.apply import feed_and_seq
from defenderdesk.vault.records.writing import change_at
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import (
    Author,
    Conflict,
    HistoryEntry,
    RecordKey,
    Standing,
)


def author(store: Store, device: bytes, stamp: int) -> Author:
    """The device that wrote at that stamp."""
    who = store.authors.get(device)
    return Author(
        signing.id_text(device),
        who.member if who else "",
        clock.moment(stamp),
        clock.is_suspect(stamp, store.now_ms()),
    )


def conflict_count(conn: Connection) -> int:
    """The number of registers in conflict."""
    with guard():
        row = conn.execute(
            "SELECT coalesce(sum(conflicts), 0) FROM records WHERE conflicts > 0 AND deleted = 0"
        ).fetchone()
    return int(row[0])


def conflicts(store: Store, offset: int = 0, limit: int = 200) -> list[Conflict]:
    """The conflict inbox, in a stable order; pages count records."""
    with guard():
        rows = store.reader.execute(
            "SELECT r.id, r.kind, r.parent, r.state, d.id, EXISTS (SELECT 1 FROM records o "
            "WHERE o.id = r.id AND o.desk <> r.desk) FROM records r JOIN desks d ON d.num = r.desk "
            "WHERE r.conflicts > 0 AND r.deleted = 0 ORDER BY r.num LIMIT ? OFFSET ?",
            (limit, offset),
        ).fetchall()
    out = []
    for rid, kind, parent, state_bytes, desk, crossed in rows:
        state = State.unpack(state_bytes)
        record = located.key(rid, desk)
        case = record if kind == "case" else located.key(parent, desk) if parent else None
        for field in state.conflicts():
            if field == kinds.DELETED:
                continue
            entries = [e for e in reversed(state.entries[field]) if e.op == SET]
            out.append(
                Conflict(
                    f"{record.full if crossed else record}.{field}",
                    record,
                    kind,
                    field,
                    projection.title(state.registers(), kind),
                    case,
                    tuple(
                        Standing(e.value, author(store, e.stamp[1], e.stamp[0]), at == 0)
                        for at, e in enumerate(entries)
                    ),
                )
            )
        if state.entries.get(kinds.DELETED):
            out += _deletions(store, record, kind, case, state, crossed)
    return out


def _deletions(
    store: Store, record: RecordKey, kind: str, case: RecordKey | None, state: State, crossed: bool
) -> list[Conflict]:
    """The conflict about a deletion: who deleted the record, and who wrote in it meanwhile."""
    conn = store.reader
    where = located.place(conn, record)
    meanwhile = deletion.written_meanwhile(conn, where.desk, where.id, state)
    values = [
        Standing(e.value, author(store, e.stamp[1], e.stamp[0]), False)
        for e in reversed(state.entries[kinds.DELETED])
        if e.op == SET and (meanwhile is None or e.value is True)
    ]
    if meanwhile is not None:
        values.insert(0, Standing(None, author(store, meanwhile[1], meanwhile[0]), True))
    elif kinds.DELETED not in state.conflicts():
        return []
    name = f"{record.full if crossed else record}.{kinds.DELETED}"
    title = projection.title(state.registers(), kind)
    into = ""
    if isinstance(other := state.registers().get(kinds.MERGED_INTO), str) and kind == kinds.CASE.name:
        found = query.linked(conn, where.desk, other)
        into = projection.title(found.fields, kind) if found else ""
    return [Conflict(name, record, kind, kinds.DELETED, title, case, tuple(values), into)]


def standing(conn: Connection, record: str, field: str) -> list[Value]:
    """Every value that stands in a register, the shown one first."""
    packed = located.row(conn, located.place(conn, record), "state")[0]
    return [e.value for e in reversed(State.unpack(packed).entries.get(field, ())) if e.op == SET]


def history(store: Store, record: str, conn: Connection | None = None) -> list[HistoryEntry]:
    """Every change of a record that is held, newest first."""
    conn = conn or store.reader
    where = located.place(conn, record)
    with guard():
        packed = located.row(conn, where, "history")[0]
        ids = {int.from_bytes(packed[i : i + 8], "big") for i in range(0, len(packed), 8)}
        out: list[tuple[Any, HistoryEntry]] = []
        for set_row in ids:
            out.extend(_entries_of(store, conn, set_row, where.id))
    out.sort(key=lambda pair: pair[0], reverse=True)
    return [entry for _, entry in out]


def _entries_of(
    store: Store, conn: Connection, set_row: int, rid: bytes
) -> Iterable[tuple[Any, HistoryEntry]]:
    found = conn.execute(
        "SELECT c.header, c.body, f.device FROM change_sets c JOIN feeds f ON f.num = ? WHERE c.id = ?",
        (feed_and_seq(set_row)[0], set_row),
    ).fetchone()
    if found is None:
        return
    header, body, device = found
    [head] = changes.read_headers([header])
    [read] = changes.read_bodies([body], [head])
    who = author(store, device, head.hlc)
    for index, (owner, data) in enumerate(read.items):
        if owner != rid:
            continue
        key = (head.hlc, device, head.seq, index)
        if data is None:
            yield key, HistoryEntry(str(set_row), "", "erase", None, who, erased=True)
            continue
        [(field, op, value, replaced)] = changes.read_changes([data], device)
        if field == kinds.DELETED_KNOWING:
            continue
        if op == changes.REMOVE and replaced:
            desk = conn.execute(
                "SELECT desk FROM feeds WHERE num = ?", (feed_and_seq(set_row)[0],)
            ).fetchone()[0]
            before = change_at(conn, desk, *replaced[0])
            value = before[2] if before else None
        yield key, HistoryEntry(str(set_row), field, OPS[op], value, who)
