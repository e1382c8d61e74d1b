"""Words that a text is found by besides its own: numbers however they are grouped, Arabic words without
what is joined to them.

A telephone number is indexed by its digits from the last to the first: whoever types it leaves out
what stands before, a country or a nought. A reference (UGA 3/2019) is indexed as one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

_PHONE = re.compile(r"\+?\d(?:[ \t().\-/]{0,3}\d){6,16}")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}")
_REFERENCE = re.compile(r"\b[a-z]{1,6}[ \-/.]{0,2}\d{1,6}(?:[ \-/.]\d{1,4}){0,3}\b", re.IGNORECASE)
_TYPED_PHONE = re.compile(r"[\d\s+().\-/]+")
_LEAST = 6
"""Digits of a number that is looked for as one."""
_ARABIC = re.compile("[\u0600-\u06ff]{4,}")
_BEFORE = tuple(
    sorted(
        {a + b + c for a, b, c in product(("", "و", "ف"), ("", "ب", "ل", "ك", "س"), ("", "ال"))}
        | {"لل", "ولل", "فلل"},
        key=len,
        reverse=True,
    )
)
_ARTICLE = "ال"
_STEM = 3
"""Letters that an Arabic word has left at least."""


def found_by(folded: str) -> list[str]:
    """The words that a folded text is found by besides those that stand in it."""
    found: dict[str, None] = {}
    if any(c.isdigit() for c in folded):
        for match in _PHONE.finditer(_DATE.sub(" ", folded)):
            found["tel" + _digits(match.group())[::-1]] = None
        for match in _REFERENCE.finditer(folded):
            found["ref" + _joined(match.group())] = None
    if not folded.isascii():
        for word in set(_ARABIC.findall(folded)):
            found.update(dict.fromkeys(_stems(word)))
    return list(found)


def asked_as(folded: str) -> str:
    """The beginning of the word that finds a number or reference typed in any groups; empty for
    other texts."""
    text = folded.strip().strip('"').strip()
    if _TYPED_PHONE.fullmatch(text) and not _DATE.fullmatch(text):
        digits = _digits(text).lstrip("0")
        return "tel" + digits[::-1] if len(digits) >= _LEAST else ""
    if _REFERENCE.fullmatch(text):
        return "ref" + _joined(text)
    return ""


def bare(word: str) -> str:
    """An Arabic word without its article, by which it is looked for as well; empty for others."""
    rest = word.removeprefix(_ARTICLE)
    return rest if rest != word and len(rest) >= _STEM else ""


def _stems(word: str) -> Iterator[str]:
    """A word without each of the particles and articles that may be joined before it."""
    for before in _BEFORE:
        if before and word.startswith(before) and len(word) - len(before) >= _STEM:
            yield word[len(before) :]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _joined(text: str) -> str:
    return "".join(c for c in text if c.isalnum()).lower()
