"""The time at the place where something happens: a court's half past nine is not the reader's.

A record may name a time zone; else the country's counts, if at that hour all its clocks agree. The
countries of zones are CLDR's (through Babel), the clocks those of the zone tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from defenderdesk.domain.casefile import Fields, one

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\Z", re.ASCII)

_TYPED = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\Z")


def clock_time(text: str) -> str | None:
    """A time of day (`9:30`, `14:05`) as records hold it (`09:30`); None for what is none."""
    found = _TIME.match(text)
    return f"{int(found[1]):02}:{found[2]}" if found else None


def read_time(typed: str) -> str | None:
    """A time of day as people write it (`9:30`, `9.30`, `14h30`, `9`; digits of any script), as
    records hold it; None for what is none."""
    found = _TYPED.match(typed.strip())
    return clock_time(f"{int(found[1])}:{int(found[2] or 0):02}") if found else None


@dataclass(frozen=True)
class Local:
    """A time of day at a place. `zone`: as the IANA names it, empty where it cannot be told; then
    `moment`, the same in UTC, is None."""

    time: str
    zone: str
    moment: datetime | None


NO_TIME = Local("", "", None)


def country_of(record: Fields, country: str) -> str:
    """The country of a court or meeting: that of the record's time zone, else its case's."""
    named = _zone(one(record, "time_zone"))
    return (_territory(named.key) if named else "") or country.upper()


def local(record: Fields, country: str, day: str) -> Local | None:
    """The time of a record on a day (ISO). None where it has none that can be read."""
    time = clock_time(one(record, "time"))
    if time is None:
        return None
    naive = datetime.combine(date.fromisoformat(day), datetime.strptime(time, "%H:%M").time())
    named = _zone(one(record, "time_zone"))
    zones = [named] if named else _zones(country.upper())
    moments = {_utc(naive, zone) for zone in zones}
    if len(moments) != 1 or (one(record, "time_zone") and not named):
        return Local(time, "", None)
    [moment] = moments
    return Local(time, zones[0].key, moment) if moment else Local(time, "", None)


def _utc(naive: datetime, zone: ZoneInfo) -> datetime | None:
    try:
        return naive.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # at the ends of the calendar
        return None


@cache
def _zone(name: str) -> ZoneInfo | None:
    """A zone by its name; None for what is no name of one, or on a machine without its table."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_zone(name: str) -> bool:
    """Tells whether this machine knows a time zone of the name."""
    return _zone(name) is not None


@cache
def _zones(country: str) -> Sequence[ZoneInfo]:
    from babel.core import get_global

    return [zone for name in get_global("territory_zones").get(country, ()) if (zone := _zone(name))]


def _territory(zone: str) -> str:
    from babel.core import get_global

    name = get_global("zone_aliases").get(zone, zone)
    found = str(get_global("zone_territories").get(name) or get_global("zone_territories").get(zone) or "")
    return found if len(found) == 2 and found.isalpha() and found != "ZZ" else ""
