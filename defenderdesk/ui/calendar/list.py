"""A list of days under headings; Enter opens the record where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from defenderdesk.ui.calendar import wording
from defenderdesk.ui.look import icons
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.widgets import column
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.vault.types import Day

_DAY = Qt.ItemDataRole.UserRole
_ROLES = {"overdue": "danger", "today": "warning", "soon": "accent", "later": "muted"}


class DayList(QWidget):
    """`opened` is told the `Day` that was chosen."""

    opened = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.list: QListWidget = lines(name)
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        self.setLayout(column(self.list, gap=0))
        self.setFocusProxy(self.list)

    def show_days(self, parts: Sequence[tuple[str, Sequence[Day]]], today: date) -> None:
        """Show days under headings; an empty heading is left out."""
        place, chosen = self.list.currentRow(), self._key(self.list.currentItem())
        self.list.clear()
        for words, days in parts:
            if not days:
                continue
            if words:
                self.list.addItem(heading(words))
            for day in days:
                role = _ROLES[wording.urgency(day, today)]
                item = QListWidgetItem(wording.lines_of(day, today))
                icon = "warning" if day.holiday else ICONS.get(day.record.kind, "calendar")
                item.setIcon(icons.icon(icon, "warning" if day.holiday else role))
                item.setData(_DAY, day)
                item.setToolTip(item.text())
                self.list.addItem(item)
        keys = [self._key(self.list.item(i)) for i in range(self.list.count())]
        if any(chosen) and chosen in keys:
            self.list.setCurrentRow(keys.index(chosen))
        else:  # what was chosen is gone: the one that took its place
            real = [i for i, key in enumerate(keys) if any(key)]
            if real:
                self.list.setCurrentRow(next((i for i in real if i >= place), real[-1]))

    def _key(self, item: QListWidgetItem | None) -> tuple[str, str]:
        day: Day | None = item.data(_DAY) if item else None
        return (day.record.id, day.what) if day else ("", "")

    def days(self) -> list[Day]:
        """The entries that are shown."""
        found = (self.list.item(i).data(_DAY) for i in range(self.list.count()))
        return [day for day in found if day is not None]

    def _open(self, item: QListWidgetItem) -> None:
        day = item.data(_DAY)
        if day is not None:
            self.opened.emit(day)
