"""Setting a duress passphrase in the settings, and giving it at the door."""

from __future__ import annotations

from defenderdesk.ui.settings.duress import DuressDialog
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import CaseFilter
from tests.ui.world import PASSPHRASE, stands

FORCED = "seven owls paint the harbour"


def type_twice(qtbot, dialog: DuressDialog, passphrase: str) -> None:
    dialog.fresh.first.setText(passphrase)
    dialog.fresh.second.setText(passphrase)
    qtbot.waitUntil(lambda: dialog.fresh._measured == passphrase, timeout=8000)
    dialog._ready()


def test_it_is_offered_only_when_proven_strong_and_different(show, qtbot):
    dialog = show(DuressDialog(), 520, 620)
    assert not dialog.set_it.isEnabled() and not dialog.remove_it.isEnabled()
    type_twice(qtbot, dialog, FORCED)
    assert not dialog.set_it.isEnabled()
    dialog.current.setText(FORCED)
    assert not dialog.set_it.isEnabled()  # the same as the passphrase
    dialog.current.setText(PASSPHRASE)
    assert dialog.set_it.isEnabled() and dialog.remove_it.isEnabled()
    type_twice(qtbot, dialog, "short")
    assert not dialog.set_it.isEnabled()
    dialog.remove_it.click()
    assert dialog.remove
    dialog.wipe()
    assert not dialog.current.text() and not dialog.fresh.value()


def test_a_wrong_passphrase_is_said_and_nothing_is_set(session, show, idle):
    page = show(Settings(session, Preferences("en", "light")))
    idle(session)
    page.use_duress("not it", FORCED)
    idle(session)
    assert page.notice.property("look") != "success"
    assert page.notice.isVisible()


def test_given_at_the_door_it_opens_an_empty_ordinary_window(window, qtbot):
    page = Settings(window.session, window.preferences)
    page.use_duress(PASSPHRASE, FORCED)
    qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=8000)
    page.deleteLater()
    window.lock()
    qtbot.waitUntil(lambda: hasattr(window.centralWidget(), "passphrase"), timeout=8000)
    window.centralWidget().passphrase.setText(FORCED)
    window.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(window), timeout=8000)
    qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=8000)
    vault = window.session.vault
    assert vault.count_cases(CaseFilter()) == 0
    assert vault.info().workspace == "My work"
