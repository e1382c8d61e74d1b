"""Erasures: how far each got, and confirming what a colleague asked for."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.bundle.membership import ADMINISTRATOR, COORDINATOR
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import button, card, column, drawing, empty, label, panel, row
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault.replication import erasure_status
from defenderdesk.vault.replication.erasure_status import Erasure

MOST = 20
"""The newest that are shown."""


class Erasures(QWidget):
    """The card; hidden while nothing was ever erased."""

    def __init__(self, session: Session, notice: Notice, progress: ProgressPanel) -> None:
        super().__init__()
        self._session, self.notice, self.progress = session, notice, progress
        self._lines = QVBoxLayout()
        self._lines.setSpacing(Space.M)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self.setLayout(
            column(
                card(
                    row(drawing("undo", "accent", 22), label(text("Erasures"), "heading"), None),
                    panel(self._lines),
                )
            )
        )
        self.hide()

    def load(self) -> None:
        """Read them."""
        self._session.operations.read(
            self,
            lambda: self._session.vault.erasure_status.erasures()[:MOST],
            self._show,
            key=f"erasures-{id(self)}",
        )

    def _show(self, found: list[Erasure]) -> None:
        empty(self._lines)
        for one in found:
            self._lines.addWidget(self._line(one))
        self.setVisible(bool(found))

    def _line(self, one: Erasure) -> QWidget:
        about = text("{member}, {time}", member=one.author.member, time=i18n.day_and_time(one.author.time))
        pieces = [label(one.reason, "lead", wrap=True), label(about, "muted", wrap=True)]
        pieces += [label(line, "", wrap=True) for line in states(one)]
        line = row(column(*pieces, gap=2), gap=Space.M)
        line.setStretch(0, 1)
        if one.wanting and self._session.info.role in (COORDINATOR, ADMINISTRATOR):
            line.addWidget(button(text("Confirm"), partial(self.confirm, one), "danger"))
        return panel(line)

    def confirm(self, one: Erasure) -> None:
        """Stand behind it: it is destroyed."""

        def work(_: Progress) -> None:
            self._session.vault.erasure_status.confirm(one.name)
            self._session.vault.erasure.clean()

        session = self._session
        self.progress.run(
            session.operations,
            self.notice,
            text("Erasing…"),
            work,
            lambda _: session.tell(EVERYTHING),
            stops=False,
        )


def states(one: Erasure) -> list[str]:
    """The progress of an erasure, in sentences."""
    if not one.done:
        return [text("Hidden; it is destroyed when a coordinator confirms it.")]
    yes = [w.member for w in one.where if w.confirmed]
    no = [w.member for w in one.where if not w.confirmed and w.reachable]
    never = [w.member for w in one.where if not w.confirmed and not w.reachable]
    out = []
    if yes:
        out.append(text("Confirmed by: {who}", who=", ".join(yes)))
    if no:
        out.append(text("Not yet confirmed by: {who}", who=", ".join(no)))
    if never:
        count = plural("{n} removed laptop", "{n} removed laptops", len(never))
        out.append(text("Cannot be reached: {count}", count=count))
    if one.swept:
        out.append(text("Deleted from the server."))
    if one.wanting:
        out.append(i18n.translate(erasure_status.UNBACKED))
    if one.written:
        out.append(i18n.translate(erasure_status.WRITTEN))
    return out or [text("Destroyed here.")]
