"""Finding terms by what people type, in any language of their labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from defenderdesk.domain.vocabulary.term import Term

MAX_QUERY = 200

# Letters that people type for one another; Arabic ones as in the search of records.
_VARIANTS = str.maketrans(
    {
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ة": "ه",
        "ک": "ك",
        "ـ": None,
        "·": None,
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
    }
)
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Text as it is compared: no accents, capitals or signs, words a space apart."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_VARIANTS))
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _BETWEEN_WORDS.sub(" ", text).strip()


class Index:
    """The folded labels of some terms."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._entries = [
            (term, {language: fold(label) for language, label in term.labels.items()}) for term in terms
        ]

    def find(self, text: str, language: str) -> list[Term]:
        """Terms with a label that has every word of `text`, or whose code has it.

        Labels in `language` come first, then those of other languages, then codes; within that,
        labels that begin with it, then those with a word that does, then the rest; within that,
        the order of the list. An empty text gives all.
        """
        asked = fold(text[:MAX_QUERY])
        if not asked:
            return [term for term, _ in self._entries]
        words = asked.split()
        first = words[0]
        inside = f" {first}"
        more = words[1:]
        short = language.replace("-", "_").split("_")[0]
        found: list[tuple[int, int, Term]] = []

        def rank(label: str) -> int:
            if first not in label or (more and not all(word in label for word in more)):
                return _NOWHERE
            return 0 if label.startswith(asked) else 1 if inside in label else 2

        for at, (term, labels) in enumerate(self._entries):
            best = rank(labels.get(language) or labels.get(short, ""))
            if best == _NOWHERE:
                for label in labels.values():
                    if first in label:
                        best = min(best, 3 + rank(label))
                        if best == 3:
                            break
            if best >= _NOWHERE:
                if asked not in fold(term.code):
                    continue
                best = 6
            found.append((best, at, term))
        found.sort(key=lambda item: item[:2])
        return [term for _, _, term in found]


_NOWHERE = 9
