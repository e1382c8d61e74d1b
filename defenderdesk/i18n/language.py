"""The language in use, for every thread: its locale, its numbers, its alphabet.

Babel is imported only when something needs it: a start in English costs nothing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES = {"en": "English", "fr": "Français"}
"""Languages a person can choose, by their own names."""

PLANNED = {"es": "Español", "ar": "العربية"}
"""Languages the layouts are ready for and a translator has not finished."""

RTL = frozenset({"ar", "fa", "he", "ur"})

_language = "en"


def use(language: str) -> None:
    """Speak `language` from now on, for every thread; unknown ones fall back to English."""
    global _language
    short = language.replace("-", "_").split("_")[0].lower()
    _language = short if short in LANGUAGES or short in PLANNED else "en"


def language() -> str:
    """The code of the language in use."""
    return _language


def is_rtl() -> bool:
    """Tells whether it is written from right to left."""
    return _language in RTL


@cache
def locale_of(language: str) -> Locale:
    """The locale of a language; English where a record (of a newer or hostile program) names one
    that there is not."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse({"en": "en_GB"}.get(language, language))  # 24 Nov, not 11/24
    except (ValueError, TypeError, UnknownLocaleError):
        return Locale.parse("en_GB")


def locale() -> Locale:
    """The locale of the language in use."""
    return locale_of(_language)


def number(n: int) -> str:
    """A whole number, grouped as the language does it."""
    if -1000 < n < 1000:
        return str(n)
    from babel.numbers import format_decimal

    return format_decimal(n, locale=locale())


def sort_key(word: str) -> str:
    """Compare words without accents and capitals: Équateur stands by Egypt, not after Z."""
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalnum()).casefold()
