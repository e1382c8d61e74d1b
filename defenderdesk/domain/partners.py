"""Consent to sharing with a partner organisation: who of a case has not agreed to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.mechanisms import namable
from defenderdesk.domain.names import Matcher
from defenderdesk.domain.values import span

USE = "partner"


def unasked(case: CaseFile, organisation: str, on: date) -> list[Fields]:
    """The defenders of a case who have not agreed that this organisation gets it: not asked,
    refused, ended or withdrawn by `on`. The last answer of each counts; of one day the No."""
    return [
        person
        for person in case.defenders()
        if not _agrees(
            case.of("consent"), {one(person, "id"), one(person, "person")} - {""}, organisation, on
        )
    ]


def named(case: CaseFile, organisation: str, on: date, text: str) -> list[str]:
    """The names of those who have not agreed that this organisation gets the case, as `unasked`, and
    of everybody else whom a text that it would get names without that: witnesses, relatives,
    lawyers, sources."""

    def may(record: Fields) -> bool:
        if one(record, "part") == namable.PERPETRATOR:
            return True
        ids = {one(record, "id"), one(record, "person")} - {""}
        return _agrees(case.of("consent"), ids, organisation, on)

    people = namable.everybody(case, case.defenders(), may)
    matcher = Matcher(somebody.person() for somebody in people)
    told = {key for found in matcher.find(text) for key in found.whose}
    names = dict.fromkeys(one(person, "name") for person in unasked(case, organisation, on))
    names |= dict.fromkeys(somebody.name for somebody in people if somebody.key in told)
    return [name for name in names if name]


def _agrees(consents: Iterable[Fields], ids: set[str], organisation: str, on: date) -> bool:
    answers: list[tuple[date, bool, bool]] = []
    for consent in consents:
        named = texts(consent, "organisations")
        if one(consent, "person") not in ids or (named and organisation not in named):
            continue
        uses = texts(consent, "uses")
        if uses and USE not in uses:
            continue
        given = _first(one(consent, "date")) or date.min
        withdrawn = one(consent, "withdrawn")
        if withdrawn and (_first(withdrawn) or given) <= on:
            answers.append((max(_first(withdrawn) or given, given), True, False))
            continue
        until = span(one(consent, "until"))
        ended = bool(until and until[1] is not None and until[1] < on)
        yes = one(consent, "answer") == "yes" and bool(uses) and not ended
        if given <= on and one(consent, "answer") in ("yes", "no"):
            answers.append((given, not yes, yes))
    return bool(answers) and max(answers)[2]


def _first(text: str) -> date | None:
    bounds = span(text) if text else None
    return bounds[0] if bounds else None
