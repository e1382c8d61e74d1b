"""Suggests which bodies with a mandate nobody has seized for a case yet, best first, and why.

A suggestion is an invitation to look, in the order of a few plain reasons; the numbers behind the
order are our choice and are never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain.casefile import CaseFile, one, texts
from defenderdesk.domain.mechanisms import duplication, limits
from defenderdesk.domain.mechanisms.acts import meanings
from defenderdesk.domain.mechanisms.covering import COVERED, UNKNOWN, coverage
from defenderdesk.domain.mechanisms.findings import WARNING, Finding
from defenderdesk.domain.mechanisms.model import MEMBERS, Mechanism
from defenderdesk.domain.mechanisms.ongoing import hearing_soon, urgency
from defenderdesk.errors import Message


@dataclass(frozen=True)
class Suggestion:
    """`urgent`: the mechanism is made for what is going on. `reasons` and `cautions`, to be
    translated. `complements`: ids of those that have the matter, which it adds to without a bar.
    `draft`: a submission to it is being prepared."""

    mechanism: Mechanism
    urgent: bool
    reasons: tuple[Message, ...]
    cautions: tuple[Message, ...]
    complements: tuple[str, ...]
    draft: bool


@dataclass(frozen=True)
class _Case:
    """The facts that every mechanism is measured against, worked out once."""

    file: CaseFile
    on: date
    acts: list[frozenset[str]]
    urgent: list[Message]
    hearing: date | None


def suggest(case: CaseFile, on: date, mechanisms: Mapping[str, Mechanism]) -> list[Suggestion]:
    """The mechanisms that cover the case and have not been seized, best first. One whose coverage
    our lists cannot tell is among them and says so; one that does not cover it is not."""
    about = _Case(case, on, meanings(case), urgency(case, on), hearing_soon(case, on))
    seized = {seizure.mechanism for seizure in duplication.seizures(case)}
    scored = []
    for mechanism in mechanisms.values():
        if mechanism.active and mechanism.id not in seized:
            found = _suggestion(mechanism, about, mechanisms)
            if found is not None:
                scored.append(found)
    scored.sort(key=lambda pair: (-pair[0], pair[1].mechanism.order))
    return [suggestion for _, suggestion in scored]


def _suggestion(
    mechanism: Mechanism, about: _Case, mechanisms: Mapping[str, Mechanism]
) -> tuple[int, Suggestion] | None:
    scope, case = mechanism.scope, about.file
    covered = coverage(mechanism, one(case.case, "country"), about.on)
    special = any(scope.acts & act for act in about.acts)
    if covered.state not in (COVERED, UNKNOWN) or (scope.acts and not special):
        return None
    if scope.profiles and not scope.profiles & set(texts(case.case, "profiles")):
        return None
    unsuitable = bool(about.acts) and all(scope.unsuitable & act for act in about.acts)
    urgent = mechanism.urgent and bool(about.urgent)
    reasons, cautions = [Message(mechanism.mandate)] if mechanism.mandate else [], list[Message]()
    score = {"V": 4, "O": 4, "P": 2}.get(mechanism.verified, 0)
    if urgent:
        score += 40
        reasons += about.urgent
    elif mechanism.urgent:
        score -= 10
    if special:
        score += 20
        reasons.append(Message("Its mandate is this very kind of act."))
    if mechanism.region.rule == MEMBERS and covered.state == COVERED:
        score += 8
    reasons.append(covered.says) if covered.state == COVERED else cautions.append(covered.says)
    if about.hearing and "trial_observation_request" in mechanism.accepts:
        score += 10
        reasons.append(Message("A hearing is near ({date}): it can observe trials.", date=about.hearing))
    if unsuitable:
        score -= 30
        cautions.append(Message(scope.why))
    if mechanism.condition:
        score -= 15
        cautions.append(Message(mechanism.condition))
    if mechanism.class_ == "funding":
        score -= 12
    findings = [
        *duplication.check(mechanism, case, mechanisms, None),
        *limits.check_time(mechanism, case, None, about.on),
    ]
    warnings = [finding for finding in findings if finding.level == WARNING]
    score -= 20 * len(warnings)
    cautions += [finding.says for finding in warnings]
    complements = _complements(findings, case)
    if complements:
        names = ", ".join(mechanisms[other].short for other in complements)
        reasons.append(
            Message("It adds to what is before {others}, and neither bars the other.", others=names)
        )
    draft = any(one(s, "mechanism") == mechanism.id for s in case.of("submission"))
    if draft:
        reasons.append(Message("A submission to it is being prepared."))
    found = Suggestion(mechanism, urgent, tuple(reasons), tuple(cautions), tuple(complements), draft)
    return score, found


def _complements(findings: list[Finding], case: CaseFile) -> list[str]:
    """The mechanisms that have the matter of which a rule says that they are no bar."""
    free = {f.record for f in findings if f.code == "duplication-none"}
    barred = {f.record for f in findings if f.code.startswith("duplication") and f.level == WARNING}
    found = [s.mechanism for s in duplication.seizures(case) if s.record in free - barred]
    return list(dict.fromkeys(found))
