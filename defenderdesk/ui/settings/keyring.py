"""Tying the passphrase to the keyring of this computer, in the settings."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.passphrase import secret_line
from defenderdesk.ui.parts.widgets import button, column, field, label, row
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import Session


class KeyringDialog(QDialog):
    """Says what it does, asks for the passphrase. `used`: whether it is on; `name`: what the
    keyring here is called, empty where there is none that may be trusted."""

    def __init__(self, used: bool, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Keyring of this computer"))
        self.current = secret_line()
        go = text("Stop using it") if used else text("Use it")
        self.go = button(go, self.accept, "primary")
        self.go.setDefault(True)
        self._can = used or bool(name)
        if used:
            state = text("The passphrase works only with the keyring of this computer.")
        elif name:
            state = text("The passphrase works alone. The keyring here: {name}", name=name)
        else:
            state = text("No keyring that is safe enough answers on this computer.")
        self.current.textChanged.connect(lambda _: self._ready())
        cancel = button(text("Cancel"), self.reject)
        self.setLayout(
            column(
                label(text("Keyring of this computer"), "heading"),
                label(
                    text(
                        "A random secret is kept in the keyring of this computer, and the "
                        "passphrase works only together with it. Whoever copies the vault "
                        "without the keyring cannot even guess."
                    ),
                    wrap=True,
                ),
                label(
                    text(
                        "If the keyring is lost (a new computer, a reset login password), only "
                        "the recovery code opens the vault. Make sure that you have it. A duress "
                        "passphrase works without the keyring."
                    ),
                    "muted",
                    wrap=True,
                ),
                label(state, "lead", wrap=True),
                field(text("Your passphrase of now"), self.current),
                row(None, cancel, self.go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(480)
        self.current.setEnabled(self._can)
        self.current.setFocus()
        self._ready()

    def _ready(self) -> None:
        self.go.setEnabled(self._can and bool(self.current.text()))

    def wipe(self) -> None:
        """Forget what was typed."""
        self.current.clear()


class KeyringRow(QWidget):
    """The button in the settings, and what it leads to."""

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self._notice = session, notice
        self.ask = button(text("Keyring of this computer…"), self.look, "", "key")
        self.setLayout(row(self.ask, None))

    def look(self) -> None:
        """See how it stands, then ask."""
        vault = self._session.vault

        def work(_: Progress) -> tuple[bool, str]:
            from defenderdesk.vault.keys import os_keyring

            return vault.uses_keyring(), os_keyring.name()

        self._session.operations.errand(self, work, self._ask, self._notice.fail)

    def _ask(self, found: tuple[bool, str]) -> None:
        dialog = KeyringDialog(*found, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.use(not found[0], dialog.current.text())
        dialog.wipe()
        dialog.deleteLater()

    def use(self, on: bool, current: str) -> None:
        """Turn it on or off. An errand: the keyring may ask for its own password, and what is
        typed meanwhile is to be saved."""
        vault = self._session.vault

        def work(_: Progress) -> None:
            if on:
                vault.set_keyring(current)
            else:
                vault.clear_keyring(current)

        def done(_: None) -> None:
            self._notice.say(
                text("The passphrase now works only with the keyring of this computer.")
                if on
                else text("The passphrase works without the keyring."),
                text("The recovery code stays the same."),
                "success",
            )

        self._notice.say(text("Writing the keys anew…"))
        self._session.operations.errand(self, work, done, self._notice.fail)
