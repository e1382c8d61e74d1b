"""The case list as Qt sees it: as many rows as the filter counts, of which only the pages that
are looked at are read, in the background. Pages far from the eye are forgotten again, so that a
list of 100,000 cases costs the memory of some thousand.

A page is asked for when a row of it is first painted; until it comes, the row shows a dash. When
the person scrolls through quickly, only the pages last looked at are read.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import IntEnum
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from defenderdesk import i18n
from defenderdesk.domain.kinds import CASE
from defenderdesk.i18n import text
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import CaseFilter, CaseRow

PAGE = 100
"""Rows of one read."""
KEPT = 40
"""Pages kept in memory."""

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """Columns of the list."""

    TITLE, COUNTRY, STATUS, PRIORITY, DESK, UPDATED = range(6)


SORTS = {
    Column.TITLE: "title",
    Column.COUNTRY: "country",
    Column.STATUS: "status",
    Column.PRIORITY: "priority",
    Column.UPDATED: "updated",
}
"""Columns a click sorts by."""

ROW = Qt.ItemDataRole.UserRole
"""Role under which the whole `CaseRow` is had."""


class CasesModel(QAbstractTableModel):
    """Rows of the current filter."""

    counted = Signal(int, int)
    """(rows, records whose words are still to be searched)."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._filter = CaseFilter()
        self._count = 0
        self._pages: OrderedDict[int, list[CaseRow]] = OrderedDict()
        self._asked: dict[int, None] = {}
        self._generation = 0
        self._reading = False
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._read_next)
        self._desks = {desk.id: desk.name for desk in session.info.desks}
        self.ready = False

    @property
    def filter(self) -> CaseFilter:
        """The rows that are shown."""
        return self._filter

    @property
    def pages_held(self) -> int:
        """Pages in memory."""
        return len(self._pages)

    def show(self, chosen: CaseFilter) -> None:
        """Show another selection."""
        self._filter = chosen
        self.reload()

    def sort_by(self, column: int, descending: bool) -> None:
        """Sort by a column that can be sorted by."""
        if column in SORTS:
            name: Any = SORTS[Column(column)]
            self.show(replace(self._filter, sort=name, descending=descending))

    def reload(self) -> None:
        """Count again and read again what is looked at; rows stay until the new ones come."""
        vault, chosen = self._session.vault, self._filter
        first = next(reversed(self._pages), 0)

        def work() -> tuple[int, int, list[CaseRow], int]:
            count = vault.count_cases(chosen)
            page = min(first, max(count - 1, 0) // PAGE)
            rows = vault.cases(chosen, page * PAGE, PAGE)
            return count, page, rows, vault.words_waiting() if chosen.text.strip() else 0

        self._session.operations.read(self, work, self._counted, key=f"count-{id(self)}")

    def _counted(self, found: tuple[int, int, list[CaseRow], int]) -> None:
        count, page, rows, waiting = found
        self._generation += 1
        self._reading = False
        self._asked.clear()
        self._desks = {desk.id: desk.name for desk in self._session.info.desks}
        self.ready = True
        if count == self._count:
            self._pages = OrderedDict({page: rows})
            if count:
                self.dataChanged.emit(self.index(0, 0), self.index(count - 1, Column.UPDATED))
        else:
            self.beginResetModel()
            self._pages = OrderedDict({page: rows})
            self._count = count
            self.endResetModel()
        self.counted.emit(count, waiting)

    # -- pages ---------------------------------------------------------------------------------

    def row_at(self, line: int) -> CaseRow | None:
        """The case of a line, or None while it is being read."""
        page, place = divmod(line, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            self._asked.pop(page, None)
            self._asked[page] = None  # the page last looked at is read first
            if not self._reading and not self._timer.isActive():
                self._timer.start()
            return None
        self._pages.move_to_end(page)
        return rows[place] if place < len(rows) else None

    def _read_next(self) -> None:
        if self._reading or not self._asked:
            return
        page, _ = self._asked.popitem()
        while len(self._asked) > 3:  # scrolled past long ago
            del self._asked[next(iter(self._asked))]
        self._reading = True
        vault, chosen, generation = self._session.vault, self._filter, self._generation

        def done(rows: list[CaseRow]) -> None:
            if generation != self._generation:
                return
            self._reading = False
            self._pages[page] = rows
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
            top = page * PAGE
            last = min(top + PAGE, self._count) - 1
            self.dataChanged.emit(self.index(top, 0), self.index(last, Column.UPDATED))
            self._read_next()

        def failed(exc: BaseException) -> None:
            if generation == self._generation:
                self._reading = False
            self._session.operations.trouble.emit(exc)

        self._session.operations.read(self, lambda: vault.cases(chosen, page * PAGE, PAGE), done, failed)

    # -- Qt's questions ------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return [
                text("Case"),
                text("Country"),
                text("Status"),
                text("Priority"),
                text("Desk"),
                text("Changed"),
            ][section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, ROW, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.row_at(index.row())
        if role == ROW:
            return row
        shown = self._words(row, index.column()) if row else "–"
        if role == Qt.ItemDataRole.AccessibleTextRole and row and row.conflicts:
            return f"{shown}, {text('has conflicts')}" if index.column() == Column.TITLE else shown
        return shown

    def _words(self, row: CaseRow, column: int) -> str:
        if column == Column.TITLE:
            return row.title or text("Untitled")
        if column == Column.COUNTRY:
            return i18n.country(row.country)
        if column == Column.STATUS:
            return formatting.shown(CASE.field("status"), row.status)
        if column == Column.PRIORITY:
            return formatting.shown(CASE.field("priority"), row.priority)
        if column == Column.DESK:
            return self._desks.get(row.desk, "")
        return i18n.day_and_time(row.updated)
