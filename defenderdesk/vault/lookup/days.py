"""The days that matter, reckoned case by case out of the records.

A day of one record may follow from another of the same case: the last day for a petition from a
proceeding's final decision, the review of a risk from whether there was a newer assessment. So what
changed marks the case or visit that it belongs to, and its days are reckoned together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from msgspec import structs

from defenderdesk import i18n
from defenderdesk.crypto import signing
from defenderdesk.domain import agenda, local_time, workdays
from defenderdesk.domain.casefile import CaseFile, Fields
from defenderdesk.ledger import clock
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import located
from defenderdesk.vault.records.rebuild import DAYS_WITH
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.sql import marks
from defenderdesk.vault.types import Day, RecordId

Rules = Callable[[], agenda.Rules]
"""Gives the rules of the office as they were read last."""
BATCH = 200
"""Cases whose days are reckoned in one transaction."""

_BELOW = (
    "SELECT r.num, r.id, r.kind, r.state FROM records p JOIN records r "
    "ON r.parent = p.id AND r.desk = p.desk AND r.deleted = 0 WHERE p.num = ? AND r.kind IN "
)
_ALL_WITH = (
    "SELECT r.num FROM records p JOIN records r ON r.parent = p.id AND r.desk = p.desk "
    "WHERE p.num IN (SELECT num FROM stale_days) UNION SELECT num FROM stale_days"
)

_CHANGED_WITH = (
    "SELECT max(o.updated) FROM records r JOIN records o ON o.desk = r.desk "
    "AND (o.num = r.num OR o.parent = r.parent OR o.id = r.parent) WHERE r.num = ?"
)
"""The latest change of a record, of what it belongs to, or of anything beside it there."""


def reckon(conn: Connection, rules: Rules | None) -> None:
    """Reckons the days of some of the cases and visits of which they are old, inside a write."""
    office = rules() if rules else agenda.Rules()
    rows: list[tuple[str, int, str, str]] = []
    stale = f"SELECT num FROM stale_days ORDER BY num LIMIT {BATCH}"  # noqa: S608
    asked = conn.execute(stale).fetchall()
    roots = conn.execute(f"{DAYS_WITH} WHERE r.num IN ({stale})").fetchall()
    for (root,) in dict.fromkeys(roots):
        around, found = _around(conn, root)
        conn.executemany("DELETE FROM agenda WHERE num = ?", [(num,) for num in found])
        for num, fields in found.items():
            for entry in agenda.entries(fields, around, office):
                rows.append((entry.day, num, entry.what, entry.latest))
    conn.executemany("INSERT OR IGNORE INTO agenda VALUES (?,?,?,?)", rows)
    conn.executemany("DELETE FROM stale_days WHERE num = ?", asked)


def forget(conn: Connection) -> None:
    """Removes the days of the cases and visits that are to be reckoned anew."""
    conn.execute(f"DELETE FROM agenda WHERE num IN ({_ALL_WITH})")  # noqa: S608


def rules_changed(conn: Connection) -> None:
    """Marks the cases whose days rest on the rules of the office."""
    conn.execute(
        "INSERT OR IGNORE INTO stale_days SELECT coalesce(nullif(parent, 0), num) FROM facts "
        "WHERE field IN ('submission.stage', 'referral.kind') "
        "UNION SELECT num FROM facts WHERE field = 'case.status'"
    )


def _around(conn: Connection, root: int) -> tuple[CaseFile, dict[int, Fields]]:
    """A case or visit with what in it may have days or make some; the same by row, but for what was
    deleted. What most cases hold most of is read only where a day may depend on it."""
    row = conn.execute("SELECT id, kind, deleted, state FROM records WHERE num = ?", (root,)).fetchone()
    if row is None:
        return CaseFile({}), {}
    top = _fields(row[0], row[1], row[3])
    found = {} if row[2] else {root: top}
    of: dict[str, list[Fields]] = {row[1]: list(found.values())}
    kinds: tuple[str, ...] = agenda.KINDS
    while kinds:
        rows = conn.execute(f"{_BELOW} ({marks(kinds)}) ORDER BY r.num", (root, *kinds)).fetchall()
        for num, *rest in rows:
            found[num] = _fields(*rest)
            of.setdefault(rest[1], []).append(found[num])
        kinds = tuple(more for kind in kinds if kind in of for more in agenda.BEHIND.get(kind, ()))
    return CaseFile(top, of), found


def _fields(record: bytes, kind: str, packed: bytes) -> Fields:
    state = State.unpack(packed)
    return {**state.registers(), **state.sets(), "id": signing.id_text(record), "kind": kind}


def changed_with(conn: Connection, records: Sequence[RecordId]) -> dict[RecordId, datetime]:
    """The moment of the latest change of each record, or of what belongs to the same case."""
    found: dict[RecordId, datetime] = {}
    for record in records:
        where = located.find(conn, record)
        if where is not None:
            with guard():
                [stamp] = conn.execute(_CHANGED_WITH, (where.num,)).fetchone()
            found[record] = clock.moment(stamp)
    return found


def with_place(day: Day) -> Day:
    """A day with what is known of the place, where something takes place on it. It is looked up here,
    by whoever reads: the holidays of a country take a tenth of a second to load."""
    if day.what not in agenda.APPOINTMENTS:
        return day
    fields, home = day.record.fields, day.of.country if day.of else day.record.text("country")
    country = local_time.country_of(fields, home)
    if not day.certain:
        return structs.replace(day, country=country)
    at = local_time.local(fields, home, day.day) or local_time.NO_TIME
    named = workdays.holiday(country, date.fromisoformat(day.day), i18n.language())
    return structs.replace(day, country=country, holiday=named, time=at.time, zone=at.zone, moment=at.moment)
