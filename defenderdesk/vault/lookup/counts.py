"""The counts of the rules of early warning, out of the derived tables.

One pass over `happened` for all rules, then what some need besides (profiles, perpetrators,
persons, hearings, charges). Records and cases are named by their rows here (`records.num`); None
stands for no case. A row is kept as the database gave it: with a million acts,
every object more is a second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from defenderdesk.domain import vocabulary, warning
from defenderdesk.domain.regions import region_of
from defenderdesk.domain.warning import Alert, FirstUse, Rule, Series
from defenderdesk.domain.warning.evaluate import Row
from defenderdesk.domain.warning.rule import (
    ACT,
    ACTS,
    CASES,
    COUNTRY,
    HEARINGS,
    NEW_LAWS,
    PERPETRATOR,
    PROFILE,
    REGION,
    SMEAR,
)
from defenderdesk.vault.lookup import indexes
from defenderdesk.vault.lookup.charges import dated, first_uses, hearings
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.sql import marks, parts

SMEARS, ARRESTS = "stigmatisation", "liberty"
"""The terms of the list `act` that a smear and an arrest are, with all below them."""
_MOST_CODES = 500
"""Codes that are asked for by name; of more, all are read."""

_PERSON = (
    "coalesce((SELECT o.num FROM records o WHERE o.id = l.target AND o.desk = r.desk), "
    "(SELECT min(o.num) FROM records o WHERE o.id = l.target), 0)"
)
"""The row of the person that a link means: its own desk's, else another's."""

Values = Callable[[Row], Collection[str]]
"""The series that a row belongs to."""


class Reading:
    """One reading for `rules` on a day, in the snapshot of `conn`."""

    def __init__(self, conn: Connection, rules: Sequence[Rule], today: date) -> None:
        self._conn, self._today = conn, today
        self._rows: dict[str, list[Row]] = {}
        self._days: set[int] = set()
        self._regions = _Regions()
        self._profiles: dict[int, list[str]] | None = None
        with guard():
            # Only cases that are here and not deleted are in the list of cases.
            self._country: dict[int | None, str] = dict(conn.execute("SELECT num, country FROM cases"))
            self._country[None] = ""
            self._elsewhere: dict[int, str] = dict(
                conn.execute("SELECT num, value FROM facts WHERE field = 'event.country'")
            )
            self._scan([rule for rule in rules if rule.measure in (ACTS, CASES, SMEAR)])

    @property
    def case_count(self) -> int:
        """The number of cases that this device holds."""
        return len(self._country) - 1

    def alerts(self, rule: Rule) -> list[Alert]:
        """The findings of a rule."""
        first, last = self._bounds(rule)
        with guard():
            if rule.measure == NEW_LAWS:
                charges = dated(self._conn, "charge.date", first, last, self._country)
                charges = filter(self._filter(rule), charges)
                window = warning.window_of(rule, self._today)
                uses: Iterable[FirstUse] = first_uses(
                    self._conn, list(charges), self._country, first, window[0]
                )
                return warning.new_laws(rule, uses, self._today)
            rows: list[Row] = self._rows.get(rule.code, [])
            days: Iterable[int] = self._days
            if rule.measure == HEARINGS:
                rows = list(hearings(self._conn, first, last, self._country))
                days = {row[0] for row in rows}
            elif rule.measure == SMEAR:
                rows = list(self._sequences(rule, rows))
            series = self._split(rule, rows)
        return warning.evaluate(rule, series, self._today, days, self._could(rule))

    def _could(self, rule: Rule) -> int:
        """The number of series that there could be, as far as the cases here go."""
        if rule.by == COUNTRY:
            held = set(self._country.values()) - {""}
            return len(held & set(rule.countries) if rule.countries else held)
        if rule.by == REGION:
            held = {self._regions[code] for code in self._country.values()} - {""}
            asked = {self._regions[code] for code in rule.countries}
            return len(held & asked if rule.countries else held)
        if rule.by == PROFILE:
            return len({code for codes in self._of_case().values() for code in codes})
        return 1

    # -- what happened -------------------------------------------------------------------------

    def _scan(self, rules: Sequence[Rule]) -> None:
        """Deals what happened in the days that the rules look at out to them."""
        starts = sorted({self._bounds(rule)[0] for rule in rules})
        ends = [start - 1 for start in starts[1:]]
        ends += [max(self._bounds(rule)[1] for rule in rules)] if rules else []
        for start, end in zip(starts, ends, strict=True):
            self._deal([rule for rule in rules if self._bounds(rule)[0] <= start], start, end)

    def _deal(self, rules: Sequence[Rule], start: int, end: int) -> None:
        """The same for some days, all of which these rules look at."""
        by_code: dict[str, list[list[Row]]] = {}
        every: list[list[Row]] = []
        for rule in rules:
            rows = self._rows.setdefault(rule.code, [])
            only = _codes(rule)
            if only is None:
                every.append(rows)
            for code in only or ():
                by_code.setdefault(code, []).append(rows)
        wanted = {code: [*lists, *every] for code, lists in by_code.items()}
        country, days, day = self._country, self._days, 0
        sql = "SELECT day, num, parent, code FROM happened WHERE day >= ? AND day <= ?"
        codes = [] if every or len(wanted) > _MOST_CODES else sorted(wanted)
        if codes:
            sql += f" AND code IN ({marks(codes)})"
        for row in self._conn.execute(sql, (start, end, *codes)):
            if row[2] in country:
                for rows in wanted.get(row[3], every):
                    rows.append(row)
                if row[0] != day:
                    day = row[0]
                    days.add(day)

    def _bounds(self, rule: Rule) -> tuple[int, int]:
        """The days that a rule needs, as ordinals, both included."""
        first, last = warning.window_of(rule, self._today)
        first -= rule.spells * rule.window_days
        return (first - rule.window_days if rule.measure == SMEAR else first), last

    def _sequences(self, rule: Rule, rows: Iterable[Row]) -> Iterator[Row]:
        """Arrests that came after a smear, in the same case or in one of the same person."""
        smears: dict[int, list[int]] = {}
        arrests = []
        smear = _within("act", (SMEARS,)) or ()
        for row in rows:
            if row[3] not in smear:
                arrests.append(row)
            elif row[2]:
                smears.setdefault(row[2], []).append(row[0])
        near = self._same_person(smears)
        for row in arrests:
            days = [day for case in (row[2], *near.get(row[2], ())) for day in smears.get(case, ())]
            if any(0 < row[0] - day <= rule.window_days for day in days):
                yield row

    def _same_person(self, cases: Iterable[int]) -> dict[int, set[int]]:
        """For each case, those of `cases` in which one of its persons is involved as well."""
        persons: dict[tuple[int, bytes], set[int]] = {}
        for part in parts(sorted(cases)):
            for case, *person in self._conn.execute(
                f"SELECT c.num, {_PERSON}, l.target FROM records c JOIN records r "  # noqa: S608
                "ON r.parent = c.id AND r.desk = c.desk JOIN links l ON l.num = r.num "
                f"AND l.field = 'person' WHERE c.num IN ({marks(part)}) "
                "AND r.kind = 'involvement' AND r.deleted = 0",
                part,
            ):
                persons.setdefault((person[0], person[1]), set()).add(case)
        found: dict[int, set[int]] = {}
        for part in parts(sorted({target for _, target in persons})):
            for case, *person in self._conn.execute(
                f"SELECT c.num, {_PERSON}, l.target FROM links l JOIN records r ON r.num = l.num "  # noqa: S608
                "JOIN records c ON c.id = r.parent AND c.desk = r.desk "
                f"WHERE l.target IN ({marks(part)}) AND l.field = 'person' "
                "AND r.kind = 'involvement' AND r.deleted = 0",
                part,
            ):
                if case in self._country:
                    others = persons.get((person[0], person[1]), set())
                    found.setdefault(case, set()).update(others - {case})
        return found

    # -- apart for what ------------------------------------------------------------------------

    def _split(self, rule: Rule, rows: Iterable[Row]) -> list[Series]:
        """Rows as series, but for those that the rule leaves out."""
        if rule.countries or rule.profiles:
            rows = filter(self._filter(rule), rows)
        who: Mapping[int, Sequence[str]] = {}
        if rule.perpetrators or rule.by == PERPETRATOR:
            rows = list(rows)
            who = self._perpetrators(rule, {row[1] for row in rows})
        if (only := _within("perpetrator", rule.perpetrators)) is not None:
            rows = [row for row in rows if not only.isdisjoint(who.get(row[1], ()))]
        found: dict[str, list[Row]] = {}
        values = self._values(rule.by, who)
        for row in rows:
            for value in values(row):
                if value in found:
                    found[value].append(row)
                else:
                    found[value] = [row]
        return [Series(value, seen) for value, seen in found.items()]

    def _filter(self, rule: Rule) -> Callable[[Row], bool]:
        """Tells whether a row is in the countries and of the profiles that a rule asks for."""
        profiles = _within("profile", rule.profiles)

        def fits(row: Row) -> bool:
            if rule.countries and not set(self._where(row)) <= set(rule.countries):
                return False
            return profiles is None or not profiles.isdisjoint(self._of_case().get(row[2], ()))

        return fits

    def _values(self, by: str, who: Mapping[int, Sequence[str]]) -> Values:
        if by == COUNTRY:
            return self._where
        if by == REGION:
            regions = self._regions
            return lambda row: (regions[self._where(row)[0]],)
        if by == ACT:
            acts = _StandIns("act")
            return lambda row: (acts[row[3]],)
        if by == PROFILE:
            profiles = self._of_case()
            return lambda row: profiles.get(row[2], ())
        if by == PERPETRATOR:
            return lambda row: who.get(row[1], ())
        return lambda row: ("",)

    def _where(self, row: Row) -> tuple[str]:
        """The country where it happened: the event's own country, else its case's."""
        return (self._elsewhere.get(row[1]) or self._country[row[2]],)

    def _of_case(self) -> dict[int, list[str]]:
        """Profiles by case, each as it is shown."""
        if self._profiles is None:
            self._profiles = {}
            stand_in = _StandIns("profile")
            for code, nums in self._conn.execute(
                "SELECT value, group_concat(num) FROM facts WHERE field = 'case.profiles' GROUP BY value"
            ):
                shown = stand_in[code]
                for case in map(int, nums.split(",")):
                    if case in self._country:
                        codes = self._profiles.setdefault(case, [])
                        if shown not in codes:
                            codes.append(shown)
        return self._profiles

    def _perpetrators(self, rule: Rule, wanted: set[int]) -> dict[int, list[str]]:
        """Those who did it, by record, each as it is shown."""
        first, last = self._bounds(rule)
        stand_in = _StandIns("perpetrator")
        found: dict[int, list[str]] = {}
        # One line for all that one did on one day: far fewer of them than of records.
        for value, nums in self._conn.execute(
            "SELECT value, group_concat(num) FROM facts "
            "WHERE field = 'event.did' AND value >= ? AND value < ? GROUP BY value",
            (indexes.did(first), indexes.did(last + 1)),
        ):
            shown = stand_in[value[8:]]
            for num in wanted.intersection(map(int, nums.split(","))):
                codes = found.setdefault(num, [])
                if shown not in codes:
                    codes.append(shown)
        return found


class _Regions(dict[str, str]):
    """Country -> its region: asked for once for each of a million records."""

    def __missing__(self, country: str) -> str:
        self[country] = region_of(country)
        return self[country]


class _StandIns(dict[str, str]):
    """Code -> the code it is shown as: equal terms of several packs are one series."""

    def __init__(self, list_name: str) -> None:
        super().__init__()
        self._list = list_name

    def __missing__(self, code: str) -> str:
        term = vocabulary.current().shown(self._list, code)
        self[code] = term.code if term else code
        return self[code]


def _codes(rule: Rule) -> frozenset[str] | None:
    """The codes of acts that a rule reads; None: all."""
    if rule.measure != SMEAR:
        return _within("act", rule.acts)
    return _within("act", (SMEARS, *(rule.acts or (ARRESTS,))))


def _within(list_name: str, codes: Sequence[str]) -> frozenset[str] | None:
    """The codes with all that is below them; None for none given, which means all."""
    if not codes:
        return None
    current = vocabulary.current()
    return frozenset().union(*(current.within(list_name, code) for code in codes))
