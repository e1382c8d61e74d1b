"""The days that matter: which dates of a record stand in the calendar, and as what.

A table says, per kind of record, which field is a date to look out for and when it no longer is
(`domain.ended`). What rules make of a record (the sixty days of a reply, the last day for a
petition, the years that a case is kept) comes from `Rules`. Both see the whole case.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from defenderdesk.domain import ended
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.ended import Over, either, filled, since, status
from defenderdesk.domain.values import span
from defenderdesk.errors import Message

if TYPE_CHECKING:
    from defenderdesk.domain.mechanisms import Mechanism, Terms


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


@dataclass(frozen=True)
class Rules:
    """The rules of an office that make days: its mechanisms, the years that a closed case is kept
    (0: until somebody decides), the terms that it keeps for every mechanism (None: as shipped)."""

    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict)
    keep_years: int = 0
    terms: Terms | None = None


VERSION = 2
"""Raised when the same records and rules give other days than before."""


@dataclass(frozen=True)
class Line:
    """A date of a kind that is looked out for. `happens`: something takes place on that day, which
    is then part of the story; else it is a term."""

    field: str
    what: str
    over: Over
    happens: bool = False


_VISIT_OFF = status("status", "cancelled")

TABLE: dict[str, tuple[Line, ...]] = {
    "hearing": (
        Line("date", "hearing", ended.heard, happens=True),
        Line("adjourned_to", "hearing", ended.heard_later, happens=True),
    ),
    "task": (Line("due", "task", either(status("status", "done", "dropped"), filled("done_on"))),),
    "consent": (Line("until", "consent_ends", ended.agreed_anew),),
    "measure": (
        Line(
            "review",
            "measure_check",
            either(status("status", "ended", "refused"), filled("ended"), since("checked", "review")),
        ),
        Line("date_end", "measure_ends", either(status("status", "ended", "refused"), filled("ended"))),
    ),
    "assessment": (Line("review", "risk_review", ended.reassessed),),
    "factor": (Line("review", "risk_review", ended.factor_overtaken),),
    "plan": (Line("review", "plan_review", ended.replanned),),
    "proceeding": (
        Line("detention_review", "detention_review", ended.released),
        Line("appeal_due", "appeal", ended.appealed),
    ),
    "visit": (
        Line(
            "date",
            "visit",
            either(status("status", "cancelled", "done", "under_way"), filled("reported")),
            happens=True,
        ),
        Line("report_due", "visit_report", either(_VISIT_OFF, filled("reported", "url"))),
    ),
    "meeting": (Line("date", "meeting", status("status", "held", "cancelled"), happens=True),),
    "obligation": (
        Line("due", "obligation", status("status", "fully", "refused")),
        Line(
            "review",
            "obligation_check",
            either(status("status", "fully", "refused"), since("checked", "review")),
        ),
    ),
    "referral": (
        Line(
            "due",
            "referral",
            either(filled("answered", "revoked"), status("answer", "accepted", "declined", "revoked")),
        ),
    ),
    "joint": (Line("due", "joint", status("status", "signed", "sent", "dropped")),),
    "case": (Line("keep_until", "retention", lambda case, _: case.get("legal_hold") is True),),
}

WHY: dict[str, Message] = {
    "hearing": Message("Hearing"),
    "task": Message("Task"),
    "consent_ends": Message("Consent ends"),
    "measure_check": Message("Check the measure with the person"),
    "measure_ends": Message("Measure ends"),
    "risk_review": Message("Review the risk"),
    "plan_review": Message("Review the emergency plan"),
    "detention_review": Message("Review of detention"),
    "appeal": Message("Last day for the appeal"),
    "visit": Message("Visit begins"),
    "visit_report": Message("Report of the visit due"),
    "meeting": Message("Meeting"),
    "obligation": Message("Commitment falls due"),
    "obligation_check": Message("Check the commitment"),
    "referral": Message("Answer to the referral expected"),
    "joint": Message("Signatures expected"),
    "retention": Message("Decide on deletion"),
    "state_reply_due": Message("Reply of the State due"),
    "public_on": Message("The letter becomes public"),
    "nudge": Message("Ask again"),
    "comments_due": Message("Our comments due"),
    "follow_up_due": Message("Follow-up due"),
    "filing_limit": Message("Last day to file"),
    "report_due": Message("Report due"),
    "acknowledge_due": Message("Acknowledgement expected"),
    "sent_on": Message("The mechanism passes it on"),
}
"""The reasons in words."""
WHAT = tuple(WHY)
"""Every reason there is."""

OWED_BY_NOBODY = ("public_on", "sent_on")
"""Days that merely come: when they have gone by, nobody is late."""

FIELDS_OF: dict[str, frozenset[str]] = {
    line.what: frozenset(other.field for other in lines if other.what == line.what)
    for lines in TABLE.values()
    for line in lines
}
"""For each reason of the table the fields that it may stand in, of any kind."""
APPOINTMENTS = tuple(line.what for lines in TABLE.values() for line in lines if line.happens)
"""Days on which something takes place, at an hour that may be known."""
TERMS = frozenset((kind, line.field) for kind, lines in TABLE.items() for line in lines if not line.happens)
"""(kind, field) of the dates by which something is due: they are no part of the story."""

KINDS = (*TABLE, "submission")
"""The kinds of record that have days."""
BEHIND = {"submission": ("act", "event"), "consent": ("involvement",)}
"""For the days of a kind, further kinds on whose records they may depend."""
CAUSES = (*KINDS, *(kind for kinds in BEHIND.values() for kind in kinds))
"""The kinds on which days depend, of a record itself or of others in the same case."""


def entries(record: Fields, around: CaseFile | None = None, rules: Rules | None = None) -> list[Entry]:
    """The days of a record that are still to be looked out for, past ones included: a day that
    went by without an answer is overdue, not gone. `around`: the case or visit that it belongs to,
    with all of the kinds of `CAUSES` in it, the record itself among them."""
    around, rules = around or CaseFile({}), rules or Rules()
    kind = one(record, "kind")
    if (kind != "case" and ended.closed(around.case)) or ended.cancelled(around.case, kind):
        return []
    found: dict[tuple[str, str], Entry] = {}
    for line in TABLE.get(kind, ()):
        if one(record, line.field) and not line.over(record, around):
            _add(found, line.what, one(record, line.field))
    for what, first, last in _ruled(kind, record, around, rules):
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


def _ruled(kind: str, record: Fields, around: CaseFile, rules: Rules) -> Iterator[tuple[str, str, str]]:
    """(what, earliest day, latest day) that the office's rules give."""
    if kind == "submission":
        yield from _submission_days(record, around, rules)
    elif kind == "referral":
        yield from _referral_days(record, around, rules)
    elif kind == "case":
        yield from _retention_days(record, rules.keep_years)


