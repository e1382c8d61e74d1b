"""First run, in four steps: language, passphrase, recovery code, workspace.

The vault is made after the passphrase; when the program is closed before the last step, the next
unlock leads back to it. The recovery code is shown once and confirmed by typing two of its
groups. The workspace is made here, joined with an invitation (which needs an answer from the
office), or is a fictional one to practise with.
"""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from defenderdesk import i18n
from defenderdesk.errors import KeysMissingError
from defenderdesk.i18n import text
from defenderdesk.ui.entry.frame import framed
from defenderdesk.ui.entry.join import Join
from defenderdesk.ui.entry.restore import Restore
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.passphrase import NewPassphrase
from defenderdesk.ui.parts.widgets import button, card, column, drawing, field, label, row
from defenderdesk.ui.work.operations import Operations

if TYPE_CHECKING:
    from defenderdesk.vault import Vault
    from defenderdesk.vault.types import Info

LANGUAGE, PASSPHRASE, CODE, CHOICE, CREATE, JOIN, RESTORE = range(7)
PRACTICE = "defenderdesk.interchange.json.demo_workspace"


def practice_exists() -> bool:
    """Tells whether this installation can make a fictional workspace."""
    try:
        return importlib.util.find_spec(PRACTICE) is not None
    except ModuleNotFoundError:
        return False


