"""Clocks of a mechanism: what they count from in a case, and the deadlines that follow."""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.deadlines import Clock, Due, due
from defenderdesk.domain.mechanisms.model import Mechanism
from defenderdesk.domain.values import is_date

_OF_SUBMISSION = {
    "sent": ("sent",),
    "letter": ("letter",),
    "received": ("acknowledged", "sent"),
    "acknowledged": ("acknowledged",),
    "state_reply": ("replied",),
    "decision": ("decided",),
    "granted": ("decided",),
    "published": ("published",),
}
"""The events that a clock counts from, and the fields of the submission that say when; the first
counts."""

_OF_CASE = ("final_domestic_decision", "disappearance")

AFTER = (*_OF_SUBMISSION, *_OF_CASE)
"""All that a clock can count from."""

_DONE = {
    "acknowledge_due": ("acknowledged", "letter", "replied", "decided", "closed"),
    "state_reply_due": ("replied", "decided", "closed"),
    "public_on": ("published", "closed"),
    "nudge": ("acknowledged", "letter", "replied", "decided", "followed_up", "closed"),
    "comments_due": ("comments_sent", "closed"),
    "follow_up_due": ("followed_up", "closed"),
    "report_due": ("replied", "closed"),
    "filing_limit": ("sent", "closed"),
    "sent_on": ("letter", "replied", "decided", "closed"),
}
"""For each kind of clock the dates of a submission that stop it."""

DISAPPEARANCE = "enforced_disappearance"


def starts(clock: Clock, case: CaseFile, submission: Fields | None) -> Iterator[tuple[str, str]]:
    """(date, id of the record that it stands in) of everything that `clock` counts from: one for
    a date of the submission, several where a case has several proceedings or disappearances."""
    if clock.after in _OF_SUBMISSION:
        for name in _OF_SUBMISSION[clock.after]:
            if submission is not None and is_date(one(submission, name)):
                yield one(submission, name), one(submission, "id")
                return
    elif clock.after == "final_domestic_decision":
        for proceeding in case.of("proceeding"):
            if is_date(one(proceeding, "final_decision_date")):
                yield one(proceeding, "final_decision_date"), one(proceeding, "id")
    elif clock.after == "disappearance":
        yield from _disappearances(case)


def _disappearances(case: CaseFile) -> Iterator[tuple[str, str]]:
    """The days of acts of enforced disappearance; where an act has none, those of its event."""
    told: set[str] = set()
    for act in case.of("act"):
        if one(act, "act_type") == DISAPPEARANCE and is_date(one(act, "date")):
            told.add(one(act, "event"))
            yield one(act, "date"), one(act, "id")
    wanted = {one(a, "event") for a in case.of("act") if one(a, "act_type") == DISAPPEARANCE}
    for event in case.of("event"):
        meant = DISAPPEARANCE in texts(event, "acts") or one(event, "id") in wanted - {""}
        if meant and one(event, "id") not in told and is_date(one(event, "date")):
            yield one(event, "date"), one(event, "id")


def is_done(clock: Clock, submission: Fields) -> bool:
    """Tells whether a date of the submission has stopped a clock."""
    return any(one(submission, name) for name in _DONE.get(clock.kind, ()))


def dues(mechanism: Mechanism, case: CaseFile, submission: Fields) -> list[Due]:
    """Every deadline of one submission, earliest first. A date that the mechanism set for the
    reply (`reply_due`) takes the place of its rules for the State's reply or report."""
    found: list[Due | None] = []
    given = one(submission, "reply_due")
    if is_date(given):
        own = Clock(
            "reply_set",
            REPLY_SET,
            "sent",
            0,
            "days",
            "state_reply_due",
            "state",
            seat=mechanism.seat,
            verified="O",
        )
        found.append(due(own, one(submission, "sent"), given))
    for clock in mechanism.clocks:
        asked = clock.kind == "state_reply_due" or clock.after == "granted"
        if not (is_date(given) and asked):
            found += [due(clock, day) for day, _ in starts(clock, case, submission)]
    return sorted((d for d in found if d), key=lambda d: (d.on, d.clock.name))


REPLY_SET = "Reply expected, as the mechanism said"
"""Label of the deadline for a reply where the mechanism set one itself (message id)."""
