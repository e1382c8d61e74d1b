"""Panic: everything is hidden within 300 ms, keys are let go, nothing that was called saved is
lost, and the process ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QToolTip

from defenderdesk import files, panic_signal
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.guard import panic
from defenderdesk.ui.guard.rehearsal import Rehearsal
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.storage import lock
from tests.ui.world import PASSPHRASE, fill_samples, new_vault, stands

pytestmark = pytest.mark.alone

BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


class Left:
    """Stands for the end of the process: says when, and that it was once."""

    def __init__(self):
        self.at: list[float] = []

    def __call__(self):
        self.at.append(time.monotonic())


@pytest.fixture
def left():
    return Left()


@pytest.fixture
def window(tmp_path, qtbot, left):
    """The whole program, open, whose end is only noted."""
    profile = tmp_path / "window"
    vault, _ = new_vault(profile)
    fill_samples(vault, 4)
    vault.close()
    Preferences("en", "light").save(profile)
    made = Window(profile, unlock_seconds=0.01, leave=left)
    made.show()
    made.activateWindow()
    made.centralWidget().passphrase.setText(PASSPHRASE)
    made.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(made), timeout=8000)
    qtbot.waitUntil(lambda: not made.session.operations.busy, timeout=8000)
    yield made
    made.close()
    made.deleteLater()


def allowed(seconds):
    """`seconds`, and as much more as this machine is busier than it has processors."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return seconds * max(load / (os.cpu_count() or 1), 1.0)


def seen():
    return [w for w in QApplication.topLevelWidgets() if w.isVisible()]


def press(widget):
    QTest.keyClick(widget.windowHandle(), Qt.Key.Key_X, BOTH)


def test_everything_at_once(window, qtbot, left, tmp_path, monkeypatch):
    """With dialogs, a menu and a tool tip open, text typed and not saved, an endless read, an
    endless write that holds the writing connection, and a file half written."""
    session, profile = window.session, window.session.vault.profile
    store, before = session.vault.store, session.vault.count_cases(CaseFilter())
    case = session.vault.cases(CaseFilter(), 0, 1)[0].id
    window.view.open_case(case)
    qtbot.waitUntil(lambda: window.view.case._loaded is not None)
    window.view.new_case()
    entry = window.view.findChildren(QuickEntry)[0]
    entry.editors["event", "description"].page.setPlainText("They are at the door")
    window.view.show_keys()
    viewer = QDialog()
    viewer.show()
    menu = QMenu(viewer)
    menu.addAction("One")
    menu.popup(viewer.mapToGlobal(QPoint(20, 20)))
    QToolTip.showText(window.mapToGlobal(QPoint(40, 40)), "a name", window)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("a phone number")
    writing, reading, broken = threading.Event(), threading.Event(), []

    def write(_):
        try:
            with store.writing() as conn, files.whole(tmp_path / "out.bin") as out:
                conn.execute("DELETE FROM records")
                out.write(b"half")
                writing.set()
                conn.execute(ENDLESS).fetchone()
        except BaseException as exc:
            broken.append(exc)
            raise

    def read():
        reading.set()
        store.reader.execute(ENDLESS).fetchone()

    session.operations.errand(window, write)
    session.operations.read(window, read, lambda _: None)
    qtbot.waitUntil(lambda: writing.is_set() and reading.is_set(), timeout=5000)
    qtbot.waitUntil(lambda: menu.isVisible() and len(seen()) >= 5, timeout=5000)
    assert list(tmp_path.glob(".*.part"))
    dark, hide = [], panic.hide_everything

    def hide_and_look():
        hide()
        dark.append((time.monotonic(), seen(), clipboard.text()))

    monkeypatch.setattr(panic, "hide_everything", hide_and_look)
    began = time.monotonic()
    press(viewer)
    assert not seen()
    at, still, copied = dark[0]
    assert still == [] and copied == ""
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)
    assert at - began < allowed(0.3), at - began
    assert left.at[0] - began < allowed(1.0), left.at[0] - began
    assert broken and not list(tmp_path.glob(".*.part"))
    assert store._writer is None and store._key == b"" and store.signing_key is None
    assert not lock.in_use(profile)
    with Vault.open(profile, PASSPHRASE) as vault:
        assert vault.count_cases(CaseFilter()) == before + 1  # what was typed, and all the rest
        assert vault.search("They are at the door")
    assert len(left.at) == 1
    viewer.deleteLater()


def test_alone_the_whole_of_it_is_over_within_300_ms(window, qtbot, left):
    began = time.monotonic()
    press(window)
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)
    assert left.at[0] - began < allowed(0.3), left.at[0] - began
    assert not lock.in_use(window._profile)


def test_in_a_dialog_that_stands_before_all_others(window, qtbot, left):
    window.view.show_page("settings")
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    press(dialog)
    assert not seen()
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)


def test_at_the_locked_door(window, qtbot, left):
    window.lock()
    window.activateWindow()
    press(window)
    assert not seen()
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)


def test_nothing_shows_itself_again(window, qtbot, left):
    press(window)
    late = QDialog()
    late.show()
    assert not seen()
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)


