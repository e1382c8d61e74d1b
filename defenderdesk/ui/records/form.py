"""The form of one record, which saves itself.

600 ms after the last keystroke, and when a field is left, what was changed is written as one
change set. Until it is committed the form says so; when writing fails it says that too, keeps
what was typed and tries again every few seconds. News from elsewhere (an undo, a received
bundle) is shown in every field that the person is not changing just now.

A new record is a draft: it has an id, and exists from its first save on.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from defenderdesk import i18n
from defenderdesk.domain.checking import flaws
from defenderdesk.domain.kinds import KIND, WITHHELD, Kind
from defenderdesk.domain.values import Value
from defenderdesk.i18n import text
from defenderdesk.ui.parts.widgets import column, set_look
from defenderdesk.ui.records.cell import FieldCell
from defenderdesk.ui.records.editors import Editor, LinkEditor
from defenderdesk.ui.records.fields import FieldGroups
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change, Edit, Record

State = Literal["saved", "editing", "saving", "problem", "failed"]
PAUSE = 600
"""Milliseconds without a keystroke before a save."""
RETRY = 5000
"""Milliseconds before a failed save is tried again."""


def show_states(states: Collection[str], where: QLabel) -> None:
    """Say how saving stands of several forms: the gravest of their states."""
    for state, words, look in (
        ("failed", text("Not saved: trying again…"), "problem"),
        ("problem", text("Not saved: see the field marked red"), "problem"),
        ("editing", text("Editing…"), "small"),
        ("saving", text("Saving…"), "small"),
        ("saved", text("Saved"), "good"),
    ):
        if state in states:
            where.setText(words)
            set_look(where, "look", look)
            return


class RecordForm(QWidget):
    """Editors for every field of a kind."""

    state_changed = Signal(str)
    conflict_pressed = Signal(object, str)  # record, field
    created = Signal(object)
    failed = Signal(object)

    opened = Signal(object)
    """A linked record is to be opened."""

    def __init__(
        self,
        session: Session,
        kind: Kind,
        parent: QWidget | None = None,
        links: Links | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._kind = kind
        self.record: str = ""
        self._shown = Record("", kind.name, "")
        self._base: dict[str, Value] = {}
        self._draft: list[Edit] = []
        self._creating = False
        self._dirty: set[str] = set()
        self._writing: set[str] = set()
        self.state: State = "saved"
        self.editors: dict[str, Editor] = {}
        self._marks: dict[str, QPushButton] = {}
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self.flush)
        self.groups = FieldGroups(kind, links or Links(session, self), self._made)
        self.setLayout(column(self.groups, None, gap=0))

    def _made(self, cell: FieldCell) -> None:
        """A field's cell was built."""
        name = cell.field.name
        self.editors[name] = cell.editor
        self._marks[name] = cell.conflict
        cell.editor.edited.connect(partial(self._edited, name))
        cell.conflict_pressed.connect(lambda: self.conflict_pressed.emit(self.record, name))
        cell.withheld_pressed.connect(lambda: self._withhold(name))
        cell.left.connect(self._left)
        if isinstance(cell.editor, LinkEditor):
            cell.editor.opened.connect(self.opened)
        for part in (cell.editor, *cell.editor.findChildren(QWidget)):
            part.installEventFilter(self)
        self._show_cell(cell)

    def _show_cell(self, cell: FieldCell) -> None:
        name = cell.field.name
        value = self._stored(self._shown, name)
        cell.may_withhold(bool(self.record) and not self.is_draft)
        cell.show_withheld(name in self._shown.sets.get(WITHHELD, []))
        cell.conflict.setVisible(name in self._shown.conflicts)
        if name in self._dirty or name in self._writing:
            return
        if self._base.get(name) != value or cell.editor.value() != value:
            cell.editor.show_value(value)
        self._base[name] = value

    def _withhold(self, name: str) -> None:
        if self.is_draft or not self.record:
            return
        marked = name in self._shown.sets.get(WITHHELD, [])
        self._session.save(self, [Edit(self.record, WITHHELD, name, "remove" if marked else "add")])

    # -- showing -------------------------------------------------------------------------------

    def show_record(self, record: Record) -> None:
        """Show a record; what the person is changing just now stays as typed."""
        if record.id != self.record:
            self.flush()
            self._dirty.clear()
            self._writing.clear()
            self._draft, self._creating = [], False
            self.record = record.id
            self._base = {}
            self._set_state("saved")
            self._shown = record
            self.groups.open_for(partial(self._stored, record), close=True)
        self._shown = record
        self.groups.open_for(partial(self._stored, record), close=False)
        for cell in self.groups.cells.values():
            self._show_cell(cell)
        self._doubt()

    def start_new(self, fields: dict[str, Value]) -> str:
        """Begin a draft with these fields; returns its id."""
        values: dict[str, Value] = {
            name: value for name, value in fields.items() if not isinstance(value, list)
        }
        sets = {name: value for name, value in fields.items() if isinstance(value, list)}
        record = self._session.vault.new_id()
        self.show_record(Record(record, self._kind.name, "", values, sets))
        self._draft = [Edit(self.record, KIND, self._kind.name)]
        self._draft += [Edit(self.record, name, value) for name, value in values.items()]
        self._draft += [Edit(self.record, name, one, "add") for name, many in sets.items() for one in many]
        return self.record

    def fill_in(self, values: dict[str, Value]) -> None:
        """Put values into fields, as if a person had typed them."""
        for name, value in values.items():
            self.editors[name].show_value(value)
            self._edited(name)
        self.flush()

    @property
    def is_draft(self) -> bool:
        """True if the record does not exist yet."""
        return bool(self._draft)

    def _stored(self, record: Record, name: str) -> Value:
        field = self._kind.field(name)
        if field and field.many:
            return list(record.sets.get(name, []))
        return record.fields.get(name)

    def _doubt(self) -> None:
        """Say below a field what of the record cannot be so: a value that came in with a file, or a
        date that contradicts another. Of two dates either may be the wrong one, and nobody can change
        both at once: so they are saved all the same."""
        typed = {name: self.editors[name].value() for name in self._dirty if not self.editors[name].problem()}
        stored = {name: value for name, value in self._shown.fields.items() if name not in self._dirty}
        found = {one.field: i18n.translate(one.says) for one in flaws(self._kind.name, {**stored, **typed})}
        for name, cell in self.groups.cells.items():
            cell.say_doubt(found.get(name, ""))

    # -- saving --------------------------------------------------------------------------------

    def unsaved(self) -> bool:
        """Tells whether something typed is not committed yet."""
        return bool(self._dirty or self._writing)

    def leave(self) -> bool:
        """Save before going elsewhere; False, with the cursor at the spot, when something typed
        cannot be saved as it is."""
        self.flush()
        for name in self._dirty:
            if self._check(name):
                self.editors[name].setFocus()
                return False
        return True

    def flush(self) -> None:
        """Write what was changed now."""
        self._timer.stop()
        self._doubt()
        if self._creating:  # the first save of a draft must be committed before the next
            self._timer.start(PAUSE)
            return
        names = [name for name in self._dirty if not self._check(name)]
        edits = [edit for name in names for edit in self._edits(name)]
        if not edits:
            self._dirty.difference_update(names)
            if not self._dirty and not self._writing:
                self._set_state("saved")
            return
        values = {name: self.editors[name].value() for name in names}
        record, draft, self._draft = self.record, self._draft, []
        self._creating = bool(draft)
        self._dirty.difference_update(names)
        self._writing.update(names)
        self._set_state("saving")

        def done(_change: Change) -> None:
            if record != self.record:
                return
            self._creating = False
            self._writing.difference_update(names)
            self._base.update(values)
            if draft:
                self.created.emit(record)
            if self._dirty:
                wrong = any(self.editors[name].problem() for name in self._dirty)
                self._set_state("problem" if wrong else "editing")
            elif not self._writing:
                self._set_state("saved")

        def failed(exc: BaseException) -> None:
            self.failed.emit(exc)
            if record != self.record:
                self._session.keep_trying([*draft, *edits])
                return
            self._creating = False
            self._draft = draft or self._draft
            self._writing.difference_update(names)
            self._dirty.update(names)
            self._set_state("failed")
            self._timer.start(RETRY)

        self._session.save(self, [*draft, *edits], done, failed)

    def _edits(self, name: str) -> list[Edit]:
        value, base = self.editors[name].value(), self._base.get(name)
        field = self._kind.field(name)
        if field and field.many:
            now = value if isinstance(value, list) else []
            old = base if isinstance(base, list) else []
            gone = [Edit(self.record, name, one, "remove") for one in old if one not in now]
            return gone + [Edit(self.record, name, one, "add") for one in now if one not in old]
        return [] if value == base else [Edit(self.record, name, value)]

    def _check(self, name: str) -> str:
        problem = self.groups.cells[name].problem()
        if problem:
            self._set_state("problem")
        return problem

    def _edited(self, name: str) -> None:
        self._dirty.add(name)
        self.groups.cells[name].said.hide()
        self._set_state("editing")
        self._timer.start(PAUSE)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    # -- leaving a field, and undo -------------------------------------------------------------

    def _left(self) -> None:
        if self._dirty:
            QTimer.singleShot(0, self, self.flush)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo)
            redo = event.matches(QKeySequence.StandardKey.Redo)
            if (undo or redo) and not self._dirty:
                event.ignore()  # the window's undo takes it: the last save, not the last letter
                return True
        return False
