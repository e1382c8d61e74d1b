"""A laptop that is lost, on the screen: what it held, and what can be done."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton

from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.ui.workspace.members import Removal
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.membership import administer
from tests.ui.world import words_of
from tests.worlds.records import new_case


def carry(source: Vault, target: Vault, folder) -> None:
    folder.mkdir()
    exporting.export(source, folder, everything=True)
    receiving.receive(target, folder)


@pytest.fixture
def page(session, vault, laptop, show, idle, qtbot, tmp_path):
    case = new_case(vault, "Confirmed")
    vault.save([Edit(case, "reference", "UG-1")])
    carry(vault, laptop, tmp_path / "s1")
    carry(laptop, vault, tmp_path / "s2")
    new_case(vault, "On the way")
    made = show(Workspace(session), 1100, 700)
    idle(session)
    qtbot.waitUntil(lambda: "Béatrice Kaya" in words_of(made), timeout=8000)
    return made


def opened(page, vault, idle, session, qtbot):
    device = next(d for d in vault.devices() if not d.is_self)
    menu = page.members.menu(device, page.members)
    next(a for a in menu.actions() if a.text() == "If it is lost…").trigger()
    qtbot.waitUntil(
        lambda: page.lost.found is not None and "had it since" in words_of(page.lost), timeout=8000
    )
    return page.lost


def test_it_shows_what_the_laptop_held_and_opens_a_case(page, vault, idle, session, qtbot):
    lost = opened(page, vault, idle, session, qtbot)
    said = words_of(lost)
    assert "Béatrice Kaya" in said and "It was not removed" in said and "Cases: 1, and 1 that may" in said
    [cases] = lost.lists
    texts = [cases.item(i).text() for i in range(cases.count())]
    assert (
        texts[0] == "Confirmed\nUG-1" and texts[1].startswith("On the way\n") and "may have come" in texts[1]
    )
    went = []
    page.case_opened.connect(lambda *where: went.append(where))
    cases.setFocus()
    cases.setCurrentRow(0)
    qtbot.keyClick(cases, Qt.Key.Key_Return)
    [(case, _, _)] = went
    assert vault.get(case).fields["reference"] == "UG-1"
    qtbot.keyClick(cases, Qt.Key.Key_Escape)
    assert not lost.isVisible() and page.members.isVisible()


def test_it_is_removed_from_there_and_says_how_far_that_got(page, vault, idle, session, qtbot, monkeypatch):
    lost = opened(page, vault, idle, session, qtbot)
    asked = []

    def exec_(dialog: Removal) -> QDialog.DialogCode:
        asked.append(dialog.erase.isChecked())
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(Removal, "exec", exec_)
    assert lost.remove.isVisible() and not lost.renew.isVisible()
    qtbot.mouseClick(lost.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "It is to destroy its keys" in words_of(lost), timeout=8000)
    assert asked == [True], "whoever lost it wishes that"
    assert not lost.remove.isVisible() and "removed" in lost.notice.message
    assert "The desk has a new key" in words_of(lost) and lost.lists[0].count() == 2
    lost.left.emit()
    qtbot.waitUntil(lambda: "No longer of the workspace" in words_of(page), timeout=8000)
    [again] = [b for b in page.findChildren(QPushButton) if b.text() == "What it held…" and b.isVisible()]
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(lost.lists) and lost.isVisible(), timeout=8000)


def test_a_desk_that_kept_its_key_is_given_a_new_one(page, vault, idle, session, qtbot, monkeypatch):
    device = next(d for d in vault.devices() if not d.is_self)
    monkeypatch.setattr(administer, "renew", lambda *_: None)  # whoever should have made it did not
    administer.remove(vault.store, device.id)
    monkeypatch.undo()
    lost = opened(page, vault, idle, session, qtbot)
    assert lost.renew.isVisible() and "It has the key of this desk." in words_of(lost)
    qtbot.mouseClick(lost.renew, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "The desk has a new key" in words_of(lost), timeout=8000)
    assert lost.notice.message == "1 desk has a new key."
