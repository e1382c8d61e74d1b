"""The sidebar: where one can go, what waits, and who one is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QPushButton, QWidget

from defenderdesk.i18n import number, text
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, drawing, label, panel, row, rule, scroll
from defenderdesk.ui.work.session import Session

WORK = ("today", "cases", "people", "board", "calendar", "visits", "warnings", "together")
"""Pages of the day's work."""
DEVICE = ("conflicts", "duplicates", "deleted", "exchange", "workspace", "office", "settings")
"""Pages of the device and the office."""
PAGES = (*WORK, *DEVICE)
ICONS = {
    "warnings": "bell",
    "together": "engagement",
    "visits": "visit",
    "office": "organisation",
    "deleted": "trash",
    "duplicates": "merge",
}


def page_name(page: str) -> str:
    """A page in words."""
    return {
        "today": text("Today"),
        "cases": text("Cases"),
        "people": text("People"),
        "board": text("Submissions"),
        "calendar": text("Calendar"),
        "visits": text("Visits"),
        "warnings": text("Early warning"),
        "together": text("Together"),
        "conflicts": text("Conflicts"),
        "duplicates": text("Duplicates"),
        "deleted": text("Deleted"),
        "exchange": text("Exchange"),
        "workspace": text("Workspace"),
        "office": text("Office"),
        "settings": text("Settings"),
    }[page]


class Sidebar(QWidget):
    """`wanted` is told a page; the three others are told at the foot."""

    wanted = Signal(str)
    keys_wanted = Signal()
    lock_wanted = Signal()
    plans_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.tabs: dict[str, QPushButton] = {}
        self._badges: dict[str, QLabel] = {}
        self._group = QButtonGroup(self)
        layout = column(gap=1, margins=Space.M)
        layout.addLayout(row(drawing("shield", "accent", 24), label("DefenderDesk", "lead"), None))
        where = label(session.info.workspace, "small", wrap=True)
        where.setContentsMargins(2, 0, 0, Space.S)
        layout.addWidget(where)
        tabs = column(gap=1)
        for place, page in enumerate(PAGES):
            if page == DEVICE[0]:
                tabs.addSpacing(Space.S)
                tabs.addWidget(rule())
                tabs.addSpacing(Space.S)
            tabs.addWidget(self._tab(page, place))
        tabs.addStretch(1)
        area = scroll(panel(tabs))
        area.setProperty("look", "nav")
        area.setMinimumHeight(palette.px(180))
        layout.addWidget(area, 1)
        layout.addWidget(label(session.info.member, "small", wrap=True))
        layout.addWidget(button(text("Emergency plans"), self.plans_wanted.emit, "side", "plan", "Ctrl+E"))
        keys = button("", self.keys_wanted.emit, "side", "info", f"{text('Keys')} (F1)")
        keys.setFixedWidth(palette.px(44))
        foot = row(button(text("Lock"), self.lock_wanted.emit, "side", "lock", "Ctrl+L"), keys, gap=0)
        foot.setStretch(0, 1)
        layout.addLayout(foot)
        self.setLayout(column(panel(layout, "side"), gap=0))
        self.setFixedWidth(palette.px(196))

    def _tab(self, page: str, place: int) -> QPushButton:
        tab = button(page_name(page), partial(self.wanted.emit, page), "side", ICONS.get(page, page))
        tab.setCheckable(True)
        if place < 9:
            tab.setToolTip(f"Ctrl+{place + 1}")
        self._group.addButton(tab)
        self.tabs[page] = tab
        if page in ("today", "warnings", "conflicts", "duplicates"):
            badge = QLabel()
            badge.setProperty("look", "badge")
            badge.hide()
            inside = row(None, badge)
            inside.setAlignment(badge, Qt.AlignmentFlag.AlignVCenter)
            inside.setContentsMargins(0, 0, Space.S, 0)
            tab.setLayout(inside)
            self._badges[page] = badge
        return tab

    def badge(self, page: str) -> QLabel:
        """The number beside a page."""
        return self._badges[page]

    def count(self, page: str, count: int) -> None:
        """Show how much waits on a page."""
        badge = self._badges[page]
        badge.setText(number(count))
        badge.setVisible(count > 0)
        name = page_name(page)
        self.tabs[page].setAccessibleName(text("{page}: {n}", page=name, n=count) if count else name)
