"""Values of fields: what they may be, and how they are checked.

A value is a JSON value without floating-point numbers: null, true/false, an integer of at
most 64 bits, text, a list of values, or a map from text to values. That is what every format
of the program (CBOR, msgpack, exchange JSON) carries without a change.

Dates are text and may be uncertain: a year (`2023`), a month (`2023-12`), a day
(`2023-12-05`), each optionally preceded by `~` (about), `<` (before) or `>` (after).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

Value = None | bool | int | str | list["Value"] | dict[str, "Value"]

MAX_TEXT = 1_000_000
"""Characters of one text value. A longer one is an attachment."""
MAX_DEPTH = 16
"""Nesting of lists and maps in one value."""

_DATE = re.compile(r"[~<>]?(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)


def is_value(value: object, depth: int = 0) -> bool:
    """Tells whether `value` can be the value of a field."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and not _has_surrogate(value)
    if depth >= MAX_DEPTH:
        return False
    if isinstance(value, list):
        return all(is_value(v, depth + 1) for v in value)
    if isinstance(value, dict):
        return all(
            isinstance(k, str) and not _has_surrogate(k) and is_value(v, depth + 1) for k, v in value.items()
        )
    return False


def nodes(value: object) -> int:
    """The number of values that a value is made of, itself and the keys of maps included. It was
    read with its depth bounded."""
    if isinstance(value, list):
        return 1 + sum(nodes(v) if isinstance(v, list | dict) else 1 for v in value)
    if isinstance(value, dict):
        return 1 + sum(1 + (nodes(v) if isinstance(v, list | dict) else 1) for v in value.values())
    return 1


def _has_surrogate(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def is_date(text: str) -> bool:
    """Tells whether `text` is a date as this program writes it (see the module docstring)."""
    match = _DATE.match(text)
    if not match:
        return False
    year, month, day = match.groups()
    if int(year) < 1:
        return False
    if month and not 1 <= int(month) <= 12:
        return False
    return not (day and not 1 <= int(day) <= monthrange(int(year), int(month))[1])


def date_sort_key(text: str) -> str:
    """A key that sorts uncertain dates with certain ones: `<2023` comes before `2023-01-01`."""
    bare = text.lstrip("~<>")
    mark = {"<": "0", ">": "2"}.get(text[:1], "1")
    return f"{bare:<10}{mark}"


def span(text: str) -> tuple[date | None, date | None] | None:
    """(earliest, latest) day that an uncertain date can mean, both included; None on a side that
    is open (`<2023` has no earliest, `>2023` no latest); None alone for what is no date.

    `~` (about) widens by what the writer left out: a day by three days, a month by one month on
    either side, a year by one year.
    """
    if not is_date(text):
        return None
    mark, bare = (text[0], text[1:]) if text[0] in "~<>" else ("", text)
    parts = [int(part) for part in bare.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 0
    if len(parts) == 3:
        first = last = date(*parts)
    elif month:
        first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    else:
        first, last = date(year, 1, 1), date(year, 12, 31)
    if mark == "<":
        return None, first - _DAY if first > date.min else first
    if mark == ">":
        return last + _DAY if last < date.max else last, None
    if mark == "~":
        wide = (_DAY * 366, _DAY * 31, _DAY * 3)[len(parts) - 1]
        first = first - wide if first - date.min > wide else date.min
        last = last + wide if date.max - last > wide else date.max
    return first, last


_DAY = timedelta(days=1)
