"""Withholds what is not to be shared: the one place that takes it out, for every export to others.

`withheld` is a set that any record has: names of its fields, or `*` for the whole record. What
belongs to a record that is withheld whole is withheld with it. Within the workspace everything
travels, with the mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from defenderdesk.domain.casefile import CaseFile, Fields
from defenderdesk.domain.kinds import WHOLE, WITHHELD

Id = TypeVar("Id", str, bytes)


def names(fields: Mapping[str, Any]) -> frozenset[str]:
    """The marked fields of a record. A mark that was written as a plain value counts as well:
    what somebody wanted hidden stays hidden."""
    marked = fields.get(WITHHELD)
    if isinstance(marked, str):
        marked = [name.strip() for name in marked.split(",")]
    if not isinstance(marked, Iterable):  # whatever a colleague wrote there
        return frozenset()
    return frozenset(name for name in marked if isinstance(name, str) and name)


def open_part(fields: Fields) -> Fields | None:
    """A record without what is marked; None where nothing of it may leave. The mark itself
    stays behind too: that something is hidden is nobody's business."""
    marked = names(fields)
    if WHOLE in marked:
        return None
    return {name: value for name, value in fields.items() if name not in marked | {WITHHELD}}


def open_case(case: CaseFile) -> CaseFile | None:
    """A case without what is marked; None where the case itself is withheld whole."""
    own = open_part(case.case)
    if own is None:
        return None
    return CaseFile(
        own,
        {kind: list(filter(None, map(open_part, records))) for kind, records in case.records.items()},
    )


def hidden_with(parents: Mapping[Id, Id], whole: Iterable[Id]) -> set[Id]:
    """The ids of all records that are withheld: those marked whole (`whole`), and what belongs to
    them at any depth. `parents`: record -> what it belongs to."""
    hidden = set(whole)
    while True:
        more = {child for child, parent in parents.items() if parent in hidden} - hidden
        if not more:
            return hidden
        hidden |= more
