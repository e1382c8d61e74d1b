"""Reading for joint work: a page of the matrix case by mechanism, and all steps of a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain import together
from defenderdesk.domain.together import Step, Year
from defenderdesk.ledger.merge import State
from defenderdesk.vault.lookup.queries import Views
from defenderdesk.vault.records import located, query
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.types import CaseFilter, CaseRow

KINDS = ("submission", "intervention", "engagement", "referral", "signatory")
_BATCH = 400


@dataclass(frozen=True)
class Matrix:
    """Rows of cases, the mechanisms that have any of them (the most common first), the steps."""

    cases: list[CaseRow]
    mechanisms: list[str]
    steps: dict[tuple[str, str], Step]


def matrix(views: Views, country: str, today: date, limit: int = 200) -> Matrix:
    """The newest open cases (of a country), and who has them."""
    views.refresh()
    rows = query.cases(views.conn, CaseFilter(country=country), 0, limit * 2)
    cases = [case for case in rows if case.status != "closed"][:limit]
    found: dict[tuple[str, str], list[Step]] = {}
    for step in _steps_of(views.conn, [case.id for case in cases], today):
        found.setdefault((step.case, step.mechanism), []).append(step)
    counts: dict[str, int] = {}
    best: dict[tuple[str, str], Step] = {}
    for key, steps in found.items():
        counts[key[1]] = counts.get(key[1], 0) + 1
        if (furthest := together.furthest(steps)) is not None:
            best[key] = furthest
    mechanisms = sorted(counts, key=lambda name: (-counts[name], name))
    return Matrix(cases, mechanisms, best)


def _steps_of(conn: Connection, cases: list[str], today: date) -> Iterator[Step]:
    for start in range(0, len(cases), _BATCH):
        rows_of = [located.place(conn, case).num for case in cases[start : start + _BATCH]]
        with guard():
            rows = conn.execute(
                f"{_STEP} FROM records p JOIN records r ON r.parent = p.id AND r.desk = p.desk "
                f"JOIN desks d ON d.num = p.desk WHERE p.num IN ({','.join('?' * len(rows_of))}) "
                f"AND r.deleted = 0 AND r.kind IN {KINDS}",
                rows_of,
            ).fetchall()
        yield from _steps(rows, today)


_STEP = (
    "SELECT r.id, d.id, r.kind, r.parent, r.state, (SELECT min(latest) FROM agenda a "
    "WHERE a.num = r.num AND (a.what = 'state_reply_due' "
    "OR (r.kind = 'referral' AND a.what IN ('referral', 'nudge'))))"
)


def _steps(rows: list[tuple[bytes, bytes, str, bytes, bytes, str | None]], today: date) -> Iterator[Step]:
    for rid, desk, kind, parent, packed, due in rows:
        fields = {**State.unpack(packed).registers(), "id": located.key(rid, desk), "kind": kind}
        step = together.step_of(fields, located.key(parent, desk), today, due or "")
        if step is not None:
            yield step


def year(views: Views, number: int, today: date) -> Year:
    """The picture of a year, of all that this device holds."""
    views.refresh()
    first, last = date(number, 1, 1).toordinal(), date(number, 12, 31).toordinal()
    conn = views.conn
    with guard():
        rows = conn.execute(
            f"{_STEP} FROM facts f JOIN records r ON r.num = f.num JOIN desks d ON d.num = r.desk "
            "JOIN records p ON p.id = r.parent "
            "AND p.desk = r.desk AND p.deleted = 0 WHERE r.deleted = 0 AND f.field IN "
            f"{tuple(f'{kind}.mechanism' for kind in KINDS)}"
        ).fetchall()
        happened = [
            located.key(*row)
            for row in conn.execute(
                "SELECT DISTINCT c.id, d.id FROM happened h JOIN cases c ON c.num = h.parent "
                "JOIN desks d ON d.num = c.desk "
                "WHERE h.day >= ? AND h.day <= ? AND c.status <> 'closed'",
                (first, last),
            )
        ]
    return together.picture(number, _steps(rows, today), happened)
