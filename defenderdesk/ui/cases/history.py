"""The history of a case: who set what, when. One's own or anyone's change set can be undone
from here: that writes a new change, the old one stays in the history."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.domain.kinds import DELETED, KIND, NOT_SAME, kind_of
from defenderdesk.i18n import text
from defenderdesk.ui.cases.erase import EraseDialog
from defenderdesk.ui.cases.mentions import MentionsDialog
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.editors import editable
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault.erasure.mentions import Found
from defenderdesk.vault.types import HistoryEntry, Record

Entry = tuple[Record, HistoryEntry]

_MOST = 500
"""Lines shown."""


class History(QWidget):
    """A table of changes, newest first."""

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self.notice = session, notice
        self.progress = ProgressPanel()
        self._entries: list[Entry] = []
        self._case = ""
        self.table = QTableWidget(0, 5)
        self.table.setHorizontalHeaderLabels(
            [text("When"), text("Who"), text("Record"), text("Field"), text("What it became")]
        )
        self.table.setAccessibleName(text("History"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(34)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        for column_number, width in enumerate((150, 150, 220, 150)):
            self.table.setColumnWidth(column_number, width)
        self.table.itemSelectionChanged.connect(self._selected)
        self._undo = button(text("Undo this change"), self.undo, "", "undo")
        self._undo.setEnabled(False)
        self._erase = button(text("Erase for good…"), self.ask_erasure, "quiet", "close")
        self._erase.setEnabled(False)
        self._custody = button(text("Chain of custody…"), self.show_custody, "", "history")
        hint = label(text("Nothing is ever rewritten: an undo is a new change."), "muted")
        buttons = row(self._undo, hint, None, self._custody, self._erase)
        self.setLayout(column(buttons, self.progress, self.table, gap=Space.M))

    def load(self, records: list[Record]) -> None:
        """Show the history of these records, mixed, newest first."""
        vault = self._session.vault
        self._case = records[0].id if records else ""

        def work() -> list[Entry]:
            found = [
                (record, entry)
                for record in records
                for entry in vault.history(record.id, _MOST)
                if _told(record, entry)
            ]
            found.sort(key=lambda pair: pair[1].author.time, reverse=True)
            return found[:_MOST]

        self._session.operations.read(self, work, self._show, key=f"history-{id(self)}")

    def _show(self, entries: list[Entry]) -> None:
        self._entries = entries
        self.table.setRowCount(len(entries))
        for line, (record, entry) in enumerate(entries):
            name, value = described(record, entry)
            when = i18n.day_and_time(entry.author.time)
            if entry.author.clock_suspect:
                when = text("{time} (clock in doubt)", time=when)
            kind = text(kind_of(record.kind).label)
            of = text("{kind}: {title}", kind=kind, title=formatting.title_of(record))
            for place, said in enumerate((when, entry.author.member, of, name, value)):
                item = QTableWidgetItem(" ".join(said.split()))
                item.setToolTip(said)
                self.table.setItem(line, place, item)
        self._selected()

    def _selected(self) -> None:
        chosen = self.table.currentRow() >= 0 and bool(self._entries)
        self._undo.setEnabled(chosen)
        self._erase.setEnabled(chosen)

    def ask_erasure(self) -> None:
        """Ask what of the marked line's record is to be erased, and why; look what other records
        say; then erase."""
        line = self.table.currentRow()
        if not 0 <= line < len(self._entries):
            return
        record, entry = self._entries[line]
        only = "" if entry.field in (KIND, DELETED) else entry.field

        def work() -> tuple[tuple[list[str], list[str]], list[str]]:
            own = self._session.vault.erasure.names_of({record.id: (only,)}) if only else []
            more = [one.id for one in self._session.vault.casework.to_erase(record.id)]
            return (own, self._session.vault.erasure.names_of({record.id: ()})), more

        self._session.operations.read(
            self, work, lambda found: self._ask_erasure(record, only, *found), self.notice.fail
        )

    def _ask_erasure(
        self, record: Record, only: str, names: tuple[list[str], list[str]], more: list[str]
    ) -> None:
        dialog = EraseDialog(record, only, names, len(more), self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            records = [record.id, *(more if dialog.with_below else ())]
            self.look_and_erase(records, dialog.reason.text(), dialog.fields, dialog.names)
        dialog.deleteLater()

    def look_and_erase(
        self, records: Sequence[str], reason: str, fields: list[str], names: list[str]
    ) -> None:
        """Look for the names in other records, let a person tick what goes as well, erase."""
        if not names:
            self.erase(records, reason, fields)
            return

        def done(found: Found) -> None:
            also: list[tuple[str, str]] = []
            if found.mentions:
                dialog = MentionsDialog(found, self)
                agreed = dialog.exec() == QDialog.DialogCode.Accepted
                also = dialog.places
                dialog.deleteLater()
                if not agreed:
                    return
            self.erase(records, reason, fields, also)

        self.progress.run(
            self._session.operations,
            self.notice,
            text("Looking what other records say…"),
            lambda step: self._session.vault.erasure.find(names, dict.fromkeys(records, fields), step),
            done,
        )

    def erase(
        self,
        records: Sequence[str],
        reason: str,
        fields: list[str],
        also: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Erase; then the database is rewritten, which takes a while in a large vault."""

        def work(_: Progress) -> None:
            if not fields:
                self._session.vault.casework.require_no_package(records[0])
            self._session.vault.erasure.erase(records, reason, fields, also)
            self._session.vault.erasure.clean()

        session = self._session
        self.progress.run(
            session.operations,
            self.notice,
            text("Erasing…"),
            work,
            lambda _: session.tell(EVERYTHING),
            stops=False,
        )

    def undo(self) -> None:
        """Undo the change set of the marked line."""
        line = self.table.currentRow()
        if 0 <= line < len(self._entries):
            change_set = self._entries[line][1].change_set
            vault = self._session.vault
            self._session.change(self, lambda: vault.undo(change_set))

    def show_custody(self) -> None:
        """Open the case's chain of custody: its changes, and what was given out of it."""
        from defenderdesk.ui.cases.custody import CustodyDialog

        if self._case:
            dialog = CustodyDialog(self._session, self._case, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()


def _told(record: Record, entry: HistoryEntry) -> bool:
    """Tells whether a person wants to see it: links and what the program manages say nothing."""
    field = kind_of(record.kind).field(entry.field)
    return entry.op != "note" and (field is None or editable(field))


def described(record: Record, entry: HistoryEntry) -> tuple[str, str]:
    """(field, what it became) of one change, in words."""
    field = kind_of(record.kind).field(entry.field)
    name = text(field.label) if field else entry.field
    value = formatting.shown(field, entry.value)
    if entry.field == KIND:
        return text("Created"), ""
    if entry.field == DELETED:
        return (text("Deleted") if entry.value else text("Restored")), ""
    if entry.field == NOT_SAME:
        return text("Is not the same as another record"), text("Undone") if entry.op == "remove" else ""
    if entry.erased:
        return name, text("Content erased")
    if entry.op == "add":
        return name, text("added: {value}", value=value)
    if entry.op == "remove":
        return name, text("taken away: {value}", value=value)
    return name, value or text("emptied")
