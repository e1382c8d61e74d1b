"""Marks of a whole record, and what a withdrawn consent leads to, on the screen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from defenderdesk.domain.kinds import WHOLE, WITHHELD
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.parts.notice import Toast
from tests.worlds.edits import make


@pytest.fixture
def view(session, vault, show, idle):
    holder = show(QWidget())
    case = make(vault, "case", title="Nora")
    make(vault, "involvement", case=case, name="Nora", part="defender")
    made = CaseView(session, case, Toast(holder))
    made.setParent(holder)
    made.resize(1080, 760)
    made.show()
    idle(session)
    return made


def test_a_whole_record_is_marked_and_says_so(view, session, vault, qtbot, idle):
    view.show_section("involvement")
    idle(session)
    section = view.sections["involvement"]
    record = section.form.record
    assert section._secret.isVisible() and not section._secret.isChecked()
    section._secret.click()
    qtbot.waitUntil(lambda: vault.get(record).sets.get(WITHHELD) == [WHOLE], timeout=4000)
    qtbot.waitUntil(lambda: section._secret.text() == "Not to be shared", timeout=4000)
    section._secret.click()
    qtbot.waitUntil(lambda: not vault.get(record).sets.get(WITHHELD), timeout=4000)
    qtbot.waitUntil(lambda: section._secret.text() == "", timeout=4000)


def test_a_withdrawn_consent_makes_a_task_for_each_mechanism_reached(view, session, vault, qtbot, idle):
    case = view.case
    [who] = vault.children(case, "involvement")
    make(vault, "submission", case=case, mechanism="un_sr_hrd", stage="sent", sent="2026-01-01")
    consent = make(vault, "consent", case=case, person=who.id, withdrawn="2026-02-01")
    view.load()
    idle(session)
    view.show_section("consent", consent)
    idle(session)
    view._tell_withdrawn(consent)
    qtbot.waitUntil(lambda: len(vault.children(case, "task")) == 1, timeout=4000)
    [task] = vault.children(case, "task")
    assert task.text("task_type") == "withdrawal" and "SR HRD" in task.text("title")
    idle(session)
    view._tell_withdrawn(consent)
    qtbot.waitUntil(lambda: "Nobody has to be told" in view.notice.message, timeout=4000)
    assert len(vault.children(case, "task")) == 1
