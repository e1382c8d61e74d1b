"""Counting in the background, when something that the rules count has changed, here or elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QObject, QTimer, Signal

from defenderdesk.ui.work.session import Session
from defenderdesk.vault.lookup.early_warning import Result

REST = (5.0, 120.0)
"""Seconds between two countings by itself: at least, and at most."""
SHARE = 20
"""So many times as long as a counting took does it rest: at most a twentieth of a core is spent."""


def rest_after(seconds: float) -> int:
    """Milliseconds to rest after a counting of so many seconds."""
    return int(1000 * min(max(seconds * SHARE, REST[0]), REST[1]))


class Keeper(QObject):
    """Keeps the stored count up to date. `looked_at`: says that a page counts by itself just now.
    `counted`: there is a new result."""

    counted = Signal()

    def __init__(self, session: Session, looked_at: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._looked_at = session, looked_at
        self._wanted = self._under_way = False
        self.rest = QTimer(self, singleShot=True, interval=rest_after(0))
        self.rest.timeout.connect(self._look)

    def look(self) -> None:
        """Something may have changed: look before long, whether to count anew."""
        self._wanted = True
        if not self.rest.isActive() and not self._under_way:
            self.rest.start()

    def _look(self) -> None:
        if not self._wanted or self._looked_at():
            return
        vault, self._wanted = self._session.vault, False
        self._session.operations.read(
            self,
            lambda: vault.early_warning().is_old(date.today()),
            self._count,
            key=f"count-{id(self)}",
        )

    def _count(self, old: bool) -> None:
        if not old or self._under_way:
            return
        vault, began, self._under_way = self._session.vault, time.monotonic(), True

        def over() -> None:
            self._under_way = False
            self.rest.start(rest_after(time.monotonic() - began))

        def done(_result: Result) -> None:
            over()
            self.counted.emit()

        self._session.operations.errand(
            self, lambda progress: vault.early_warning().run(date.today(), progress), done, lambda _: over()
        )
