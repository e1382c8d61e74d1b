"""First run to first case, unlocking, locking."""

from __future__ import annotations

import json
import threading
import time

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shiboken6 import isValid

from defenderdesk import i18n
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.entry.first_run import CHOICE, CODE, CREATE, FirstRun
from defenderdesk.ui.entry.first_run import PASSPHRASE as PASSPHRASE_STEP
from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.look import palette
from defenderdesk.ui.parts import passphrase as passphrase_widget
from defenderdesk.ui.parts.passphrase import NewPassphrase
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import new_record
from defenderdesk.vault import CaseFilter, Vault
from tests.ui.world import PASSPHRASE, new_vault, stands


def press(widget, key, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(widget, key, modifier)


def test_first_run_leads_to_a_first_case_with_the_keyboard_alone(tmp_path, qtbot):
    window = Window(tmp_path / "new", unlock_seconds=0.01)
    window.show()
    window.activateWindow()
    first = window.centralWidget()
    assert isinstance(first, FirstRun)
    press(first.languages["en"], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.centralWidget() is not first)
    first = window.centralWidget()
    QTest.keyClicks(first.passphrase.first, PASSPHRASE)
    QTest.keyClicks(first.passphrase.second, PASSPHRASE)
    press(first.passphrase.second, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: first.stack.current == CODE, timeout=8000)

    groups = first.code.text().split("-")
    assert len(groups) >= 4
    QTest.keyClicks(first.confirm[0], groups[1].lower())
    assert not first.kept.isEnabled()
    QTest.keyClicks(first.confirm[1], groups[-1])
    press(first.confirm[1], Qt.Key.Key_Return)
    assert first.stack.current == CHOICE
    assert first.code.text() == ""

    first.go(CREATE)
    QTest.keyClicks(first.member, "Amina")
    QTest.keyClicks(first.workspace, "Maison")
    QTest.keyClicks(first.desk, "Lacs")
    press(first.desk, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stands(window), timeout=8000)

    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    press(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.view.findChildren(QuickEntry)))
    dialog = window.view.findChildren(QuickEntry)[0]
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClicks(dialog.editors["involvement", "name"].focusProxy(), "Grace N.")
    press(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.view.case is not None, timeout=8000)
    vault = window.session.vault
    assert [row.title for row in vault.cases(CaseFilter(), 0, 5)] == ["Grace N."]
    window.close()


def test_a_weak_or_different_passphrase_is_not_taken(qtbot, show):
    chosen = show(NewPassphrase())
    chosen.first.setText("password1")
    chosen.second.setText("password1")
    qtbot.waitUntil(lambda: chosen._measured == "password1", timeout=8000)
    assert not chosen.ready()
    chosen.first.setText(PASSPHRASE)
    assert not chosen.ready(), "not before it was measured"
    qtbot.waitUntil(lambda: chosen._measured == PASSPHRASE, timeout=8000)
    assert not chosen.ready(), "it differs"
    chosen.second.setText(PASSPHRASE)
    assert chosen.ready()


def test_the_meter_never_runs_in_the_window_s_thread(qtbot, show, monkeypatch):
    threads = []

    def slow(typed):
        threads.append((threading.current_thread(), typed))
        return 4

    monkeypatch.setattr(passphrase_widget, "strength", slow)
    chosen = show(NewPassphrase())
    QTest.keyClicks(chosen.first, PASSPHRASE)
    QTest.keyClicks(chosen.second, PASSPHRASE)
    qtbot.waitUntil(chosen.ready, timeout=8000)
    assert threads and all(one is not threading.main_thread() for one, _ in threads)
    assert threads[-1][1] == PASSPHRASE


def test_a_wrong_passphrase_says_what_to_do(tmp_path, qtbot, show):
    vault, _ = new_vault(tmp_path / "p")
    vault.close()
    unlock = show(Unlock(tmp_path / "p"))
    unlock.passphrase.setText("not this one")
    unlock.unlock()
    qtbot.waitUntil(unlock.notice.isVisible, timeout=8000)
    assert unlock.notice.message == "This passphrase does not open the vault."
    assert unlock.go.isEnabled()
    unlock.end()


def test_the_recovery_code_opens_and_asks_for_a_new_passphrase(tmp_path, qtbot, show):
    vault, code = new_vault(tmp_path / "p")
    vault.close()
    unlock = show(Unlock(tmp_path / "p"))
    unlock.code.setText(code.lower().replace("-", " "))
    unlock.recover()
    qtbot.waitUntil(lambda: unlock._stack.current == 2, timeout=8000)
    fresh = "another lantern beside six rivers"
    unlock.fresh.first.setText(fresh)
    unlock.fresh.second.setText(fresh)
    qtbot.waitUntil(unlock.fresh.ready, timeout=8000)
    with qtbot.waitSignal(unlock.opened, timeout=8000) as told:
        unlock.renew()
    told.args[0].close()
    Vault.open(tmp_path / "p", fresh).close()


