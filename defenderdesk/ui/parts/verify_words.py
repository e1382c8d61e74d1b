"""Letting a colleague's laptop in: six words compared by voice, and how much history it gets."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QDialog, QGridLayout, QRadioButton, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.dates import DateLine
from defenderdesk.ui.parts.widgets import button, card, column, label, panel, row


def six_words(found: list[str]) -> QWidget:
    """Words to compare by voice: large, numbered, two in a line."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.XL)
    grid.setVerticalSpacing(Space.M)
    for number, word in enumerate(found):
        grid.addLayout(
            row(label(f"{number + 1}.", "muted"), label(word, "words"), None),
            number // 2,
            number % 2,
        )
    made = panel(grid)
    made.setAccessibleName(" ".join(found))
    return made


class Compare(QDialog):
    """Are the six words the same on both screens? `since`: its history begins then (ms; 0: all)."""

    def __init__(self, member: str, found: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Compare six words"))
        differ = button(text("They differ"), self.reject, "danger")
        self.same = button(text("They are the same: approve"), self.accept, "primary", "check")
        self.all = QRadioButton(text("The desk’s whole history"))
        self.all.setChecked(True)
        self.part = QRadioButton(text("Only cases worked on since"))
        self.day = DateLine()
        self.day.setAccessibleName(self.part.text())
        self.day.setEnabled(False)
        self.part.toggled.connect(self.day.setEnabled)
        self.part.toggled.connect(lambda _: self._ready())
        self.day.edited.connect(self._ready)
        self.setLayout(
            column(
                label(text("{member} wants to join.", member=member), "heading"),
                label(
                    text("Have these words read to you, by voice, from the other laptop."),
                    wrap=True,
                ),
                card(six_words(found)),
                label(
                    text("If a word differs, someone stands between you: do not approve."),
                    "muted",
                    wrap=True,
                ),
                self.all,
                row(self.part, self.day),
                row(None, differ, self.same),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        differ.setFocus()

    def _ready(self) -> None:
        self.same.setEnabled(self.all.isChecked() or bool(self.since))

    @property
    def since(self) -> int:
        """From when on it gets the history, in ms since 1970; 0: all."""
        value = self.day.value() or ""
        if self.all.isChecked() or not value:
            return 0
        return first_moment(value)


def first_moment(value: str) -> int:
    """The first millisecond of a (partial) date: of `2024`, of `2024-05`, of `~2024-05-31`."""
    year, month, day = (value.lstrip("~") + "-1-1").split("-")[:3]
    return int(datetime(int(year), int(month), int(day), tzinfo=UTC).timestamp() * 1000)
