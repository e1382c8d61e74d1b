"""Words for every face: the language in use, translated sentences, dates, countries, sizes.

Message ids are the English sentences themselves, with `{placeholders}`. A catalog per language
stands in `resources/locale/<language>/LC_MESSAGES/defenderdesk.po`; its compiled `.mo` is made
at set-up (`defenderdesk.catalogs`). Without one, or with one older than the `.po`, the `.po` is
read directly, once per process.

Babel is imported only when something needs it: a start in English costs nothing.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from defenderdesk import resources
from defenderdesk.errors import DefenderDeskError, Says

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Catalog

LANGUAGES = {"en": "English", "fr": "Français"}
"""Languages a person can choose, by their own names."""

PLANNED = {"es": "Español", "ar": "العربية"}
"""Languages the layouts are ready for and a translator has not finished."""

_STEERING = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
DOMAIN = "defenderdesk"
RTL = frozenset({"ar", "fa", "he", "ur"})

_language = "en"


# -- the language in use ------------------------------------------------------------------


def use(language: str) -> None:
    """Speak `language` from now on, for every thread; unknown ones fall back to English."""
    global _language
    short = language.replace("-", "_").split("_")[0].lower()
    _language = short if short in LANGUAGES or short in PLANNED else "en"


def language() -> str:
    """The code of the language in use."""
    return _language


def is_rtl() -> bool:
    """Whether it is written from right to left."""
    return _language in RTL


def text(message: str, **facts: object) -> str:
    """`message` in the language in use, with its placeholders filled in."""
    return _fill(_catalog(_language).gettext(message) if message else "", facts)


def text_in(language: str, message: str, **facts: object) -> str:
    """`message` in another language than the one in use: of a document for someone else. A
    language without a catalog gives English."""
    short = language.replace("-", "_").split("_")[0].lower()
    return _fill(_catalog(short).gettext(message) if message else "", facts)


def said(says: Says) -> str:
    """A sentence with facts of its own, in the language in use."""
    return text(says.text, **_translated(says.facts))


def plural(one: str, many: str, n: int, **facts: object) -> str:
    """`one` or `many` as `n` asks for; `{n}` is the number, as the language writes it."""
    chosen = _catalog(_language).ngettext(one, many, n)
    return _fill(chosen, {"n": number(n), **facts})


def error(exc: BaseException) -> tuple[str, str]:
    """What happened and what to do next. Of a stranger among exceptions nothing is repeated:
    its message could hold case data."""
    if isinstance(exc, DefenderDeskError):
        facts = _translated(exc.facts)
        return text(exc.text, **facts), text(exc.next_step, **facts)
    if isinstance(exc, OSError):
        return (
            text("The computer refused to read or write a file."),
            text("Check that the disk or stick is there and not full, then try again."),
        )
    return (
        text("DefenderDesk made a mistake."),
        text("Nothing saved is lost. Please report this with the code shown."),
    )


def _translated(facts: dict[str, object]) -> dict[str, object]:
    """The facts of an error, in the language in use where they are words of ours."""

    def one(fact: object) -> object:
        if isinstance(fact, Says):
            return text(fact.text, **_translated(fact.facts))
        return text(fact) if isinstance(fact, str) else fact

    return {name: one(fact) for name, fact in facts.items()}


def _fill(message: str, facts: dict[str, object]) -> str:
    if not facts:
        return message
    try:
        return message.format(**facts)
    except (KeyError, IndexError, ValueError):
        return message


# -- numbers, dates, names of countries and languages --------------------------------------


def number(n: int) -> str:
    """A whole number, grouped as the language does it."""
    if -1000 < n < 1000:
        return str(n)
    from babel.numbers import format_decimal

    return format_decimal(n, locale=_locale())


def size(count: int) -> str:
    """A number of bytes a person can judge."""
    amount = float(count)
    for unit in (text("bytes"), text("kB"), text("MB")):
        if amount < 1000:
            return f"{number(int(amount))} {unit}"
        amount /= 1000
    return f"{amount:.1f} {text('GB')}"


def date(value: str | dt.date | None, language: str = "") -> str:
    """A moment (in local time), a day, or an uncertain date as `domain.values` writes it; in
    another language than the one in use where it is named."""
    from babel.dates import format_date

    locale = _locale_of(language) if language else _locale()

    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime):
        return day_and_time(value)
    if isinstance(value, dt.date):
        return format_date(value, "medium", locale=locale)
    bare = value.lstrip("~<>")
    try:
        parts = [int(part) for part in bare.split("-")]
        day = dt.date(*[*parts, 1, 1][:3])
    except (ValueError, TypeError, OverflowError):
        return value
    pattern = {1: "yyyy", 2: "LLLL yyyy"}.get(len(parts), "medium")
    shown = format_date(day, pattern, locale=locale)
    spoken = language or _language
    marks = {
        "~": text_in(spoken, "about {date}"),
        "<": text_in(spoken, "before {date}"),
        ">": text_in(spoken, "after {date}"),
    }
    return _fill(marks.get(value[0], "{date}"), {"date": shown})


def month(value: dt.date) -> str:
    """Month and year, as a heading says them."""
    from babel.dates import format_date

    return format_date(value, "LLLL y", locale=_locale())


def long_date(value: dt.date) -> str:
    """A day with its weekday."""
    from babel.dates import format_date

    return format_date(value, "EEEE d MMMM", locale=_locale())


def weekday(number: int) -> str:
    """The short name of a weekday; 0 is Monday."""
    from babel.dates import get_day_names

    return str(get_day_names("abbreviated", "stand-alone", _locale())[number])


def first_weekday() -> int:
    """The weekday with which a week begins; 0 is Monday."""
    return int(_locale().first_week_day)


def day_and_time(value: dt.datetime) -> str:
    """A moment, short enough for a table."""
    from babel.dates import format_datetime

    return format_datetime(value.astimezone(), "d MMM y HH:mm", locale=_locale())


def country(code: str, language: str = "") -> str:
    """The name of a country by its ISO 3166 code; the code itself when unknown."""
    locale = _locale_of(language) if language else _locale()
    return str(locale.territories.get(code.upper(), code)) if code else ""


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = _locale_of(language).territories
    outside = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
    found = [
        (code, str(name))
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in outside
    ]
    return tuple(sorted(found, key=lambda item: sort_key(item[1])))


def countries() -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, in the order of the alphabet."""
    return _countries(_language)