class FirstRun(QWidget):
    """The steps. Give `vault` to begin at the workspace."""

    opened = Signal(object, object)  # Vault, Info
    language_chosen = Signal(str)
    restored = Signal()
    """A backup was restored: there is a vault to unlock."""

    def __init__(
        self,
        profile: Path,
        vault: Vault | None = None,
        step: int = LANGUAGE,
        unlock_seconds: float = 1.0,
    ) -> None:
        super().__init__()
        self._profile = profile
        self.vault = vault
        self._unlock_seconds = unlock_seconds
        self._code = ""
        self._groups: list[int] = []
        self.operations = Operations(self)
        self.operations.bug.connect(self._failed)
        self.notice = Notice()
        self._step = label("", "small")
        self._make_passphrase()
        self._make_code()
        self._make_create()
        self.join = Join(self.operations)
        self.join.back.connect(lambda: self.go(CHOICE))
        self.join.joined.connect(self._finish)
        self.restore = Restore(self.operations, profile)
        self.restore.back.connect(lambda: self.go(PASSPHRASE))
        self.restore.restored.connect(self.restored.emit)
        self.stack = Pages(
            self._language_page(),
            self._passphrase_page,
            self._code_page,
            self._choice_page(),
            self._create_page,
            self.join,
            self.restore,
        )
        self.setLayout(column(framed(self._step, self.notice, self.stack), gap=0))
        self.go(CHOICE if vault else step)

    def go(self, step: int) -> None:
        """Show a step."""
        self.notice.clear()
        if step == JOIN and self.vault:
            self.join.begin(self.vault)
        self.stack.turn(step)
        number = min(step, CHOICE) + 1
        said = "" if step == RESTORE else text("Step {n} of {total}", n=number, total=4)
        self._step.setText(said)
        self._step.setVisible(bool(said))
        first = {
            PASSPHRASE: self.passphrase,
            CODE: self.confirm[0],
            CREATE: self.member,
            RESTORE: self.restore.secret,
        }.get(step)
        if first:
            QTimer.singleShot(0, self, first.setFocus)
        if step == PASSPHRASE and not self.vault and (self._profile / "vault.db").exists():
            self._say_keys_are_away()

    def _say_keys_are_away(self) -> None:
        """Before somebody who has lost a file thinks that everything is gone."""
        from defenderdesk.vault.keys import creation

        try:
            creation.require_no_database(self._profile)
        except KeysMissingError as error:
            self._failed(error)

    # -- language ------------------------------------------------------------------------------

    def _language_page(self) -> QWidget:
        page = QWidget()
        layout = column(label("Welcome · Bienvenue", "heading"), gap=Space.M)
        self.languages: dict[str, QWidget] = {}
        for code, name in i18n.LANGUAGES.items():
            choice = button(name, partial(self.language_chosen.emit, code), "choice")
            self.languages[code] = choice
            layout.addWidget(choice)
        page.setLayout(layout)
        return page

    # -- passphrase ----------------------------------------------------------------------------

    def _make_passphrase(self) -> None:
        self.passphrase = NewPassphrase()
        self.make = button(text("Make the vault"), self.create_vault, "primary", "key")
        self.make.setEnabled(False)
        self.passphrase.changed.connect(lambda: self.make.setEnabled(self.passphrase.ready()))
        self.passphrase.second.returnPressed.connect(self.create_vault)
        back = button(text("Back"), lambda: self.go(LANGUAGE))
        restore = button(text("I have a backup"), lambda: self.go(RESTORE), "link")
        self._passphrase_page = QWidget()
        self._passphrase_page.setLayout(
            column(
                label(text("Choose a passphrase"), "heading"),
                label(
                    text(
                        "It encrypts everything on this laptop. Nobody can reset it for you: not "
                        "your office, not us."
                    ),
                    "muted",
                    wrap=True,
                ),
                self.passphrase,
                row(back, restore, None, self.make),
                gap=Space.L,
            )
        )

    def create_vault(self) -> None:
        """Make the vault, in the background: the key derivation is meant to be slow."""
        self.passphrase.when_measured(self._create_vault)

    def _create_vault(self) -> None:
        if not self.passphrase.ready() or not self.make.isEnabled():
            return
        profile, passphrase = self._profile, self.passphrase.value()
        seconds, language = self._unlock_seconds, i18n.language()
        self.make.setEnabled(False)
        self.make.setText(text("Making the vault…"))

        def work() -> tuple[Vault, str]:
            from defenderdesk.vault import Vault

            return Vault.create(profile, passphrase, language=language, unlock_seconds=seconds)

        def done(made: tuple[Vault, str]) -> None:
            self.vault, self._code = made
            self.passphrase.wipe()
            self.show_code(self._code)
            self.go(CODE)

        self.operations.write(self, work, done, self._failed)

    # -- recovery code -------------------------------------------------------------------------

    def _make_code(self) -> None:
        self.code = label("", "code")
        self.confirm = [QLineEdit(), QLineEdit()]
        self._asked = [label("", "label"), label("", "label")]
        self.kept = button(text("I have kept it"), self._code_kept, "primary", "check")
        self.kept.setEnabled(False)
        fields = row(gap=Space.L)
        for line, asked in zip(self.confirm, self._asked, strict=True):
            line.textChanged.connect(lambda _: self.kept.setEnabled(self._confirmed()))
            line.returnPressed.connect(self._code_kept)
            asked.setBuddy(line)
            fields.addLayout(column(asked, line, gap=Space.XS))
        self._code_page = QWidget()
        self._code_page.setLayout(
            column(
                label(text("Keep the recovery code"), "heading"),
                label(
                    text(
                        "It opens the vault when the passphrase is forgotten. Write it on paper "
                        "and keep it away from this laptop, with someone you trust."
                    ),
                    "muted",
                    wrap=True,
                ),
                card(row(drawing("key", "accent"), self.code, None)),
                label(text("To be sure, type two parts of it:"), wrap=True),
                fields,
                row(None, self.kept),
                gap=Space.L,
            )
        )

    def show_code(self, code: str) -> None:
        """Show the recovery code and ask for two of its groups."""
        self._code = code
        groups = self._code.split("-")
        self._groups = [1, len(groups) - 1] if len(groups) > 2 else [0, len(groups) - 1]
        self.code.setText(self._code)
        for asked, line, group in zip(self._asked, self.confirm, self._groups, strict=True):
            name = text("Part {n}", n=group + 1)
            asked.setText(name)
            line.setAccessibleName(name)
            line.clear()

    def _confirmed(self) -> bool:
        groups = self._code.split("-")
        typed = [line.text().strip().upper() for line in self.confirm]
        return bool(self._code) and typed == [groups[i].upper() for i in self._groups]

    def _code_kept(self) -> None:
        if not self._confirmed():
            self.notice.say(text("That is not what stands above."), kind="warning")
            return
        self._code = ""
        self.code.clear()
        for line in self.confirm:
            line.clear()
        self.go(CHOICE)

    # -- workspace -----------------------------------------------------------------------------

    def _choice_page(self) -> QWidget:
        page = QWidget()
        layout = column(
            label(text("Where do you work?"), "heading"),
            self._choice(
                "receive",
                text("Join my organisation"),
                text("You have an invitation file from your office."),
                lambda: self.go(JOIN),
            ),
            self._choice(
                "workspace",
                text("Create a workspace"),
                text("You are the first of your organisation."),
                lambda: self.go(CREATE),
            ),
            gap=Space.M,
        )
        if practice_exists():
            layout.addWidget(
                self._choice(
                    "eye",
                    text("Practise first"),
                    text("A fictional workspace to try everything in. Nothing in it is real."),
                    self.practise,
                )
            )
        page.setLayout(layout)
        return page

    def _choice(self, icon: str, name: str, about: str, chosen: Any) -> QWidget:
        made = button(f"{name}\n{about}", chosen, "choice", icon)
        made.setMinimumHeight(60)
        return made

    def _make_create(self) -> None:
        self.member, self.workspace, self.desk = QLineEdit(), QLineEdit(), QLineEdit()
        self.found = button(text("Create the workspace"), self.create_workspace, "primary", "check")
        back = button(text("Back"), lambda: self.go(CHOICE))
        self.desk.returnPressed.connect(self.create_workspace)
        self._create_page = QWidget()
        self._create_page.setLayout(
            column(
                label(text("Create a workspace"), "heading"),
                field(
                    text("Your name"),
                    self.member,
                    text("As your colleagues know you. It stands beside what you write."),
                ),
                field(text("Organisation or programme"), self.workspace),
                field(
                    text("First desk"),
                    self.desk,
                    text("A region or theme, for example Great Lakes. More can come later."),
                ),
                row(back, None, self.found),
                gap=Space.L,
            )
        )

    def create_workspace(self) -> None:
        """Create the workspace that is written."""
        member, workspace, desk = (line.text().strip() for line in (self.member, self.workspace, self.desk))
        for line, value in ((self.member, member), (self.workspace, workspace), (self.desk, desk)):
            if not value:
                self.notice.say(text("Please fill in all three."), kind="warning")
                line.setFocus()
                return
        self._found(workspace, member, desk, practise=False)

    def practise(self) -> None:
        """A fictional workspace."""
        self._found(text("Practice workspace"), text("Trainee"), text("Practice desk"), practise=True)

    def _found(self, workspace: str, member: str, desk: str, practise: bool) -> None:
        vault = self.vault
        if not vault or not self.found.isEnabled():
            return
        self.found.setEnabled(False)
        self.notice.say(text("Making the workspace…"))

        def work() -> Info:
            vault.found(workspace, member, desk)
            if practise:
                importlib.import_module(PRACTICE).fill(vault)
            return vault.info()

        self.operations.write(self, work, self._finish, self._failed)

    def _finish(self, info: Info) -> None:
        vault, self.vault = self.vault, None
        self.opened.emit(vault, info)

    def _failed(self, exc: BaseException) -> None:
        self.found.setEnabled(True)
        self.make.setText(text("Make the vault"))
        self.make.setEnabled(self.passphrase.ready())
        message, next_step = i18n.error(exc)
        self.notice.say(message, next_step, "danger")

    def end(self) -> None:
        """Close the vault when the window is closed in the middle."""
        vault = self.vault
        self.operations.close(vault.close if vault else lambda: None).wait(30)
