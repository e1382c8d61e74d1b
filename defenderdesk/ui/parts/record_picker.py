"""Choosing other records by typing a part of their name: one, or several as chips.

Below the line hangs what was found; the last entry makes a new one with the name that was typed,
where that is possible. A chosen record is a chip that opens it; Backspace in the empty line or on
the chip, or its ×, takes it away. A name that is only typed is marked when the line is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import CutButton
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.widgets import button, column, panel, row, set_look


class Found(Protocol):
    """The records that can be chosen."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...


Find = Callable[[str, Callable[[Sequence[Found]], None]], None]
"""Looks for what was typed and tells what it found."""
Name = Callable[[str, Callable[[Found], None]], None]
"""Tells what a chosen record is called."""
Make = Callable[[str, Callable[[Found], None]], None]
"""Makes a new one with that name."""


class Linker(QWidget):
    """The line, its chips and its list."""

    changed = Signal()
    opened = Signal(object)
    """A chosen record's name was pressed."""
    drawn = Signal()
    """The chips were made anew."""

    def __init__(self, find: Find, name: Name, make: Make | None, many: bool) -> None:
        super().__init__()
        self._find, self._name, self._make, self._many = find, name, make, many
        self._values: list[str] = []
        self._names: dict[str, str] = {}
        self._found: list[Found] = []
        self._stale = False  # the list does not belong to what is typed now
        self._taking = False  # Enter was pressed before the list came
        self._typing = QTimer(self, singleShot=True, interval=150)
        self._typing.timeout.connect(self.look)
        self.line = QLineEdit()
        self.line.setPlaceholderText(text("Type a name…"))
        self.line.setMaxLength(500)
        self.line.setMinimumWidth(150)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line.installEventFilter(self)
        self.line.textEdited.connect(self._typed)
        self._flow = FlowLayout()
        self._flow.addWidget(self.line)
        holder = QVBoxLayout(self)
        holder.setContentsMargins(0, 0, 0, 0)
        holder.addLayout(self._flow)
        self.setFocusProxy(self.line)
        self.results = lines(text("Found"))
        self.results.setProperty("look", "bare")
        self.results.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.results.itemClicked.connect(lambda _: self._choose())
        self._popup: QFrame | None = None
        self._chips: list[QWidget] = []

    @property
    def values(self) -> list[str]:
        """The ids of what is chosen."""
        return list(self._values)

    def set_values(self, values: Sequence[str]) -> None:
        """Show these without telling anyone."""
        if list(values) != self._values:
            self._values = list(values)
            self._draw()
        for value in self._values:
            self._name(value, self._named)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.line.setAccessibleName(name)

    def _named(self, found: Found) -> None:
        if found.id in self._values and self._names.get(found.id) != found.name:
            self._names[found.id] = found.name
            self._draw()

    # -- looking -------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._stale = True
        self._taking = False
        self._half(False)
        self._typing.start()

    def look(self) -> None:
        """Look for what is typed."""
        self._typing.stop()
        typed = self.line.text().strip()
        self._find(typed, lambda found: self._show(found, typed))

    def _show(self, found: Sequence[Found], typed: str) -> None:
        if typed != self.line.text().strip() or not self.line.hasFocus():
            return
        self._stale = False
        self._found = [one for one in found if one.id not in self._values][:10]
        self.results.clear()
        for one in self._found:
            self.results.addItem(QListWidgetItem(f"{one.name}\n{one.about}"))
        if self._make and len(typed) > 1:
            self.results.addItem(QListWidgetItem(text("New: {name}\nMakes a record of its own", name=typed)))
        count = self.results.count()
        if not count:
            self.hide_list()
            return
        self.results.setCurrentRow(0)
        if self._taking:
            self._taking = False
            self._choose()
            return
        popup = self._frame()
        popup.setGeometry(self._place(min(count, 6) * palette.px(52) + 18))
        popup.show()
        popup.raise_()

    def _place(self, height: int) -> QRect:
        """Below the line, or above it where the window ends; never beyond its edges."""
        window = self.window()
        width = min(max(self.line.width(), palette.px(300)), window.width() - 16)
        corner = self.line.mapTo(window, QPoint(0, self.line.height() + 2))
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            corner.setX(corner.x() + self.line.width() - width)
        corner.setX(max(8, min(corner.x(), window.width() - width - 8)))
        room = window.height() - corner.y() - 8
        if room < height and corner.y() > height + self.line.height():
            corner.setY(corner.y() - height - self.line.height() - 4)
        return QRect(corner, QSize(width, height))

    def _frame(self) -> QFrame:
        if self._popup is None or self._popup.parentWidget() is not self.window():
            old, self._popup = self._popup, QFrame(self.window())
            self._popup.setProperty("look", "card")
            self._popup.setLayout(column(self.results, gap=0, margins=Space.XS))
            self.destroyed.connect(self._popup.deleteLater)
            if old is not None:
                old.deleteLater()
        return self._popup

    def hide_list(self) -> None:
        """Put the list away."""
        if self._popup:
            self._popup.hide()

    @property
    def listing(self) -> bool:
        """True if the list hangs open."""
        return self._popup is not None and self._popup.isVisible()

    # -- choosing ------------------------------------------------------------------------------

    def _choose(self) -> None:
        place = self.results.currentRow()
        typed = self.line.text().strip()
        self.hide_list()
        if 0 <= place < len(self._found):
            self._take(self._found[place])
        elif self._make and len(typed) > 1 and place == len(self._found):
            self._make(typed, self._take)

    def _take(self, found: Found) -> None:
        self.line.clear()
        self._names[found.id] = found.name
        self._stale = False
        self._half(False)
        if found.id in self._values:
            return
        self._values = [*self._values, found.id] if self._many else [found.id]
        self._draw()
        self.changed.emit()

    def remove(self, value: str) -> None:
        """Take one away."""
        if value in self._values:
            self._values.remove(value)
            self._draw()
            self.line.setFocus()
            self.changed.emit()

    def _half(self, half: bool) -> None:
        """Mark a name that was typed and never chosen: it would not be saved."""
        set_look(self.line, "problem", half)
        self.line.setToolTip(text("Choose from the list: what is only typed is not saved."))
        if not half:
            self.line.setToolTip("")

    def _draw(self) -> None:
        focused = self.line.hasFocus()
        self._chips = []
        while self._flow.count() > 1:
            item = self._flow.takeAt(0)
            if item and (widget := item.widget()):
                focused = focused or widget.isAncestorOf(self.focusWidget() or self)
                widget.hide()
                widget.deleteLater()
        for place, value in enumerate(self._values):
            name = self._names.get(value, "…")
            self._flow.insert(place, self._chip(value, name))
        alone = not self._many and bool(self._values)
        self.line.setVisible(not alone)
        self.setFocusProxy(self._chips[0] if alone else self.line)
        before: QWidget = self.line
        for chip in self._chips:
            QWidget.setTabOrder(before, chip)
            before = chip
        self._flow.invalidate()
        self.updateGeometry()
        self.drawn.emit()
        if focused:
            self.setFocus()

    def _chip(self, value: str, name: str) -> QWidget:
        shown = CutButton(name, partial(self.opened.emit, value), "in-chip")
        shown.setToolTip(text("Open {name}", name=name))
        shown.setAccessibleName(text("Open {name}", name=name))
        gone = button("×", partial(self.remove, value), "out-chip")
        gone.setAccessibleName(text("Remove {value}", value=name))
        gone.setToolTip(text("Remove {value}", value=name))
        for part in (shown, gone):
            part.setProperty("value", value)
            part.installEventFilter(self)
            self._chips.append(part)
        inside = row(shown, gone, gap=0)
        chip = QFrame()
        chip.setProperty("look", "chips")
        chip.setLayout(inside)
        chip.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if self._many:
            return chip
        # As tall as the line that it stands for, so that fields side by side stay on one line.
        holder = panel(row(chip, None, gap=0))
        holder.setMinimumHeight(self.line.sizeHint().height())
        return holder

    # -- keys ----------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.line:
            if (
                event.type() == QEvent.Type.KeyPress
                and isinstance(event, QKeyEvent)
                and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
            ):
                self.remove(str(watched.property("value")))
                return True
            return False
        if event.type() == QEvent.Type.FocusIn and isinstance(event, QFocusEvent):
            QTimer.singleShot(0, self, self.look)
        if event.type() == QEvent.Type.FocusOut:
            self.hide_list()
            self._half(bool(self.line.text().strip()))
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = event.key()
        if self.listing and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            count = self.results.count()
            self.results.setCurrentRow((self.results.currentRow() + step) % count)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if self._stale and self.line.text().strip():
                self._taking = True  # the list that hangs there is of fewer letters
                self.look()
                return True
            if self.listing:
                self._choose()
                return True
        if self.listing and key == Qt.Key.Key_Escape:
            self.hide_list()
            return True
        if key == Qt.Key.Key_Backspace and not self.line.text() and self._values:
            self.remove(self._values[-1])
            return True
        if key == Qt.Key.Key_Down and not self.listing:
            self.look()
            return True
        return False
