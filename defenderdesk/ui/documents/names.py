"""The words of a draft that may name somebody: a person says of each what it is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.interchange.documents.hiding import Unsure
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, card, column, drawing, empty, label, panel, row, scroll

_SHOWN_HEIGHT = 190


class NamesPanel(QWidget):
    """The list; hidden while there is nothing to decide. `decided`: (word, whether it names)."""

    decided = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._lead = label("", "lead", wrap=True)
        self._inside = QVBoxLayout()
        self._inside.setSpacing(Space.S)
        self._area = scroll(panel(self._inside))
        self._area.setMaximumHeight(_SHOWN_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        head = row(drawing("warning", "warning"), self._lead, None)
        head.setStretch(1, 1)
        layout.addWidget(card(panel(head), self._area, look="card"))
        self.hide()

    def show_words(self, words: list[Unsure]) -> None:
        """Show the words that nobody decided about yet."""
        empty(self._inside)
        self._lead.setText(
            plural(
                "{n} word may name somebody who did not agree to be named. What is it?",
                "{n} words may name somebody who did not agree to be named. What are they?",
                len(words),
            )
        )
        for word in words:
            said = label(f"{word.word} – {word.person}", "strong", wrap=True)
            where = label(word.sentence, "muted", wrap=True)
            line = row(
                panel(column(said, where, gap=2)),
                button(text("A name: leave it out"), partial(self.decided.emit, word.word, True)),
                button(text("No name: keep it"), partial(self.decided.emit, word.word, False)),
                gap=Space.S,
            )
            line.setStretch(0, 1)
            self._inside.addWidget(panel(line))
        self._inside.addStretch(1)
        self.setVisible(bool(words))
