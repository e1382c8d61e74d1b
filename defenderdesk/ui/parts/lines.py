"""Lists whose lines have a title and, after a line break, one or two quieter lines below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QIcon, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Size, Space

HEADING = Qt.ItemDataRole.UserRole + 7
"""Role of a line that is a heading over those below it, or a remark: nothing to choose."""
_PAD, _SINGLE, _FIRST, _NEXT = 6, 34, 46, 18


class TwoLines(QStyledItemDelegate):
    """Paints an icon, a title, and the lines below it. What is cut is whole in its tool tip."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        if index.data(HEADING):
            return QSize(80, palette.px(_SINGLE))
        below = max(str(index.data() or "").count("\n"), 1)
        return QSize(80, palette.px(_FIRST + _PAD + _NEXT * (below - 1)))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        colours = palette.current()
        rect: QRect = option.rect
        widget: QWidget = option.widget
        rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A title is read in its own direction, whatever that of the screen.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.setPen(Qt.PenStyle.NoPen)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(rect.adjusted(4, 2, -4, -2), 5, 5)
        elif state & QStyle.StateFlag.State_MouseOver and not index.data(HEADING):
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(rect.adjusted(4, 2, -4, -2), 5, 5)
        inner = _inner(rect, index, rtl)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(icon, QIcon):
            size = palette.px(20)
            left = inner.right() + Space.M + 1 if rtl else inner.left() - Space.M - size
            icon.paint(painter, QRect(left, rect.center().y() - size // 2, size, size))
        parts = str(index.data() or "").split("\n")
        if index.data(HEADING):
            low = inner.adjusted(0, inner.height() // 3, 0, 0)
            _draw(painter, low, parts[0], _font(widget, True, True), colours.muted, rtl)
            painter.restore()
            return
        bold, small = _font(widget, False, True), _font(widget, True, False)
        if len(parts) == 1:
            _draw(painter, inner, parts[0], bold, colours.text, rtl)
            painter.restore()
            return
        step = palette.px(_NEXT)
        high = QFontMetrics(bold).height() + step * (len(parts) - 1)
        top = inner.y() + (inner.height() - high) // 2
        title = QRect(inner.x(), top, inner.width(), QFontMetrics(bold).height())
        _draw(painter, title, parts[0], bold, colours.text, rtl)
        for place, below in enumerate(parts[1:]):
            line = QRect(inner.x(), title.bottom() + 1 + step * place, inner.width(), step)
            _draw(painter, line, below, small, colours.muted, rtl)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        own = str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
        if event.type() == QEvent.Type.ToolTip and not own:
            whole = str(index.data() or "")
            shown = whole if self.is_cut(view, option.rect, index) else ""
            QToolTip.showText(event.globalPos(), shown, view)
            return True
        return super().helpEvent(event, view, option, index)

    def is_cut(self, view: QWidget, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> bool:
        """Tells whether a line of an entry ends in an ellipsis."""
        room = _inner(rect, index, False).width()
        heading = bool(index.data(HEADING))
        for place, part in enumerate(str(index.data() or "").split("\n")):
            font = _font(view, heading or place > 0, heading or place == 0)
            if QFontMetrics(font).horizontalAdvance(part) > room:
                return True
        return False


def _inner(rect: QRect, index: QModelIndex | QPersistentModelIndex, rtl: bool) -> QRect:
    """The place of the words."""
    inner = rect.adjusted(Space.M, 0, -Space.M, 0)
    if not isinstance(index.data(Qt.ItemDataRole.DecorationRole), QIcon):
        return inner
    cut = palette.px(20) + Space.M
    return inner.adjusted(0, 0, -cut, 0) if rtl else inner.adjusted(cut, 0, 0, 0)


def _font(widget: QWidget, small: bool, strong: bool) -> QFont:
    font = QFont(widget.font())
    font.setPixelSize(palette.px(Size.SMALL if small else Size.BODY))
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return font


def _draw(painter: QPainter, rect: QRect, shown: str, font: QFont, colour: str, rtl: bool) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    cut = painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side(rtl) | Qt.AlignmentFlag.AlignVCenter, cut)


def side(rtl: bool) -> Qt.AlignmentFlag:
    """The side where reading begins, for a painter (which would turn a plain one round)."""
    edge = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
    return edge | Qt.AlignmentFlag.AlignAbsolute


def heading(words: str) -> QListWidgetItem:
    """A line that stands over others, or says something: it cannot be chosen."""
    made = QListWidgetItem(words)
    made.setData(HEADING, True)
    made.setFlags(Qt.ItemFlag.NoItemFlags)
    return made


def lines(name: str) -> QListWidget:
    """An empty list of such items, called `name` for screen readers."""
    made = QListWidget()
    made.setItemDelegate(TwoLines(made))
    made.setAccessibleName(name)
    made.setMouseTracking(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
    return made
