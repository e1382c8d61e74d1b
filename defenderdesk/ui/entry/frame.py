"""The frame of the entry screens: a card in the middle, with the name above it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import Item, column, drawing, label, panel, row, scroll

WIDTH = 540


def framed(*items: Item) -> QWidget:
    """A page with `items` in a card in the middle."""
    inner = panel(column(*items, gap=Space.M, margins=Space.XL), "card")
    inner.setFixedWidth(palette.px(WIDTH))
    name = row(None, drawing("shield", "accent", 28), label("DefenderDesk", "heading"), None)
    page = QWidget()
    page.setLayout(column(None, name, Space.S, row(None, inner, None), None, None, gap=Space.M, margins=24))
    return scroll(page)
