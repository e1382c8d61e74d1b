"""Limits of time and remedies in the country: whether a submission comes too late or too early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.deadlines import DUE, LATER, OVERDUE, Clock, Due, due, state_of
from defenderdesk.domain.mechanisms.clocks import counting, starts
from defenderdesk.domain.mechanisms.findings import FINE, MISSING, UNKNOWN, WARNING, Finding
from defenderdesk.domain.mechanisms.model import Mechanism
from defenderdesk.domain.values import span
from defenderdesk.errors import Message

_FIELD = {
    "final_domestic_decision": "proceeding.final_decision_date",
    "disappearance": "event.date",
}


def check_time(
    mechanism: Mechanism, case: CaseFile, submission: Fields | None, on: date
) -> Iterator[Finding]:
    """Each limit for filing: over, near, far, or not to be told. A submission that was sent is
    measured on the day it was sent."""
    sent = span(one(submission or {}, "sent"))
    day = (sent[1] if sent else None) or on
    yield from _call(mechanism, day)
    for clock in _limits(mechanism, submission):
        field = _FIELD.get(clock.after, "")
        counted = list(starts(clock, case, submission))
        if not counted:
            says = Message(
                "{limit}: we cannot tell. The date that it counts from is not recorded.",
                limit=Message(clock.label),
            )
            yield Finding("time", UNKNOWN, says, clock.verified, field=field)
        for start, record in counted:
            found = due(clock, start)
            if found is not None:
                level, says = _says(found, day)
                yield Finding("time", level, says, clock.verified, field=field, record=record)


def _call(mechanism: Mechanism, day: date) -> Iterator[Finding]:
    """The closing day of a yearly call, which only the office can know."""
    if not mechanism.windows:
        return
    closes = span(mechanism.closing)
    last = closes[1] if closes else None
    if last is None:
        says = Message("The closing date of this year's call is not entered: ask the body.")
        yield Finding("call", UNKNOWN, says, "U")
    elif last < day:
        says = Message("This year's call closed on {date}.", date=mechanism.closing)
        yield Finding("call", WARNING, says, "O")
    else:
        says = Message("This year's call closes on {date}.", date=mechanism.closing)
        yield Finding("call", FINE, says, "O")


def _limits(mechanism: Mechanism, submission: Fields | None) -> list[Clock]:
    """The limits that count for a submission; one that depends on a fact is told as well as long as
    nobody said whether it is so."""
    counted = counting(mechanism, submission)
    facts = submission or {}
    unsaid = [c for c in mechanism.of_kind("filing_limit") if c.given and facts.get(c.given) is None]
    return [c for c in mechanism.of_kind("filing_limit") if c in counted or c in unsaid]


def _says(found: Due, day: date) -> tuple[str, Message]:
    label, state = Message(found.clock.label), state_of(found, day)
    if state == OVERDUE:
        return WARNING, Message("{limit} {date}: that is over.", limit=label, date=found.on)
    if state == DUE and not found.certain:
        return WARNING, Message(
            "{limit} {date} or somewhat later: it may be over.", limit=label, date=found.on
        )
    if state == LATER:
        return FINE, Message("{limit} {date}.", limit=label, date=found.on)
    return WARNING, Message("{limit} {date}: that is soon.", limit=label, date=found.on)


_OVER = frozenset({"charges_dropped", "pardon_amnesty"})


def check_remedies(mechanism: Mechanism, case: CaseFile, submission: Fields | None) -> Iterator[Finding]:
    """Tells whether remedies in the country have to come first, and what the case says of them."""
    rule = mechanism.remedies
    words, field = Message(rule.text), "submission.remedies"
    if rule.code != "required":
        yield Finding("remedies", FINE, Message("{rule}", rule=words), rule.verified)
        return
    told = bool(one(submission or {}, "remedies"))
    proceedings = case.of("proceeding")
    ended = [
        p for p in proceedings if one(p, "final_decision_date") or one(p, "ended") or one(p, "stage") in _OVER
    ]
    if told:
        says = Message("{rule} What was done is described.", rule=words)
        yield Finding("remedies", FINE, says, rule.verified, field=field)
    elif ended and len(ended) == len(proceedings):
        says = Message("{rule} The proceedings in the country have ended.", rule=words)
        yield Finding("remedies", FINE, says, rule.verified, field=field)
    elif proceedings:
        says = Message(
            "{rule} A proceeding in the country has not ended: say why it need not be waited for.",
            rule=words,
        )
        yield Finding(
            "remedies",
            WARNING,
            says,
            rule.verified,
            field=field,
            record=one(next(p for p in proceedings if p not in ended), "id"),
        )
    else:
        says = Message("{rule} Nothing is recorded on them.", rule=words)
        yield Finding("remedies", MISSING, says, rule.verified, field=field)
