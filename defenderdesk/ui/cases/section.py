"""A section of a case: its defenders, events, sources… A list on one side, the form of the
chosen one on the other. `Ctrl+Enter` adds the next, `Delete` in the list hides one (with an
undo at hand)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidgetItem, QStackedWidget, QWidget

from defenderdesk.domain.kinds import ORIGIN, WHOLE, WITHHELD, Type, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.i18n import text
from defenderdesk.ui.cases.share import ShareDialog
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import (
    Elided,
    EmptyState,
    button,
    column,
    fill,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.duplicates import Known
from defenderdesk.ui.records.form import RecordForm
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.records.sections import ICONS, add_words, empty_words
from defenderdesk.ui.work.session import Session, deletion
from defenderdesk.vault.types import Edit, Record

BEGINNINGS: dict[str, dict[str, Value]] = {
    "involvement": {"part": "defender"},
    "submission": {"stage": "draft"},
    "task": {"status": "open"},
    "hearing": {"status": "set"},
    "charge": {"status": "brought"},
    "measure": {"status": "considered"},
    "referral": {"answer": "pending"},
    "joint": {"status": "proposed"},
    "signatory": {"answer": "asked"},
    "meeting": {"status": "planned"},
    "approval": {"what": "export", "answer": "pending"},
}
"""The values with which a new record of a kind begins."""
_CONTAINERS = ("proceeding", "assessment", "joint")
"""Kinds of which a case has one, mostly, that holds others."""


class Section(QWidget):
    """The records of one kind in one case."""

    deleted = Signal(str, object)  # title, change set

    def __init__(
        self,
        session: Session,
        kind: str,
        parent: QWidget | None = None,
        links: Links | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._links = links
        self.kind = kind_of(kind)
        self._case = ""
        self._belongs = ""
        self._records: dict[str, Record] = {}
        self.list = lines(text(self.kind.plural))
        self.list.setMinimumWidth(200)
        self.list.setMaximumWidth(300)
        self.list.currentItemChanged.connect(self._chosen)
        self._heading = Elided("lead")
        remove = button(text("Delete"), self.remove, "quiet", "trash")
        self._secret = button("", self.withhold, "quiet", "withheld")
        self._secret.setCheckable(True)
        self._secret.setToolTip(text("Not to be shared, the whole record"))
        self._secret.setAccessibleName(text("Not to be shared, the whole record"))
        self._origin = label("", "pill")
        self._origin.hide()
        self._offers = FlowLayout()  # on a narrow screen what is offered takes a line more
        offers = panel(self._offers)
        head = row(self._heading, self._origin, self._secret, remove)
        inside = column(head, offers, gap=Space.S, margins=Space.L)
        card = panel(inside, "card")
        add = button(add_words(kind), self.add, "", "plus")
        add.setToolTip("Ctrl+Enter")
        side = column(add, self.list, gap=Space.S)
        both = row(side, scroll(card), gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 5)
        first = button(add_words(kind), self.add, "primary", "plus")
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(ICONS.get(kind, "file"), text(self.kind.plural), empty_words(kind), first)
        )
        self._stack.addWidget(panel(both))
        self.setLayout(column(self._stack, gap=0))
        # Last, into what stands already: Qt dresses a widget anew each time it changes parents.
        self.form = RecordForm(session, self.kind, card, links)
        fill(inside, [self.form, None])
        if self.kind.name in ("involvement", "source"):
            self._known = Known(session)
            inside.insertWidget(2, self._known)
            name = self.form.editors["name"]
            name.edited.connect(lambda: self._look_known(str(name.value() or "")))
            self._known.chosen.connect(self._link_known)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            more = QShortcut(QKeySequence(keys), self)
            more.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            more.activated.connect(self.add)

    def offer(self, words: str, icon: str, act: Callable[[str], object]) -> None:
        """One more button beside the heading; it is told the record that is shown."""
        more = button(words, lambda: act(self.form.record), "quiet", icon)
        self._offers.addWidget(more)

    def show_records(self, case: str, records: list[Record], belongs: str = "") -> None:
        """Show these, of a case (or of what the field `belongs` links to); the chosen one stays
        chosen."""
        self._case, self._belongs = case, belongs
        chosen = self.form.record
        self._records = {record.id: record for record in records}
        blocked = self.list.blockSignals(True)
        self.list.clear()
        if self.form.is_draft and chosen not in self._records:
            self._add_item(chosen, text("New"), "")
        for record in records:
            self._add_item(record.id, self._title(record), formatting.line_of(record), record.conflicts)
        self.list.blockSignals(blocked)
        self._stack.setCurrentIndex(1 if self.list.count() else 0)
        if not self.list.count():
            self.form.show_record(Record("", self.kind.name, ""))
            return
        self.choose(chosen if chosen in self._ids() else self._ids()[0])

    def _title(self, record: Record) -> str:
        return formatting.title_of(record, self._links.known if self._links else None)

    def _ids(self) -> list[str]:
        return [record_of(self.list.item(i)) for i in range(self.list.count())]

    def _add_item(self, record: str, title: str, line: str, conflicts: tuple[str, ...] = ()) -> None:
        item = QListWidgetItem(f"{title}\n{line}" if line else title)
        set_record(item, record)
        item.setToolTip(title)
        name, role = ICONS.get(self.kind.name, "file"), "muted"
        if conflicts:
            name, role = "conflicts", "warning"
        item.setIcon(icons.icon(name, role))
        self.list.addItem(item)

    def choose(self, record: str) -> None:
        """Show one of them in the form."""
        if record not in self._ids():
            return
        blocked = self.list.blockSignals(True)
        self.list.setCurrentRow(self._ids().index(record))
        self.list.blockSignals(blocked)
        self._show(record)

    def _chosen(self, item: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        if not item:
            return
        if before and record_of(before) == self.form.record and not self.form.leave():
            self.choose(self.form.record)
            return
        self._show(record_of(item))

    def _show(self, record: str) -> None:
        found = self._records.get(record)
        if found:
            self.form.show_record(found)
            self._heading.setText(self._title(found))
            marked = WHOLE in found.sets.get(WITHHELD, [])
            self._secret.setChecked(marked)
            self._secret.setIcon(icons.icon("withheld", "warning" if marked else "muted"))
            self._secret.setText(text("Not to be shared") if marked else "")
            self._secret.show()
            origin = ", ".join(str(one) for one in found.sets.get(ORIGIN, []))
            self._origin.setText(text("from {name}", name=origin))
            self._origin.setVisible(bool(origin))
        else:
            self._heading.setText(text("New"))
            self._origin.hide()
            self._secret.hide()

    def withhold(self) -> None:
        """Mark the whole record as not to be shared, or take the mark away."""
        record = self._records.get(self.form.record)
        if record is not None:
            marked = WHOLE in record.sets.get(WITHHELD, [])
            op: Literal["add", "remove"] = "remove" if marked else "add"
            self._session.save(self, [Edit(record.id, WITHHELD, WHOLE, op)])

    def add(self) -> None:
        """Begin a new one."""
        if not self._case or (self.form.record and not self.form.leave()):
            return
        if self.kind.name == "share" and self._links:
            dialog = ShareDialog(self._session, self._case, self._links, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()
            return
        if self.form.is_draft and not self.form.unsaved():
            next(iter(self.form.editors.values())).setFocus()
            return
        record = self.form.start_new(
            {**({self._parent: self._case} if self._parent else {}), **self.beginning()}
        )
        blocked = self.list.blockSignals(True)
        self._add_item(record, text("New"), "")
        self.list.setCurrentRow(self.list.count() - 1)
        self.list.blockSignals(blocked)
        self._heading.setText(text("New"))
        self._stack.setCurrentIndex(1)
        next(iter(self.form.editors.values())).setFocus()

    def _look_known(self, typed: str) -> None:
        linked = self.form.editors["person"].value()
        self._known.look("" if linked else typed)

    def _link_known(self, record: str, _kind: str, name: str) -> None:
        """The person is known: link their record."""
        self.form.fill_in({"person": record, "name": name})
        self._known.look("")

    @property
    def _parent(self) -> str:
        """The field that says to what the records of this section belong."""
        return self._belongs or self.kind.parent

    def beginning(self) -> dict[str, Value]:
        """Values that a new one begins with: those that can hardly be meant otherwise."""
        made: dict[str, Value] = dict(BEGINNINGS.get(self.kind.name, {}))
        if self._links:
            for field in self.kind.fields:
                if field.type is Type.LINK and not field.fixed and len(field.links) == 1:
                    near = self._links.near(field.links)
                    if len(near) == 1 and field.links[0] in _CONTAINERS:
                        made[field.name] = near[0].id
        return made

    def remove(self) -> None:
        """Hide the chosen one."""
        record = self.form.record
        if self.form.is_draft:
            self.form.show_record(Record("", self.kind.name, ""))
            self.show_records(self._case, list(self._records.values()))
        elif record:
            self.form.flush()
            title = formatting.title_of(self._records[record]) if record in self._records else ""
            self._session.save(self, deletion(record), lambda c: self.deleted.emit(title, c.change_set))
