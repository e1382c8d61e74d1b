"""Consent before something is done with a person on a visit: raising their case, meeting them.

Nothing is forbidden here; it is said who agreed, who said no, and who was not asked. A mark that
somebody set on the visit's own record ("the person agrees") stands in for a consent that nobody
recorded, and never for one that was refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.mechanisms import consent
from defenderdesk.domain.mechanisms.consent import EXPIRED, GIVEN, JUSTIFIED, LACKING, REFUSED, WITHDRAWN

RAISE, MEET = "country_visit", "meeting"
"""The uses of the list `consent_use` that are asked for."""

NO, NOT_ASKED, YES = "no", "not_asked", "yes"
_NO = (REFUSED, WITHDRAWN, EXPIRED)
PEOPLE = ("defender", "organisation", "")
"""Kinds of meeting with somebody whom it may harm; an authority needs no consent."""


@dataclass(frozen=True)
class Answer:
    """A person's answer. `status`: of `domain.mechanisms.consent`."""

    name: str
    status: str


@dataclass(frozen=True)
class Check:
    """The answers to one thing to be done. `risk_open`: of a meeting, that nobody has checked the risk;
    `needed`: False where nobody's consent is needed."""

    answers: tuple[Answer, ...]
    risk_open: bool = False
    needed: bool = True

    @property
    def level(self) -> str:
        """`no` where somebody said no, `not_asked` where somebody was not asked or nobody is
        recorded, else `yes`."""
        if not self.needed:
            return YES
        found = {answer.status for answer in self.answers}
        if found & set(_NO):
            return NO
        return NOT_ASKED if found & {LACKING, JUSTIFIED} or not found else YES

    @property
    def fine(self) -> bool:
        """True if nothing speaks against it as far as is recorded."""
        return self.level == YES and not self.risk_open


def to_raise(case: CaseFile, raised: Fields | None, mechanism: str, on: date) -> Check:
    """The answers of those at risk in a case to its being raised on a visit of a mechanism."""
    answers = [
        Answer(
            consent.name_of(case, person),
            _with_mark(_status(case.of("consent"), person, mechanism, RAISE, on), raised),
        )
        for person in case.defenders()
    ]
    return Check(tuple(answers))


def to_meet(
    meeting: Fields, name: str, consents: Iterable[Fields], ids: frozenset[str], mechanism: str, on: date
) -> Check:
    """The answer of somebody to a meeting. `ids`: all ids that mean the person."""
    if one(meeting, "meeting_type") not in PEOPLE:
        return Check((), needed=False)
    found = consent.status(consents, ids, mechanism, MEET, on) if ids else LACKING
    return Check((Answer(name, _with_mark(found, meeting)),), meeting.get("risk_checked") is not True)


def _status(consents: Iterable[Fields], person: Fields, mechanism: str, use: str, on: date) -> str:
    ids = frozenset({one(person, "id"), one(person, "person")} - {""})
    return consent.status(consents, ids, mechanism, use, on)


def _with_mark(status: str, record: Fields | None) -> str:
    mark = (record or {}).get("consent")
    if mark is False:
        return REFUSED
    return GIVEN if status in (LACKING, JUSTIFIED) and mark is True else status
