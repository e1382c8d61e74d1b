"""A rule against counts: what is more than usual.

The window ends with the running week, and its length divides what was before into spells. So a
year has `LOOKS` windows whatever the hour at which somebody looks; within a week a count can only
grow (records come in, days go by), so a window that rings early rings at its end as well. A bound
over windows and series (Bonferroni) then holds for every look: each is tested at the accepted
false alarms a year / (LOOKS * series watched), and nothing need be independent of anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from defenderdesk.domain.warning.alert import (
    ALERT,
    NOTICE,
    TOO_FEW,
    Alert,
    Behind,
    Ref,
    gravest_first,
    key_of,
)
from defenderdesk.domain.warning.chance import chance
from defenderdesk.domain.warning.rule import (
    CASES,
    FEWEST_SPELLS,
    HEARINGS,
    LOOKS,
    NOTICE_FACTOR,
    Rule,
)

MOST_BEHIND = 200
"""Cases kept with an alert."""
MOST_OF_A_LEVEL = 30
"""Alerts of one rule and level."""
WEEKS = 60
"""Weeks drawn, at most."""
_HINT = 0.05
"""Chance below which a small number is worth mentioning as too few to say."""


class Seen(NamedTuple):
    """One thing to count: its day (ordinal), its record, its case, and the code it was seen under.
    What counts once is for the rule to say (`_units`)."""

    day: int
    record: Ref
    case: Ref
    code: str = ""


Row = tuple[int, Ref, Ref, str]
"""The same as a plain tuple: a reader of a million does not make a million objects."""


@dataclass(frozen=True)
class Series:
    """A series, which is watched apart: a country, a profile… and what was seen there, in any
    order."""

    value: str
    seen: Sequence[Row]


def window_of(rule: Rule, today: date) -> tuple[int, int]:
    """(first, last) day of the window, as ordinals: up to the Sunday of the running week, or from
    its Monday on for what is to come."""
    monday = today.toordinal() - today.weekday()
    if rule.ahead:
        return monday, monday + rule.window_days - 1
    return monday + 7 - rule.window_days, monday + 6


def evaluate(
    rule: Rule,
    series: Iterable[Series],
    today: date,
    recorded: Iterable[int] | None = None,
    watched: int = 0,
) -> list[Alert]:
    """The alerts, notices and too-few-to-says of a rule, the gravest first; none for a rule that
    is off. `recorded`: days (ordinals) on which the device holds anything of this sort, to tell
    a quiet spell from one in which nobody recorded yet; None: the days of the series.
    `watched`: how many series there could be, for the false alarms of all of them count; at least
    those that hold anything are taken."""
    if rule.off:
        return []
    last = window_of(rule, today)[1]
    counted = [(one, _counts(rule, one.seen, last)) for one in _joined(series)]
    held = [(one, counts) for one, counts in counted if any(counts)]
    if recorded is None:
        recorded = {row[0] for one, _ in held for row in one.seen}
    spells = _covered(rule, recorded, last)
    watched = max(watched, len(held))
    alerts = []
    for one, counts in held:
        before = counts[1 : spells + 1]
        level, by_chance = _judge(rule, counts[0], before, watched)
        if level:
            alerts.append(_made(rule, one, last, counts[0], before, level, by_chance, watched))
    return _most(gravest_first(alerts, []))


def _joined(series: Iterable[Series]) -> list[Series]:
    """Each value once, in order."""
    found: dict[str, list[Row]] = {}
    for one in series:
        found.setdefault(one.value, []).extend(one.seen)
    return [Series(value, found[value]) for value in sorted(found)]


def _units(rule: Rule, seen: Iterable[Row], last: int, width: int) -> dict[int, int]:
    """The number in each spell of `width` days, by how many spells back from `last`: a
    record counts once; of cases a case once in a spell, of hearings a case once a day."""
    if rule.measure == CASES:
        units = {((last - day) // width, case or record) for day, record, case, _ in seen}
        return Counter(spell for spell, _ in units)
    if rule.measure == HEARINGS:
        days = Counter(day for day, _ in {(day, case or record) for day, record, case, _ in seen})
    else:
        days = Counter(day for day, _ in {(day, record) for day, record, _, _ in seen})
    found: dict[int, int] = {}
    for day, count in days.items():
        spell = (last - day) // width
        found[spell] = found.get(spell, 0) + count
    return found


def _counts(rule: Rule, seen: Iterable[Row], last: int) -> list[int]:
    """The number in the window, in the spell before it, and so on back."""
    found = _units(rule, seen, last, rule.window_days)
    return [found.get(spell, 0) for spell in range(rule.spells + 1)]


def _covered(rule: Rule, recorded: Iterable[int], last: int) -> int:
    """The number of spells back for which the device holds something: as far as at least every
    second spell has anything in it. One old case in a new vault does not make a year of silence
    before it."""
    width = rule.window_days
    held = {(last - day) // width for day in recorded}
    count = covered = 0
    for spell in range(1, rule.spells + 1):
        if spell in held:
            count += 1
            if 2 * count >= spell:
                covered = spell
    return covered


def _judge(rule: Rule, count: int, before: Sequence[int], watched: int) -> tuple[str, float]:
    """(level, how often a year by chance); an empty level where there is nothing to tell."""
    most = float(LOOKS * watched)
    if len(before) < FEWEST_SPELLS:
        return (TOO_FEW if count >= rule.least else ""), most
    if count < rule.least:
        likely = chance(count, before, _HINT) if count > 1 else 1.0
        return (TOO_FEW if likely <= _HINT else ""), min(likely * most, most)
    rate = chance(count, before, rule.false_alarms * NOTICE_FACTOR / most) * most
    if rate <= rule.false_alarms:
        return ALERT, rate
    return (NOTICE if rate <= rule.false_alarms * NOTICE_FACTOR else ""), rate


def _made(
    rule: Rule,
    one: Series,
    last: int,
    count: int,
    before: Sequence[int],
    level: str,
    by_chance: float,
    watched: int,
) -> Alert:
    spells = len(before)
    first = last - rule.window_days + 1
    behind, more = behind_of(one.seen, first, last)
    weeks = weeks_of(rule, one.seen, last, spells)
    return Alert(
        key=key_of(rule, one.value, last),
        rule=rule.code,
        level=level,
        measure=rule.measure,
        by=rule.by,
        value=one.value,
        count=count,
        before=sum(before),
        spells=spells,
        expected=sum(before) / spells if spells else 0.0,
        lowest=min(before, default=0),
        highest=max(before, default=0),
        window_days=rule.window_days,
        least=rule.least,
        by_chance=by_chance,
        watched=watched,
        first=date.fromordinal(first).isoformat(),
        last=date.fromordinal(last).isoformat(),
        weeks_from=date.fromordinal(last - 7 * len(weeks) + 1).isoformat(),
        weeks=weeks,
        usual=usual_of(weeks, rule.window_days),
        behind=behind,
        more=more,
    )


def behind_of(seen: Iterable[Row], first: int, last: int) -> tuple[tuple[Behind, ...], int]:
    """The cases of what was seen in these days, the newest first, and how many are left out."""
    inside: dict[Ref, set[tuple[int, Ref]]] = {}
    for day, record, case, _ in seen:
        if first <= day <= last and case:
            inside.setdefault(case, set()).add((day, record))
    newest = {case: max(found) for case, found in inside.items()}
    cases = sorted(newest, key=lambda case: (newest[case], case), reverse=True)
    behind = tuple(
        Behind(
            case=case,
            record=newest[case][1],
            kind="",
            day=date.fromordinal(newest[case][0]).isoformat(),
            count=len({record for _, record in inside[case]}),
        )
        for case in cases[:MOST_BEHIND]
    )
    return behind, len(cases) - len(behind)


def weeks_of(rule: Rule, seen: Iterable[Row], last: int, spells: int) -> tuple[int, ...]:
    """Counts of the weeks up to the window's last day, the oldest first: of the window and of the
    spells it is compared with."""
    most = min(WEEKS, -(-(spells + 1) * rule.window_days // 7))
    found = _units(rule, seen, last, 7)
    return tuple(found.get(week, 0) for week in range(most - 1, -1, -1))


def usual_of(weeks: Sequence[int], window_days: int) -> tuple[int, int]:
    """The range of nine of ten of the weeks before the window, from and to."""
    before = sorted(weeks[: max(len(weeks) - -(-window_days // 7), 0)])
    if not before:
        return 0, 0
    cut = len(before) // 20
    return before[cut], before[-1 - cut]


def _most(alerts: list[Alert]) -> list[Alert]:
    found: dict[str, int] = {}
    kept = []
    for alert in alerts:
        found[alert.level] = found.get(alert.level, 0) + 1
        if found[alert.level] <= MOST_OF_A_LEVEL:
            kept.append(alert)
    return kept
