"""Likely duplicates: two records of one desk that are probably of the same person or case.

Two laptops record the same arrest; an import brings a person who was here. Such pairs have a key in
common (`lookup.same`). Each stands here until somebody makes the two one (`merge_records`), or says
that they are not: that is written in both records, so that it holds on every laptop of the desk.
Each pair is pointed out once (`point_out`); after that it waits where a person looks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, islice
from types import MappingProxyType
from typing import NamedTuple

from defenderdesk.domain.kinds import MERGED_INTO, NOT_SAME
from defenderdesk.errors import Message, UsageError
from defenderdesk.vault import types
from defenderdesk.vault.lookup import same
from defenderdesk.vault.lookup.queries import Views
from defenderdesk.vault.records import query
from defenderdesk.vault.records.writing import save
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Duplicate, Edit, Record

WHY: Mapping[str, Message] = MappingProxyType(
    {
        same.REFERENCE: Message("the same reference"),
        same.PERSON: Message("the same name and date of birth"),
        same.EVENT: Message("the same defender on the same day"),
        same.CROSSED: Message("each was merged into the other"),
    }
)
"""The reasons of a `Duplicate`, in words."""
MOST = 200
"""Pairs that are shown at a time."""
_MEANS_NOTHING = 20
"""Records from which on a key tells nobody from anybody: "none" stands as many a reference."""
_BATCH = 200
_TOLD = "duplicates_told"


class _Row(NamedTuple):
    num: int
    record: Record


def likely(store: Store, views: Views, limit: int = MOST) -> list[Duplicate]:
    """The pairs that nobody has decided, at most so many."""
    views.refresh()
    with store.snapshot() as conn:
        found: dict[tuple[int, int], tuple[_Row, _Row, dict[str, None]]] = {}
        for key, one, other in _pairs(conn):
            pair = found.get((one.num, other.num))
            if pair is None:
                if len(found) >= limit:
                    continue
                pair = found[one.num, other.num] = (one, other, {})
            pair[2][key.partition(" ")[0]] = None
    return [Duplicate(a.record.kind, a.record, b.record, tuple(why)) for a, b, why in found.values()]


def point_out(store: Store, views: Views) -> tuple[int, int]:
    """(new, waiting): the number of pairs that were not pointed out on this device yet, which now they
    are; and of all that wait."""
    told = {tuple(one) for one in store.meta(_TOLD, [])}
    names = [(str(one.one.id), str(one.other.id)) for one in likely(store, views)]
    if told != set(names):
        store.set_meta(_TOLD, [list(name) for name in names])
    return len(set(names) - told), len(names)


def not_same(store: Store, one: str, other: str) -> types.Change:
    """Writes down that two records are of two persons or cases. Raises `UsageError`."""
    with store.writing() as conn:
        first, second = query.get(conn, one), query.get(conn, other)
        if first.id == second.id or first.kind != second.kind or first.kind not in same.KINDS:
            raise UsageError(what="Only of two cases or two persons can be said that they are not the same")
        if first.desk != second.desk:
            raise UsageError(what="These records belong to different desks")
        return save(
            store, [Edit(first.id, NOT_SAME, second.id, "add"), Edit(second.id, NOT_SAME, first.id, "add")]
        )


def _pairs(conn: Connection) -> Iterator[tuple[str, _Row, _Row]]:
    """(key, the two) of every pair that is not decided."""
    with guard():
        keys = conn.execute(
            "SELECT value FROM facts WHERE field = ? GROUP BY value HAVING count(*) BETWEEN 2 AND ?",
            (same.FIELD, _MEANS_NOTHING),
        ).fetchall()
    keys = iter([key for (key,) in keys])
    while part := list(islice(keys, _BATCH)):
        with guard():
            rows = conn.execute(
                f"SELECT f.value, {query.COLUMNS} FROM facts f JOIN records r ON r.num = f.num "  # noqa: S608
                "JOIN desks d ON d.num = r.desk "
                f"WHERE f.field = ? AND f.value IN ({','.join('?' * len(part))}) "
                "AND r.deleted = 0 ORDER BY f.value, r.num",
                (same.FIELD, *part),
            ).fetchall()
        groups: dict[str, list[_Row]] = {}
        for key, *row in rows:
            groups.setdefault(key, []).append(_Row(row[5], query.record_of(tuple(row))))
        for key, group in groups.items():
            for one, other in combinations(group, 2):
                if _undecided(conn, key, one.record, other.record):
                    yield key, one, other


def _undecided(conn: Connection, key: str, a: Record, b: Record) -> bool:
    if a.desk != b.desk or b.id in a.sets.get(NOT_SAME, ()) or a.id in b.sets.get(NOT_SAME, ()):
        return False
    if key.startswith(f"{same.CROSSED} "):
        return a.text(MERGED_INTO) == b.id and b.text(MERGED_INTO) == a.id
    return not (same.stands_behind(conn, a) or same.stands_behind(conn, b))
