"""Pages of which one is shown, as tall as that one (a QStackedWidget is as tall as its tallest)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from defenderdesk.ui.parts.widgets import column


class Pages(QWidget):
    """One of several pages; `shown` first. Where the first says that there is nothing, show
    another until that is known: "nothing is due" must not stand there while it is still read."""

    def __init__(self, *pages: QWidget, shown: int = 0) -> None:
        super().__init__()
        self._pages = pages
        self.current = shown
        self.setLayout(column(*pages, gap=0))
        self.turn(shown)

    def turn(self, place: int) -> None:
        """Show the page at a place."""
        self.current = place
        for number, page in enumerate(self._pages):
            page.setVisible(number == place)
