"""Clocks of a mechanism: what they count from in a case, what stops them, and the deadlines that
follow. Beside the mechanism's own stand those that an office keeps for all of them (`Terms`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.checking import flaw
from defenderdesk.domain.deadlines import Clock, Due, due
from defenderdesk.domain.kinds import POLICY
from defenderdesk.domain.mechanisms.model import Mechanism
from defenderdesk.domain.values import date_sort_key, is_date, span

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

GIVEN = ("extended", "linked")
"""Facts of a submission on which a clock may depend: the State was given more time; it is
connected to a case that the mechanism has."""

_DONE = {
    "acknowledge_due": ("acknowledged", "letter", "replied", "decided", "closed"),
    "state_reply_due": ("replied", "decided", "closed"),
    "public_on": ("published", "closed"),
    "nudge": ("acknowledged", "letter", "replied", "decided", "closed"),
    "comments_due": ("comments_sent", "decided", "closed"),
    "follow_up_due": ("followed_up", "closed"),
    "report_due": ("reported", "closed"),
    "filing_limit": ("sent", "closed"),
    "sent_on": ("letter", "replied", "decided", "closed"),
}
"""For each kind of clock the dates of a submission that stop it."""

_LATER = ("decision", "granted", "state_reply")
"""Clocks that count from these are stopped only by what came after: a follow-up before the decision
is not the follow-up to it."""

_STAGE = {
    "sent": "sent",
    "acknowledged": "acknowledged",
    "transmitted": "letter",
    "replied": "replied",
    "decided": "decided",
    "followed_up": "followed_up",
}
"""The date that a stage stands for where nobody wrote it down."""
_AWAY = frozenset({*_STAGE, "closed", "withdrawn"})
"""Stages of a submission that has left."""
_OVER = ("closed", "withdrawn")

SET = {
    "state_reply_due": "reply_due",
    "report_due": "report_due",
    "comments_due": "comments_due",
}
"""Kinds of clock of which the mechanism may set the day itself, and the field that holds it: it
takes the place of the rule."""

REPLY_SET = "Reply expected, as the mechanism said"
REPORT_SET = "Report of the State expected, as the mechanism said"
COMMENTS_SET = "Our comments due, as the mechanism said"
SILENCE = "Ask again if nothing is heard"
COMMENTS = "Our comments on the reply of the State"
LABELS = (REPLY_SET, REPORT_SET, COMMENTS_SET, SILENCE, COMMENTS)
"""Labels of deadlines that no mechanism's file gives (message ids)."""

_SAID = {
    "state_reply_due": ("reply_set", REPLY_SET, "state"),
    "report_due": ("report_set", REPORT_SET, "state"),
    "comments_due": ("comments_set", COMMENTS_SET, "us"),
}

DISAPPEARANCE = "enforced_disappearance"


@dataclass(frozen=True)
class Terms:
    """Terms in days that an office sets for every mechanism that has none of its own. `silence`:
    from sending, or the last reminder, until somebody asks again; `comments`: from a State's reply
    until ours have to be sent. `own_silence`: the office set that one itself, and so it takes the
    place of a shipped term that no source gives."""

    silence: int = 21
    comments: int = 30
    own_silence: bool = False


TERMS = Terms()


def terms_of(policy: Fields) -> Terms:
    """The terms of an office's rules; what is not set, or is no number of days, is as shipped."""

    def days(name: str, otherwise: int) -> int:
        value, field = policy.get(name), POLICY.field(name)
        fine = field is not None and flaw(field, value) is None
        return value if fine and isinstance(value, int) else otherwise

    silence = days("silence_days", 0)
    return Terms(silence or TERMS.silence, days("comment_days", TERMS.comments), bool(silence))


def counting(mechanism: Mechanism, submission: Fields | None) -> list[Clock]:
    """The clocks of a mechanism that count for a submission: one that depends on a fact counts if
    the submission says so, and then in the place of the one that it replaces."""
    facts = submission or {}
    found = [c for c in mechanism.clocks if not c.given or facts.get(c.given) is True]
    replaced = {c.replaces for c in found if c.given}
    return [c for c in found if c.name not in replaced]


