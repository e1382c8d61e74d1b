"""Matches names in sentences: words compared as search compares them (`domain.folding`).

A name is found whole, in any order of its words within a sentence, or in part: one of its words.
Of Arabic script the article and the particles that are written together with a word (and, so,
with, to, like) may stand before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from defenderdesk.domain.folding import fold

_WORD = re.compile(r"\w+", re.UNICODE)
_ARABIC = re.compile("[\u0600-\u06ff]+")
_ARTICLE = "ال"
_BEFORE = tuple(p + a for p in ("", "و", "ف", "ب", "ل", "ك", "وب", "ول") for a in ("", _ARTICLE))
_JOINED = ("لل", "ولل")
"""To the: the article loses its first letter."""
_SENTENCE = re.compile("(?<=[.!?؟۔。！？।])\\s+|\n+")
SHORT = 3
"""Letters of a word that counts by itself, in scripts with spaces."""
MAX_PIECE = 240


@dataclass(frozen=True)
class Name:
    """A name as a person writes it. `runs`: its words; several tokens in one stand together
    (Al-Hassan, or a name in a script without spaces)."""

    text: str
    runs: tuple[tuple[str, ...], ...]

    @property
    def telling(self) -> tuple[tuple[str, ...], ...]:
        """The words that count by themselves."""
        return tuple(run for run in self.runs if len(run) > 1 or len(run[0]) >= SHORT)

    @property
    def hints(self) -> frozenset[str]:
        """Letters of which some stand in every folded text that names it in part or whole."""
        return frozenset(_bare(run[0]) for run in self.telling)


def name_of(text: str) -> Name | None:
    """The name in `text`; None where nothing of it can be looked for."""
    runs = (tuple(_WORD.findall(fold(piece))) for piece in text.split())
    made = Name(" ".join(text.split()), tuple(run for run in runs if run))
    return made if made.telling else None


def _bare(word: str) -> str:
    """A word of Arabic script without the article."""
    return word.removeprefix(_ARTICLE) if len(word) > len(_ARTICLE) + 2 else word


def _forms(word: str) -> tuple[str, ...]:
    if not _ARABIC.fullmatch(word):
        return (word,)
    bare = _bare(word)
    if len(bare) < SHORT:
        return (word,)
    return tuple(dict.fromkeys(before + bare for before in (*_BEFORE, *_JOINED)))


def _stands(run: tuple[str, ...], tokens: list[str]) -> bool:
    if len(run) == 1:
        return not {*_forms(run[0])}.isdisjoint(tokens)
    size = len(run)
    return any(tuple(tokens[at : at + size]) == run for at in range(len(tokens) - size + 1))


@dataclass(frozen=True)
class Told:
    """A sentence that names somebody, and whether by the whole name."""

    sentence: str
    whole: bool


def sentence_in(text: str, names: Sequence[Name]) -> Told | None:
    """The first sentence with a whole name in it, else the first with a part of one."""
    found: Told | None = None
    for sentence in _SENTENCE.split(text):
        tokens = _WORD.findall(fold(sentence))
        for name in names:
            if all(_stands(run, tokens) for run in name.runs):
                return Told(_piece(sentence, name), True)
            if found is None and any(_stands(run, tokens) for run in name.telling):
                found = Told(_piece(sentence, name), False)
    return found


def _piece(sentence: str, name: Name) -> str:
    """The sentence, cut around the name where it is long."""
    plain = " ".join(sentence.split())
    if len(plain) <= MAX_PIECE:
        return plain
    low = plain.casefold()
    found = (low.find(word.casefold()) for word in name.text.split())
    start = max(min((at for at in found if at >= 0), default=0) - MAX_PIECE // 3, 0)
    end = start + MAX_PIECE
    return ("…" if start else "") + plain[start:end] + ("…" if end < len(plain) else "")
