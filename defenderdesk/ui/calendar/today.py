"""The first page: what is overdue, what comes today and soon, and what needs an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QListWidgetItem, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.i18n import plural, text
from defenderdesk.ui.calendar import wording
from defenderdesk.ui.calendar.list import DayList
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import (
    EmptyState,
    button,
    card,
    column,
    drawing,
    empty,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import CaseFilter, CaseRow, Change, Day

AHEAD = 30
"""Days looked ahead."""
MOST = 200
"""Lines of what is overdue, and of what comes; the headings count all that is overdue."""


@dataclass(frozen=True)
class _Loaded:
    overdue: list[Day]
    late: int
    ahead: list[Day]
    more: bool
    urgent: list[CaseRow]
    stages: dict[str, int]
    conflicts: int


class Today(QWidget):
    """The page."""

    opened = Signal(object)
    """A `Day`."""
    case_opened = Signal(object)
    page_wanted = Signal(str)

    def __init__(self, session: Session, today: date | None = None) -> None:
        super().__init__()
        self._session = session
        self._fixed = today
        self.days = DayList(text("What is due"))
        self.days.opened.connect(self.opened)
        self._said = label("", "muted")
        nothing = EmptyState(
            "today",
            text("Nothing is due"),
            text("Hearings, replies, reviews and tasks of the next 30 days stand here."),
        )
        self._left = Pages(nothing, self.days, shown=1)
        self._urgent = lines(text("Urgent cases"))
        self._urgent.setProperty("look", "bare")
        self._urgent.itemActivated.connect(self._open_case)
        self._urgent.itemClicked.connect(self._open_case)
        self._no_urgent = label(text("No case has the status urgent."), "muted", wrap=True)
        self._no_urgent.hide()  # until it is known
        self._urgent.setFixedHeight(0)
        self._waiting = QVBoxLayout()
        self._waiting.setSpacing(0)
        urgent = card(
            row(drawing("warning", "danger", 22), label(text("Urgent cases"), "heading"), None),
            self._no_urgent,
            self._urgent,
        )
        waiting = card(
            row(drawing("board", "accent", 22), label(text("Waiting"), "heading"), None),
            panel(self._waiting),
        )
        right = scroll(panel(column(urgent, waiting, None, gap=Space.L)))
        right.setMinimumWidth(palette.px(220))
        both = row(self._left, right, gap=Space.L)
        both.setStretch(0, 5)
        both.setStretch(1, 3)
        head = row(label(text("Today"), "title"), self._said, None, gap=Space.M)
        layout = column(head, both, gap=Space.M, margins=Space.XL)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.load()

    def today(self) -> date:
        """The day it is."""
        return self._fixed or date.today()

    def _news(self, _change: Change) -> None:
        if self.isVisible():
            self.load()

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.days.setFocus()

    def load(self) -> None:
        """Read what is due."""
        vault, today = self._session.vault, self.today()

        def work() -> _Loaded:
            views = vault.views
            now, end = today.isoformat(), (today + timedelta(days=AHEAD)).isoformat()
            overdue, late = views.overdue(now, MOST), views.overdue_count(now)
            ahead = views.running(now) + views.days(now, end, limit=MOST + 1)
            urgent = vault.cases(CaseFilter(status="urgent"), 0, 8)
            return _Loaded(
                overdue,
                late,
                ahead[:MOST],
                len(ahead) > MOST,
                urgent,
                views.counts("submission.stage"),
                vault.conflict_count(),
            )

        self._session.operations.read(self, work, self._show, key=f"today-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        today = self.today()
        parts: dict[str, list[Day]] = {"today": [], "soon": [], "later": []}
        for day in loaded.ahead:
            parts[wording.urgency(day, today)].append(day)
        late = plural("{n} overdue", "{n} overdue", loaded.late)
        if loaded.late > len(loaded.overdue):
            late = text("{overdue}, the latest {n} of them:", overdue=late, n=i18n.number(MOST))
        self.days.show_days(
            [
                (late, loaded.overdue),
                (text("Today"), parts["today"]),
                (text("In the next seven days"), parts["soon"]),
                (text("Later this month"), parts["later"]),
            ],
            today,
        )
        self._left.turn(1 if self.days.list.count() else 0)
        more = text("Not all that comes is here: see the calendar") if loaded.more else ""
        self._said.setText(" · ".join(part for part in (i18n.date(today), more) if part))
        self._fill_urgent(loaded.urgent)
        self._fill_waiting(loaded)

    def _fill_urgent(self, rows: list[CaseRow]) -> None:
        self._urgent.clear()
        for case in rows:
            about = " · ".join(p for p in (i18n.country(case.country), case.reference) if p)
            item = QListWidgetItem(f"{case.title or text('Untitled')}\n{about}")
            item.setIcon(icons.icon("cases", "danger"))
            set_record(item, case.id)
            item.setToolTip(case.title)
            self._urgent.addItem(item)
        self._urgent.setFixedHeight(palette.px(52) * min(max(len(rows), 1), 6) + 8)
        self._urgent.setVisible(bool(rows))
        self._no_urgent.setVisible(not rows)

    def _open_case(self, item: QListWidgetItem) -> None:
        self.case_opened.emit(record_of(item))

    def _fill_waiting(self, loaded: _Loaded) -> None:
        empty(self._waiting)
        drafts = sum(loaded.stages.get(s, 0) for s in ("draft", "ready"))
        sent = sum(loaded.stages.get(s, 0) for s in ("sent", "acknowledged", "transmitted"))
        replied = loaded.stages.get("replied", 0)
        for count, sentence, page in (
            (
                drafts,
                plural("{n} submission in preparation", "{n} submissions in preparation", drafts),
                "board",
            ),
            (
                sent,
                plural("{n} submission without a reply", "{n} submissions without a reply", sent),
                "board",
            ),
            (replied, plural("{n} reply to judge", "{n} replies to judge", replied), "board"),
            (
                loaded.conflicts,
                plural("{n} conflict to settle", "{n} conflicts to settle", loaded.conflicts),
                "conflicts",
            ),
        ):
            if count:
                self._waiting.addWidget(button(sentence, partial(self.page_wanted.emit, page), "link"))
        if not self._waiting.count():
            self._waiting.addWidget(QLabel(text("Nothing waits for you.")))
