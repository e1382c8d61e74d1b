"""A field of plain text that grows with what it holds."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy


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
        lines = round(self.document().size().height()) if self.width() > 60 else self.least
        line = self.fontMetrics().lineSpacing()
        return QSize(300, min(max(lines, self.least), self._most) * line + 18)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, min(self.least, 3) * self.fontMetrics().lineSpacing() + 18)
