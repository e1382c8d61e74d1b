"""The possibilities of a case: the bodies with a mandate, what speaks for and against each, what
is still lacking, and from there a submission and its draft.

Nothing is forbidden here: a rule that speaks against a step is shown with how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QListWidgetItem, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.domain import mechanisms as rules
from defenderdesk.domain.casefile import CaseFile, one
from defenderdesk.domain.deadlines import today_at
from defenderdesk.domain.mechanisms import Coverage, Finding, Mechanism, Suggestion, duplication
from defenderdesk.i18n import text
from defenderdesk.ui.documents.draft import DraftDialog
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import Fitted
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.widgets import (
    button,
    card,
    column,
    drawing,
    empty,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault.types import Change

_ID = Qt.ItemDataRole.UserRole
_LOOKS = {
    "warning": ("warning", "warning"),
    "missing": ("radio-off", "accent"),
    "unknown": ("info", "muted"),
    "fine": ("check", "success"),
}


def mark_words(mark: str) -> str:
    """The certainty of a rule."""
    return {
        "V": text("seen in a source"),
        "P": text("partly verified"),
        "U": text("unverified: check it"),
        "O": text("set by the office"),
    }.get(mark, mark)


@dataclass(frozen=True)
class _Loaded:
    case: CaseFile
    mechanisms: dict[str, Mechanism]
    suggestions: list[Suggestion]
    seized: list[str]
    prepared: list[str]
    terms: rules.Terms


class Advice(QWidget):
    """The page. `opened` is told (kind, record)."""

    opened = Signal(str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._case = ""
        self._loaded: _Loaded | None = None
        self._wanted = ""
        self.list = lines(text("Mechanisms"))
        self.list.setMinimumWidth(220)
        self.list.setMaximumWidth(320)
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self._title = label("", "heading", wrap=True)
        self._begin = button(text("Prepare a submission"), self.begin, "primary", "submission")
        self._write = button(text("Write the draft"), self.write, "", "note")
        self._page = QVBoxLayout()
        self._page.setSpacing(Space.S)
        buttons = FlowLayout(gap=Space.S)
        buttons.addWidget(self._begin)
        buttons.addWidget(self._write)
        inside = card(self._title, panel(buttons), self._page, None)
        both = row(self.list, scroll(Fitted(column(inside, gap=0))), gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 5)
        self.setLayout(column(panel(both), gap=0))

    def load(self, case: str, wanted: str = "") -> None:
        """Work out what can be done, and show `wanted` if given."""
        self._case, self._wanted = case, wanted or self._wanted
        vault = self._session.vault

        def work() -> _Loaded:
            file = vault.views.casefile(case)
            known = dict(vault.office.corrected().mechanisms)
            found = rules.suggest(file, date.today(), known)
            has = [s.mechanism for s in duplication.seizures(file) if s.mechanism in known]
            begun = [m for s in file.of("submission") if (m := one(s, "mechanism")) in known]
            seized, prepared = list(dict.fromkeys(has)), list(dict.fromkeys(begun))
            prepared = [m for m in prepared if m not in seized]
            return _Loaded(file, known, found, seized, prepared, vault.office.terms())

        self._session.operations.read(self, work, self._show, key=f"advice-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        self._loaded = loaded
        blocked = self.list.blockSignals(True)
        before = self._wanted or self.chosen()
        self.list.clear()
        taken = {*loaded.seized, *loaded.prepared}
        free = [s for s in loaded.suggestions if s.mechanism.id not in taken]
        urgent = [s.mechanism for s in free if s.urgent]
        others = [s.mechanism for s in free if not s.urgent]
        offered = {m.id for m in (*urgent, *others)} | taken
        rest = [m for m in loaded.mechanisms.values() if m.id not in offered and m.active]
        for name, part, role in (
            (text("Has the case already"), [loaded.mechanisms[i] for i in loaded.seized], "success"),
            (text("Being prepared"), [loaded.mechanisms[i] for i in loaded.prepared], "accent"),
            (text("For what is going on now"), urgent, "danger"),
            (text("Has a mandate, not seized yet"), others, "accent"),
            (text("Does not cover it"), rest, "muted"),
        ):
            if part:
                self.list.addItem(heading(name))
            for mechanism in part:
                called = mechanism.name(i18n.language())
                short = mechanism.acronym
                item = QListWidgetItem(f"{short}\n{called}" if short else called)
                item.setIcon(icons.icon("shield", role))
                item.setToolTip(called)
                item.setData(_ID, mechanism.id)
                self.list.addItem(item)
        self.list.blockSignals(blocked)
        ids = [self.list.item(i).data(_ID) for i in range(self.list.count())]
        self._wanted = ""
        if before in ids:
            self.list.setCurrentRow(ids.index(before))
        elif any(ids):
            self.list.setCurrentRow(next(i for i, one_id in enumerate(ids) if one_id))
        self._chosen(self.list.currentItem())

    def chosen(self) -> str:
        """The id of the mechanism that is shown."""
        item = self.list.currentItem()
        return str(item.data(_ID) or "") if item else ""

    # -- one mechanism -------------------------------------------------------------------------

    def _chosen(self, item: QListWidgetItem | None) -> None:
        loaded, name = self._loaded, item.data(_ID) if item else ""
        if loaded is None or not name:
            return
        mechanism = loaded.mechanisms[name]
        today = today_at(mechanism.seat, datetime.now(UTC)) if mechanism.seat else date.today()
        submission = rules.submission_to(mechanism, loaded.case)
        self._title.setText(mechanism.name(i18n.language()))
        self._begin.setEnabled(True)
        self._begin.setText(text("Go to the submission") if submission else text("Prepare a submission"))
        self._write.setVisible(submission is not None)
        empty(self._page)
        self._about(mechanism, rules.coverage(mechanism, one(loaded.case.case, "country"), today))
        suggestion = next((s for s in loaded.suggestions if s.mechanism.id == name), None)
        if suggestion:
            self._reasons(suggestion, loaded.mechanisms)
        found = rules.check(mechanism, loaded.case, today, loaded.mechanisms, submission)
        self._findings(found)
        if submission is not None:
            self._deadlines(mechanism, loaded.case, dict(submission))
        self._facts(mechanism)

    def _about(self, mechanism: Mechanism, coverage: Coverage) -> None:
        if mechanism.mandate:
            self._page.addWidget(label(text(mechanism.mandate), wrap=True))
        look = {"covered": "good", "unknown": "muted"}.get(coverage.state, "problem")
        said = label(i18n.translate(coverage.says), look, wrap=True)
        self._page.addWidget(said)
        if mechanism.corrected:
            note = text("The office changed the rules of this mechanism.")
            self._page.addWidget(label(note, "small", wrap=True))

    def _reasons(self, suggestion: Suggestion, known: dict[str, Mechanism]) -> None:
        reasons = [i18n.translate(s) for s in suggestion.reasons if s.text != suggestion.mechanism.mandate]
        if suggestion.complements:
            names = ", ".join(known[i].short for i in suggestion.complements if i in known)
            reasons.append(text("It adds to what these do: {names}", names=names))
        for sentence in reasons:
            self._line(sentence, "check", "success")
        for says in suggestion.cautions:
            self._line(i18n.translate(says), "warning", "warning")

    def _line(self, sentence: str, icon: str, role: str, mark: str = "") -> None:
        said = label(sentence, wrap=True)
        items: list[QWidget | None] = [drawing(icon, role), said]
        line = row(*items, gap=Space.S)
        line.setStretch(1, 1)
        if mark and mark != "V":
            sure = label(mark_words(mark), "pill")
            line.addWidget(sure, 0, Qt.AlignmentFlag.AlignTop)
        line.setAlignment(items[0], Qt.AlignmentFlag.AlignTop)  # type: ignore[arg-type]
        self._page.addLayout(line)

    def _findings(self, found: list[Finding]) -> None:
        names = {
            "warning": text("Speaks against it"),
            "missing": text("Still lacking"),
            "unknown": text("Cannot be told from the case"),
            "fine": text("In order"),
        }
        for level, name in names.items():
            part = [f for f in found if f.level == level]
            if not part:
                continue
            self._page.addSpacing(Space.S)
            self._page.addWidget(label(name, "lead"))
            icon, role = _LOOKS[level]
            for finding in part:
                self._line(i18n.translate(finding.says), icon, role, finding.verified)

    def _deadlines(self, mechanism: Mechanism, case: CaseFile, submission: dict[str, object]) -> None:
        assert self._loaded
        dues = rules.dues(mechanism, case, submission, self._loaded.terms)
        if not dues:
            return
        self._page.addSpacing(Space.S)
        self._page.addWidget(label(text("Its days"), "lead"))
        for due in dues:
            done = rules.is_done(due.clock, submission, due.start[0])
            day = due.on
            sentence = text("{what}: {why}", what=i18n.date(day), why=text(due.clock.label))
            if done:
                sentence += " – " + text("done")
            late = not done and day < date.today()
            icon, role = ("check", "success") if done else ("calendar", "danger" if late else "accent")
            self._line(sentence, icon, role, due.clock.verified)

    def _facts(self, mechanism: Mechanism) -> None:
        self._page.addSpacing(Space.S)
        self._page.addWidget(label(text("Its rules"), "lead"))
        languages = ", ".join(i18n.language_name(code) for code in mechanism.languages)
        for name, shown, mark in (
            (text("Who can submit"), text(mechanism.who_can_submit.text), mechanism.who_can_submit.verified),
            (text("Remedies in the country"), text(mechanism.remedies.text), mechanism.remedies.verified),
            (text("Languages"), languages, ""),
            (text("Publication"), text(mechanism.publication.text), mechanism.publication.verified),
            (text("Follow-up"), text(mechanism.follow_up.text), mechanism.follow_up.verified),
            *(
                (text("Where to send it"), " – ".join(p for p in (c.address, text(c.use)) if p), c.verified)
                for c in mechanism.channels
            ),
            (text("Note of the office"), mechanism.note, ""),
        ):
            if shown:
                said = text("{what}: {why}", what=name, why=shown)
                self._line(said, "info", "muted", mark)
        checked = mechanism.checked
        if checked:
            said = text("Rules as of {date}.", date=i18n.date(checked))
            self._page.addWidget(label(said, "small", wrap=True))

    # -- going on ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make a submission to it, or go to the one there is."""
        loaded, name = self._loaded, self.chosen()
        if loaded is None or not name:
            return
        mechanism = loaded.mechanisms[name]
        submission = rules.submission_to(mechanism, loaded.case)
        if submission is not None:
            self.opened.emit("submission", str(submission["id"]))
            return
        fields: dict[str, object] = {
            "case": self._case,
            "mechanism": name,
            "stage": "draft",
            "language": self._language(mechanism),
            "for_whom": [str(d["id"]) for d in loaded.case.defenders()],
        }
        if len(mechanism.accepts) == 1:
            fields["document"] = mechanism.accepts[0]
        record, edits = new_record(self._session.vault, "submission", fields)  # type: ignore[arg-type]
        self._begin.setEnabled(False)  # a second press would make a second one

        def show() -> None:
            self.opened.emit("submission", record)

        def done(_: Change) -> None:
            # The case that is open reads it; what is asked for after that is read after it.
            case = frozenset({self._case})
            self._session.tell(Change(frozenset({"submission"}), case, None))
            read = self._session.operations.read
            QTimer.singleShot(0, self, lambda: read(self, lambda: None, lambda _: show()))

        def failed(exc: BaseException) -> None:
            self._begin.setEnabled(True)
            self._session.operations.trouble.emit(exc)

        self._session.save(self, edits, done, failed)

    def _language(self, mechanism: Mechanism) -> str:
        own = i18n.language()
        return own if own in mechanism.languages else next(iter(mechanism.languages), "en")

    def write(self) -> None:
        """Show the draft."""
        loaded, name = self._loaded, self.chosen()
        if loaded is None or not name:
            return
        mechanism = loaded.mechanisms[name]
        submission = rules.submission_to(mechanism, loaded.case)
        if submission is None:
            return
        dialog = DraftDialog(self._session, mechanism, loaded.case, submission, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
