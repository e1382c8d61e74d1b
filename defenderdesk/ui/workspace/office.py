"""The page of what an office sets for itself: its own terms, corrected mechanisms, templates,
rules, packs.

Nothing of it needs a programmer, and all of it travels to the office's other laptops.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QDialog, QPushButton, QStackedWidget, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import kind_of
from defenderdesk.errors import UsageError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange import vocabulary_packs
from defenderdesk.ui.cases.section import Section
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import button, card, column, label, panel, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import EVERYTHING, Session, new_record
from defenderdesk.vault.types import Change, Record

KINDS = ("submitter", "mechanism", "term", "template", "rule", "policy")
_ICONS = {
    "submitter": "send",
    "mechanism": "shield",
    "term": "overview",
    "template": "note",
    "rule": "bell",
    "policy": "approval",
}


class OfficePage(QWidget):
    """The page."""

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self.links = Links(session, self)
        self.notice = Notice()
        self.progress = ProgressPanel()
        self.sections: dict[str, Section] = {}
        self._group = QButtonGroup(self)
        self.tabs: dict[str, QPushButton] = {}
        self.stack = QStackedWidget()
        tabs = FlowLayout(gap=0)
        names = {
            "submitter": text("Who submits"),
            "mechanism": text("Mechanisms"),
            "term": text("Own terms"),
            "template": text("Templates"),
            "rule": text("Warning rules"),
            "policy": text("Rules of the office"),
        }
        for kind, name in names.items():
            tab = button(name, partial(self.show_kind, kind), "tab", _ICONS[kind])
            tab.setCheckable(True)
            self._group.addButton(tab)
            self.tabs[kind] = tab
            tabs.addWidget(tab)
        load = button(text("Load a vocabulary pack…"), self.pick_pack, "", "receive")
        self._packs = label("", "muted", wrap=True)
        correct = button(text("Correct a shipped mechanism…"), self.correct, "", "shield")
        self._correct = panel(row(correct, self._problems_label(), None))
        self._pack_line = panel(row(load, self._packs, None))
        layout = column(
            label(text("Office"), "title"),
            self.notice,
            self.progress,
            panel(tabs),
            self._correct,
            self._pack_line,
            self.stack,
            gap=Space.S,
            margins=Space.XL,
        )
        layout.setStretch(6, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.show_kind("mechanism")

    def _problems_label(self) -> QWidget:
        self._problems = label("", "problem", wrap=True)
        return self._problems

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.tabs[self.kind].setFocus()

    @property
    def kind(self) -> str:
        """The list that is shown."""
        return next(kind for kind, tab in self.tabs.items() if tab.isChecked())

    def show_kind(self, kind: str) -> None:
        """Show the office's records of a kind."""
        if any(not s.form.leave() for s in self.sections.values()):
            shown = next(k for k, s in self.sections.items() if s is self.stack.currentWidget())
            self.tabs[shown].setChecked(True)
            return
        self.tabs[kind].setChecked(True)
        if kind not in self.sections:
            section = self.sections[kind] = Section(self._session, kind, self.stack, self.links)
            section.deleted.connect(self._deleted)
            section.form.failed.connect(self.notice.fail)
            self.stack.addWidget(section)
        self.stack.setCurrentWidget(self.sections[kind])
        self._correct.setVisible(kind == "mechanism")
        self._pack_line.setVisible(kind == "term")
        self.load()

    def leave(self) -> bool:
        """Save; False when something cannot be saved as it is."""
        return all(section.form.leave() for section in self.sections.values())

    def flush(self) -> None:
        """Write what was typed, now."""
        for section in self.sections.values():
            section.form.flush()

    def _news(self, change: Change) -> None:
        if self.isVisible() and ("*" in change.kinds or change.kinds & {*KINDS, "pack"}):
            self.load()

    def load(self) -> None:
        """Read them."""
        vault, kind = self._session.vault, self.kind

        def work() -> tuple[list[Record], list[str], list[tuple[str, int]]]:
            problems = [i18n.translate(p) for p in vault.office.corrected().problems]
            loaded = [(p.name, len(p.terms)) for p in vocabulary_packs.loaded(vault)]
            return vault.views.of_kind(kind), problems, loaded

        self._session.operations.read(self, work, self._show, key=f"office-{id(self)}")

    def _show(self, found: tuple[list[Record], list[str], list[tuple[str, int]]]) -> None:
        records, problems, loaded = found
        if not records or records[0].kind == self.kind:
            self.sections[self.kind].show_records("-", records)
        self._problems.setText("\n".join(problems))
        self._packs.setText(
            ", ".join(
                text("{name}: {count}", name=name, count=plural("{n} term", "{n} terms", count))
                for name, count in loaded
            )
        )

    def _deleted(self, title: str, change_set: str | None) -> None:
        session, toast = self._session, self._toast
        toast.say(
            text("Deleted: {title}", title=title),
            text("Undo"),
            lambda: session.undo_one(toast, change_set),
        )

    # -- a shipped mechanism corrected -----------------------------------------------------------

    def correct(self) -> None:
        """Ask which shipped mechanism is to be corrected."""
        dialog = _Which(self._session, self)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.choice.code:
            self.begin_correction(dialog.choice.code)
        dialog.deleteLater()

    def begin_correction(self, code: str) -> None:
        """A record that corrects a mechanism; the one there is, if there is one. Its name is not
        filled in: that would take the place of the name in every language."""
        section, vault = self.sections["mechanism"], self._session.vault
        if not section.form.leave():
            return

        def work() -> tuple[list[Record], str]:
            mechanism = vault.office.corrected().mechanisms.get(code)
            return vault.views.of_kind("mechanism"), mechanism.acronym if mechanism else ""

        def looked(found: tuple[list[Record], str]) -> None:
            records, acronym = found
            there = [r.id for r in records if r.text("code").strip() == code]
            if there:
                open_it(records, there[-1])
                return
            record, edits = new_record(vault, "mechanism", {"code": code, "acronym": acronym})
            self._session.save(self, edits, lambda _: again(record), self.notice.fail)

        def again(record: str) -> None:
            self._session.operations.read(
                self,
                lambda: vault.views.of_kind("mechanism"),
                lambda records: open_it(records, record),
            )

        def open_it(records: list[Record], record: str) -> None:
            section.show_records("-", records)
            section.choose(record)
            section.form.editors["name"].setFocus()

        self._session.operations.read(self, work, looked, self.notice.fail)

    # -- packs -----------------------------------------------------------------------------------

    def pick_pack(self) -> None:
        """Ask for a pack's file."""
        if path := Picker.ask(self, text("Load a vocabulary pack"), "file", (".csv", ".json")):
            self.load_pack(path)

    def load_pack(self, path: Path) -> None:
        """Take a pack in; a newer version takes the place of an older one."""
        vault = self._session.vault
        self.progress.begin(text("Loading the pack…"))

        def work(progress: object) -> vocabulary_packs.Loaded:
            return vocabulary_packs.load(vault, path)

        def done(found: vocabulary_packs.Loaded) -> None:
            self.progress.hide()
            self._session.tell(EVERYTHING)
            self.notice.say(
                plural("{n} term is loaded.", "{n} terms are loaded.", found.terms),
                kind="success",
            )
            self.load()

        def failed(exc: BaseException) -> None:
            self.progress.hide()
            self.notice.fail(exc)

        self._session.operations.errand(self, work, done, failed)


class _Which(QDialog):
    """Asks which shipped mechanism."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Correct a shipped mechanism"))
        field = kind_of("submission").field("mechanism")
        if field is None:
            raise UsageError(what="There is no list of mechanisms")
        options = formatting.options(field)
        self.choice = Choice(options or (list), formatting.labeller(field), None)
        self.choice.fill()
        self.choice.setAccessibleName(text("Mechanism"))
        said = label(
            text("Only what you fill in changes; the shipped rule stays readable beside it."),
            "muted",
            wrap=True,
        )
        ok = button(text("Correct it"), self.accept, "primary")
        ok.setDefault(True)
        self.setLayout(
            column(
                card(label(text("Which mechanism?"), "lead"), self.choice, said),
                row(None, button(text("Cancel"), self.reject), ok),
                gap=Space.M,
                margins=Space.L,
            )
        )
        self.resize(palette.px(520), palette.px(240))
        self.choice.setFocus()
