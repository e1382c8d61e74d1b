"""Progress of an errand: what it does, how far it is, a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.work.operations import Operations, Progress, Task

T = TypeVar("T")


class ProgressPanel(QWidget):
    """Hidden until an errand runs."""

    def __init__(self) -> None:
        super().__init__()
        self._task: Task[Any] | None = None
        self._what = label("")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stop = button(text("Stop"), self._cancel)
        line = row(self._bar, self._stop, gap=Space.M)
        line.setStretch(0, 1)
        self.setLayout(column(self._what, line, gap=Space.XS))
        self.hide()

    def run(
        self,
        operations: Operations,
        notice: Notice,
        what: str,
        work: Callable[[Progress], T],
        done: Callable[[T], object],
        *,
        stops: bool = True,
    ) -> None:
        """Run an errand and show it here; what goes wrong is said in `notice`. `stops`: whether it
        can be stopped."""

        def over(result: T) -> None:
            self.end()
            done(result)

        def failed(exc: BaseException) -> None:
            self.end()
            notice.fail(exc)

        notice.clear()
        self.begin(what, stops=stops)
        self.follow(operations.errand(self, work, over, failed, self.advance))

    def begin(self, what: str, *, stops: bool = True) -> None:
        """Show that something starts whose size is not known yet."""
        self._what.setText(what)
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(what)
        self._stop.setEnabled(True)
        self._stop.setVisible(stops)
        self.show()

    def follow(self, task: Task[Any]) -> None:
        """The task that the button stops."""
        self._task = task

    def advance(self, done: int, total: int) -> None:
        """`done` of `total`, in whatever unit the errand counts."""
        thousandths = round(1000 * done / total) if total else 0
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(thousandths)

    def end(self) -> None:
        """It is over, one way or the other."""
        self._task = None
        self.hide()

    def _cancel(self) -> None:
        self._stop.setEnabled(False)
        self._what.setText(text("Stopping…"))
        if self._task:
            self._task.cancel()
