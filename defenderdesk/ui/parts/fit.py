"""Widgets that fit the room there is: a button that cuts its words, a page as tall as its words
need."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QLayout, QPushButton, QSizePolicy, QWidget

from defenderdesk.ui import theme

_SLACK = 2
"""Pixels: words are measured in whole ones and cut by fractions."""


class CutButton(QPushButton):
    """A button whose words are cut, with an ellipsis, where its place ends; whole in its tool tip
    and for screen readers."""

    def __init__(
        self, words: str, clicked: Callable[[], object], look: str, icon: QIcon | None = None
    ) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self.setProperty("look", look)
        self.setIconSize(QSize(theme.px(18), theme.px(18)))
        if icon:
            self.setIcon(icon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._whole = words
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.setText(words)
        self.clicked.connect(lambda: clicked())

    def whole(self) -> str:
        """All of it."""
        return self._whole

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        more = metrics.horizontalAdvance(self._whole) - metrics.horizontalAdvance(self.text())
        return QSize(hint.width() + max(more, 0) + _SLACK, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(80, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        around = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self._whole)
        room = self.width() - around + _SLACK
        end = Qt.TextElideMode.ElideRight
        cut = self.fontMetrics().elidedText(self._whole, end, max(room, 0))
        if cut != self.text():
            self.setText(cut)


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
