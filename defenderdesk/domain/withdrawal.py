"""A consent that was withdrawn: which mechanisms were reached already and have to be told.

A letter that was sent cannot be recalled; what can be done is to say so to each, soon, and to
note that it was done. One task for each submission that the withdrawal touches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts

_SENT = ("sent", "acknowledged", "transmitted", "replied", "decided", "followed_up")


@dataclass(frozen=True)
class ToTell:
    """A submission whose mechanism has to be told, and the consent that was withdrawn."""

    consent: str
    submission: str
    mechanism: str


def to_tell(case: CaseFile) -> list[ToTell]:
    """Whom to tell, without those for whom there is a task about that submission already that was
    made because of a consent."""
    done = {one(t, "about") for t in case.of("task") if one(t, "task_type") == "withdrawal"}
    return [found for found in _touched(case) if found.submission not in done]


def _touched(case: CaseFile) -> Iterator[ToTell]:
    involvements = {one(i, "person"): one(i, "id") for i in case.of("involvement")}
    for consent in case.of("consent"):
        if not one(consent, "withdrawn"):
            continue
        person = one(consent, "person")
        person = involvements.get(person, person)
        only = texts(consent, "mechanisms")
        for submission in case.of("submission"):
            if _reached(submission, person) and (not only or one(submission, "mechanism") in only):
                yield ToTell(one(consent, "id"), one(submission, "id"), one(submission, "mechanism"))


def _reached(submission: Fields, person: str) -> bool:
    sent = bool(one(submission, "sent")) or one(submission, "stage") in _SENT
    whom = texts(submission, "for_whom")
    return sent and one(submission, "stage") != "withdrawn" and (not whom or person in whom)
