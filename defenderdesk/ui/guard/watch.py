"""Signals of this machine about itself: it sleeps, its lid closes, its screen locks, another
user takes over. One `Watch` per platform; none pretends to watch what it cannot."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

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
        """Those of `TRIGGERS` that this machine tells of at this moment."""
        return self._watched

    def _set_watched(self, now: frozenset[str]) -> None:
        if now != self._watched:
            self._watched = now
            self.changed.emit()

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""
