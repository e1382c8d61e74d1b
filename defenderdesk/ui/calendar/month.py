"""The calendar: a month of days, and beside it what stands on the one that is chosen.

Arrow keys go from day to day, Page up and down from month to month, T to today, Enter to what
stands on the day.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypedDict

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import plural, text
from defenderdesk.ui.calendar import wording
from defenderdesk.ui.calendar.give import GiveCalendar
from defenderdesk.ui.calendar.list import DayList
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Size, Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.lines import side
from defenderdesk.ui.parts.widgets import Elided, button, column, label, panel, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import Vault
from defenderdesk.vault.types import Change, Day, Mark

_ROLES = {"overdue": "danger", "today": "warning", "soon": "accent", "later": "accent"}


class Month(QWidget):
    """The days of a month, painted; a mark on each for what stands there."""

    chosen = Signal(object)  # date
    turned = Signal(object)  # a day of another month
    into = Signal()
    """The chosen day's list is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.day = date.today()
        self.today = self.day
        self._marks: dict[str, list[Mark]] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(palette.px(420), palette.px(330))

    def first_shown(self) -> date:
        """The day in the first corner: the week of the first of the month begins there."""
        first = self.day.replace(day=1)
        return first - timedelta(days=(first.weekday() - i18n.first_weekday()) % 7)

    def show_marks(self, marks: list[Mark]) -> None:
        """Mark the days of these."""
        self._marks = {}
        for mark in marks:
            self._marks.setdefault(mark.day, []).append(mark)
        self._say()
        self.update()

    def on(self, day: date) -> list[Mark]:
        """The entries of a day."""
        return self._marks.get(day.isoformat(), [])

    def go(self, day: date) -> None:
        """Choose a day, in this month or another."""
        other = (day.year, day.month) != (self.day.year, self.day.month)
        self.day = day
        if other:
            self.turned.emit(day)
        self.chosen.emit(day)
        self._say()
        self.update()

    def _say(self) -> None:
        count = sum(mark.count for mark in self.on(self.day))
        said_count = plural("{n} entry", "{n} entries", count)
        self.setAccessibleName(f"{i18n.date(self.day)}: {said_count}")

    # -- geometry ------------------------------------------------------------------------------

    def _cell(self, place: int) -> QRect:
        top = palette.px(26)
        width, height = self.width() / 7, (self.height() - top) / 6
        line, at = divmod(place, 7)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            at = 6 - at
        return QRect(round(at * width), round(top + line * height), round(width), round(height))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = palette.current()
        small = QFont(self.font())
        small.setPixelSize(palette.px(Size.SMALL))
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        begin = self.first_shown()
        for at in range(7):
            cell = self._cell(at)
            head = QRect(cell.x(), 0, cell.width(), palette.px(24))
            name = i18n.weekday((i18n.first_weekday() + at) % 7)
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, name)
        for place in range(42):
            self._paint_day(painter, begin + timedelta(days=place), self._cell(place), small)
        painter.end()

    def _paint_day(self, painter: QPainter, day: date, cell: QRect, small: QFont) -> None:
        colours = palette.current()
        inner = cell.adjusted(2, 2, -2, -2)
        own = day.month == self.day.month
        chosen = day == self.day
        painter.setPen(QColor(colours.accent if chosen and self.hasFocus() else colours.line))
        back = colours.accent_soft if chosen else colours.surface if own else colours.ground
        painter.setBrush(QColor(back))
        painter.drawRoundedRect(inner, 5, 5)
        painter.setPen(QColor(colours.text if own else colours.muted))
        number = QFont(small)
        number.setWeight(QFont.Weight.Bold if day == self.today else QFont.Weight.Normal)
        painter.setFont(number)
        if day == self.today:
            painter.setPen(QColor(colours.accent))
        edge = side(self.layoutDirection() == Qt.LayoutDirection.RightToLeft)
        text_rect = inner.adjusted(7, 4, -7, -4)
        painter.drawText(text_rect, edge | Qt.AlignmentFlag.AlignTop, i18n.number(day.day))
        painter.setFont(small)
        line = painter.fontMetrics().height() + 2
        room = max((inner.height() - line - 6) // line, 0)
        found = self.on(day)
        for place, entry in enumerate(found[: room if len(found) <= room else max(room - 1, 0)]):
            at = text_rect.adjusted(0, line * (place + 1), 0, 0)
            role = _ROLES[wording.urgency(entry, self.today)]
            painter.setPen(QColor(getattr(colours, role)))
            words_shown = painter.fontMetrics().elidedText(
                wording.mark(entry), Qt.TextElideMode.ElideRight, at.width()
            )
            painter.drawText(at, edge | Qt.AlignmentFlag.AlignTop, words_shown)
        left = sum(mark.count for mark in found[max(room - 1, 0) :])
        if len(found) > room:
            at = text_rect.adjusted(0, line * max(room, 1), 0, 0)
            painter.setPen(QColor(colours.muted))
            shown = text("{n} more", n=i18n.number(left))
            painter.drawText(at, edge | Qt.AlignmentFlag.AlignTop, shown)

    # -- hands and eyes ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        for place in range(42):
            if self._cell(place).contains(event.position().toPoint()):
                self.go(self.first_shown() + timedelta(days=place))
                return

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)
        self.into.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.told_at(event.pos()), self)
            return True
        return super().event(event)

    def told_at(self, point: QPoint) -> str:
        """The entries of the day under the mouse, in words."""
        for place in range(42):
            if self._cell(place).contains(point):
                found = self.on(self.first_shown() + timedelta(days=place))
                return "\n".join(wording.mark(mark) for mark in found)
        return ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        steps = {
            Qt.Key.Key_Left: 1 if rtl else -1,
            Qt.Key.Key_Right: -1 if rtl else 1,
            Qt.Key.Key_Up: -7,
            Qt.Key.Key_Down: 7,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.go(self.day + timedelta(days=steps[key]))
        elif key == Qt.Key.Key_PageUp:
            self.go(month_away(self.day, -1))
        elif key == Qt.Key.Key_PageDown:
            self.go(month_away(self.day, 1))
        elif key == Qt.Key.Key_T:
            self.go(self.today)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.into.emit()
        else:
            super().keyPressEvent(event)


def month_away(day: date, step: int) -> date:
    """The same day some months away, or the last of a shorter month."""
    months = day.year * 12 + day.month - 1 + step
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_KINDS = (
    "hearing",
    "submission",
    "task",
    "measure",
    "assessment",
    "plan",
    "consent",
    "visit",
    "meeting",
    "obligation",
    "proceeding",
)


MOST = 1000
"""Entries of one day, at the most, of which a list is made; the month counts them all."""


class _Asked(TypedDict):
    desk: str
    kinds_: tuple[str, ...]


@dataclass(frozen=True)
class _Loaded:
    marks: list[Mark]
    day: date
    days: list[Day]


def _days_on(vault: Vault, day: date, asked: _Asked) -> list[Day]:
    return vault.views.days(day.isoformat(), day.isoformat(), limit=MOST, **asked)


class CalendarPage(QWidget):
    """The page."""

    opened = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.month = Month()
        self.month.chosen.connect(self._chosen)
        self.month.turned.connect(lambda _: self.load())
        self.days = DayList(text("On this day"))
        self.days.opened.connect(self.opened)
        self._name = label("", "heading")
        self._day = Elided("lead")
        self.desk = DeskChoice(session, text("All desks"))
        self.desk.setMinimumContentsLength(15)
        self.desk.hide_with(self.desk)
        self.desk.chosen.connect(self.load)
        self.kind = Choice(self._kinds, self._kind_name, text("Everything"))
        self.kind.setAccessibleName(text("What is shown"))
        self.kind.setMinimumContentsLength(15)
        self.kind.chosen.connect(self.load)
        self.month.into.connect(self._into)
        turn = row(
            button(
                "",
                lambda: self.month.go(month_away(self.month.day, -1)),
                "",
                "back",
                text("The month before"),
            ),
            button(
                "",
                lambda: self.month.go(month_away(self.month.day, 1)),
                "",
                "forward",
                text("The next month"),
            ),
            button(text("Today"), lambda: self.month.go(self.month.today), tip="T"),
            Space.S,
            self._name,
            None,
        )
        self._give = button(text("Calendar file…"), self.give, "", "export")
        head = row(label(text("Calendar"), "title"), None, self.desk, self.kind, self._give, gap=Space.S)
        side = column(self._day, self.days, gap=Space.S)
        both = row(panel(column(turn, self.month, gap=Space.S)), panel(side), gap=Space.L)
        both.setStretch(0, 5)
        both.setStretch(1, 2)
        layout = column(head, both, gap=Space.M, margins=Space.XL)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.load()

    def _kinds(self) -> list[tuple[str, str]]:
        return [(kind, self._kind_name(kind)) for kind in _KINDS]

    def _kind_name(self, kind: str) -> str:
        return text(kind_of(kind).plural)

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.month.setFocus()

    def _news(self, change: Change) -> None:
        if self.isVisible():
            if "*" in change.kinds:
                self.desk.look()
            self.load()

    def give(self) -> None:
        """Offer the days as a file for another calendar."""
        dialog = GiveCalendar(self._session, self)
        dialog.exec()
        dialog.deleteLater()

    def _into(self) -> None:
        if self.month.on(self.month.day):
            self.days.setFocus()

    def load(self) -> None:
        """Read the weeks that are shown, and the chosen day."""
        vault, first = self._session.vault, self.month.first_shown()
        day, asked = self.month.day, self._asked()

        def work() -> _Loaded:
            last = first + timedelta(days=41)
            marks = vault.views.marks(first.isoformat(), last.isoformat(), **asked)
            return _Loaded(marks, day, _days_on(vault, day, asked))

        self._session.operations.read(self, work, self._show, key=f"month-{id(self)}")

    def _asked(self) -> _Asked:
        return {"desk": self.desk.code, "kinds_": (self.kind.code,) if self.kind.code else ()}

    def _show(self, loaded: _Loaded) -> None:
        self.month.today = date.today()
        self.month.show_marks(loaded.marks)
        self._show_day(loaded.day, loaded.days)

    def _chosen(self, day: date) -> None:
        """Read another day."""
        vault, asked = self._session.vault, self._asked()
        self._say_day()
        self.days.show_days([], self.month.today)
        self._session.operations.read(
            self,
            lambda: _days_on(vault, day, asked),
            lambda days: self._show_day(day, days),
            key=f"day-{id(self)}",
        )

    def _say_day(self) -> None:
        self._name.setText(i18n.month(self.month.day))
        self._day.setText(i18n.long_date(self.month.day))

    def _show_day(self, day: date, days: list[Day]) -> None:
        if day == self.month.day:
            self._say_day()
            self.days.show_days([("", days)], self.month.today)
