"""Matters that a visit can build on: commitments and recommendations of earlier visits to the
country that are not carried out, and its open cases, each ready to be raised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidgetItem, QWidget

from defenderdesk.domain.visit_consent import Check
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.people.visit_checks import look, words
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault.types import CaseFilter, CaseRow, Record


@dataclass(frozen=True)
class _Loaded:
    promises: list[Record]
    cases: list[CaseRow]
    raised: set[str]
    checks: dict[str, Check]


class Earlier(QWidget):
    """A tab of a visit."""

    opened = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._visit: Record | None = None
        self.promises = lines(text("Promised or recommended before, not carried out"))
        self.cases = lines(text("Open cases of the country"))
        self.cases.itemActivated.connect(lambda _: self.raise_case())
        self.promises.itemActivated.connect(self._open)
        self._raise = button(text("Raise this case"), self.raise_case, "", "raised")
        both = row(label(text("Open cases of the country"), "lead", wrap=True), self._raise)
        both.setStretch(0, 1)
        layout = column(
            label(text("Promised or recommended before, not carried out"), "lead", wrap=True),
            self.promises,
            both,
            self.cases,
            gap=Space.S,
        )
        self.setLayout(layout)

    def show_for(self, visit: Record) -> None:
        """Read what there is for a visit's country."""
        self._visit = visit
        vault, country, own = self._session.vault, visit.text("country"), visit.id

        def work() -> _Loaded:
            promises: list[Record] = []
            for other in vault.views.newest("visit", 500):
                if other.id == own or not country or other.text("country") != country:
                    continue
                promises += [
                    r for r in vault.children(other.id, "obligation") if r.text("status") not in ("fully",)
                ]
            cases: list[CaseRow] = []
            if country:
                rows = vault.cases(CaseFilter(country=country, desk=visit.desk), 0, 300)
                cases = [c for c in rows if c.status != "closed"]
            raised = {r.text("about") for r in vault.children(own, "raised")}
            checks = vault.casework.may_raise(visit, [c.id for c in cases], date.today())
            return _Loaded(promises, cases, raised, checks)

        self._session.operations.read(self, work, self._show, key=f"earlier-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        self.promises.clear()
        for record in loaded.promises:
            item = QListWidgetItem(f"{formatting.title_of(record)}\n{formatting.line_of(record)}")
            item.setIcon(icons.icon("obligation", "warning"))
            set_record(item, record.id)
            self.promises.addItem(item)
        if not loaded.promises:
            self.promises.addItem(heading(text("Nothing is open from earlier visits.")))
        self.cases.clear()
        for case in loaded.cases:
            done, check = case.id in loaded.raised, loaded.checks[case.id]
            about = [*words(check), text("to be raised") if done else case.reference]
            item = QListWidgetItem(f"{case.title}\n{' · '.join(part for part in about if part)}")
            icon, role = look(check)
            item.setIcon(icons.icon(icon if done or role == "danger" else "cases", role))
            item.setToolTip(item.text())
            set_record(item, "" if done else case.id)
            self.cases.addItem(item)
        self._raise.setEnabled(any(case.id not in loaded.raised for case in loaded.cases))

    def _open(self, item: QListWidgetItem) -> None:
        if record_of(item):
            self.opened.emit(record_of(item))

    def raise_case(self) -> None:
        """Put the marked case on the visit's list."""
        item = self.cases.currentItem()
        case = record_of(item)
        if item is None or not case or self._visit is None:
            return
        set_record(item, "")  # once is enough
        _, edits = new_record(self._session.vault, "raised", {"visit": self._visit.id, "about": case})
        visit = self._visit

        def failed(exc: BaseException) -> None:
            self.show_for(visit)
            self._session.operations.trouble.emit(exc)

        self._session.save(self, edits, lambda _: self.show_for(visit), failed)
