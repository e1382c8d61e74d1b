"""The timeline of a case: one line for each date, under its year; Enter opens the record."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QStackedWidget, QWidget

from defenderdesk import i18n
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.kinds import kind_of
from defenderdesk.domain.timeline import Moment, moments
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.widgets import EmptyState, column
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.vault.types import Record, fields_of

_WHERE = Qt.ItemDataRole.UserRole


class Timeline(QWidget):
    """The page. `opened` is told (kind, record)."""

    opened = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.list = lines(text("Timeline"))
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                "timeline",
                text("Timeline"),
                text("Events, hearings, letters and measures stand here in the order of time."),
            )
        )
        self._stack.addWidget(self.list)
        self.setLayout(column(self._stack, gap=0))

    def show_records(self, case: Record, records: list[Record], raised: list[Record]) -> None:
        """Show the dates of a case, and of the visits on which it was raised."""
        byid = {record.id: record for record in (case, *records, *raised)}
        grouped: dict[str, list[Record]] = {}
        for record in records:
            grouped.setdefault(record.kind, []).append(record)
        file = CaseFile(fields_of(case), {kind: [fields_of(r) for r in rs] for kind, rs in grouped.items()})
        found = moments(file, map(fields_of, raised))
        place = self.list.currentRow()
        self.list.clear()
        for year, part in groupby(found, key=lambda m: m.date.lstrip("~<>")[:4]):
            self.list.addItem(heading(year))
            for moment in part:
                self.list.addItem(self._item(moment, byid[moment.record]))
        self._stack.setCurrentIndex(1 if found else 0)
        if 0 <= place < self.list.count():
            self.list.setCurrentRow(place)

    def _item(self, moment: Moment, record: Record) -> QListWidgetItem:
        kind = kind_of(moment.kind)
        field = kind.field(moment.field)
        about = [i18n.date(moment.date)]
        about.append(text(kind.label))
        if field and moment.field != "date":
            about.append(text(field.label))
        place = record.text("place")
        if place and moment.field == "date":
            about.append(place)
        item = QListWidgetItem(f"{formatting.title_of(record)}\n{' · '.join(about)}")
        item.setIcon(icons.icon(ICONS.get(moment.kind, "file"), "accent"))
        item.setData(_WHERE, (moment.kind, moment.record))
        return item

    def _open(self, item: QListWidgetItem) -> None:
        where = item.data(_WHERE)
        if where:
            self.opened.emit(*where)
