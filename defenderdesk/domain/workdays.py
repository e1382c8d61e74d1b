"""Working days at the seat of a mechanism: its weekends, its public holidays, its time zone.

The holidays are those of the library `holidays`, by country and, where it matters, by canton,
department or district. It is imported when a working day is first asked for, not at the start of
the program. Of a seat or year that it does not know, weekends alone count, and `known` says so.
Holidays that follow the moon (Banjul, Jakarta) are the library's estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)
_WEEKEND = frozenset({5, 6})


@dataclass(frozen=True)
class Seat:
    """The seat of a mechanism: `zone` as the IANA names it, `country` and `part` as the library
    `holidays` names them (`part` empty: holidays of the whole country)."""

    code: str
    place: str
    zone: str
    country: str
    part: str = ""


SEATS = {
    seat.code: seat
    for seat in (
        Seat("CH-GE", "Geneva", "Europe/Zurich", "CH", "GE"),
        Seat("US-DC", "Washington", "America/New_York", "US", "DC"),
        Seat("GM", "Banjul", "Africa/Banjul", "GM"),
        Seat("PL", "Warsaw", "Europe/Warsaw", "PL"),
        Seat("BE", "Brussels", "Europe/Brussels", "BE"),
        Seat("FR-67", "Strasbourg", "Europe/Paris", "FR", "6AE"),
        Seat("FR", "Paris", "Europe/Paris", "FR"),
        Seat("AT", "Vienna", "Europe/Vienna", "AT"),
        Seat("ID", "Jakarta", "Asia/Jakarta", "ID"),
    )
}
"""The seats that a clock can name."""


@lru_cache(maxsize=512)
def _off(seat: str, year: int) -> tuple[frozenset[date], frozenset[int], bool]:
    """(holidays of that year, days of the week that are free, whether the holidays are known)."""
    place = SEATS.get(seat)
    if place is None:
        return frozenset(), _WEEKEND, False
    import holidays

    try:
        found = holidays.country_holidays(place.country, subdiv=place.part or None, years=year)
    except NotImplementedError:
        return frozenset(), _WEEKEND, False
    inside = found.start_year <= year <= found.end_year
    weekend = frozenset(found.weekend) if inside and len(found.weekend) < 7 else _WEEKEND
    return frozenset(found), weekend, inside


def known(seat: str, year: int) -> bool:
    """Tells whether the public holidays of a seat are known for a year. If not, weekends alone
    count."""
    return _off(seat, year)[2]


def is_working_day(day: date, seat: str) -> bool:
    """Tells whether people work at the seat on that day."""
    holidays, weekend, _ = _off(seat, day.year)
    return day.weekday() not in weekend and day not in holidays


@lru_cache(maxsize=256)
def _public(country: str, year: int, language: str) -> dict[date, str]:
    import holidays

    try:
        found = holidays.country_holidays(country, years=year, language=_SPOKEN.get(language, language))
    except NotImplementedError:
        return {}
    return dict(found)


_SPOKEN = {"en": "en_US", "pt": "pt_PT"}
"""Languages as the library names them. Of one that it lacks for a country, the country's is given."""


def holiday(country: str, day: date, language: str = "en") -> str:
    """The name of the public holiday in a country (ISO 3166) on a day; empty where it is none, or
    none that is known. One of a part of the country alone is not told."""
    return _public(country.upper(), day.year, language).get(day, "") if len(country) == 2 else ""


def roll(day: date, seat: str, direction: str) -> date:
    """The day itself if it is a working day or `direction` is `none`; else the first working day
    after it (`next`) or before it (`previous`). Stops at the ends of the calendar."""
    step = {"next": _DAY, "previous": -_DAY}.get(direction)
    if step is None:
        return day
    while not is_working_day(day, seat):
        if day in (date.min, date.max):
            return day
        day += step
    return day


def add(day: date, count: int, seat: str) -> date:
    """The day that is `count` working days after `day` (before it if negative). The day itself
    does not count. Stops at the ends of the calendar."""
    step, left = (_DAY if count > 0 else -_DAY), abs(count)
    end = date.max if count > 0 else date.min
    while left and day != end:
        day += step
        left -= is_working_day(day, seat)
    return day


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def today_at(seat: str, now_utc: datetime) -> date:
    """The date at a seat at a moment. A moment without a zone is taken as UTC. Of a seat that is
    not in `SEATS`, or on a machine without its zone, the date in UTC."""
    moment = now_utc if now_utc.tzinfo else now_utc.replace(tzinfo=UTC)
    place = SEATS.get(seat)
    zone = _zone(place.zone) if place else None
    return moment.astimezone(zone or UTC).date()
