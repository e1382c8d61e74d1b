"""Preparing an emergency package: for whom, what is in it, who may release it, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.bundle.emergency import SUFFIX
from defenderdesk.domain import partners
from defenderdesk.domain.casefile import CaseFile, one
from defenderdesk.domain.checkins import MOST_HOURS, Agreement
from defenderdesk.errors import UsageError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import preparing
from defenderdesk.interchange.emergency.preparing import Wish
from defenderdesk.interchange.shares import exporting
from defenderdesk.ui.exchange.partners import KeyWords
from defenderdesk.ui.exchange.share_fields import WhatLeaves
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.growing import words_of
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.record_picker import Found, Linker
from defenderdesk.ui.parts.widgets import button, card, column, field, label, panel, row, scroll
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change, Record


@dataclass(frozen=True)
class _Ground:
    """The choices that the dialog starts from."""

    file: CaseFile
    persons: list[str]
    attachments: list[Record]
    server: bool
    me: str


class Number(QWidget):
    """A whole number, typed, with what it counts behind it. Empty or wrong: the least."""

    changed = Signal()

    def __init__(self, name: str, unit: str, value: int, least: int, most: int) -> None:
        super().__init__()
        self._least, self._most = least, most
        self.line = QLineEdit(str(value) if value else "")
        self.line.setValidator(QIntValidator(least, most, self))
        self.line.setFixedWidth(palette.px(74))
        self.line.setAccessibleName(name)
        self.line.textChanged.connect(lambda _: self.changed.emit())
        self.setLayout(row(self.line, label(unit, "muted"), None))

    def value(self) -> int:
        """The number that was typed, within its bounds."""
        typed = self.line.text()
        return min(self._most, max(self._least, int(typed) if typed.isdecimal() else self._least))


def _hours(name: str, value: int, least: int = 1) -> Number:
    return Number(name, text("hours"), value, least, MOST_HOURS)


class CheckIns(QWidget):
    """The agreed check-ins, if any."""

    def __init__(self) -> None:
        super().__init__()
        self.agreed = QCheckBox(text("Check-ins were agreed"))
        self.every = _hours(text("Every"), 24)
        self.grace = _hours(text("Missed after another"), 6, 0)
        self.wait = _hours(text("This long after a missed one"), 12)
        self.days = Number(text("For"), text("days"), 0, 0, 366)
        self.days.line.setPlaceholderText("–")
        self.release = QCheckBox(text("Then it is released by itself"))
        self.said = label("", "muted", wrap=True)
        inside = column(
            row(
                field(text("Every"), self.every),
                field(text("Missed after another"), self.grace),
                None,
                gap=Space.M,
            ),
            field(text("For"), self.days, text("Empty: until further notice")),
            self.release,
            field(text("This long after a missed one"), self.wait),
            self.said,
            gap=Space.M,
        )
        self._inside = panel(inside)
        self.setLayout(column(self.agreed, self._inside, gap=Space.M))
        for box in (self.agreed, self.release):
            box.toggled.connect(lambda _: self._look())
        for number in (self.every, self.grace, self.wait, self.days):
            number.changed.connect(self._look)
        self._look()

    def _look(self) -> None:
        self._inside.setVisible(self.agreed.isChecked())
        self.wait.setEnabled(self.release.isChecked())
        hours = self.every.value() + self.grace.value()
        lines = [
            plural(
                "Colleagues are warned {n} hour after the last sign of life.",
                "Colleagues are warned {n} hours after the last sign of life.",
                hours,
            )
        ]
        if self.release.isChecked():
            lines.append(
                plural(
                    "It is released {n} hour after it, if nobody stops it with one press.",
                    "It is released {n} hours after it, if nobody stops it with one press.",
                    hours + self.wait.value(),
                )
            )
            lines.append(
                text(
                    "A laptop of a person chosen above must be unlocked and synchronise then, or "
                    "the server be one of them."
                )
            )
        self.said.setText(" ".join(lines))

    def agreement(self, session: Session) -> Agreement | None:
        """The agreement; None where nothing was."""
        if not self.agreed.isChecked():
            return None
        start = session.vault.emergency.now().replace(microsecond=0)
        days = self.days.value()
        return Agreement(
            self.every.value(),
            self.grace.value(),
            self.wait.value() if self.release.isChecked() else None,
            start,
            start + timedelta(days=days) if days else None,
        )


class Prepare(QDialog):
    """The window. `done` is told the file's name."""

    def __init__(
        self,
        session: Session,
        case: str,
        links: Links,
        done: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Prepare an emergency package"))
        self._session, self._case, self._done = session, case, done
        self._ground: _Ground | None = None
        self.notice = Notice()

        def find(typed: str, told: Callable[[Sequence[Found]], None]) -> None:
            links.find(self, ("organisation",), typed, told)

        def name(record: str, told: Callable[[Found], None]) -> None:
            links.name(self, record, told)

        self.partner = Linker(find, name, None, many=False)
        self.partner.changed.connect(self._look)
        self._words = KeyWords(session)
        self.partner.changed.connect(lambda: self._words.show_for(self.partner.values))
        self.title = QLineEdit()
        self.title.setMaxLength(200)
        self.agreed = QPlainTextEdit()
        self.agreed.setFixedHeight(palette.px(72))
        self.persons: dict[str, QCheckBox] = {}
        self._persons = QVBoxLayout()
        self._persons.setContentsMargins(0, 0, 0, 0)
        self._persons.setSpacing(0)
        self.two = QCheckBox(text("Two of them are needed"))
        self.check_ins = CheckIns()
        self.letters = QCheckBox(text("By way of the server"))
        self.timed = QCheckBox(text("The server counts as one person"))
        self.tree = WhatLeaves()
        self.tree.ticked.connect(self._look)
        self.tree.setMinimumHeight(palette.px(180))
        self.letter = QPlainTextEdit()
        self.letter.setMinimumHeight(palette.px(110))
        self.files: dict[str, QCheckBox] = {}
        self._files = QVBoxLayout()
        self._files.setContentsMargins(0, 0, 0, 0)
        self._files.setSpacing(0)
        self._files_card = panel(
            column(label(text("Files that go with it"), "label"), panel(self._files), gap=Space.XS)
        )
        self.said = label("", "muted", wrap=True)
        self.seal_button = button(text("Seal it…"), self.pick, "primary", "shield")
        for box in (self.two, self.letters, self.timed, self.check_ins.agreed, self.check_ins.release):
            box.toggled.connect(lambda _: self._look())
        for line in (self.title, self.agreed, self.letter):
            line.textChanged.connect(self._look)
        self._build()
        vault = session.vault

        def work() -> _Ground:
            record = vault.get(case)
            around = (record, *vault.children(case))
            found = [a for r in around for a in vault.children(r.id, "attachment")]
            return _Ground(
                vault.views.casefile(case),
                vault.emergency.persons(record.desk),
                list({a.id: a for a in found}.values()),
                bool(vault.setting("server")),
                vault.info().member,
            )

        session.operations.read(self, work, self._show, self.notice.fail)

    def _build(self) -> None:
        left = column(
            card(
                field(text("For whom"), self.title, text("As the partner reads it.")),
                field(text("Trusted partner"), self.partner),
                self._words,
                field(
                    text("When it is to be released"),
                    self.agreed,
                    text("As you agreed it with the person. The partner reads it."),
                ),
            ),
            card(
                label(text("Who may release it"), "label"),
                panel(self._persons),
                self.two,
            ),
            card(self.check_ins),
            card(
                self.letters,
                label(
                    text("Your server passes the release on to the partner; it cannot read it."),
                    "small",
                    wrap=True,
                ),
                self.timed,
                label(
                    text(
                        "When check-ins were missed, also if nobody in the office can be "
                        "reached. It, or a colleague, could do so early."
                    ),
                    "small",
                    wrap=True,
                ),
                gap=Space.S,
            ),
            None,
            gap=Space.M,
        )
        right = column(
            label(text("What of the case is in it"), "label"),
            self.tree,
            field(
                text("A letter to the partner"),
                self.letter,
                text(
                    "It stands in the sealed file and nowhere else: not in the case, and no "
                    "colleague can read it."
                ),
            ),
            self._files_card,
            gap=Space.M,
        )
        right.setStretch(1, 1)
        both = row(scroll(panel(left)), panel(right), gap=Space.L)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self.said.setSizePolicy(
            self.said.sizePolicy().Policy.Expanding, self.said.sizePolicy().verticalPolicy()
        )
        foot = row(self.said, button(text("Cancel"), self.reject), self.seal_button)
        foot.setStretch(0, 1)
        layout = column(self.notice, both, foot, gap=Space.M, margins=Space.L)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.resize(palette.px(1060), palette.px(720))

    def _show(self, ground: _Ground) -> None:
        self._ground = ground
        self.tree.offer(ground.file)
        for person in ground.persons:
            box = QCheckBox(person)
            box.setChecked(person == ground.me)
            box.toggled.connect(lambda _: self._look())
            self.persons[person] = box
            self._persons.addWidget(box)
        for attachment in ground.attachments:
            size = attachment.fields.get("size")
            about = f" ({i18n.size(size)})" if isinstance(size, int) else ""
            box = QCheckBox(attachment.text("name") + about)
            box.toggled.connect(lambda _: self._look())
            self.files[attachment.id] = box
            self._files.addWidget(box)
        self._files_card.setVisible(bool(self.files))
        defenders = ground.file.defenders()
        if len(defenders) == 1:
            self.title.setText(one(defenders[0], "name"))
        self.letters.setEnabled(ground.server)
        if not ground.server:
            self.letters.setToolTip(text("No server is set that could pass releases on"))
        self._look()
        self.title.setFocus()

    def holders(self) -> list[str]:
        """The persons who are ticked."""
        return [name for name, box in self.persons.items() if box.isChecked()]

    def _look(self) -> None:
        if self._ground is None:
            return
        count = len(self.holders())
        self.two.setEnabled(count >= 2)
        by_itself = self.check_ins.agreed.isChecked() and self.check_ins.release.isChecked()
        self.timed.setEnabled(self.letters.isChecked() and by_itself)
        parts = []
        chosen = self.tree.chosen()
        sound = True
        if chosen:
            try:
                made = exporting.preview(self._ground.file, chosen)
                parts.append(plural("{n} record is in it.", "{n} records are in it.", len(made.records)))
            except UsageError as error:
                parts.append(i18n.error(error)[0])
                sound = False
        files = sum(box.isChecked() for box in self.files.values())
        if self.partner.values:
            people = partners.unasked(self._ground.file, self.partner.values[0], date.today())
            if people and chosen:
                names = ", ".join(one(person, "name") or "?" for person in people)
                parts.append(text("Not asked, or did not agree: {names}.", names=names))
        if count and self.two.isChecked() and count < 2:
            parts.append(text("Choose a second person."))
            sound = False
        self.said.setText(" ".join(parts))
        holds = bool(chosen or files or words_of(self.letter).strip())
        self.seal_button.setEnabled(
            sound
            and holds
            and bool(self.partner.values)
            and count > 0
            and bool(self.title.text().strip())
            and bool(words_of(self.agreed).strip())
        )

    def wish(self) -> Wish:
        """The package that is asked for."""
        letters = self.letters.isEnabled() and self.letters.isChecked()
        timed = self.timed.isEnabled() and self.timed.isChecked()
        return Wish(
            case=self._case,
            organisation=self.partner.values[0],
            title=self.title.text().strip(),
            agreed=words_of(self.agreed).strip(),
            holders=tuple(self.holders()),
            need=2 if self.two.isChecked() and self.two.isEnabled() else 1,
            chosen=self.tree.chosen(),
            letter=words_of(self.letter).strip(),
            attachments=tuple(a for a, box in self.files.items() if box.isChecked()),
            agreement=self.check_ins.agreement(self._session),
            letters=letters,
            timed=timed,
        )

    def pick(self) -> None:
        """Ask where the file goes."""
        title = text("Save the emergency package")
        if path := Picker.ask(self, title, "new", (SUFFIX,), f"emergency{SUFFIX}"):
            self.seal(path)

    def seal(self, path: Path) -> None:
        """Write it."""
        vault, wish, told = self._session.vault, self.wish(), self._done
        self.seal_button.setEnabled(False)

        def failed(exc: BaseException) -> None:
            self.seal_button.setEnabled(True)
            self.notice.fail(exc)

        def done(_: str) -> None:
            kinds = frozenset({"emergency", "emergency_step"})
            self._session.tell(Change(kinds, frozenset({self._case}), None))
            self.accept()
            told(path.name)

        self._session.operations.write(self, lambda: preparing.prepare(vault, wish, path), done, failed)
