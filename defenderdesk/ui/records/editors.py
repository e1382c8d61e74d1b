"""One editor per type of field: it shows a value, says when a person changed it, and why a
value cannot be saved. `editor_for` picks by the table of `domain.kinds`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.domain.checking import flaw
from defenderdesk.domain.kinds import Field, Type
from defenderdesk.domain.local_time import read_time
from defenderdesk.domain.values import MAX_TEXT, Value
from defenderdesk.i18n import text
from defenderdesk.ui.parts.combo import Chips, Choice
from defenderdesk.ui.parts.dates import DateLine
from defenderdesk.ui.parts.growing import GrowingPage
from defenderdesk.ui.parts.record_picker import Linker
from defenderdesk.ui.parts.widgets import label, set_look
from defenderdesk.ui.records import formatting

if TYPE_CHECKING:
    from defenderdesk.ui.records.links import Links


class Editor(QWidget):
    """Base: a control in a column, `edited` when a person changed it."""

    edited = Signal()

    def __init__(self, field: Field, control: QWidget) -> None:
        super().__init__()
        self.field = field
        self.control = control
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(control)
        self.setFocusProxy(control)
        control.setAccessibleName(text(field.label))
        for part in (control, *control.findChildren(QWidget)):
            part.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)  # learn no case data

    @property
    def wide(self) -> bool:
        """True if it takes the full width of a form."""
        return self.field.many or self.field.type is Type.PARAGRAPH

    def value(self) -> Value:
        """The value that would be saved: None when empty, a list for a set."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show a value without saying `edited`."""
        raise NotImplementedError

    def problem(self) -> str:
        """The reason why the value cannot be saved; empty when it can."""
        return ""


class LineEditor(Editor):
    """Text and addresses."""

    def __init__(self, field: Field) -> None:
        self.line = QLineEdit()
        self.line.setMaxLength(2000)
        super().__init__(field, self.line)
        self.line.textEdited.connect(lambda _: self.edited.emit())
        if field.type is Type.URL:
            self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def value(self) -> Value:
        return self.line.text().strip() or None

    def show_value(self, value: Value) -> None:
        self.line.setText("" if value is None else str(value))
        self.line.setCursorPosition(0)

    def problem(self) -> str:
        wrong = flaw(self.field, self.value())
        set_look(self.line, "problem", wrong is not None)
        return i18n.translate(wrong) if wrong is not None else ""


class IntegerEditor(LineEditor):
    """Whole numbers."""

    def value(self) -> Value:
        typed = self.line.text().strip()
        return int(typed) if typed and not self.problem() else None

    def problem(self) -> str:
        typed = self.line.text().strip()
        fine = not typed or (typed.lstrip("-").isdecimal() and len(typed) < 18)
        wrong = flaw(self.field, int(typed)) if fine and typed else None
        set_look(self.line, "problem", not fine or wrong is not None)
        if wrong is not None:
            return i18n.translate(wrong)
        return "" if fine else text("Write a whole number.")


