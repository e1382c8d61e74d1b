"""The sentence of a text that names somebody, for a person to read before it is erased.

Who is named is answered by `domain.names`, as everywhere. A whole name comes first; a word of it,
an ending that may be another's, another spelling or script come after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from defenderdesk.domain.names import Found, Matcher, Person
from defenderdesk.domain.names.matcher import PARTICLES
from defenderdesk.domain.names.surface import folded_words, unspaced_words

_SENTENCE = re.compile("(?<=[.!?؟۔。！？।])\\s+|\n+")
SHORT = 3
"""Letters of the shortest name in a script with spaces."""
MAX_PIECE = 240


@dataclass(frozen=True)
class Told:
    """A sentence that names somebody, and whether by the whole name."""

    sentence: str
    whole: bool


def searchable(name: str) -> bool:
    """Tells whether there is something of a name to look for."""
    return len("".join(folded_words(name))) >= SHORT or len("".join(unspaced_words(name))) > 1


def matcher(names: Sequence[str]) -> Matcher:
    """Finds these names, each a person's. A shared beginning is too little to erase by."""
    return Matcher((Person(name, (name,)) for name in names if searchable(name)), beginnings=False)


def sentence_in(text: str, wanted: Matcher) -> Told | None:
    """The first sentence with a whole name in it, all its words in any order, else the first with
    a part of one."""
    found = wanted.find(text)
    if not found:
        return None
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    part: Told | None = None
    for start, end in pairwise(ends):
        here = [piece for piece in found if start <= piece.start < end]
        if not here:
            continue
        whole = next((piece for piece in here if piece.whole), None)
        told = _piece(text, start, max(end, here[-1].end), whole or here[0])
        if whole or _covered(here, wanted):
            return Told(told, True)
        part = part or Told(told, False)
    return part


def _covered(found: Sequence[Found], wanted: Matcher) -> bool:
    """Tells whether pieces of a sentence are all words of one name."""
    words: dict[str, set[str]] = {}
    for piece in found:
        for key in piece.whose:
            words.setdefault(key, set()).update(folded_words(piece.word))
    return any(len(said - PARTICLES) >= wanted.telling(key) for key, said in words.items())


def _piece(text: str, start: int, end: int, found: Found) -> str:
    """The sentence, cut around the name where it is long."""
    before, after = start < found.start - MAX_PIECE // 3, False
    if end - start > MAX_PIECE:
        start = max(start, found.start - MAX_PIECE // 3)
        before, after = start > 0 and before, start + MAX_PIECE < end
        end = min(end, start + MAX_PIECE)
    else:
        before = False
    return ("…" if before else "") + " ".join(text[start:end].split()) + ("…" if after else "")
