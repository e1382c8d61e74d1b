"""Indexes that are derived from the records: links, days, names, facts, acts.

The records are the truth; these tables are worked out from them and can be thrown away. A save
or an import does not pay for them: a trigger notes which rows changed, new rows lie above a
watermark, and the first look afterwards brings the tables up to date, in batches between which
saves go on. `Views` (beside) asks.

    links     which records name which others, and in which field
    agenda    the days that matter (`domain.agenda`), reckoned case by case (`days`, beside)
    names     the words of names of persons and organisations, and their bare consonants
    facts     values that records are found or counted by (court, law, stage…), and what two records
              that are likely the same have in common (`same`)
    happened  acts by day, of events and act records: what early warning counts
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from defenderdesk.crypto import signing
from defenderdesk.domain import agenda, kinds
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.law_names import meaning
from defenderdesk.domain.values import Value, span
from defenderdesk.ledger.merge import State
from defenderdesk.vault.lookup import days, same
from defenderdesk.vault.lookup.days import Rules
from defenderdesk.vault.lookup.spelling import fact, name_words
from defenderdesk.vault.records.rebuild import DAYS_WITH
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

VERSION = 9
"""Raised when the tables hold something else than before; then they are worked out anew."""
BATCH = 2000
PATIENCE = 0.2
"""Seconds that a look waits for a write of someone else."""
_TABLES = ("links", "agenda", "names", "facts", "happened")

NAMED = {
    "person": ("name", "other_names"),
    "organisation": ("name", "acronym", "other_names"),
    "involvement": ("name",),
}
"""The kinds whose names are matched as one types, and the fields that hold them."""

FACTS: dict[str, tuple[str, ...]] = {
    "case": ("profiles", "status"),
    "proceeding": ("court", "judge", "prosecutor", "accuser", "stage"),
    "event": ("country",),
    "hearing": ("court", "judge", "date", "adjourned_to", "status"),
    "charge": ("offence", "date"),
    "submission": ("stage", "mechanism"),
    "intervention": ("mechanism",),
    "engagement": ("mechanism",),
    "measure": ("status",),
    "task": ("status",),
    "visit": ("kind", "status", "country"),
    "obligation": ("status",),
    "referral": ("answer", "mechanism", "kind"),
    "signatory": ("mechanism",),
    "joint": ("kind", "status"),
    "approval": ("answer",),
    "plan": ("kind",),
    **dict.fromkeys(
        ("person", "organisation"),
        ("kind",),
    ),
}
"""Fields by whose value records are found. `kind`: those of the kind are found together. (Kinds of
which an office has few need no fact: `query.few`.)"""

COUNTED = ("case", "event", "act", "hearing", "charge", "involvement", "person", "rule")
"""Kinds whose change may change what early warning counts."""
COUNTED_MARK = "counted_mark"
"""Counts the changes of these kinds: a result that was counted at another mark is old."""

_LINKS = {
    name: tuple(f for f in kind.fields if f.type is Type.LINK and f.name not in kind.parents[:1])
    for name, kind in kinds.KINDS.items()
}


def refresh(
    store: Store,
    rules: Rules | None = None,
    budget: float | None = None,
    progress: Progress | None = None,
) -> bool:
    """Brings the tables up to date; costs one small question when they are. Whether they are now.

    `budget`: seconds after which a look goes on with what there is (of a vault of a million
    records that was never looked at, somebody else catches up). `progress(done, total)` may
    raise to stop between two batches.
    """
    until = None if budget is None else time.monotonic() + budget
    while True:
        with guard():
            stale, last = store.reader.execute(
                "SELECT EXISTS (SELECT 1 FROM stale) OR EXISTS (SELECT 1 FROM stale_days), "
                "(SELECT coalesce(max(num), 0) FROM records)"
            ).fetchone()
        done = store.meta("derived", [0, 0])
        if not stale and done == [VERSION, last]:
            return True
        if until is not None and time.monotonic() > until:
            return False
        # A long write is under way: what the tables hold is shown, its end is told to every view.
        if not store.write_lock.acquire(timeout=PATIENCE):
            return False
        try:
            with store.writing() as conn:
                if _batch(store, conn):  # only when all is read: a case may lie in several batches
                    days.reckon(conn, rules)
        finally:
            store.write_lock.release()
        if progress:
            progress(done[1], max(last, 1))


def forget_stale(conn: Connection) -> None:
    """Removes what is derived from records as they were: the next look works it out anew. What was
    erased must not stand here until then, nor a day that was reckoned from it."""
    conn.execute(
        f"INSERT OR IGNORE INTO stale_days {DAYS_WITH} WHERE r.num IN (SELECT num FROM stale)"  # noqa: S608
    )
    for table in _TABLES:
        conn.execute(f"DELETE FROM {table} WHERE num IN (SELECT num FROM stale)")  # noqa: S608
    days.forget(conn)


def _batch(store: Store, conn: Connection) -> bool:
    """Works out some of what is old; whether that was the last of it, but for the days."""
    version, upto = store.meta("derived", [0, 0], conn)
    if version != VERSION:
        for table in (*_TABLES, "stale", "stale_days"):
            conn.execute(f"DELETE FROM {table}")  # noqa: S608
        upto = 0
    [last] = conn.execute("SELECT coalesce(max(num), 0) FROM records").fetchone()
    upto = min(upto, last)  # records may have gone, with a desk that was taken
    new = conn.execute(f"{_READ} WHERE r.num > ? ORDER BY r.num LIMIT {BATCH}", (upto,)).fetchall()
    if new:  # what belongs to one of these and came before it did not find it
        conn.execute(_ORPHANS, (upto, new[-1][0]))
    stale = conn.execute(f"SELECT num FROM stale LIMIT {BATCH}").fetchall()  # noqa: S608
    changed = conn.execute(f"{_READ} WHERE r.num IN (SELECT num FROM stale LIMIT {BATCH})").fetchall()  # noqa: S608
    old = [(row[0],) for row in changed if row[0] <= upto]
    if old:
        for table in _TABLES:
            conn.executemany(f"DELETE FROM {table} WHERE num = ?", old)  # noqa: S608
    rows = Rows()
    for row in (*(r for r in changed if r[0] <= upto), *new):
        rows.add(*row)
    rows.write(conn)
    same.write(conn, rows.cases, rows.parts)
    gone = len(stale) > len(changed)
    if gone or any(row[1] in COUNTED for row in (*changed, *new)):
        store.set_meta(COUNTED_MARK, store.meta(COUNTED_MARK, 0, conn) + 1)
    conn.executemany("DELETE FROM stale WHERE num = ?", stale)
    upto = new[-1][0] if new else upto
    store.set_meta("derived", [VERSION, upto])
    return len(stale) < BATCH and upto == last


_READ = (
    "SELECT r.num, r.kind, CASE WHEN r.parent IS NULL THEN NULL ELSE coalesce(p.num, 0) END, "
    "r.deleted, r.state, r.id FROM records r LEFT JOIN records p ON p.id = r.parent AND p.desk = r.desk"
)
"""Records with the row of what they belong to, in their own desk; 0 where that is not here."""
_ORPHANS = (
    "INSERT OR IGNORE INTO stale SELECT c.num FROM records n JOIN records c "
    "ON c.parent = n.id AND c.desk = n.desk AND c.num < n.num WHERE n.num > ? AND n.num <= ?"
)


class Rows:
    """The rows that a batch writes."""

    def __init__(self) -> None:
        self.links: list[tuple[Any, ...]] = []
        self.days: list[tuple[int]] = []
        self.names: list[tuple[Any, ...]] = []
        self.facts: list[tuple[Any, ...]] = []
        self.happened: list[tuple[Any, ...]] = []
        self.cases: set[int] = set()
        """Cases whose keys (`same`) are to be written anew."""
        self.parts: dict[int, tuple[str, ...]] = {}
        """By row, what these records add to the keys of their case."""

    def add(self, num: int, kind: str, parent: int | None, deleted: int, packed: bytes, rid: bytes) -> None:
        """One record; a deleted one has nothing."""
        if kind == kinds.CASE.name or (parent and kind in same.PARTS):
            self.cases.add(parent or num)
        if kind in agenda.CAUSES:
            self.days.append((parent or num,))
        if kind not in kinds.KINDS or deleted:
            return
        state = State.unpack(packed)
        fields: dict[str, Any] = {**state.registers(), **state.sets()}
        for target, name in _linked(kind, fields):
            self.links.append((target, num, name))
        for name in NAMED.get(kind, ()):
            for value in _many(fields.get(name)):
                self.names += [(word, num) for word in name_words(value)]
        for name in FACTS.get(kind, ()):
            field = f"{kind}.{name}"
            values = _many(fields.get(name))
            if field == "submission.stage" and not values:
                values = ["sent" if fields.get("sent") else "draft"]  # it stands on the board too
            for value in values:
                self.facts.append((field, key_of(field, value), num, parent))
        if kind == kinds.CHARGE.name and (law := law_of(fields)):
            self.facts.append(("charge.law", law, num, parent))
        if kind in same.KINDS:
            for key in same.keys(kind, fields, signing.id_text(rid)):
                self.facts.append((same.FIELD, key, num, None))
        elif kind in same.PARTS:
            self.parts[num] = same.part(kind, fields)
        if kind in (kinds.EVENT.name, kinds.ACT.name):
            self._happened(num, kind, parent, fields)

    def _happened(self, num: int, kind: str, parent: int | None, fields: dict[str, Any]) -> None:
        day = _day(fields.get("date"))
        if day is None:
            return
        codes = _many(fields.get("acts" if kind == kinds.EVENT.name else "act_type"))
        if kind == kinds.ACT.name and fields.get("event"):
            return  # the event counts it: one thing that happened is not counted twice
        for code in dict.fromkeys(codes):
            self.happened.append((day, code, num, parent))
        if codes:
            for who in dict.fromkeys(_many(fields.get("perpetrators"))):
                self.facts.append(("event.did", did(day, who), num, parent))

    def write(self, conn: Connection) -> None:
        """Writes the rows, each table once."""
        many = conn.executemany
        many("INSERT OR IGNORE INTO links VALUES (?,?,?)", self.links)
        many("INSERT OR IGNORE INTO stale_days VALUES (?)", self.days)
        many("INSERT OR IGNORE INTO names VALUES (?,?)", self.names)
        many("INSERT OR IGNORE INTO facts VALUES (?,?,?,?)", self.facts)
        many("INSERT OR IGNORE INTO happened VALUES (?,?,?,?)", self.happened)


def _linked(kind: str, fields: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    """(record, field) of everything that the record links to, but what it belongs to."""
    for field in _LINKS.get(kind, ()):
        for value in _many(fields.get(field.name)):
            try:
                yield signing.id_bytes(value), field.name
            except ValueError:
                continue


def did(day: int, perpetrator: str = "") -> str:
    """A perpetrator of what happened on a day (ordinal), as the fact `event.did` holds it: those
    of some days stand together."""
    return f"{day:07} {perpetrator}"


def _many(value: Value) -> list[str]:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str) and one]
    return [value] if isinstance(value, str) and value else []


def _day(value: Value) -> int | None:
    """The day of something that happened, as an ordinal: of an uncertain date its middle; None
    where a whole year or more is possible (it would count on a day it did not happen on)."""
    bounds = span(value) if isinstance(value, str) else None
    if bounds is None or bounds[0] is None or bounds[1] is None:
        return None
    first, last = bounds[0].toordinal(), bounds[1].toordinal()
    return (first + last) // 2 if last - first < 100 else None


def key_of(field: str, value: str) -> str:
    """A value of a fact as the table holds it: a code as it is, words folded."""
    kind, _, name = field.partition(".")
    spec = kinds.kind_of(kind).field(name)
    if field == "charge.law":
        return value  # a meaning already
    words = spec is not None and spec.type in (Type.TEXT, Type.PARAGRAPH)
    return fact(value) if words else value


def law_of(fields: dict[str, Any]) -> str:
    """Law and article of a charge by their meaning, as facts compare them; empty where neither is
    known."""
    law, article = (" ".join(_many(fields.get(name))) for name in ("law", "article"))
    return meaning(law, article)[:200]
