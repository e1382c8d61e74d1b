"""The picture of a year for the next meeting of the mechanisms: what each was asked, what came
back, cases that several had, and cases that nobody was asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.domain.together import COUNTED, Year
from defenderdesk.i18n import number, plural, text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import column, label, panel, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Belongs

BACK = 15
"""Years that are offered."""


@dataclass(frozen=True)
class _Loaded:
    year: Year
    titles: dict[str, Belongs]
    known: Mapping[str, Mechanism]


class YearView(QWidget):
    """The table and the two lists."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        this = date.today().year
        self.year = Choice(lambda: [(str(y), str(y)) for y in range(this, this - BACK, -1)], str, None)
        self.year.setAccessibleName(text("Year"))
        self.year.setMaximumWidth(palette.px(120))
        self.year.set_code(str(this))
        self.year.chosen.connect(self.load)
        self._said = label("", "muted", wrap=True)
        self.table = QTableWidget(0, len(COUNTED) + 1)
        self.table.setHorizontalHeaderLabels(
            [
                text("Mechanism"),
                text("Submissions"),
                text("Communications"),
                text("Referrals"),
                text("Signatures"),
                text("Replies"),
                text("Overdue replies"),
                text("Decisions"),
            ]
        )
        self.table.setAccessibleName(text("The year by mechanism"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(palette.px(34))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.list = lines(text("Cases of the year"))
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        both = column(self.table, self.list, gap=Space.M)
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        layout = column(row(self.year, self._said), panel(both), gap=Space.M)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.year)

    def load(self) -> None:
        """Count the year."""
        vault, number_of = self._session.vault, int(self.year.code)

        def work() -> _Loaded:
            found = vault.casework.year(number_of, date.today())
            wanted = [*found.several, *found.gaps[:100]]
            known = vault.office.corrected().mechanisms
            return _Loaded(found, vault.views.titles(wanted), known)

        self._session.operations.read(self, work, self._show, key=f"year-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        year, rules = loaded.year, loaded.known
        rows = sorted(year.by_mechanism.items(), key=lambda pair: -sum(pair[1].values()))
        self.table.setRowCount(len(rows))
        for line, (name, counts) in enumerate(rows):
            shown = rules[name].name(i18n.language()) if name in rules else name
            item = QTableWidgetItem(shown)
            item.setToolTip(shown)
            self.table.setItem(line, 0, item)
            for place, what in enumerate(COUNTED, 1):
                self.table.setItem(line, place, QTableWidgetItem(number(counts[what])))
        self._said.setText(
            text(
                "{cases}; {several}; {gaps}. Counted on what this device holds.",
                cases=plural(
                    "{n} case was before a mechanism", "{n} cases were before a mechanism", year.cases
                ),
                several=plural("{n} before several", "{n} before several", len(year.several)),
                gaps=plural(
                    "{n} open case that nobody was asked about",
                    "{n} open cases that nobody was asked about",
                    len(year.gaps),
                ),
            )
        )
        self.list.clear()
        self._part(text("Before several mechanisms"), list(year.several), loaded, "engagement")
        self._part(text("Nobody was asked about"), year.gaps[:100], loaded, "warning")

    def _part(self, words_shown: str, cases: list[str], loaded: _Loaded, icon: str) -> None:
        if not cases:
            return
        self.list.addItem(heading(words_shown))
        rules = loaded.known
        for case in cases:
            of = loaded.titles.get(case)
            if of is None:
                continue
            bodies = [rules[b].short if b in rules else b for b in loaded.year.several.get(case, [])]
            about = [i18n.country(of.country), ", ".join(bodies)]
            item = QListWidgetItem(f"{of.title}\n{' · '.join(p for p in about if p)}")
            item.setIcon(icons.icon(icon, "accent" if bodies else "warning"))
            set_record(item, case)
            self.list.addItem(item)

    def _open(self, item: QListWidgetItem) -> None:
        case = record_of(item)
        if case:
            self.opened.emit(case, "", "")