def test_what_hangs_does_not_keep_the_process(window, qtbot, left, monkeypatch):
    """A worker in a stick that does not answer, or a bug while the typed text is gathered."""
    monkeypatch.setattr(panic, "LIMIT", 0.4)
    holds, go_on = threading.Event(), threading.Event()

    def write(_):
        with window.session.vault.store.writing():
            holds.set()
            assert go_on.wait(30)

    window.session.operations.errand(window, write)
    assert holds.wait(5)
    monkeypatch.setattr(window.view, "flush", lambda: 1 / 0)
    began = time.monotonic()
    press(window)
    assert not seen()
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)
    assert left.at[0] - began < 0.8
    go_on.set()
    assert window._closing.wait(10), "and when it goes on after all, nothing ends twice"
    QApplication.processEvents()
    assert len(left.at) == 1


def test_turned_off_it_is_not_listened_to(window, qtbot, left):
    window.preferences.panic = False
    press(window)
    assert seen() and window.session
    assert not left.at


def test_nothing_like_it_triggers_it(window, qtbot, left):
    for keys in (
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ShiftModifier,
        BOTH | Qt.KeyboardModifier.AltModifier,
    ):
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_X, keys)
    assert seen() and not left.at


def test_a_rehearsal_does_nothing_but_say(window, qtbot, left):
    window.view.show_page("settings")
    card = window.view.pages["settings"].guards
    from PySide6.QtCore import QTimer

    said = []

    def within():
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, Rehearsal)
        press(dialog)
        press(dialog)
        said.append((dialog.times, dialog.said.text(), dialog.detail.text()))
        dialog.accept()

    QTimer.singleShot(100, within)
    card.try_panic()
    assert said[0][0] == 2 and said[0][1].startswith("Pressed 2 times.")
    assert "2 windows" in said[0][2]
    assert window.session and seen() and not left.at
    card.panic.setChecked(False)
    assert not card.rehearse.isEnabled() and not window.preferences.panic
    assert not Preferences.load(window._profile).panic


def test_asked_from_outside(window, qtbot, left):
    answers = []
    began = time.monotonic()
    asking = threading.Thread(target=lambda: answers.append(panic_signal.ask(window._profile)))
    asking.start()
    qtbot.waitUntil(lambda: not seen(), timeout=5000)
    assert time.monotonic() - began < allowed(0.3)
    qtbot.waitUntil(lambda: bool(left.at), timeout=5000)
    asking.join()
    assert answers == [True]


def test_a_screen_that_hangs_is_ended_from_outside(window, left):
    asking = threading.Thread(target=lambda: panic_signal.ask(window._profile))
    asking.start()
    until = time.monotonic() + 20
    while not left.at and time.monotonic() < until:
        time.sleep(0.01)  # the GUI thread, which this is, does not answer
    asking.join()
    assert left.at


def test_nobody_there_leaves_no_request_behind(tmp_path):
    vault, _ = new_vault(tmp_path / "p")
    vault.close()
    assert not panic_signal.ask(tmp_path / "p", 0.05)
    assert not panic_signal.ask(tmp_path / "nothing here", 0.05)
    assert not (tmp_path / "p" / panic_signal.NAME).exists()
    (tmp_path / "p" / panic_signal.NAME).touch()  # the computer went off in between
    left = Left()
    window = Window(tmp_path / "p", leave=left)
    window.show()
    QTest.qWait(200)
    assert window.isVisible() and not left.at
    window.close()


def test_the_real_process_ends_and_the_command_is_quick(tmp_path):
    """A process of its own, asked by the real command."""
    profile = tmp_path / "p"
    vault, _ = new_vault(profile)
    vault.close()
    script = f"""
import sys
from PySide6.QtCore import QTimer
from defenderdesk.ui.shell import app
def opened():
    w = [w for w in app.application().topLevelWidgets() if isinstance(w, app.Window)][0]
    if w.view: print("open", flush=True)
    else: QTimer.singleShot(50, opened)
def unlock():
    w = [w for w in app.application().topLevelWidgets() if isinstance(w, app.Window)][0]
    w.centralWidget().passphrase.setText({PASSPHRASE!r})
    w.centralWidget().unlock()
    opened()
app.application()
QTimer.singleShot(200, unlock)
sys.exit(app.main(["--profile", {str(profile)!r}]) + 7)
"""
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout.readline() == "open\n"
        command = [sys.executable, "-m", "defenderdesk", "--profile", str(profile), "panic"]
        began = time.monotonic()
        assert subprocess.run(command, timeout=20, check=False).returncode == 0
        assert running.wait(5) == 0
        assert time.monotonic() - began < 3
    finally:
        running.kill()
        running.stdout.close()
    assert not lock.in_use(profile)
    Vault.open(profile, PASSPHRASE).close()


@pytest.mark.parametrize(
    ("given", "profile"),
    [
        (["--profile", "a", "panic"], "a"),
        (["--profile=a", "panic"], "a"),
        (["panic", "--help"], None),
        (["--profile", "panic", "status"], None),
    ],
)
def test_the_quick_way_in_knows_its_own_lines(given, profile):
    found = panic_signal.profile_of(given)
    assert (os.fspath(found) if found else None) == profile
    assert panic_signal.profile_of(["panic"]).name == "default"
