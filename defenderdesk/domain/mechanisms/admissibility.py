"""Check of a case against the rules of a mechanism: what speaks for and against a submission.

It never blocks. Each finding is a plain sentence with the mark of the rule behind it, so that the
person who goes on in spite of it knows how sure that rule is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.mechanisms import consent, duplication, limits, namable, needs
from defenderdesk.domain.mechanisms.acts import is_known, meanings
from defenderdesk.domain.mechanisms.covering import COVERED, coverage
from defenderdesk.domain.mechanisms.covering import UNKNOWN as COVERAGE_UNKNOWN
from defenderdesk.domain.mechanisms.findings import (
    FINE,
    MISSING,
    UNKNOWN,
    WARNING,
    Finding,
    gravest_first,
)
from defenderdesk.domain.mechanisms.model import Mechanism
from defenderdesk.domain.names import Matcher
from defenderdesk.errors import Message


def submission_to(mechanism: Mechanism, case: CaseFile) -> Fields | None:
    """The submission to a mechanism that is being prepared; else the last one that was sent."""
    mine = [s for s in case.of("submission") if one(s, "mechanism") == mechanism.id]
    waiting = [s for s in mine if not duplication.was_sent(s)]
    chosen = waiting or mine
    return chosen[-1] if chosen else None


def check(
    mechanism: Mechanism,
    case: CaseFile,
    on: date,
    mechanisms: Mapping[str, Mechanism],
    submission: Fields | None = None,
) -> list[Finding]:
    """The findings, gravest first. `on`: today, at the mechanism's seat. `mechanisms`: all that
    are known, for the rules on duplication. `submission`: the one meant, of several."""
    if submission is None:
        submission = submission_to(mechanism, case)
    return gravest_first(
        [
            *_active(mechanism),
            *_coverage(mechanism, case, on),
            *_scope(mechanism, case),
            *consent.check(mechanism, case, submission, on),
            *_mentioned(mechanism, case, submission, on),
            *_contents(mechanism, case, submission),
            *duplication.check(mechanism, case, mechanisms, submission),
            *limits.check_remedies(mechanism, case, submission),
            *limits.check_time(mechanism, case, submission, on),
            *_language(mechanism, submission),
            *_sender(mechanism, case, submission),
            *_media(mechanism, case),
        ]
    )


def _active(mechanism: Mechanism) -> Iterator[Finding]:
    if not mechanism.active:
        yield Finding("inactive", WARNING, Message("Your office no longer uses it."), "O")


def _coverage(mechanism: Mechanism, case: CaseFile, on: date) -> Iterator[Finding]:
    found = coverage(mechanism, one(case.case, "country"), on)
    level = {COVERED: FINE, COVERAGE_UNKNOWN: UNKNOWN}.get(found.state, WARNING)
    yield Finding("coverage", level, found.says, found.verified, field="case.country")


def _scope(mechanism: Mechanism, case: CaseFile) -> Iterator[Finding]:
    scope, acts = mechanism.scope, meanings(case)
    mark = mechanism.verified
    if mechanism.condition:
        yield Finding("condition", UNKNOWN, Message(mechanism.condition), mark)
    profiles = {*texts(case.case, "profiles"), *(p for d in case.of("person") for p in texts(d, "profiles"))}
    if scope.profiles and not profiles:
        says = Message("What kind of defender this is, is not recorded: we cannot tell if it is for them.")
        yield Finding("profile", UNKNOWN, says, mark, field="case.profiles")
    elif scope.profiles and not scope.profiles & profiles:
        says = Message("No defender in this case has a profile that it is for.")
        yield Finding("profile", WARNING, says, mark, field="case.profiles")
    if not acts:
        says = Message(
            "What kind of act it was is not recorded: we cannot tell if it is a matter for {mechanism}.",
            mechanism=mechanism.short,
        )
        yield Finding("scope", UNKNOWN, says, mark, field="event.acts")
    elif scope.acts and not any(scope.acts & act for act in acts):
        if not all(map(is_known, acts)):
            says = Message("We do not know the acts recorded: check if they are a matter for it.")
            yield Finding("scope", UNKNOWN, says, mark, field="event.acts")
            return
        says = Message("None of the acts recorded is a matter for {mechanism}.", mechanism=mechanism.short)
        yield Finding("scope", WARNING, says, mark, field="event.acts")
    elif scope.unsuitable and all(scope.unsuitable & act for act in acts):
        yield Finding("suitability", WARNING, Message(scope.why), scope.verified, field="event.acts")
    else:
        yield Finding(
            "scope",
            FINE,
            Message("The acts recorded are a matter for {mechanism}.", mechanism=mechanism.short),
            mark,
            field="event.acts",
        )


def _mentioned(
    mechanism: Mechanism, case: CaseFile, submission: Fields | None, on: date
) -> Iterator[Finding]:
    """Everybody whom the case's texts name, who is not one of those that the submission is for, and
    who did not agree: a draft leaves them out."""
    people = consent.whose(case, submission)
    asked = {one(person, "id") for person in people}
    everybody = namable.named(mechanism, case, submission or {}, people, on)
    others = [s for s in everybody if not s.may and not s.ids & asked]
    if not others:
        return
    matcher = Matcher(somebody.person() for somebody in everybody)
    told = {key for found in matcher.find(_story(case)) for key in found.whose}
    if names := ", ".join(s.name for s in others if s.key in told):
        says = Message(
            "Named in the case, and refused or not asked: {names}. A draft leaves them out.", names=names
        )
        yield Finding("consent", WARNING, says, "O", field="consent.person")


_NAMING = frozenset({"involvement", "source", "person", "organisation", "address", "consent", "submitter"})
"""Kinds whose own texts are about who somebody is."""


@cache
def _written(kind: str) -> tuple[str, ...]:
    """The fields of a kind in which a person writes words."""
    if kind in _NAMING:
        return ()
    return tuple(spec.name for spec in kind_of(kind).fields if spec.type in (Type.TEXT, Type.PARAGRAPH))


def _story(case: CaseFile) -> str:
    """All words of a case, one text a line."""
    lines: dict[str, None] = {}
    for record in case.all():
        for name in _written(str(record.get("kind") or "case")):
            if value := record.get(name):
                lines.update(dict.fromkeys(texts(record, name) if isinstance(value, list) else [str(value)]))
    return "\n".join(lines)


def _contents(mechanism: Mechanism, case: CaseFile, submission: Fields | None) -> Iterator[Finding]:
    told: set[str] = set()
    for section in mechanism.contents:
        for need in section.needs:
            choices = needs.paths(need)
            there = any(needs.is_filled(case, submission, path) for path in choices)
            if not section.required or need in told or there:
                continue
            told.add(need)
            says = Message(
                "{mechanism} still lacks: {what} ({section}).",
                mechanism=mechanism.short,
                what=Message(needs.words(need)),
                section=Message(section.label),
            )
            yield Finding("contents", MISSING, says, section.verified, section.id, choices[0])


def _language(mechanism: Mechanism, submission: Fields | None) -> Iterator[Finding]:
    chosen = one(submission or {}, "language").replace("-", "_").split("_")[0].lower()
    if not chosen or not mechanism.languages:
        return
    reads = ", ".join(code.upper() for code in mechanism.languages)
    if chosen in mechanism.languages:
        level, says = FINE, Message("It reads this language ({languages}).", languages=reads)
    elif mechanism.languages_open:
        level = UNKNOWN
        says = Message("It reads {languages} and others: check this one.", languages=reads)
    else:
        level, says = WARNING, Message("It reads {languages}, not this language.", languages=reads)
    yield Finding("language", level, says, mechanism.verified, field="submission.language")


def _sender(mechanism: Mechanism, case: CaseFile, submission: Fields | None) -> Iterator[Finding]:
    rule = mechanism.anonymous
    if rule is None:
        return
    if rule.code == "named" and not needs.chosen_submitter(case, submission or {}):
        says = Message("{rule} Nobody is named as the sender.", rule=Message(rule.text))
        yield Finding("anonymity", MISSING, says, rule.verified, "source", "submitter.name")
    else:
        yield Finding("anonymity", FINE, Message("{rule}", rule=Message(rule.text)), rule.verified)


def _media(mechanism: Mechanism, case: CaseFile) -> Iterator[Finding]:
    rule = mechanism.media
    kinds = [one(source, "source_type") for source in case.of("source")]
    if rule is not None and kinds and all(kind == "media" for kind in kinds):
        says = Message("{rule} Every source recorded is of the media.", rule=Message(rule.text))
        yield Finding("media", WARNING, says, rule.verified, field="source.source_type")
