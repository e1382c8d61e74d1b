"""The clipboard is cleared after a while and at the lock, if it still holds what is ours; windows
stay out of captures where the platform can."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QWindow

from defenderdesk.ui.guard import capture
from defenderdesk.ui.guard.clipboard import HINTS, ClipboardGuard, Mode
from defenderdesk.ui.settings.guard_card import GuardCard
from defenderdesk.ui.work.preferences import Preferences


@pytest.fixture
def clipboard(qapp):
    made = QGuiApplication.clipboard()
    made.clear()
    yield made
    made.clear()


@pytest.fixture
def guarded(clipboard, qapp):
    made = ClipboardGuard(Preferences("en", "light", clipboard_seconds=1), qapp)
    made._owns = lambda mode: mode == Mode.Clipboard  # off the screen, Qt never says so
    yield made
    clipboard.changed.disconnect(made._changed)
    for mode in (Mode.Clipboard, Mode.Selection):
        made._forget(mode)


def runs(guarded):
    """The clipboard's clock, as it is while it runs."""
    timer = guarded._timers[Mode.Clipboard]
    assert timer.isActive()
    return timer


def over(guarded):
    """Every clock that runs has run down."""
    for timer in guarded._timers.values():
        if timer.isActive():
            timer.stop()
            timer.timeout.emit()


def test_what_we_copied_goes_after_the_seconds(guarded, clipboard, qtbot):
    clipboard.setText("+257 79 000 000")
    assert runs(guarded).interval() == 1000
    assert clipboard.text() == "+257 79 000 000"
    qtbot.waitUntil(lambda: clipboard.text() == "", timeout=3000)


def test_a_second_copy_has_its_own_time(guarded, clipboard):
    clipboard.setText("first")
    runs(guarded).start(200)  # the rest of its time
    clipboard.setText("second")
    assert runs(guarded).remainingTime() > 500
    assert clipboard.text() == "second"
    over(guarded)
    assert clipboard.text() == ""


def test_what_another_program_copied_stays(guarded, clipboard, monkeypatch):
    clipboard.setText("ours")
    monkeypatch.setattr(guarded, "_owns", lambda _: False)  # another program took it over
    clipboard.setText("theirs")
    runs(guarded)
    over(guarded)
    assert clipboard.text() == "theirs"
    guarded.clear_all()
    assert clipboard.text() == "theirs"


def test_ours_in_the_hands_of_a_history_is_cleared_too(guarded, clipboard, qtbot, monkeypatch):
    clipboard.setText("ours")
    monkeypatch.setattr(guarded, "_owns", lambda _: False)
    qtbot.waitUntil(lambda: clipboard.text() == "", timeout=3000)


def test_histories_are_asked_not_to_keep_it_and_nothing_of_it_is_lost(guarded, clipboard):
    data = QMimeData()
    data.setText("plain")
    data.setHtml("<b>plain</b>")
    clipboard.setMimeData(data)
    now = clipboard.mimeData()
    assert now.text() == "plain" and now.html() == "<b>plain</b>"
    assert all(bytes(now.data(kind).data()) == value for kind, value in HINTS.items())


def test_never_means_until_the_lock(guarded, clipboard):
    guarded._preferences.clipboard_seconds = 0
    clipboard.setText("ours")
    assert not any(timer.isActive() for timer in guarded._timers.values())
    assert clipboard.text() == "ours"
    guarded.clear_all()
    assert clipboard.text() == ""


def test_the_text_itself_is_not_remembered(guarded, clipboard):
    clipboard.setText("a name")
    assert b"a name" not in b"".join(guarded._ours.values())
    assert len(guarded._ours[Mode.Clipboard]) == 64


def test_the_lock_clears_it(window, clipboard):
    window._clipboard._owns = lambda mode: mode == Mode.Clipboard
    clipboard.setText("a name")
    window.lock()
    assert clipboard.text() == ""


