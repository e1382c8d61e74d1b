"""Looking things up across cases: days, names, links, boards, patterns.

Each method brings the derived tables up to date first (`vault.lookup.indexes`), then reads a
bounded number of rows. Every record it gives is one that this device holds: what a person may not
see is not here to be counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from defenderdesk.crypto import signing
from defenderdesk.domain import agenda, kinds, withheld
from defenderdesk.domain.casefile import CaseFile, Fields
from defenderdesk.domain.folding import fold, unspaced
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.ledger.merge import State
from defenderdesk.vault.lookup import days, indexes, patterns, same, spelling
from defenderdesk.vault.lookup.days import Rules
from defenderdesk.vault.records import located, query
from defenderdesk.vault.storage import schema
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.sql import marks, parts
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import (
    Belongs,
    Day,
    Mark,
    Pattern,
    Placed,
    Progress,
    Record,
    RecordId,
    fields_of,
)

_MARK = kinds.WITHHELD.encode()
_OVERDUE = f"a.day < ? AND a.latest < ? AND a.what NOT IN {agenda.OWED_BY_NOBODY}"
_STANDS = (
    "a.num NOT IN (SELECT of.num FROM records gone CROSS JOIN records of "
    "WHERE gone.deleted = 1 AND of.parent = gone.id AND of.desk = gone.desk)"
)
"""Not of a case that was deleted. Few are: they are looked up once, by their index."""


_MEANT = "(r.desk = ? OR NOT EXISTS (SELECT 1 FROM records o WHERE o.id = l.target AND o.desk = r.desk))"
"""A link of a record means its own desk's record, where that desk has one of the id."""


