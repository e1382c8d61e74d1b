"""A case goes to another desk from its screen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from defenderdesk.ui.cases.transfer import CarryDialog
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import CaseFilter
from tests.worlds.records import new_case


@pytest.fixture
def host(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_it_is_offered_only_where_there_is_another_desk(session, vault, show, idle, host):
    view = show(CaseView(session, new_case(vault, "Alone"), Toast(host)))
    idle(session)
    names = [b.accessibleName() or b.toolTip() for b in view.findChildren(QPushButton) if b.isVisible()]
    assert "To another desk…" not in names


def test_a_case_is_moved(vault, show, qtbot, monkeypatch, host):
    desk = vault.add_desk("Sahel desk")
    case = new_case(vault, "Threats")
    session = Session(vault, vault.info())
    view = show(CaseView(session, case, Toast(host)))
    qtbot.waitUntil(lambda: view._loaded is not None, timeout=8000)
    seen = []

    def exec_(dialog: CarryDialog):
        seen.append(dialog.desk.code)
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(CarryDialog, "exec", exec_)
    view.ask_desk()
    qtbot.waitUntil(lambda: vault.get(case).deleted, timeout=8000)
    assert seen == [desk.id]
    [there] = vault.cases(CaseFilter(), 0, 9)
    assert vault.get(there.id).desk == desk.id
    session.operations.close(lambda: None).wait(5)
