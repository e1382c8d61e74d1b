"""An errand of the exchange: one at a time, with a progress bar; it can be stopped, and says in
words what it did."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from defenderdesk import i18n
from defenderdesk.i18n import plural
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import card, column, drawing, label, row
from defenderdesk.ui.work.session import EVERYTHING, Session


class Errand(QWidget):
    """Base of the three cards: one errand at a time, its progress, its outcome."""

    def __init__(self, session: Session, icon: str, heading: str, about: str) -> None:
        super().__init__()
        self.session = session
        self.progress = ProgressPanel()
        self.notice = Notice()
        self.body = column(gap=Space.M)
        head = row(drawing(icon, "accent", 22), label(heading, "heading"), None)
        inner = card(head, label(about, "muted", wrap=True), self.body, self.progress, self.notice)
        self.setLayout(column(inner))

    def run(self, what: str, work: Any, done: Any) -> None:
        """Start `work(progress)`; `done(report)` says what it did."""
        if self.progress.isVisible():
            return
        self.notice.clear()
        self.progress.begin(what)

        def finished(report: Any) -> None:
            self.progress.end()
            done(report)

        def failed(exc: BaseException) -> None:
            self.progress.end()
            if getattr(exc, "code", "") == "revoked":
                self.session.revoked.emit()
                return
            message, next_step = i18n.error(exc)
            kind = "warning" if getattr(exc, "code", "") in ("cancelled", "no-safe-link") else ""
            self.notice.say(message, next_step, kind or "danger")
            self.session.tell(EVERYTHING)

        task = self.session.operations.errand(self, work, finished, failed, self.progress.advance)
        self.progress.follow(task)


def conflict_words(count: int) -> str:
    """The sentence about new conflicts."""
    if not count:
        return ""
    return plural("{n} conflict waits for your decision.", "{n} conflicts wait for your decision.", count)
