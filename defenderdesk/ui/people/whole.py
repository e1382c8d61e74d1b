"""A record that stands by itself, whole: its form, and a tab for each kind of what belongs to it.

Used for persons, organisations and visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import text
from defenderdesk.ui.cases.section import Section
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import Elided, button, column, label, panel, row, scroll
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.form import RecordForm, show_states
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session, deletion
from defenderdesk.vault.types import Change, Placed, Record


@dataclass(frozen=True)
class _Loaded:
    record: Record
    children: dict[str, list[Record]]
    linked: list[tuple[str, Placed]]


class Whole(QWidget):
    """One record. `parts`: (kind, field that links it here) of its tabs; `extra`: pages that the
    caller fills itself, told in `loaded`."""

    deleted = Signal(str, object)  # title, change set
    opened = Signal(object)
    """A linked record is to be opened."""
    loaded = Signal(object, object)
    """(record, what links to it) was read."""
    gone = Signal(object)
    """The record that was to be shown was deleted."""

    def __init__(
        self,
        session: Session,
        kind: str,
        parts: tuple[tuple[str, str], ...],
        extra: tuple[tuple[str, str, QWidget], ...] = (),
    ) -> None:
        super().__init__()
        self._session = session
        self.kind = kind_of(kind)
        self._parts = dict(parts)
        self.record: Record | None = None
        self._wanted = self._removing = ""
        self._children: dict[str, list[Record]] = {}
        self.links = Links(session, self)
        self.title = Elided("heading")
        self.saved = label("", "good")
        self.notice = Notice()
        self.sections: dict[str, Section] = {}
        self._group = QButtonGroup(self)
        self.tabs: dict[str, QPushButton] = {}
        self.stack = QStackedWidget()
        inside = column(margins=Space.L)
        card = panel(inside, "card")
        self._pages: dict[str, QWidget] = {kind: scroll(card)}
        self.stack.addWidget(self._pages[kind])
        tabs = FlowLayout(gap=0)
        for name, words_shown in (
            (kind, text(self.kind.label)),
            *((part, text(kind_of(part).plural)) for part, _ in parts),
            *((name, words_shown) for name, words_shown, _ in extra),
        ):
            tab = button(words_shown, partial(self.show_part, name), "tab")
            tab.setCheckable(True)
            self._group.addButton(tab)
            self.tabs[name] = tab
            tabs.addWidget(tab)
        for name, _, page in extra:
            self._pages[name] = page
            self.stack.addWidget(page)
        self.tabs[kind].setChecked(True)
        remove = button(text("Delete"), self.remove, "quiet", "trash")
        head = row(self.title, self.saved, remove)
        layout = column(head, self.notice, panel(tabs), self.stack, gap=Space.S)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.form = RecordForm(session, self.kind, card, self.links)
        inside.addWidget(self.form)
        self._watch(self.form)
        session.changed.connect(self._news)

    def _watch(self, form: RecordForm) -> None:
        form.state_changed.connect(lambda _: self._show_state())
        form.failed.connect(self.notice.fail)
        form.opened.connect(self.opened)

    def _show_state(self) -> None:
        show_states({form.state for form in self.forms()}, self.saved)

    def forms(self) -> list[RecordForm]:
        """Every form that holds something typed."""
        return [self.form, *(section.form for section in self.sections.values())]

    def leave(self) -> bool:
        """Save; False when something cannot be saved as it is."""
        return all(form.leave() for form in self.forms())

    def flush(self) -> None:
        """Write what was typed, now."""
        for form in self.forms():
            form.flush()

    def show_record(self, record: str) -> None:
        """Read a record and show it."""
        vault, parts = self._session.vault, set(self._parts)
        self._wanted = record

        def work() -> _Loaded:
            children: dict[str, list[Record]] = {}
            for child in vault.children(record):
                children.setdefault(child.kind, []).append(child)
            linked = vault.views.linked(record)
            for _, one in linked:  # what belongs to a case, and to this as well
                if one.record.kind in parts and one.record not in children.get(one.record.kind, []):
                    children.setdefault(one.record.kind, []).append(one.record)
            return _Loaded(vault.get(record), children, linked)

        self._session.operations.read(self, work, self._show, key=f"whole-{id(self)}")

    @property
    def shown(self) -> str:
        """The id of the record that is shown, or about to be."""
        return self._wanted

    def forget(self) -> None:
        """Show nothing any more."""
        self.record, self._wanted, self._children = None, "", {}
        self.form.show_record(Record("", self.kind.name, ""))

    def _show(self, loaded: _Loaded) -> None:
        if loaded.record.deleted:
            self.forget()
            self.gone.emit(loaded.record)
            return
        self.record = loaded.record
        self.form.show_record(loaded.record)
        self.title.setText(formatting.title_of(loaded.record))
        self._children = loaded.children
        near = [r for records in loaded.children.values() for r in records]
        self.links.show(near, loaded.record.desk)
        for part in self._parts:
            count = len(loaded.children.get(part, []))
            plural = text(kind_of(part).plural)
            self.tabs[part].setText(f"{plural} ({count})" if count else plural)
            if part in self.sections:
                self._fill(part, loaded.children.get(part, []))
        self.loaded.emit(loaded.record, loaded.linked)

    def _fill(self, part: str, records: list[Record]) -> None:
        if self.record:
            self.sections[part].show_records(self.record.id, records, self._parts[part])

    def show_part(self, name: str, record: str = "") -> None:
        """Go to a tab."""
        if name not in self._pages:
            section = Section(self._session, name, self.stack, self.links)
            section.deleted.connect(self.deleted)
            self._watch(section.form)
            self.sections[name] = section
            self._pages[name] = section
            self.stack.addWidget(section)
            self._fill(name, self._children.get(name, []))
        self.tabs[name].setChecked(True)
        self.stack.setCurrentWidget(self._pages[name])
        page = self._pages[name]
        if isinstance(page, Section) and record:
            page.choose(record)

    def remove(self) -> None:
        """Hide it; the toast undoes."""
        if not self.record or self._removing == self.record.id:
            return
        title, self._removing = self.title.whole(), self.record.id

        def done(change: Change) -> None:
            self._removing = ""
            self.deleted.emit(title, change.change_set)

        def failed(exc: BaseException) -> None:
            self._removing = ""
            self.notice.fail(exc)

        self._session.save(self, deletion(self.record.id), done, failed)

    def _news(self, change: Change) -> None:
        if self.record is None:
            return
        mine = {self.record.id, *(form.record for form in self.forms())}
        mine |= {r.id for rs in self._children.values() for r in rs}
        if "*" in change.kinds or change.records & mine or change.kinds & set(self._parts):
            self.show_record(self.shown)  # another one may be on its way
