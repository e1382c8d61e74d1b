"""One field of a form: its name, its marks, its editor, and why it cannot be saved.

The marks: "two versions" where a conflict stands, and "not to be shared" (Ctrl+H), which no
export to others carries. The latter shows itself while the field is worked on, and for good
where it is set.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from defenderdesk.domain.kinds import Field
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, fill, label, row, set_look
from defenderdesk.ui.records.editors import Editor, LinkEditor, editor_for
from defenderdesk.ui.records.links import Links


class FieldCell(QWidget):
    """A field in a form."""

    conflict_pressed = Signal()
    withheld_pressed = Signal()
    left = Signal()
    """The focus left it."""

    def __init__(self, field: Field, links: Links | None) -> None:
        super().__init__()
        self.field = field
        self.editor: Editor = editor_for(field, links)
        self.conflict = button(
            text("Two versions: choose"), self.conflict_pressed.emit, "conflict", "conflicts"
        )
        self.conflict.hide()
        self._withheld = False
        self._sealed = False
        self.secret = button("", self.withheld_pressed.emit, "mark")
        self.secret.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.secret.setAccessibleName(text("Not to be shared"))
        self.secret.hide()
        self.said = label("", "problem", wrap=True)
        self.said.hide()
        self.doubt = label("", "warning", wrap=True)
        self.doubt.hide()
        name = label(text(field.label), "label", wrap=True, buddy=self.editor)
        head = row(name, self.secret, self.conflict, gap=Space.XS)
        head.setStretch(0, 1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.XS)
        fill(inside, [head, self.editor])
        if field.hint:
            fill(inside, [label(text(field.hint), "small", wrap=True)])
        fill(inside, [self.said, self.doubt, None])
        self.watch(self.editor)
        if isinstance(self.editor, LinkEditor):
            self.editor.linker.drawn.connect(lambda: self.watch(self.editor))

    @property
    def wide(self) -> bool:
        """True if it takes the full width of a form."""
        return self.editor.wide or self.field.name in ("title", "url", "what", "asked", "purpose")

    def watch(self, part: QWidget) -> None:
        """Follow the focus and the keys of the controls inside."""
        for one in (part, *part.findChildren(QWidget)):
            if one.focusPolicy() != Qt.FocusPolicy.NoFocus:
                one.installEventFilter(self)

    def show_withheld(self, withheld: bool) -> None:
        """Tells whether the field is marked as not to be shared."""
        self._withheld = withheld
        self._show_secret(self.editor.hasFocus())

    def _show_secret(self, focused: bool) -> None:
        self.secret.setVisible(self._withheld or (focused and self._sealed))
        if not self.secret.isVisibleTo(self):
            return
        set_look(self.secret, "set", self._withheld)
        self.secret.setIcon(icons.icon("withheld", "warning" if self._withheld else "muted"))
        self.secret.setToolTip(
            text("Not to be shared: no export carries it (Ctrl+H)")
            if self._withheld
            else text("Mark as not to be shared (Ctrl+H)")
        )

    def may_withhold(self, may: bool) -> None:
        """Tells whether the mark can be set (the record exists)."""
        self._sealed = may

    def problem(self) -> str:
        """The reason why it cannot be saved, shown below it; empty when it can."""
        problem = self.editor.problem()
        own_words = hasattr(self.editor, "dates")
        self.said.setText(problem)
        self.said.setVisible(bool(problem) and not own_words)
        return problem

    def say_doubt(self, words: str) -> None:
        """Say that what is saved here contradicts another field; empty takes it back."""
        self.doubt.setText(words)
        self.doubt.setVisible(bool(words))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.FocusIn:
            self._show_secret(True)
        elif kind == QEvent.Type.FocusOut:
            self._show_secret(False)
            self.left.emit()
        elif (
            kind == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_H
            and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        ):
            self.withheld_pressed.emit()
            return True
        return False
