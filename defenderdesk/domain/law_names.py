"""Laws and articles by their meaning: "340", "Art. 340" and "Article ٣٤٠" of one law are one.

A pattern across cases is the same provision, however each colleague wrote it: the word for "article",
the word for "number", punctuation, case, accents and the script of the digits say nothing.
"""

from __future__ import annotations

import re
import unicodedata

from defenderdesk.domain.folding import fold

_ARTICLE = frozenset(
    fold(word)
    for word in (
        *("art", "arts", "article", "articles", "artículo", "artículos", "artigo", "artigos", "artikel"),
        *("section", "sections", "sec", "s", "ss", "§", "§§", "para", "paragraph", "clause"),
        *(
            "ст",
            "статья",
            "статьи",
            "статье",
            "مادة",
            "المادة",
            "المواد",
            "ماده",
            "madde",
            "अनुच्छेद",
            "धारा",
            "条",
        ),
    )
)
_SILENT = frozenset(
    fold(word)
    for word in (
        *("no", "nr", "n", "num", "number", "numéro", "número", "№", "رقم", "of", "the", "on"),
        *("de", "du", "del", "da", "do", "la", "le", "el", "l", "d", "des", "das", "dos"),
    )
)
_PART = re.compile(r"\d+|[^\W\d_]+|§+", re.UNICODE)


def _parts(text: str) -> list[str]:
    """Words and numbers, folded; a number in digits of any script is one in ASCII."""
    found = []
    for part in _PART.findall(fold(text)):
        if part[0].isdigit():
            part = "".join(str(unicodedata.digit(c)) for c in part).lstrip("0") or "0"
        found.append(part)
    return found


def meaning(law: str, article: str) -> str:
    """A provision as it is compared: the words of the law, then what its articles are; empty where
    neither says anything. An article that stands in the law's name is taken as one."""
    named, numbers = _parts(law), _parts(article)
    if not numbers:
        at = next((n for n, part in enumerate(named) if _begins_article(named, n)), None)
        if at is not None:
            end = at + 1
            while end < len(named) and (named[end].isdigit() or len(named[end]) == 1):
                end += 1
            named, numbers = named[:at] + named[end:], named[at + 1 : end]
    of_law = [part for part in named if part not in _SILENT and part not in _ARTICLE]
    of_article = [part for part in numbers if part not in _ARTICLE and part not in _SILENT]
    return f"{' '.join(of_law)} | {' '.join(of_article)}" if of_law or of_article else ""


def _begins_article(parts: list[str], at: int) -> bool:
    return parts[at] in _ARTICLE and at + 1 < len(parts) and parts[at + 1].isdigit()
