"""The timeline of a case: every dated thing of it in the order it happened."""

from __future__ import annotations

from dataclasses import dataclass

from defenderdesk.domain.casefile import CaseFile, one
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.values import date_sort_key, is_date

_NOT_HISTORY = {
    "received",
    "review",
    "until",
    "due",
    "keep_until",
    "reply_due",
    "checked",
    "born",
    "died",
    "key_checked",
    "report_due",
}
"""Dates of office work or to come, which the calendar shows: they are no part of the story."""


@dataclass(frozen=True)
class Moment:
    """One date of one record. `field`: which date it is ("date" itself is what happened)."""

    date: str
    kind: str
    record: str
    field: str


def moments(case: CaseFile) -> list[Moment]:
    """Every date of the case's records, in order; of one day, what happened comes before what
    was done about it."""
    found = []
    for fields in case.all():
        kind = kind_of(str(fields.get("kind", "")))
        if kind.name in ("person", "organisation", "attachment"):
            continue
        for field in kind.fields:
            if field.type is not Type.DATE or field.name in _NOT_HISTORY:
                continue
            day = one(fields, field.name)
            if is_date(day):
                found.append(Moment(day, kind.name, str(fields.get("id", "")), field.name))
    first = {"event": 0, "act": 1}
    found.sort(key=lambda m: (date_sort_key(m.date), first.get(m.kind, 2), m.kind, m.record))
    return found
