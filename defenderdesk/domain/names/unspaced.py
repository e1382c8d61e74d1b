"""Names in scripts without spaces between words: looked for letter by letter.

A name of Chinese, Japanese or Korean is found whole, by its given name, and by its family name
where a title follows; of Thai, Lao, Khmer and Burmese whole and by each part written apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from defenderdesk.domain.names.sound import latin, spoken
from defenderdesk.domain.names.surface import Surface, folded_words, unspaced_words

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30ff]+")
_HANGUL = re.compile("[\uac00-\ud7a3]+")
_SYLLABIC = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+")
_APART = "[\\s·・‧\u200b]*"
_DOUBLE = frozenset(
    (
        "欧阳",
        "歐陽",
        "司马",
        "司馬",
        "上官",
        "诸葛",
        "諸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "남궁",
        "황보",
        "제갈",
        "사공",
        "선우",
    )
)
_TITLES = (
    "先生|女士|小姐|某|同志|律师|律師|教授|记者|記者|医生|老师|老師"
    "|氏|さん|様|씨|님|군|양|변호사|기자|교수|선생"
)
_LEAST = 3
"""Letters of a part of a name in Thai, Lao, Khmer or Burmese that counts by itself."""
_MOST = 4
"""Letters of the longest Chinese or Korean name that is read out."""


def _family(name: str) -> tuple[str, str]:
    """A Chinese or Korean name as family and given name; nothing for what is no such name."""
    size = 2 if name[:2] in _DOUBLE and len(name) > 2 else 1
    return (name[:size], name[size:]) if 2 <= len(name) <= 4 else ("", name)


def parts(name: str) -> list[tuple[str, bool]]:
    """The parts by which a name is found, and whether each is a family name of one letter, which
    is found only before a title."""
    found: dict[str, bool] = {}
    pieces = unicodedata.normalize("NFC", name).split()
    for piece in pieces:
        han, hangul = _HAN.fullmatch(piece), _HANGUL.fullmatch(piece)
        if (han or hangul) and len(pieces) == 1:
            family, given = _family(piece)
            if len(piece) == 4 and han and family not in _DOUBLE:
                found |= {piece[:2]: False, piece[2:]: False}  # 山田太郎
            elif len(given) > 1:
                found[given] = False
            if family and family != piece:
                found[family] = len(family) == 1
        elif _HAN.search(piece) and _KANA.search(piece):
            found |= {part: len(part) == 1 for part in (*_HAN.findall(piece), *_KANA.findall(piece))}
        elif len(pieces) > 1 and unspaced_words(piece):
            short = len(piece) < (2 if han or hangul else _LEAST)
            found[piece] = short
    return list(found.items())


def spoken_parts(name: str) -> list[str]:
    """A Chinese or Korean name as it is spelled in Latin letters: family and given name."""
    plain = unicodedata.normalize("NFC", name).replace(" ", "")
    if not _SYLLABIC.fullmatch(plain) or not 2 <= len(plain) <= _MOST:
        return []
    return [text for text in map(latin, _family(plain)) if len(text) >= 2]


class Names:
    """Finds such names of persons, who stand by their place in the list."""

    def __init__(self, people: Sequence[Sequence[str]]) -> None:
        self._literal: dict[str, set[int]] = defaultdict(set)
        self._whole: set[str] = set()
        self._family: dict[str, set[int]] = defaultdict(set)
        self._read: dict[str, set[int]] = defaultdict(set)
        sources: dict[str, str] = {}
        for at, names in enumerate(people):
            for name in names:
                for written in self._written(name):
                    plain = re.sub(r"[\s·・‧]+", "", written)
                    sources[plain] = _APART.join(map(re.escape, re.split(r"[\s·・‧]+", written)))
                    self._literal[plain].add(at)
                    self._whole.add(plain)
                for part, family in parts(name):
                    folded = Surface(part).folded
                    if family:
                        self._family[folded].add(at)
                    else:
                        sources.setdefault(folded, re.escape(folded))
                        self._literal[folded].add(at)
                self._learn_reading(at, name)
        longest = sorted(sources, key=len, reverse=True)
        self._pattern = re.compile("|".join(sources[s] for s in longest)) if longest else None
        titles = "|".join(Surface(t).folded for t in _TITLES.split("|"))
        families = "|".join(sorted(map(re.escape, self._family), key=len, reverse=True))
        self._titled = re.compile(f"(?:{families})(?={_APART}(?:{titles}))") if families else None

    @staticmethod
    def _written(name: str) -> Iterator[str]:
        if not unspaced_words(name) or len(Surface(name).folded.strip()) < 2:
            return
        pieces = [Surface(p).folded for p in unicodedata.normalize("NFC", name).split()]
        yield " ".join(pieces)
        if len(pieces) > 1:
            yield " ".join(reversed(pieces))
        else:
            split = _family(unicodedata.normalize("NFC", name).strip())
            if all(split) and _SYLLABIC.fullmatch(name.strip()):
                yield " ".join(Surface(p).folded for p in split)

    def _learn_reading(self, person: int, name: str) -> None:
        """A name in Latin letters as Chinese and Korean letters are read out."""
        words = folded_words(name)
        if not 2 <= len(words) <= 3 or not all(word.isascii() for word in words):
            read = [latin(unicodedata.normalize("NFC", name))] if _SYLLABIC.fullmatch(name.strip()) else []
        else:
            read = ["".join(words), "".join(words[-1:] + words[:-1])]
        for text in read:
            if len(text) >= 5:
                self._read[spoken(text)].add(person)

    def find(self, surface: Surface) -> Iterator[tuple[int, int, set[int], bool, bool]]:
        """The places where a text names them: start, end, whose, whether sure, whether by the whole name."""
        if surface.text.isascii():
            return
        for match in self._pattern.finditer(surface.folded) if self._pattern else ():
            plain = re.sub(r"[\s·・‧]+", "", match.group())
            yield *surface.span(*match.span()), self._literal[plain], True, plain in self._whole
        for match in self._titled.finditer(surface.folded) if self._titled else ():
            yield *surface.span(*match.span()), self._family[match.group()], False, False
        if self._read:
            yield from self._read_out(surface.text)

    def _read_out(self, text: str) -> Iterator[tuple[int, int, set[int], bool, bool]]:
        for run in _SYLLABIC.finditer(text):
            for start in range(run.start(), run.end() - 1):
                for end in range(start + 2, min(start + _MOST, run.end()) + 1):
                    if people := self._read.get(spoken(text[start:end])):
                        yield start, end, people, False, False
