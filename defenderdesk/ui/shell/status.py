"""The state of the exchange: what waits, why, and trying again by itself.

`AutoSync` synchronises in the background while a server is known: soon after the start, some
seconds after a change, every few minutes, and after a failure ever more seldom (with jitter, so
that a hundred laptops do not come back at once). `StatusBar` says in one line what waits and why.
"""

from __future__ import annotations

import contextlib
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from defenderdesk import i18n
from defenderdesk.errors import NoSafeLinkError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import escrow
from defenderdesk.sync import alerts
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import drawing, label, row, set_look
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault.types import Change, Waiting

FIRST, AFTER_CHANGE, EVERY = 3_000, 10_000, 300_000
"""Milliseconds: after the start, after a change, between two successes."""


class AutoSync(QObject):
    """Synchronises when it may."""

    told = Signal(str, bool)  # what to say, whether it is a trouble

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._under_way = False
        self._failing = False
        self._backoff: Any = None
        self._asked = False
        """A partner's server told something new of a package that is kept here."""
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.go)
        session.changed.connect(self._news)

    def start(self) -> None:
        """Begin."""
        self._timer.start(FIRST)

    def stop(self) -> None:
        """No more."""
        self._timer.stop()

    def _news(self, change: Change) -> None:
        soon = not self._timer.isActive() or self._timer.remainingTime() > AFTER_CHANGE
        if change.change_set and not self._failing and not self._under_way and soon:
            self._timer.start(AFTER_CHANGE)

    def go(self) -> None:
        """Try once."""
        if self._under_way:
            return
        self._under_way = True
        vault = self._session.vault

        def work(progress: Progress) -> Any:
            report = None
            if vault.setting("server"):
                from defenderdesk.sync import synchronise

                report = synchronise.sync(vault, progress=progress)
            else:
                from defenderdesk.sync.server import timestamping

                timestamping.stamp(vault, lambda: progress(0, 1))
            with contextlib.suppress(NoSafeLinkError):  # a partner's server is not ours
                self._asked = bool(escrow.ask(vault))
            return report

        self._session.operations.errand(self, work, self._done, self._failed)

    def _done(self, report: Any) -> None:
        self._under_way = False
        self._failing = False
        self._timer.start(EVERY)
        if self._asked:
            self._asked = False
            self._session.tell(EVERYTHING)
        if report is None:
            self.told.emit(text("no server set"), False)
            return
        if self._backoff:
            self._backoff.reset()
        worried = bool(alerts.alerts_of(report))
        self.told.emit(text("something to look at under Exchange") if worried else "", worried)
        if worried or report.received_changes or report.sent_changes or report.joins:
            self._session.tell(EVERYTHING)

    def _failed(self, exc: BaseException) -> None:
        if getattr(exc, "code", "") == "revoked":
            self._session.revoked.emit()
            return
        self._under_way = False
        self._failing = True
        if getattr(exc, "partial", None) is not None:  # what came before the cut is to be seen
            self._session.tell(EVERYTHING)
        if self._backoff is None:
            from defenderdesk.sync.backoff import Backoff

            self._backoff = Backoff()
        self._timer.start(int(self._backoff.next() * 1000))
        self.told.emit(reason(exc), True)


def reason(exc: BaseException) -> str:
    """The reason why nothing was exchanged, short enough for one line."""
    if isinstance(exc, NoSafeLinkError):
        why = text(str(exc.facts.get("reason", "")))
        return text("no safe link, {reason}", reason=why) if why else text("no safe link")
    return i18n.error(exc)[0].rstrip(".")


class StatusBar(QWidget):
    """One line at the foot of the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setProperty("look", "status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._why = ""
        self._trouble = False
        self._waiting = Waiting(0, 0, None)
        self._icon = drawing("cloud", "muted", 16)
        self.said = label("", "muted")
        self.kept = label("", "problem")
        self.kept.hide()
        layout = row(self._icon, self.said, None, self.kept, gap=Space.S)
        layout.setContentsMargins(Space.XL, 5, Space.XL, 5)
        self.setLayout(layout)
        self._timer = QTimer(self, singleShot=True, interval=300)
        self._timer.timeout.connect(self.load)
        session.changed.connect(self._news)
        session.keeping.connect(self._keeping)
        self.load()

    def load(self) -> None:
        """Count what waits."""
        vault = self._session.vault
        self._session.operations.read(self, vault.waiting, self._count, key=f"wait-{id(self)}")

    def _news(self, _change: Change) -> None:
        self._timer.start()

    def _count(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._say()

    def tell(self, why: str, trouble: bool) -> None:
        """The reason why nothing is exchanged; empty when all is well."""
        self._why, self._trouble = why, trouble
        self._say()
        self.load()

    def _keeping(self, count: int) -> None:
        self.kept.setText(plural("{n} save failed: trying again", "{n} saves failed: trying again", count))
        self.kept.setVisible(count > 0)

    def _say(self) -> None:
        waiting = self._waiting
        if waiting.changes or waiting.attachments:
            said = plural("{n} change waiting", "{n} changes waiting", waiting.changes)
            if self._why:
                said = text("{what}: {why}", what=said, why=self._why)
        elif self._why:
            said = text("Nothing waiting: {why}", why=self._why)
        else:
            said = text("Everything is exchanged")
        self.said.setText(said)
        since = i18n.date(waiting.oldest) if waiting.oldest else ""
        self.said.setToolTip(text("The oldest waits since {time}", time=since) if since else "")
        icon = "cloud-off" if self._trouble else "cloud"
        self._icon.setPixmap(drawing(icon, "warning" if self._trouble else "muted", 16).pixmap())
        set_look(self.said, "look", "muted")
