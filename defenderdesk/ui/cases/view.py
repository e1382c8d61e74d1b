"""One case: its head, its overview that saves itself, and a tab for each section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.ui.cases import show
from defenderdesk.ui.cases.files import Files
from defenderdesk.ui.cases.form import RecordForm
from defenderdesk.ui.cases.past import History
from defenderdesk.ui.cases.section import ICONS, Section
from defenderdesk.ui.parts.blocks import (
    Elided,
    button,
    column,
    label,
    panel,
    row,
    scroll,
    set_look,
)
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.session import Session, deletion
from defenderdesk.ui.theme import Space
from defenderdesk.vault.types import Change, Record
from defenderdesk.words import text

CHILD_KINDS = ("involvement", "event", "source", "intervention", "note")


@dataclass(frozen=True)
class _Loaded:
    case: Record
    children: dict[str, list[Record]]


class CaseView(QWidget):
    """A case, from the list to back."""

    back = Signal()
    conflict_pressed = Signal(str, str)

    def __init__(
        self, session: Session, case: str, toast: Toast, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.case = case
        self._toast = toast
        self._loaded: _Loaded | None = None
        self._wanted: tuple[str, str] | None = None
        self.title = Elided("title")
        self._about = label("", "muted")
        self.saved = label(text("Saved"), "good")
        self.notice = Notice()
        self.sections: dict[str, Section] = {}
        self._pages: dict[str, QWidget] = {}
        self._tabs: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self.stack = QStackedWidget()
        self._build()
        session.changed.connect(self._news)
        self.load()

    def _build(self) -> None:
        leave = button("", self.go_back, "quiet", "back", text("Back to the cases (Esc)"))
        remove = button(text("Delete the case"), self.remove, "quiet", "trash")
        head = column(
            row(leave, self.title, self.saved, remove),
            row(Space.XXL + 6, self._about, None),
            gap=0,
        )
        tabs = FlowLayout(gap=0)  # on a narrow screen the tabs take two lines
        pages = [
            ("case", text("Overview"), "overview"),
            *((kind, text(kind_of(kind).plural), ICONS[kind]) for kind in CHILD_KINDS),
            ("attachment", text("Attachments"), "attachment"),
            ("history", text("History"), "history"),
        ]
        for number, (name, words, icon) in enumerate(pages):
            tab = button(words, partial(self.show_section, name), "tab", icon)
            tab.setCheckable(True)
            tab.setToolTip(f"Alt+{number + 1}")
            self._group.addButton(tab)
            self._tabs[name] = tab
            tabs.addWidget(tab)
            keys = QShortcut(QKeySequence(f"Alt+{number + 1}"), self)
            keys.activated.connect(partial(self.show_section, name))
        self._tabs["case"].setChecked(True)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.activated.connect(self.go_back)
        layout = column(head, self.notice, panel(tabs), self.stack, gap=Space.M, margins=Space.XL)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        inside = column(margins=Space.L)
        card = panel(inside, "card")
        self._pages["case"] = scroll(card)
        self.stack.addWidget(self._pages["case"])
        # Last, into what stands already: Qt dresses a widget anew each time it changes parents.
        self.overview = RecordForm(self._session, kind_of("case"), card)
        inside.addWidget(self.overview)
        self._watch(self.overview)

    def page(self, name: str) -> QWidget:
        """A section, made when it is first shown: a form of ten fields costs 30 milliseconds."""
        if name not in self._pages:
            made: Section | Files | History
            if name == "history":
                made = History(self._session)
            elif name == "attachment":
                made = Files(self._session)
                made.deleted.connect(self._told_deleted)
            else:
                made = self.sections[name] = Section(self._session, name, self.stack)
                self._watch(made.form)
                made.deleted.connect(self._told_deleted)
            self._pages[name] = made
            self.stack.addWidget(made)
            self._fill(name)
        return self._pages[name]

    def _fill(self, name: str) -> None:
        """Show in a section what was read."""
        page = self._pages.get(name)
        if self._loaded and isinstance(page, Section | Files):
            page.show_records(self.case, self._loaded.children.get(name, []))
        elif self._loaded and isinstance(page, History) and self.stack.currentWidget() is page:
            children = [r for records in self._loaded.children.values() for r in records]
            page.load([self._loaded.case, *children])

    def _watch(self, form: RecordForm) -> None:
        form.state_changed.connect(lambda _: self._show_state())
        form.conflict_pressed.connect(self.conflict_pressed)
        form.failed.connect(self.notice.fail)

    # -- loading -------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the case and all that belongs to it."""
        vault, case = self._session.vault, self.case

        def work() -> _Loaded:
            children: dict[str, list[Record]] = {}
            for record in vault.children(case):
                children.setdefault(record.kind, []).append(record)
            return _Loaded(vault.get(case), children)

        self._session.operations.read(self, work, self._show, key=f"case-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        self._loaded = loaded
        case = loaded.case
        if case.deleted:
            self.back.emit()
            return
        self.overview.show_record(case)
        self.title.setText(show.title_of(case))
        kind = kind_of("case")
        desk = next((d.name for d in self._session.info.desks if d.id == case.desk), "")
        parts = [
            case.text("reference"),
            show.shown(kind.field("country"), case.fields.get("country")),
            desk,
        ]
        self._about.setText(" · ".join(part for part in parts if part))
        for name in (*CHILD_KINDS, "attachment"):
            count = len(loaded.children.get(name, []))
            plural = text(kind_of(name).plural)
            self._tabs[name].setText(f"{plural} ({count})" if count else plural)
        for name in self._pages:
            self._fill(name)
        if self._wanted:
            self.show_section(*self._wanted)
            self._wanted = None

    def _news(self, change: Change) -> None:
        mine = {self.case}
        if self._loaded:
            mine |= {r.id for records in self._loaded.children.values() for r in records}
        forms = {form.record for form in self._forms()}
        if "*" in change.kinds or change.records & (mine | forms) or "attachment" in change.kinds:
            self.load()

    def show_section(self, name: str, record: str = "") -> None:
        """Go to a section, and to one of its records."""
        if self._loaded is None:
            self._wanted = (name, record)
            return
        if name not in self._tabs:
            name = "case"
        current = next(n for n, page in self._pages.items() if page is self.stack.currentWidget())
        if name != current and not self.leave():
            self._tabs[current].setChecked(True)
            return
        page = self.page(name)
        self._tabs[name].setChecked(True)
        self._tabs[name].setFocus()
        self.stack.setCurrentWidget(page)
        if isinstance(page, Section):
            page.choose(record)
            page.list.setFocus()
        elif isinstance(page, Files):
            page.choose(record)
        elif isinstance(page, History):
            self._fill(name)

    # -- saving --------------------------------------------------------------------------------

    def _forms(self) -> list[RecordForm]:
        return [self.overview, *(section.form for section in self.sections.values())]

    def flush(self) -> None:
        """Write what was typed, now."""
        for form in self._forms():
            form.flush()

    def failing(self) -> bool:
        """Whether something typed could not be saved."""
        return any(form.state in ("failed", "problem") for form in self._forms())

    def leave(self) -> bool:
        """Save; False, with the cursor at the spot, when something cannot be saved as it is."""
        return all(form.leave() for form in self._forms())

    def _show_state(self) -> None:
        states = {form.state for form in self._forms()}
        for state, words, look in (
            ("failed", text("Not saved: trying again…"), "problem"),
            ("problem", text("Not saved: see the field marked red"), "problem"),
            ("editing", text("Editing…"), "small"),
            ("saving", text("Saving…"), "small"),
            ("saved", text("Saved"), "good"),
        ):
            if state in states:
                self.saved.setText(words)
                set_look(self.saved, "look", look)
                break
        if "failed" not in states:
            self.notice.clear()

    def go_back(self) -> None:
        """Save and return to the list."""
        if self.leave():
            self.back.emit()

    def remove(self) -> None:
        """Hide the case; the toast undoes."""
        title = self.title.whole()

        def done(change: Change) -> None:
            self._told_deleted(title, change.change_set)

        self._session.save(self, deletion(self.case), done)

    def _told_deleted(self, title: str, change_set: str | None) -> None:
        session, toast = self._session, self._toast
        toast.say(
            text("Deleted: {title}", title=title),
            text("Undo"),
            lambda: session.undo_one(toast, change_set),
        )

    def focus_first(self) -> None:
        """Put the focus on the tabs, not into a field: a key pressed by mistake changes nothing."""
        QTimer.singleShot(0, self, self._tabs["case"].setFocus)