def test_lock_saves_wipes_the_screens_and_unlocks_again(window, qtbot):
    vault = window.session.vault
    case = vault.cases(CaseFilter(), 0, 1)[0].id
    window.view.open_case(case)
    qtbot.waitUntil(lambda: window.view.case._loaded is not None)
    line = window.view.case.overview.editors["reference"].line
    line.setText("")
    QTest.keyClicks(line, "TYPED-JUST-BEFORE")
    press(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.view is None
    assert isinstance(window.centralWidget(), Unlock)
    window.centralWidget().passphrase.setText(PASSPHRASE)
    window.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(window), timeout=8000)
    assert window.session.vault is not vault
    assert window.session.vault.get(case).text("reference") == "TYPED-JUST-BEFORE"


def test_what_stands_in_quick_entry_is_not_lost_by_locking(window, qtbot):
    count = window.session.vault.count_cases(CaseFilter())
    window.view.new_case()
    dialog = window.view.findChildren(QuickEntry)[0]
    dialog.editors["event", "description"].page.setPlainText("They are at the door")
    window.lock()
    window.centralWidget().passphrase.setText(PASSPHRASE)
    window.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(window), timeout=8000)
    assert window.session.vault.count_cases(CaseFilter()) == count + 1


def test_it_locks_by_itself_without_use(window, qtbot):
    window._look_at_clock()
    assert window.view is not None
    window._used = (time.time() - 16 * 60, window._used[1])  # the laptop slept a quarter of an hour
    window._look_at_clock()
    assert window.view is None


def test_a_key_pressed_puts_the_locking_off(window, qtbot):
    window._used = (0.0, 0.0)
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    window._look_at_clock()
    assert window.view is not None


def test_first_run_goes_on_where_it_stopped(tmp_path, qtbot):
    vault, _ = new_vault(tmp_path / "p", workspace="")
    vault.close()
    window = Window(tmp_path / "p", unlock_seconds=0.01)
    window.centralWidget().passphrase.setText(PASSPHRASE)
    window.centralWidget().unlock()
    qtbot.waitUntil(lambda: isinstance(window.centralWidget(), FirstRun), timeout=8000)
    assert window.centralWidget().stack.current == CHOICE
    window.close()


def test_another_language_and_theme_hold_at_once_and_for_the_next_unlock(window, qtbot):
    before = window.view
    before.show_page("settings")
    settings = before.pages["settings"]
    settings.language.set_code("fr")
    settings.theme.set_code("dark")
    settings._chosen()
    qtbot.waitUntil(lambda: window.view is not before, timeout=3000)
    assert i18n.language() == "fr"
    assert palette.name() == "dark"
    qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=5000)
    vault, desk = window.session.vault, window.session.info.desks[0].id
    _, edits = new_record(vault, "case", {"title": "Après"})
    told = []
    window.session.save(window.view, edits, told.append, desk=desk)
    qtbot.waitUntil(lambda: bool(told), timeout=3000)
    qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=5000)
    qtbot.waitUntil(lambda: not isValid(before), timeout=5000)  # who listened on would stumble
    window.lock()
    assert window.centralWidget().go.text() == "Déverrouiller"


def test_the_file_of_preferences_holds_no_case_data(window, qtbot, tmp_path):
    found = json.loads((tmp_path / "window" / "screen.json").read_text())
    assert set(found) == {
        "language",
        "theme",
        "text_size",
        "lock_minutes",
        "lock_with_computer",
        "panic",
        "clipboard_seconds",
        "hide_from_captures",
    }


def test_strange_preferences_are_ignored(tmp_path):
    (tmp_path / "screen.json").write_text('{"language": "xx", "theme": 7, "lock_minutes": "no"}')
    found = Preferences.load(tmp_path)
    assert found.language in i18n.LANGUAGES
    assert found.theme == "system"
    assert found.lock_minutes == 15


def test_who_lost_the_key_file_is_told_so_before_making_anything(tmp_path, qtbot):
    profile = tmp_path / "profile"
    Vault.create(profile, PASSPHRASE, unlock_seconds=0)[0].close()
    (profile / "keys.json").unlink()
    window = Window(profile, unlock_seconds=0.01)
    window.show()
    first = window.centralWidget()
    first.go(PASSPHRASE_STEP)
    assert "keys.json" in first.notice.message and (profile / "vault.db").exists()
    window.close()
