"""A field of plain text that grows with what it holds."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

_FRAME = 16
"""Pixels of edge, padding and margin above and below the text."""


def words_of(page: QPlainTextEdit) -> str:
    """The text of a field, letter by letter: `toPlainText` makes a space of every no-break space,
    which French writes before its marks."""
    return page.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")


class GrowingPage(QPlainTextEdit):
    """Plain text that grows with what it holds, between `least` and `most` lines."""

    def __init__(self, least: int = 3, most: int = 16) -> None:
        super().__init__()
        self.least, self._most = least, most
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.updateGeometry)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def words(self) -> str:
        """The text that it holds."""
        return words_of(self)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing() + 1
        least, most = self.least * line, self._most * line
        return QSize(300, min(max(self._held(), least), most) + _FRAME)

    def _held(self) -> int:
        """The height of what it holds, in pixels; an unshown field has not been laid out."""
        if self.width() <= 60:
            return 0
        block, height = self.document().begin(), 0.0
        while block.isValid() and height < self._most * 100:
            height += self.blockBoundingRect(block).height()
            block = block.next()
        return round(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()  # other lines are broken

    def minimumSizeHint(self) -> QSize:
        return QSize(80, min(self.least, 3) * self.fontMetrics().lineSpacing() + 18)
