"""Reading for a visit: who agreed to have their case raised, or to be met, and who did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from defenderdesk.domain import visit_consent
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.values import span
from defenderdesk.domain.visit_consent import Check
from defenderdesk.vault.lookup.queries import Views
from defenderdesk.vault.records import located, query
from defenderdesk.vault.types import Record, RecordId, fields_of

_NEEDED = ("involvement", "consent")


@dataclass(frozen=True)
class Checked:
    """Something to be done on a visit: its record (of kind `raised` or `meeting`), what it is called,
    and what was found."""

    record: Record
    title: str
    check: Check


def checks(views: Views, visit: RecordId, today: date) -> list[Checked]:
    """Every case to be raised and every meeting of a visit that was not cancelled, in their order."""
    conn = views.conn
    record = query.get(conn, visit)
    on, mechanism = _day(record, today), record.text("mechanism")
    found = []
    for child in query.children(conn, record.id):
        if child.kind == "raised" and (about := _found(views, child.text("about"), child.desk)):
            check = visit_consent.to_raise(people(views, about.id), fields_of(child), mechanism, on)
            found.append(Checked(child, about.text("title"), check))
        elif child.kind == "meeting" and child.text("status") != "cancelled":
            found.append(_met(views, child, mechanism, on))
    return found


def of_cases(views: Views, visit: Record, cases: Sequence[RecordId], today: date) -> dict[RecordId, Check]:
    """The answers to raising each of these cases on a visit, before it stands on its list."""
    on, mechanism = _day(visit, today), visit.text("mechanism")
    return {case: visit_consent.to_raise(people(views, case), None, mechanism, on) for case in cases}


def people(views: Views, case: RecordId) -> CaseFile:
    """Of a case who is involved, as what they are known, and what they agreed to."""
    conn = views.conn
    where = located.place(conn, case)
    records: dict[str, list[Fields]] = {kind: [] for kind in _NEEDED}
    for kind in _NEEDED:
        records[kind] = [fields_of(record) for record in query.below(conn, where, kind)]
    for person in records["involvement"]:
        known = query.linked(conn, where.desk, one(person, "person")) if one(person, "person") else None
        if known is not None and not known.deleted:
            records.setdefault(known.kind, []).append(fields_of(known))
    return CaseFile({}, records)


def _met(views: Views, meeting: Record, mechanism: str, on: date) -> Checked:
    name, ids, consents = meeting.text("with_whom"), set[str](), list[Fields]()
    person = _found(views, meeting.text("person"), meeting.desk)
    if person is not None:
        name = name or person.text("name")
        ids.add(person.id)
        linked = [placed.record for _, placed in views.linked(person.id)]
        involved = [record for record in linked if record.kind == "involvement"]
        ids |= {record.id for record in involved}
        for record in involved:
            linked += [placed.record for _, placed in views.linked(record.id)]
        consents = [fields_of(record) for record in linked if record.kind == "consent"]
    check = visit_consent.to_meet(fields_of(meeting), name, consents, frozenset(ids), mechanism, on)
    return Checked(meeting, name, check)


def _found(views: Views, record: str, desk: str) -> Record | None:
    """A record that another one of that desk names; None where it is not here, or was deleted."""
    if not record:
        return None
    conn = views.conn
    home = located.find_desk(conn, desk)
    found = None if home is None else query.linked(conn, home, record)
    return None if found is None or found.deleted else found


def _day(visit: Record, today: date) -> date:
    """The day on which consent has to stand: the first of the visit, if it is still to come."""
    days = span(visit.text("date"))
    return max(today, days[0]) if days and days[0] else today
