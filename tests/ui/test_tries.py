"""Wrong passphrases that are counted: chosen in the settings, shown and asked about at the door."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from defenderdesk.ui.entry.first_run import FirstRun
from defenderdesk.ui.entry.unlock import END, Unlock
from defenderdesk.ui.settings.attempt_limit import TriesDialog
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import attempt_limit
from defenderdesk.vault.keys import attempt_log
from defenderdesk.vault.types import Waiting
from tests.ui.world import PASSPHRASE, new_vault, stands, words_of
from tests.worlds.records import new_case

WRONG = "it is not this one"


@pytest.fixture
def profile(tmp_path):
    """A locked vault whose owner chose five, with one try left."""
    vault, _ = new_vault(tmp_path / "p")
    attempt_limit.choose(vault.store, PASSPHRASE, 5)
    vault.close()
    for _ in range(4):
        attempt_log.mark(tmp_path / "p")
    return tmp_path / "p"


def answer(qtbot, key, text=""):
    """Answers the question that appears: by its button `text`, or with `key`."""
    seen = []

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            return
        timer.stop()
        seen.append(words_of(dialog))
        if text:
            next(b for b in dialog.findChildren(QPushButton) if b.text() == text).click()
        else:
            QTest.keyClick(dialog, key)

    timer = QTimer(interval=50)
    timer.timeout.connect(look)
    timer.start()
    return seen, timer


def test_the_dialog_says_what_it_may_cost_and_asks_for_the_passphrase(show):
    dialog = show(TriesDialog(0, Waiting(3, 1, None)), 560, 640)
    said = words_of(dialog)
    assert "Anybody who can type at this laptop can cause it" in said
    assert "3 saves, 1 part of an attachment" in said and "are not counted" in said
    assert not dialog.set_it.isEnabled() and not dialog.stop_it.isVisible()
    assert dialog.number.code == "10"
    dialog.current.setText("anything")
    assert dialog.set_it.isEnabled()
    dialog.wipe()
    assert not dialog.current.text()
    known = show(TriesDialog(7, Waiting(0, 0, None)), 560, 640)
    assert known.number.code == "7" and known.limit == 7
    assert "confirmed elsewhere" in words_of(known)
    known.current.setText("anything")
    known.stop_it.click()
    assert known.limit == 0 and known.result() == QDialog.DialogCode.Accepted


def test_the_settings_turn_it_on_and_off(session, vault, show, idle, qtbot):
    new_case(vault, "Not with anybody")
    page = show(Settings(session, Preferences("en", "light")))
    idle(session)
    page.tries.use(10, WRONG)
    idle(session)
    assert page.notice.property("look") == "notice-danger" and attempt_limit.chosen(vault.store) == 0
    for push, limit in (("set_it", 20), ("stop_it", 0)):
        seen = []

        def choose(push=push, seen=seen):
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, TriesDialog)
            seen.append(words_of(dialog))
            dialog.number.set_code("20")
            dialog.current.setText(PASSPHRASE)
            getattr(dialog, push).click()

        page.tries.ask.click()
        QTimer.singleShot(500, choose)
        qtbot.waitUntil(lambda seen=seen: bool(seen), timeout=8000)
        idle(session)
        assert "Nobody else has this yet" in seen[0]
        assert page.notice.property("look") == "notice-success", page.notice.message
        assert attempt_limit.chosen(vault.store) == limit


def test_few_that_are_left_are_shown_and_the_safe_answer_tries_nothing(profile, show, qtbot):
    door = show(Unlock(profile))
    qtbot.waitUntil(door.notice.isVisible, timeout=8000)
    assert "Tries left before the keys are destroyed: 1." in door.notice.message
    seen, timer = answer(qtbot, Qt.Key.Key_Return)
    door.passphrase.setText(WRONG)
    QTest.keyClick(door.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(seen) and door.go.isEnabled(), timeout=8000)
    timer.stop()
    assert "This is the last try" in seen[0]
    assert attempt_limit.left(profile) == 1 and Vault.exists(profile)
    assert door.passphrase.text() == WRONG  # to be looked at
    door.passphrase.setText(PASSPHRASE)
    seen, timer = answer(qtbot, None, "Use the last try")
    with qtbot.waitSignal(door.opened, timeout=8000) as told:
        door.unlock()
    told.args[0].close()
    assert seen and attempt_limit.left(profile) is None


def test_the_end_is_said_and_leads_to_a_new_beginning(profile, qtbot):
    window = Window(profile, unlock_seconds=0)
    qtbot.addWidget(window)
    window.show()
    door = window.centralWidget()
    seen, timer = answer(qtbot, None, "Use the last try")
    door.passphrase.setText(WRONG)
    door.unlock()
    qtbot.waitUntil(lambda: door._stack.current == END, timeout=8000)
    timer.stop()
    assert seen and not Vault.exists(profile)
    assert "5 wrong passphrases in a row" in door.end_said.text()
    assert not door.passphrase.text() and not door._language.isVisible()
    door.begin_anew.click()
    qtbot.waitUntil(lambda: isinstance(window.centralWidget(), FirstRun), timeout=8000)
    window.close()


def test_an_interrupted_last_try_says_the_way_out(profile, show, qtbot):
    attempt_log.mark(profile)
    door = show(Unlock(profile))
    door.passphrase.setText(PASSPHRASE)
    door.unlock()
    qtbot.waitUntil(lambda: "interrupted" in door.notice.message, timeout=8000)
    assert Vault.exists(profile) and door.go.isEnabled()
    door.end()


def test_a_count_that_is_gone_is_said_in_the_main_view(profile, qtbot):
    (profile / attempt_log.NAME).unlink()
    window = Window(profile, unlock_seconds=0)
    qtbot.addWidget(window)
    window.show()
    window.centralWidget().passphrase.setText(PASSPHRASE)
    window.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(window), timeout=8000)
    qtbot.waitUntil(window.view.notice.isVisible, timeout=8000)
    assert "was missing or damaged" in window.view.notice.message
    window.view.show_page("exchange")
    shown = window.view.page("exchange").alerts
    qtbot.waitUntil(shown.isVisible, timeout=8000)
    assert "was missing or damaged" in words_of(shown)
    window.close()
