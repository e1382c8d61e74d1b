"""One case: its head, its overview that saves itself, and beside it the list of its sections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QStackedWidget, QWidget

from defenderdesk.domain import withdrawal
from defenderdesk.domain.kinds import RAISED, kind_of
from defenderdesk.i18n import text
from defenderdesk.interchange.shares import exporting, recall
from defenderdesk.ui.cases.advice import Advice
from defenderdesk.ui.cases.files import Files
from defenderdesk.ui.cases.history import History
from defenderdesk.ui.cases.nav import CaseNav
from defenderdesk.ui.cases.section import Section
from defenderdesk.ui.cases.summary import Glance
from defenderdesk.ui.cases.timeline import Timeline
from defenderdesk.ui.cases.transfer import CarryDialog
from defenderdesk.ui.emergency.packages import Packages
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.parts.widgets import Elided, button, column, label, panel, row, scroll
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.form import RecordForm, show_states
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session, deletion, new_record
from defenderdesk.vault.types import Change, Edit, Record


@dataclass(frozen=True)
class _Loaded:
    case: Record
    children: dict[str, list[Record]]
    same_id_in: list[str]
    """Other desks that hold a record of its id."""
    raised: list[Record]
    """Records of visits on which it was, or is to be, raised."""

    def all(self) -> list[Record]:
        """Everything that belongs to the case."""
        return [record for records in self.children.values() for record in records]


class CaseView(QWidget):
    """A case, from the list to back."""

    back = Signal()
    conflict_pressed = Signal(object, str)
    opened = Signal(object)
    """A linked record is to be opened."""

    def __init__(self, session: Session, case: str, toast: Toast, parent: QWidget | None = None) -> None:
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
        self.links = Links(session, self)
        self.nav = CaseNav()
        self._tabs = self.nav.tabs
        self.nav.chosen.connect(self.show_section)
        self.stack = QStackedWidget()
        self._build()
        session.changed.connect(self._news)
        self.load()

    def _build(self) -> None:
        leave = button("", self.go_back, "quiet", "back", text("Back to the cases (Esc)"))
        remove = button(text("Delete the case"), self.remove, "quiet", "trash")
        carry = button("", self.ask_desk, "quiet", "desk", text("To another desk…"))
        if len(self._session.info.desks) < 2:
            carry.hide()
        head = column(
            row(leave, self.title, self.saved, carry, remove),
            row(Space.XXL + 6, self._about, None),
            gap=0,
        )
        for number in range(1, 10):
            keys = QShortcut(QKeySequence(f"Alt+{number}"), self)
            keys.activated.connect(partial(self._show_numbered, number))
        for sequence, step in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            keys = QShortcut(QKeySequence(sequence), self)
            keys.activated.connect(partial(self._step, step))
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.activated.connect(self.go_back)
        both = row(self.nav, self.stack, gap=Space.M)
        both.setStretch(1, 1)
        layout = column(head, self.notice, both, gap=Space.M, margins=Space.XL)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.glance = Glance(self._session)
        self.glance.opened.connect(self.show_section)
        inside = column(margins=Space.L)
        card = panel(inside, "card")
        self._pages["case"] = scroll(panel(column(self.glance, card, gap=Space.M)))
        self.stack.addWidget(self._pages["case"])
        # Last, into what stands already: Qt dresses a widget anew each time it changes parents.
        self.overview = RecordForm(self._session, kind_of("case"), card, self.links)
        inside.addWidget(self.overview)
        self._watch(self.overview)

    def page(self, name: str) -> QWidget:
        """A section, made when it is first shown: a form of ten fields costs 30 milliseconds."""
        if name not in self._pages:
            made: Section | Files | History | Timeline | Advice | Packages
            if name == "advice":
                made = Advice(self._session)
                made.opened.connect(self.show_section)
            elif name == "timeline":
                made = Timeline()
                made.opened.connect(self._from_timeline)
            elif name == "history":
                made = History(self._session, self.notice)
            elif name == "emergency":
                made = Packages(self._session, self.links)
            elif name == "attachment":
                made = Files(self._session)
                made.deleted.connect(self._told_deleted)
            else:
                made = self.sections[name] = Section(self._session, name, self.stack, self.links)
                self._watch(made.form)
                made.deleted.connect(self._told_deleted)
                if name == "submission":
                    made.offer(text("Check and draft"), "shield", self._advise)
                if name == "share":
                    made.offer(text("Ask for it back…"), "undo", self._ask_back)
                if name == "consent":
                    made.offer(text("Withdrawn: whom to tell"), "task", self._tell_withdrawn)
            self._pages[name] = made
            self.stack.addWidget(made)
            self._fill(name)
        return self._pages[name]

    def _fill(self, name: str) -> None:
        """Show in a section what was read."""
        page = self._pages.get(name)
        if self._loaded and isinstance(page, Section | Files):
            page.show_records(self.case, self._loaded.children.get(name, []))
        elif isinstance(page, Advice | Packages):
            if isinstance(page, Packages) or self.stack.currentWidget() is page:
                page.load(self.case)
        elif self._loaded and isinstance(page, Timeline):
            page.show_records(self._loaded.case, self._loaded.all(), self._loaded.raised)
        elif self._loaded and isinstance(page, History) and self.stack.currentWidget() is page:
            page.load([self._loaded.case, *self._loaded.all()])

    def _watch(self, form: RecordForm) -> None:
        form.state_changed.connect(lambda _: self._show_state())
        form.conflict_pressed.connect(self.conflict_pressed)
        form.opened.connect(self._open_linked)
        form.failed.connect(self.notice.fail)

    def _from_timeline(self, kind: str, record: str) -> None:
        if kind == RAISED.name:
            self.opened.emit(record)
        else:
            self.show_section(kind, record)

    def _open_linked(self, record: str) -> None:
        near = {r.id: r for r in self._loaded.all()} if self._loaded else {}
        if record in near:
            self.show_section(near[record].kind, record)
        else:
            self.opened.emit(record)

    # -- loading -------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the case and all that belongs to it."""
        vault, case = self._session.vault, self.case

        def work() -> _Loaded:
            children: dict[str, list[Record]] = {}
            for record in vault.children(case):
                children.setdefault(record.kind, []).append(record)
            return _Loaded(vault.get(case), children, vault.elsewhere(case), vault.views.raised(case))

        self._session.operations.read(self, work, self._show, key=f"case-{id(self)}")

    def _desk_of(self, case: Record) -> str:
        return next((d.name for d in self._session.info.desks if d.id == case.desk), "")

    def _show(self, loaded: _Loaded) -> None:
        self._loaded = loaded
        case = loaded.case
        if case.deleted:
            self.back.emit()
            return
        self.overview.show_record(case)
        if loaded.same_id_in:
            self.notice.say(
                text(
                    "Another record of this id stands in {desks}: somebody who knew it made one of them.",
                    desks=", ".join(loaded.same_id_in),
                ),
                text("What you write here stays in {desk}.", desk=self._desk_of(case)),
                kind="warning",
            )
        self.title.setText(formatting.title_of(case))
        kind = kind_of("case")
        desk = self._desk_of(case)
        parts = [
            case.text("reference"),
            formatting.shown(kind.field("country"), case.fields.get("country")),
            desk,
        ]
        self._about.setText(" · ".join(part for part in parts if part))
        self.links.show(loaded.all(), case.desk)
        self.glance.load(self.case)
        self.nav.count({kind: len(records) for kind, records in loaded.children.items()})
        for name in self._pages:
            self._fill(name)
        if self._wanted:
            self.show_section(*self._wanted)
            self._wanted = None

    def _news(self, change: Change) -> None:
        mine = {self.case}
        if self._loaded:
            mine |= {record.id for record in self._loaded.all()}
        forms = {form.record for form in self._forms()}
        # A record that another page or a colleague made is not among ours yet: its kind tells.
        new = change.kinds & {*self._tabs, "attachment", RAISED.name} and not change.records <= mine
        if "*" in change.kinds or change.records & (mine | forms) or new:
            self.load()

    def _show_numbered(self, number: int) -> None:
        shown = self.nav.shown()
        if number <= len(shown):
            self.show_section(shown[number - 1])

    def _step(self, step: int) -> None:
        shown = self.nav.shown()
        now = next((i for i, name in enumerate(shown) if self._tabs[name].isChecked()), 0)
        self.show_section(shown[(now + step) % len(shown)])

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
        self.nav.choose(name)
        self._tabs[name].setFocus()
        self.stack.setCurrentWidget(page)
        if isinstance(page, Section):
            page.choose(record)
            page.list.setFocus()
        elif isinstance(page, Files):
            page.choose(record)
        elif isinstance(page, Advice | Packages):
            page.load(self.case, record)
            page.list.setFocus()
        elif isinstance(page, Timeline):
            page.list.setFocus()
        elif isinstance(page, History):
            self._fill(name)

    def _advise(self, submission: str) -> None:
        """The findings of the rules about a submission's mechanism."""
        records = self._loaded.children.get("submission", []) if self._loaded else []
        mechanism = next((r.text("mechanism") for r in records if r.id == submission), "")
        self.show_section("advice", mechanism)

    def _ask_back(self, given: str) -> None:
        """Ask where the request goes, and write it: the partner opens it like a share."""
        records = self._loaded.children.get("share", []) if self._loaded else []
        if not any(r.id == given and r.text("direction") == "given" for r in records):
            self.notice.say(text("Choose a share that was given."), kind="warning")
            return
        suffix = exporting.SUFFIX
        out = Picker.ask(self, text("Save the request"), "new", (suffix,), f"recall{suffix}")
        if out:
            vault, toast = self._session.vault, self._toast
            self._session.change(
                self,
                lambda: recall.ask_back(vault, given, out),
                lambda _: toast.say(text("The request is written: {name}", name=out.name)),
                self.notice.fail,
            )

    def _tell_withdrawn(self, _consent: str) -> None:
        """A task for each mechanism that was reached before a consent was withdrawn."""
        vault, case = self._session.vault, self.case

        def work() -> Change:
            known = vault.office.corrected().mechanisms
            edits: list[Edit] = []
            for found in withdrawal.to_tell(vault.views.casefile(case)):
                body = known[found.mechanism].short if found.mechanism in known else ""
                title = text("Consent withdrawn: tell {name}", name=body or found.mechanism)
                edits += new_record(
                    vault,
                    "task",
                    {
                        "case": case,
                        "title": title,
                        "task_type": "withdrawal",
                        "status": "open",
                        "about": found.submission,
                        "due": date.today().isoformat(),
                    },
                )[1]
            asked = {task.text("title") for task in vault.children(case, "task")}
            for package in vault.emergency.all_of(case):
                title = text(
                    "Consent withdrawn: end the emergency package for {person}", person=package.title
                )
                if package.live and title not in asked:
                    edits += new_record(
                        vault,
                        "task",
                        {
                            "case": case,
                            "title": title,
                            "task_type": "withdrawal",
                            "status": "open",
                            "due": date.today().isoformat(),
                        },
                    )[1]
            return vault.save(edits) if edits else Change(frozenset(), frozenset(), None)

        def done(change: Change) -> None:
            if change.change_set:
                self.show_section("task")
            else:
                self.notice.say(text("Nobody has to be told: nothing was sent under it."))

        self._session.change(self, work, done, self.notice.fail)

    # -- saving --------------------------------------------------------------------------------

    def _forms(self) -> list[RecordForm]:
        return [self.overview, *(section.form for section in self.sections.values())]

    def flush(self) -> None:
        """Write what was typed, now."""
        for form in self._forms():
            form.flush()

    def failing(self) -> bool:
        """Tells whether something typed could not be saved."""
        return any(form.state in ("failed", "problem") for form in self._forms())

    def leave(self) -> bool:
        """Save; False, with the cursor at the spot, when something cannot be saved as it is."""
        return all(form.leave() for form in self._forms())

    def _show_state(self) -> None:
        states = {form.state for form in self._forms()}
        show_states(states, self.saved)
        if "failed" not in states:
            self.notice.clear()

    def go_back(self) -> None:
        """Save and return to the list."""
        if self.leave():
            self.back.emit()

    def remove(self) -> None:
        """Hide the case; the toast undoes. A legal hold, or a second person who has not agreed,
        stops it."""
        title, vault, case = self.title.whole(), self._session.vault, self.case

        def done(change: Change) -> None:
            self._told_deleted(title, change.change_set)

        def work() -> Change:
            used = vault.approvals.require_deletable(case)
            return vault.save([*used, *deletion(case)])

        self._session.change(self, work, done, self.notice.fail)

    def ask_desk(self) -> None:
        """Ask to which desk, then carry the case there."""
        here = self._loaded.case.desk if self._loaded else ""
        desks = [desk for desk in self._session.info.desks if desk.id != here]
        if not desks:
            return
        dialog = CarryDialog(self.title.whole(), desks, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.carry(dialog.desk.code, dialog.move_it.isChecked())
        dialog.deleteLater()

    def carry(self, desk: str, move: bool) -> None:
        """Carry the case to another desk, and say so."""
        case, toast = self.case, self._toast

        def done(_: Change) -> None:
            toast.say(text("The case is in the other desk."))

        self._session.change(
            self,
            lambda: self._session.vault.casework.carry(case, desk, move=move)[1],
            done,
            self.notice.fail,
        )

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
