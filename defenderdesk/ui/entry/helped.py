"""A locked laptop asks its administrators: a request, six words, their answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from defenderdesk import i18n
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.verify_words import six_words
from defenderdesk.ui.parts.widgets import button, card, column, empty, label, row
from defenderdesk.ui.work.operations import Operations

if TYPE_CHECKING:
    from defenderdesk.sync.enrolment.recovery_requests import Locked
    from defenderdesk.vault import Vault
    from defenderdesk.vault.types import Info

REQUEST, ANSWER = ".ddask", ".ddhelp"


class Helped(QWidget):
    """One page. The request's key lives in it only: left, it is gone, and asked anew."""

    back = Signal()
    opened = Signal(object, object)  # Vault, Info; a new passphrase is still to be asked for

    def __init__(self, operations: Operations, profile: Path) -> None:
        super().__init__()
        self._operations, self._profile = operations, profile
        self.locked: Locked | None = None
        self.notice = Notice()
        self._words = column()
        self.count = label("", "lead")
        self.save = button(text("Save the request…"), self.pick_request, "", "export")
        self.take = button(text("Open an answer…"), self.pick_answer, "primary", "receive")
        self.setLayout(
            column(
                label(text("Administrators help me"), "heading"),
                label(
                    text(
                        "Give the request to your administrators, and read these words to each of "
                        "them by voice. Leave this window open until enough have answered."
                    ),
                    "muted",
                    wrap=True,
                ),
                self.notice,
                card(self._words),
                self.count,
                row(button(text("Back"), self._leave), None, self.save, self.take),
                gap=Space.M,
            )
        )

    def begin(self) -> None:
        """A new request, in the background."""
        profile, language = self._profile, i18n.language()

        def work() -> Locked:
            from defenderdesk.sync.enrolment.recovery_requests import Locked

            return Locked.begin(profile, language)

        def done(locked: Locked) -> None:
            self.locked = locked
            self._words.addWidget(six_words(locked.words))
            self._look()

        self._forget()
        self._operations.write(self, work, done, self._failed)

    def _look(self) -> None:
        n = self.locked.lacking if self.locked else 0
        said = plural("{n} more answer is needed.", "{n} more answers are needed.", n)
        self.count.setText(said if self.locked else "")
        self.save.setEnabled(bool(self.locked))
        self.take.setEnabled(bool(self.locked))

    def pick_request(self) -> None:
        """Ask where the request goes."""
        name = f"request{REQUEST}"
        if out := Picker.ask(self, text("Save the request"), "new", (REQUEST,), name):
            self.write(out)

    def write(self, out: Path) -> None:
        """Write the request in the background."""
        if locked := self.locked:
            self._operations.write(
                self,
                lambda: locked.write(out),
                lambda _: self.notice.say(text("The request is written."), kind="success"),
                self._failed,
            )

    def pick_answer(self) -> None:
        """Ask for an answer."""
        if path := Picker.ask(self, text("Open an answer"), "file", (ANSWER,)):
            self.add(path)

    def add(self, path: Path) -> None:
        """Take an answer; open the vault when enough have answered."""
        locked = self.locked
        if not locked:
            return

        def work() -> tuple[str, tuple[Vault, Info] | None]:
            member = locked.add(path)
            if locked.lacking:
                return member, None
            vault = locked.open()
            return member, (vault, vault.info())

        def done(result: tuple[str, tuple[Vault, Info] | None]) -> None:
            member, found = result
            self._look()
            if found:
                self._forget()
                self.opened.emit(*found)
            else:
                self.notice.say(text("{member} helps.", member=member), kind="success")

        self.take.setEnabled(False)
        self._operations.write(self, work, done, self._failed)

    def _failed(self, exc: BaseException) -> None:
        self._look()
        self.notice.fail(exc)

    def _forget(self) -> None:
        self.locked = None
        self.notice.clear()
        empty(self._words)
        self._look()

    def _leave(self) -> None:
        self._forget()
        self.back.emit()
