"""Hearings and charges by day, for early warning: out of the derived tables, like `counts`.

`held`: the cases that are here and not deleted, by their rows, with their countries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from defenderdesk.domain.values import span
from defenderdesk.domain.warning import FirstUse
from defenderdesk.domain.warning.evaluate import Row
from defenderdesk.ledger.merge import State
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.sql import marks, parts

Held = Mapping[int | None, str]


def dated(conn: Connection, field: str, first: int, last: int, held: Held) -> Iterator[Row]:
    """Records with a date (a fact such as `hearing.date`) from `first` to `last` (ordinals)."""
    # Uncertain dates: `~2024-05` sorts behind all that are bare, `2024` before its own days.
    for value, num, case in conn.execute(
        "SELECT value, num, parent FROM facts WHERE field = ? AND value >= ?",
        (field, date.fromordinal(max(first - 100, 1)).isoformat()[:7]),
    ):
        day = _day(value)
        if day is not None and first <= day <= last and case in held:
            yield day, num, case, ""


def hearings(conn: Connection, first: int, last: int, held: Held) -> Iterator[Row]:
    """Hearings, also those that one was put off to. Cancelled ones are none."""
    cancelled = {
        row[0]
        for row in conn.execute(
            "SELECT num FROM facts WHERE field = 'hearing.status' AND value = 'cancelled'"
        )
    }
    for row in dated(conn, "hearing.date", first, last, held):
        if row[1] not in cancelled:
            yield row
    yield from dated(conn, "hearing.adjourned_to", first, last, held)


def first_uses(
    conn: Connection, charges: Sequence[Row], held: Held, first: int, window: int
) -> Iterator[FirstUse]:
    """The laws and offences of some charges, by country. `first`: the first day looked at;
    `window`: the day since which one would be new."""
    by_num = {row[1]: row for row in charges}
    for field, of in (("charge.law", ""), ("charge.offence", "charge")):
        subjects: dict[tuple[str, str], list[Row]] = {}
        for part in parts(sorted(by_num)):
            for value, num in conn.execute(
                f"SELECT value, num FROM facts WHERE num IN ({marks(part)}) AND field = ?",  # noqa: S608
                (*part, field),
            ):
                row = by_num[num]
                subjects.setdefault((held[row[2]], value), []).append(row)
        recent = {value for (_, value), rows in subjects.items() if min(r[0] for r in rows) >= window}
        older = set(_older(conn, field, recent, first, held))
        for (country, value), rows in subjects.items():
            shown = value if of or value not in recent else _law(conn, max(rows)[1]) or value
            yield FirstUse(country, shown, of, rows, (country, value) in older)


def _older(
    conn: Connection, field: str, values: Iterable[str], first: int, held: Held
) -> Iterator[tuple[str, str]]:
    """(country, value) of charges without a day, or from before the days looked at."""
    for value in sorted(values):
        for case, day in conn.execute(
            "SELECT f.parent, d.value FROM facts f "
            "LEFT JOIN facts d ON d.num = f.num AND d.field = 'charge.date' "
            "WHERE f.field = ? AND f.value = ?",
            (field, value),
        ):
            when = _day(day) if day else None
            if case in held and (when is None or when < first):
                yield held[case], value


def _law(conn: Connection, num: int) -> str:
    """Law and article of a charge as they were written."""
    row = conn.execute("SELECT state FROM records WHERE num = ?", (num,)).fetchone()
    fields = State.unpack(row[0]).registers()
    return " ".join(str(fields[name]) for name in ("law", "article") if fields.get(name))


def _day(value: str) -> int | None:
    """The middle of an uncertain date, as an ordinal; None where 100 days or more are possible."""
    bounds = span(value)
    if bounds is None or bounds[0] is None or bounds[1] is None:
        return None
    first, last = bounds[0].toordinal(), bounds[1].toordinal()
    return (first + last) // 2 if last - first < 100 else None
