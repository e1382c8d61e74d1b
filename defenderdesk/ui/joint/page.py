"""The page "Together": three views, each read when it is shown."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.joint.matrix import MatrixView
from defenderdesk.ui.joint.patterns import PatternsView
from defenderdesk.ui.joint.year import YearView
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, label, panel, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change


class Together(QWidget):
    """`opened` is told (case, kind, record)."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.matrix = MatrixView(session)
        self.patterns = PatternsView(session)
        self.year = YearView(session)
        self._views: dict[str, MatrixView | PatternsView | YearView] = {
            "matrix": self.matrix,
            "patterns": self.patterns,
            "year": self.year,
        }
        names = {
            "matrix": (text("Who has which case"), "engagement"),
            "patterns": (text("Patterns in court"), "pattern"),
            "year": (text("The year"), "chart"),
        }
        self._group = QButtonGroup(self)
        self.tabs: dict[str, QPushButton] = {}
        self.stack = QStackedWidget()
        tabs = row(gap=0)
        for name, (words_shown, icon) in names.items():
            tab = button(words_shown, partial(self.show_view, name), "tab", icon)
            tab.setCheckable(True)
            self._group.addButton(tab)
            self.tabs[name] = tab
            tabs.addWidget(tab)
            view = self._views[name]
            view.opened.connect(self.opened)
            self.stack.addWidget(view)
        tabs.addStretch(1)
        layout = column(
            label(text("Together"), "title"),
            panel(tabs),
            self.stack,
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.tabs["matrix"].setChecked(True)
        session.changed.connect(self._news)

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.show_view(next(name for name, tab in self.tabs.items() if tab.isChecked()))

    def show_view(self, name: str) -> None:
        """Show one of the three."""
        self.tabs[name].setChecked(True)
        self.stack.setCurrentWidget(self._views[name])
        self._views[name].load()
        self._views[name].setFocus()

    def _news(self, _change: Change) -> None:
        if self.isVisible():
            view = self.stack.currentWidget()
            if isinstance(view, MatrixView | PatternsView):
                view.load()
