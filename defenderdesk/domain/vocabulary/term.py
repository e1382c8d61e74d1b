"""One term of a vocabulary: a code that records store, and labels that people see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

CODE = re.compile(r"[a-z0-9_.-]{1,64}\Z")
"""Names of lists and packs, and codes of terms."""

KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
"""Codes of another vocabulary with the same meaning."""

LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z0-9]{2,8})?\Z")

MAX_LABEL = 500
"""Characters of one label."""

NONE = "-"
"""In the place of the equal code: there is none, only narrower ones follow."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a list.

    `labels`: by language code. `parent`: the code of the term above, in the same list; empty on
    top. `order`: its place among its siblings. `huridocs`: codes of another vocabulary: the first
    means the same (`-`: none does), further ones are narrower and fold into this term.
    `extra`: what else a pack says of it. `hidden`: an office no longer offers it; records that
    hold it still show it. `own`: an office wrote or corrected it.
    """

    list_name: str
    code: str
    labels: Mapping[str, str]
    parent: str = ""
    order: int = 0
    huridocs: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    hidden: bool = False
    own: bool = False

    @property
    def equal(self) -> str:
        """The code of another vocabulary that means just the same; empty when there is none."""
        return self.huridocs[0] if self.huridocs and self.huridocs[0] != NONE else ""

    def speaks(self, language: str) -> bool:
        """Tells whether it has a label in `language`."""
        return language in self.labels or language.replace("-", "_").split("_")[0] in self.labels

    def label(self, language: str) -> str:
        """The label in `language` (`fr_CA` falls back to `fr`), else in English, else in any
        language, else the code."""
        short = language.replace("-", "_").split("_")[0]
        labels = self.labels
        found = labels.get(language) or labels.get(short) or labels.get("en")
        return found or next((text for text in labels.values() if text), self.code)