def test_the_settings_hold_at_once_and_say_what_cannot_be(session, show, idle):
    card = show(GuardCard(session, Preferences("en", "light")))
    idle(session)
    card.seconds.set_code("15")
    card._set_seconds()
    assert Preferences.load(session.vault.profile).clipboard_seconds == 15
    if not capture.able():
        assert not card.captures.isEnabled() and not card.captures.isChecked()


REAL = """
import subprocess, sys, time
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from defenderdesk.ui.guard.clipboard import ClipboardGuard, Mode
from defenderdesk.ui.work.preferences import Preferences
app = QApplication([])
guard = ClipboardGuard(Preferences(clipboard_seconds=1), app)
board = app.clipboard()
def wait(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.01)
for mode in (Mode.Clipboard, Mode.Selection):
    board.setText("ours", mode)
wait(0.3)
print(board.text(Mode.Clipboard), board.text(Mode.Selection))
wait(1.2)
print(repr(board.text(Mode.Clipboard)), repr(board.text(Mode.Selection)))
board.setText("ours again")
wait(0.2)
subprocess.run(["xclip", "-selection", "clipboard"], input=b"theirs", check=True)
wait(1.5)
print(board.text())
guard.clear_all()
wait(0.1)
print(board.text())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's")
def test_on_a_real_x_server_with_another_program():
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", REAL],
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == ["ours ours", "'' ''", "theirs", "theirs"], done.stderr


# -- captures -------------------------------------------------------------------------------


class User32:
    def __init__(self, old=False):
        self.calls, self.old = [], old

    def SetWindowDisplayAffinity(self, handle, wanted):
        self.calls.append(wanted)
        return 0 if self.old and wanted == capture.WDA_EXCLUDEFROMCAPTURE else 1


@pytest.fixture
def seen(qtbot):
    window = QWindow()
    window.show()
    yield window
    window.destroy()


def test_windows_is_asked_for_what_it_knows(seen, monkeypatch):
    for old, calls in ((False, [0x11]), (True, [0x11, 0x01])):
        user = User32(old)
        monkeypatch.setattr(ctypes, "windll", type("windll", (), {"user32": user}), raising=False)
        assert capture.cover(seen, True, "win32") and user.calls == calls
        user.calls.clear()
        assert capture.cover(seen, False, "win32") and user.calls == [0]


def test_the_mac_is_asked_for_its_window(seen, monkeypatch):
    sent = []

    class Send:
        restype = argtypes = None

        def __call__(self, receiver, selector, *values):
            sent.append((receiver, selector, values))
            return 99

    class Objc:
        def __init__(self, _):
            self.objc_msgSend = send
            self.sel_registerName = type("Sel", (), {"__call__": lambda _s, name: name})()

    send = Send()
    monkeypatch.setattr(ctypes, "CDLL", Objc)
    assert capture.cover(seen, True, "darwin")
    assert sent == [(int(seen.winId()), b"window", ()), (99, b"setSharingType:", (0,))]
    sent.clear()
    assert capture.cover(seen, False, "darwin")
    assert sent[1] == (99, b"setSharingType:", (1,))


def test_elsewhere_it_is_not_pretended(seen):
    assert not capture.able("linux")
    assert not capture.cover(seen, True, "linux")


def test_every_window_is_covered_while_it_is_on(window, qtbot, monkeypatch):
    covered = []
    monkeypatch.setattr(capture, "able", lambda *_: True)
    monkeypatch.setattr(capture, "cover", lambda w, on: covered.append((w, on)) or True)
    window._cover.start()
    window.view.show_keys()
    qtbot.waitUntil(lambda: len({id(w) for w, _ in covered}) >= 2, timeout=3000)
    assert all(on for _, on in covered)
    window.preferences.hide_from_captures = False
    covered.clear()
    qtbot.waitUntil(lambda: bool(covered), timeout=3000)
    assert not any(on for _, on in covered)
