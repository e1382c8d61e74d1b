"""The acts of a case, in the codes that the rules of mechanisms use.

A case may hold codes of a loaded pack (HURIDOCS) or an office's own terms. Each act is taken with
what means the same and with what stands above it in the vocabulary, so that a rule finds it.
"""

from __future__ import annotations

from defenderdesk.domain import vocabulary
from defenderdesk.domain.casefile import CaseFile


def codes(case: CaseFile) -> list[str]:
    """Every code of act in a case, of its events and of its acts, each once."""
    return list(dict.fromkeys([*case.codes("acts", ["event"]), *case.codes("act_type", ["act"])]))


def meaning(code: str) -> frozenset[str]:
    """`code`, the codes that mean the same, and those of what is broader."""
    terms = vocabulary.current()
    above = [term.code for term in terms.ancestors("act", code)]
    found = {code, *above}
    for one in (code, *above):
        found.update(terms.same("act", one))
    return frozenset(found)


def meanings(case: CaseFile) -> list[frozenset[str]]:
    """The meaning of each act of a case."""
    return [meaning(code) for code in codes(case)]


def is_known(act: frozenset[str]) -> bool:
    """Tells whether an act means anything in the list that ships with the program."""
    shipped = vocabulary.Vocabulary.shipped()
    return any(shipped.get("act", code) is not None for code in act)
