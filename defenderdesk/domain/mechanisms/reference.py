"""The references that mechanisms give: to read them as people write them, and to propose the next.

United Nations: country and serial number in the year, `UGA 3/2019`; some write the type of letter
in front, `UA UGA 4/2024` (unverified). Observatory: `CCC NNN / MMYY / OBS NNN[.n]`: country, number
of the appeal for that country in the year, month and year of the *first* appeal, number in the
year of the whole programme, number of the update, which keeps the rest. The two serial numbers
are read so from examples; no source says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

_UN = re.compile(r"\s*(?:(J?(?:UA|AL|OL))\s+)?([A-Z]{3})\s*(\d{1,4})\s*/\s*(\d{4})\s*\Z", re.I)
_OBSERVATORY = re.compile(
    r"\s*([A-Z]{3})\s*(\d{3})\s*/\s*(\d{2})(\d{2})\s*/\s*OBS\s*(\d{3})(?:\.(\d+))?\s*\Z", re.I
)
_FIRST_YEAR = 97
"""The Observatory began in 1997: two digits from here on are of that century."""


@dataclass(frozen=True)
class UnReference:
    """`letter`: UA, AL, OL, JUA, JAL, JOL, or empty."""

    country: str
    number: int
    year: int
    letter: str = ""

    def __str__(self) -> str:
        front = f"{self.letter} " if self.letter else ""
        return f"{front}{self.country} {self.number}/{self.year}"


@dataclass(frozen=True)
class ObservatoryCode:
    """`country`: alpha-3. `serial`: of the country in the year. `month`, `year`: of the first
    appeal. `obs`: of the programme in the year. `update`: 0 for the first appeal."""

    country: str
    serial: int
    month: int
    year: int
    obs: int
    update: int = 0

    def __str__(self) -> str:
        more = f".{self.update}" if self.update else ""
        when = f"{self.month:02d}{self.year % 100:02d}"
        return f"{self.country} {self.serial:03d} / {when} / OBS {self.obs:03d}{more}"

    def next_update(self, known: Iterable[str | None] = ()) -> ObservatoryCode:
        """The code of the update that follows, counted on from the `known` codes of this appeal."""
        mine = [code for code in map(observatory, known) if code and code.is_of(self)]
        return replace(self, update=max([self.update, *(code.update for code in mine)]) + 1)

    def is_of(self, other: ObservatoryCode) -> bool:
        """Tells whether both are of the same appeal."""
        return replace(self, update=0) == replace(other, update=0)


def un(text: str | None) -> UnReference | None:
    """A reference of the United Nations; None for what is none."""
    match = _UN.match(text or "")
    if not match:
        return None
    letter, country, number, year = match.groups()
    return UnReference(country.upper(), int(number), int(year), (letter or "").upper())


def observatory(text: str | None) -> ObservatoryCode | None:
    """A code of the Observatory, spaces as they come (`UGA001 / 0920 / OBS 103`); None for what
    is none."""
    match = _OBSERVATORY.match(text or "")
    if not match:
        return None
    country, serial, month, year, obs, update = match.groups()
    if not 1 <= int(month) <= 12:
        return None
    century = 1900 if int(year) >= _FIRST_YEAR else 2000
    return ObservatoryCode(
        country.upper(), int(serial), int(month), century + int(year), int(obs), int(update or 0)
    )


def next_observatory(
    country: str, on: date, known: Iterable[str | None] = ()
) -> ObservatoryCode | None:
    """A proposal for the code of a first appeal on a day: one more than the `known` codes of that
    year, for the country (alpha-3) and for the programme. What others issued is not known here, so
    a person confirms it. None where there is no three-letter country or the numbers ran out."""
    if not re.fullmatch(r"[A-Z]{3}", country):
        return None
    this_year = [code for code in map(observatory, known) if code and code.year == on.year]
    serial = max((code.serial for code in this_year if code.country == country), default=0) + 1
    obs = max((code.obs for code in this_year), default=0) + 1
    if serial > 999 or obs > 999:
        return None
    return ObservatoryCode(country, serial, on.month, on.year, obs)
