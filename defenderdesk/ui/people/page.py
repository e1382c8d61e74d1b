"""Persons and organisations: found as one types, seen whole with the cases they are part of,
and two records of the same one made one."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidgetItem, QStackedWidget, QWidget

from defenderdesk.domain.kinds import MERGED_INTO, kind_of
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.record_picker import Linker
from defenderdesk.ui.parts.widgets import Elided, EmptyState, button, column, label, panel, row
from defenderdesk.ui.people.whole import Whole
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.links import candidate
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault.types import Change, Placed, Record

_WHERE = Qt.ItemDataRole.UserRole
_PARTS = (("address", "person"), ("biography", "person"))
SHOWN = 200


class People(QWidget):
    """The page."""

    case_opened = Signal(object, str, object)  # case, kind, record

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session = session
        self._toast = toast
        self._kinds = ("person", "organisation")
        self.kind = Choice(
            lambda: [(k, text(kind_of(k).plural)) for k in self._kinds],
            lambda code: text(kind_of(code).plural),
            None,
        )
        self.kind.setAccessibleName(text("Persons or organisations"))
        self.kind.set_code("person")
        self.kind.chosen.connect(self._turn)
        self.text = QLineEdit()
        self.text.setPlaceholderText(text("Name, or a part of it…"))
        self.text.setAccessibleName(text("Find by name"))
        self.text.setClearButtonEnabled(True)
        self._typing = QTimer(self, singleShot=True, interval=150)
        self._typing.timeout.connect(self.load)
        self.text.textChanged.connect(lambda _: self._typing.start())
        self.list = lines(text("Found"))
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self._new = button(text("New"), self.add, "primary", "plus", "Ctrl+Enter")
        self._merge = button(text("Merge with another…"), self.ask_merge, "quiet", "merge")
        side = column(self.kind, self.text, self.list, gap=Space.S)
        self._wholes: dict[str, Whole] = {}
        self._removed = ""
        self._right = QStackedWidget()
        self._right.addWidget(
            EmptyState(
                "people",
                text("Persons and organisations"),
                text(
                    "One record for each, used by every case: choose one on the left, or link "
                    "a name in a case."
                ),
            )
        )
        both = row(panel(side), self._right, gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 5)
        title = Elided("title")
        title.setText(text("Persons and organisations"))
        head = row(title, self._merge, self._new)
        self.notice = Notice()
        layout = column(head, self.notice, both, gap=Space.M, margins=Space.XL)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            more = QShortcut(QKeySequence(keys), self)
            more.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            more.activated.connect(self.add)
        self._merge.setEnabled(False)
        session.changed.connect(self._news)
        self.load()

    @property
    def whole(self) -> Whole | None:
        """The record that is shown."""
        shown = self._right.currentWidget()
        return shown if isinstance(shown, Whole) else None

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.text.setFocus()

    def leave(self) -> bool:
        """Save; False when something cannot be saved as it is."""
        return all(whole.leave() for whole in self._wholes.values())

    def flush(self) -> None:
        """Write what was typed, now."""
        for whole in self._wholes.values():
            whole.flush()

    def _news(self, change: Change) -> None:
        if self.isVisible() and ("*" in change.kinds or change.kinds & {"person", "organisation"}):
            self.load()

    def _turn(self) -> None:
        if self.whole and not self.whole.leave():
            self.kind.set_code(self.whole.kind.name)
            return
        self._close()
        self.list.clear()
        self.load()

    def _close(self) -> None:
        """Show no record."""
        for whole in self._wholes.values():
            whole.forget()
        self._right.setCurrentIndex(0)
        self._merge.setEnabled(False)

    def load(self) -> None:
        """Find those who fit what is written."""
        vault, kind, typed = self._session.vault, self.kind.code, self.text.text().strip()

        def work() -> list[Record]:
            if len(typed) > 1:
                return [p.record for p in vault.views.named(typed, (kind,), SHOWN)]
            return vault.views.newest(kind, SHOWN)

        self._session.operations.read(self, work, self._show, key=f"people-{id(self)}")

    def _show(self, records: list[Record]) -> None:
        shown = self.whole.shown if self.whole else ""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for record in records:
            about = formatting.line_of(record)
            name = formatting.title_of(record)
            item = QListWidgetItem(f"{name}\n{about}" if about else name)
            set_record(item, record.id)
            item.setIcon(icons.icon(ICONS[record.kind], "muted"))
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self._mark(shown)

    def _mark(self, record: str) -> None:
        """Mark a record in the list; none where it is not there."""
        blocked = self.list.blockSignals(True)
        ids = [record_of(self.list.item(i)) for i in range(self.list.count())]
        self.list.setCurrentRow(ids.index(record) if record in ids else -1)
        self.list.blockSignals(blocked)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.open(record_of(item), self.kind.code)

    def open(self, record: str, kind: str) -> None:
        """Show one."""
        before = self.whole
        if before and not before.leave():
            self._mark(before.shown)
            return
        self.notice.clear()
        if self.kind.code != kind:
            self.kind.set_code(kind)
            self.load()
        whole = self._wholes.get(kind)
        if whole is None:
            where = _Where()
            where.opened.connect(self.case_opened)
            where.other_opened.connect(self._open_other)
            whole = Whole(self._session, kind, _PARTS, (("where", text("In these cases"), where),))
            whole.loaded.connect(lambda record, linked: self._loaded(where, record, linked))
            whole.deleted.connect(self._deleted)
            whole.gone.connect(self._gone)
            whole.opened.connect(self._open_other)
            self._wholes[kind] = whole
            self._right.addWidget(whole)
        whole.show_record(record)
        self._right.setCurrentWidget(whole)
        self._merge.setEnabled(True)
        self._mark(record)

    def _loaded(self, where: _Where, record: Record, linked: list[tuple[str, Placed]]) -> None:
        where.show_links(linked)
        into = record.text(MERGED_INTO)
        self._merge.setEnabled(not into)
        if not into:
            return

        def told(other: Record) -> None:
            if self.whole and self.whole.shown == record.id:
                self.notice.say(text("Merged into {name}.", name=formatting.title_of(other)))

        self._session.operations.read(
            self, lambda: self._session.vault.get(into), told, lambda _: None
        )  # of a desk that is not here, or nothing at all: there is no name to say

    def _gone(self, record: Record) -> None:
        self._close()
        self._mark("")
        if record.id != self._removed:  # by a colleague; of our own doing the toast speaks
            self.notice.say(text("Deleted: {title}", title=formatting.title_of(record)))

    def _open_other(self, record: str) -> None:
        vault = self._session.vault

        def told(found: Record) -> None:
            if found.kind in self._kinds:
                self.open(found.id, found.kind)

        self._session.operations.read(self, lambda: vault.get(record), told, self.notice.fail)

    def _deleted(self, title: str, change_set: str | None) -> None:
        self._removed = self.whole.shown if self.whole else ""
        session, toast = self._session, self._toast
        toast.say(
            text("Deleted: {title}", title=title),
            text("Undo"),
            lambda: session.undo_one(toast, change_set),
        )

    def add(self) -> None:
        """A new one, with what is written as its name."""
        if not self._new.isEnabled() or (self.whole and not self.whole.leave()):
            return
        kind, name = self.kind.code, self.text.text().strip()
        record, edits = new_record(self._session.vault, kind, {"name": name})
        self._new.setEnabled(False)  # a second press would make a second one

        def done(_: Change) -> None:
            self._new.setEnabled(True)
            self.text.clear()
            self.open(record, kind)
            if self.whole:
                self.whole.form.editors["name"].setFocus()

        def failed(exc: BaseException) -> None:
            self._new.setEnabled(True)
            self.notice.fail(exc)

        self._session.save(self, edits, done, failed)

    def ask_merge(self) -> None:
        """Choose the other record of the same one."""
        whole = self.whole
        if whole is None or whole.record is None or not self._merge.isEnabled():
            return
        if not whole.leave():
            return
        dialog = MergeDialog(self._session, whole.record, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.merged.connect(self._merged)
        dialog.open()

    def _merged(self, change_set: str) -> None:
        self.load()
        session, toast = self._session, self._toast
        toast.say(
            text("Two records are one now."),
            text("Undo"),
            lambda: session.undo_one(toast, change_set),
        )


class _Where(QWidget):
    """The cases, acts, meetings… that name a person."""

    opened = Signal(object, str, object)
    other_opened = Signal(object)
    """A record that was merged into this one is to be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.list = lines(text("In these cases"))
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        self._nothing = EmptyState("cases", text("In no case yet"), text("Cases that link here are listed."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.list)
        self.setLayout(column(self._stack, gap=0))

    def show_links(self, linked: list[tuple[str, Placed]]) -> None:
        """Show what links here."""
        self.list.clear()
        for field, one in linked:
            kind = kind_of(one.record.kind)
            if field == MERGED_INTO:
                title = text("Merged into this one: {name}", name=formatting.title_of(one.record))
                item = QListWidgetItem(f"{title}\n{text(kind.label)}")
                item.setIcon(icons.icon("merge", "muted"))
                item.setData(_WHERE, (one.record.id,))
                self.list.addItem(item)
                continue
            if one.of is None:
                continue
            spec = kind.field(field)
            about = [text(kind.label), text(spec.label) if spec else field]
            if one.record.kind == "involvement":
                part = kind.field("part")
                about = [formatting.shown(part, one.record.fields.get("part")) or text(kind.label)]
            item = QListWidgetItem(f"{one.of.title}\n{' · '.join(about)}")
            item.setIcon(icons.icon("cases", "accent"))
            item.setData(_WHERE, (one.of.id, one.record.kind, one.record.id))
            self.list.addItem(item)
        self._stack.setCurrentIndex(1 if self.list.count() else 0)

    def _open(self, item: QListWidgetItem) -> None:
        where = item.data(_WHERE)
        if len(where) == 1:
            self.other_opened.emit(*where)
        else:
            self.opened.emit(*where)


class MergeDialog(QDialog):
    """Choose the record that is the same; say what happens; do it."""

    merged = Signal(str)  # change set

    def __init__(self, session: Session, keep: Record, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._keep = session, keep
        self.setWindowTitle(text("Merge"))
        self.notice = Notice()
        vault = session.vault

        def find(typed: str, done) -> None:  # type: ignore[no-untyped-def]
            def work() -> list[object]:
                found = vault.views.named(typed or keep.text("name"), (keep.kind,))
                return [candidate(p.record) for p in found if p.record.id != keep.id]

            session.operations.read(self, work, done, key=f"merge-{id(self)}")

        def name(record: str, done) -> None:  # type: ignore[no-untyped-def]
            session.operations.read(self, lambda: candidate(vault.get(record)), done)

        self.other = Linker(find, name, None, many=False)
        self.other.changed.connect(self._look)
        said = label(
            text(
                "{name} stays. The other record goes behind it: its links and what {name} lacks "
                "are taken over, and nothing is lost. It can be undone.",
                name=formatting.title_of(keep),
            ),
            wrap=True,
        )
        said.setMinimumWidth(palette.px(420))
        self._go = button(text("Merge"), self.merge, "primary", "merge")
        self._go.setEnabled(False)
        self.setLayout(
            column(
                label(text("Which record is the same?"), "heading"),
                said,
                self.other,
                self.notice,
                None,
                row(None, button(text("Cancel"), self.reject), self._go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.resize(palette.px(520), palette.px(420))
        self.other.setFocus()

    def _look(self) -> None:
        self._go.setEnabled(bool(self.other.values))

    def merge(self) -> None:
        """Do it."""
        keep, goes = self._keep.id, self.other.values[0]
        vault = self._session.vault
        self._go.setEnabled(False)

        def done(change: Change) -> None:
            self.accept()
            self.merged.emit(change.change_set or "")

        def failed(exc: BaseException) -> None:
            self._look()
            self.notice.fail(exc)

        self._session.change(self, lambda: vault.merge(keep, goes), done, failed)
