"""Laws and charges used in a country for the first time. No chance in it: what was recorded."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain.warning.alert import (
    ALERT,
    NOTICE,
    TOO_FEW,
    Alert,
    gravest_first,
    key_of,
)
from defenderdesk.domain.warning.evaluate import (
    MOST_OF_A_LEVEL,
    Row,
    behind_of,
    weeks_of,
    window_of,
)
from defenderdesk.domain.warning.rule import Rule

FEWEST_CHARGES = 5
"""Earlier charges that a country must have before one is called new there."""


@dataclass(frozen=True)
class FirstUse:
    """A law, or a charge by its code, in one country. `subject`: as shown; `subject_of`: the list
    it is a code of, empty for a law in words. `seen`: the charges under it that have a day.
    `older`: whether there is one without a day, or from before those days."""

    country: str
    subject: str
    subject_of: str
    seen: Sequence[Row]
    older: bool = False


def new_laws(rule: Rule, uses: Iterable[FirstUse], today: date) -> list[Alert]:
    """The laws that were used first within the window, the gravest first. `uses`: every law that
    the window or the days before it hold a charge of."""
    if rule.off:
        return []
    first, last = window_of(rule, today)
    uses = sorted(uses, key=lambda use: (use.country, use.subject_of, use.subject))
    earlier: dict[str, set[Hashable]] = {}
    for use in uses:
        earlier.setdefault(use.country, set()).update(record for day, record, _, _ in use.seen if day < first)
    found = []
    for use in uses:
        days = [row[0] for row in use.seen]
        if use.older or not days or not first <= min(days) <= last:
            continue
        found.append(_made(rule, use, first, last, len(earlier[use.country])))
    return gravest_first(found, [])[: 2 * MOST_OF_A_LEVEL]


def _made(rule: Rule, use: FirstUse, first: int, last: int, before: int) -> Alert:
    inside = [row for row in use.seen if first <= row[0] <= last]
    count = len({case or record for _, record, case, _ in inside})
    level = TOO_FEW if before < FEWEST_CHARGES else ALERT if count >= rule.least else NOTICE
    behind, more = behind_of(inside, first, last)
    weeks = weeks_of(rule, inside, last, min(rule.spells, 4))
    value = f"{use.country}|{use.subject_of}|{use.subject}"
    return Alert(
        key=key_of(rule, value, last),
        rule=rule.code,
        level=level,
        measure=rule.measure,
        by=rule.by,
        value=use.country,
        count=count,
        expected=0.0,
        before=before,
        lowest=0,
        highest=0,
        spells=rule.spells,
        window_days=rule.window_days,
        least=rule.least,
        by_chance=0.0,
        watched=0,
        first=date.fromordinal(min(row[0] for row in inside)).isoformat(),
        last=date.fromordinal(last).isoformat(),
        weeks_from=date.fromordinal(last - 7 * len(weeks) + 1).isoformat(),
        weeks=weeks,
        usual=(0, 0),
        behind=behind,
        more=more,
        subject=use.subject,
        subject_of=use.subject_of,
    )