def _submission_days(submission: Fields, around: CaseFile, rules: Rules) -> Iterator[tuple[str, str, str]]:
    """The days that a submission's mechanism and the office give it, and that nothing has stopped
    yet."""
    from defenderdesk.domain import mechanisms

    mechanism = rules.mechanisms.get(one(submission, "mechanism"))
    for due in mechanisms.dues(mechanism, around, submission, rules.terms or mechanisms.TERMS):
        if not mechanisms.is_done(due.clock, submission, due.start[0]):
            first, last = due.earliest or due.latest, due.latest or due.earliest
            if first is not None and last is not None:
                yield due.clock.kind, first.isoformat(), last.isoformat()


def _referral_days(referral: Fields, around: CaseFile, rules: Rules) -> Iterator[tuple[str, str, str]]:
    """The day on which a referral is asked about again that nobody set a day for."""
    from defenderdesk.domain import mechanisms

    days = span(one(referral, "date"))
    [line] = TABLE["referral"]
    if days is None or one(referral, "due") or line.over(referral, around):
        return
    silence = (rules.terms or mechanisms.TERMS).silence
    first, last = days[0] or days[1], days[1] or days[0]
    if first is not None and last is not None:
        yield "nudge", _on(first, silence), _on(last, silence)


def _on(day: date, days: int) -> str:
    return (day + timedelta(days=min(days, (date.max - day).days))).isoformat()


def _retention_days(case: Fields, keep_years: int) -> Iterator[tuple[str, str, str]]:
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
