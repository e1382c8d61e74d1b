"""Asks, before an attachment is given out as evidence: to whom, why, and how much."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QRadioButton, QWidget

from defenderdesk.domain.kinds import ATTACHMENT, Type
from defenderdesk.i18n import text
from defenderdesk.interchange.evidence.package import Wanted
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, drawing, field, label, row


@dataclass(frozen=True)
class Given:
    """The person's choice."""

    to: str
    purpose: str
    wanted: Wanted
    zipped: bool


class EvidenceDialog(QDialog):
    """`given` is what was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Give out as evidence"))
        self.to = QLineEdit()
        self.purpose = QLineEdit()
        self.described = QCheckBox(text("Also its description: title, author, date…"))
        self.details = QCheckBox(text("Also to whom and why it was given out before"))
        self.zipped = QRadioButton(text("One file (zip)"))
        self.folder = QRadioButton(text("A folder"))
        self.zipped.setChecked(True)
        warned = label(
            text(
                "The file leaves in clear text, with the names of those who took it in or handled "
                "it. Nothing else of the case goes with it."
            ),
            wrap=True,
        )
        line = row(drawing("warning", "warning", 22), warned, gap=Space.M)
        line.setStretch(1, 1)
        go = button(text("Choose where to…"), self.accept, "primary", "export")
        go.setDefault(True)
        self.setLayout(
            column(
                label(text("Give out as evidence"), "heading"),
                line,
                field(text("To whom"), self.to),
                field(text("Why"), self.purpose, text("Both are written into the history.")),
                self.described,
                self.details,
                row(self.zipped, self.folder, None, gap=Space.L),
                row(None, button(text("Cancel"), self.reject), go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(480)
        self.to.setFocus()

    def given(self) -> Given:
        """The choice that was made."""
        more = frozenset(f.name for f in ATTACHMENT.fields if f.type is not Type.DATA and not f.fixed)
        fields = more if self.described.isChecked() else frozenset()
        return Given(
            self.to.text().strip(),
            self.purpose.text().strip(),
            Wanted(fields, self.details.isChecked()),
            self.zipped.isChecked(),
        )
