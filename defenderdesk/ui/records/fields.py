"""The fields of a kind, laid out: the first ones on top, the others under headings that open.

A heading is built when it is first opened, or when the record shown holds something under it: a
form of sixty fields opens as fast as one of ten. Two fields stand side by side where there is
room, else all one under the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import Field, Kind
from defenderdesk.domain.values import Value
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.fitting import CutButton
from defenderdesk.ui.parts.widgets import column
from defenderdesk.ui.records.cell import FieldCell
from defenderdesk.ui.records.editors import ChoiceEditor, ManyEditor, editable
from defenderdesk.ui.records.links import Links

NARROW = 430
"""Pixels of width below which fields no longer stand side by side."""


class _Grid(QWidget):
    """The cells of one heading, in two columns or in one."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(Space.M)
        self._grid.setColumnStretch(0, 1)
        self._cells: Sequence[FieldCell] = ()
        self._columns = 0

    def minimumSizeHint(self) -> QSize:
        least = max((cell.minimumSizeHint().width() for cell in self._cells), default=0)
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange(2 if self.width() >= palette.px(NARROW) else 1)

    def show_cells(self, cells: Sequence[FieldCell]) -> None:
        """Put these in."""
        self._cells = cells
        self.arrange(2)

    def arrange(self, columns: int) -> None:
        """Set the cells in so many columns."""
        if columns == self._columns:
            return
        self._columns = columns
        self._grid.setColumnStretch(1, columns - 1)
        line, place = 0, 0
        for cell in self._cells:
            wide = cell.wide or columns == 1
            if wide and place == 1:
                line, place = line + 1, 0
            self._grid.removeWidget(cell)
            self._grid.addWidget(cell, line, place, 1, columns if wide else 1)
            line, place = (line + 1, 0) if wide or place == 1 else (line, 1)
        self.updateGeometry()


class FieldGroups(QWidget):
    """The cells of a form. `made` is told of each cell when it is built."""

    def __init__(self, kind: Kind, links: Links | None, made: Callable[[FieldCell], None]) -> None:
        super().__init__()
        self._kind, self._links, self._made = kind, links, made
        self.cells: dict[str, FieldCell] = {}
        self._fields: dict[str, list[Field]] = {}
        for field in kind.fields:
            if editable(field):
                self._fields.setdefault(field.group, []).append(field)
        self._bodies: dict[str, QWidget] = {}
        self._old: set[FieldCell] = set()
        self.heads: dict[str, QPushButton] = {}
        self._column = column(gap=Space.M)
        self.setLayout(self._column)
        for group in self._fields:
            if group:
                head = CutButton(text(group), partial(self.turn, group), "group")
                head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
                head.setCheckable(True)
                head.setAccessibleDescription(text("Shows or hides more fields"))
                self.heads[group] = head
                self._dress(group, False)
                self._column.addWidget(head)
            else:
                self.build(group)

        if links is not None:
            links.session.terms_changed.connect(self._terms_changed)

    # -- terms that an office adds while the form stands there ------------------------------------

    def _terms_changed(self) -> None:
        self._old = set(self.cells.values())
        for cell in self.cells.values():
            if not cell.editor.hasFocus():
                self._offer_now(cell)

    def _offer_anew(self, cell: FieldCell) -> None:
        if cell in self._old:
            QTimer.singleShot(0, cell, partial(self._offer_now, cell))

    def _offer_now(self, cell: FieldCell) -> None:
        self._old.discard(cell)
        editor = cell.editor
        if isinstance(editor, ChoiceEditor):
            if not editor.choice.unknown():
                editor.choice.forget()
        elif isinstance(editor, ManyEditor):
            editor.chips.set_values(editor.chips.values)
            if isinstance(editor.chips.entry, Choice):
                editor.chips.entry.forget()

    # -- building ---------------------------------------------------------------------------------

    def build(self, group: str) -> None:
        """Make the cells of a heading."""
        if group in self._bodies:
            return
        body = _Grid()
        self._bodies[group] = body
        place_in = self._column.indexOf(self.heads[group]) + 1 if group else 0
        self._column.insertWidget(place_in, body)
        made = [FieldCell(field, self._links) for field in self._fields[group]]
        body.show_cells(made)
        for cell in made:
            self.cells[cell.field.name] = cell
            cell.left.connect(partial(self._offer_anew, cell))
            self._made(cell)

    def open(self, group: str) -> None:
        """Show what stands under a heading."""
        if group:
            self.build(group)
            self._bodies[group].show()
            self._dress(group, True)

    def turn(self, group: str) -> None:
        """Show or hide what stands under a heading."""
        body = self._bodies.get(group)
        if body is not None and body.isVisibleTo(self):
            body.hide()
            self._dress(group, False)
        else:
            self.open(group)

    def _dress(self, group: str, opened: bool) -> None:
        head = self.heads[group]
        head.setChecked(opened)
        closed = "chevron-back" if i18n.is_rtl() else "chevron"
        head.setIcon(icons.icon("down" if opened else closed, "accent"))

    def open_for(self, holds: Callable[[str], Value], close: bool) -> None:
        """Open the headings under which the record holds something; `close` the others."""
        for group in self.heads:
            filled = any(holds(f.name) not in (None, "", []) for f in self._fields[group])
            built = group in self._bodies
            if filled and (close or not built):
                self.open(group)
            elif close and built and not filled:
                self._bodies[group].hide()
                self._dress(group, False)
