"""Erasing from the history of a case, and its report on the workspace page."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from defenderdesk.ui.cases.erase import EraseDialog
from defenderdesk.ui.cases.past import History
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.workspace import Workspace
from defenderdesk.vault import Edit, erasures
from tests.ui.world import words_of
from tests.vault.test_vault import new_case


def test_a_field_is_erased_from_the_history(session, vault, laptop, show, idle, qtbot, monkeypatch):
    case = new_case(vault, "Case")
    vault.save([Edit(case, "summary", "Told in confidence")])
    page = show(History(session, Notice()))
    page.load([vault.get(case)])
    qtbot.waitUntil(lambda: page.table.rowCount() >= 3, timeout=8000)
    line = next(
        n for n in range(page.table.rowCount()) if "confidence" in page.table.item(n, 4).text()
    )
    page.table.selectRow(line)
    seen = []

    def exec_(dialog: EraseDialog):
        assert not dialog.go.isEnabled(), "a reason is asked for"
        dialog.reason.setText("Consent was withdrawn")
        assert dialog.go.isEnabled() and dialog.one.isChecked()
        seen.append(dialog.fields)
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(EraseDialog, "exec", exec_)
    page.ask_erasure()
    idle(session)
    qtbot.waitUntil(lambda: bool(erasures.erasures(vault.store)), timeout=8000)
    idle(session)
    assert seen == [["summary"]]
    assert "summary" not in vault.get(case).fields and vault.get(case).fields["title"] == "Case"
    assert not vault.store.meta("clean_wanted", False)
    workspace = show(Workspace(session))
    qtbot.waitUntil(
        lambda: "Not yet confirmed by: Béatrice Kaya" in words_of(workspace), timeout=8000
    )
    assert "Consent was withdrawn" in words_of(workspace)


def test_what_a_researcher_asked_for_is_confirmed(
    session, vault, laptop, show, idle, qtbot, tmp_path
):
    from defenderdesk.sync import exchange
    from defenderdesk.vault import erasure

    case = new_case(laptop, "Case")
    erasure.erase(laptop.store, [case], "They asked me")
    stick = tmp_path / "stick"
    stick.mkdir()
    exchange.export(laptop, stick, everything=True)
    exchange.receive(vault, stick)
    page = show(Workspace(session))
    qtbot.waitUntil(lambda: "destroyed when a coordinator" in words_of(page), timeout=8000)
    page.erasures.confirm(erasures.erasures(vault.store)[0])
    idle(session)
    qtbot.waitUntil(lambda: "destroyed when a coordinator" not in words_of(page), timeout=8000)
    assert erasures.erasures(vault.store)[0].done
