"""The fields of a kind, laid out: the first ones on top, the others under headings that open.

A heading is built when it is first opened, or when the record shown holds something under it: a
form of sixty fields opens as fast as one of ten.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from defenderdesk.domain.kinds import Field, Kind
from defenderdesk.domain.values import Value
from defenderdesk.ui import icons
from defenderdesk.ui.cases.cell import FieldCell
from defenderdesk.ui.cases.editors import editable
from defenderdesk.ui.cases.links import Links
from defenderdesk.ui.parts.blocks import button, column, panel
from defenderdesk.ui.theme import Space
from defenderdesk.words import text


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
        self.heads: dict[str, QPushButton] = {}
        self._column = column(gap=Space.M)
        self.setLayout(self._column)
        for group in self._fields:
            if group:
                head = button(text(group), partial(self.turn, group), "group", "forward")
                head.setCheckable(True)
                head.setAccessibleDescription(text("Shows or hides more fields"))
                self.heads[group] = head
                self._column.addWidget(head)
            else:
                self.build(group)

    def group_of(self, name: str) -> str:
        """The heading under which a field stands."""
        field = self._kind.field(name)
        return field.group if field else ""

    def build(self, group: str) -> None:
        """Make the cells of a heading."""
        if group in self._bodies:
            return
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.M)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        body = panel(grid)
        self._bodies[group] = body
        place_in = self._column.indexOf(self.heads[group]) + 1 if group else 0
        self._column.insertWidget(place_in, body)
        line, place = 0, 0
        for field in self._fields[group]:
            cell = FieldCell(field, self._links)
            self.cells[field.name] = cell
            if cell.wide and place == 1:
                line, place = line + 1, 0
            grid.addWidget(cell, line, place, 1, 2 if cell.wide else 1)
            line, place = (line + 1, 0) if cell.wide or place == 1 else (line, 1)
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
        head.setIcon(icons.icon("down" if opened else "forward", "accent"))

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
