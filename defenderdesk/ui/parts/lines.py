"""Lists whose lines have a title and, after a line break, a quieter second line."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from defenderdesk.ui import theme
from defenderdesk.ui.theme import Size, Space

HEADING = Qt.ItemDataRole.UserRole + 7
"""Role of a line that is a heading over those below it."""


class TwoLines(QStyledItemDelegate):
    """Paints an icon, a title, and a second line below it."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(80, theme.px(34 if index.data(HEADING) else 52))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        colours = theme.current()
        rect: QRect = option.rect
        widget: QWidget = option.widget
        rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(rect.adjusted(4, 2, -4, -2), 5, 5)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(rect.adjusted(4, 2, -4, -2), 5, 5)
        inner = rect.adjusted(Space.M, 0, -Space.M, 0)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(icon, QIcon):
            size = theme.px(20)
            left = inner.right() - size + 1 if rtl else inner.left()
            icon.paint(painter, QRect(left, rect.center().y() - size // 2, size, size))
            cut = size + Space.M
            inner = inner.adjusted(0, 0, -cut, 0) if rtl else inner.adjusted(cut, 0, 0, 0)
        if index.data(HEADING):
            head = QFont(widget.font())
            head.setPixelSize(theme.px(Size.SMALL))
            head.setWeight(QFont.Weight.DemiBold)
            low = inner.adjusted(0, inner.height() // 3, 0, 0)
            _draw(painter, low, str(index.data() or ""), head, colours.muted, rtl)
            painter.restore()
            return
        first, _, second = str(index.data() or "").partition("\n")
        bold = QFont(widget.font())
        bold.setPixelSize(theme.px(Size.BODY))
        bold.setWeight(QFont.Weight.DemiBold)
        small = QFont(bold)
        small.setPixelSize(theme.px(Size.SMALL))
        small.setWeight(QFont.Weight.Normal)
        middle = inner.height() // 2
        title = inner.adjusted(0, 5, 0, 1 - middle) if second else inner
        _draw(painter, title, first, bold, colours.text, rtl)
        if second:
            _draw(painter, inner.adjusted(0, middle, 0, -6), second, small, colours.muted, rtl)
        painter.restore()


def _draw(painter: QPainter, rect: QRect, shown: str, font: QFont, colour: str, rtl: bool) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
    cut = painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, cut)


def lines(name: str) -> QListWidget:
    """An empty list of two-line items, called `name` for screen readers."""
    made = QListWidget()
    made.setItemDelegate(TwoLines(made))
    made.setAccessibleName(name)
    made.setMouseTracking(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
    return made
