"""The list of keys: everything can be done without a mouse."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, card, column, label, row


def keys() -> list[tuple[str, str]]:
    """(keys, what they do)."""
    return [
        ("Ctrl+N", text("New case")),
        ("Ctrl+K", text("Search everything")),
        ("Ctrl+1 … 9", text("The pages of the sidebar")),
        ("Alt+1 … 9", text("The sections of a case")),
        ("Ctrl+PgDn", text("The next section of a case")),
        ("Ctrl+E", text("Emergency plans")),
        ("Ctrl+H", text("In a field: not to be shared")),
        ("Ctrl+→", text("On the board: the next stage")),
        ("Ctrl+Enter", text("Save the new case; in a section: add the next")),
        ("Ctrl+Z", text("Undo the last change")),
        ("Ctrl+Shift+Z", text("Redo it")),
        ("1 … 9", text("In the conflicts: keep that value")),
        ("Esc", text("Back, or close")),
        ("Ctrl+L", text("Lock at once")),
        ("Ctrl+Shift+X", text("Panic: hide everything, lock and leave")),
        ("F1", text("This list")),
    ]


class Keys(QDialog):
    """The window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Keys"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.S)
        for line, (sequence, meaning) in enumerate(keys()):
            grid.addWidget(label(sequence, "pill"), line, 0)
            grid.addWidget(label(meaning), line, 1)
        grid.setColumnStretch(1, 1)
        close = button(text("Close"), self.accept, "primary")
        close.setDefault(True)
        self.setLayout(
            column(
                label(text("Keys"), "heading"),
                card(grid),
                row(None, close),
                gap=Space.M,
                margins=Space.XL,
            )
        )