def language_name(code: str, language: str = "") -> str:
    """The name of a language by its code."""
    locale = _locale_of(language) if language else _locale()
    return str(locale.languages.get(code, code)) if code else ""


@cache
def _languages(language: str) -> tuple[tuple[str, str], ...]:
    names = _locale_of(language).languages
    found = [(code, str(name)) for code, name in names.items() if code.isalpha()]
    return tuple(sorted(found, key=lambda item: sort_key(item[1])))


def languages() -> tuple[tuple[str, str], ...]:
    """(code, name) of every language, in the order of the alphabet."""
    return _languages(_language)


def sort_key(word: str) -> str:
    """Compare words without accents and capitals: Équateur stands by Egypt, not after Z."""
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalnum()).casefold()


@cache
def _locale_of(language: str) -> Locale:
    """The locale of a language; English where a record (of a newer or hostile program) names one
    that there is not."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse({"en": "en_GB"}.get(language, language))  # 24 Nov, not 11/24
    except (ValueError, TypeError, UnknownLocaleError):
        return Locale.parse("en_GB")


def _locale() -> Locale:
    return _locale_of(_language)


# -- catalogs -------------------------------------------------------------------------------


def po_of(language: str) -> Path:
    """Where a language's catalog lies."""
    return resources.path("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    if not language.isalpha():  # from a record, it may be anything; it becomes a path
        return gettext.NullTranslations()
    po = po_of(language)
    mo = po.with_suffix(".mo")
    if mo.exists() and not (po.exists() and po.stat().st_mtime > mo.stat().st_mtime):
        with mo.open("rb") as file:
            return gettext.GNUTranslations(file)
    if po.exists():
        return gettext.GNUTranslations(io.BytesIO(compiled(read(po))))
    return gettext.NullTranslations()


def read(po: Path) -> Catalog:
    """The catalog in a `.po`."""
    from babel.messages.pofile import read_po

    with po.open("rb") as file:
        return read_po(file)


def compiled(catalog: Catalog) -> bytes:
    """A catalog as a `.mo`."""
    from babel.messages.mofile import write_mo

    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def harmless(shown: str) -> str:
    """Text of others as a terminal or a page may show it: what steers a terminal or turns the
    direction of writing stands there as an escape. Lines and tabs stay."""
    return re.sub(_STEERING, lambda found: found.group().encode("unicode_escape").decode(), shown)


def one_line(shown: str) -> str:
    """The same for what has to stay within its line: it cannot pass for a sentence of ours."""
    return harmless(shown).replace("\n", "\\n").replace("\t", "\\t")
