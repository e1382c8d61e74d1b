"""Counts per week as bars, over the band of what is usual. Painted; said in numbers as well."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from defenderdesk import i18n
from defenderdesk.domain.warning import Alert
from defenderdesk.domain.warning.rule import NEW_LAWS
from defenderdesk.i18n import text
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Size
from defenderdesk.ui.warning import wording


class WeekChart(QWidget):
    """One alert's weeks. The bars of its window stand out; the band is what nine of ten earlier
    weeks held. Time runs in the reading direction."""

    def __init__(self) -> None:
        super().__init__()
        self._weeks: tuple[int, ...] = ()
        self._usual: tuple[int, int] | None = None
        self._from = date.today()
        self._window = date.today()
        self._role = "accent"
        self.setMinimumHeight(palette.px(150))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_alert(self, alert: Alert) -> None:
        """Draw its weeks."""
        self._weeks = alert.weeks
        self._from = date.fromisoformat(alert.weeks_from)
        end = self._from + timedelta(days=7 * len(alert.weeks))
        self._window = end - timedelta(days=alert.window_days)
        role = wording.level_role(alert.level)
        self._role = "accent" if role == "muted" else role
        bands = alert.spells > 0 and alert.measure != NEW_LAWS
        self._usual = alert.usual if bands else None
        self.setAccessibleName(self.in_numbers())
        self.update()

    def in_numbers(self) -> str:
        """The same for those who do not see it."""
        counts = ", ".join(i18n.number(week) for week in self._weeks)
        numbers = text(
            "Counts of the weeks from {date}: {counts}.", date=i18n.date(self._from), counts=counts
        )
        if self._usual:
            numbers += " " + text(
                "Usual in a week: {low} to {high}.", low=self._usual[0], high=self._usual[1]
            )
        return numbers

    def is_recent(self, week: int) -> bool:
        """Tells whether most of a week lies in the window."""
        return self._from + timedelta(days=7 * week + 3) >= self._window

    def _plot(self) -> QRectF:
        top, low = palette.px(10), palette.px(26)
        return QRectF(palette.px(34), top, self.width() - palette.px(44), self.height() - top - low)

    def _bar(self, week: int, plot: QRectF) -> QRectF:
        """The whole column of a week."""
        wide = plot.width() / max(len(self._weeks), 1)
        at = week
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            at = len(self._weeks) - 1 - week
            plot = plot.translated(self.width() - plot.left() - plot.right(), 0)
        return QRectF(plot.left() + at * wide, plot.top(), wide, plot.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._weeks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, plot = palette.current(), self._plot()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left, right = self._bar(0, plot).left(), self._bar(len(self._weeks) - 1, plot).right()
        if rtl:
            left, right = self._bar(len(self._weeks) - 1, plot).left(), self._bar(0, plot).right()
        most = max(*self._weeks, self._usual[1] if self._usual else 0, 1)
        unit = plot.height() / most
        painter.setPen(Qt.PenStyle.NoPen)
        if self._usual:
            low, high = self._usual
            top = plot.bottom() - high * unit
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRect(QRectF(left, top, right - left, max((high - low) * unit, 2)))
        recent = QColor(getattr(colours, self._role))
        for week, count in enumerate(self._weeks):
            column = self._bar(week, plot)
            gap = min(column.width() * 0.22, 4)
            painter.setBrush(recent if self.is_recent(week) else QColor(colours.edge))
            bar = column.adjusted(gap / 2, plot.height() - count * unit, -gap / 2, 0)
            painter.drawRect(bar)
        painter.setPen(QPen(QColor(colours.edge), 1))
        painter.drawLine(QPointF(left, plot.bottom()), QPointF(right, plot.bottom()))
        self._label(painter, most, plot, rtl)
        painter.end()

    def _label(self, painter: QPainter, most: int, plot: QRectF, rtl: bool) -> None:
        small = QFont(self.font())
        small.setPixelSize(palette.px(Size.SMALL))
        painter.setFont(small)
        painter.setPen(QColor(palette.current().muted))
        margin = palette.px(30)
        line = painter.fontMetrics().height()
        for count, at in ((most, plot.top()), (0, plot.bottom())):
            if rtl:
                rect = QRect(self.width() - margin, round(at - line / 2), margin - 2, line)
                side = Qt.AlignmentFlag.AlignLeft
            else:
                rect = QRect(0, round(at - line / 2), margin - 2, line)
                side = Qt.AlignmentFlag.AlignRight
            # Absolute: a painter would turn left and right round in a mirrored layout.
            flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
            painter.drawText(rect, flags, i18n.number(count))
        first, last = self._bar(0, plot), self._bar(len(self._weeks) - 1, plot)
        left, right = min(first.left(), last.left()), max(first.right(), last.right())
        foot = QRect(round(left), round(plot.bottom()) + 4, round(right - left), line)
        end = self._from + timedelta(days=7 * len(self._weeks) - 1)
        for day, at_left in ((self._from, not rtl), (end, rtl)):
            side = Qt.AlignmentFlag.AlignLeft if at_left else Qt.AlignmentFlag.AlignRight
            painter.drawText(foot, side | Qt.AlignmentFlag.AlignAbsolute, i18n.date(day))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            plot = self._plot()
            for week, count in enumerate(self._weeks):
                if self._bar(week, plot).contains(QPointF(event.pos())):
                    day = self._from + timedelta(days=7 * week)
                    shown = text("Week from {date}: {count}", date=i18n.date(day), count=i18n.number(count))
                    QToolTip.showText(event.globalPos(), shown, self)
                    return True
        return super().event(event)
