"""A draft to a mechanism: looked at, put into the submission, or written to a Word file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from defenderdesk import i18n
from defenderdesk.domain import custody
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.errors import UsageError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.documents import drafts, word
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.types import Edit

WORD = ".docx"


def as_written(made: drafts.Draft, written: str) -> drafts.Draft:
    """A draft with the words that a person left in the window: its headings are known again."""
    if written.strip() == made.text().strip():
        return made
    headings = {f"{n}. {part.heading}": part for n, part in enumerate(made.parts, 1)}
    title, *rest = written.strip().split("\n")
    found: list[tuple[drafts.Part, list[str]]] = []
    above: list[str] = []
    for line in filter(str.strip, rest):
        if part := headings.pop(line.strip(), None):
            found.append((part, []))
        else:
            (found[-1][1] if found else above).append(line)
    if above:  # it stands before the first heading, or no heading is left
        found = found or [(drafts.Part("own", title, (), False, ()), [])]
        found[0][1][:0] = above
    parts = (replace(part, paragraphs=tuple(lines)) for part, lines in found)
    return replace(made, title=title, parts=tuple(parts))


class DraftDialog(QDialog):
    """The window."""

    def __init__(
        self,
        session: Session,
        mechanism: Mechanism,
        case: CaseFile,
        submission: Fields,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._mechanism, self._case, self._submission = mechanism, case, submission
        self._made: drafts.Draft | None = None
        self.setWindowTitle(text("Draft"))
        self.notice = Notice()
        self.language = Choice(
            lambda: [(code, i18n.language_name(code)) for code in drafts.languages(mechanism)],
            i18n.language_name,
            None,
        )
        self.language.setAccessibleName(text("Language"))
        begin = one(submission, "language") or next(iter(drafts.languages(mechanism)))
        self.language.set_code(begin)
        self.language.chosen.connect(self._speak)
        self.page = QPlainTextEdit()
        self.page.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self.page.setAccessibleName(text("Draft"))
        self._said = label("", "muted", wrap=True)
        head = row(label(text("Draft to {name}", name=mechanism.short), "heading"), None, self.language)
        foot = row(
            button(text("Save as a Word file…"), self.pick, "", "export"),
            None,
            button(text("Close"), self.reject),
            button(text("Put it into the submission"), self.keep, "primary", "check"),
        )
        layout = column(head, self._said, self.notice, self.page, foot, gap=Space.M, margins=Space.L)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.resize(palette.px(900), palette.px(680))
        self.make()

    def _speak(self) -> None:
        """Another language was chosen."""
        made = self._made
        if made is not None and self.page.toPlainText().strip() != made.text().strip():
            sentence = text("Write the draft anew? What you changed in it is then gone.")
            if not ask(self, text("Draft"), sentence, text("Write it anew"), text("Keep it")):
                self.language.set_code(made.language)
                return
        self.make()

    def make(self) -> None:
        """Write the draft anew, in the chosen language."""
        try:
            made = drafts.draft(
                self._mechanism, self._case, self._submission, date.today(), self.language.code
            )
        except UsageError as exc:
            self.notice.fail(exc)
            return
        self._made = made
        self.page.setPlainText(made.text())
        rtl = made.language.split("-")[0] in i18n.RTL
        self.page.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
        )
        lacking = drafts.lacking(made)
        parts = [
            plural(
                "{n} thing is still lacking, in brackets.",
                "{n} things are still lacking, in brackets.",
                lacking,
            )
            if lacking
            else "",
            plural(
                "{n} person stays unnamed for want of consent.",
                "{n} persons stay unnamed for want of consent.",
                made.withheld_names,
            )
            if made.withheld_names
            else "",
            text("What is marked as not to be shared is not in it."),
        ]
        self._said.setText(" ".join(part for part in parts if part))

    def keep(self) -> None:
        """Put the text, as it stands here, into the submission."""
        before = one(self._submission, "draft")
        if before and before.strip() != self.page.toPlainText().strip():
            sentence = text(
                "The submission has a text already. Replace it? The old one stays in the history."
            )
            if not ask(self, text("Draft"), sentence, text("Replace"), text("Keep the old one")):
                return
        edits = [
            Edit(str(self._submission["id"]), "draft", self.page.toPlainText().strip()),
            Edit(str(self._submission["id"]), "language", self.language.code),
        ]
        self._session.save(self, edits, lambda _: self.accept(), self.notice.fail)

    def pick(self) -> None:
        """Ask where the Word file goes."""
        name = f"{self._mechanism.short}{WORD}".replace("/", "-")
        if path := Picker.ask(self, text("Save as a Word file"), "new", (WORD,), name):
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the draft, as it stands here, as a Word file; it is then outside the vault's
        protection."""
        if self._made is None:
            return
        made = as_written(self._made, self.page.toPlainText())
        vault = self._session.vault

        case = str(self._case.case["id"])

        def work() -> None:
            act = Act(case, custody.COPIED, {}, {"name": made.title})
            with vault.approvals.giving(path, case, act=act) as given:
                given.file.write(word.docx(made))

        def done(_: None) -> None:
            self.notice.say(
                text(
                    "Saved. This copy is not protected: keep it on an encrypted stick, and "
                    "delete it when it was sent."
                ),
                kind="success",
            )

        self._session.operations.write(self, work, done, self.notice.fail)
