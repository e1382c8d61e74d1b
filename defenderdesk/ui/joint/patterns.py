"""Patterns of judicial harassment: the same article, court, judge, prosecutor or accuser in
several cases, with the cases behind each."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QListWidgetItem, QPushButton, QWidget

from defenderdesk import i18n
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.widgets import EmptyState, button, column, label, panel, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Pattern, Placed

_DATA = Qt.ItemDataRole.UserRole


def fields() -> dict[str, str]:
    """The things that can recur, in words."""
    return {
        "charge.law": text("Law and article"),
        "proceeding.court": text("Court"),
        "proceeding.judge": text("Judge"),
        "proceeding.prosecutor": text("Prosecutor"),
        "proceeding.accuser": text("Who accuses"),
        "hearing.judge": text("Judge at hearings"),
    }


class PatternsView(QWidget):
    """Choices above, what recurs on one side, the cases on the other."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.field = "charge.law"
        self._group = QButtonGroup(self)
        self.chips: dict[str, QPushButton] = {}
        choices = FlowLayout(gap=Space.XS)
        for name, words_shown in fields().items():
            chip = button(words_shown, partial(self.choose, name), "toggle")
            chip.setCheckable(True)
            self._group.addButton(chip)
            self.chips[name] = chip
            choices.addWidget(chip)
        self.chips[self.field].setChecked(True)
        self.list = lines(text("What recurs"))
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self.cases = lines(text("Cases behind it"))
        self.cases.itemActivated.connect(self._open)
        self.cases.itemClicked.connect(self._open)
        both = row(self.list, panel(column(label(text("Cases behind it"), "lead"), self.cases)), gap=Space.L)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        nothing = EmptyState(
            "pattern",
            text("Nothing recurs yet"),
            text("When two cases share an article, a court or a judge, it stands here."),
        )
        self._pages = Pages(nothing, panel(both), shown=1)
        layout = column(panel(choices), self._pages, gap=Space.M)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.list)

    def choose(self, field: str) -> None:
        """Look at another thing that may recur."""
        self.field = field
        self.chips[field].setChecked(True)
        self.load()

    def load(self) -> None:
        """Read what recurs."""
        vault, field = self._session.vault, self.field
        self._session.operations.read(
            self, lambda: vault.views.patterns(field), self._show, key=f"patterns-{id(self)}"
        )

    def _show(self, found: list[Pattern]) -> None:
        place = max(self.list.currentRow(), 0)
        self.list.clear()
        for pattern in found:
            count = plural("in {n} case", "in {n} cases", pattern.cases)
            item = QListWidgetItem(f"{pattern.shown}\n{count}")
            item.setIcon(icons.icon("pattern", "accent"))
            item.setData(_DATA, pattern)
            self.list.addItem(item)
        self._pages.turn(1 if found else 0)
        self.cases.clear()
        if found:
            self.list.setCurrentRow(min(place, len(found) - 1))

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        pattern: Pattern = item.data(_DATA)
        vault = self._session.vault

        def work() -> list[Placed]:
            return vault.views.by_fact(pattern.field, pattern.value, 50)

        self._session.operations.read(self, work, self._show_cases, key=f"behind-{id(self)}")

    def _show_cases(self, found: list[Placed]) -> None:
        self.cases.clear()
        for one in found:
            if one.of is None:
                continue
            about = [i18n.country(one.of.country), formatting.title_of(one.record)]
            item = QListWidgetItem(f"{one.of.title}\n{' · '.join(p for p in about if p)}")
            item.setIcon(icons.icon("cases", "muted"))
            item.setData(_DATA, (one.of.id, one.record.kind, one.record.id))
            self.cases.addItem(item)

    def _open(self, item: QListWidgetItem) -> None:
        where = item.data(_DATA)
        if where:
            self.opened.emit(*where)
