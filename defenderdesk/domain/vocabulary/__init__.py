"""Vocabularies: lists of terms with codes that are stored and labels that are shown.

`Vocabulary` answers everything: what a list offers, labels in a language, what is above and
below a term, what a person's words find, and which codes of different packs mean the same. It is
put together from packs (`Pack`: the one in `resources/vocabulary/`, and those an office loads)
and from the office's own terms. The format of a pack is `docs/format/vocabulary.md`.

The faces share one vocabulary: `current()`, set with `use(…)` when a vault opens or its terms
change. The functions `lists`, `terms` and `label` ask it.
"""

from __future__ import annotations

from defenderdesk.domain.vocabulary.pack import Pack, read_pack, read_table
from defenderdesk.domain.vocabulary.records import as_records, from_records, pack_key
from defenderdesk.domain.vocabulary.term import Term
from defenderdesk.domain.vocabulary.vocabulary import SHIPPED, Vocabulary

__all__ = [
    "SHIPPED",
    "Pack",
    "Term",
    "Vocabulary",
    "as_records",
    "current",
    "from_records",
    "label",
    "lists",
    "pack_key",
    "read_pack",
    "read_table",
    "terms",
    "use",
]

_current: Vocabulary | None = None


def current() -> Vocabulary:
    """The vocabulary in use; the shipped one until another was set."""
    return _current or Vocabulary.shipped()


def use(vocabulary: Vocabulary | None) -> None:
    """Use `vocabulary` from now on, for every thread; None: the shipped one."""
    global _current
    _current = vocabulary


def lists() -> dict[str, dict[str, Term]]:
    """Every list by name: its terms by code."""
    return {name: current().terms(name) for name in current().lists}


def terms(list_name: str) -> dict[str, Term]:
    """The terms of one list by code; empty for an unknown list."""
    return current().terms(list_name)


def label(list_name: str, code: str, language: str) -> str:
    """The label to show for `code`."""
    return current().label(list_name, code, language)