class Views:
    """`Vault.views`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.budget: float | None = None
        """Seconds that a look may spend on bringing the tables up to date; None: all it takes."""
        self.check_rules: Callable[[], bool] | None = None
        """Says whether the `rules` changed; set by who knows them."""
        self.rules: Rules | None = None
        """The rules of the office that make days; set by who knows them."""

    @property
    def conn(self) -> Connection:
        """This thread's reading connection."""
        return self._store.reader

    def catch_up(self, progress: Progress | None = None) -> bool:
        """Brings the derived tables up to date, however long it takes; whether there was more to
        do than one look does by itself."""
        self._look_at_rules()
        if indexes.refresh(self._store, self.rules, self.budget):
            return False
        while not indexes.refresh(self._store, self.rules, None, progress):
            time.sleep(0.5)  # somebody writes at length
        return True

    def refresh(self) -> None:
        """Brings the derived tables up to date, as far as `budget` allows."""
        self._look_at_rules()
        indexes.refresh(self._store, self.rules, self.budget)

    def _look_at_rules(self) -> None:
        """Reads the rules of the office before anything is reckoned by them. Reading them looks
        nothing up that is derived."""
        if self.check_rules is not None:
            self.check_rules()

    # -- one case whole ------------------------------------------------------------------------

    def casefile(self, case: RecordId) -> CaseFile:
        """A case with all that belongs to it, and the persons and organisations it names, with
        where those persons live, and the organisations of their lives."""
        conn = self._store.reader
        where = located.place(conn, case)
        found: dict[str, list[Fields]] = {}
        for record in query.below(conn, where):
            found.setdefault(record.kind, []).append(fields_of(record))
        for named in list(self._named_by(found, where.desk)):
            found.setdefault(named.kind, []).append(fields_of(named))
            if named.kind == kinds.PERSON.name:
                for more in query.children(conn, named.id):
                    if more.kind in (kinds.ADDRESS.name, kinds.BIOGRAPHY.name):
                        found.setdefault(more.kind, []).append(fields_of(more))
        known = {fields["id"] for fields in found.get(kinds.ORGANISATION.name, ())}
        lives = {kinds.BIOGRAPHY.name: found.get(kinds.BIOGRAPHY.name, [])}
        for named in list(self._named_by(lives, where.desk)):
            if named.kind == kinds.ORGANISATION.name and str(named.id) not in known:
                found.setdefault(named.kind, []).append(fields_of(named))
        for submitter in query.few(conn, kinds.SUBMITTER.name):
            found.setdefault(submitter.kind, []).append(fields_of(submitter))
        return CaseFile(fields_of(query.at(conn, where)), found)

    def _named_by(self, found: dict[str, list[Fields]], desk: int) -> Iterator[Record]:
        wanted: dict[str, None] = {}
        for kind, records in found.items():
            names = [
                f.name
                for f in kind_of(kind).fields
                if f.type is Type.LINK and {"person", "organisation"} & set(f.links)
            ]
            for fields in records:
                for name in names:
                    value = fields.get(name)
                    for one in value if isinstance(value, list) else [value]:
                        if isinstance(one, str):
                            wanted[one] = None
        for one in wanted:
            record = query.linked(self._store.reader, desk, one)
            if record is None:
                continue  # a person this device was not given
            if record.kind in ("person", "organisation") and not record.deleted:
                yield record

    def place_of(self, record: RecordId) -> tuple[RecordId, str, RecordId, str]:
        """(record, kind, what it belongs to, kind of that), empty where it stands alone. Of an
        attachment, what its record belongs to. Raises `NotFoundError`."""
        conn = self._store.reader
        num = located.place(conn, record).num
        for _ in range(4):
            with guard():
                rid, desk, kind, above, parent, parent_kind = conn.execute(
                    "SELECT r.id, d.id, r.kind, p.num, p.id, p.kind FROM records r "
                    "JOIN desks d ON d.num = r.desk "
                    "LEFT JOIN records p ON p.id = r.parent AND p.desk = r.desk WHERE r.num = ?",
                    (num,),
                ).fetchone()
            record = located.key(rid, desk)
            if parent is None:
                return record, kind, "", ""
            if kind != "attachment" or parent_kind in ("case", "visit", "person", "organisation"):
                return record, kind, located.key(parent, desk), parent_kind
            num = above
        return record, "", "", ""

    # -- days ----------------------------------------------------------------------------------

    def days(
        self, first: str, last: str, *, desk: str = "", kinds_: Sequence[str] = (), limit: int = 500
    ) -> list[Day]:
        """The entries of the calendar from `first` to `last` (ISO, both included), in order."""
        where, args = _within(first, last, desk, kinds_)
        return self._days(where, args, "a.day, a.what, a.num", limit)

    def overdue(self, today: str, limit: int = 200) -> list[Day]:
        """The days that went by without an answer, in order; of more than `limit` the latest."""
        found = self._days(_OVERDUE, [today, today], "a.day DESC, a.what, a.num", limit)
        return sorted(found, key=lambda one: (one.day, one.what))

    def running(self, today: str, limit: int = 200) -> list[Day]:
        """Days of which only is known that they began before `today` and have not ended."""
        return self._days("a.day < ? AND a.latest >= ?", [today, today], "a.day, a.num", limit)

    def days_of(self, case: RecordId, limit: int = 50) -> list[Day]:
        """The days of one case and of what belongs to it, in order."""
        where = located.place(self._store.reader, case)
        return self._days(
            "r.desk = ? AND (r.parent = ? OR r.num = ?)", [where.desk, where.id, where.num], "a.day", limit
        )

    def days_of_records(self, records: Sequence[RecordId]) -> list[Day]:
        """The days of some records, in order; of those that are not here, none."""
        places = [located.find(self._store.reader, record) for record in records]
        found: list[Day] = []
        for part in parts(sorted({where.num for where in places if where is not None})):
            found += self._days(f"a.num IN ({marks(part)})", part, "a.num, a.day", -1)
        return sorted(found, key=lambda day: (day.day, day.what))

    def changed_with(self, records: Sequence[RecordId]) -> dict[RecordId, datetime]:
        """The moment of the latest change of each record or of what belongs to the same case, from
        which its days may follow. Those that are not here are left out."""
        return days.changed_with(self._store.reader, records)

    def _days(self, where: str, args: Sequence[Any], order: str, limit: int) -> list[Day]:
        self.refresh()
        with guard():
            rows = self._store.reader.execute(
                "SELECT a.day, a.latest, a.what, r.num "  # noqa: S608
                "FROM agenda a JOIN records r ON r.num = a.num "
                f"WHERE ({where}) AND {_STANDS} ORDER BY {order} LIMIT ?",
                (*args, limit),
            ).fetchall()
        placed = {num: (record, of) for num, record, of in self._placed([r[3] for r in rows])}
        found = [Day(d, e, w, *placed[num]) for d, e, w, num in rows if num in placed]
        return list(map(days.with_place, found))

    def marks(self, first: str, last: str, *, desk: str = "", kinds_: Sequence[str] = ()) -> list[Mark]:
        """The number of entries of each reason on each day, without reading a single record."""
        self.refresh()
        where, args = _within(first, last, desk, kinds_)
        with guard():
            rows = self._store.reader.execute(
                "SELECT a.day, a.latest, a.what, count(*) "  # noqa: S608
                "FROM agenda a JOIN records r ON r.num = a.num "
                f"WHERE {where} AND {_STANDS} GROUP BY 1, 2, 3 ORDER BY 1, 3, 2",
                args,
            ).fetchall()
        return [Mark(*row) for row in rows]

    def overdue_count(self, today: str) -> int:
        """The number of days that have gone by without an answer."""
        self.refresh()
        with guard():
            row = self._store.reader.execute(
                f"SELECT count(*) FROM agenda a WHERE {_OVERDUE} AND {_STANDS}",  # noqa: S608
                (today, today),
            ).fetchone()
        return int(row[0])

    def _placed(self, nums: Sequence[int]) -> Iterator[tuple[int, Record, Belongs | None]]:
        """Records by row, with what they belong to. One whose case was deleted is left out."""
        conn = self._store.reader
        for start in range(0, len(nums), 500):
            part = nums[start : start + 500]
            with guard():
                rows = conn.execute(
                    "SELECT r.num, r.id, r.kind, d.id, r.state, r.updated, r.parent, "  # noqa: S608
                    "p.kind, CASE WHEN c.num IS NULL OR instr(p.state, ?) THEN p.state END, "
                    "p.deleted, c.title, c.country FROM records r JOIN desks d ON d.num = r.desk "
                    "LEFT JOIN records p ON p.id = r.parent AND p.desk = r.desk "
                    "LEFT JOIN cases c ON c.num = p.num "
                    f"WHERE r.deleted = 0 AND r.num IN ({','.join('?' * len(part))})",
                    (_MARK, *part),
                ).fetchall()
            for row in rows:
                of = None
                if row[7] is not None:
                    if row[9]:
                        continue
                    # A case's own row says what it is called; its state is read only for a mark.
                    above = located.key(row[6], row[3])
                    of = (
                        _belongs(above, row[7], row[8])
                        if row[8] is not None
                        else Belongs(above, row[7], row[10], row[11])
                    )
                yield row[0], query.record_of((*row[1:6], row[0], 0)), of

    def placed(self, records: Sequence[RecordId]) -> list[Placed]:
        """Records by id with what they belong to; those that are not here are left out."""
        places = [located.find(self._store.reader, record) for record in records]
        nums = [where.num for where in places if where is not None]
        found = {num: Placed(record, of) for num, record, of in self._placed(nums)}
        return [found[num] for num in dict.fromkeys(nums) if num in found]

    def titles(self, cases: Sequence[RecordId]) -> dict[RecordId, Belongs]:
        """Titles and countries of cases."""
        conn, found = self._store.reader, {}
        for case in cases:
            where = located.find(conn, case)
            with guard():
                row = (
                    where
                    and conn.execute(
                        "SELECT title, country FROM cases WHERE num = ?", (where.num,)
                    ).fetchone()
                )
            if row:
                found[case] = Belongs(case, kinds.CASE.name, *row)
        return found

    # -- names and links -----------------------------------------------------------------------

    def named(
        self, text: str, kinds_: Sequence[str] = ("person", "organisation"), limit: int = 12
    ) -> list[Placed]:
        """The people called so, or nearly so: every word of `text` begins a word of the name, or
        has the same consonants. Exact ones first."""
        self.refresh()
        words = [w for w in "".join(c if c.isalnum() else " " for c in fold(text)).split() if w]
        # A word of one letter finds everybody, but where each letter is a word of its own.
        if not words or (max(len(w) for w in words) < 2 and not unspaced(text)):
            return []
        found: dict[int, int] = {}
        exact = [_range(word) for word in words]
        alike = [_range(f"~{bone}") if (bone := spelling.bones(w)) else _range(w) for w in words]
        for rank, bounds in enumerate((exact, alike)):
            part = " INTERSECT ".join("SELECT num FROM names WHERE word >= ? AND word <= ?" for _ in bounds)
            args = [one for pair in bounds for one in pair]
            marks = ",".join("?" * len(kinds_))
            with guard():
                rows = self._store.reader.execute(
                    "SELECT r.num FROM records r WHERE r.deleted = 0 "  # noqa: S608
                    f"AND r.kind IN ({marks}) AND r.num IN ({part}) LIMIT ?",
                    (*kinds_, *args, limit * 4),
                ).fetchall()
            for (num,) in rows:
                found.setdefault(num, rank)
        placed = [
            (found[num], Placed(record, of))
            for num, record, of in self._placed(list(found))
            if not same.stands_behind(self._store.reader, record)
        ]
        placed.sort(key=lambda pair: (pair[0], len(pair[1].record.text("name"))))
        return [one for _, one in placed[:limit]]

    def linked(self, record: RecordId, limit: int = 200) -> list[tuple[str, Placed]]:
        """(field, record) of everything that links to a record, newest first."""
        self.refresh()
        where = located.place(self._store.reader, record)
        with guard():
            rows = self._store.reader.execute(
                "SELECT l.field, l.num FROM links l JOIN records r ON r.num = l.num WHERE l.target = ? "  # noqa: S608
                f"AND {_MEANT} ORDER BY l.num DESC LIMIT ?",
                (where.id, where.desk, limit),
            ).fetchall()
        placed = {num: Placed(rec, of) for num, rec, of in self._placed([r[1] for r in rows])}
        return [(field, placed[num]) for field, num in rows if num in placed]

    def raised(self, case: RecordId) -> list[Record]:
        """The records of visits on which a case was, or is to be, raised."""
        return [
            placed.record
            for field, placed in self.linked(case)
            if placed.record.kind == kinds.RAISED.name and field == "about"
        ]

    # -- boards --------------------------------------------------------------------------------

    def counts(self, field: str) -> dict[str, int]:
        """The number of records that have each value of a fact (`submission.stage`)."""
        self.refresh()
        with guard():
            rows = self._store.reader.execute(
                "SELECT value, count(*) FROM facts WHERE field = ? GROUP BY value", (field,)
            ).fetchall()
        return {value: int(count) for value, count in rows}

    def by_fact(self, field: str, value: str, limit: int = 100) -> list[Placed]:
        """Records with a value of a fact, those with the nearest day first, then the newest."""
        self.refresh()
        with guard():
            rows = self._store.reader.execute(
                "SELECT f.num, (SELECT min(day) FROM agenda a WHERE a.num = f.num) AS next "
                "FROM facts f WHERE f.field = ? AND f.value = ? "
                "ORDER BY next IS NULL, next, f.num DESC LIMIT ?",
                (field, indexes.key_of(field, value), limit),
            ).fetchall()
        days = dict(rows)
        placed = {num: (rec, of) for num, rec, of in self._placed([r[0] for r in rows])}
        return [Placed(*placed[num], days[num] or "") for num, _ in rows if num in placed]

    def of_kind(self, kind: str, limit: int = 20_000) -> list[Record]:
        """All records of a kind that an office has few of (terms, rules…; `schema.FEW`), or of
        those that `indexes.FACTS` finds by `kind`; the oldest first. Few are read as they are, and
        nothing is derived for it: every exchange asks for some."""
        if kind in schema.FEW:
            return query.few(self._store.reader, kind, limit)
        self.refresh()
        return self._of_kind(kind, "", limit)

    def newest(self, kind: str, limit: int) -> list[Record]:
        """The records of such a kind that were made last, but for those merged into others."""
        self.refresh()
        found = self._of_kind(kind, "DESC", limit)
        return [record for record in found if not same.stands_behind(self._store.reader, record)]

    def _of_kind(self, kind: str, order: str, limit: int) -> list[Record]:
        with guard():
            rows = self._store.reader.execute(
                f"SELECT {query.COLUMNS} FROM facts f JOIN records r ON r.num = f.num "  # noqa: S608
                "JOIN desks d ON d.num = r.desk WHERE f.field = ? AND f.value = ? "
                f"ORDER BY f.num {order} LIMIT ?",
                (f"{kind}.kind", kind, limit),
            ).fetchall()
        return [query.record_of(row) for row in rows]

    # -- patterns -----------------------------------------------------------

    def patterns(self, field: str, least: int = 2, limit: int = 100) -> list[Pattern]:
        """Values of a fact that stand in at least so many cases, the most common first."""
        self.refresh()
        return patterns.found(self._store.reader, field, least, limit)


def _belongs(record: RecordId, kind: str, packed: bytes) -> Belongs:
    state = State.unpack(packed)
    fields = state.registers()
    title = fields.get(kind_of(kind).title)
    if kind == kinds.CASE.name and not title:
        title = fields.get("reference")
    country = fields.get("country")
    marked = withheld.names({**fields, **state.sets()})
    return Belongs(record, kind, str(title or ""), str(country or ""), kinds.WHOLE in marked)


def _within(first: str, last: str, desk: str, kinds_: Sequence[str]) -> tuple[str, list[Any]]:
    where = "a.day >= ? AND a.day <= ?"
    args: list[Any] = [first, last]
    if desk:
        where += " AND r.desk = (SELECT num FROM desks WHERE id = ?)"
        args.append(signing.id_bytes(desk))
    if kinds_:
        where += f" AND r.kind IN ({','.join('?' * len(kinds_))})"
        args += kinds_
    return where, args


def _range(word: str) -> tuple[str, str]:
    return word, word + "\U0010ffff"
