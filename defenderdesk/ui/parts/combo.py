"""Choosing from a list by typing: one value (`Choice`) or several (`Chips`).

The list is filled when the person first goes to it, not when the form opens: a form with ten
choices among two hundred countries opens as fast as one with none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QLineEdit,
    QListView,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from defenderdesk.i18n import sort_key, text
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.widgets import button, set_look

Options = Callable[[], Sequence[tuple[str, str]]]
"""Gives (code, label) pairs."""


LONGEST = 48
"""Characters of a chip; what is longer is cut, and whole in its tool tip."""
FOUND_BY = Qt.ItemDataRole.UserRole + 1
"""Role of the folded words by which an entry of the list is found."""


class _Completer(QCompleter):
    """Finds an entry by any of its words in any language, without accents; shows its label."""

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole) or "").strip()

    def splitPath(self, path: str) -> list[str]:
        return [sort_key(path)]


class Choice(QComboBox):
    """One code out of a list, found by typing any part of its label. Unknown codes (from a newer
    version) are shown as they are and kept."""

    chosen = Signal()
    """A person chose another value."""

    def __init__(
        self,
        options: Options,
        label_of: Callable[[str], str] = str,
        blank: str | None = "",
        found_by: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._options = options
        self._found_by = found_by
        self._label_of = label_of
        self._blank = blank
        self._filled = False
        self._code = ""
        self.line = QLineEdit()
        self.setLineEdit(self.line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(14)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if blank:
            self.line.setPlaceholderText(blank)
        self.line.editingFinished.connect(self._settle)
        self.activated.connect(lambda _: self._take(self.currentData() or ""))
        self.set_code("")

    @property
    def code(self) -> str:
        """The chosen code; empty when none."""
        return self._code

    def set_code(self, code: str) -> None:
        """Show a code without telling anyone."""
        self._code = code
        blocked = self.blockSignals(True)
        if not self._filled:
            self.clear()
            self.addItem(self._name(code), code)
            self.setCurrentIndex(0)
        else:
            index = self.findData(code)
            if index < 0 and code:
                self.addItem(self._name(code), code)
                index = self.count() - 1
            self.setCurrentIndex(index)
            self.setEditText(self._name(code))
        self.line.setCursorPosition(0)
        set_look(self, "problem", False)
        self.blockSignals(blocked)

    def _name(self, code: str) -> str:
        return self._label_of(code) if code else (self._blank or "")

    def fill(self) -> None:
        """Fill the list now."""
        if self._filled:
            return
        self._filled = True
        blocked = self.blockSignals(True)
        self.clear()
        if self._blank is not None:
            self.addItem(self._blank, "")
        for code, name in self._options():
            self.addItem(name, code)
            more = self._found_by(code) if self._found_by else ""
            self.setItemData(self.count() - 1, sort_key(f"{name} {more}"), FOUND_BY)
        completer = _Completer(self.model(), self)
        completer.setCompletionRole(FOUND_BY)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setMaxVisibleItems(12)
        popup = QListView()
        popup.setProperty("look", "popup")
        completer.setPopup(popup)
        completer.activated.connect(lambda _: self._settle())
        self.setCompleter(completer)
        self.blockSignals(blocked)
        self.set_code(self._code)

    def forget(self) -> None:
        """The list changed: fill it anew when it is next needed."""
        self._filled = False
        self.set_code(self._code)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.fill()
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.line.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        passing = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in passing:  # Tab leaves while the list still hangs open
            if (completer := self.completer()) and (popup := completer.popup()):
                popup.hide()
            self._settle()

    def showPopup(self) -> None:
        self.fill()
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            name = self._name(self._code)
            cut = self.line.fontMetrics().horizontalAdvance(name) > self.line.width() - 4
            if self._code and cut and not self.toolTip():
                QToolTip.showText(event.globalPos(), name, self)
                return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # a scrolled form must not change values

    def code_of(self, typed: str) -> str | None:
        """The code whose label is, begins with, or holds what was typed; None when there is none
        or nothing was typed and a blank is not allowed."""
        wanted = typed.strip().casefold()
        if not wanted or wanted == (self._blank or "").casefold():
            return "" if self._blank is not None else None
        names = [(self.itemText(i).strip().casefold(), self.itemData(i)) for i in range(self.count())]
        for fits in (str.__eq__, str.startswith, str.__contains__):
            for name, code in names:
                if code and fits(name, wanted):
                    return str(code)
        bare = sort_key(wanted)
        for i in range(self.count()):
            if bare and self.itemData(i) and bare in str(self.itemData(i, FOUND_BY) or ""):
                return str(self.itemData(i))
        return None

    def _settle(self) -> None:
        if not self._filled:
            return
        typed = self.line.text()
        if typed == self._name(self._code):
            set_look(self, "problem", False)
            return
        code = self.code_of(typed)
        if code is None:
            set_look(self, "problem", True)
            return
        self._take(code)

    def _take(self, code: str) -> None:
        before = self._code
        self.set_code(code)
        if code != before:
            self.chosen.emit()

    def unknown(self) -> bool:
        """Tells whether what stands there is not in the list."""
        return bool(self.property("problem"))


class Chips(QWidget):
    """Several values: chips, and a field to add the next. Enter adds, Backspace in the empty
    field takes the last away, a chip goes when it is pressed."""

    changed = Signal()

    def __init__(
        self,
        options: Options | None = None,
        label_of: Callable[[str], str] = str,
        placeholder: str = "",
        found_by: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self._label_of = label_of
        self._values: list[str] = []
        self._flow = FlowLayout()
        self.entry: QLineEdit | Choice
        if options:
            choice = Choice(options, label_of, "", found_by)
            choice.line.setPlaceholderText(placeholder or text("Type to search…"))
            choice.chosen.connect(self._add_choice)
            self.entry, self._line = choice, choice.line
        else:
            line = QLineEdit()
            line.setPlaceholderText(placeholder or text("Type, then Enter"))
            line.editingFinished.connect(self._add_typed)
            line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.entry = self._line = line
        self._line.installEventFilter(self)
        self.entry.setMinimumWidth(170)
        self._flow.addWidget(self.entry)
        holder = QVBoxLayout(self)
        holder.setContentsMargins(0, 0, 0, 0)
        holder.addLayout(self._flow)
        self.setFocusProxy(self.entry)

    @property
    def values(self) -> list[str]:
        """The codes or words, in order."""
        return list(self._values)

    def set_values(self, values: Sequence[str]) -> None:
        """Show values without telling anyone."""
        self._values = list(values)
        self._draw()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.entry.setAccessibleName(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Backspace
            and not self._line.text()
            and self._values
        ):
            self._remove(self._values[-1])
            return True
        return False

    def _add_choice(self) -> None:
        assert isinstance(self.entry, Choice)
        code = self.entry.code
        self.entry.set_code("")
        self._add(code)

    def _add_typed(self) -> None:
        typed = self._line.text().strip()
        self._line.clear()
        self._add(typed)

    def _add(self, value: str) -> None:
        if value and value not in self._values:
            self._values.append(value)
            self._draw()
            self.changed.emit()

    def _remove(self, value: str) -> None:
        if value in self._values:
            self._values.remove(value)
            self._draw()
            self._line.setFocus()
            self.changed.emit()

    def _draw(self) -> None:
        while self._flow.count() > 1:
            item = self._flow.takeAt(0)
            if item and (widget := item.widget()):
                widget.hide()
                widget.deleteLater()
        for i, value in enumerate(self._values):
            name = self._label_of(value)
            short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
            chip = button(f"{short}  ×", partial(self._remove, value), "chip")
            chip.setAccessibleName(text("Remove {value}", value=name))
            chip.setToolTip(text("Remove {value}", value=name))
            self._flow.insert(i, chip)
        self._flow.invalidate()
        self.updateGeometry()
