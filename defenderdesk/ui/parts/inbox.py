"""The arrangement of a page where things wait for a person: a list, the one that is looked at, and
words for when nothing waits."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QListWidget, QStackedWidget, QVBoxLayout, QWidget

from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import EmptyState, column, label, panel, row, scroll


def inbox(
    title: str, count: QLabel, notice: Notice, waiting: QListWidget, detail: QWidget, nothing: EmptyState
) -> tuple[QVBoxLayout, QStackedWidget]:
    """The layout of such a page, and the stack that shows `nothing` (0) or what waits (1); it begins
    with the latter, until it is known that there is none."""
    both = row(waiting, scroll(detail), gap=Space.L)
    both.setStretch(0, 2)
    both.setStretch(1, 5)
    stack = QStackedWidget()
    stack.addWidget(nothing)
    stack.addWidget(panel(both))
    stack.setCurrentIndex(1)
    head = row(label(title, "title"), count, None, gap=Space.M)
    layout = column(head, notice, stack, gap=Space.M, margins=Space.XL)
    layout.setStretch(2, 1)
    return layout, stack
