"""Consent, per person, recipient and use: whose is lacking for a submission, and why.

A record of kind `consent` says whose (`person`: an involvement or a person), to which `uses` (or to
which `level` of the list `consent`), for which `mechanisms` (none: any), the `answer`, and when it
was given, ends, or was withdrawn. The latest answer counts; what was said of this mechanism is
not undone by a later general Yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.mechanisms.findings import FINE, MISSING, WARNING, Finding
from defenderdesk.domain.mechanisms.model import Mechanism, Use
from defenderdesk.domain.values import span
from defenderdesk.errors import Message

GIVEN = "given"
REFUSED = "refused"
EXPIRED = "expired"
WITHDRAWN = "withdrawn"
JUSTIFIED = "justified"
LACKING = "lacking"

_LEVELS = {
    "c3_mechanism_no_name": ("mechanism_confidential",),
    "c4_name_to_state": ("mechanism_confidential", "name_to_state"),
    "c5_name_published": ("mechanism_confidential", "name_to_state", "name_published"),
    "c6_public_campaign": (
        "mechanism_confidential",
        "name_to_state",
        "name_published",
        "campaign",
    ),
}
"""The uses that a level of consent covers, where the record names none."""


@dataclass(frozen=True)
class _Answer:
    """One record as an answer: from when it counts, whether it names the mechanism, what it is."""

    since: date
    special: bool
    status: str


def _first_day(text: str) -> date | None:
    days = span(text) if text else None
    return days[0] if days else None


def _status(consent: Fields, on: date) -> tuple[str, date]:
    """The state of a record on a day, and since when."""
    given = _first_day(one(consent, "date") or one(consent, "given")) or date.min
    taken_back = one(consent, "withdrawn")
    if taken_back:
        # A withdrawal whose day is unclear counts: to the safe side.
        since = _first_day(taken_back) or given
        if since <= on:
            return WITHDRAWN, max(since, given)
    if one(consent, "answer") == "no":
        return REFUSED, given
    if one(consent, "answer") != "yes":
        return (JUSTIFIED if one(consent, "reason") else LACKING), given
    days = span(one(consent, "until"))
    if days and days[1] is not None and days[1] < on:
        return EXPIRED, given
    return GIVEN, given


def _covers(consent: Fields, use: str) -> bool:
    uses = texts(consent, "uses") or texts(consent, "use")
    if uses:
        return use in uses
    level = one(consent, "level")
    if one(consent, "answer") == "yes" and not one(consent, "withdrawn"):
        # A Yes that does not say to what covers what its level says, and nothing more.
        return use in _LEVELS.get(level, ())
    return True


def status(consents: Iterable[Fields], persons: frozenset[str], mechanism: str, use: str, on: date) -> str:
    """The consent of one person (by the ids that mean them) to one use by one mechanism on a day:
    `given`, `refused`, `expired`, `withdrawn`, `justified` (a reason stands in) or `lacking`."""
    answers = []
    for consent in consents:
        if one(consent, "person") not in persons and one(consent, "involvement") not in persons:
            continue
        named = texts(consent, "mechanisms") or texts(consent, "mechanism")
        if (named and mechanism not in named) or not _covers(consent, use):
            continue
        found, since = _status(consent, on)
        if found != LACKING and since <= on:
            answers.append(_Answer(since, bool(named), found))
    # Of two answers of one day, the No counts.
    answers.sort(key=lambda answer: (answer.since, answer.status in (REFUSED, WITHDRAWN)))
    last: _Answer | None = None
    for answer in answers:
        said_no = last is not None and last.special and last.status in (REFUSED, WITHDRAWN)
        if not (said_no and answer.status == GIVEN and not answer.special):
            last = answer
    return last.status if last else LACKING


def name_of(case: CaseFile, involvement: Fields) -> str:
    """The name of somebody involved in a case, else of the person or organisation they are known as."""
    linked = one(involvement, "person")
    known = case.find("person", linked) or case.find("organisation", linked) or {}
    return one(involvement, "name") or one(known, "name") or "?"


def chosen(submission: Fields | None) -> list[str]:
    """The ids of the involvements that a submission names as those it is for."""
    return texts(submission or {}, "for_whom")


def whose(case: CaseFile, submission: Fields | None) -> list[Fields]:
    """The involvements that a submission is for; those of all defenders where it does not say."""
    ids = set(chosen(submission))
    return [d for d in case.defenders() if not ids or one(d, "id") in ids]


def check(mechanism: Mechanism, case: CaseFile, submission: Fields | None, on: date) -> Iterator[Finding]:
    """For each question of consent of the mechanism, whose answer stands in the way."""
    people = whose(case, submission)
    consents = case.of("consent")
    for use in mechanism.uses:
        groups: dict[str, list[str]] = {}
        for person in people:
            ids = frozenset({one(person, "id"), one(person, "person")} - {""})
            found = status(consents, ids, mechanism.id, use.code, on)
            groups.setdefault(found, []).append(name_of(case, person))
        for found, names in groups.items():
            finding = _finding(use, found, ", ".join(names))
            if finding:
                yield finding


def _finding(use: Use, found: str, names: str) -> Finding | None:
    facts = {"names": names, "question": Message(use.label)}
    if found == GIVEN:
        level, says = FINE, Message("Consent given by {names}: {question}", **facts)
    elif found == REFUSED and use.refusable:
        level = FINE
        says = Message("Refused by {names}, which is an answer that it takes: {question}", **facts)
    elif found == REFUSED:
        level, says = WARNING, Message("Consent refused by {names}: {question}", **facts)
    elif found == WITHDRAWN:
        level, says = WARNING, Message("Consent withdrawn by {names}: {question}", **facts)
    elif found == EXPIRED:
        level, says = WARNING, Message("Consent has ended of {names}: {question}", **facts)
    elif found == JUSTIFIED and use.may_justify:
        level, says = FINE, Message("A reason is given for {names}: {question}", **facts)
    elif not use.required:
        return None
    elif use.may_justify:
        level, says = (
            MISSING,
            Message("Neither consent nor a reason of {names}: {question}", **facts),
        )
    else:
        level, says = MISSING, Message("No consent yet of {names}: {question}", **facts)
    return Finding("consent", level, says, use.verified, "consent", f"consent.{use.code}")
