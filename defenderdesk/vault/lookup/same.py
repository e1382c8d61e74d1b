"""Keys that two records have in common where they are likely of the same person or case.

A case: its reference; a defender's name together with the day of an event. A person: a name
together with the date of birth. Two that each went into the other (on two laptops, at the same time):
their ids. They are facts like others (`indexes`), of the field `same`; who
asks for likely duplicates (`casework.duplicates`) looks for keys that stand twice.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.ledger.merge import State
from defenderdesk.vault.lookup.spelling import fact, name_key
from defenderdesk.vault.records import located, query
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.types import Record

FIELD = "same"
KINDS = frozenset({kinds.CASE.name, kinds.PERSON.name, kinds.ORGANISATION.name})
"""Kinds of which two records can be made one."""
REFERENCE, PERSON, EVENT, CROSSED = "reference", "person", "event", "crossed"
"""The first word of a key: why two records are likely the same."""
PARTS = (kinds.INVOLVEMENT.name, kinds.EVENT.name)
"""Kinds of which the keys of a case are made."""
NOTHING: Mapping[int, tuple[str, ...]] = MappingProxyType({})
_OTHERS = frozenset({"relative", "witness", "perpetrator", "lawyer"})
"""Parts in a case that many cases share."""
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MOST = 200
"""Keys of one case. A case of more defenders and days than make so many is compared by these."""


def keys(kind: str, fields: dict[str, Any], record: str) -> Iterator[str]:
    """The keys that a record has by itself."""
    if kind == kinds.CASE.name and (reference := fact(_text(fields.get("reference")))):
        yield f"{REFERENCE} {reference}"
    born = _text(fields.get("born"))
    if kind == kinds.PERSON.name and born:
        for name in _names(fields.get("name"), fields.get("other_names")):
            yield f"{PERSON} {name} {born}"
    if into := _text(fields.get(kinds.MERGED_INTO)):
        yield " ".join((CROSSED, *sorted((record, into))))


def part(kind: str, fields: dict[str, Any]) -> tuple[str, ...]:
    """The names, or the day, that a record of a case adds to the keys of that."""
    if kind == kinds.INVOLVEMENT.name and _text(fields.get("part")) not in _OTHERS:
        return tuple(_names(fields.get("name")))
    if kind == kinds.EVENT.name and _A_DAY.match(day := _text(fields.get("date"))):
        return (day,)
    return ()


def of_parts(conn: Connection, case: int, known: Mapping[int, tuple[str, ...]] = NOTHING) -> list[str]:
    """The keys that a case (its row) has by what belongs to it. `known`: what of it was read
    already, by row (`part`)."""
    found: dict[str, dict[str, None]] = {kind: {} for kind in PARTS}
    rows = conn.execute(
        "SELECT c.num, c.kind FROM records p JOIN records c ON c.parent = p.id AND c.desk = p.desk "
        "WHERE p.num = ? AND p.kind = ? AND p.deleted = 0 AND c.deleted = 0 AND c.kind IN (?, ?)",
        (case, kinds.CASE.name, *PARTS),
    ).fetchall()
    if {kind for _, kind in rows} != set(PARTS):
        return []
    for num, kind in rows:
        said = known.get(num)
        if said is None:
            [packed] = conn.execute("SELECT state FROM records WHERE num = ?", (num,)).fetchone()
            said = part(kind, State.unpack(packed).registers())
        found[kind].update(dict.fromkeys(said))
    names, days = (found[kind] for kind in PARTS)
    return [f"{EVENT} {name} {day}" for name, day in itertools.islice(itertools.product(names, days), _MOST)]


def write(conn: Connection, cases: Iterable[int], known: Mapping[int, tuple[str, ...]]) -> None:
    """Writes the keys that cases have by what belongs to them, anew."""
    wanted = sorted(cases)
    conn.executemany(
        "DELETE FROM facts WHERE num = ? AND field = ? AND value >= ? AND value < ?",
        [(case, FIELD, f"{EVENT} ", f"{EVENT}!") for case in wanted],
    )
    conn.executemany(
        "INSERT OR IGNORE INTO facts VALUES (?,?,?,NULL)",
        [(FIELD, key, case) for case in wanted for key in of_parts(conn, case, known)],
    )


def stands_behind(conn: Connection, record: Record) -> bool:
    """Tells whether another record stands for this one. Not where that one went into this one as well,
    on another laptop at the same time: then neither does, until somebody decides."""
    shown, seen = record, {record.id}
    while into := shown.text(kinds.MERGED_INTO):
        target = located.within(conn, located.place(conn, shown.id).desk, into)
        if target is None or into == record.id:
            return target is None
        shown = query.at(conn, target)
        if shown.id in seen:
            return True  # it leads into a ring that it is no part of
        seen.add(shown.id)
    return shown is not record


def _names(*values: Value) -> Iterator[str]:
    said = [one for value in values for one in (value if isinstance(value, list) else [value])]
    yield from dict.fromkeys(key for one in said if isinstance(one, str) and (key := name_key(one)[:200]))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
