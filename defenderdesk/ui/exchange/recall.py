"""A partner asks for a share back: what would go, what stays, and whether to do it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.interchange.shares import recall
from defenderdesk.interchange.shares.recall import Asked
from defenderdesk.interchange.shares.received import Received
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session


class GiveBack(QDialog):
    """The question. Nothing happens unless a person agrees."""

    def __init__(self, session: Session, received: Received, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._received = session, received
        self.setWindowTitle(text("A partner asks for a share back"))
        self.notice, self.progress = Notice(), ProgressPanel()
        self.said = label("", "", wrap=True)
        self.said.setMinimumWidth(palette.px(420))
        self.go = button(text("Erase it here"), self.honour, "danger")
        self.go.setEnabled(False)
        parts: list[QWidget] = [
            label(f"{received.organisation} · {received.member}", "heading", wrap=True),
            label(" · ".join(received.words), "lead", wrap=True),
        ]
        if received.purpose:
            parts.append(label(received.purpose, wrap=True))
        parts += [
            self.said,
            label(
                text(
                    "They cannot make you. What you wrote yourselves stays. What you passed on, "
                    "printed or exported is not reached."
                ),
                "muted",
                wrap=True,
            ),
        ]
        self.setLayout(
            column(
                *parts,
                self.notice,
                self.progress,
                row(None, button(text("Keep it"), self.reject), self.go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        vault = session.vault
        session.operations.read(self, lambda: recall.asked(vault, received), self._show, self.notice.fail)

    def _show(self, found: Asked) -> None:
        goes = plural("{n} record is erased.", "{n} records are erased.", len(found.whole))
        lines = [goes]
        if found.stays:
            lines.append(
                plural(
                    "{n} record stays, since you wrote in it or had it before.",
                    "{n} records stay, since you wrote in them or had them before.",
                    found.stays,
                )
            )
        self.said.setText(" ".join(lines))
        self.go.setEnabled(bool(found.whole or found.fields))

    def honour(self) -> None:
        """Erase what the share brought."""
        vault, received = self._session.vault, self._received
        self.go.setEnabled(False)

        def work(_: Progress) -> None:
            recall.honour(vault, received)

        def done(_: None) -> None:
            self._session.tell(EVERYTHING)
            self.accept()

        self.progress.run(self._session.operations, self.notice, text("Erasing…"), work, done, stops=False)
