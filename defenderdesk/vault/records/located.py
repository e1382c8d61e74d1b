"""The place of a record: the one way from what names a record to its row.

A record's identity is its desk and its id. Nothing looks a record up by id alone: whoever was
once shown an id can write a record of that id into a desk of theirs, and what is meant for the
one would go to the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.errors import Message, NotFoundError, SameIdError
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.types import LinkedId, RecordKey

AT = "@"
"""Stands between the id of a record and its desk, where a person names both."""


class Place(NamedTuple):
    """A record that is here: the row of its desk, its 16 bytes, its own row."""

    desk: int
    id: bytes
    num: int


def record_bytes(record: str) -> bytes:
    """The 16 bytes of a record's id. Raises `NotFoundError` for text that is no id."""
    try:
        return signing.id_bytes(record.partition(AT)[0])
    except ValueError as error:
        raise NotFoundError(what=Message("record {record}", record=record)) from error


def key(rid: bytes, desk: bytes) -> RecordKey:
    """The key of a record by the bytes of both ids."""
    return RecordKey(signing.id_text(rid), signing.id_text(desk))


def find(conn: Connection, record: str, desk: int | None = None) -> Place | None:
    """The record that is meant; None where it is not here. `desk`: whoever names it by its id alone
    means this desk's, if that has one (a link means the linking record's). Raises `SameIdError`
    where nothing tells which of several is meant."""
    name, _, where = record.partition(AT)
    try:
        rid = signing.id_bytes(name)
    except ValueError:
        return None
    if isinstance(record, RecordKey):
        where = record.desk
    with guard():
        rows = conn.execute(
            "SELECT r.desk, r.num, d.id, d.name FROM records r JOIN desks d ON d.num = r.desk "
            "WHERE r.id = ? ORDER BY r.num",
            (rid,),
        ).fetchall()
    if where:
        rows = [row for row in rows if where in (signing.id_text(row[2]), row[3])]
    elif len(rows) > 1:
        own = record.desk if isinstance(record, LinkedId) else None
        rows = [row for row in rows if row[0] == desk or signing.id_text(row[2]) == own] or rows
    if len(rows) > 1:
        raise SameIdError(record=name, desks=", ".join(f"{name}{AT}{row[3]}" for row in rows))
    return Place(rows[0][0], rid, rows[0][1]) if rows else None


def place(conn: Connection, record: str, desk: int | None = None) -> Place:
    """The record that is meant. Raises `NotFoundError`, `SameIdError`."""
    found = find(conn, record, desk)
    if found is None:
        raise NotFoundError(what=Message("record {record}", record=record))
    return found


def within(conn: Connection, desk: int, record: str) -> Place | None:
    """The record of this id in this desk, and in no other."""
    try:
        rid = signing.id_bytes(record)
    except ValueError:
        return None
    with guard():
        row = conn.execute("SELECT num FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
    return Place(desk, rid, row[0]) if row else None


def find_desk(conn: Connection, desk: str) -> int | None:
    """The row of a desk by its id; None where it is not here."""
    try:
        raw = signing.id_bytes(desk)
    except ValueError:
        return None
    with guard():
        found = conn.execute("SELECT num FROM desks WHERE id = ?", (raw,)).fetchone()
    return int(found[0]) if found else None


def desk_text(conn: Connection, desk: int) -> str:
    """The id of a desk by its row."""
    with guard():
        [raw] = conn.execute("SELECT id FROM desks WHERE num = ?", (desk,)).fetchone()
    return signing.id_text(raw)


def row(conn: Connection, where: Place, columns: str) -> tuple[Any, ...]:
    """Columns of a record's row."""
    with guard():
        found: tuple[Any, ...] = conn.execute(
            f"SELECT {columns} FROM records WHERE num = ?",  # noqa: S608
            (where.num,),
        ).fetchone()
    return found


def elsewhere(conn: Connection, record: str) -> list[str]:
    """The other desks, by name, that hold a record of the same id."""
    where = find(conn, record)
    if where is None:
        return []
    with guard():
        rows = conn.execute(
            "SELECT d.name FROM records r JOIN desks d ON d.num = r.desk "
            "WHERE r.id = ? AND r.desk <> ? ORDER BY d.name",
            (where.id, where.desk),
        ).fetchall()
    return [name for (name,) in rows]


def crossed(conn: Connection) -> list[tuple[bytes, list[str]]]:
    """(id, desks by name) of each id that stands in several desks."""
    with guard():
        rows = conn.execute(
            "SELECT r.id, d.name FROM records r JOIN desks d ON d.num = r.desk WHERE r.id IN "
            "(SELECT id FROM records GROUP BY id HAVING count(*) > 1) ORDER BY r.id, r.desk"
        ).fetchall()
    found: dict[bytes, list[str]] = {}
    for rid, name in rows:
        found.setdefault(bytes(rid), []).append(name)
    return list(found.items())
