"""Carrying a case to another desk: moved, or as a copy."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QRadioButton, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.widgets import button, column, field, label, row
from defenderdesk.vault.types import Desk


class CarryDialog(QDialog):
    """`desks`: the ones that it can go to, at least one."""

    def __init__(self, title: str, desks: list[Desk], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("To another desk"))
        names = {desk.id: desk.name for desk in desks}
        self.desk = Choice(lambda: list(names.items()), lambda code: names.get(code, code), None)
        self.desk.set_code(desks[0].id)
        self.move_it = QRadioButton(text("Move it: it is hidden in the desk where it is now"))
        self.copy = QRadioButton(text("Copy it: both desks go on by themselves"))
        self.move_it.setChecked(True)
        go = button(text("Carry it over"), self.accept, "primary")
        go.setDefault(True)
        self.setLayout(
            column(
                label(text("To another desk"), "heading"),
                label(title, "lead", wrap=True),
                field(text("Desk"), self.desk),
                column(self.move_it, self.copy, gap=Space.S),
                label(
                    text(
                        "The case goes as it stands now, with what belongs to it and the persons "
                        "and organisations it names. Its history stays here. Who holds the other "
                        "desk sees all of it."
                    ),
                    "muted",
                    wrap=True,
                ),
                row(None, button(text("Cancel"), self.reject), go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(460)
        self.desk.setFocus()
