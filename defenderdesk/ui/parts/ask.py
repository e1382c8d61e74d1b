"""A question with two answers, in our own words; the safe answer is the one Enter gives."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, drawing, label, row


def ask(parent: QWidget, title: str, sentence: str, yes: str, no: str = "") -> bool:
    """True when the person pressed `yes`."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    refuse = button(no or text("Cancel"), dialog.reject, "primary")
    refuse.setDefault(True)
    agree = button(yes, dialog.accept, "danger")
    said = label(sentence, wrap=True)
    said.setMinimumWidth(360)
    line = row(drawing("warning", "warning", 24), said, gap=Space.L)
    line.setStretch(1, 1)
    dialog.setLayout(column(line, row(None, agree, refuse), gap=Space.L, margins=Space.XL))
    refuse.setFocus()
    answer = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return answer
