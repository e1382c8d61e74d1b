"""Erasing content for good: what, why, and what it does not reach."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLineEdit, QRadioButton, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.ui.cases import show
from defenderdesk.ui.parts.blocks import button, column, field, label, row
from defenderdesk.ui.theme import Space
from defenderdesk.vault.erasure import MAX_REASON
from defenderdesk.vault.types import Record
from defenderdesk.words import text


class EraseDialog(QDialog):
    """`only`: the field that may be erased by itself; empty: the whole record only."""

    def __init__(self, record: Record, only: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Erase for good"))
        kind = kind_of(record.kind)
        of = text("{kind}: {title}", kind=text(kind.label), title=show.title_of(record))
        known = kind.field(only)
        self._only = only if known else ""
        self.one = QRadioButton(
            text("Only “{field}”, with every value it ever had", field=text(known.label))
            if known
            else ""
        )
        self.one.setVisible(False) if not known else self.one.setChecked(True)
        self.whole = QRadioButton(text("The whole record"))
        self.whole.setChecked(not known)
        self.reason = QLineEdit()
        self.reason.setMaxLength(MAX_REASON)
        self.reason.textChanged.connect(lambda _: self._ready())
        self.go = button(text("Erase"), self.accept, "danger")
        cancel = button(text("Cancel"), self.reject)
        choices = [self.one, self.whole] if known else [self.whole]
        self.setLayout(
            column(
                label(text("Erase for good?"), "heading"),
                label(of, "lead", wrap=True),
                column(*choices, gap=Space.S),
                field(text("Why (this stays readable)"), self.reason),
                label(
                    text(
                        "It cannot be undone. The content goes from this laptop, from colleagues’ "
                        "when they next exchange, from the server and from later exports. That "
                        "something was here, when and by whom, stays."
                    ),
                    wrap=True,
                ),
                label(
                    text(
                        "It does not reach partners, backups, Word files or removed laptops. "
                        "What a researcher erases is hidden at once and destroyed when a "
                        "coordinator confirms it."
                    ),
                    "muted",
                    wrap=True,
                ),
                row(None, cancel, self.go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(500)
        self.reason.setFocus()
        self._ready()

    def _ready(self) -> None:
        self.go.setEnabled(bool(self.reason.text().strip()))

    @property
    def fields(self) -> list[str]:
        """The fields to erase; empty: all."""
        return [self._only] if self._only and self.one.isChecked() else []
