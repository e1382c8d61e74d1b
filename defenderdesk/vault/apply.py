"""Applying change sets to the records: the one way in, for a person's save and for an import.

Changes are grouped by record; each record is read once, written once and indexed once.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.ledger.changes import Dot
from defenderdesk.ledger.merge import Stamp, State
from defenderdesk.vault import project
from defenderdesk.vault.database import Connection

SEQ_BITS = 40
_BATCH = 500


class Applied(NamedTuple):
    """One change on its way in: which change set (row id and stamp), where in it, and what."""

    set_id: int
    stamp: Stamp
    at: int
    field: str
    op: int
    value: Value
    replaces: Sequence[Dot]


class Outcome(NamedTuple):
    """What an application did: the records touched by id, their kinds, and how many registers
    came into conflict through it."""

    records: frozenset[bytes]
    kinds: frozenset[str]
    conflicts: int


def set_id(feed: int, seq: int) -> int:
    """The row id of a change set."""
    return feed << SEQ_BITS | seq


def feed_and_seq(row: int) -> tuple[int, int]:
    """The feed and sequence number that a change set's row id names."""
    return row >> SEQ_BITS, row & ((1 << SEQ_BITS) - 1)


class Row(NamedTuple):
    """A record as read for writing."""

    num: int
    state: State
    history: bytes
    updated: int
    conflicts: int


def load(conn: Connection, desk: int, ids: Sequence[bytes]) -> dict[bytes, Row]:
    """The records of `desk` among `ids`."""
    out = {}
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        marks = ",".join("?" * len(batch))
        for num, rid, state, history, updated, conflicts in conn.execute(
            "SELECT num, id, state, history, updated, conflicts FROM records "  # noqa: S608
            f"WHERE id IN ({marks}) AND desk = ?",
            (*batch, desk),
        ):
            out[rid] = Row(num, State.unpack(state), history, updated, conflicts)
    return out


def apply(
    conn: Connection,
    desk: int,
    changes: dict[bytes, list[Applied]],
    seen: Callable[[bytes, int], bool],
) -> Outcome:
    """Applies `changes` (by record id) inside the caller's transaction."""
    present = load(conn, desk, list(changes)) if changes else {}
    next_num = conn.execute("SELECT coalesce(max(num), 0) FROM records").fetchone()[0] + 1
    inserts, updates, texts, cases = [], [], [], []
    touched: dict[bytes, int] = {}
    case_kind = kinds.CASE.name
    attachments: list[tuple[State, int]] = []
    seen_kinds, conflicts = set(), 0
    for rid, items in changes.items():
        row = present.get(rid)
        if row is None:
            num, state, history, updated, before = next_num, State(), b"", 0, 0
            next_num += 1
        else:
            num, state, history, updated, before = row
        last = -1
        sets = []
        for item in items:
            state.apply(item.stamp, item.at, item.field, item.op, item.value, item.replaces, seen)
            if item.set_id != last:
                last = item.set_id
                sets.append(last.to_bytes(8, "big"))
                if item.stamp[0] > updated:
                    updated = item.stamp[0]
        history += b"".join(sets)
        kind = project.kind(state)
        parent = project.parent(state, kind)
        deleted = project.register(state, kinds.DELETED) is True
        fields = len(state.conflicts())
        conflicts += max(0, fields - before)
        seen_kinds.add(kind)
        shown_time = _signed(updated)
        values = (kind, parent, shown_time, fields, deleted, state.pack(), history)
        if row is None:
            inserts.append((num, rid, desk, *values))
        else:
            updates.append((*values, num))
        texts.append((num, "" if deleted else project.search_text(state, kind)))
        if kind == case_kind:
            if deleted:
                conn.execute("DELETE FROM cases WHERE num = ?", (num,))
            else:
                cases.append((num, rid, desk, *project.case_columns(state), shown_time))
        elif parent is not None and touched.get(parent, -1) < shown_time:
            touched[parent] = shown_time
        if kind == kinds.ATTACHMENT.name:
            attachments.append((state, last))
    conn.executemany(
        "INSERT INTO records (num, id, desk, kind, parent, updated, conflicts, deleted, state, "
        "history) VALUES (?,?,?,?,?,?,?,?,?,?)",
        inserts,
    )
    conn.executemany(
        "UPDATE records SET kind=?, parent=?, updated=?, conflicts=?, deleted=?, state=?, "
        "history=? WHERE num=?",
        updates,
    )
    fresh = {row[0] for row in inserts}
    conn.executemany(
        "INSERT INTO found (rowid, content) VALUES (?, ?)",
        [item for item in texts if item[0] in fresh and item[1]],
    )
    conn.executemany(
        "INSERT OR REPLACE INTO found (rowid, content) VALUES (?, ?)",
        [item for item in texts if item[0] not in fresh],
    )
    conn.executemany("INSERT OR REPLACE INTO cases VALUES (?,?,?,?,?,?,?,?,?,?)", cases)
    conn.executemany(
        "UPDATE cases SET updated = max(updated, ?) WHERE id = ? AND desk = ?",
        [(time, rid, desk) for rid, time in touched.items()],
    )
    for state, origin in attachments:
        _register_chunks(conn, desk, state, origin)
    return Outcome(frozenset(changes), frozenset(seen_kinds), conflicts)


def _signed(stamp: int) -> int:
    """A clock stamp as SQLite's signed 64-bit integer; what is beyond (year 6429) is capped."""
    return min(stamp, 2**63 - 1)


class Chunk(NamedTuple):
    """One chunk of an attachment: SHA-256 of its ciphertext, its key, its plain size."""

    hash: bytes
    key: bytes
    size: int


MAX_CHUNK = 4 * 1024 * 1024
TAG = 16


def chunks_of(value: Value) -> list[Chunk] | None:
    """The chunks that an attachment's `chunks` register names; None if it is malformed."""
    if not isinstance(value, list):
        return None
    out = []
    for item in value:
        if not isinstance(item, list) or len(item) != 3:
            return None
        name, key, size = item
        if not isinstance(name, str) or not isinstance(key, str) or type(size) is not int:
            return None
        try:
            chunk = Chunk(
                base64.b64decode(name, validate=True), base64.b64decode(key, validate=True), size
            )
        except (binascii.Error, ValueError):
            return None
        if len(chunk.hash) != 32 or len(chunk.key) != 32 or not 0 <= size <= MAX_CHUNK:
            return None
        out.append(chunk)
    return out


def chunks_value(chunks: Iterable[Chunk]) -> Value:
    """The register that names these chunks."""
    return [
        [base64.b64encode(c.hash).decode(), base64.b64encode(c.key).decode(), c.size]
        for c in chunks
    ]


def _register_chunks(conn: Connection, desk: int, state: State, origin: int) -> None:
    feed, seq = feed_and_seq(origin)
    for entry in state.entries.get("chunks", ()):
        for chunk in chunks_of(entry.value) or ():
            conn.execute(
                "INSERT OR IGNORE INTO chunks (hash, desk, size, present, feed, seq) "
                "VALUES (?, ?, ?, 0, ?, ?)",
                (chunk.hash, desk, chunk.size + TAG, feed, seq),
            )
