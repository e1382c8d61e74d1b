"""Paints a line of the case list: the title with its reference below, status and
priority as pills whose colour is never the only sign."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from defenderdesk.ui.cases.model import ROW, Column
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Size, Space
from defenderdesk.vault.types import CaseRow

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 54

_PILLS = {
    "urgent": ("danger_soft", "danger"),
    "high": ("danger_soft", "danger"),
    "medium": ("warning_soft", "warning"),
    "open": ("accent_soft", "accent"),
}


class CaseLine(QStyledItemDelegate):
    """Paints every column of the case list."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, palette.px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = palette.current()
        rect: QRect = option.rect
        state = option.state
        widget: QWidget = option.widget
        row = index.data(ROW)
        shown = str(index.data() or "")
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.accent_soft))
            if index.column() == Column.TITLE and widget.hasFocus():
                rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
                edge = rect.right() - 2 if rtl else rect.left()
                painter.fillRect(QRect(edge, rect.top(), 3, rect.height()), QColor(colours.accent))
        painter.setPen(QColor(colours.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(Space.M, 0, -Space.M, 0)
        if index.column() == Column.TITLE:
            self._title(painter, inner, shown, row, widget)
        elif index.column() in (Column.STATUS, Column.PRIORITY):
            code = getattr(row, "status" if index.column() == Column.STATUS else "priority", "")
            self._pill(painter, inner, shown, code, widget)
        else:
            self._words(painter, inner, shown, "muted", widget)
        painter.restore()

    def _words(self, painter: QPainter, rect: QRect, shown: str, role: str, widget: QWidget) -> None:
        painter.setPen(QColor(getattr(palette.current(), role)))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        mirrored = QStyle.visualAlignment(widget.layoutDirection(), flags)
        cut = painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, mirrored, cut)

    def _title(
        self, painter: QPainter, rect: QRect, shown: str, row: CaseRow | None, widget: QWidget
    ) -> None:
        if row and row.conflicts:
            size = palette.px(16)
            rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
            left = rect.left() if rtl else rect.right() - size
            spot = QRect(left, rect.center().y() - size // 2, size, size)
            painter.drawPixmap(spot, icons.pixmap("conflicts", "warning", 16))
            cut = size + Space.S
            rect = rect.adjusted(cut, 0, 0, 0) if rtl else rect.adjusted(0, 0, -cut, 0)
        bold = QFont(painter.font())
        bold.setWeight(QFont.Weight.DemiBold)
        below = row.reference if row else ""
        if not below:
            painter.setFont(bold)
            self._words(painter, rect, shown, "text", widget)
            return
        middle = rect.height() // 2
        painter.setFont(bold)
        self._words(painter, rect.adjusted(0, 6, 0, 2 - middle), shown, "text", widget)
        small = QFont(painter.font())
        small.setWeight(QFont.Weight.Normal)
        small.setPixelSize(palette.px(Size.SMALL))
        painter.setFont(small)
        self._words(painter, rect.adjusted(0, middle - 1, 0, -7), below, "muted", widget)

    def _pill(self, painter: QPainter, rect: QRect, shown: str, code: str, widget: QWidget) -> None:
        if not shown or shown == "–":
            return
        back, front = _PILLS.get(code, ("raised", "muted"))
        small = QFont(painter.font())
        small.setPixelSize(palette.px(Size.SMALL))
        small.setWeight(QFont.Weight.DemiBold)
        painter.setFont(small)
        width = min(painter.fontMetrics().horizontalAdvance(shown) + 18, rect.width())
        height = palette.px(22)
        rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = rect.right() - width if rtl else rect.left()
        spot = QRect(left, rect.center().y() - height // 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(palette.current(), back)))
        painter.drawRoundedRect(spot, height / 2, height / 2)
        painter.setPen(QColor(getattr(palette.current(), front)))
        cut = painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, width - 10)
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, cut)