def starts(clock: Clock, case: CaseFile, submission: Fields | None) -> Iterator[tuple[str, str]]:
    """(date, id of the record that it stands in) of everything that `clock` counts from: one for
    a date of the submission, several where a case has several proceedings or disappearances."""
    if clock.after in _OF_SUBMISSION:
        day = _start(clock, submission or {})
        if day:
            yield day, one(submission or {}, "id")
    elif clock.after == "final_domestic_decision":
        for proceeding in case.of("proceeding"):
            if is_date(one(proceeding, "final_decision_date")):
                yield one(proceeding, "final_decision_date"), one(proceeding, "id")
    elif clock.after == "disappearance":
        yield from _disappearances(case)


def _start(clock: Clock, submission: Fields) -> str:
    found = [one(submission, name) for name in _OF_SUBMISSION[clock.after]]
    day = next((day for day in found if is_date(day)), "")
    asked = one(submission, "followed_up")
    if day and clock.kind == "nudge" and is_date(asked) and date_sort_key(asked) > date_sort_key(day):
        return asked  # silence begins anew with every reminder
    return day


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


def is_done(clock: Clock, submission: Fields, since: date | None = None) -> bool:
    """Tells whether a date of the submission, or its stage, has stopped a clock. `since`: the first
    day that the clock may count from."""
    stage = one(submission, "stage")
    if stage in _OVER:
        return True
    stops = _DONE.get(clock.kind, ())
    said = _STAGE.get(stage)
    if said in stops or ("sent" in stops and stage in _AWAY):
        return True
    if clock.kind == "nudge" and said == "followed_up" and not one(submission, "followed_up"):
        return True  # asked again on a day that nobody wrote down: there is none to count from
    return any(_stops(clock, submission, name, since) for name in stops)


def _stops(clock: Clock, submission: Fields, name: str, since: date | None) -> bool:
    day = one(submission, name)
    if not day or name == "closed" or clock.after not in _LATER or since is None:
        return bool(day)
    days = span(day)
    return days is None or days[1] is None or days[1] >= since


def dues(mechanism: Mechanism | None, case: CaseFile, submission: Fields, terms: Terms = TERMS) -> list[Due]:
    """Every deadline of one submission, earliest first. A day that the mechanism set takes the
    place of its rule for the same; of a mechanism that is not known (None), what the office keeps
    for all of them."""
    seat = mechanism.seat if mechanism else ""
    clocks = counting(mechanism, submission) if mechanism else []
    found: list[Due | None] = []
    for kind, field in SET.items():
        given = one(submission, field)
        if is_date(given):
            clocks = [clock for clock in clocks if clock.kind != kind]
            name, label, who = _SAID[kind]
            own = Clock(name, label, "sent", 0, "days", kind, who, seat=seat, verified="O")
            found.append(due(own, one(submission, "sent"), given))
    for clock in _with_terms(clocks, submission, terms):
        found += [due(clock, day) for day, _ in starts(clock, case, submission)]
    return sorted((d for d in found if d), key=lambda d: (d.on, d.clock.name))


def _with_terms(clocks: list[Clock], submission: Fields, terms: Terms) -> Iterator[Clock]:
    """The clocks, and those that the office keeps where a mechanism has none of the kind."""
    kinds = {clock.kind for clock in clocks}
    for clock in clocks:
        ours = clock.kind == "nudge" and clock.verified == "U" and terms.own_silence
        yield replace(clock, count=terms.silence, unit="days", verified="O", source="") if ours else clock
    if "nudge" not in kinds:
        yield Clock("silence", SILENCE, "sent", terms.silence, "days", "nudge", "us", verified="O")
    if "comments_due" not in kinds and not is_date(one(submission, "comments_due")):
        yield Clock(
            "comments", COMMENTS, "state_reply", terms.comments, "days", "comments_due", "us", verified="O"
        )
