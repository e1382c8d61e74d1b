"""The main screen of an open vault: sidebar, search, the page, status bar; and the keys that
work everywhere.

Ctrl+N new case, Ctrl+K or Ctrl+F search, Ctrl+1 to Ctrl+5 pages, Ctrl+Z undo, Ctrl+Shift+Z redo,
Ctrl+L lock, F1 the list of keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QLabel, QPushButton, QStackedWidget, QWidget

from defenderdesk.ui import theme
from defenderdesk.ui.cases.list import CasesList
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.conflicts import Conflicts
from defenderdesk.ui.exchange import Exchange
from defenderdesk.ui.keys import Keys
from defenderdesk.ui.parts.blocks import button, column, drawing, label, panel, row
from defenderdesk.ui.parts.notice import BugDialog, Notice, Toast
from defenderdesk.ui.preferences import Preferences
from defenderdesk.ui.search import Search
from defenderdesk.ui.session import Session
from defenderdesk.ui.settings import Settings
from defenderdesk.ui.status import AutoSync, StatusBar
from defenderdesk.ui.theme import Space
from defenderdesk.ui.workspace import Workspace
from defenderdesk.vault.types import Change, Hit
from defenderdesk.words import number, text

PAGES = ("cases", "conflicts", "exchange", "workspace", "settings")


class MainView(QWidget):
    """Everything between unlock and lock."""

    lock_wanted = Signal()
    preferred = Signal()

    def __init__(self, session: Session, preferences: Preferences) -> None:
        super().__init__()
        self.session = session
        self._preferences = preferences
        self.toast = Toast(self)
        self.notice = Notice()
        self.case: CaseView | None = None
        self.pages: dict[str, QWidget] = {}
        self._tabs: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self.badge = QLabel()
        self.badge.setProperty("look", "badge")
        self.badge.hide()
        self.search = Search(session, self)
        self.search.chosen.connect(self.open_hit)
        self.stack = QStackedWidget()
        self.status = StatusBar(session)
        self.sync = AutoSync(session, self)
        self.sync.told.connect(self.status.tell)
        top = row(self.search, None, gap=Space.M)
        top.setStretch(0, 1)
        top.setContentsMargins(Space.XL, Space.M, Space.XL, 0)
        strip = column(self.notice)
        strip.setContentsMargins(Space.XL, Space.S, Space.XL, 0)
        right = column(top, strip, self.stack, self.status, gap=0)
        right.setStretch(2, 1)
        body = row(self._sidebar(), panel(right, "page"), gap=0)
        body.setStretch(1, 1)
        self.setLayout(body)
        self._keys()
        session.operations.trouble.connect(self.notice.fail)
        session.operations.bug.connect(self.tell_bug)
        session.changed.connect(self._news)
        self._news()
        self.sync.start()
        self.show_page("cases")

    def page(self, name: str) -> QWidget:
        """A page, made when it is first shown."""
        if name in self.pages:
            return self.pages[name]
        page: QWidget
        if name == "cases":
            page = cases = CasesList(self.session)
            cases.opened.connect(self.open_case)
            cases.new_wanted.connect(self.new_case)
        elif name == "conflicts":
            page = conflicts = Conflicts(self.session, self.toast)
            conflicts.open_case.connect(self.open_case)
        elif name == "exchange":
            page = Exchange(self.session)
        elif name == "workspace":
            page = Workspace(self.session)
        else:
            page = settings = Settings(self.session, self._preferences)
            settings.preferred.connect(self.preferred)
        self.pages[name] = page
        self.stack.addWidget(page)
        return page

    def _sidebar(self) -> QWidget:
        names = {
            "cases": text("Cases"),
            "conflicts": text("Conflicts"),
            "exchange": text("Exchange"),
            "workspace": text("Workspace"),
            "settings": text("Settings"),
        }
        layout = column(gap=2, margins=Space.M)
        name = label("DefenderDesk", "lead")
        layout.addLayout(row(drawing("shield", "accent", 24), name, None))
        where = label(self.session.info.workspace, "small", wrap=True)
        where.setContentsMargins(2, 0, 0, Space.M)
        layout.addWidget(where)
        for place, (page, words) in enumerate(names.items()):
            tab = button(words, partial(self.show_page, page), "side", page)
            tab.setCheckable(True)
            tab.setToolTip(f"Ctrl+{place + 1}")
            self._group.addButton(tab)
            self._tabs[page] = tab
            layout.addWidget(tab)
        inside = row(None, self.badge)
        inside.setAlignment(self.badge, Qt.AlignmentFlag.AlignVCenter)
        inside.setContentsMargins(0, 0, Space.S, 0)
        self._tabs["conflicts"].setLayout(inside)
        layout.addStretch(1)
        layout.addWidget(label(self.session.info.member, "small", wrap=True))
        layout.addWidget(button(text("Keys"), self.show_keys, "side", "info", "F1"))
        layout.addWidget(button(text("Lock"), self.lock_wanted.emit, "side", "lock", "Ctrl+L"))
        side = panel(layout, "side")
        side.setFixedWidth(theme.px(196))
        return side

    def _keys(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+N": self.new_case,
            "Ctrl+K": self.to_search,
            "Ctrl+F": self.to_search,
            "Ctrl+L": self.lock_wanted.emit,
            "Ctrl+Z": self.undo,
            "Ctrl+Shift+Z": self.redo,
            "Ctrl+Y": self.redo,
            "F1": self.show_keys,
        }
        for place, page in enumerate(PAGES):
            keys[f"Ctrl+{place + 1}"] = partial(self.show_page, page)
        for sequence, act in keys.items():
            shortcut = QShortcut(QKeySequence(sequence), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(act)

    # -- going about ---------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Show a page of the sidebar."""
        if not self._leave_case():
            self._tabs["cases"].setChecked(True)
            return
        self._tabs[name].setChecked(True)
        page = self.page(name)
        self.stack.setCurrentWidget(page)
        page.focus_first()  # type: ignore[attr-defined]

    def open_case(self, case: str, section: str = "", record: str = "") -> None:
        """Show a case, at a section and record if given."""
        if self.case and self.case.case == case:
            if section:
                self.case.show_section(section, record)
            return
        if not self._leave_case():
            return
        view = CaseView(self.session, case, self.toast, self.stack)
        view.back.connect(lambda: self.show_page("cases"))
        view.conflict_pressed.connect(self.open_conflict)
        self.case = view
        self.stack.addWidget(view)
        self.stack.setCurrentWidget(view)
        self._tabs["cases"].setChecked(True)
        if section:
            view.show_section(section, record)
        else:
            view.focus_first()

    def _leave_case(self) -> bool:
        """Save and close the case that is shown; False when it must be looked at first."""
        view = self.case
        if view:
            if not view.leave():
                return False
            self.case = None
            view.hide()
            self.stack.removeWidget(view)
            view.deleteLater()
        return True

    def open_conflict(self, record: str, field: str) -> None:
        """Show one conflict in the inbox."""
        self.show_page("conflicts")
        conflicts = self.pages["conflicts"]
        assert isinstance(conflicts, Conflicts)
        conflicts.choose(record, field)

    def open_hit(self, hit: Hit) -> None:
        """Show what a search found."""
        if hit.case:
            self.open_case(hit.case, hit.kind, hit.id)

    def new_case(self) -> None:
        """Quick entry."""
        dialog = QuickEntry(self.session, self)
        dialog.recorded.connect(self._recorded)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.open()

    def _recorded(self, case: str) -> None:
        self.open_case(case)
        self.toast.say(
            text("The case is saved."), text("Undo"), lambda: self.session.undo(self.toast)
        )

    def show_keys(self) -> None:
        """The list of keys."""
        dialog = Keys(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def to_search(self) -> None:
        """Put the cursor into the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # -- undo, news, trouble -------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last change back."""
        if self.case:
            self.case.flush()
        if not self.session.undo(self, lambda: self.toast.say(text("Undone"))):
            self.toast.say(text("Nothing to undo"))

    def redo(self) -> None:
        """Take the last undo back."""
        if not self.session.redo(self, lambda: self.toast.say(text("Done again"))):
            self.toast.say(text("Nothing to redo"))

    def _news(self, _change: Change | None = None) -> None:
        vault = self.session.vault
        self.session.operations.read(
            self, vault.conflict_count, self._count_conflicts, key=f"badge-{id(self)}"
        )

    def _count_conflicts(self, count: int) -> None:
        self.badge.setText(number(count))
        self.badge.setVisible(count > 0)
        self._tabs["conflicts"].setAccessibleName(
            text("Conflicts: {n}", n=count) if count else text("Conflicts")
        )

    def tell_bug(self, exc: BaseException) -> None:
        """A mistake of the program: told apart from what the world did."""
        dialog = BugDialog(exc, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def flush(self) -> None:
        """Write what was typed, now."""
        if self.case:
            self.case.flush()

    def failing(self) -> bool:
        """Whether something typed could not be saved."""
        return bool(self.session.kept or (self.case and self.case.failing()))
