"""A rule of early warning, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from defenderdesk.errors import Message

ACTS, CASES, HEARINGS = "acts", "cases", "hearings"
NEW_LAWS, SMEAR = "new_laws", "smear_then_arrest"
MEASURES = (ACTS, CASES, HEARINGS, NEW_LAWS, SMEAR)
"""Measures that can be counted: the codes of the list `warning_measure`."""

NONE, COUNTRY, ACT, PROFILE, PERPETRATOR = "none", "country", "act", "profile", "perpetrator"
REGION = "region"
SPLITS = (NONE, COUNTRY, REGION, ACT, PROFILE, PERPETRATOR)
"""Apart for each of what: the codes of the list `warning_split`."""

LOOKS = 53
"""Windows in a year: one ends with each week, and a year touches at most 53 of them."""
FEWEST_SPELLS = 4
"""Earlier spells that a comparison needs at least."""
NOTICE_FACTOR = 4
"""A notice comes by chance at most so many times as often as an alert."""


@dataclass(frozen=True)
class Named:
    """A fact of a sentence that is a code: the face names it in its language. `of`: a list of the
    vocabulary, or `country`, `region`."""

    of: str
    code: str


@dataclass(frozen=True)
class Several:
    """A fact of a sentence that is a list of such codes."""

    names: tuple[Named, ...]


@dataclass(frozen=True)
class Rule:
    """`code`: its name in keys of alerts. `name`: to people; a text of ours, or the office's own.
    `acts`, `countries`, `profiles`, `perpetrators`: only these, with all that the vocabulary has
    below them; empty: all. `by`: apart for each of what. `window_days`: the days looked at;
    `baseline_days`: the days before, that they are compared with. `least`: below so many it never
    rings. `false_alarms`: accepted a year, over everything the rule watches. `changed`: the fields
    that the office set; `shipped`: the rule as it came, None for one of the office's own."""

    code: str
    name: Message | str
    measure: str = ACTS
    acts: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    perpetrators: tuple[str, ...] = ()
    by: str = COUNTRY
    window_days: int = 30
    baseline_days: int = 365
    least: int = 3
    false_alarms: float = 1.0
    off: bool = False
    note: str = ""
    changed: frozenset[str] = frozenset()
    shipped: Rule | None = None

    @property
    def spells(self) -> int:
        """The number of earlier spells, each as long as the window, that it compares with."""
        return self.baseline_days // self.window_days

    @property
    def ahead(self) -> bool:
        """True if it looks at days to come."""
        return self.measure == HEARINGS

    def explain(self) -> list[Message]:
        """The way it counts, in sentences: what, apart for what, in which days, compared with what,
        when it rings, how often by chance."""
        if self.measure == NEW_LAWS:
            return [*self._what(), *self._only(), *self._of_laws()]
        return [*self._what(), *self._only(), self._apart(), *self._days(), *self._rings()]

    def _what(self) -> list[Message]:
        days = self.window_days
        return {
            ACTS: [Message("It counts events and acts by the day they happened, each once.")],
            CASES: [
                Message(
                    "It counts cases in which something of the kind happened. A case counts once, "
                    "however much happened in it."
                )
            ],
            HEARINGS: [
                Message(
                    "It counts hearings by their day, those of one case on one day once. "
                    "Cancelled ones are left out."
                )
            ],
            NEW_LAWS: [
                Message(
                    "It looks for laws and charges that were used in a country for the first "
                    "time, by the day the charge was brought."
                )
            ],
            SMEAR: [
                Message(
                    "It counts arrests that came within {days} days after a smear, in the same "
                    "case or in another case of the same person. The same country alone is not "
                    "counted: in a large country some smear comes before every arrest.",
                    days=days,
                )
            ],
        }[self.measure]

    def _only(self) -> list[Message]:
        parts = []
        if self.acts and self.measure not in (HEARINGS, NEW_LAWS):
            parts.append(
                Message(
                    "Only these acts, with all kinds below them: {names}.", names=_several("act", self.acts)
                )
            )
        if self.countries:
            parts.append(Message("Only these countries: {names}.", names=_several("country", self.countries)))
        if self.profiles:
            parts.append(
                Message(
                    "Only cases of defenders with these profiles: {names}.",
                    names=_several("profile", self.profiles),
                )
            )
        if self.perpetrators and self.measure in (ACTS, CASES):
            parts.append(
                Message("Only what these did: {names}.", names=_several("perpetrator", self.perpetrators))
            )
        return parts

    def _apart(self) -> Message:
        return {
            NONE: Message("Everything is counted together."),
            COUNTRY: Message("Each country is watched apart."),
            REGION: Message("Each region of the world is watched apart, as the United Nations count them."),
            ACT: Message("Each kind of act is watched apart, as it was recorded."),
            PROFILE: Message(
                "Each profile of defenders is watched apart. Somebody with several "
                "profiles counts under each."
            ),
            PERPETRATOR: Message("Each kind of perpetrator is watched apart."),
        }[self.by]

    def _days(self) -> list[Message]:
        facts = {"days": self.window_days, "spells": self.spells}
        if self.ahead:
            looked = Message(
                "It looks at the {days} days from the Monday of this week on, and "
                "compares them with the {spells} spells of {days} days before.",
                **facts,
            )
        else:
            looked = Message(
                "It looks at the {days} days up to the Sunday of this week, and compares "
                "them with the {spells} spells of {days} days before.",
                **facts,
            )
        return [
            looked,
            Message(
                "Spells before this device held anything are left out; with fewer than {fewest} "
                "it says that there is too little to compare with.",
                fewest=FEWEST_SPELLS,
            ),
        ]

    def _rings(self) -> list[Message]:
        return [
            Message(
                "It rings when there are at least {least}, and so many more than usual that "
                "chance is no good explanation. How unevenly the earlier spells fell is allowed "
                "for.",
                least=self.least,
            ),
            Message(
                "False alarms accepted a year, over everything this rule watches together: {rate}.",
                rate=self.false_alarms,
            ),
            Message(
                "A notice is a weaker sign: chance brings it up to {factor} times as often as an alert.",
                factor=NOTICE_FACTOR,
            ),
            Message(
                "What happened in the last weeks is often recorded later. A low number is never "
                "an all-clear, and this rule never gives one."
            ),
        ]

    def _of_laws(self) -> list[Message]:
        return [
            Message(
                "It looks at the {days} days up to the Sunday of this week. A law is new when "
                "this device holds no earlier charge under it in that country.",
                days=self.window_days,
            ),
            Message(
                "It rings when a new law was used in at least {least} cases; with fewer it gives a notice.",
                least=self.least,
            ),
            Message(
                "Chance plays no part here: it tells what was recorded. A law can be old and new "
                "only to this device. Charges without a day are taken as old."
            ),
        ]


def _several(of: str, codes: tuple[str, ...]) -> Several:
    return Several(tuple(Named(of, code) for code in codes))
