"""The emergency plans, two keystrokes away (Ctrl+E, Enter): large, plain, readable under stress.

Nothing is sent from here, by itself or by a button: it says whom to call and what was agreed.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import PLAN
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import Fitted
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.widgets import (
    EmptyState,
    button,
    card,
    column,
    empty,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Placed

_ORDER = (
    "call",
    "agreed",
    "not_to_do",
    "proof_words",
    "warning_words",
    "check_in",
    "family",
    "medical",
)
_PLACED = Qt.ItemDataRole.UserRole


class Plans(QDialog):
    """The window. `first`: the case whose plans stand on top."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session, first: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Emergency plans"))
        self._session, self._first = session, first
        self._found: list[Placed] = []
        self.text = QLineEdit()
        self.text.setPlaceholderText(text("Name or case…"))
        self.text.setAccessibleName(text("Find a plan"))
        self.text.textChanged.connect(lambda _: self._fill())
        self.list = lines(text("Emergency plans"))
        self.list.currentItemChanged.connect(lambda item, _before: self._show_plan(item))
        self._page = QVBoxLayout()
        self._page.setSpacing(Space.XS)
        nothing = EmptyState(
            "plan",
            text("No emergency plan yet"),
            text("Agree one with the person: open the case, then Protection, Emergency plans."),
        )
        side = column(self.text, self.list, gap=Space.S)
        page = Fitted(column(card(self._page, None), gap=0))
        both = row(panel(side), scroll(page), gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 5)
        self._pages = Pages(nothing, panel(both), shown=1)
        self._edit = button(text("Open in the case"), self.open_case, "", "cases")
        foot = row(
            label(text("Nothing is ever sent from here by itself."), "muted"),
            None,
            self._edit,
            button(text("Close"), self.accept, "primary"),
        )
        layout = column(self._pages, foot, gap=Space.M, margins=Space.L)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.resize(min(palette.px(980), 1000), min(palette.px(640), 660))
        vault = session.vault
        session.operations.read(self, lambda: vault.views.by_fact("plan.kind", "plan", 500), self._show)
        self.list.setFocus()

    def _show(self, found: list[Placed]) -> None:
        first = self._first
        found.sort(key=lambda p: (not (p.of and p.of.id == first), formatting.title_of(p.record)))
        self._found = found
        self._pages.turn(1 if found else 0)
        self._edit.setVisible(bool(found))
        self._fill()

    def _fill(self) -> None:
        wanted = i18n.sort_key(self.text.text())
        self.list.clear()
        for one in self._found:
            title, of = formatting.title_of(one.record), one.of.title if one.of else ""
            if wanted in i18n.sort_key(f"{title} {of}"):
                item = QListWidgetItem(f"{title}\n{of}" if of else title)
                item.setIcon(icons.icon("plan", "danger"))
                item.setData(_PLACED, one)
                self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)

    def _show_plan(self, item: QListWidgetItem | None) -> None:
        empty(self._page)
        self._edit.setEnabled(item is not None)
        if item is None:
            return
        one: Placed = item.data(_PLACED)
        self._page.addWidget(label(formatting.title_of(one.record), "heading", wrap=True))
        for name in _ORDER:
            field, value = PLAN.field(name), one.record.text(name)
            if field and value:
                self._page.addSpacing(Space.S)
                self._page.addWidget(label(text(field.label), "label"))
                said = label(value, "lead", wrap=True)
                said.setTextInteractionFlags(
                    Qt.TextInteractionFlag.TextSelectableByMouse
                    | Qt.TextInteractionFlag.TextSelectableByKeyboard
                )
                self._page.addWidget(said)
        dates = [
            text("Agreed on {date}", date=i18n.date(one.record.text("agreed_on")))
            if one.record.text("agreed_on")
            else "",
            text("to be looked at again on {date}", date=i18n.date(one.record.text("review")))
            if one.record.text("review")
            else "",
        ]
        about = ", ".join(part for part in dates if part)
        if about:
            self._page.addSpacing(Space.M)
            self._page.addWidget(label(about, "muted", wrap=True))

    def open_case(self) -> None:
        """Go to the plan in its case."""
        item = self.list.currentItem()
        one: Placed | None = item.data(_PLACED) if item else None
        if one and one.of:
            self.accept()
            self.opened.emit(one.of.id, "plan", one.record.id)
