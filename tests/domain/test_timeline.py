"""The story of a case is what happened: no term of the calendar stands in it."""

from __future__ import annotations

import pytest

from defenderdesk.domain import agenda
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.kinds import KINDS, Type
from defenderdesk.domain.timeline import moments


def told(kind: str, **fields: object) -> list[tuple[str, str]]:
    case = {"kind": "case", "id": "c"}
    record = {"kind": kind, "id": "r", **fields}
    file = CaseFile(record) if kind == "case" else CaseFile(case, {kind: [record]})
    return [(m.field, m.date) for m in moments(file)]


@pytest.mark.parametrize(("kind", "line"), [(k, line) for k, lines in agenda.TABLE.items() for line in lines])
def test_what_is_due_is_no_history_and_what_takes_place_is(kind: str, line: agenda.Line) -> None:
    found = told(kind, **{line.field: "2026-05-01"})
    assert found == ([(line.field, "2026-05-01")] if line.happens else [])


@pytest.mark.parametrize("field", ["reply_due", "report_due", "comments_due"])
def test_a_day_that_a_mechanism_set_is_no_history(field: str) -> None:
    assert told("submission", **{field: "2026-05-01"}, replied="2026-04-01") == [("replied", "2026-04-01")]


def test_every_date_whose_label_says_until_or_due_is_a_term() -> None:
    for kind in (kind for kind in KINDS.values() if "case" in kind.parents):
        for field in kind.fields:
            if field.type is Type.DATE and field.name.endswith(("due", "until", "review")):
                assert told(kind.name, **{field.name: "2026-05-01"}) == [], (kind.name, field.name)


def test_what_was_raised_on_a_visit_is_part_of_the_story() -> None:
    file = CaseFile(
        {"kind": "case", "id": "c"}, {"event": [{"kind": "event", "id": "e", "date": "2026-02-01"}]}
    )
    raised = [{"kind": "raised", "id": "r", "about": "c", "date": "2026-03-01"}, {"kind": "raised"}]
    assert [(m.kind, m.record) for m in moments(file, raised)] == [("event", "e"), ("raised", "r")]
