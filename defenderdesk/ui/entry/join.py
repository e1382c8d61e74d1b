"""Joining a workspace: open the invitation, write a join file, compare six words by voice, then
receive what the office sends back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from defenderdesk.errors import NoWorkspaceError
from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.verify_words import six_words
from defenderdesk.ui.parts.widgets import button, card, column, empty, field, label, row, rule
from defenderdesk.ui.work.operations import Operations, Progress
from defenderdesk.ui.workspace.page import BUNDLE, INVITATION, JOIN

if TYPE_CHECKING:
    from defenderdesk.vault import Vault
    from defenderdesk.vault.types import Info

_WORDS = "ui.join.words"
"""Setting (in the vault, encrypted): the six words, so that they can be shown again."""


class Join(QWidget):
    """Two pages: ask to join; wait for the answer."""

    back = Signal()
    joined = Signal(object)  # Info

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self._operations = operations
        self._vault: Vault | None = None
        self.notice = Notice()
        self.progress = ProgressPanel()
        self.member = QLineEdit()
        self.start = button(text("Open the invitation…"), self.pick, "primary", "receive")
        self._words = column()
        first, second = QWidget(), QWidget()
        first.setLayout(
            column(
                field(
                    text("Your name"),
                    self.member,
                    text("As your colleagues know you. It stands beside what you write."),
                ),
                row(
                    button(text("Back"), self.back.emit),
                    None,
                    button(text("Over the network…"), self.pick_online, "", "cloud"),
                    self.start,
                ),
                gap=Space.L,
            )
        )
        second.setLayout(
            column(
                label(
                    text("Read these words to your office by voice, when it has your join file:"),
                    wrap=True,
                ),
                card(self._words),
                rule(),
                label(text("When they have approved you, take in their answer."), wrap=True),
                row(
                    button(text("Another invitation…"), self._again, "quiet"),
                    None,
                    button(text("Look on the server"), self.collect, "", "cloud"),
                    button(text("Receive it…"), self.pick_answer, "primary", "receive"),
                ),
                gap=Space.L,
            )
        )
        self._stack = Pages(first, second)
        self.setLayout(
            column(
                label(text("Join my organisation"), "heading"),
                self.notice,
                self.progress,
                self._stack,
                gap=Space.M,
            )
        )

    def begin(self, vault: Vault) -> None:
        """Start, or go on where it stopped."""
        self._vault = vault

        def show(found: Any) -> None:
            if isinstance(found, list) and found:
                self._show_words([str(word) for word in found])

        self._operations.read(self, lambda: vault.setting(_WORDS), show)

    def pick(self) -> None:
        """Ask for the invitation, then where the join file goes."""
        if not self.member.text().strip():
            self.notice.say(text("Please write your name."), kind="warning")
            self.member.setFocus()
            return
        invitation = Picker.ask(self, text("Open the invitation"), "file", (INVITATION,))
        if not invitation:
            return
        name = text("join") + JOIN
        if out := Picker.ask(self, text("Save the join file"), "new", (JOIN,), name):
            self.ask(invitation, out)

    def ask(self, invitation: Path, out: Path) -> None:
        """Answer an invitation."""
        vault, member = self._vault, self.member.text().strip()
        if not vault:
            return

        def work() -> list[str]:
            from defenderdesk.sync.enrolment import join_request

            found = list(join_request.join(vault, invitation, member, out).words)
            vault.set_setting(_WORDS, list(found))
            return found

        def done(found: list[str]) -> None:
            self._show_words(found)
            self.notice.say(text("The join file is written: {name}", name=out.name), "", "success")

        self.notice.clear()
        self._operations.write(self, work, done, self.notice.fail)

    def pick_online(self) -> None:
        """Ask for the invitation, and answer it through the server that it names."""
        if not self.member.text().strip():
            self.notice.say(text("Please write your name."), kind="warning")
            self.member.setFocus()
            return
        if path := Picker.ask(self, text("Open the invitation"), "file", (INVITATION,)):
            self.ask_online(path)

    def ask_online(self, invitation: Path) -> None:
        """Answer an invitation over the network."""
        vault, member = self._vault, self.member.text().strip()
        if not vault:
            return

        def work(_: Progress) -> list[str]:
            from defenderdesk.sync.enrolment import mailbox

            found = list(mailbox.ask(vault, invitation, member).words)
            vault.set_setting(_WORDS, list(found))
            return found

        def done(found: list[str]) -> None:
            self._show_words(found)
            self.notice.say(text("Your office is asked. Read it the six words by voice."))

        self._run(text("Asking the office…"), work, done)

    def collect(self) -> None:
        """See whether the office has answered on the server."""
        vault = self._vault
        if not vault:
            return

        def work(_: Progress) -> Info:
            from defenderdesk.sync.enrolment import mailbox

            mailbox.collect(vault)
            return vault.info()

        def done(info: Info) -> None:
            if info.workspace:
                self.joined.emit(info)
            else:
                self.notice.say(text("The office has not approved yet."), kind="info")

        self._run(text("Looking on the server…"), work, done)

    def _run(self, what: str, work: Any, done: Any) -> None:
        self.progress.run(self._operations, self.notice, what, work, done)

    def _show_words(self, found: list[str]) -> None:
        empty(self._words)
        self._words.addWidget(six_words(found))
        self._stack.turn(1)

    def _again(self) -> None:
        self._stack.turn(0)
        self.member.setFocus()

    def pick_answer(self) -> None:
        """Ask for the file that the office gave."""
        path = Picker.ask(self, text("Receive it"), "file or folder", (BUNDLE,))
        if path:
            self.receive(path)

    def receive(self, path: Path) -> None:
        """Receive the first bundle."""
        vault = self._vault
        if not vault:
            return

        def work(progress: Progress) -> Info:
            from defenderdesk.sync.bundles import receiving

            receiving.receive(vault, path, progress=progress)
            info = vault.info()
            if not info.workspace:
                raise NoWorkspaceError
            vault.set_setting(_WORDS, None)
            return info

        def done(info: Info) -> None:
            self.joined.emit(info)

        self._run(text("Receiving…"), work, done)
