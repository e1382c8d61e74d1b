"""The main screen of an open vault: sidebar, search, the page, status bar; and the keys that
work everywhere.

Ctrl+N new case, Ctrl+K or Ctrl+F search, Ctrl+1 to Ctrl+9 pages, Ctrl+E emergency plans, Ctrl+Z
undo, Ctrl+Shift+Z redo, Ctrl+L lock, F1 the list of keys.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from defenderdesk import i18n
from defenderdesk.i18n import plural, text
from defenderdesk.sync import alerts
from defenderdesk.sync.alerts import Alert
from defenderdesk.ui import warning
from defenderdesk.ui.cases.conflicts import Conflicts
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.emergency.alarms import Alarms
from defenderdesk.ui.emergency.plans import Plans
from defenderdesk.ui.exchange.escrow import show_held
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import BugDialog, Notice, Toast
from defenderdesk.ui.parts.widgets import column, panel, row
from defenderdesk.ui.people.page import People
from defenderdesk.ui.people.visits import Visits
from defenderdesk.ui.shell import pages
from defenderdesk.ui.shell.search import Search
from defenderdesk.ui.shell.shortcuts import Keys
from defenderdesk.ui.shell.sidebar import PAGES, Sidebar
from defenderdesk.ui.shell.status import AutoSync, StatusBar
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.ui.workspace.office import OfficePage
from defenderdesk.vault.types import Change, Day, Hit

_COMPARED = frozenset({"case", "person", "organisation", "involvement", "event", "*"})
"""Kinds of record whose change can make two records likely the same, or one."""


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
        self.sidebar = Sidebar(session)
        self.sidebar.wanted.connect(self.show_page)
        self.sidebar.keys_wanted.connect(self.show_keys)
        self.sidebar.lock_wanted.connect(self.lock_wanted)
        self.sidebar.plans_wanted.connect(self.show_plans)
        self._tabs = self.sidebar.tabs
        self.badge = self.sidebar.badge("conflicts")
        self.search = Search(session, self)
        self.search.chosen.connect(self.open_hit)
        self.stack = QStackedWidget()
        self.status = StatusBar(session)
        self.sync = AutoSync(session, self)
        self.sync.told.connect(self.status.tell)
        top = row(self.search, None, gap=Space.M)
        top.setStretch(0, 1)
        top.setContentsMargins(Space.XL, Space.M, Space.XL, 0)
        self.alarms = Alarms(session)
        self.alarms.opened.connect(self.open_case)
        self.alarms.held_wanted.connect(self.show_held)
        strip = column(self.notice, self.alarms)
        strip.setContentsMargins(Space.XL, Space.S, Space.XL, 0)
        right = column(top, strip, self.stack, self.status, gap=0)
        right.setStretch(2, 1)
        body = row(self.sidebar, panel(right, "page"), gap=0)
        body.setStretch(1, 1)
        self.setLayout(body)
        self._keys()
        session.operations.trouble.connect(self.notice.fail)
        session.operations.bug.connect(self.tell_bug)
        self.keeper = warning.Keeper(session, self._shows_warnings, self)
        self.keeper.counted.connect(self._count_anew)
        session.changed.connect(self._news)
        self._news()
        session.changed.connect(self._look_for_duplicates)
        self._look_for_duplicates(EVERYTHING)
        vault = session.vault
        session.operations.write(self, lambda: alerts.at_the_door(vault), self._worry)
        self.sync.start()
        self.show_page("today")

    def page(self, name: str) -> QWidget:
        """A page, made when it is first shown."""
        if name in self.pages:
            return self.pages[name]
        wanted = pages.PAGES[name]
        page = wanted.make(self.session, self.toast, self._preferences)
        for signal, action in wanted.leads.items():
            getattr(page, signal).connect(getattr(self, action))
        self.pages[name] = page
        self.stack.addWidget(page)
        return page

    def _worry(self, found: list[Alert]) -> None:
        """Shows what the door gave reason to worry about; it stays in the page of exchange."""
        for seen, todo in found:
            self.notice.say(i18n.translate(seen), i18n.translate(todo), "danger")

    def _keys(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+N": self.new_case,
            "Ctrl+K": self.to_search,
            "Ctrl+F": self.to_search,
            "Ctrl+E": self.show_plans,
            "Ctrl+L": self.lock_wanted.emit,
            "Ctrl+Z": self.undo,
            "Ctrl+Shift+Z": self.redo,
            "Ctrl+Y": self.redo,
            "F1": self.show_keys,
        }
        for place, page in enumerate(PAGES[:9]):
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
        before = self.stack.currentWidget()
        if isinstance(before, People | Visits | OfficePage) and not before.leave():
            return
        self._tabs[name].setChecked(True)
        page = self.page(name)
        self.stack.setCurrentWidget(page)
        page.focus_first()  # type: ignore[attr-defined]

    def open_day(self, day: Day) -> None:
        """Show what stands on a day, where it belongs."""
        self.open_record(
            day.record.id, day.record.kind, day.of.id if day.of else "", day.of.kind if day.of else ""
        )

    def open_record(self, record: str, kind: str, of: str = "", of_kind: str = "") -> None:
        """Show a record where it belongs."""
        if kind == "case":
            self.open_case(record)
        elif of_kind == "case":
            self.open_case(of, kind, record)
        elif kind in ("person", "organisation") or of_kind in ("person", "organisation"):
            self.show_page("people")
            people = self.page("people")
            assert isinstance(people, People)
            if kind in ("person", "organisation"):
                people.open(record, kind)
            else:
                people.open(of, of_kind)
        elif kind == "held_emergency":
            self.show_held(record)
        elif kind == "visit" or of_kind == "visit":
            self.show_page("visits")
            visits = self.page("visits")
            assert isinstance(visits, Visits)
            if kind == "visit":
                visits.open(record)
            else:
                visits.open(of, kind, record)

    def open_linked(self, record: str) -> None:
        """Show a record that another links to."""
        vault = self.session.vault

        def work() -> tuple[str, str, str, str]:
            return vault.views.place_of(record)

        self.session.operations.read(self, work, lambda found: self.open_record(*found))

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
        view.opened.connect(self.open_linked)
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
        self.open_linked(hit.id)

    def new_case(self) -> None:
        """Quick entry."""
        dialog = QuickEntry(self.session, self)
        dialog.recorded.connect(self._recorded)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.open()

    def _recorded(self, case: str, change_set: str) -> None:
        self.open_case(case)
        self.toast.say(
            text("The case is saved."),
            text("Undo"),
            lambda: self.session.undo_one(self.toast, change_set),  # whatever came after it
        )

    def show_keys(self) -> None:
        """The list of keys."""
        dialog = Keys(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_plans(self) -> None:
        """The emergency plans; within a case, its own first."""
        dialog = Plans(self.session, self.case.case if self.case else "", self)
        dialog.opened.connect(self.open_case)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_held(self, record: str) -> None:
        """A partner's emergency package that is kept here."""
        show_held(self.session, record, self).opened.connect(self.open_case)

    def to_search(self) -> None:
        """Put the cursor into the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # -- undo, news, trouble -------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last change back."""
        if self.case:
            self.case.flush()
        say = self.toast.say
        self.session.undo(self, lambda: say(text("Undone")), lambda: say(text("Nothing to undo")))

    def redo(self) -> None:
        """Take the last undo back."""
        say = self.toast.say
        self.session.redo(self, lambda: say(text("Done again")), lambda: say(text("Nothing to redo")))

    def _news(self, _change: Change | None = None) -> None:
        self.keeper.look()
        self._count_anew()

    def _shows_warnings(self) -> bool:
        page = self.pages.get("warnings")
        return page is not None and page.isVisible()

    def _count_anew(self) -> None:
        vault, today = self.session.vault, date.today().isoformat()

        def work() -> tuple[int, int, int]:
            return vault.conflict_count(), vault.views.overdue_count(today), warning.count(vault)

        self.session.operations.read(self, work, self._count, key=f"badge-{id(self)}")

    def _count(self, found: tuple[int, int, int]) -> None:
        self._count_conflicts(found[0])
        self.sidebar.count("today", found[1])
        self.count_alerts(found[2])

    def _look_for_duplicates(self, change: Change) -> None:
        """Points out, once, records that are likely of one person or case."""
        if not _COMPARED & change.kinds:
            return
        casework = self.session.vault.casework

        def told(found: tuple[int, int]) -> None:
            new, waiting = found
            self.sidebar.count("duplicates", waiting)
            if new:
                self.toast.say(
                    plural(
                        "{n} pair of records is likely of one person or case.",
                        "{n} pairs of records are likely of one person or case each.",
                        new,
                    ),
                    text("Look"),
                    lambda: self.show_page("duplicates"),
                )

        self.session.operations.read(self, casework.point_out_duplicates, told)

    def count_alerts(self, count: int) -> None:
        """Shows how many alerts of early warning wait for an answer."""
        self.sidebar.count("warnings", count)

    def _count_conflicts(self, count: int) -> None:
        self.sidebar.count("conflicts", count)

    def tell_bug(self, exc: BaseException) -> None:
        """A mistake of the program: told apart from what the world did."""
        dialog = BugDialog(exc, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def flush(self) -> None:
        """Write what was typed, now."""
        if self.case:
            self.case.flush()
        for page in self.pages.values():
            if isinstance(page, People | Visits | OfficePage):
                page.flush()

    def failing(self) -> bool:
        """Tells whether something typed could not be saved."""
        return bool(self.session.kept or (self.case and self.case.failing()))
