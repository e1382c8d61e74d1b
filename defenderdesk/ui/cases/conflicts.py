"""The conflict inbox: what two people wrote at the same time, side by side, and a person decides.

Nothing is chosen for anyone: all values stand until one is kept or another is written. Keys:
up and down in the list, 1 to 9 keep a value.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidgetItem,
    QPlainTextEdit,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.domain.kinds import DELETED, Type, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.inbox import inbox
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.parts.widgets import (
    Elided,
    EmptyState,
    button,
    card,
    column,
    empty,
    label,
    panel,
    row,
)
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.editors import Editor, editable, editor_for
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change, Conflict, Standing

_MOST = 200


def field_name(conflict: Conflict) -> str:
    """The label of the field in conflict."""
    if conflict.field == DELETED:
        return text("Deleted")
    field = kind_of(conflict.kind).field(conflict.field)
    return text(field.label) if field else conflict.field


class Conflicts(QWidget):
    """The inbox."""

    open_case = Signal(object, str, object)  # case, kind, record

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session = session
        self._toast = toast
        self._conflicts: list[Conflict] = []
        self._wanted: tuple[str, str] | None = None
        self._editor: Editor | None = None
        self._count = label("", "muted")
        self.notice = Notice()
        self.list = lines(text("Conflicts"))
        self.list.setMinimumWidth(220)
        self.list.setMaximumWidth(320)
        self.list.currentRowChanged.connect(self._chosen)
        self._heading = label("", "heading", wrap=True)
        self._where = Elided("muted")
        self._go = button(text("Go to the case"), self._open_case, "quiet", "forward")
        self._cards = QHBoxLayout()
        self._cards.setSpacing(Space.M)
        self._own = column(gap=Space.S)
        self._detail = panel(
            column(
                self._heading,
                row(self._where, self._go),
                self._cards,
                panel(self._own),
                None,
                gap=Space.M,
            )
        )
        nothing = EmptyState(
            "check",
            text("No conflict"),
            text("When two people change the same field, both values wait here for you."),
        )
        layout, self._stack = inbox(
            text("Conflicts"), self._count, self.notice, self.list, self._detail, nothing
        )
        self.setLayout(layout)
        for number in range(1, 10):
            keys = QShortcut(QKeySequence(str(number)), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(lambda n=number: self.keep(n - 1))
        session.changed.connect(self._news)
        self.load()

    def load(self) -> None:
        """Read the inbox."""
        vault = self._session.vault

        def work() -> tuple[int, list[Conflict]]:
            count = vault.conflict_count()
            return count, vault.conflicts(0, _MOST) if count else []

        self._session.operations.read(self, work, self._show, key=f"conflicts-{id(self)}")

    def _news(self, change: Change) -> None:
        self.load()

    def _show(self, found: tuple[int, list[Conflict]]) -> None:
        count, conflicts = found
        self._count.setText(plural("{n} to decide", "{n} to decide", count) if count else "")
        if conflicts == self._conflicts and not self._wanted:
            return
        before = self.current()
        chosen = self._wanted or ((before.record, before.field) if before else None)
        line = max(self.list.currentRow(), 0)
        self._conflicts = conflicts
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for conflict in conflicts:
            item = QListWidgetItem(f"{field_name(conflict)}\n{conflict.title or text('Untitled')}")
            item.setIcon(icons.icon(ICONS.get(conflict.kind, "file"), "muted"))
            item.setToolTip(conflict.title)
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self._stack.setCurrentIndex(1 if conflicts else 0)
        ids = [(conflict.record, conflict.field) for conflict in conflicts]
        if conflicts:
            place = ids.index(chosen) if chosen in ids else min(line, len(ids) - 1)
            self.list.blockSignals(True)
            self.list.setCurrentRow(place)
            self.list.blockSignals(False)
            self._chosen(place)
        self._wanted = None

    def choose(self, record: str, field: str) -> None:
        """Show the conflict of one field."""
        self._wanted = record, field
        self.load()

    def current(self) -> Conflict | None:
        """The one that is shown."""
        line = self.list.currentRow()
        return self._conflicts[line] if 0 <= line < len(self._conflicts) else None

    def _chosen(self, _line: int) -> None:
        conflict = self.current()
        empty(self._cards)
        empty(self._own)
        self._editor = None
        if not conflict:
            return
        question = text("{field}: which one is right?", field=field_name(conflict))
        if conflict.into:
            question = text(
                "Merged into {title}, and written on since: is it one with it?", title=conflict.into
            )
        elif conflict.field == DELETED:
            question = text("Deleted here, written on there: does it stay?")
        self._heading.setText(question)
        kind = text(kind_of(conflict.kind).label)
        title = conflict.title.split("\n")[0] or text("Untitled")
        self._where.setText(text("{kind}: {title}", kind=kind, title=title))
        self._go.setVisible(conflict.case is not None)
        for number, standing in enumerate(conflict.values):
            self._cards.addWidget(self._card(conflict, number, standing), 1)
        field = kind_of(conflict.kind).field(conflict.field)
        if field and editable(field):
            self._editor = editor_for(field)
            shown = next((s.value for s in conflict.values if s.shown), None)
            self._editor.show_value(shown)
            use = button(text("Use what I wrote"), self.write, "", "check")
            self._own.addWidget(label(text("Or write another"), "lead"))
            self._own.addWidget(self._editor)
            self._own.addLayout(row(use, None))

    def _card(self, conflict: Conflict, number: int, standing: Standing) -> QWidget:
        field = kind_of(conflict.kind).field(conflict.field)
        value = formatting.shown(field, standing.value)
        if conflict.field == DELETED:
            value = text("deleted it") if standing.value else text("wrote in it meanwhile")
            if conflict.into and standing.value:
                value = text("merged it into {title}", title=conflict.into)
        shown: QWidget
        if field and field.type is Type.PARAGRAPH:
            page = QPlainTextEdit(value)
            page.setReadOnly(True)
            page.setTabChangesFocus(True)
            page.setMinimumHeight(150)
            page.setAccessibleName(text("Value {n}", n=number + 1))
            shown = page
        else:
            shown = label(value or text("(empty)"), "lead", wrap=True)
        when = i18n.day_and_time(standing.author.time)
        if standing.author.clock_suspect:
            when = text("{time} (clock in doubt)", time=when)
        said = text("Keep this one ({n})", n=number + 1)
        if conflict.field == DELETED:
            goes = (
                text("Let it go there, with what was written ({n})", n=number + 1)
                if conflict.into
                else text("Delete it ({n})", n=number + 1)
            )
            said = goes if standing.value else text("Keep it ({n})", n=number + 1)
        keep = button(said, lambda: self.keep(number), "primary")
        head = row(label(standing.author.member, "lead"), None)
        if standing.shown:
            head.addWidget(label(text("shown now"), "pill"))
        return card(head, label(when, "small"), shown, None, keep)

    # -- deciding ------------------------------------------------------------------------------

    def keep(self, number: int) -> None:
        """Keep the value of that number, counted from 0."""
        conflict = self.current()
        if conflict and number < len(conflict.values):
            self._settle(conflict, conflict.values[number].value)

    def write(self) -> None:
        """Settle with what stands in the editor."""
        conflict = self.current()
        if not conflict or not self._editor:
            return
        if problem := self._editor.problem():
            self.notice.say(problem, kind="danger")
            return
        self._settle(conflict, self._editor.value())

    def _settle(self, conflict: Conflict, value: Value) -> None:
        session, toast, vault = self._session, self._toast, self._session.vault
        self.notice.clear()

        def done(change: Change) -> None:
            toast.say(
                text("Settled: {field}", field=field_name(conflict)),
                text("Undo"),
                lambda: session.undo_one(toast, change.change_set),
            )

        session.change(self, lambda: vault.settle(conflict.id, value), done, self.notice.fail)

    def _open_case(self) -> None:
        conflict = self.current()
        if conflict and conflict.case:
            self.open_case.emit(conflict.case, conflict.kind, conflict.record)

    def focus_first(self) -> None:
        """Put the cursor into the list."""
        self.list.setFocus()
