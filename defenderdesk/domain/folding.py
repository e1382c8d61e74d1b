"""Folding text for search: accents, case and letter variants go; scripts without spaces are cut
into single letters, so that any part of a word is found. The same for what is kept and asked."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from defenderdesk.domain import grouped

_MAX_QUERY = 300
_MAX_WORDS = 12

# Variants that people type for one another in Arabic script (Unicode, UAX #44 names no such
# table; these are the usual ones of Arabic search: alef forms, yeh, teh marbuta, tatweel).
VARIANTS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
        "ـ": None,
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        # Kurdish, Urdu and Uyghur forms
        **dict.fromkeys("ھہۀە", "ه"),
        **dict.fromkeys("ێېۍ", "ي"),
        **dict.fromkeys("ۆۇۋ", "و"),
        "ڕ": "ر",
        "ڵ": "ل",
        # apostrophes, of which some are letters to Unicode
        **dict.fromkeys("ʼʻʾʿ’‘`´", "'"),
        # what joins or parts letters and is seen by nobody
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", None),
    }
)


def _homophones() -> dict[int, str]:
    """Ethiopic letters that sound alike and are written for one another, the first of each."""
    same: dict[int, str] = {}
    for first, others in (("ሀ", "ሐኀ"), ("ሰ", "ሠ"), ("አ", "ዐ"), ("ጸ", "ፀ")):
        for other in others:
            for order in range(7):
                same[ord(other) + order] = chr(ord(first) + order)
    for long, short in (*zip("ሃሓኃኸኻ", "ሀሀሀሀሀ", strict=True), ("ኣ", "አ"), ("ዓ", "አ")):
        same[ord(long)] = short
    return same


VARIANTS |= _homophones()

# Scripts written without spaces between words: each letter becomes a word of its own.
_UNSPACED = (
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
_WORD = re.compile(r"\w+", re.UNICODE)


def fold(text: str) -> str:
    """Text as it is compared."""
    if text.isascii():
        return text.lower().replace("_", " ")
    return _fold(text)


def indexed(text: str) -> str:
    """Text as it is indexed, with what it is found by besides (`domain.grouped`). Of plain ASCII, FTS5's own
    tokenizer folds the letters just so."""
    folded = text if text.isascii() else _fold(text)
    if more := grouped.found_by(folded):
        return f"{folded}\n{' '.join(more)}"
    return folded


def unspaced(text: str) -> bool:
    """Tells whether a text is of a script in which each letter is indexed as a word."""
    return re.search(_UNSPACED, unicodedata.normalize("NFC", text)) is not None


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c)).translate(VARIANTS)
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return re.sub(_UNSPACED, r" \1 ", text).replace("_", " ")


@lru_cache(maxsize=64)
def query(text: str) -> str:
    """An FTS5 expression: every word, as a prefix; "quoted words" as a phrase. Empty: no words.
    Nothing that a person types is taken as an operator."""
    text = text[:_MAX_QUERY]
    if whole := grouped.asked_as(fold(text)):
        apart = _words_of(text)
        return f'("{whole}" * OR ({" AND ".join(apart)}))' if apart else f'"{whole}" *'
    return " AND ".join(_words_of(text))


def _words_of(text: str) -> list[str]:
    """The words of a search, each as FTS5 asks for it."""
    parts: list[str] = []
    for at, piece in enumerate(text.split('"')):
        phrase = at % 2 == 1 and text.count('"') > at
        for run in [piece] if phrase else piece.split():
            words = _WORD.findall(fold(run))
            if not words:
                continue
            bare = grouped.bare(words[0]) if len(words) == 1 else ""
            if bare:
                parts.append(f'("{words[0]}" * OR "{bare}" *)')
            elif len(words) == 1:
                parts.append(f'"{words[0]}"' if phrase else f'"{words[0]}" *')
            else:
                joined = " ".join(words)
                parts.append(f'"{joined}"' if phrase else f'"{joined}" *')
    return parts[:_MAX_WORDS]
