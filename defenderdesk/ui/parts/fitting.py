"""Widgets that fit the room there is: a button that cuts its words, a page as tall as its words
need."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QResizeEvent
from PySide6.QtWidgets import QLayout, QPushButton, QSizePolicy, QWidget

from defenderdesk.ui.look import palette

_SLACK = 2
"""Pixels: words are measured in whole ones and cut by fractions."""


class CutButton(QPushButton):
    """A button whose words are cut, with an ellipsis, where its place ends; whole in its tool tip
    and for screen readers. What stands behind them (a count) is never cut."""

    def __init__(
        self, words: str, clicked: Callable[[], object], look: str, icon: QIcon | None = None
    ) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self.setProperty("look", look)
        self.setIconSize(QSize(palette.px(18), palette.px(18)))
        if icon:
            self.setIcon(icon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._words, self._behind = words, ""
        self.say(words)
        self.clicked.connect(lambda: clicked())

    def say(self, words: str, behind: str = "") -> None:
        """Other words."""
        self._words, self._behind = words, behind
        self.setAccessibleName(self.whole())
        self.setToolTip(words)
        self.setText(self.whole())
        self._cut()
        self.updateGeometry()

    def whole(self) -> str:
        """All of it."""
        return f"{self._words}{self._behind}"

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        more = metrics.horizontalAdvance(self.whole()) - metrics.horizontalAdvance(self.text())
        return QSize(hint.width() + max(more, 0) + _SLACK, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(80, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        around = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.whole())
        font = self.font()
        if self.isCheckable():  # drawn bold once it is chosen
            font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(font)
        room = self.width() - around + _SLACK - metrics.horizontalAdvance(self._behind)
        cut = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, max(room, 0))
        if f"{cut}{self._behind}" != self.text():
            self.setText(f"{cut}{self._behind}")


class Fitted(QWidget):
    """A page of wrapped words in a scroll area: exactly as tall as they are at its width."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setLayout(layout)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize, QEvent.Type.Show):
            self._fit()
        return done

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            wanted = layout.totalHeightForWidth(self.width())
            if wanted != self.minimumHeight():
                self.setMinimumHeight(wanted)
