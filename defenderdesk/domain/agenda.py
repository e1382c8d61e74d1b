"""The days that matter: which dates of a record stand in the calendar, and as what.

A table says, per kind of record, which field is a date to look out for and when it no longer is
(a task that is done, a hearing that was cancelled). What a mechanism's rules make of a submission
(the sixty days of a reply) comes from `domain.mechanisms` through `clocks`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.values import span

if TYPE_CHECKING:
    from defenderdesk.domain.mechanisms import Mechanism


@dataclass(frozen=True)
class Entry:
    """One day of one record. `day`: the earliest it can mean (ISO), on which the calendar shows
    it; `latest`: the last. `what`: why it stands there, one of `WHAT`."""

    what: str
    day: str
    latest: str

    @property
    def certain(self) -> bool:
        """True if it is one day."""
        return self.day == self.latest


Clocks = Callable[[Fields], Iterator[tuple[str, str, str]]]
"""(what, earliest day, latest day) that rules give: of a submission its mechanism's, of a case
those of the office."""
RULED = ("submission", "case")
"""Kinds for which there are such rules."""

VERSION = 1
"""Raised when the same records and rules give other days than before."""


def _open(*fields: str) -> Callable[[Fields], bool]:
    """Still to come as long as none of these is set."""
    return lambda record: not any(one(record, name) for name in fields)


def _status(field: str, *over: str) -> Callable[[Fields], bool]:
    """Still to come unless the status is one of these."""
    return lambda record: one(record, field) not in over


def _always(_record: Fields) -> bool:
    return True


_TABLE: dict[str, tuple[tuple[str, str, Callable[[Fields], bool]], ...]] = {
    "hearing": (
        ("date", "hearing", _status("status", "held", "cancelled", "adjourned")),
        ("adjourned_to", "hearing", _always),
    ),
    "task": (("due", "task", _status("status", "done", "dropped")),),
    "consent": (("until", "consent_ends", _open("withdrawn")),),
    "measure": (
        ("review", "measure_check", _open("ended")),
        ("date_end", "measure_ends", _open("ended")),
    ),
    "assessment": (("review", "risk_review", _always),),
    "factor": (("review", "risk_review", _always),),
    "plan": (("review", "plan_review", _always),),
    "proceeding": (
        ("detention_review", "detention_review", _open("released", "ended")),
        ("appeal_due", "appeal", _open("appealed", "ended")),
    ),
    "visit": (
        ("date", "visit", _status("status", "cancelled", "done")),
        ("report_due", "visit_report", _status("status", "cancelled")),
    ),
    "meeting": (("date", "meeting", _status("status", "held", "cancelled")),),
    "obligation": (
        ("due", "obligation", _status("status", "fully", "refused")),
        ("review", "obligation_check", _status("status", "fully")),
    ),
    "referral": (("due", "referral", _open("answered", "revoked")),),
    "joint": (("due", "joint", _status("status", "signed", "sent", "dropped")),),
    "case": (("keep_until", "retention", lambda case: case.get("legal_hold") is not True),),
    "submission": (("reply_due", "state_reply_due", _open("replied", "closed")),),
}

WHAT = (
    *dict.fromkeys(what for rows in _TABLE.values() for _, what, _ in rows),
    "public_on",
    "nudge",
    "comments_due",
    "follow_up_due",
    "filing_limit",
    "report_due",
    "acknowledge_due",
    "sent_on",
)
"""Every reason there is. The last ones come from mechanisms."""


OWED_BY_NOBODY = ("public_on", "sent_on")
"""Days that merely come: when they have gone by, nobody is late."""


def entries(kind: str, record: Fields, clocks: Clocks | None = None) -> list[Entry]:
    """The days of a record that are still to be looked out for, past ones included: a day that
    went by without an answer is overdue, not gone."""
    found: dict[tuple[str, str], Entry] = {}
    for field, what, waits in _TABLE.get(kind, ()):
        if waits(record):
            _add(found, what, one(record, field))
    if kind in RULED and clocks is not None:
        for what, first, last in clocks(record):
            found.setdefault((what, first), Entry(what, first, last))
    return sorted(found.values(), key=lambda entry: (entry.day, entry.what))


def _add(found: dict[tuple[str, str], Entry], what: str, text: str) -> None:
    bounds = span(text)
    if bounds is None:
        return
    first, last = bounds
    first, last = first or last, last or first
    if first is not None and last is not None:
        found[what, text] = Entry(what, first.isoformat(), last.isoformat())


def submission_days(
    mechanisms: Mapping[str, Mechanism], submission: Fields
) -> Iterator[tuple[str, str, str]]:
    """The days that a submission's mechanism gives it and that no answer has stopped yet."""
    from defenderdesk.domain import mechanisms as rules

    mechanism = mechanisms.get(one(submission, "mechanism"))
    if mechanism is None or one(submission, "stage") in ("closed", "withdrawn"):
        return
    for due in rules.dues(mechanism, CaseFile({}), submission):
        if due.clock.name != "reply_set" and not rules.is_done(due.clock, submission, due.start[0]):
            first, last = due.earliest or due.latest, due.latest or due.earliest
            if first is not None and last is not None:
                yield due.clock.kind, first.isoformat(), last.isoformat()


def retention_days(case: Fields, keep_years: int) -> Iterator[tuple[str, str, str]]:
    """The day when somebody has to decide on the deletion of a closed case, by the office's rule; a
    date that the case itself names comes first, a legal hold stops it."""
    bounds = span(one(case, "closed"))
    if bounds is None or bounds[1] is None or one(case, "keep_until"):
        return
    if case.get("legal_hold") is True or one(case, "status") != "closed" or keep_years < 1:
        return
    last = bounds[1]
    year = min(last.year + keep_years, date.max.year)
    day = date(year, last.month, min(last.day, monthrange(year, last.month)[1]))
    yield "retention", day.isoformat(), day.isoformat()


def overdue(entry: Entry, today: date) -> bool:
    """Tells whether even the latest day that it can mean has gone by."""
    return entry.latest < today.isoformat()
