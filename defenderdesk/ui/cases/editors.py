"""One editor per type of field: it shows a value, says when a person changed it, and why a
value cannot be saved. `editor_for` picks by the table of `domain.kinds`."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from defenderdesk.domain.kinds import Field, Type
from defenderdesk.domain.values import MAX_TEXT, Value
from defenderdesk.ui.cases import show
from defenderdesk.ui.parts.blocks import label, set_look
from defenderdesk.ui.parts.choose import Chips, Choice
from defenderdesk.ui.parts.dates import DateLine
from defenderdesk.words import text


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
        """Whether it takes the full width of a form."""
        return self.field.many or self.field.type is Type.PARAGRAPH

    def value(self) -> Value:
        """What would be saved: None when empty, a list for a set."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show a value without saying `edited`."""
        raise NotImplementedError

    def problem(self) -> str:
        """Why the value cannot be saved; empty when it can."""
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


class IntegerEditor(LineEditor):
    """Whole numbers."""

    def value(self) -> Value:
        typed = self.line.text().strip()
        return int(typed) if typed and not self.problem() else None

    def problem(self) -> str:
        typed = self.line.text().strip()
        fine = not typed or (typed.lstrip("-").isdecimal() and len(typed) < 18)
        set_look(self.line, "problem", not fine)
        return "" if fine else text("Write a whole number.")


class _Page(QPlainTextEdit):
    """Plain text that grows with what it holds, between `least` and 16 lines."""

    def __init__(self) -> None:
        super().__init__()
        self.least = 3
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.updateGeometry)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def sizeHint(self) -> QSize:
        lines = round(self.document().size().height()) if self.width() > 60 else self.least
        line = self.fontMetrics().lineSpacing()
        return QSize(300, min(max(lines, self.least), 16) * line + 18)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 3 * self.fontMetrics().lineSpacing() + 18)


class ParagraphEditor(Editor):
    """Longer text."""

    def __init__(self, field: Field) -> None:
        self.page = _Page()
        super().__init__(field, self.page)
        self._quiet = False
        self.page.textChanged.connect(self._typed)

    def _typed(self) -> None:
        if not self._quiet:
            self.edited.emit()

    def value(self) -> Value:
        return self.page.toPlainText().strip() or None

    def show_value(self, value: Value) -> None:
        self._quiet = True
        self.page.setPlainText("" if value is None else str(value))
        self._quiet = False

    def problem(self) -> str:
        if len(self.page.toPlainText()) <= MAX_TEXT:
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
        choices = show.options(field)
        assert choices
        self.choice = Choice(choices, show.labeller(field))
        super().__init__(field, self.choice)
        self.choice.chosen.connect(self.edited)

    def value(self) -> Value:
        return self.choice.code or None

    def show_value(self, value: Value) -> None:
        self.choice.set_code("" if value is None else str(value))

    def problem(self) -> str:
        return text("This is not in the list.") if self.choice.unknown() else ""


class ManyEditor(Editor):
    """A set of terms or of words."""

    def __init__(self, field: Field) -> None:
        self.chips = Chips(show.options(field), show.labeller(field))
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


def editor_for(field: Field) -> Editor:
    """The editor of a field."""
    if field.type is Type.DATA or field.type is Type.LINK:
        return RawEditor(field)
    if field.many:
        return ManyEditor(field)
    if field.type is Type.PARAGRAPH:
        return ParagraphEditor(field)
    if field.type is Type.DATE:
        return DateEditor(field)
    if field.type is Type.INTEGER:
        return IntegerEditor(field)
    if field.type in (Type.TERM, Type.COUNTRY, Type.LANGUAGE):
        return ChoiceEditor(field)
    return LineEditor(field)


def editable(field: Field) -> bool:
    """Whether a form shows the field: links and what the program manages stay out."""
    return field.type not in (Type.LINK, Type.DATA) and field.name != "position"
