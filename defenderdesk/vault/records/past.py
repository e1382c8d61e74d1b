"""The past of records, and what of it waits for a person: authors, history, conflicts."""

from __future__ import annotations

from collections.abc import Collection

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
from defenderdesk.vault.storage.sql import marks, parts
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


def standing(conn: Connection, record: str, fields: Collection[str]) -> dict[str, list[Value]]:
    """Every value that stands in these registers, the shown one first."""
    entries = State.unpack(located.row(conn, located.place(conn, record), "state")[0]).entries
    return {name: [e.value for e in reversed(entries.get(name, ())) if e.op == SET] for name in fields}


def history(
    store: Store, record: str, conn: Connection | None = None, most: int | None = None
) -> list[HistoryEntry]:
    """Every change of a record that is held, newest first; of more than `most` the newest."""
    conn = conn or store.reader
    where = located.place(conn, record)
    out: list[HistoryEntry] = []
    with guard():
        packed = located.row(conn, where, "history")[0]
        ids = sorted({int.from_bytes(packed[i : i + 8], "big") for i in range(0, len(packed), 8)})
        for head, set_row, device in _newest_first(conn, ids):
            left = None if most is None else most - len(out)
            out += _entries_of(store, conn, head, set_row, device, where.id, left)
            if most is not None and len(out) >= most:
                break
    return out[:most]


def _newest_first(conn: Connection, ids: list[int]) -> list[tuple[changes.Header, int, bytes]]:
    """(header, row, feed) of change sets, the latest first. Without a content: of a long history only
    what is shown is read."""
    found = []
    for piece in parts(ids):
        rows = conn.execute(
            "SELECT c.id, c.header, f.device FROM change_sets c JOIN feeds f ON f.num = c.id >> 40 "  # noqa: S608
            f"WHERE c.id IN ({marks(piece)})",
            piece,
        ).fetchall()
        heads = changes.read_headers([header for _, header, _ in rows])
        found += [(head, row, bytes(device)) for head, (row, _, device) in zip(heads, rows, strict=True)]
    found.sort(key=lambda one: (one[0].hlc, one[2], one[0].seq), reverse=True)
    return found


def _entries_of(
    store: Store,
    conn: Connection,
    head: changes.Header,
    set_row: int,
    device: bytes,
    rid: bytes,
    most: int | None,
) -> list[HistoryEntry]:
    """The changes of one change set to a record, the last first; of more than `most` the last."""
    [body] = conn.execute("SELECT body FROM change_sets WHERE id = ?", (set_row,)).fetchone()
    [read] = changes.read_bodies([body], [head])
    who, name = author(store, device, head.hlc), str(set_row)
    own = [data for owner, data in read.items if owner == rid]
    if most is not None:
        own = own[-most:]
    decoded = iter(changes.read_changes([data for data in own if data is not None], device))
    out = []
    for data in own:
        if data is None:
            out.append(HistoryEntry(name, "", "erase", None, who, erased=True))
            continue
        field, op, value, replaced = next(decoded)
        if field == kinds.DELETED_KNOWING:
            continue
        if op == changes.REMOVE and replaced:
            desk = conn.execute(
                "SELECT desk FROM feeds WHERE num = ?", (feed_and_seq(set_row)[0],)
            ).fetchone()[0]
            before = change_at(conn, desk, *replaced[0])
            value = before[2] if before else None
        out.append(HistoryEntry(name, field, OPS[op], value, who))
    out.reverse()
    return out
