"""Trying the panic shortcut: it says what would have happened, and does none of it."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.ui.guard.panic import KEYS, shown_windows
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, card, column, label, row


class Rehearsal(QDialog):
    """While it is in front, the shortcut comes here (`ui.shell.app.Window.eventFilter`)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Try the panic shortcut"))
        self._began = time.monotonic()
        self.times = 0
        self.said = label(text("Nothing was pressed yet."), "lead", wrap=True)
        self.detail = label(" ", "muted", wrap=True)
        self.detail.setMinimumHeight(self.detail.fontMetrics().lineSpacing() * 5)
        close = button(text("Close"), self.accept, "primary")
        self.setLayout(
            column(
                label(text("Try the panic shortcut"), "heading"),
                label(
                    text(
                        "Press {keys} with one hand, without looking. Nothing will happen here "
                        "but a sentence.",
                        keys=KEYS,
                    ),
                    wrap=True,
                ),
                row(label(KEYS, "pill"), None),
                card(self.said, self.detail),
                row(None, close),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(460)
        self.setFocus()

    def happened(self) -> None:
        """The shortcut was pressed."""
        self.times += 1
        took = max(time.monotonic() - self._began, 0.1)
        self._began = time.monotonic()
        windows = plural("{n} window", "{n} windows", len(shown_windows()))
        self.said.setText(
            plural("Pressed once.", "Pressed {n} times.", self.times)
            + " "
            + text("It took you {seconds} seconds.", seconds=f"{took:.1f}")
        )
        self.detail.setText(
            text(
                "In earnest, {windows} would be gone now and the clipboard empty; the vault would "
                "be locked and DefenderDesk ended within two seconds. What was called saved "
                "stays. An import or export under way would be undone whole.",
                windows=windows,
            )
        )
        self.setAccessibleDescription(self.said.text() + " " + self.detail.text())
