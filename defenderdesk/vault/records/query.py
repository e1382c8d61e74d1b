"""Reading: records, their children, the case list, search, conflicts, history."""

from __future__ import annotations

from typing import Any

from defenderdesk.crypto import signing
from defenderdesk.domain import folding, kinds
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.values import date_sort_key
from defenderdesk.errors import SameIdError
from defenderdesk.ledger import clock
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import located, projection
from defenderdesk.vault.records.located import Place
from defenderdesk.vault.storage import schema
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.types import (
    CaseFilter,
    CaseRow,
    Hit,
    LinkedId,
    Record,
)

COLUMNS = "r.id, r.kind, d.id, r.state, r.updated, r.num, r.deleted"
"""The columns that `record_of` needs, of `records r JOIN desks d`."""


_LINKS = {
    name: tuple(field.name for field in kind.fields if field.type is Type.LINK)
    for name, kind in kinds.KINDS.items()
}


def record_of(row: tuple[Any, ...]) -> Record:
    """A record out of a row of `COLUMNS`."""
    rid, kind, desk, state_bytes, updated = row[:5]
    state = State.unpack(state_bytes)
    key = located.key(rid, desk)
    fields, sets = state.registers(), state.sets()
    for name in _LINKS.get(kind, ()):
        if isinstance(value := fields.get(name), str):
            fields[name] = LinkedId(value, key.desk)
        if many := sets.get(name):
            sets[name] = [LinkedId(one, key.desk) if isinstance(one, str) else one for one in many]
    conflicts = tuple(state.conflicts())
    sets.pop(kinds.DELETED_KNOWING, None)
    if fields.get(kinds.DELETED) is True and not row[6]:  # whether it goes is to be decided
        del fields[kinds.DELETED]
        conflicts = (*(name for name in conflicts if name != kinds.DELETED), kinds.DELETED)
    return Record(
        key,
        kind,
        key.desk,
        fields,
        sets,
        conflicts,
        clock.moment(updated),
    )


def get(conn: Connection, record: str) -> Record:
    """The record that is meant. Raises `NotFoundError`, `SameIdError`."""
    return at(conn, located.place(conn, record))


def at(conn: Connection, where: Place) -> Record:
    """The record of a place."""
    with guard():
        row = conn.execute(
            f"SELECT {COLUMNS} FROM records r JOIN desks d ON d.num = r.desk WHERE r.num = ?",  # noqa: S608
            (where.num,),
        ).fetchone()
    return record_of(row)


def linked(conn: Connection, desk: int, target: str) -> Record | None:
    """The record that a link leads to which stands in a record of this desk: its own, else the only
    other; None where none is here, or several are."""
    try:
        where = located.find(conn, str(target), desk)
    except SameIdError:
        return None
    return None if where is None else at(conn, where)


_FEW = "r.kind IN ({})".format(",".join(f"'{kind}'" for kind in schema.FEW))
_HIDDEN_STANDS = kinds.EMERGENCY.name
"""A kind that is found also when it is hidden: hiding a package ends nothing."""


def few(conn: Connection, kind: str, limit: int = -1, *, alone: bool = False) -> list[Record]:
    """The records of one of the kinds `schema.FEW`, the oldest first, as they stand at this
    moment. `alone`: those that belong to nothing."""
    with guard():
        rows = conn.execute(
            f"SELECT {COLUMNS} FROM records r INDEXED BY records_few "  # noqa: S608
            f"JOIN desks d ON d.num = r.desk WHERE r.kind = ? AND {_FEW} "
            "AND (r.deleted = 0 OR r.kind = ?) AND (r.parent IS NULL OR NOT ?) "
            "ORDER BY r.num LIMIT ?",
            (kind, _HIDDEN_STANDS, alone, limit),
        ).fetchall()
    return [record_of(row) for row in rows]


def rules(conn: Connection) -> list[tuple[bytes, int]]:
    """(id, time of the latest change) of each record that corrects a mechanism or sets a rule of
    the office."""
    with guard():
        found: list[tuple[bytes, int]] = conn.execute(
            "SELECT r.id, r.updated FROM records r INDEXED BY records_few "  # noqa: S608
            f"WHERE r.kind IN ('mechanism','policy') AND {_FEW} AND r.deleted = 0 ORDER BY r.id"
        ).fetchall()
    return found


def children(
    conn: Connection, record: str, kind: str | None = None, *, deleted: bool = False
) -> list[Record]:
    """The records that belong to a record, in its desk (`deleted`: also what is hidden), by position,
    date, then creation; none for one that is not here. What another desk calls a part of it is none."""
    where = located.find(conn, record)
    return [] if where is None else below(conn, where, kind, deleted=deleted)


def below(conn: Connection, where: Place, kind: str | None = None, *, deleted: bool = False) -> list[Record]:
    """As `children`, of a place."""
    sql = (
        f"SELECT {COLUMNS} FROM records r JOIN desks d ON d.num = r.desk "  # noqa: S608
        f"WHERE r.parent = ? AND r.desk = ?{'' if deleted else ' AND r.deleted = 0'}"
    )
    args: tuple[Any, ...] = (where.id, where.desk)
    if kind is not None:
        sql, args = sql + " AND r.kind = ?", (*args, kind)
    with guard():
        rows = conn.execute(sql, args).fetchall()
    keyed = []
    for row in rows:
        item = record_of(row)
        position, date = item.fields.get("position"), item.fields.get("date")
        keyed.append(
            (
                position if type(position) is int else 2**63,
                date_sort_key(date) if isinstance(date, str) else "9999",
                row[5],
                item,
            )
        )
    keyed.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in keyed]


