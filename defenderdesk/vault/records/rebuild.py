"""Building records anew from the change sets that are left, or that have a new name.

What a record is follows from the set of its change sets. When some of them no longer count (a
removed device wrote on), were erased, or moved to a branch of a forked feed, the records they
touched are built again from the rest, as if only that had ever arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from defenderdesk.ledger import changes
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import apply, forks, search_index
from defenderdesk.vault.records.apply import Rows
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.sql import marks, parts

DAYS_WITH = (
    "SELECT coalesce(p.num, r.num) FROM records r LEFT JOIN records p ON p.id = r.parent AND p.desk = r.desk"
)
"""The case or visit with which the days of a record are reckoned, else the record alone."""
_DERIVED = ("links", "agenda", "names", "facts", "happened")


def touched(conn: Connection, sets: Iterable[int]) -> set[bytes]:
    """The records that these change sets speak of, whether the content is held or erased."""
    out: set[bytes] = set()
    for piece in parts(list(sets)):
        for header, body in conn.execute(
            f"SELECT header, body FROM change_sets WHERE id IN ({marks(piece)})",  # noqa: S608
            piece,
        ):
            [read] = changes.read_bodies([body], changes.read_headers([header]))
            out.update(record for record, _ in read.items)
    return out


def replay(
    conn: Connection, desk: int, records: Iterable[bytes], renamed: Mapping[int, int] | None = None
) -> None:
    """Builds records of a desk anew. `renamed`: change sets whose row id has changed (old → new).
    A record of which nothing is left goes."""
    renamed = renamed or {}
    feeds = {
        num: (bytes(device), held, forks.decoder(conn, desk, bytes(device)))
        for num, device, held in conn.execute(
            "SELECT num, device, held FROM feeds WHERE desk = ?", (desk,)
        ).fetchall()
    }
    ids = sorted(set(records))
    words = search_index.Budget()
    for start in range(0, len(ids), 500):
        rows = Rows(desk, words=words)
        for rid, row in apply.load(conn, desk, ids[start : start + 500]).items():
            sets = {int.from_bytes(row.history[at : at + 8], "big") for at in range(0, len(row.history), 8)}
            folded = _fold(conn, rid, {renamed.get(s, s) for s in sets}, feeds)
            if folded is None:
                forget(conn, row.num)
                continue
            state, history, updated = folded
            rows.rebuilt(row.num, rid, state, history, updated)
        rows.write(conn)


def _fold(
    conn: Connection, rid: bytes, sets: set[int], feeds: Mapping[int, tuple[bytes, int, Any]]
) -> tuple[State, bytes, int] | None:
    """(state, history, highest stamp) of a record; None where no content is left."""
    state, history, updated, found = State(), b"", 0, False
    for piece in parts(sorted(sets)):
        for row, header, body in conn.execute(
            "SELECT id, header, body FROM change_sets "  # noqa: S608
            f"WHERE id IN ({marks(piece)}) ORDER BY id",
            piece,
        ).fetchall():
            feed, seq = apply.feed_and_seq(row)
            if feed not in feeds:
                continue
            device, _, decode = feeds[feed]
            [head] = changes.read_headers([header])
            [read] = changes.read_bodies([body], [head])
            history += row.to_bytes(8, "big")
            kept = [
                (at, data) for at, (owner, data) in enumerate(read.items) if owner == rid and data is not None
            ]
            decoded = decode([data for _, data in kept])
            for (at, _), (name, op, value, dots) in zip(kept, decoded, strict=True):
                # Nothing counts as seen while one folds: what was replaced before it comes is
                # taken away when it does, and what has come is struck from `gone` at the end.
                stamp = (head.hlc, device, seq)
                state.apply(stamp, at, name, op, value, dots, lambda _device, _seq: False)
                found = True
                if op != changes.NOTE:
                    updated = max(updated, head.hlc)
    held = {device: seq for device, seq, _ in feeds.values()}
    state.gone = {gone for gone in state.gone if gone[1][1] > held.get(gone[1][0], 0)}
    return (state, history, updated) if found else None


def forget(conn: Connection, num: int) -> None:
    """Removes a record's row and all that was derived from it."""
    conn.execute(f"INSERT OR IGNORE INTO stale_days {DAYS_WITH} WHERE r.num = ?", (num,))
    for table in ("records", "cases", *_DERIVED):
        conn.execute(f"DELETE FROM {table} WHERE num = ?", (num,))  # noqa: S608
    conn.execute("DELETE FROM found WHERE rowid = ?", (num,))
    conn.execute("DELETE FROM unindexed WHERE num = ?", (num,))
    # The highest number is given away again: whoever gets it is to be looked at.
    conn.execute("INSERT OR IGNORE INTO stale VALUES (?)", (num,))
