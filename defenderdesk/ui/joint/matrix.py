"""The matrix: open cases down, mechanisms across, in each cell how far it is. A row without any
mark is a case that nobody has been asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.domain.together import Step
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.widgets import EmptyState, column, label, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.casework.joint_work import Matrix

_STEP = Qt.ItemDataRole.UserRole


def state_words(state: str) -> str:
    """The stage of a mechanism in a case."""
    return {
        "engaged": text("takes part"),
        "draft": text("in preparation"),
        "signed": text("signed"),
        "sent": text("sent"),
        "no_reply": text("no reply in time"),
        "replied": text("replied"),
        "decided": text("decided"),
        "closed": text("closed"),
    }.get(state, state)


_LOOKS = {
    "engaged": ("defender", "muted"),
    "draft": ("note", "muted"),
    "signed": ("joint", "success"),
    "sent": ("submission", "accent"),
    "no_reply": ("warning", "danger"),
    "replied": ("communication", "success"),
    "decided": ("check", "success"),
    "closed": ("lock", "muted"),
}


@dataclass(frozen=True)
class _Loaded:
    matrix: Matrix
    countries: list[str]
    known: Mapping[str, Mechanism]


class MatrixView(QWidget):
    """The table and its filter."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._countries: list[str] = []
        self.country = Choice(self._known, i18n.country, text("All countries"))
        self.country.setAccessibleName(text("Country"))
        self.country.setMaximumWidth(palette.px(260))
        self.country.chosen.connect(self.load)
        self._said = label("", "muted")
        self.table = QTableWidget(0, 0)
        self.table.setAccessibleName(text("Who has which case"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(palette.px(36))
        self.table.cellActivated.connect(self._open)
        self.table.cellDoubleClicked.connect(self._open)
        nothing = EmptyState(
            "engagement",
            text("No open case"),
            text("Open cases stand here with the mechanisms that have them."),
        )
        self._pages = Pages(nothing, self.table, shown=1)
        layout = column(row(self.country, self._said, None), self._pages, gap=Space.S)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.table)

    def _known(self) -> list[tuple[str, str]]:
        return [(code, i18n.country(code)) for code in self._countries]

    def load(self) -> None:
        """Read the matrix."""
        vault, country = self._session.vault, self.country.code

        def work() -> _Loaded:
            made = vault.casework.matrix(country, date.today())
            return _Loaded(made, vault.countries(), vault.office.corrected().mechanisms)

        self._session.operations.read(self, work, self._show, key=f"matrix-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        matrix, rules = loaded.matrix, loaded.known
        if self._countries != loaded.countries:
            self._countries = loaded.countries
            self.country.forget()
        heads = [text("Case"), text("Country")]
        for name in matrix.mechanisms:
            known = rules.get(name)
            heads.append((known.acronym or known.name(i18n.language())) if known else name)
        table = self.table
        at = (table.currentRow(), table.currentColumn())
        table.clear()
        table.setColumnCount(len(heads))
        table.setRowCount(len(matrix.cases))
        table.setHorizontalHeaderLabels(heads)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for place, name in enumerate(matrix.mechanisms, 2):
            if name in rules and (head := table.horizontalHeaderItem(place)):
                head.setToolTip(rules[name].name(i18n.language()))
        alone = 0
        for line, case in enumerate(matrix.cases):
            title = QTableWidgetItem(case.title or text("Untitled"))
            title.setToolTip(case.title)
            title.setData(_STEP, Step(case.id, "", "", "", "", "case"))
            table.setItem(line, 0, title)
            country = QTableWidgetItem(i18n.country(case.country))
            country.setToolTip(i18n.country(case.country))
            table.setItem(line, 1, country)
            steps = [matrix.steps.get((case.id, name)) for name in matrix.mechanisms]
            if not any(step and step.state != "draft" for step in steps):
                alone += 1
                title.setIcon(icons.icon("warning", "warning"))
                title.setToolTip(text("Nobody has been asked about this case yet."))
            for place, step in enumerate(steps, 2):
                table.setItem(line, place, self._cell(step))
        self._widths(len(matrix.mechanisms))
        table.setCurrentCell(min(max(at[0], 0), len(matrix.cases) - 1), max(at[1], 0))
        self._pages.turn(1 if matrix.cases else 0)
        cases = plural("{n} open case", "{n} open cases", len(matrix.cases))
        nobody = plural("{n} that nobody has been asked about", "{n} that nobody has been asked about", alone)
        self._said.setText(f"{cases}, {nobody}" if alone else cases)

    def _widths(self, mechanisms: int) -> None:
        """As wide as the words in them, the case and the country within bounds."""
        table = self.table
        wanted = (table.sizeHintForColumn(1), table.horizontalHeader().sectionSizeHint(1))
        table.setColumnWidth(0, palette.px(300))
        table.setColumnWidth(1, min(max(*wanted) + 12, palette.px(190)))
        for place in range(2, mechanisms + 2):
            head = table.horizontalHeader().sectionSizeHint(place)
            width = max(table.sizeHintForColumn(place), head, palette.px(96)) + 12
            table.setColumnWidth(place, min(width, palette.px(190)))

    def _cell(self, step: Step | None) -> QTableWidgetItem:
        if step is None:
            return QTableWidgetItem("")
        icon, role = _LOOKS[step.state]
        item = QTableWidgetItem(icons.icon(icon, role), state_words(step.state))
        item.setForeground(QColor(getattr(palette.current(), role)))
        parts = (state_words(step.state), i18n.date(step.day) if step.day else "")
        item.setToolTip(" · ".join(part for part in parts if part))
        item.setData(_STEP, step)
        return item

    def _open(self, line: int, place: int) -> None:
        for at in (place, 0):
            item = self.table.item(line, at)
            step = item.data(_STEP) if item else None
            if step is not None:
                kind = "" if step.kind == "case" else step.kind
                self.opened.emit(step.case, kind, step.record)
                return
