"""Picks of a case what concerns certain persons: what concerns only others is left out.

A record concerns whom it links to, itself or through what it belongs to (a hearing its proceeding,
a proceeding whom it is against). What names nobody is common to all and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts

_LINKS = {
    "act": ("victim",),
    "charge": ("against",),
    "proceeding": ("against",),
    "assessment": ("for_whom",),
    "measure": ("for_whom",),
    "step": ("for_whom",),
    "referral": ("for_whom",),
    "submission": ("for_whom",),
    "intervention": ("victim",),
    "consent": ("person",),
    "plan": ("person",),
    "source": ("about",),
    "address": ("person",),
    "biography": ("person",),
}
"""By kind the fields that say whom a record concerns."""
_THROUGH = {
    "charge": ("proceeding", "proceeding"),
    "hearing": ("proceeding", "proceeding"),
    "step": ("proceeding", "proceeding"),
    "factor": ("assessment", "assessment"),
    "obligation": ("source", "submission"),
}
"""By kind the field and kind of what a record belongs to, whose persons are its own."""
_STEPS = 3


def same_person(case: CaseFile, ids: Iterable[str]) -> frozenset[str]:
    """All ids that mean these persons: involvements and the persons that they link to."""
    known = set(ids) - {""}
    known |= {one(i, "person") for i in case.of("involvement") if one(i, "id") in known} - {""}
    known |= {one(i, "id") for i in case.of("involvement") if one(i, "person") in known}
    return frozenset(known)


def whom(case: CaseFile, record: Fields, steps: int = _STEPS) -> frozenset[str]:
    """The ids of the persons that a record concerns; none for what is common."""
    kind = one(record, "kind")
    found = {id for name in _LINKS.get(kind, ()) for id in texts(record, name)}
    if not found and kind in _THROUGH and steps:
        name, above = _THROUGH[kind]
        if owner := case.find(above, one(record, name)):
            return whom(case, owner, steps - 1)
    if not found and kind == "event":
        return _of_event(case, one(record, "id"))
    return frozenset(found)


def _of_event(case: CaseFile, event: str) -> frozenset[str]:
    """Those whom the acts of an event were done to, and who are recorded with it at risk."""
    found: set[str] = set()
    for act in case.of("act"):
        if event and one(act, "event") == event:
            found |= set(texts(act, "victim"))
    for person in case.defenders():
        if event and one(person, "event") == event:
            found.add(one(person, "id"))
    return frozenset(found - {""})


def only(case: CaseFile, persons: Iterable[str]) -> CaseFile:
    """A case with what concerns these persons and what is common; for nobody named, all of it.
    Who is in the case stays: it is who is named that is decided elsewhere."""
    wanted = same_person(case, persons)
    if not wanted:
        return case
    kept: Mapping[str, list[Fields]] = {
        kind: [r for r in records if _fits(case, r, wanted)] for kind, records in case.records.items()
    }
    return CaseFile(case.case, kept)


def _fits(case: CaseFile, record: Fields, wanted: frozenset[str]) -> bool:
    concerned = whom(case, record)
    return not concerned or not wanted.isdisjoint(concerned)
