"""A person at the desktop, for the working day: the real window, driven by keys, on the real
profile. `ATREST_END`: "lock", "panic", or "hang" (until it is killed, with everything open)."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPlainTextEdit

from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.parts.notice import BugDialog
from defenderdesk.ui.shell.app import Window, application
from defenderdesk.ui.shell.sidebar import PAGES
from defenderdesk.vault import CaseFilter
from tests.atrest.actor import WORLD, phrase, say
from tests.atrest.canary import canary

SECTIONS = (
    "timeline",
    "advice",
    "involvement",
    "event",
    "act",
    "consent",
    "submission",
    "intervention",
    "proceeding",
    "hearing",
    "assessment",
    "measure",
    "attachment",
    "history",
)
CONTROL = Qt.KeyboardModifier.ControlModifier


def wait(until: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not until():
        QApplication.processEvents()
        time.sleep(0.005)
        if time.monotonic() > end:
            raise AssertionError("the screen did not come so far")


def pause(seconds: float) -> None:
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end)


def main() -> None:
    faulthandler.dump_traceback_later(60, exit=True)  # a screen that waits for a person
    profile = os.environ["ATREST_PROFILE"]
    app = application()
    app.setApplicationName("DefenderDesk")
    app.setDesktopFileName("defenderdesk")
    window = Window(WORLD / profile)
    window.show()
    unlock = window.centralWidget()
    QTest.keyClicks(unlock.passphrase, canary("a wrong passphrase"))
    unlock.passphrase.setText(phrase(profile))
    unlock.unlock()
    wait(lambda: window.view is not None)
    look_around(window)
    type_and_leave_it(window)
    say(ready=True)
    end = os.environ["ATREST_END"]
    if end == "hang":
        while True:
            pause(1)
    if end == "panic":
        window.panic()
        pause(30)
    window.lock()
    pause(0.3)
    window.close()


def settle(window: Window) -> None:
    pause(0.05)
    wait(lambda: not window.session.operations.busy)


def look_around(window: Window) -> None:
    """Every page, every section of the first case, the viewer of an attachment, the search."""
    view = window.view
    closer = QTimer(window, interval=100)
    closer.timeout.connect(close_modal)  # the viewer waits until it is closed
    closer.start()
    for page in PAGES:
        view.show_page(page)
        settle(window)
    case = window.session.vault.cases(CaseFilter(sort="title", descending=False), 0, 1)[0].id
    for section in SECTIONS:
        view.open_case(case, section)
        settle(window)
        if section == "attachment":
            files = view.case.page("attachment")
            for record in window.session.vault.children(case, "attachment"):
                files.choose(record.id)
                files.look()
                settle(window)
            pause(0.3)
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    QTest.keyClicks(view.search, canary("a word searched at the desk"))
    settle(window)
    view.search.clear()
    closer.stop()


def close_modal() -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.accept()


def type_and_leave_it(window: Window) -> None:
    """Quick entry typed and not saved, a copy in the clipboard, a mistake of the program."""
    view = window.view
    view.new_case()
    wait(lambda: bool(view.findChildren(QuickEntry)))
    entry = view.findChildren(QuickEntry)[0]
    for child in entry.findChildren(QLineEdit):
        QTest.keyClicks(child, canary("typed and not saved"))
    for child in entry.findChildren(QPlainTextEdit):
        QTest.keyClicks(child, canary("a page typed and not saved"))
        child.selectAll()
        child.copy()
    QGuiApplication.clipboard().setText(canary("copied"))
    sys.excepthook = lambda _kind, exc, _trace: window.tell_bug(exc)  # as `ui.app.main` has it
    QTimer.singleShot(0, window, fail)  # a mistake of the program, in a slot
    wait(lambda: bool(view.findChildren(BugDialog)))
    pause(0.3)
    sys.excepthook = sys.__excepthook__


def fail() -> None:
    raise RuntimeError(canary("an exception’s message"))
