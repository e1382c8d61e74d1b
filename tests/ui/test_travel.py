"""Travel mode from the settings, to the empty vault that opens with the same passphrase."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QPushButton

from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.settings.travel import Departure, Travel
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.workspace.members import QMessageBox
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault.coercion import travel
from tests.conftest import enrol_by_file
from tests.ui.world import PASSPHRASE, new_vault, words_of
from tests.worlds.records import new_case


def test_what_is_missing_is_said_and_nothing_goes_by_mistake(session, vault, show, idle, monkeypatch):
    new_case(vault, "Not with anybody")
    card = show(Travel(session))
    seen = []

    def exec_(dialog: Departure):
        dialog.show()
        seen.append(words_of(dialog))
        dialog.passphrase.setText(PASSPHRASE)
        assert not dialog.go.isEnabled(), "the loss must be ticked"
        dialog.lose.setChecked(True)
        assert dialog.go.isEnabled()
        return QDialog.DialogCode.Rejected

    monkeypatch.setattr(Departure, "exec", exec_)
    card.ask()
    idle(session)
    idle(session)
    assert "1 save" in seen[0] and "No office has confirmed" in seen[0]
    assert "no safe link to tell colleagues" in seen[0]
    assert vault.search("anybody") and not vault.store.members[vault.store.device].travelling


def test_the_window_ends_at_the_door_of_an_empty_vault(tmp_path, qtbot, monkeypatch):
    made, _ = new_vault(tmp_path / "profile")
    new_case(made, "Away")
    made.close()
    window = Window(tmp_path / "profile", unlock_seconds=0)
    qtbot.addWidget(window)
    window.show()
    door = window.centralWidget()
    assert isinstance(door, Unlock)
    door.passphrase.setText(PASSPHRASE)
    door.unlock()
    qtbot.waitUntil(lambda: window.session is not None, timeout=20000)
    window.view.show_page("settings")
    card = window.view.findChild(Travel)
    card.depart("not it", None, anyway=True)
    qtbot.waitUntil(lambda: "does not open" in card.notice.message, timeout=20000)
    stick = tmp_path / "stick"
    stick.mkdir()
    card.depart(PASSPHRASE, stick, anyway=True)
    qtbot.waitUntil(lambda: isinstance(window.centralWidget(), Unlock), timeout=20000)
    door = window.centralWidget()
    door.passphrase.setText(PASSPHRASE)
    door.unlock()
    qtbot.waitUntil(lambda: window.session is not None, timeout=20000)
    assert list(stick.rglob("*.ddbundle")), "word for the colleagues"
    assert window.session.vault.info().desks == () and not window.session.vault.search("Away")
    for page in ("cases", "exchange", "workspace", "settings", "today"):
        window.view.show_page(page)
    window.close()


def test_a_coordinator_says_that_somebody_is_back(session, vault, show, idle, qtbot, tmp_path, monkeypatch):
    laptop, _ = new_vault(tmp_path / "laptop", workspace="")
    enrol_by_file(vault, laptop, tmp_path, "Béatrice Kaya")
    from defenderdesk.sync.bundles import exporting, receiving

    travel.tell(laptop.store)
    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(laptop, stick, everything=True)
    receiving.receive(vault, stick)
    laptop.close()
    page = show(Workspace(session))
    qtbot.waitUntil(lambda: "travelling: holds nothing" in words_of(page), timeout=8000)
    monkeypatch.setattr(QMessageBox, "exec", lambda _: QMessageBox.StandardButton.Yes)
    [back] = [b for b in page.members.findChildren(QPushButton) if b.text() == "Is back"]
    back.click()
    idle(session)
    qtbot.waitUntil(lambda: "travelling" not in words_of(page), timeout=8000)
    assert not list(travel.away(vault.store))
