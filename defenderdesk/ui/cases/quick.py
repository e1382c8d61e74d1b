"""Quick entry: one case with its defender, what happened and who told us, in one window and one
save. Keyboard only: Tab goes on, Ctrl+Enter saves, Esc leaves (and asks when something is
written). Dates take "today"; nothing but the name or what happened is needed.

The fields are those marked `quick` in `domain.kinds`.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from defenderdesk.domain import questions
from defenderdesk.domain.kinds import kind_of
from defenderdesk.domain.values import Value
from defenderdesk.i18n import text
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import (
    Elided,
    button,
    card,
    column,
    drawing,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.duplicates import Asked, Known
from defenderdesk.ui.records.editors import Editor, LineEditor, ParagraphEditor, editor_for
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault.types import Change, Edit, fields_of

ORDER = ("involvement", "event", "case", "source")
"""The kinds in the order a person tells it: who, what, how urgent, from whom."""

_WIDE = {"event": ("acts", "description", "perpetrators"), "case": ("title",)}


class QuickEntry(QDialog):
    """The window."""

    recorded = Signal(object, str)  # the new case, and the change set that made it

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("New case"))
        self._session = session
        self._saving = False
        self.editors: dict[tuple[str, str], Editor] = {}
        self.notice = Notice()
        headings = {
            "involvement": ("defender", text("Who is at risk")),
            "event": ("event", text("What happened")),
            "case": ("cases", text("The case")),
            "source": ("source", text("Who told us")),
        }
        self.person = ""
        self.known = Known(session)
        self.known.chosen.connect(self._link)
        self.asked = Asked()
        cards = {kind: self._card(kind, *headings[kind]) for kind in ORDER}
        self.desk = DeskChoice(session)
        self.desk.set_code(session.last_desk)
        desk = row(label(text("Desk"), "label", buddy=self.desk), self.desk)
        desk_shown = panel(desk)
        self.desk.hide_with(desk_shown)
        left = column(cards["involvement"], cards["case"], cards["source"], None, gap=Space.M)
        right = column(cards["event"], self.asked, None, gap=Space.M)
        both = row(panel(left), panel(right), gap=Space.M)
        both.setStretch(0, 4)
        both.setStretch(1, 5)
        self.save_button = button(text("Save the case"), self.save, "primary", "check")
        self.save_button.setToolTip("Ctrl+Enter")
        cancel = button(text("Cancel"), self.reject)
        hint = Elided("muted")
        hint.setText(text("Tab: next field. Ctrl+Enter: save. Esc: leave."))
        foot = row(hint, desk_shown, cancel, self.save_button)
        content = panel(both)
        layout = column(self.notice, scroll(content), foot, gap=Space.M, margins=Space.L)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.resize(palette.px(960), min(palette.px(660), 700))
        for keys in ("Ctrl+Return", "Ctrl+Enter", "Ctrl+S"):
            QShortcut(QKeySequence(keys), self, self.save)
        self._suggest()
        self._order_of_tab()
        self.editors["involvement", "name"].setFocus()

    def _card(self, kind_name: str, icon: str, heading: str) -> QWidget:
        kind = kind_of(kind_name)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        line, place = 0, 0
        for field in (f for f in kind.fields if f.quick):
            editor = editor_for(field)
            editor.edited.connect(self._suggest)
            if isinstance(editor, ParagraphEditor):
                editor.page.least = 9
            self.editors[kind_name, field.name] = editor
            cell = column(label(text(field.label), "label", buddy=editor), editor, gap=2)
            if (kind_name, field.name) == ("involvement", "name"):
                cell.addWidget(self.known)
                editor.edited.connect(self._typed_name)
            if (kind_name, field.name) == ("event", "acts"):
                editor.edited.connect(self._ask)
            wide = field.name in _WIDE.get(kind_name, ()) or field.name == "name"
            if wide and place:
                line, place = line + 1, 0
            grid.addLayout(cell, line, place, 1, 2 if wide else 1)
            line, place = (line + 1, 0) if wide or place else (line, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return card(row(drawing(icon, "accent"), label(heading, "lead"), None), grid, gap=Space.S)

    def _typed_name(self) -> None:
        self.person = ""
        self.known.look(str(self.editors["involvement", "name"].value() or ""))

    def _link(self, record: str, _kind: str, name: str) -> None:
        """The person is known: their record is linked, no second one is made."""
        self.person = record
        self.editors["involvement", "name"].show_value(name)
        self.known.look("")
        self.notice.say(text("{name} is linked.", name=name), kind="success")
        self._suggest()

    def _ask(self) -> None:
        acts = self.editors["event", "acts"].value()
        vault = self._session.vault
        codes = [str(act) for act in acts] if isinstance(acts, list) else []

        def work() -> list[str]:
            templates = [fields_of(record) for record in vault.views.of_kind("template")]
            return questions.questions(codes, vault.office.vocabulary(), templates)

        def told(found: list[str]) -> None:
            self.asked.show_questions([text(question) for question in found])

        self._session.operations.read(self, work, told, key=f"asked-{id(self)}")

    def _order_of_tab(self) -> None:
        order = [e for kind in ORDER for (k, _), e in self.editors.items() if k == kind]
        controls: list[QWidget] = [innermost(editor) for editor in order]
        controls += [self.desk, self.save_button]
        for before, after in pairwise(controls):
            QWidget.setTabOrder(before, after)

    # -- what was written ----------------------------------------------------------------------

    def written(self, kind: str) -> dict[str, Value]:
        """The fields of one kind that hold something."""
        found = {name: e.value() for (k, name), e in self.editors.items() if k == kind}
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def suggested_title(self) -> str:
        """A title out of who and what, for when none is written."""
        who = self.written("involvement")
        name = str(who.get("name") or who.get("organisation") or "")
        acts = self.written("event").get("acts")
        field = kind_of("event").field("acts")
        what = formatting.shown(field, acts[0]) if isinstance(acts, list) and acts else ""
        if name and what:
            return text("{name}: {act}", name=name, act=what)
        return name or what

    def _suggest(self) -> None:
        title = self.editors["case", "title"]
        assert isinstance(title, LineEditor)
        title.line.setPlaceholderText(self.suggested_title())

    def anything(self) -> bool:
        """Tells whether something is written."""
        return any(self.written(kind) for kind in ORDER)

    def save(self) -> None:
        """Write it all as one change set."""
        if self._saving:
            return
        focused = self.focusWidget()
        self.save_button.setFocus()  # what stands in a field half chosen is taken
        for editor in self.editors.values():
            if problem := editor.problem():
                self.notice.say(problem, kind="danger")
                editor.setFocus()
                return
        case, edits = self._edits()
        if not case:
            self.notice.say(
                text("Write a name, or what happened."),
                text("Everything else can be added later."),
                "warning",
            )
            (focused or self).setFocus()
            return
        self._saving = True
        self.save_button.setEnabled(False)
        desk = self.desk.code

        def done(change: Change) -> None:
            self._saving = False
            self._session.last_desk = desk
            self.recorded.emit(case, change.change_set or "")
            self.accept()

        def failed(exc: BaseException) -> None:
            self._saving = False
            self.save_button.setEnabled(True)
            self.notice.fail(exc)

        self._session.save(self, edits, done, failed, desk or None)

    def _edits(self, untitled: str = "") -> tuple[str, list[Edit]]:
        """(case, edits) of what is written; ("", []) when it has no title."""
        case_fields = self.written("case")
        happened = str(self.written("event").get("description") or "")
        title = str(case_fields.get("title") or self.suggested_title())
        title = title or happened.split("\n")[0][:80] or untitled
        if not title:
            return "", []
        vault = self._session.vault
        case, edits = new_record(vault, "case", {"status": "open", **case_fields, "title": title})
        for kind in ("involvement", "event", "source"):
            if fields := self.written(kind):
                if kind == "involvement":
                    fields["part"] = "defender"
                    if self.person:
                        fields["person"] = self.person
                edits += new_record(vault, kind, {"case": case, **fields})[1]
        return case, edits

    def keep(self) -> None:
        """Save what is written, as far as it goes: the vault is being locked."""
        if self.anything() and not self._saving:
            self._saving = True
            _, edits = self._edits(text("Untitled"))
            self._session.save(self._session, edits, desk=self.desk.code or None)

    def reject(self) -> None:
        """Leave; ask first when something is written."""
        if self.anything() and not self._saving:
            sentence = text("Leave without saving what is written?")
            leave = text("Leave without saving")
            if not ask(self, text("New case"), sentence, leave, text("Go on writing")):
                return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.reject()


def innermost(widget: QWidget) -> QWidget:
    """The control that takes the focus for a widget."""
    while (proxy := widget.focusProxy()) is not None:
        widget = proxy
    return widget
