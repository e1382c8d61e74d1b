"""An alert: what a rule found, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from defenderdesk.domain.warning.rule import (
    FEWEST_SPELLS,
    HEARINGS,
    NEW_LAWS,
    NOTICE_FACTOR,
    Named,
    Rule,
)
from defenderdesk.errors import Message

ALERT, NOTICE, TOO_FEW = "alert", "notice", "too_few"
Ref = Any
"""A case or record as whoever reads the counts names it; something false for none. All cases, and
all records, are named in one way that can be put in order."""
LEVELS = (ALERT, NOTICE, TOO_FEW)
"""From the gravest: it rings; a weaker sign; too few to say."""


@dataclass(frozen=True)
class Behind:
    """A case behind an alert: its newest record that counted, that record's day (ISO), and how
    many of its records counted. `kind`: of that record, where the reader knows it."""

    case: Ref
    record: Ref
    kind: str
    day: str
    count: int


@dataclass(frozen=True)
class Alert:
    """One thing that a rule found in one series.

    `key`: the same from day to day, another for the next spell of days. `rule`: its code;
    `measure` and `by` of it. `value`: which series: a country, an act, a profile, a perpetrator,
    or empty. `subject`: the law or charge, for new laws; `subject_of`: the list it is a code of,
    empty for plain words. `count`: in the window; `expected`: in as many days, going by the
    spells before; `before`: how many in them together, `lowest` and `highest` in one;
    `spells`: how many there were to compare with. `by_chance`: how often a year chance alone
    brings as much or more somewhere in what the rule watches; `watched`: how many series that
    is. `first`, `last`: the window (ISO, both included). `weeks`: counts of the weeks up to the
    window's end, from the day `weeks_from` on; `usual`: what nine of ten earlier weeks held.
    `behind`: the cases, newest first; `more`: how many beyond them."""

    key: str
    rule: str
    level: str
    measure: str
    by: str
    value: str
    count: int
    expected: float
    before: int
    lowest: int
    highest: int
    spells: int
    window_days: int
    least: int
    by_chance: float
    watched: int
    first: str
    last: str
    weeks_from: str
    weeks: tuple[int, ...]
    usual: tuple[int, int]
    behind: tuple[Behind, ...] = ()
    more: int = 0
    subject: str = ""
    subject_of: str = ""

    @property
    def stem(self) -> str:
        """The key without its days: the same rule in the same series."""
        return self.key.rpartition("|")[0]

    @property
    def ratio(self) -> float | None:
        """The ratio to what is usual; None where usual is none."""
        return self.count / self.expected if self.expected > 0 else None

    @property
    def place(self) -> Named | None:
        """The series, to be named; None where everything is counted together."""
        if self.measure == NEW_LAWS:
            return Named("country", self.value) if self.value else None
        return None if self.by == "none" else Named(self.by, self.value)

    @property
    def headline(self) -> Message:
        """The one sentence."""
        first = date.fromisoformat(self.first)
        facts = {"count": self.count, "days": self.window_days, "first": first}
        if self.measure == NEW_LAWS:
            law = Named(self.subject_of, self.subject) if self.subject_of else Quoted(self.subject)
            return Message(
                "Used for the first time since {first}: {law}. Cases: {count}.",
                first=first,
                law=law,
                count=self.count,
            )
        if not self.before and self.spells:
            spans = self.spells * self.window_days
            if self.measure == HEARINGS:
                return Message(
                    "{count} in the {days} days from {first}, and none in the {spans} days before.",
                    spans=spans,
                    **facts,
                )
            return Message(
                "{count} in the {days} days since {first}, and none in the {spans} days before.",
                spans=spans,
                **facts,
            )
        if not self.spells:
            return Message("{count} in the {days} days since {first}, and nothing to compare with.", **facts)
        if self.measure == HEARINGS:
            return Message(
                "{count} in the {days} days from {first}, where about {expected} would be usual.",
                expected=self.expected,
                **facts,
            )
        return Message(
            "{count} in the {days} days since {first}, where about {expected} would be usual.",
            expected=self.expected,
            **facts,
        )

    @property
    def says(self) -> list[Message]:
        """The headline and what is to be known with it."""
        if self.measure == NEW_LAWS:
            return [self.headline, *self._of_laws()]
        found = [self.headline]
        if self.before:
            found.append(
                Message(
                    "In the {spells} spells of {days} days before there were between {low} and "
                    "{high}, {total} together.",
                    spells=self.spells,
                    days=self.window_days,
                    low=self.lowest,
                    high=self.highest,
                    total=self.before,
                )
            )
        found += self._how_sure()
        if self.measure != HEARINGS:
            found.append(
                Message(
                    "What happened in the last weeks is often recorded later: the true number may be higher."
                )
            )
        return found

    def _how_sure(self) -> list[Message]:
        if self.level == TOO_FEW:
            if self.spells < FEWEST_SPELLS:
                return [
                    Message(
                        "This device holds too little from before to say what is usual: spells "
                        "to compare with: {spells}, needed: {fewest}.",
                        spells=self.spells,
                        fewest=FEWEST_SPELLS,
                    )
                ]
            return [
                Message(
                    "These are too few to say whether anything changed: the rule asks for at least {least}.",
                    least=self.least,
                )
            ]
        if self.by_chance <= 1:
            years = min(round(1 / max(self.by_chance, 1e-9)), 1000)
            found = [
                Message("Chance alone would bring as much or more about once in {years} years.", years=years)
                if years > 1
                else Message("Chance alone would bring as much or more about once a year.")
            ]
        else:
            found = [
                Message(
                    "Chance alone would bring as much or more about {times} times a year.",
                    times=self.by_chance,
                )
            ]
        if self.watched > 1:
            found.append(
                Message(
                    "That is anywhere among the {watched} that this rule watches apart.", watched=self.watched
                )
            )
        if self.level == NOTICE:
            found.append(
                Message(
                    "This is a weaker sign: chance brings a notice up to {factor} times as often "
                    "as an alert.",
                    factor=NOTICE_FACTOR,
                )
            )
        return found

    def _of_laws(self) -> list[Message]:
        found = []
        if self.level == TOO_FEW:
            found.append(
                Message(
                    "This device holds too few earlier charges in this country to call one new: {before}.",
                    before=self.before,
                )
            )
        elif self.level == NOTICE:
            found.append(Message("It becomes an alert with {least} cases.", least=self.least))
        found.append(
            Message(
                "New means that this device holds no earlier charge under it in this country. "
                "The law itself may be older."
            )
        )
        return found


@dataclass(frozen=True)
class Quoted:
    """A fact of a sentence that somebody wrote: shown as it is, never translated."""

    words: str


def key_of(rule: Rule, value: str, end: int) -> str:
    """The key of an alert whose window ends on the ordinal `end`: the window's days are cut in
    spells that do not move, so that a rise rings once a spell and not once a day."""
    bucket = date.fromordinal(max(end - end % rule.window_days, 1))
    return f"{rule.code}|{value}|{bucket.isoformat()}"


def gravest_first(alerts: list[Alert], order: list[str]) -> list[Alert]:
    """By level, then as the rules stand in `order` (their codes), then the least likely."""
    places = {code: place for place, code in enumerate(order)}
    return sorted(
        alerts,
        key=lambda a: (LEVELS.index(a.level), places.get(a.rule, len(places)), a.by_chance, -a.count, a.key),
    )
