"""The card of what an exchange gave reason to worry about, until somebody has read it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from defenderdesk import i18n
from defenderdesk.i18n import text
from defenderdesk.sync import alerts
from defenderdesk.sync.alerts import Alert
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, drawing, empty, label, panel, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change


class Alerts(QFrame):
    """A strip above the page; hidden while there is nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._lines = QVBoxLayout()
        self._lines.setSpacing(Space.M)
        self.read = button(text("I have read it"), self.dismiss, "", "check")
        body = column(panel(self._lines), row(None, self.read), gap=Space.S)
        layout = row(drawing("warning", "danger", 22), panel(body), gap=Space.M, margins=Space.M)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setProperty("look", "notice-danger")
        self.hide()
        session.changed.connect(self._news)

    def _news(self, change: Change) -> None:
        if "*" in change.kinds:
            self.load()

    def load(self) -> None:
        """Read what is kept."""
        vault = self._session.vault
        self._session.operations.read(self, lambda: alerts.kept(vault), self._show, key=f"alerts-{id(self)}")

    def _show(self, found: list[tuple[int, Alert]]) -> None:
        empty(self._lines)
        for _, (seen, todo) in found:
            self._lines.addLayout(
                column(
                    label(i18n.translate(seen), "lead", wrap=True),
                    label(i18n.translate(todo), "muted", wrap=True),
                    gap=2,
                )
            )
        self.setVisible(bool(found))

    def dismiss(self) -> None:
        """They were read."""
        vault = self._session.vault
        self._session.operations.write(self, lambda: alerts.dismiss(vault), lambda _: self.load())
