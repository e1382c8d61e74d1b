"""Early warning over the vault: reads what the rules count, keeps what they found.

Everything comes from the derived tables (`vault.lookup.indexes`), read once for all rules in one
snapshot. Only what this device holds is there to be counted; what was deleted, or belongs to a
case that was, is left out. The last result is kept in the vault, encrypted like all of it, and
never exchanged: another device counts for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec

from defenderdesk.domain import warning
from defenderdesk.domain.casefile import Fields
from defenderdesk.domain.warning import Alert, Behind, Ruled
from defenderdesk.domain.warning.alert import ALERT, gravest_first
from defenderdesk.vault.lookup import indexes
from defenderdesk.vault.lookup.counts import Reading
from defenderdesk.vault.records import located
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.sql import marks, parts
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress, RecordId, RecordKey

if TYPE_CHECKING:
    from defenderdesk.vault.lookup.queries import Views

_KEPT = "warnings"
COUNTED = indexes.COUNTED
"""Kinds whose change may change a result."""
_FORM = 3
"""Raised when what is kept has another form; an older result is then as none."""


@dataclass(frozen=True)
class Result:
    """The findings of the rules. `computed`: when (ISO, UTC); `today`: the day that it was for
    (ISO). `cases`: how many this device held; `mark`: at which mark of `indexes.COUNTED_MARK`."""

    computed: str
    today: str
    cases: int
    alerts: tuple[Alert, ...]
    mark: int = 0
    form: int = _FORM


@dataclass(frozen=True)
class Found:
    """A result as a screen shows it: alerts, each with the answer that silences it or None, the
    rules, what of the office's rules made no sense, and whether to count anew."""

    result: Result | None
    alerts: tuple[tuple[Alert, Fields | None], ...]
    ruled: Ruled
    old: bool


@dataclass(frozen=True)
class Held:
    """A case behind an alert, in one line."""

    id: RecordId
    title: str
    reference: str
    country: str


class Watch:
    """Reads and keeps. `views`: of the same vault."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store, self._views = store, views

    def rules(self) -> Ruled:
        """The rules as the office has them."""
        return warning.ruled(warning.shipped(), self._fields("rule"))

    def run(self, today: date, progress: Progress | None = None) -> Result:
        """Evaluates every rule and keeps what was found. `progress` is told what is done of
        all, of bringing the derived tables up to date and then of the rules, and may raise to
        stop; then nothing is kept."""
        self._views.catch_up(progress)
        ruled = self.rules()
        rules = [rule for rule in ruled.rules if not rule.off]
        alerts: list[Alert] = []
        with self._store.snapshot() as conn:
            mark = self._store.meta(indexes.COUNTED_MARK, 0, conn)
            reading = Reading(conn, rules, today)
            for place, rule in enumerate(rules):
                if progress:
                    progress(place, len(rules))
                alerts += reading.alerts(rule)
            alerts = gravest_first(alerts, [rule.code for rule in ruled.rules])
            result = Result(
                datetime.now(UTC).isoformat(timespec="seconds"),
                today.isoformat(),
                reading.case_count,
                tuple(_named(conn, alerts)),
                mark,
            )
        kept = replace(result, alerts=_renamed(result.alerts, _full))
        self._store.set_meta(_KEPT, msgspec.to_builtins(kept))
        return result

    def last(self) -> Result | None:
        """The last result that was kept; None where there is none that can be read. An alert of
        which a case is no longer here is left out until the rules are evaluated again."""
        kept = self._store.meta(_KEPT)
        try:
            result = msgspec.convert(kept, Result) if kept else None
        except msgspec.ValidationError:
            return None
        if result is None or result.form != _FORM:
            return None
        found = _renamed(result.alerts, _key)
        held = _cases(self._store.reader, {b.case for a in found for b in a.behind})
        alerts = tuple(a for a in found if all(b.case in held for b in a.behind))
        return replace(result, alerts=alerts)

    def is_old(self, today: date) -> bool:
        """Tells whether the last result is of another day, or something that the rules count has
        changed since, here or elsewhere; True where there is none."""
        self._views.refresh()
        result = self.last()
        return (
            result is None
            or result.today != today.isoformat()
            or result.mark != self._store.meta(indexes.COUNTED_MARK)
        )

    def found(self, today: date) -> Found:
        """The last result with its answers and the rules, for a screen."""
        result, answers = self.last(), self._fields("alert")
        alerts = result.alerts if result else ()
        return Found(
            result,
            tuple((alert, warning.answered(alert, answers, today)) for alert in alerts),
            self.rules(),
            self.is_old(today),
        )

    def count(self, today: date) -> int:
        """The number of alerts of the last result that nobody has answered. Reads no counts."""
        result = self.last()
        if result is None or not any(alert.level == ALERT for alert in result.alerts):
            return 0
        answers = self._fields("alert")
        return sum(
            1
            for alert in result.alerts
            if alert.level == ALERT and warning.answered(alert, answers, today) is None
        )

    def cases(self, behind: Sequence[Behind]) -> list[tuple[Behind, Held]]:
        """The cases behind an alert that this device still holds, in their order."""
        rows = _cases(self._store.reader, {one.case for one in behind})
        return [(one, rows[one.case]) for one in behind if one.case in rows]

    def _fields(self, kind: str) -> list[Fields]:
        from defenderdesk.vault.types import fields_of

        self._views.refresh()
        return [fields_of(record) for record in self._views.of_kind(kind)]


def _named(conn: Connection, alerts: Sequence[Alert]) -> list[Alert]:
    """Alerts whose records have their ids instead of their rows."""
    ids: dict[int, tuple[str, str]] = {}
    behind = [one for alert in alerts for one in alert.behind]
    with guard():
        for part in parts(sorted({row for one in behind for row in (one.record, one.case) if row})):
            for num, rid, desk, kind in conn.execute(
                "SELECT r.num, r.id, d.id, r.kind FROM records r JOIN desks d ON d.num = r.desk "  # noqa: S608
                f"WHERE r.num IN ({marks(part)})",
                part,
            ):
                ids[num] = (located.key(rid, desk), kind)

    def named(one: Behind) -> Behind:
        record, kind = ids.get(one.record, ("", ""))
        return replace(one, case=ids[one.case][0], record=record, kind=kind)

    return [replace(alert, behind=tuple(map(named, alert.behind))) for alert in alerts]


def _renamed(alerts: Iterable[Alert], by: Callable[[str], str]) -> tuple[Alert, ...]:
    """Alerts whose cases and records are named otherwise."""
    return tuple(
        replace(
            alert,
            behind=tuple(replace(one, case=by(one.case), record=by(one.record)) for one in alert.behind),
        )
        for alert in alerts
    )


def _full(record: str) -> str:
    return record.full if isinstance(record, RecordKey) else record


def _key(record: str) -> str:
    name, _, desk = record.partition(located.AT)
    return RecordKey(name, desk) if desk else name


def _cases(conn: Connection, cases: Iterable[str]) -> dict[str, Held]:
    rows: dict[str, Held] = {}
    with guard():
        for case in sorted(cases):
            where = located.find(conn, case)
            row = (
                where
                and conn.execute(
                    "SELECT d.id, c.title, c.reference, c.country FROM cases c "
                    "JOIN desks d ON d.num = c.desk WHERE c.num = ?",
                    (where.num,),
                ).fetchone()
            )
            if where and row:
                rows[case] = Held(located.key(where.id, row[0]), *row[1:])
    return rows
