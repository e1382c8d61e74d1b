"""Coverage: whether a mechanism covers a country, on a day, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from defenderdesk.domain import countries
from defenderdesk.domain.mechanisms.model import ANY, LISTED, OUTSIDERS, PARTIES, Mechanism
from defenderdesk.errors import Message

COVERED = "covered"
NOT_COVERED = "not_covered"
WITHDRAWN = "withdrawn"
SUSPENDED = "suspended"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Coverage:
    """`state`: one of the above; `says` it in words; `since` when, where that is known;
    `verified`: V, P, U or O (set by the office)."""

    state: str
    says: Message
    since: date | None
    verified: str


def coverage(mechanism: Mechanism, country: str, on: date | None) -> Coverage:
    """Tells whether `mechanism` covers `country` (alpha-2; empty: not known yet) on a day (None: as
    far as the lists know). Membership that the lists cannot tell is `unknown`, never a No."""
    region, code = mechanism.region, country.upper()
    if region.rule == ANY:
        return Coverage(COVERED, Message("It covers every country."), None, mechanism.verified)
    if not code:
        return Coverage(UNKNOWN, Message("The case has no country yet."), None, "U")
    if region.rule == LISTED:
        if code in region.countries:
            says = Message("Your office listed this country for it.")
            return Coverage(COVERED, says, None, "O")
        says = Message("Your office did not list this country for it.")
        return Coverage(NOT_COVERED, says, None, "O")
    if region.rule == PARTIES:
        says = Message(
            "Only for parties to {treaty}. Which States are is not in our lists: check.",
            treaty=region.of,
        )
        return Coverage(UNKNOWN, says, None, "U")
    membership = countries.membership(code, region.of, on)
    if region.rule == OUTSIDERS:
        return _outside(membership)
    return _inside(membership)


def _outside(membership: countries.Membership) -> Coverage:
    facts = membership.since, membership.verified
    if membership.state == countries.UNKNOWN:
        return Coverage(UNKNOWN, Message("This country is not in our lists: check."), None, "U")
    if membership.state == countries.MEMBER:
        says = Message(
            "Only for countries that are not members; this one is (list of {month}).",
            month=membership.as_of,
        )
        return Coverage(NOT_COVERED, says, *facts)
    says = Message("It covers countries that are not members (list of {month}).", month=membership.as_of)
    return Coverage(COVERED, says, *facts)


def _inside(membership: countries.Membership) -> Coverage:
    note = Message(membership.note or membership.caveat)
    month, since, mark = membership.as_of, membership.since, membership.verified
    state = membership.state
    if state == countries.MEMBER:
        if note.text:
            says = Message("Covered (list of {month}). {note}", month=month, note=note)
        else:
            says = Message("Covered (list of {month}).", month=month)
        return Coverage(COVERED, says, since, mark)
    if state == countries.DISPUTED:
        says = Message("Whether it covers this country is disputed. {note}", note=note)
        return Coverage(UNKNOWN, says, since, mark)
    if state in (countries.WITHDRAWN, countries.SUSPENDED):
        said = Message("This country left. {note}", note=note)
        if state == countries.SUSPENDED:
            said = Message("This country is suspended. {note}", note=note)
        return Coverage(WITHDRAWN if state == countries.WITHDRAWN else SUSPENDED, said, since, mark)
    if state == countries.NEVER:
        if note.text:
            says = Message("Not covered (list of {month}). {note}", month=month, note=note)
        else:
            says = Message("Not covered (list of {month}).", month=month)
        return Coverage(NOT_COVERED, says, since, mark)
    return Coverage(UNKNOWN, Message("Our lists cannot tell for this country: check."), None, "U")