# -- the list of cases ---------------------------------------------------------------------

_SORTS = {
    "updated": "c.updated",
    "title": "c.title_key",
    "country": "c.country",
    "status": "c.status",
    "priority": "c.priority",
    "reference": "c.reference",
}


def _where(wanted: CaseFilter) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    args: list[Any] = []
    if wanted.desk:
        clauses.append("c.desk = (SELECT num FROM desks WHERE id = ?)")
        try:
            args.append(signing.id_bytes(wanted.desk))
        except ValueError:
            args.append(b"")
    for column in ("country", "status", "priority"):
        value = getattr(wanted, column)
        if value:
            clauses.append(f"c.{column} = ?")
            args.append(value)
    if wanted.text.strip():
        match = folding.query(wanted.text)
        if match:
            clauses.append(
                "c.num IN (SELECT coalesce((SELECT p.num FROM records p WHERE p.id = r.parent "
                "AND p.desk = r.desk), r.num) FROM found f JOIN records r ON r.num = f.rowid "
                "WHERE found MATCH ? UNION "
                # by what is said of the persons that it links to, whose names may have changed
                "SELECT p.num FROM found f JOIN records r ON r.num = f.rowid AND r.kind = 'person' "
                "JOIN links l ON l.target = r.id JOIN records i ON i.num = l.num AND i.desk = r.desk "
                "JOIN records p ON p.id = i.parent AND p.desk = i.desk WHERE found MATCH ?)"
            )
            args += [match, match]
    return (" WHERE " + " AND ".join(clauses)) if clauses else "", args


def count_cases(conn: Connection, wanted: CaseFilter) -> int:
    """The number of cases that the filter shows."""
    where, args = _where(wanted)
    with guard():
        return int(conn.execute(f"SELECT count(*) FROM cases c{where}", args).fetchone()[0])  # noqa: S608


def cases(conn: Connection, wanted: CaseFilter, offset: int, limit: int) -> list[CaseRow]:
    """A page of the list."""
    where, args = _where(wanted)
    direction = "DESC" if wanted.descending else "ASC"
    order = f"{_SORTS[wanted.sort]} {direction}, c.num {direction}"
    with guard():
        nums = [
            row[0]
            for row in conn.execute(
                f"SELECT c.num FROM cases c{where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
                (*args, limit, offset),
            )
        ]
        if not nums:
            return []
        marks = ",".join("?" * len(nums))
        rows = conn.execute(
            "SELECT c.num, c.id, c.title, c.reference, c.country, c.status, c.priority, d.id, "  # noqa: S608
            "c.updated, (SELECT coalesce(sum(conflicts), 0) FROM records r WHERE r.num = c.num) + "
            "(SELECT count(*) FROM records r WHERE r.parent = c.id AND r.desk = c.desk AND r.conflicts > 0) "
            f"FROM cases c JOIN desks d ON d.num = c.desk WHERE c.num IN ({marks})",
            nums,
        ).fetchall()
    by_num = {
        row[0]: CaseRow(
            located.key(row[1], row[7]),
            row[2],
            row[3],
            row[4],
            row[5],
            row[6],
            signing.id_text(row[7]),
            clock.moment(row[8]),
            int(row[9]),
        )
        for row in rows
    }
    return [by_num[num] for num in nums if num in by_num]


def countries(conn: Connection) -> list[str]:
    """The countries that cases name."""
    with guard():
        rows = conn.execute(
            "SELECT DISTINCT country FROM cases WHERE country <> '' ORDER BY country"
        ).fetchall()
    return [row[0] for row in rows]


# -- search ---------------------------------------------------------------------------------


def search(conn: Connection, text: str, limit: int = 50) -> list[Hit]:
    """Records in which every word of `text` begins some word, the most recently kept first."""
    match = folding.query(text)
    if not match:
        return []
    with guard():
        nums = [
            row[0]
            for row in conn.execute(
                "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid DESC LIMIT ?",
                (match, limit),
            )
        ]
        if not nums:
            return []
        marks = ",".join("?" * len(nums))
        rows = conn.execute(
            "SELECT r.num, r.id, r.kind, r.state, r.parent, c.title, d.id FROM records r "  # noqa: S608
            "JOIN desks d ON d.num = r.desk "
            "LEFT JOIN cases c ON c.num = coalesce((SELECT p.num FROM records p "
            "WHERE p.id = r.parent AND p.desk = r.desk), r.num) "
            f"WHERE r.num IN ({marks}) AND r.deleted = 0",
            nums,
        ).fetchall()
    words = [w for w in folding.fold(text).replace('"', " ").split() if w]
    hits = {}
    for num, rid, kind, state_bytes, parent, case_title, desk in rows:
        state = State.unpack(state_bytes)
        record = located.key(rid, desk)
        case = record if kind == "case" else located.key(parent, desk) if parent else None
        hits[num] = Hit(
            record,
            kind,
            projection.title(state.registers(), kind),
            case,
            case_title or "",
            _snippet(state, words),
        )
    return [hits[num] for num in nums if num in hits]


_SNIPPET = 120


def _snippet(state: State, words: list[str]) -> str:
    """The first text of the record that holds one of the words, cut around it."""
    texts = [v for v in state.registers().values() if isinstance(v, str) and len(v) > 3]
    texts += [v for vs in state.sets().values() for v in vs if isinstance(v, str)]
    for word in words:
        for text in texts:
            at = folding.fold(text).find(word)
            if at >= 0 and len(text) != 26:
                start = max(0, at - 40)
                piece = " ".join(text[start : start + _SNIPPET].split())
                return ("…" if start else "") + piece + ("…" if len(text) > start + 120 else "")
    return ""
