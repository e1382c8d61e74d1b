"""Persons by what reaches them: addresses, telephone numbers, handles made of their names."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from defenderdesk.domain.names.surface import Surface

_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_PHONE = re.compile(r"\+?\d[\d\s().\-/\u200e\u200f]{5,24}\d")
_HANDLE = re.compile(r"(?:https?://|www\.)\S+|[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+|[@#][\w.]+")
_TELLS = 8
"""Last digits of a number that say whose it is; what stands before is a country's or a nought."""
_PART = 4
"""Letters of a word that is looked for inside a handle."""


def digits(text: str) -> str:
    """The digits of a text, of any script, in ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


class Reached:
    """Finds the addresses, numbers and handles of persons, who stand by their place in the list."""

    def __init__(self, people: Sequence[Sequence[str]]) -> None:
        self._mails: dict[str, set[int]] = defaultdict(set)
        self._numbers: dict[str, set[int]] = defaultdict(set)
        self._handles: dict[str, set[int]] = defaultdict(set)
        for at, texts in enumerate(people):
            for text in texts:
                self._learn(at, text)

    def _learn(self, person: int, text: str) -> None:
        for match in _HANDLE.finditer(text):
            kept = self._mails if "@" in match.group()[1:] else self._handles
            kept[_plain(match.group())].add(person)
        for match in _PHONE.finditer(_MAIL.sub(" ", text)):
            number = digits(match.group())
            if len(number) >= _TELLS - 1:
                self._numbers[number[-_TELLS:]].add(person)

    def find(self, text: str) -> Iterator[tuple[int, int, set[int]]]:
        """The places where a text holds one of them, and whose it is."""
        if self._mails or self._handles:
            for match in _HANDLE.finditer(text):
                plain = _plain(match.group())
                if people := self._mails.get(plain) or self._handles.get(plain):
                    yield match.start(), match.start() + len(match.group().rstrip(".,;:!?)")), people
        if self._numbers:
            for match in _PHONE.finditer(text):
                if people := self._numbers.get(digits(match.group())[-_TELLS:]):
                    yield *match.span(), people


def _plain(handle: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", handle.casefold()).rstrip("/.,;:!?)")


class Joined:
    """Finds names whose words are written as one: aminadiallo, @amina.diallo, #FreeAmina."""

    def __init__(self, names: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        self._whole: dict[str, set[int]] = defaultdict(set)
        self._parts: dict[str, set[int]] = defaultdict(set)
        self._names = names
        for person, words in names:
            if len(words) > 1:
                for order in (words, words[::-1]):
                    if len(joined := "".join(order)) >= 6:
                        self._whole[joined].add(person)
            for word in words:
                if len(word) >= _PART:
                    self._parts[word].add(person)

    def people(self, folded: str) -> set[int]:
        """Persons whose words, joined, a word of a text is."""
        return self._whole.get(folded.strip("0123456789"), set())

    def in_handles(self, text: str) -> Iterator[tuple[int, int, set[int], bool]]:
        """Handles, addresses and links in a text with a name in them; sure where all words of the
        name are there."""
        if not any(c in text for c in "@#/"):
            return
        for match in _HANDLE.finditer(text):
            folded = Surface(match.group()).folded
            parts = {p for word, people in self._parts.items() if word in folded for p in people}
            if parts:
                whole = {
                    p for p, words in self._names if p in parts and all(word in folded for word in words)
                }
                end = match.start() + len(match.group().rstrip(".,;:!?)"))
                yield match.start(), end, whole or parts, bool(whole)
