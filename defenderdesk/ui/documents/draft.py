"""A draft to a mechanism: looked at, worked on by sections, put into the submission, or saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk import i18n
from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.mechanisms import Mechanism, consent
from defenderdesk.domain.values import Value
from defenderdesk.errors import UsageError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.documents import drafts, finishing, formats, hiding
from defenderdesk.interchange.documents.hiding import Unsure
from defenderdesk.ui.documents import sections
from defenderdesk.ui.documents.names import NamesPanel
from defenderdesk.ui.documents.sections import Sections
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change, Edit

EVERYBODY = ""


@dataclass(frozen=True)
class _Person:
    id: str
    name: str


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
        self._mechanism, self._case = mechanism, case
        self._submission: dict[str, object] = dict(submission)
        self._made: drafts.Draft | None = None
        self.setWindowTitle(text("Draft"))
        self.notice = Notice()
        self.names = NamesPanel()
        self.names.decided.connect(self.decide)
        self.language = Choice(
            lambda: [(code, i18n.language_name(code)) for code in drafts.languages(mechanism)],
            i18n.language_name,
            None,
        )
        self.language.setAccessibleName(text("Language"))
        self.language.set_code(drafts.spoken_in(mechanism, submission))
        self.language.chosen.connect(self._again)
        self._people = self._for_whom()
        names = {person.id: person.name for person in self._people}
        self.person = Choice(lambda: list(names.items()), lambda code: names.get(code, code), None)
        self.person.setAccessibleName(text("For whom"))
        self.person.set_code(self._people[0].id if self._people else EVERYBODY)
        self.person.setMinimumContentsLength(20)
        self.person.setVisible(len(self._people) > 1)
        self.person.chosen.connect(self._again)
        self._shown = self.language.code, self.person.code
        self.page = Sections()
        self.format = Choice(
            lambda: [(code, text(name)) for code, name in formats.LABELS.items()],
            lambda code: text(formats.LABELS[code]),
            None,
        )
        self.format.setAccessibleName(text("Kind of file"))
        self.format.set_code("docx")
        self._said = label("", "muted", wrap=True)
        name = label(text("Draft to {name}", name=mechanism.short), "heading")
        head = row(name, None, self.person, self.language)
        foot = row(
            button(text("Save as a file…"), self.pick, "", "export"),
            self.format,
            None,
            button(text("Close"), self.reject),
            button(text("Put it into the submission"), self.keep, "primary", "check"),
        )
        layout = column(
            head, self._said, self.notice, self.names, self.page, foot, gap=Space.M, margins=Space.L
        )
        layout.setStretch(4, 1)
        self.setLayout(layout)
        self.resize(palette.px(980), palette.px(700))
        self.make(kept=True)

    def _for_whom(self) -> list[_Person]:
        """The persons that it wants a form of each; none where one form is for all."""
        if not self._mechanism.one_person:
            return []
        people = consent.whose(self._case, self._submission)
        return [_Person(one(p, "id"), one(p, "name") or "?") for p in people]

    def _again(self) -> None:
        """Another language or person was chosen."""
        if self.page.changed():
            sentence = text("Write the draft anew? What you changed in it is then gone.")
            if not ask(self, text("Draft"), sentence, text("Write it anew"), text("Keep it")):
                language, person = self._shown
                self.language.set_code(language)
                self.person.set_code(person)
                return
        self._shown = self.language.code, self.person.code
        self.make(kept=True)

    def _written_anew(self) -> drafts.Draft:
        language, persons = self.language.code, self._persons()
        return drafts.draft(self._mechanism, self._case, self._submission, date.today(), language, persons)

    def _persons(self) -> list[str]:
        return [self.person.code] if self.person.code else []

    def make(self, kept: bool = False) -> None:
        """Write the draft anew, in the chosen language, or (`kept`) show it as it was left."""
        try:
            made = self._written_anew()
        except UsageError as exc:
            self.notice.fail(exc)
            return
        self._made = made
        left = sections.read(self._kept().get(self.person.code), made) if kept else None
        self.page.show_draft(left or made)
        self._tell()
        self.names.show_words(list(made.unsure))

    def _kept(self) -> dict[str, object]:
        found = self._submission.get("sections")
        return found if isinstance(found, dict) else {}

    def _tell(self) -> None:
        made = self._made
        if made is None:
            return
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

    # -- names -----------------------------------------------------------------------------------

    def decide(self, said: str, names: bool) -> None:
        """Keep what a person says of a word, and show the draft so."""
        written = self.page.written()
        if written is None or self._made is None:
            return
        unsure = [u for u in self._unsure(written) if u.word == said]
        own, other = (hiding.HIDDEN, hiding.KEPT) if names else (hiding.KEPT, hiding.HIDDEN)
        self._submission[own] = [*texts(self._submission, own), said]
        self._submission[other] = [w for w in texts(self._submission, other) if w != said]
        record = str(self._submission["id"])
        self._session.save(self, [Edit(record, own, said, "add")], lambda _: None, self.notice.fail)
        written = _replaced(written, unsure, names)
        self._made = replace(self._written_anew())
        self.page.show_draft(written)
        self._tell()
        self.names.show_words(self._unsure(written))

    def _unsure(self, written: drafts.Draft) -> list[Unsure]:
        return self._naming(written)[1]

    def _naming(self, written: drafts.Draft) -> tuple[list[str], list[Unsure]]:
        persons = self._persons()
        return drafts.named_in(written, self._mechanism, self._case, self._submission, date.today(), persons)

    def _may_leave(self, written: drafts.Draft) -> bool:
        """Tells whether nobody is named in it who is to stay unnamed; says so if somebody is."""
        named, unsure = self._naming(written)
        self.names.show_words(unsure)
        if named:
            words = ", ".join(named)
            self.notice.say(
                text("It names somebody who did not agree to be named: {words}", words=words),
                text("Take it out of the text, or record the consent."),
                kind="danger",
            )
        elif unsure:
            self.notice.say(
                text("Say of each word above whether it is a name; then it can be saved."), kind="warning"
            )
        return not named and not unsure

    # -- out ---------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Put the text, as it stands here, into the submission."""
        written = self.page.written()
        if written is None:
            return
        before = one(self._submission, "draft")
        plain = written.text().strip()
        if before and before.strip() != plain:
            sentence = text(
                "The submission has a text already. Replace it? The old one stays in the history."
            )
            if not ask(self, text("Draft"), sentence, text("Replace"), text("Keep the old one")):
                return
        record = str(self._submission["id"])
        left = {**self._kept(), self.person.code: sections.kept(written)}
        edits = [
            Edit(record, "draft", plain),
            Edit(record, "sections", cast(Value, left)),
            Edit(record, "language", self.language.code),
        ]
        self._session.save(self, edits, lambda _: self.accept(), self.notice.fail)

    def pick(self) -> None:
        """Ask where the file goes."""
        written = self.page.written()
        if written is None or not self._may_leave(written):
            return
        end = f".{self.format.code}"
        name = f"{self._mechanism.short}{end}".replace("/", "-")
        if path := Picker.ask(self, text("Save as a file"), "new", (end,), name):
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the draft, as it stands here, to a file, and keep it as it left; the file is then
        outside the vault's protection."""
        written = self.page.written()
        if written is None or not self._may_leave(written):
            return
        vault = self._session.vault
        case = str(self._case.case["id"])

        submission, chosen = dict(self._submission), self.format.code

        def work() -> str:
            return finishing.finish(vault, case, submission, written, path, chosen)

        def done(_: str) -> None:
            self._session.tell(Change(frozenset({"attachment"}), frozenset({case}), None))
            self.notice.say(
                text(
                    "Saved, and kept with the submission as it left. This copy is not protected: keep "
                    "it on an encrypted stick, and delete it when it was sent."
                ),
                kind="success",
            )

        self._session.operations.write(self, work, done, self.notice.fail)


def _replaced(written: drafts.Draft, decided: list[Unsure], names: bool) -> drafts.Draft:
    """A draft in which what was asked gives way to the answer."""

    def answered(said: str) -> str:
        for unsure in decided:
            said = said.replace(unsure.mark, unsure.mask if names else unsure.word)
        return said

    parts = tuple(replace(p, paragraphs=tuple(map(answered, p.paragraphs))) for p in written.parts)
    return replace(written, title=answered(written.title), parts=parts)
