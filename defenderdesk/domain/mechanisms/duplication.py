"""Duplication of procedures: what it means for one mechanism that others have the matter.

A mechanism counts as seized when a submission to it was sent, when it published something on the
case, or, for money, when a protection measure was asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.mechanisms.findings import FINE, UNKNOWN, WARNING, Finding
from defenderdesk.domain.mechanisms.model import BARS, NONE, RISK, TELL, Exclusion, Mechanism
from defenderdesk.errors import Message

UNSENT = frozenset({"", "draft", "ready", "withdrawn"})
DECIDED = frozenset({"decided", "closed"})
NOT_ASKED = frozenset({"considered", "refused"})
UNDER_WAY = frozenset({"asked", "granted", "in_force", "checked"})
"""Codes of the lists `submission_stage` and `measure_status`. What was withdrawn is before the
mechanism no more."""

PENDING_PHASE, DECIDED_PHASE, EITHER = "pending", "decided", "either"


@dataclass(frozen=True)
class Seizure:
    """That a mechanism has the matter: `phase` pending, decided, or either (a document does not
    say which); `since`, an uncertain date, and `reference`, where they are known."""

    mechanism: str
    phase: str
    since: str
    reference: str
    record: str


def was_sent(submission: Fields) -> bool:
    """Tells whether a submission went out: its stage says so, or the day it was sent."""
    stage = one(submission, "stage")
    return stage not in UNSENT or (stage == "" and bool(one(submission, "sent")))


def seizures(case: CaseFile) -> list[Seizure]:
    """Every mechanism that has the matter, in the order of the records."""
    found = []
    for sent in case.of("submission"):
        if was_sent(sent):
            over = one(sent, "stage") in DECIDED or bool(one(sent, "decided") or one(sent, "closed"))
            found.append(_seizure(sent, DECIDED_PHASE if over else PENDING_PHASE, one(sent, "sent")))
    for document in case.of("intervention"):
        found.append(_seizure(document, EITHER, one(document, "date")))
    for measure in case.of("measure"):
        since = one(measure, "granted") or one(measure, "asked")
        status = one(measure, "status")
        if status not in NOT_ASKED and (since or status in UNDER_WAY):
            found.append(_seizure(measure, PENDING_PHASE, since))
    return [seizure for seizure in found if seizure.mechanism]


def _seizure(record: Fields, phase: str, since: str) -> Seizure:
    reference = one(record, "reference")
    return Seizure(one(record, "mechanism"), phase, since, reference, one(record, "id"))


def _applies(rule: Exclusion, seizure: Seizure) -> bool:
    return rule.when == "any" or seizure.phase in (rule.when, EITHER)


def _rules(mechanism: Mechanism, other: Mechanism, seizure: Seizure) -> Iterator[Exclusion]:
    """The rules of `mechanism` on `other`; a general "no bar" only where no rule is special."""
    found = [
        rule
        for rule in mechanism.exclusions
        if mechanism.names_other(other, rule) and _applies(rule, seizure)
    ]
    special = [rule for rule in found if rule.others != ("*",)]
    yield from special or found


_LEVEL = {BARS: WARNING, RISK: WARNING, TELL: UNKNOWN, NONE: FINE}


def check(
    mechanism: Mechanism,
    case: CaseFile,
    mechanisms: Mapping[str, Mechanism],
    submission: Fields | None,
) -> Iterator[Finding]:
    """The findings about what the other mechanisms that have the matter mean for this one, and this
    one for them."""
    told: set[tuple[str, str]] = set()
    here = one(submission or {}, "id")
    for seizure in seizures(case):
        if seizure.mechanism == mechanism.id:
            # The measure asked of a fund, or the document that came of a submission, is no second.
            if seizure.record != here and (mechanism.id, "") not in told:
                told.add((mechanism.id, ""))
                yield Finding("already", FINE, _already(mechanism, seizure), "V", record=seizure.record)
            continue
        other = mechanisms.get(seizure.mechanism)
        if other is None:
            if (seizure.mechanism, "") not in told:
                told.add((seizure.mechanism, ""))
                says = Message(
                    "{other} has the matter. We have no rule on what that means: check.",
                    other=seizure.mechanism,
                )
                yield Finding("duplication", UNKNOWN, says, "U", "elsewhere", record=seizure.record)
            continue
        for rule in _rules(mechanism, other, seizure):
            if (other.id, rule.text) not in told:
                told.add((other.id, rule.text))
                says = Message("{other} has the matter. {rule}", other=other.short, rule=Message(rule.text))
                yield Finding(
                    f"duplication-{rule.effect}",
                    _LEVEL[rule.effect],
                    says,
                    rule.verified,
                    "elsewhere",
                    record=seizure.record,
                )
        for rule in _rules(other, mechanism, seizure):
            if rule.effect in (BARS, RISK) and (rule.text, other.id) not in told:
                told.add((rule.text, other.id))
                says = Message(
                    "This can count against what is before {other}. Its rule: {rule}",
                    other=other.short,
                    rule=Message(rule.text),
                )
                yield Finding(
                    "duplication-back",
                    WARNING,
                    says,
                    rule.verified,
                    "elsewhere",
                    record=seizure.record,
                )


def _already(mechanism: Mechanism, seizure: Seizure) -> Message:
    if seizure.since:
        return Message(
            "{mechanism} already has the matter, since {date}: send news as an update.",
            mechanism=mechanism.short,
            date=seizure.since,
        )
    return Message("{mechanism} already has the matter: send news as an update.", mechanism=mechanism.short)
