"""Panic: hide everything, let go of the keys, leave.

The order is the promise. Windows and clipboard first, in one turn of the GUI thread. Then a
thread of its own lets the writes of what was typed finish, for a moment; interrupts what SQLite
does for anyone else (an import is rolled back whole); closes the vault; removes files of ours
that are half written; and ends the process. Whatever hangs, the process ends `LIMIT` seconds
after the hiding, and a process that is gone holds neither keys nor windows.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from defenderdesk import panic_signal

if TYPE_CHECKING:
    from defenderdesk.ui.work.session import Session

KEYS = "Ctrl+Shift+X"
"""Three keys of the lower left, which one hand reaches on every Latin keyboard."""
DRAFTS = 0.15
"""Seconds that the writing of what was typed may take once everything is hidden."""
LIMIT = 1.5
"""Seconds after which the process ends, whatever still goes on."""
ANSWER = 0.3
"""Seconds within which a screen that was asked from outside has to answer."""
LISTEN = 0.05
"""Seconds between two looks whether `defenderdesk panic` asks."""

Leave = Callable[[], object]


def end_process() -> None:
    """Nothing of Python's or Qt's own ending, which takes time: SQLite stands a sudden end."""
    os._exit(0)


def pressed(event: QEvent) -> bool:
    """Tells whether this is the panic shortcut."""
    if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
        return False
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    kept = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() == Qt.Key.Key_X and kept == both


def shown_windows() -> list[QWidget]:
    """Every window of ours that can be seen, the one in use first."""
    active = QApplication.activeWindow()
    found = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    return sorted(found, key=lambda window: window is not active)


def hide_everything() -> None:
    """Windows, dialogs, menus, lists, tool tips; clipboard and selection."""
    for window in shown_windows():
        with contextlib.suppress(RuntimeError):  # it went with its parent
            window.hide()
    QToolTip.hideText()
    clipboard = QGuiApplication.clipboard()
    clipboard.clear(QClipboard.Mode.Clipboard)
    if clipboard.supportsSelection():
        clipboard.clear(QClipboard.Mode.Selection)


class Curtain(QObject):
    """Nothing of ours shows itself again while the process ends."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        if app := QApplication.instance():
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            watched.hide()
        return False


class Ear(QObject):
    """Listens for `defenderdesk panic`, in a thread of its own: a screen that hangs is ended."""

    asked = Signal()

    def __init__(self, profile: Path, leave: Leave, parent: QObject) -> None:
        super().__init__(parent)
        self._profile, self._leave = profile, leave
        self._over, self._heard = threading.Event(), threading.Event()
        panic_signal.take(profile)  # of a time when nobody was there to hear it
        self._thread = threading.Thread(target=self._listen, name="panic", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.wait(LISTEN):
            if panic_signal.waiting(self._profile):
                self.asked.emit()
                if not self._heard.wait(ANSWER):
                    panic_signal.take(self._profile)
                    self._leave()
                return

    def heard(self) -> None:
        """The screen answers: everything is hidden."""
        self._heard.set()
        panic_signal.take(self._profile)

    def end(self) -> None:
        """Listen no more."""
        self._over.set()
        self._thread.join(2)


class Leaving(threading.Thread):
    """Closes what is open, quickly, and ends the process. Its clock runs from the beginning."""

    def __init__(self, leave: Leave) -> None:
        super().__init__(name="leaving", daemon=True)
        self._session: Session | None = None
        self._closed: threading.Event | None = None
        self._leave = leave
        self._left = threading.Lock()
        self._watchdog = threading.Timer(LIMIT, self._go)
        self._watchdog.daemon = True
        self._watchdog.start()

    def close(self, session: Session | None, closed: threading.Event | None) -> None:
        """Begin the work. `session`: its lanes were given the last writes; `closed` is set when
        its vault is closed."""
        self._session, self._closed = session, closed
        self.start()

    def run(self) -> None:
        from defenderdesk import files

        try:
            self._close()
        finally:
            try:
                files.remove_under_way()
            finally:
                self._go()

    def _close(self) -> None:
        began = time.monotonic()
        if self._closed is None:
            return
        if self._session is None:  # locked a moment ago, and still closing
            self._closed.wait(DRAFTS)
            return
        own = self._session.operations.thread_of("write")
        while not self._closed.wait(0.003):
            spent = time.monotonic() - began
            if spent > LIMIT * 0.8:
                return
            self._session.vault.interrupt(own if spent < DRAFTS else 0)

    def _go(self) -> None:
        if self._left.acquire(blocking=False):
            self._watchdog.cancel()
            self._leave()
