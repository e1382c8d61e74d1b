"""Records of a whole desk, for what leaves or comes in by the thousand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from defenderdesk.vault.storage.database import Connection, guard


def desks(conn: Connection) -> list[tuple[int, bytes, str]]:
    """(row, id, name) of every desk that is here."""
    rows = conn.execute("SELECT num, id, name FROM desks ORDER BY id").fetchall()
    return [(int(num), bytes(raw), str(name)) for num, raw, name in rows]


def desk_id(conn: Connection, desk: int) -> bytes:
    """The id of a desk by its row."""
    return bytes(conn.execute("SELECT id FROM desks WHERE num = ?", (desk,)).fetchone()[0])


def states(conn: Connection, desk: int) -> Iterator[tuple[bytes, str, bytes]]:
    """(id, kind, packed state) of a desk's records, by id."""
    yield from conn.execute("SELECT id, kind, state FROM records WHERE desk = ? ORDER BY id", (desk,))


def parents(conn: Connection, desk: int) -> Iterator[tuple[bytes, bytes | None, bytes]]:
    """(id, what it belongs to, packed state) of a desk's records."""
    yield from conn.execute("SELECT id, parent, state FROM records WHERE desk = ?", (desk,))


def homes(conn: Connection, ids: Sequence[bytes]) -> dict[bytes, frozenset[int]]:
    """The rows of the desks that hold those records that are here."""
    found: dict[bytes, set[int]] = {}
    with guard():
        for rid in ids:
            for (desk,) in conn.execute("SELECT desk FROM records WHERE id = ?", (rid,)):
                found.setdefault(rid, set()).add(desk)
    return {rid: frozenset(desks) for rid, desks in found.items()}


def change_count(conn: Connection, change_set: int) -> int:
    """The number of changes in a change set."""
    row = conn.execute("SELECT count FROM change_sets WHERE id = ?", (change_set,)).fetchone()
    return int(row[0])
