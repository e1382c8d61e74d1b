"""A line for dates as they are known: a day, a month, a year; about, before, after.

What is typed is read generously (31/05/2024, 5.2024, today, yesterday) and written the one way
of `domain.values`; below it stands how it was understood, or why it was not.
"""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from defenderdesk import i18n
from defenderdesk.domain import dates
from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import column, label, set_look


def read_date(typed: str, today: date) -> str | None:
    """The date as it is stored, "" for nothing, None when it cannot be read."""
    typed = typed.strip()
    if not typed:
        return ""
    plain = typed.casefold()
    if plain in {"today", "t", text("today").casefold()}:
        return today.isoformat()
    if plain in {"yesterday", "y", text("yesterday").casefold()}:
        return (today - timedelta(days=1)).isoformat()
    return dates.read(typed)


class DateLine(QWidget):
    """The line and the words below it."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText(text("2024-05-31, ~2024, today"))
        self._said = label("", "small", wrap=True)
        self._said.hide()
        self.setLayout(column(self.line, self._said, gap=Space.XS))
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self._written)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.line.setAccessibleName(name)

    def value(self) -> str | None:
        """The date as stored; "" for none; None when it cannot be read."""
        return read_date(self.line.text(), date.today())

    def show_value(self, value: str) -> None:
        """Show a stored date."""
        self.line.setText(value)
        self._explain(quiet=True)

    def problem(self) -> str:
        """The reason why it cannot be saved; empty when it can."""
        value = self.value()
        if value and dates.strange_year(value, date.today()):
            return text(
                "Is this year of another calendar? Write the Gregorian date, and the words of the witness "
                "in the description."
            )
        if value is not None:
            return ""
        return text("This is not a date. Write 2024-05-31, 2024-05, 2024, or ~2024 for about.")

    def _typed(self) -> None:
        self._explain(quiet=True)
        self.edited.emit()

    def _written(self) -> None:
        value = self.value()
        if value and value != self.line.text():
            self.line.setText(value)
        self._explain(quiet=False)

    def _explain(self, quiet: bool) -> None:
        value = self.value()
        bad = bool(self.problem()) and not quiet
        set_look(self.line, "problem", bad)
        set_look(self._said, "look", "problem" if bad else "small")
        if bad:
            self._said.setText(self.problem())
        else:
            self._said.setText(i18n.date(value) if value else "")
        self._said.setVisible(bool(self._said.text()))
