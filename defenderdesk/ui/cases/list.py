"""The case list: filters above, the table below, and what to say when it is empty."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QStackedWidget, QTableView
from PySide6.QtWidgets import QWidget as Widget

from defenderdesk import i18n
from defenderdesk.domain.kinds import CASE
from defenderdesk.i18n import plural, text
from defenderdesk.ui.cases.delegates import HEIGHT, CaseLine
from defenderdesk.ui.cases.model import SORTS, CasesModel, Column
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.widgets import EmptyState, button, column, label, panel, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session, concerns
from defenderdesk.vault.types import CaseFilter, Change

TYPING = 150
"""Milliseconds after a keystroke before the filter is applied."""


class CasesList(Widget):
    """Find a case and open it."""

    opened = Signal(object)
    new_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.model = CasesModel(session)
        self.model.counted.connect(self._counted)
        self._count = label("", "muted")
        self.text = QLineEdit()
        self.text.setPlaceholderText(text("Filter by name, place, word…"))
        self.text.setAccessibleName(text("Filter by text"))
        self.text.setClearButtonEnabled(True)
        self.text.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.text.setMinimumWidth(150)
        self.text.installEventFilter(self)
        self._typing = QTimer(self, singleShot=True, interval=TYPING)
        self._typing.timeout.connect(self._apply)
        self.text.textChanged.connect(lambda _: self._typing.start())
        self.desk = DeskChoice(session, text("All desks"))
        self.desk.setMinimumContentsLength(7)
        self.desk.chosen.connect(self._apply)
        self.country = self._choice(text("All countries"), self._countries, i18n.country)
        self.status = self._field_choice("status", text("Any status"))
        self.priority = self._field_choice("priority", text("Any priority"))
        self.clear_button = button(text("Clear filters"), self.clear, "quiet", "close")
        self.table = QTableView()
        self._dress_table()
        self._stack = QStackedWidget()
        self._countries_known: list[str] = []
        self._build()
        session.changed.connect(self._news)
        self._refresh = QTimer(self, singleShot=True, interval=250)
        self._refresh.timeout.connect(self._reload)
        self._reload()

    def _choice(self, blank: str, options: object, name: object) -> Choice:
        choice = Choice(options, name, blank)  # type: ignore[arg-type]
        choice.setAccessibleName(blank)
        choice.setMinimumContentsLength(7)
        choice.chosen.connect(self._apply)
        return choice

    def _field_choice(self, name: str, blank: str) -> Choice:
        field = CASE.field(name)
        assert field
        return self._choice(blank, formatting.options(field), formatting.labeller(field))

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setItemDelegate(CaseLine(table))
        table.setAccessibleName(text("Cases"))
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(palette.px(HEIGHT))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.TITLE, QHeaderView.ResizeMode.Stretch)
        for place, width in (
            (Column.COUNTRY, 150),
            (Column.STATUS, 108),
            (Column.PRIORITY, 108),
            (Column.DESK, 150),
            (Column.UPDATED, 160),
        ):
            table.setColumnWidth(place, palette.px(width))
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(Column.UPDATED, Qt.SortOrder.DescendingOrder)
        header.sortIndicatorChanged.connect(self._sort)
        table.activated.connect(self._open)
        table.clicked.connect(self._open)

    def _build(self) -> None:
        add = button(text("New case"), self.new_wanted.emit, "primary", "plus", "Ctrl+N")
        head = row(label(text("Cases"), "title"), self._count, None, add, gap=Space.M)
        filters = row(self.text, self.desk, self.country, self.status, self.priority, self.clear_button)
        filters.setStretch(0, 3)
        for place in (1, 2, 3, 4):
            filters.setStretch(place, 2)
        nothing_yet = EmptyState(
            "cases",
            text("No case yet"),
            text("Record what happened. Two minutes and the keyboard are enough."),
            button(text("New case"), self.new_wanted.emit, "primary", "plus", "Ctrl+N"),
        )
        not_found = EmptyState(
            "search",
            text("No case matches"),
            text("Try fewer words, or look in all countries and desks."),
            button(text("Clear filters"), self.clear),
        )
        for page in (panel(column()), self.table, nothing_yet, not_found):
            self._stack.addWidget(page)
        layout = column(head, filters, self._stack, gap=Space.M, margins=Space.XL)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    # -- what is shown -------------------------------------------------------------------------

    def _countries(self) -> list[tuple[str, str]]:
        named = [(code, i18n.country(code)) for code in self._countries_known if code]
        return sorted(named, key=lambda pair: i18n.sort_key(pair[1]))

    def chosen(self) -> CaseFilter:
        """The filter as the controls say it."""
        return replace(
            self.model.filter,
            text=self.text.text().strip(),
            desk=self.desk.code,
            country=self.country.code,
            status=self.status.code,
            priority=self.priority.code,
        )

    def _filtered(self) -> bool:
        f = self.model.filter
        return bool(f.text or f.desk or f.country or f.status or f.priority)

    def _apply(self) -> None:
        self._typing.stop()
        wanted = self.chosen()
        if wanted != self.model.filter:
            self.table.scrollToTop()
            self.model.show(wanted)

    def clear(self) -> None:
        """Show all cases."""
        self.text.clear()
        for choice in (self.desk, self.country, self.status, self.priority):
            choice.set_code("")
        self._apply()

    def _sort(self, place: int, order: Qt.SortOrder) -> None:
        if place in SORTS:
            self.table.scrollToTop()
            self.model.sort_by(place, order == Qt.SortOrder.DescendingOrder)

    def _reload(self) -> None:
        vault = self._session.vault
        self.desk.look()
        self.table.setColumnHidden(Column.DESK, len(self._session.info.desks) < 2)
        self.model.reload()

        def told(found: list[str]) -> None:
            if found != self._countries_known:
                self._countries_known = found
                self.country.forget()

        self._session.operations.read(self, vault.countries, told, key=f"countries-{id(self)}")

    def _counted(self, count: int, waiting: int) -> None:
        said = plural("{n} case", "{n} cases", count)
        if waiting:
            behind = plural(
                "{n} record that came in is still to be searched. Look again in a moment.",
                "{n} records that came in are still to be searched. Look again in a moment.",
                waiting,
            )
            said = f"{said} · {behind}"
        self._count.setText(said)
        self.clear_button.setVisible(self._filtered())
        if count:
            self._stack.setCurrentIndex(1)
            if not self.table.currentIndex().isValid():
                self.table.setCurrentIndex(self.model.index(0, 0))
        else:
            self._stack.setCurrentIndex(3 if self._filtered() else 2)

    def _news(self, change: Change) -> None:
        kinds = ("case", "involvement", "event", "source", "intervention", "note")
        if concerns(change, kinds=kinds):
            self._refresh.start()

    # -- opening -------------------------------------------------------------------------------

    def _open(self, index: QModelIndex) -> None:
        row_shown = self.model.row_at(index.row())
        if row_shown:
            self.opened.emit(row_shown.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._apply()
                self.table.setFocus()
                return True
            if event.key() == Qt.Key.Key_Escape and self.text.text():
                self.clear()
                return True
        return False

    def focus_first(self) -> None:
        """Put the cursor where one starts."""
        self.table.setFocus() if self.model.rowCount() else self.text.setFocus()
