"""Sizes, dates, and names of countries and languages, as a language writes them."""

from __future__ import annotations

import datetime as dt
from functools import cache

from defenderdesk.i18n.language import language as current
from defenderdesk.i18n.language import locale, locale_of, number, sort_key
from defenderdesk.i18n.messages import fill, text, text_in


def size(count: int) -> str:
    """A number of bytes a person can judge."""
    amount = float(count)
    for unit in (text("bytes"), text("kB"), text("MB")):
        if amount < 1000:
            return f"{number(int(amount))} {unit}"
        amount /= 1000
    return f"{amount:.1f} {text('GB')}"


def date(value: str | dt.date | None, language: str = "", width: str = "medium") -> str:
    """A moment (in local time), a day, or an uncertain date as `domain.values` writes it; in
    another language than the one in use where it is named. `width`: of a day, `medium` for lists,
    `long` for letters."""
    from babel.dates import format_date

    spoken_in = locale_of(language) if language else locale()

    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime):
        return day_and_time(value)
    if isinstance(value, dt.date):
        return format_date(value, width, locale=spoken_in)
    bare = value.lstrip("~<>")
    try:
        parts = [int(part) for part in bare.split("-")]
        day = dt.date(*[*parts, 1, 1][:3])
    except (ValueError, TypeError, OverflowError):
        return value
    pattern = {1: "yyyy", 2: "LLLL yyyy"}.get(len(parts), width)
    shown = format_date(day, pattern, locale=spoken_in)
    spoken = language or current()
    marks = {
        "~": text_in(spoken, "about {date}"),
        "<": text_in(spoken, "before {date}"),
        ">": text_in(spoken, "after {date}"),
    }
    return fill(marks.get(value[0], "{date}"), {"date": shown})


def month(value: dt.date) -> str:
    """Month and year, as a heading says them."""
    from babel.dates import format_date

    return format_date(value, "LLLL y", locale=locale())


def long_date(value: dt.date) -> str:
    """A day with its weekday."""
    from babel.dates import format_date

    return format_date(value, "EEEE d MMMM", locale=locale())


def weekday(number: int) -> str:
    """The short name of a weekday; 0 is Monday."""
    from babel.dates import get_day_names

    return str(get_day_names("abbreviated", "stand-alone", locale())[number])


def first_weekday() -> int:
    """The weekday with which a week begins; 0 is Monday."""
    return int(locale().first_week_day)


def day_and_time(value: dt.datetime) -> str:
    """A moment, short enough for a table."""
    from babel.dates import format_datetime

    return format_datetime(value.astimezone(), "d MMM y HH:mm", locale=locale())


def country(code: str, language: str = "") -> str:
    """The name of a country by its ISO 3166 code; the code itself when unknown."""
    spoken_in = locale_of(language) if language else locale()
    return str(spoken_in.territories.get(code.upper(), code)) if code else ""


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = locale_of(language).territories
    outside = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
    found = [
        (code, str(name))
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in outside
    ]
    return tuple(sorted(found, key=lambda item: sort_key(item[1])))


def countries() -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, in the order of the alphabet."""
    return _countries(current())


def language_name(code: str, language: str = "") -> str:
    """The name of a language by its code."""
    spoken_in = locale_of(language) if language else locale()
    return str(spoken_in.languages.get(code, code)) if code else ""


@cache
def _languages(language: str) -> tuple[tuple[str, str], ...]:
    names = locale_of(language).languages
    found = [(code, str(name)) for code, name in names.items() if code.isalpha()]
    return tuple(sorted(found, key=lambda item: sort_key(item[1])))


def languages() -> tuple[tuple[str, str], ...]:
    """(code, name) of every language, in the order of the alphabet."""
    return _languages(current())
