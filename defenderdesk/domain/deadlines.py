"""Deadlines: from what happened and a rule of a mechanism to a day.

Dates have no time of day, so no daylight saving and no time zone of the laptop enters. What
something counts from may be uncertain (`values`): then so is the deadline, and it keeps both
ends. "Today" always comes from outside (`today_at` gives it at the mechanism's seat).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain import workdays
from defenderdesk.domain.values import span
from defenderdesk.domain.workdays import today_at

__all__ = [
    "DONE",
    "DUE",
    "KINDS",
    "LATER",
    "LEAD",
    "MARKS",
    "OVERDUE",
    "ROLLS",
    "SOON",
    "UNITS",
    "WHO",
    "Clock",
    "Due",
    "add",
    "due",
    "state_of",
    "today_at",
]

UNITS = ("days", "working_days", "weeks", "months", "years", "hours")
KINDS = (
    "acknowledge_due",
    "state_reply_due",
    "public_on",
    "nudge",
    "comments_due",
    "follow_up_due",
    "report_due",
    "filing_limit",
    "sent_on",
)
"""The purpose of a clock. `public_on`: when the mechanism publishes. `nudge`: when we ask again.
`filing_limit`: after it, a submission is late. `sent_on`: when the mechanism passes it on."""
WHO = ("us", "state", "mechanism")
ROLLS = ("none", "next", "previous")
MARKS = ("V", "P", "U", "O")
"""The degree to which a rule is verified: seen in a source, partly, unverified; or set by the
office."""

DONE, OVERDUE, DUE, SOON, LATER = "done", "overdue", "due", "soon", "later"

LEAD = (14, 7, 1)
"""Days before a deadline on which to remind; at the first it begins to be `soon`. Our choice."""


@dataclass(frozen=True)
class Clock:
    """A rule of time.

    `label`: message id. `after`: the event it counts from (a date of the submission such as
    `sent` or `letter`, or `final_domestic_decision`, `disappearance`…). `who` must act by then.
    `roll`: what happens when the day is no working day at the `seat`. `verified`: of `MARKS`.
    `given`: a fact of the submission without which it does not count; with it, it takes the place
    of the clock named `replaces`: an extension is a fact, not a second day under the same name.
    """

    name: str
    label: str
    after: str
    count: int
    unit: str
    kind: str
    who: str
    roll: str = "none"
    seat: str = ""
    verified: str = "U"
    source: str = ""
    given: str = ""
    replaces: str = ""


@dataclass(frozen=True)
class Due:
    """A deadline: the days it can mean, from `earliest` to `latest` (None: open on that side).

    `start`: the days it may count from. `rounded`: hours were rounded to days, to the safe side.
    `holidays_known`: whether the seat's public holidays entered where the rule asks for them.
    """

    clock: Clock
    earliest: date | None
    latest: date | None
    start: tuple[date | None, date | None]
    rounded: bool = False
    holidays_known: bool = True

    @property
    def certain(self) -> bool:
        """True if it is one day."""
        return self.earliest is not None and self.earliest == self.latest

    @property
    def on(self) -> date:
        """The careful day: for what we must do the earliest, for what others must the latest; if
        that side is open, the other one."""
        first, second = self.earliest, self.latest
        if self.clock.who != "us":
            first, second = second, first
        chosen = first or second
        assert chosen is not None  # `due` makes no deadline that is open on both sides
        return chosen


def _months(day: date, count: int) -> date:
    """As many months on; the last day of the month where that day does not exist."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    if year < 1:
        return date.min
    if year > 9999:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _days(day: date, count: int) -> date:
    number = day.toordinal() + count
    return date.fromordinal(max(1, min(number, date.max.toordinal())))


def add(day: date, count: int, unit: str, seat: str = "", up: bool = False) -> date:
    """`day` and `count` of `unit` (of `UNITS`; another one: ValueError); back if negative.

    Months clamp: 31 August and six months are the last of February. Hours become whole days:
    rounded down (earlier), or with `up` to the next day. The ends of the calendar hold.
    """
    if unit == "days":
        return _days(day, count)
    if unit == "weeks":
        return _days(day, 7 * count)
    if unit == "months":
        return _months(day, count)
    if unit == "years":
        return _months(day, 12 * count)
    if unit == "hours":
        return _days(day, -(-count // 24) if up else count // 24)
    if unit == "working_days":
        return workdays.add(day, count, seat)
    raise ValueError(unit)


def due(clock: Clock, start: str, instead: str = "") -> Due | None:
    """The deadline of `clock` when it counts from the uncertain date `start`.

    `instead`: a date that the mechanism set itself; it takes the rule's place. None where there is
    no date to count from.
    """
    fixed = span(instead) if instead else None
    counted = fixed or (span(start) if start else None)
    if counted is None:
        return None
    rounded = fixed is None and clock.unit == "hours" and clock.count % 24 != 0
    holidays_known = True
    ends: list[date | None] = []
    for day in counted:
        if day is None or fixed is not None:
            ends.append(day)
            continue
        end = add(day, clock.count, clock.unit, clock.seat, up=clock.who != "us")
        if clock.roll != "none" or clock.unit == "working_days":
            years = range(min(day, end).year, max(day, end).year + 1)
            holidays_known &= all(workdays.known(clock.seat, year) for year in years[:100])
        ends.append(workdays.roll(end, clock.seat, clock.roll))
    first = span(start) if start else None
    return Due(clock, ends[0], ends[1], first or (None, None), rounded, holidays_known)


def state_of(due: Due, today: date, done: bool = False) -> str:
    """`done`; `overdue` when the last day it can mean is past; `due` from the first such day on;
    `soon` within the first of `LEAD`; else `later`."""
    if done:
        return DONE
    if due.latest is not None and today > due.latest:
        return OVERDUE
    # Open at the front ("before May"): it may be due on any day up to its end.
    if due.earliest is None or today >= due.earliest:
        return DUE
    return SOON if today >= _days(due.earliest, -LEAD[0]) else LATER
