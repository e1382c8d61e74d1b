"""Text as names are compared in it, with the way back: every folded letter knows where it stood.

Case, accents, vowel points, invisible characters and letter variants go, as in `domain.folding`; a
few more letters go here, for a name is not looked up but hidden. A vowel sign of an Indic script
stays; it is part of the word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from defenderdesk.domain.folding import VARIANTS

_MORE = str.maketrans(
    {
        "ґ": "г",
        "є": "е",
        "ς": "σ",
        **dict.fromkeys("əǝ", "e"),
        "þ": "th",
        "ð": "d",
    }
)
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uaa60-\uaa7f\ud7b0-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts without spaces between words, and Korean, whose particles are joined to names."""
_INDIC = "".join(
    chr(code)
    for first, last in (
        (0x0900, 0x0DFF),
        (0x0F00, 0x0FFF),
        (0x1700, 0x177F),
        (0x1900, 0x1CFF),
        (0xA800, 0xABFF),
    )
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)).startswith("M") and not unicodedata.combining(chr(code))
)
_SPACED = re.compile(rf"(?:(?![{UNSPACED}])[^\W_]|[{_INDIC}])+")
_RUN = re.compile(rf"[{UNSPACED}]+")
_HUMP = re.compile(r"(?<=[a-zà-öø-ÿа-яёα-ω])(?=[A-ZÀ-ÖØ-ÞА-ЯЁΑ-Ω])")


@lru_cache(maxsize=8192)
def _letter(char: str) -> str:
    """A character as it is compared: none, one or several."""
    out = []
    for c in unicodedata.normalize("NFKD", char.casefold()):
        if unicodedata.combining(c) or (unicodedata.category(c) in ("Cf", "Cc") and c not in "\n\t\r"):
            continue
        out.append(c)
    return "".join(out).translate(VARIANTS).translate(_MORE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text. `folded`: as it is compared; `start`, `end`: in the original; `capital`:
    it begins with a capital, or its script has none. `inner`: a part of a longer word (FreeAmina)."""

    folded: str
    start: int
    end: int
    capital: bool
    inner: bool = False


class Surface:
    """A text and its folded form."""

    __slots__ = ("_at", "_same", "folded", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._at: list[int] | None = None
        self._same = text.isascii() and text.isprintable()
        self.folded = text.lower() if self._same else "".join(map(_letter, text))

    def _places(self) -> list[int]:
        """The place in the original of each folded letter; worked out when it is asked for."""
        if self._at is None:
            self._at = [at for at, char in enumerate(self.text) for _ in _letter(char)]
        return self._at

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a piece of the folded text, with the marks behind it."""
        if self._same:
            return start, end
        places = self._places()
        first, last = places[start], places[end - 1] + 1
        while last < len(self.text) and not _letter(self.text[last]):
            last += 1
        return first, last

    def words(self) -> list[Word]:
        """The words in scripts with spaces, parts of joined ones (CamelCase) behind the whole."""
        found: list[Word] = []
        for match in _SPACED.finditer(self.folded):
            start, end = self.span(*match.span())
            original = self.text[start:end]
            found.append(Word(match.group(), start, end, _capital(original)))
            humps = [0, *(m.start() for m in _HUMP.finditer(original)), len(original)]
            if len(humps) > 2:
                for a, b in pairwise(humps):
                    part = Surface(original[a:b])
                    found.append(Word(part.folded, start + a, start + b, _capital(original[a:b]), inner=True))
        return found

    def plain(self) -> set[str]:
        """The folded words in scripts with spaces, each once."""
        return set(_SPACED.findall(self.folded))

    def humps(self) -> bool:
        """Tells whether a word is joined of several (FreeAmina)."""
        return _HUMP.search(self.text) is not None


def _capital(word: str) -> bool:
    first = next((c for c in word if c.isalpha()), "")
    # Georgian has capitals in Unicode, which nobody writes names with.
    return not first.islower() or first.upper() == first or "\u10d0" <= first <= "\u10ff"


def folded_words(text: str) -> list[str]:
    """The words of a name in scripts with spaces, as they are compared."""
    return _SPACED.findall(Surface(text).folded)


def unspaced_words(text: str) -> list[str]:
    """The stretches of a name in scripts without spaces, as they are compared."""
    return _RUN.findall(Surface(text).folded)


_BLOCKS = (
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x08FF, "arabic"),
    (0x0900, 0x0DFF, "indic"),
    (0x0F00, 0x0FFF, "tibetan"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1200, 0x139F, "ethiopic"),
    (0x1C90, 0x1CBF, "georgian"),
    (0x2D80, 0x2DDF, "ethiopic"),
)


@lru_cache(maxsize=4096)
def script_of(word: str) -> str:
    """The script of a folded word, by its first letter: `latin` where no other is known."""
    code = ord(word[0]) if word else 0
    if re.match(f"[{UNSPACED}]", word):
        return "unspaced"
    return next((name for first, last, name in _BLOCKS if first <= code <= last), "latin")
