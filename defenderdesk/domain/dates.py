"""Dates as people write them, read into the one way of `domain.values`.

Read are days, months and years in any order that is certain, with the digits of any script, month
names of six languages, and the marks for about, before and after. A day comes before its month. A
year that no event of ours can have is not taken: it is mostly of another calendar.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from defenderdesk.domain.values import is_date

_DAY_FIRST = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})\Z", re.ASCII)
_MONTH_FIRST = re.compile(r"(\d{1,2})[./ -](\d{4})\Z", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})(?:[./-](\d{1,2}))?\Z", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII
)
_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})\Z", re.ASCII)
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:er|\.|º|st|nd|rd|th)?\s+(?:de\s+)?)?([^\W\d_]+)\.?,?\s+(?:de\s+)?(\d{4})\Z"
)
_NAMED_FIRST = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\Z")
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for number, name in enumerate(names.split(), 1)
}
EARLIEST = 1850
_AHEAD = 30
"""Years before which and after which no date is taken without a question."""


def ascii_digits(text: str) -> str:
    """A text with the digits of every script in ASCII, and without marks of direction."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text if unicodedata.category(c) != "Cf"
    )


def read(typed: str) -> str | None:
    """The date as it is stored, "" for nothing, None when it cannot be read."""
    typed = ascii_digits(typed).strip()
    if not typed:
        return ""
    mark = ""
    if typed[0] in "~<>":
        mark, typed = typed[0], typed[1:].strip()
    plain = _plain(typed)
    return mark + plain if is_date(mark + plain) else None


def ambiguous(typed: str) -> bool:
    """Tells whether a date is another one where the month comes first (10/03/2026)."""
    found = _DAY_FIRST.match(ascii_digits(typed).strip().lstrip("~<> "))
    return found is not None and int(found[1]) <= 12 and int(found[2]) <= 12 and found[1] != found[2]


def _plain(typed: str) -> str:
    if found := _MOMENT.match(typed):
        return found[1]
    if found := _TOGETHER.match(typed):
        return f"{found[1]}-{found[2]}-{found[3]}"
    if found := _DAY_FIRST.match(typed):
        day, month, year = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    if found := _MONTH_FIRST.match(typed):
        return f"{found[2]}-{int(found[1]):02}"
    if found := _YEAR_FIRST.match(typed):
        return "-".join([found[1], *(f"{int(part):02}" for part in found.groups()[1:] if part)])
    if (found := _NAMED.match(typed)) and (month := _MONTHS.get(found[2].casefold())):
        return f"{found[3]}-{month:02}" + (f"-{int(found[1]):02}" if found[1] else "")
    if (found := _NAMED_FIRST.match(typed)) and (month := _MONTHS.get(found[1].casefold())):
        return f"{found[3]}-{month:02}-{int(found[2]):02}"
    return typed


def strange_year(stored: str, today: date) -> bool:
    """Tells whether a stored date has a year that is mostly one of another calendar: 1402 of the
    Persian, 1445 of the Hijri, 2567 of the Thai, 2080 of the Nepali one."""
    if not is_date(stored):
        return False
    year = int(stored.lstrip("~<>")[:4])
    return not EARLIEST <= year <= today.year + _AHEAD
