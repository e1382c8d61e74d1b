"""Country visits: prepared, carried out offline, followed up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidgetItem, QStackedWidget, QWidget

from defenderdesk import i18n
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import EmptyState, button, column, label, panel, row
from defenderdesk.ui.people.earlier_visits import Earlier
from defenderdesk.ui.people.visit_checks import VisitChecks
from defenderdesk.ui.people.whole import Whole
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault.types import Change, Record

_PARTS = (
    ("raised", "visit"),
    ("meeting", "visit"),
    ("obligation", "visit"),
    ("note", "visit"),
    ("task", "visit"),
)


class Visits(QWidget):
    """The page."""

    record_opened = Signal(object)

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self.list = lines(text("Country visits"))
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self.earlier = Earlier(session)
        self.earlier.opened.connect(self.record_opened)
        self.checks = VisitChecks(session)
        self.checks.opened.connect(self.record_opened)
        pages = (
            ("checks", text("Consent and risk"), self.checks),
            ("earlier", text("From before"), self.earlier),
        )
        self.whole = Whole(session, "visit", _PARTS, pages)
        self.whole.deleted.connect(self._deleted)
        self.whole.gone.connect(lambda _record: self._gone())
        self.whole.opened.connect(self.record_opened)
        self.whole.loaded.connect(self._read)
        first = button(text("Prepare a visit"), self.add, "primary", "plus")
        more = button(text("Prepare a visit"), self.add, "", "plus", "Ctrl+Enter")
        self._adding = (first, more)
        self._right = QStackedWidget()
        self._right.addWidget(
            EmptyState(
                "visit",
                text("Country visits"),
                text(
                    "Cases to raise, people to meet, questions, notes, what was promised and "
                    "what became of it."
                ),
                first,
            )
        )
        self._right.addWidget(self.whole)
        side = column(more, self.list)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            again = QShortcut(QKeySequence(keys), self.list)
            again.setContext(Qt.ShortcutContext.WidgetShortcut)
            again.activated.connect(self.add)
        both = row(panel(side), self._right, gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 6)
        layout = column(label(text("Country visits"), "title"), both, gap=Space.M, margins=Space.XL)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.load()

    def _read(self, visit: Record, _linked: object) -> None:
        self.earlier.show_for(visit)
        self.checks.show_for(visit)

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.list.setFocus()

    def leave(self) -> bool:
        """Save; False when something cannot be saved as it is."""
        return self.whole.leave()

    def flush(self) -> None:
        """Write what was typed, now."""
        self.whole.flush()

    def _news(self, change: Change) -> None:
        if self.isVisible() and ("*" in change.kinds or "visit" in change.kinds):
            self.load()

    def load(self) -> None:
        """Read the visits."""
        vault = self._session.vault
        self._session.operations.read(
            self, lambda: vault.views.newest("visit", 500), self._show, key=f"visits-{id(self)}"
        )

    def _show(self, records: list[Record]) -> None:
        records.sort(key=lambda r: r.text("date").lstrip("~<>"), reverse=True)
        shown = self.whole.shown
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for record in records:
            about = [i18n.country(record.text("country")), i18n.date(record.text("date"))]
            line = " · ".join(part for part in about if part)
            item = QListWidgetItem(
                f"{formatting.title_of(record)}\n{line}" if line else formatting.title_of(record)
            )
            item.setIcon(icons.icon("visit", "muted"))
            set_record(item, record.id)
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self._mark(shown)
        if records and not shown:
            self.list.setCurrentRow(0)

    def _mark(self, record: str) -> None:
        """Mark a visit in the list; none where it is not there."""
        blocked = self.list.blockSignals(True)
        ids = [record_of(self.list.item(i)) for i in range(self.list.count())]
        self.list.setCurrentRow(ids.index(record) if record in ids else -1)
        self.list.blockSignals(blocked)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.open(record_of(item))

    def open(self, record: str, part: str = "", child: str = "") -> None:
        """Show one, at a tab."""
        if not self.whole.leave():
            self._mark(self.whole.shown)
            return
        self.whole.show_record(record)
        self._mark(record)
        self._right.setCurrentWidget(self.whole)
        if part:
            self.whole.show_part(part, child)

    def add(self) -> None:
        """A new visit."""
        if not self._adding[0].isEnabled() or not self.whole.leave():
            return
        record, edits = new_record(self._session.vault, "visit", {"status": "planned"})

        def ready(may: bool) -> None:
            for one in self._adding:
                one.setEnabled(may)

        def done(_: Change) -> None:
            ready(True)
            self.open(record, "visit")
            self.whole.form.editors["title"].setFocus()

        def failed(exc: BaseException) -> None:
            ready(True)
            self._session.operations.trouble.emit(exc)

        ready(False)  # a second press would make a second one
        self._session.save(self, edits, done, failed)

    def _gone(self) -> None:
        """The visit that was shown is no more."""
        self._right.setCurrentIndex(0)

    def _deleted(self, title: str, change_set: str | None) -> None:
        session, toast = self._session, self._toast
        toast.say(
            text("Deleted: {title}", title=title),
            text("Undo"),
            lambda: session.undo_one(toast, change_set),
        )
