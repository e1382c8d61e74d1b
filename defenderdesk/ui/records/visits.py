"""Country visits: prepared, carried out offline, followed up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QStackedWidget, QWidget

from defenderdesk import words
from defenderdesk.ui import icons
from defenderdesk.ui.cases import show
from defenderdesk.ui.parts.blocks import EmptyState, button, column, label, panel, row
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.records.earlier import Earlier
from defenderdesk.ui.records.whole import Whole
from defenderdesk.ui.session import Session, new_record
from defenderdesk.ui.theme import Space
from defenderdesk.vault.types import Change, Record
from defenderdesk.words import text

_ID = Qt.ItemDataRole.UserRole
_PARTS = (
    ("raised", "visit"),
    ("meeting", "visit"),
    ("obligation", "visit"),
    ("note", "visit"),
    ("task", "visit"),
)


class Visits(QWidget):
    """The page."""

    record_opened = Signal(str)

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self.list = lines(text("Country visits"))
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self.earlier = Earlier(session)
        self.earlier.opened.connect(self.record_opened)
        self.whole = Whole(
            session, "visit", _PARTS, (("earlier", text("From before"), self.earlier),)
        )
        self.whole.deleted.connect(self._deleted)
        self.whole.opened.connect(self.record_opened)
        self.whole.loaded.connect(lambda record, _linked: self.earlier.show_for(record))
        self._right = QStackedWidget()
        self._right.addWidget(
            EmptyState(
                "visit",
                text("Country visits"),
                text(
                    "Cases to raise, people to meet, questions, notes, what was promised and "
                    "what became of it."
                ),
                button(text("Prepare a visit"), self.add, "primary", "plus"),
            )
        )
        self._right.addWidget(self.whole)
        side = column(
            button(text("Prepare a visit"), self.add, "", "plus", "Ctrl+Enter"), self.list
        )
        both = row(panel(side), self._right, gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 6)
        layout = column(label(text("Country visits"), "title"), both, gap=Space.M,
                        margins=Space.XL)  # fmt: skip
        layout.setStretch(1, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.load()

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
        shown = self.whole.record.id if self.whole.record else ""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for record in records:
            about = [words.country(record.text("country")), words.date(record.text("date"))]
            line = " · ".join(part for part in about if part)
            item = QListWidgetItem(f"{show.title_of(record)}\n{line}" if line
                                   else show.title_of(record))  # fmt: skip
            item.setIcon(icons.icon("visit", "muted"))
            item.setData(_ID, record.id)
            self.list.addItem(item)
            if record.id == shown:
                self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)
        if records and not shown:
            self.list.setCurrentRow(0)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.open(item.data(_ID))

    def open(self, record: str, part: str = "", child: str = "") -> None:
        """Show one, at a tab."""
        if not self.whole.leave():
            return
        self.whole.show_record(record)
        self._right.setCurrentWidget(self.whole)
        if part:
            self.whole.show_part(part, child)

    def add(self) -> None:
        """A new visit."""
        record, edits = new_record(self._session.vault, "visit", {"status": "planned"})
        self._session.save(self, edits, lambda _: self.open(record, "visit"))

    def _deleted(self, title: str, change_set: str | None) -> None:
        session, toast = self._session, self._toast
        if self.whole.record:
            self._right.setCurrentIndex(0)
        toast.say(
            text("Deleted: {title}", title=title),
            text("Undo"),
            lambda: session.undo_one(toast, change_set),
        )
