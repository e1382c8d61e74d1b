"""Working jointly: which mechanism has which case, and the picture of a year.

A *step* is one thing that one mechanism was asked or did for one case: a submission or referral of
ours, a communication of its own, a joint action that it signed, or a role it took. The matrix
lays steps out case by mechanism; the year counts them for the next inter-mechanisms meeting. Counts, no
shares: they are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from defenderdesk.domain.casefile import Fields, one
from defenderdesk.domain.values import is_date, span

ORDER = ("engaged", "draft", "signed", "sent", "no_reply", "replied", "decided", "closed")
"""The stages of a mechanism with a case, from the least to the most."""


@dataclass(frozen=True)
class Step:
    """One step. `state`: of `ORDER`. `day`: when (an uncertain date), empty while not sent."""

    case: str
    mechanism: str
    state: str
    day: str
    record: str
    kind: str
    replied: bool = False


def step_of(fields: Fields, case: str, today: date, reply_due: str = "") -> Step | None:
    """The step that a record is; None where it names no mechanism. `reply_due`: the day on which
    a reply was expected, where one is."""
    mechanism, kind = one(fields, "mechanism"), one(fields, "kind")
    if not mechanism:
        return None
    record = one(fields, "id")
    if kind == "submission":
        state, day = _submission(fields, today, reply_due)
        return Step(case, mechanism, state, day, record, kind, is_date(one(fields, "replied")))
    if kind == "intervention":
        day = one(fields, "date") or one(fields, "filed") or one(fields, "public_listing_date")
        return Step(case, mechanism, "sent", day, record, kind)
    if kind == "referral":
        state = _referral(fields, today, reply_due)
        return Step(case, mechanism, state, one(fields, "date"), record, kind, state == "replied")
    if kind == "signatory":
        state = {"signed": "signed", "declined": "replied"}.get(one(fields, "answer"), "sent")
        return Step(case, mechanism, state, one(fields, "date") or one(fields, "asked"), record, kind)
    return Step(case, mechanism, "engaged", one(fields, "date"), record, kind)


def _referral(fields: Fields, today: date, reply_due: str) -> str:
    answer = one(fields, "answer")
    if one(fields, "revoked") or answer == "revoked":
        return "closed"
    if one(fields, "answered") or answer in ("accepted", "declined"):
        return "replied"
    if not one(fields, "date"):
        return "draft"
    return "no_reply" if reply_due and reply_due < today.isoformat() else "sent"


def _submission(fields: Fields, today: date, reply_due: str) -> tuple[str, str]:
    stage, sent = one(fields, "stage"), one(fields, "sent")
    if stage in ("closed", "withdrawn") or one(fields, "closed"):
        return "closed", sent
    if one(fields, "decided"):
        return "decided", sent
    if one(fields, "replied"):
        return "replied", sent
    if not sent and stage in ("", "draft", "ready"):
        return "draft", ""
    if reply_due and reply_due < today.isoformat():
        return "no_reply", sent
    return "sent", sent


def furthest(steps: Iterable[Step]) -> Step | None:
    """Of several steps of one mechanism in one case the one that is furthest."""
    found = sorted(steps, key=lambda s: ORDER.index(s.state))
    return found[-1] if found else None


@dataclass
class Year:
    """The picture of a year, in counts. `by_mechanism`: mechanism -> how many of each of `COUNTED`
    (submissions sent, its communications, referrals, signatures, replies, overdue replies, decisions).
    `several`: cases that more than one mechanism had in that year, with these. `gaps`: open cases in
    which something happened that year and that nobody was asked about."""

    year: int
    cases: int = 0
    by_mechanism: dict[str, Counter[str]] = field(default_factory=dict)
    several: dict[str, list[str]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)

    def total(self, what: str) -> int:
        """The sum of one count over all mechanisms."""
        return sum(counts[what] for counts in self.by_mechanism.values())


COUNTED = ("sent", "communications", "referrals", "signatures", "replies", "overdue", "decided")
_COUNTED_AS = {"submission": "sent", "intervention": "communications", "referral": "referrals"}


def year_of(text: str) -> int | None:
    """The year of a date; None where it may be of several."""
    bounds = span(text) if text else None
    if not bounds or bounds[0] is None or bounds[1] is None:
        return None
    return bounds[0].year if bounds[0].year == bounds[1].year else None


def picture(year: int, steps: Iterable[Step], happened: Iterable[str]) -> Year:
    """The picture of a year. `happened`: the open cases in which something happened in it."""
    made = Year(year)
    had: dict[str, dict[str, None]] = {}
    asked: set[str] = set()
    for step in steps:
        if step.state != "draft":
            asked.add(step.case)
        if step.state == "draft" or year_of(step.day) != year:
            continue
        had.setdefault(step.case, {})[step.mechanism] = None
        counts = made.by_mechanism.setdefault(step.mechanism, Counter())
        if step.kind in _COUNTED_AS:
            counts[_COUNTED_AS[step.kind]] += 1
        counts["signatures"] += step.state == "signed"
        counts["replies"] += step.replied
        counts["overdue"] += step.state == "no_reply"
        counts["decided"] += step.state == "decided"
    made.cases = len(had)
    made.several = {case: list(bodies) for case, bodies in had.items() if len(bodies) > 1}
    made.gaps = [case for case in dict.fromkeys(happened) if case not in asked]
    return made
