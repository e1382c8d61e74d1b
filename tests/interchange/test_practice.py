"""The practice workspace has something to do on the day it is made, and is made once."""

from __future__ import annotations

from datetime import date

from defenderdesk.domain import vocabulary
from defenderdesk.domain.kinds import KINDS, Type
from defenderdesk.interchange.json import demo_workspace
from defenderdesk.vault import CaseFilter

TODAY = date(2026, 11, 25)


def test_there_is_something_to_do_in_it(vault) -> None:
    demo_workspace.fill(vault, TODAY)
    days = vault.views.days("2026-11-01", "2027-01-31")
    assert {"hearing", "task", "measure_check", "risk_review", "visit", "plan_review"} <= {
        day.what for day in days
    }
    assert vault.views.overdue_count(TODAY.isoformat()) >= 1
    assert vault.views.counts("submission.stage") == {"sent": 1, "draft": 1}


def test_twice_makes_nothing_twice(vault) -> None:
    demo_workspace.fill(vault, TODAY)
    before = vault.store.reader.execute("SELECT count(*) FROM change_sets").fetchone()
    demo_workspace.fill(vault, date(2026, 12, 1))
    assert vault.store.reader.execute("SELECT count(*) FROM change_sets").fetchone() == before


def test_every_code_in_it_is_a_term(vault) -> None:
    demo_workspace.fill(vault, TODAY)
    for case in vault.cases(CaseFilter(), 0, 50):
        for record in [vault.get(case.id), *vault.children(case.id)]:
            for field in KINDS[record.kind].fields:
                if field.type is not Type.TERM or field.terms == "vocabulary_list":
                    continue
                values = record.sets.get(field.name) or [record.fields.get(field.name)]
                for value in values:
                    assert value is None or vocabulary.current().get(field.terms, str(value)), (
                        record.kind,
                        field.name,
                        value,
                    )
