"""Takes out of the texts of a draft whoever may not be named, and asks about what may name them.

What is sure is replaced; what is only likely stands in brackets, as what is lacking does, until a
person has said of the word that it names somebody or nobody. A name that a person does not bear
any more gives way to the one they bear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from defenderdesk import i18n
from defenderdesk.domain.casefile import Fields, texts
from defenderdesk.domain.mechanisms.namable import Somebody
from defenderdesk.domain.names import Found, Matcher, Person, hidden_in
from defenderdesk.domain.names.surface import Surface, folded_words

HIDDEN, KEPT = "names_hidden", "names_kept"
"""The fields of a submission with the words that a person decided about."""


@dataclass(frozen=True)
class Unsure:
    """A word of a draft that may name somebody. `person`: as the draft calls them; `sentence`:
    where it stands; `mark`: what stands in its place until it is decided, `mask`: what does if it
    names them."""

    word: str
    person: str
    sentence: str
    mark: str
    mask: str


class Hiding:
    """The names of one draft. As texts are shown to it grow `hidden` (persons), `words` (by what
    they were named) and `unsure`."""

    def __init__(self, people: Iterable[Somebody], submission: Fields, language: str) -> None:
        self.people = list(people)
        self._language = language
        self._matcher = Matcher(somebody.person() for somebody in self.people)
        self._former = Matcher(
            Person(s.key, s.former, human=s.human) for s in self.people if s.may and s.former
        )
        self._numbers = {s.key: number for number, s in enumerate(self.people, 1)}
        self._names = {s.key: s.name for s in self.people}
        self._hide = frozenset(map(_folded, texts(submission, HIDDEN)))
        self._keep = frozenset(map(_folded, texts(submission, KEPT)))
        self.hidden: dict[str, None] = {}
        self.words: dict[str, None] = {}
        self.unsure: dict[str, Unsure] = {}

    def without(self, text: str) -> str:
        """A text as it may leave."""
        if not text:
            return text
        text = self._replaced(text, self._matcher.find(text), self._hidden)
        return self._replaced(text, self._former.find(text), self._renamed)

    def _replaced(self, text: str, found: list[Found], instead: Callable[[str, Found], str]) -> str:
        open_ones = [f for f in found if f.whole or _folded(f.word) not in self._keep]
        return hidden_in(text, open_ones, lambda f: instead(text, f)) if open_ones else text

    def _hidden(self, text: str, found: Found) -> str:
        who = found.whose[0]
        number = self._numbers[who]
        mask = i18n.text_in(self._language, "[person {n}, name withheld]", n=number)
        if found.sure or _folded(found.word) in self._hide:
            self.hidden[who] = None
            self.words[found.word] = None
            return mask
        person = i18n.text_in(self._language, "person {n}", n=number)
        return self._asked(text, found, person, mask)

    def _renamed(self, text: str, found: Found) -> str:
        name = self._names[found.whose[0]]
        if found.whole and found.sure:
            return name
        if set(folded_words(found.word)) <= set(folded_words(name)):
            return found.word
        if _folded(found.word) in self._hide:
            return name
        return self._asked(text, found, name, name)

    def _asked(self, text: str, found: Found, person: str, mask: str) -> str:
        start, end = max(found.start - 60, 0), found.end + 60
        sentence = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
        mark = i18n.text_in(self._language, "[may name {person}: {word}]", person=person, word=found.word)
        told = Unsure(found.word, person, " ".join(sentence.split()), mark, mask)
        self.unsure.setdefault(_folded(found.word), told)
        return mark


def _folded(word: str) -> str:
    return " ".join(Surface(word).folded.split())
