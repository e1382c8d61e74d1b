"""What this machine tells about itself: it sleeps, its lid closes, its screen locks, another
user takes over. One `Watch` per platform; none pretends to watch what it cannot."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal

SLEEP, LID, SCREEN, USER = "sleep", "lid", "screen", "user"
TRIGGERS = (SLEEP, LID, SCREEN, USER)


class Watch(QObject):
    """Watches nothing: the base, and what stands in where no other can."""

    happened = Signal(str)
    """One of `TRIGGERS`."""
    changed = Signal()
    """Something else is watched than before."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.closing: Callable[[], threading.Event | None] = lambda: None
        """Gives the event that is set when the vault is closed: sleep waits for it if it can."""
        self._watched: frozenset[str] = frozenset()

    @property
    def watched(self) -> frozenset[str]:
        """Which of `TRIGGERS` this machine tells of at this moment."""
        return self._watched

    def _set_watched(self, now: frozenset[str]) -> None:
        if now != self._watched:
            self._watched = now
            self.changed.emit()

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


_made: Watch | None = None


def of_this_machine() -> Watch:
    """The one watch of this process, for this platform. macOS tells such things only to programs
    that link its own frameworks: there, waking late is noticed by the clock (`ui.app`), and the
    rest is not."""
    global _made
    if _made is not None and shiboken6.isValid(_made):
        return _made
    app = QCoreApplication.instance()
    if sys.platform == "linux":
        from defenderdesk.ui.guard.bus import BusWatch

        _made = BusWatch(parent=app)
    elif sys.platform == "win32":
        from defenderdesk.ui.guard.windows import WindowsWatch

        _made = WindowsWatch(app)
    else:
        _made = Watch(app)
    return _made
