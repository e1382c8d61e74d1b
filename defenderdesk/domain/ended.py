"""Tells when a day has done its work: what it waits for was done, given up, or overtaken.

Each function looks at one record among those that belong to the same case or visit (`around`), and
says whether its day is over: by its status, by a date, or by another record that took its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.concerns import same_person
from defenderdesk.domain.values import date_sort_key, span

Over = Callable[[Fields, CaseFile], bool]

_NO_MORE = ("charges_dropped", "pardon_amnesty")
"""Stages in which a proceeding goes nowhere any more."""


def never(_record: Fields, _around: CaseFile) -> bool:
    """A day that nothing ends but the closing of the case."""
    return False


def filled(*fields: str) -> Over:
    """Over once one of these is filled in."""
    return lambda record, _: any(one(record, name) for name in fields)


def status(field: str, *over: str) -> Over:
    """Over where the status is one of these."""
    return lambda record, _: one(record, field) in over


def since(done: str, due: str) -> Over:
    """Over where the date `done` is not before the day that was due."""

    def over(record: Fields, _around: CaseFile) -> bool:
        was, wanted = _first(record, done), _first(record, due)
        return was is not None and wanted is not None and was >= wanted

    return over


def either(*rules: Over) -> Over:
    """Over by any of these rules."""
    return lambda record, around: any(rule(record, around) for rule in rules)


def closed(root: Fields) -> bool:
    """Tells whether a case is closed: then none of its days is waited for."""
    state = one(root, "status")
    return one(root, "kind") == "case" and (state == "closed" or (not state and bool(one(root, "closed"))))


def cancelled(root: Fields, kind: str) -> bool:
    """Tells whether a visit does not take place: then neither do its meetings and tasks. Once it was
    reported on, nobody waits for its meetings either."""
    if one(root, "kind") != "visit":
        return False
    off = one(root, "status") == "cancelled"
    return (off and kind in ("meeting", "task")) or (kind == "meeting" and bool(one(root, "reported")))


# -- proceedings ----------------------------------------------------------------------------------


def ended(proceeding: Fields) -> bool:
    """Tells whether a proceeding has come to its end."""
    return bool(one(proceeding, "ended")) or one(proceeding, "stage") in _NO_MORE


def released(proceeding: Fields, _around: CaseFile) -> bool:
    """Nobody is held any more whose detention could be reviewed."""
    if ended(proceeding) or one(proceeding, "stage") in ("released", "bail"):
        return True
    if one(proceeding, "detention") in ("free", "bail"):
        return True
    freed, held = _first(proceeding, "released"), _first(proceeding, "detained_since")
    if freed is not None and held is not None and held > freed:
        return False  # taken again since
    return bool(one(proceeding, "released"))


def appealed(proceeding: Fields, _around: CaseFile) -> bool:
    """The appeal was filed, or there is nothing left to appeal against."""
    return ended(proceeding) or bool(one(proceeding, "appealed") or one(proceeding, "final_decision_date"))


def heard(hearing: Fields, around: CaseFile) -> bool:
    """The hearing took place, was cancelled or put off, or its proceeding has ended."""
    if one(hearing, "status") in ("held", "cancelled", "adjourned"):
        return True
    return bool(one(hearing, "adjourned_to") or one(hearing, "report")) or _without_court(hearing, around)


def heard_later(hearing: Fields, around: CaseFile) -> bool:
    """The day that a hearing was put off to is over, or stands as a hearing of its own."""
    if one(hearing, "status") in ("held", "cancelled") or _without_court(hearing, around):
        return True
    day = span(one(hearing, "adjourned_to"))
    for other in around.of("hearing"):
        if other is hearing or not _same_proceeding(hearing, other):
            continue
        when = span(one(other, "date"))
        if when is None or day is None:
            continue
        if when == day:
            return True
        later = when[0] is not None and day[0] is not None and when[0] > day[0]
        if later and one(other, "status") in ("held", "adjourned"):
            return True
    return False


def _same_proceeding(one_: Fields, other: Fields) -> bool:
    mine, theirs = one(one_, "proceeding"), one(other, "proceeding")
    return mine == theirs or not mine or not theirs


def _without_court(hearing: Fields, around: CaseFile) -> bool:
    proceeding = around.find("proceeding", one(hearing, "proceeding"))
    return proceeding is not None and ended(proceeding)


# -- what a newer record takes the place of ---------------------------------------------------------


def reassessed(assessment: Fields, around: CaseFile) -> bool:
    """A newer assessment of the same persons, or of all, took its place."""
    whom = set(texts(assessment, "for_whom"))

    def covers(newer: Fields) -> bool:
        theirs = set(texts(newer, "for_whom"))
        return not theirs or (bool(whom) and whom <= theirs)

    return any(covers(newer) for newer in _newer(assessment, around.of("assessment"), "date"))


def factor_overtaken(factor: Fields, around: CaseFile) -> bool:
    """The assessment that a factor belongs to was overtaken."""
    assessment = around.find("assessment", one(factor, "assessment"))
    return assessment is not None and reassessed(assessment, around)


def replanned(plan: Fields, around: CaseFile) -> bool:
    """A newer plan for the same person took its place."""
    whom, title = one(plan, "person"), one(plan, "title")
    return any(
        one(newer, "person") == whom and (whom or one(newer, "title") == title)
        for newer in _newer(plan, around.of("plan"), "agreed_on")
    )


def agreed_anew(consent: Fields, around: CaseFile) -> bool:
    """The consent was withdrawn or refused, or a newer answer covers all that it was for."""
    if one(consent, "withdrawn") or one(consent, "answer") == "no":
        return True
    who = same_person(around, [one(consent, "person")])
    return any(
        one(newer, "person") in who
        and one(newer, "answer") in ("yes", "no")
        and (texts(consent, "uses") or one(consent, "level") == one(newer, "level"))
        and set(texts(consent, "uses")) <= set(texts(newer, "uses"))
        and all(_within(consent, newer, name) for name in ("mechanisms", "organisations"))
        for newer in _newer(consent, around.of("consent"), "date")
    )


def _within(old: Fields, new: Fields, name: str) -> bool:
    """Tells whether a set that means all where it is empty holds what another one does."""
    before, after = set(texts(old, name)), set(texts(new, name))
    return not after or (bool(before) and before <= after)


def _newer(record: Fields, all_of_kind: list[Fields], field: str) -> Iterator[Fields]:
    """The records with a later date, or of the same one and written down later."""
    place = next((n for n, other in enumerate(all_of_kind) if other is record), 0)
    mine = (date_sort_key(one(record, field)), place)
    for n, other in enumerate(all_of_kind):
        if other is not record and (date_sort_key(one(other, field)), n) > mine:
            yield other


def _first(record: Fields, name: str) -> date | None:
    days = span(one(record, name))
    return days[0] if days else None
