"""The timeline of a case: every dated thing of it in the order it happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from defenderdesk.domain import agenda
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.mechanisms import clocks
from defenderdesk.domain.values import date_sort_key, is_date

_OFFICE_WORK = frozenset({"received", "checked", "born", "died", "key_checked"})
"""Dates of office work, and of a life rather than of what was done to it."""
_OF_SOMEBODY = frozenset({"person", "organisation", "address", "biography", "attachment", "submitter"})
"""Kinds whose dates are of somebody's life or of a file, not of the case."""
_TERMS = agenda.TERMS | {("submission", field) for field in clocks.SET.values()}
"""Dates by which something is due, which the calendar shows. A new one in the calendar's table is
none of the story by that alone, unless something takes place on it."""


@dataclass(frozen=True)
class Moment:
    """One date of one record. `field`: which date it is ("date" itself is what happened)."""

    date: str
    kind: str
    record: str
    field: str


def moments(case: CaseFile, raised: Iterable[Fields] = ()) -> list[Moment]:
    """Every date of the case's records, in order; of one day, what happened comes before what
    was done about it. `raised`: records of visits on which the case was raised."""
    found = []
    for fields in (*case.all(), *raised):
        kind = kind_of(str(fields.get("kind", "")))
        if kind.name in _OF_SOMEBODY:
            continue
        for field in kind.fields:
            if field.type is not Type.DATE or field.name in _OFFICE_WORK:
                continue
            if (kind.name, field.name) in _TERMS:
                continue
            day = one(fields, field.name)
            if is_date(day):
                found.append(Moment(day, kind.name, str(fields.get("id", "")), field.name))
    first = {"event": 0, "act": 1}
    found.sort(key=lambda m: (date_sort_key(m.date), first.get(m.kind, 2), m.kind, m.record))
    return found