class TimeEditor(LineEditor):
    """A time of day, 24 hours."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.line.setPlaceholderText("14:30")
        self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def _read(self) -> str | None:
        typed = self.line.text().strip()
        return read_time(typed) if typed else ""

    def value(self) -> Value:
        return self._read() or None

    def problem(self) -> str:
        fine = self._read() is not None
        set_look(self.line, "problem", not fine)
        return "" if fine else text("Write the time as 9:30 or 14:30.")


class ParagraphEditor(Editor):
    """Longer text."""

    def __init__(self, field: Field) -> None:
        self.page = GrowingPage()
        super().__init__(field, self.page)
        self._quiet = False
        self.page.textChanged.connect(self._typed)

    def _typed(self) -> None:
        if not self._quiet:
            self.edited.emit()

    def value(self) -> Value:
        return self.page.words().strip() or None

    def show_value(self, value: Value) -> None:
        self._quiet = True
        self.page.setPlainText("" if value is None else str(value))
        self._quiet = False

    def problem(self) -> str:
        if len(self.page.words()) <= MAX_TEXT:
            return ""
        return text("This is too long for a field. Add it as an attachment.")


class DateEditor(Editor):
    """Dates, certain or not."""

    def __init__(self, field: Field) -> None:
        self.dates = DateLine()
        super().__init__(field, self.dates)
        self.dates.edited.connect(self.edited)

    def value(self) -> Value:
        return self.dates.value() or None

    def show_value(self, value: Value) -> None:
        self.dates.show_value("" if value is None else str(value))

    def problem(self) -> str:
        return self.dates.problem()


class ChoiceEditor(Editor):
    """One term, country or language."""

    def __init__(self, field: Field) -> None:
        choices = formatting.options(field)
        assert choices
        self.choice = Choice(choices, formatting.labeller(field), found_by=formatting.found_by(field))
        super().__init__(field, self.choice)
        self.choice.chosen.connect(self.edited)

    def value(self) -> Value:
        return self.choice.code or None

    def show_value(self, value: Value) -> None:
        self.choice.set_code("" if value is None else str(value))

    def problem(self) -> str:
        return text("This is not in the list.") if self.choice.unknown() else ""


class FlagEditor(Editor):
    """Yes, no, or not said."""

    def __init__(self, field: Field) -> None:
        names = {"yes": text("yes"), "no": text("no")}
        self.choice = Choice(lambda: list(names.items()), lambda code: names.get(code, code))
        super().__init__(field, self.choice)
        self.choice.chosen.connect(self.edited)

    def value(self) -> Value:
        return {"yes": True, "no": False}.get(self.choice.code)

    def show_value(self, value: Value) -> None:
        self.choice.set_code("yes" if value is True else "no" if value is False else "")

    def problem(self) -> str:
        return text("This is not in the list.") if self.choice.unknown() else ""


class LinkEditor(Editor):
    """One or several other records."""

    opened = Signal(object)

    def __init__(self, field: Field, links: Links) -> None:
        from defenderdesk.ui.records.links import MADE_HERE

        makes = next((kind for kind in field.links if kind in MADE_HERE), "")
        self.linker = Linker(
            lambda typed, done: links.find(self, field.links, typed, done),
            lambda record, done: links.name(self, record, done),
            (lambda name, done: links.make(self, makes, name, done)) if makes else None,
            field.many,
        )
        super().__init__(field, self.linker)
        self.linker.changed.connect(self.edited)
        self.linker.opened.connect(self.opened)

    def value(self) -> Value:
        chosen: list[Value] = list(self.linker.values)
        return chosen if self.field.many else (chosen[0] if chosen else None)

    def show_value(self, value: Value) -> None:
        many = value if isinstance(value, list) else [value]
        self.linker.set_values([one for one in many if isinstance(one, str) and one])


class ManyEditor(Editor):
    """A set of terms or of words."""

    def __init__(self, field: Field) -> None:
        self.chips = Chips(
            formatting.options(field),
            formatting.labeller(field),
            found_by=formatting.found_by(field),
        )
        super().__init__(field, self.chips)
        self.chips.changed.connect(self.edited)

    def value(self) -> Value:
        return list(self.chips.values)

    def show_value(self, value: Value) -> None:
        self.chips.set_values([str(one) for one in value] if isinstance(value, list) else [])


class RawEditor(Editor):
    """A value this version does not know: shown, kept, not edited."""

    def __init__(self, field: Field) -> None:
        self._shown = label("", "muted", wrap=True)
        super().__init__(field, self._shown)
        self._value: Value = None

    def value(self) -> Value:
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = value
        self._shown.setText(str(value))


def editor_for(field: Field, links: Links | None = None) -> Editor:
    """The editor of a field. `links`: what it may link to; without, links are only shown."""
    if field.type is Type.LINK and links is not None and field.link:
        return LinkEditor(field, links)
    if field.type is Type.DATA or field.type is Type.LINK:
        return RawEditor(field)
    if field.many:
        return ManyEditor(field)
    made: dict[Type, Callable[[Field], Editor]] = {
        Type.PARAGRAPH: ParagraphEditor,
        Type.DATE: DateEditor,
        Type.TIME: TimeEditor,
        Type.INTEGER: IntegerEditor,
        Type.FLAG: FlagEditor,
        Type.TERM: ChoiceEditor,
        Type.COUNTRY: ChoiceEditor,
        Type.LANGUAGE: ChoiceEditor,
    }
    return made.get(field.type, LineEditor)(field)


def editable(field: Field) -> bool:
    """Tells whether a form shows the field: what the program manages stays out."""
    return not (field.fixed or field.type is Type.DATA)
