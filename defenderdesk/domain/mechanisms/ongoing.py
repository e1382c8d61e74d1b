"""Finds what is going on now or about to happen in a case, by what is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.mechanisms.acts import meaning
from defenderdesk.domain.values import span
from defenderdesk.errors import Message

RECENT = timedelta(days=90)
"""The days for which a threat counts as present when nothing says that it ended. Our choice."""
SOON = timedelta(days=14)
"""The days ahead for which a hearing is near. Our choice."""

DETENTION = frozenset(
    {
        "arbitrary_arrest",
        "arbitrary_detention",
        "prolonged_pretrial",
        "house_arrest",
        "incommunicado_detention",
        "forced_psychiatric",
    }
)
DISAPPEARANCE = frozenset({"enforced_disappearance", "abduction"})
THREAT = frozenset({"death_threats", "attempted_killing", "threats_family"})
AHEAD = frozenset({"refoulement_extradition", "death_sentence"})

_FREE = frozenset({"released_unconditional", "released_conditional", "acquitted"})
_HELD = frozenset({"police_custody", "pretrial", "house_arrest", "serving"})
_AT_LIBERTY = frozenset({"free", "bail"})
_FOUND = frozenset({"located_alive", "found_dead"}) | _FREE


def _ended(record: Fields, on: date) -> bool:
    days = span(one(record, "date_end"))
    return days is not None and (days[1] or days[0] or on) < on


def _recent(record: Fields, on: date) -> bool:
    days = span(one(record, "date"))
    return days is None or days[1] is None or days[1] >= on - RECENT


def urgency(case: CaseFile, on: date) -> list[Message]:
    """The reasons why a case is urgent on a day, gravest first; none: it is not, as far as is
    recorded. A closed case is not."""
    if one(case.case, "status") == "closed":
        return []
    outcome = one(case.case, "outcome")
    going_on, lately = set[str](), set[str]()
    for record, code in _acts(case):
        if not _ended(record, on):
            going_on |= meaning(code)
            if _recent(record, on):
                lately |= meaning(code)
    found = []
    if going_on & DISAPPEARANCE and outcome not in _FOUND:
        found.append(Message("A person has disappeared and, as far as is recorded, was not found."))
    if _detained(case, going_on) and outcome not in _FREE:
        found.append(Message("A person is detained, as far as is recorded."))
    if lately & THREAT:
        found.append(Message("There were threats to life or family in the last three months."))
    if lately & AHEAD:
        found.append(Message("A removal to danger or an execution may be ahead."))
    return found


def _acts(case: CaseFile) -> Iterator[tuple[Fields, str]]:
    """Every act with the record that dates it: the act itself, or the event that lists it."""
    for event in case.of("event"):
        yield from ((event, code) for code in texts(event, "acts"))
    for act in case.of("act"):
        event = case.find("event", one(act, "event")) or {}
        dated = act if one(act, "date") or one(act, "date_end") else event
        yield dated, one(act, "act_type")


def _detained(case: CaseFile, going_on: set[str]) -> bool:
    held = set[bool]()
    for proceeding in case.of("proceeding"):
        status = one(proceeding, "detention")
        if one(proceeding, "released") or status in _AT_LIBERTY:
            held.add(False)
        elif one(proceeding, "detained_since") or status in _HELD:
            held.add(True)
    return True in held or (bool(going_on & DETENTION) and False not in held)


def hearing_soon(case: CaseFile, on: date) -> date | None:
    """The day of the next hearing, if it may be within the next two weeks."""
    days = []
    for hearing in case.of("hearing"):
        if one(hearing, "status") in ("held", "cancelled"):
            continue
        when = span(one(hearing, "adjourned_to") or one(hearing, "date"))
        if when and when[0] and when[0] <= on + SOON and (when[1] or when[0]) >= on:
            days.append(max(when[0], on))
    return min(days, default=None)
