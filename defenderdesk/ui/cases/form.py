"""The form of one record, which saves itself.

600 ms after the last keystroke, and when a field is left, what was changed is written as one
change set. Until it is committed the form says so; when writing fails it says that too, keeps
what was typed and tries again every few seconds. News from elsewhere (an undo, a received
bundle) is shown in every field that the person is not changing just now.

A new record is a draft: it has an id, and exists from its first save on.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from defenderdesk.domain.kinds import KIND, Field, Kind
from defenderdesk.domain.values import Value
from defenderdesk.ui.cases.editors import Editor, editable, editor_for
from defenderdesk.ui.parts.blocks import button, column, label, row
from defenderdesk.ui.session import Session
from defenderdesk.ui.theme import Space
from defenderdesk.vault.types import Change, Edit, Record
from defenderdesk.words import text

State = Literal["saved", "editing", "saving", "problem", "failed"]
PAUSE = 600
"""Milliseconds without a keystroke before a save."""
RETRY = 5000
"""Milliseconds before a failed save is tried again."""


class RecordForm(QWidget):
    """Editors for every field of a kind."""

    state_changed = Signal(str)
    conflict_pressed = Signal(str, str)  # record, field
    created = Signal(str)
    failed = Signal(object)

    def __init__(self, session: Session, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._kind = kind
        self.record: str = ""
        self._base: dict[str, Value] = {}
        self._draft: list[Edit] = []
        self._creating = False
        self._dirty: set[str] = set()
        self._writing: set[str] = set()
        self.state: State = "saved"
        self.editors: dict[str, Editor] = {}
        self._marks: dict[str, QPushButton] = {}
        self._problems: dict[str, QLabel] = {}
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self.flush)
        self._lay_out([f for f in kind.fields if editable(f)])

    def _lay_out(self, fields: list[Field]) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.M)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        line, place = 0, 0
        for field in fields:
            editor = editor_for(field)
            self.editors[field.name] = editor
            editor.edited.connect(lambda name=field.name: self._edited(name))
            for part in editor.findChildren(QWidget):
                if part.focusPolicy() != Qt.FocusPolicy.NoFocus:
                    part.installEventFilter(self)
            mark = button(
                text("Two versions: choose"),
                partial(self._to_conflict, field.name),
                "conflict",
                "conflicts",
            )
            mark.hide()
            self._marks[field.name] = mark
            problem = label("", "problem", wrap=True)
            problem.hide()
            self._problems[field.name] = problem
            head = row(label(text(field.label), "label", buddy=editor), None, mark)
            cell = column(head, editor, problem, None, gap=Space.XS)
            wide = editor.wide or field.name in ("title", "url")
            if wide and place == 1:
                line, place = line + 1, 0
            grid.addLayout(cell, line, place, 1, 2 if wide else 1)
            line, place = (line + 1, 0) if wide or place == 1 else (line, 1)
        grid.setRowStretch(line + 1, 1)

    def _to_conflict(self, name: str) -> None:
        self.conflict_pressed.emit(self.record, name)

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
        for name, editor in self.editors.items():
            value = self._stored(record, name)
            if name in self._dirty or name in self._writing:
                continue
            if self._base.get(name) != value or editor.value() != value:
                editor.show_value(value)
            self._base[name] = value
        for name, mark in self._marks.items():
            mark.setVisible(name in record.conflicts)

    def start_new(self, fields: dict[str, Value]) -> str:
        """Begin a draft with these fields; returns its id."""
        self.show_record(Record(self._session.vault.new_id(), self._kind.name, ""))
        self._draft = [Edit(self.record, KIND, self._kind.name)]
        self._draft += [Edit(self.record, name, value) for name, value in fields.items()]
        return self.record

    @property
    def is_draft(self) -> bool:
        """Whether the record does not exist yet."""
        return bool(self._draft)

    def _stored(self, record: Record, name: str) -> Value:
        field = self._kind.field(name)
        if field and field.many:
            return list(record.sets.get(name, []))
        return record.fields.get(name)

    # -- saving --------------------------------------------------------------------------------

    def unsaved(self) -> bool:
        """Whether something typed is not committed yet."""
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
        problem = self.editors[name].problem()
        shown = self._problems[name]
        own_words = hasattr(self.editors[name], "dates")
        shown.setText(problem)
        shown.setVisible(bool(problem) and not own_words)
        if problem:
            self._set_state("problem")
        return problem

    def _edited(self, name: str) -> None:
        self._dirty.add(name)
        self._problems[name].hide()
        self._set_state("editing")
        self._timer.start(PAUSE)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    # -- leaving a field, and undo -------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.FocusOut and self._dirty:
            QTimer.singleShot(0, self, self.flush)
        elif kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo)
            redo = event.matches(QKeySequence.StandardKey.Redo)
            if (undo or redo) and not self._dirty:
                event.ignore()  # the window's undo takes it: the last save, not the last letter
                return True
        return False
