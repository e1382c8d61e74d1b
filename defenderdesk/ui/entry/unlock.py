"""Unlocking: the passphrase; or the recovery code or administrators, then a new passphrase.

Where the owner let wrong passphrases destroy the keys (`vault.coercion.attempt_limit`), few tries
are shown, the last one is asked about, and the end is said.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from defenderdesk import i18n
from defenderdesk.errors import WorldError
from defenderdesk.i18n import text
from defenderdesk.ui.entry.frame import framed
from defenderdesk.ui.entry.helped import Helped
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.passphrase import NewPassphrase, secret_line
from defenderdesk.ui.parts.widgets import button, column, field, label, row
from defenderdesk.ui.work.operations import Operations

if TYPE_CHECKING:
    from defenderdesk.vault import Vault
    from defenderdesk.vault.types import Info

HELP, END = 3, 4
CLOSING = 30.0
"""Seconds to wait for the vault that was locked just now to be closed."""


class Unlock(QWidget):
    """Pages: passphrase, recovery code, new passphrase after a recovery, administrators; and that
    the keys are destroyed."""

    opened = Signal(object, object)  # Vault, Info
    gone = Signal()
    """There is no vault any more, and a person has read why."""
    language_chosen = Signal(str)

    def __init__(self, profile: Path, closing: threading.Event | None = None) -> None:
        super().__init__()
        self._profile = profile
        self._closing = closing
        self._opened: tuple[Vault, Info] | None = None
        self.operations = Operations(self)
        self.notice = Notice()
        self.passphrase = secret_line()
        self.passphrase.returnPressed.connect(self.unlock)
        self.code = QLineEdit()
        self.code.returnPressed.connect(self.recover)
        self.fresh = NewPassphrase()
        self.go = button(text("Unlock"), self.unlock, "primary", "key")
        self.go_code = button(text("Unlock"), self.recover, "primary", "key")
        self.go_fresh = button(text("Use this passphrase"), self.renew, "primary", "check")
        self.go_fresh.setEnabled(False)
        self.fresh.changed.connect(lambda: self.go_fresh.setEnabled(self.fresh.ready()))
        self.untie = QCheckBox(text("Stop using the keyring of this computer"))
        self.untie.hide()
        self._with_help = False
        self.helped = Helped(self.operations, profile)
        self.helped.back.connect(lambda: self._turn(1))
        self.helped.opened.connect(self._opened_with_help)
        self.end_said = label("", wrap=True)
        self._stack = Pages(
            self._by_passphrase(), self._by_code(), self._renewal(), self.helped, self._ended()
        )
        language = Choice(lambda: list(i18n.LANGUAGES.items()), lambda c: i18n.LANGUAGES[c], None)
        language.set_code(i18n.language() if i18n.language() in i18n.LANGUAGES else "en")
        language.setAccessibleName(text("Language"))
        language.chosen.connect(lambda: self.language_chosen.emit(language.code))
        self._language = language
        self.setLayout(column(framed(self.notice, self._stack, Space.S, row(None, language, None)), gap=0))
        self.operations.bug.connect(lambda exc: self._failed(exc))
        QTimer.singleShot(0, self, self.passphrase.setFocus)
        QTimer.singleShot(0, self, self._look_at_tries)

    def _by_passphrase(self) -> QWidget:
        page = QWidget()
        other = button(text("Use the recovery code"), lambda: self._turn(1), "link")
        page.setLayout(
            column(
                label(text("Unlock"), "heading"),
                field(text("Passphrase"), self.passphrase),
                row(other, None, self.go),
                gap=Space.L,
            )
        )
        return page

    def _by_code(self) -> QWidget:
        page = QWidget()
        other = button(text("Use the passphrase"), lambda: self._turn(0), "link")
        self.ask_help = button(text("Administrators help me"), self._ask_help, "link")
        page.setLayout(
            column(
                label(text("Unlock with the recovery code"), "heading"),
                field(
                    text("Recovery code"),
                    self.code,
                    text("Spaces and capitals do not matter."),
                ),
                row(other, None, self.go_code),
                row(self.ask_help, None),
                gap=Space.L,
            )
        )
        return page

    def _renewal(self) -> QWidget:
        page = QWidget()
        later = button(text("Keep the old one"), self._finish, "link")
        page.setLayout(
            column(
                label(text("Choose a new passphrase"), "heading"),
                label(text("The vault is open. The recovery code stays the same."), "muted"),
                self.fresh,
                self.untie,
                row(later, None, self.go_fresh),
                gap=Space.L,
            )
        )
        return page

    def _ended(self) -> QWidget:
        page = QWidget()
        self.begin_anew = button(text("Begin anew"), self.gone.emit, "primary")
        page.setLayout(
            column(
                label(text("The keys are destroyed"), "heading"),
                self.end_said,
                row(None, self.begin_anew),
                gap=Space.L,
            )
        )
        return page

    def _look_at_tries(self) -> None:
        """Say how many are left, where they are few."""
        profile = self._profile

        def work() -> int | None:
            from defenderdesk.vault.coercion import attempt_limit

            return attempt_limit.left(profile)

        def done(left: int | None) -> None:
            if left is not None and self.notice.isHidden() and self._stack.current == 0:
                self.notice.say(
                    text("Tries left before the keys are destroyed: {n}.", n=left),
                    text("The recovery code opens the vault as well, and is not counted."),
                    "warning",
                )

        self.operations.read(self, work, done, self.notice.fail)

    def _turn(self, page: int) -> None:
        self.notice.clear()
        self._stack.turn(page)
        # Another language makes this screen anew; a request for help would be lost.
        self._language.setVisible(page not in (HELP, END))
        firsts = (self.passphrase, self.code, self.fresh, self.helped.save, self.begin_anew)
        firsts[page].setFocus()

    def _ask_help(self) -> None:
        self._turn(HELP)
        self.helped.begin()

    def _opened_with_help(self, vault: Vault, info: Info) -> None:
        self._opened = vault, info
        self._with_help = True
        self._offer_untying(vault.uses_keyring())
        self._turn(2)

    def _offer_untying(self, tied: bool) -> None:
        """Ticked: the keyring may be what was lost."""
        self.untie.setVisible(tied)
        self.untie.setChecked(tied)

    def _busy(self, busy: bool) -> None:
        for part in (self.go, self.go_code, self.passphrase, self.code):
            part.setEnabled(not busy)
        self.go.setText(text("Unlocking…") if busy else text("Unlock"))
        self.go_code.setText(text("Unlocking…") if busy else text("Unlock"))

    def _wait(self) -> None:
        if self._closing:
            self._closing.wait(CLOSING)

    def unlock(self) -> None:
        """Open with the passphrase that is written, unless it is the last try."""
        self._unlock(last=False)

    def _unlock(self, *, last: bool) -> None:
        passphrase, profile = self.passphrase.text(), self._profile
        if not passphrase or not self.go.isEnabled():
            return

        def work() -> tuple[Vault, Info]:
            from defenderdesk.vault import Vault

            self._wait()
            vault = Vault.open(profile, passphrase, last=last)
            return vault, vault.info()

        def done(opened: tuple[Vault, Info]) -> None:
            self._opened = opened
            self._finish()

        self._busy(True)
        self.operations.write(self, work, done, self._failed)

    def recover(self) -> None:
        """Open with the recovery code, then ask for a new passphrase."""
        code, profile = self.code.text(), self._profile
        if not code.strip() or not self.go_code.isEnabled():
            return

        def work() -> tuple[Vault, Info, bool]:
            from defenderdesk.vault import Vault

            self._wait()
            vault = Vault.open_with_recovery(profile, code)
            return vault, vault.info(), vault.uses_keyring()

        def done(opened: tuple[Vault, Info, bool]) -> None:
            self._opened = opened[:2]
            self._offer_untying(opened[2])
            self._busy(False)
            self._turn(2)

        self._busy(True)
        self.operations.write(self, work, done, self._failed)

    def renew(self) -> None:
        """Set the new passphrase."""
        self.fresh.when_measured(self._renew)

    def _renew(self) -> None:
        if not self._opened or not self.fresh.ready():
            return
        vault, passphrase = self._opened[0], self.fresh.value()
        keyring = not self.untie.isChecked()
        self.go_fresh.setEnabled(False)
        helped = self._with_help

        def work() -> None:
            from defenderdesk.sync.enrolment import recovery_requests

            if helped:  # the shares were told: there are new ones from now on
                recovery_requests.finish(vault, passphrase, keyring=keyring)
            else:
                vault.change_passphrase(passphrase, keyring=keyring)

        self.operations.write(self, work, lambda _: self._finish(), self._failed)

    def _ask_last(self) -> None:
        """Enter, or Escape, is the safe answer: nothing was tried yet."""
        sentence = text(
            "This is the last try. If this passphrase is wrong as well, the keys of this laptop "
            "are destroyed and nobody reads what is on it any more. Look at it once more with the "
            "eye; the recovery code opens the vault as well, and is not counted."
        )
        if ask(self, text("The last try"), sentence, text("Use the last try"), text("Go back")):
            self._unlock(last=True)

    def _failed(self, exc: BaseException) -> None:
        self._busy(False)
        code = getattr(exc, "code", "")
        if code == "last-try":
            self._look_at_tries()
            self.passphrase.setFocus()
            self._ask_last()
            return
        if code == "keys-destroyed":
            self.passphrase.clear()
            self.end_said.setText(" ".join(i18n.error(exc)))
            self._turn(END)
            return
        if isinstance(exc, WorldError | OSError):
            self.notice.fail(exc)
        else:
            message, next_step = i18n.error(exc)
            self.notice.say(message, next_step, "danger")
        if self._stack.current == 0:
            self.passphrase.setFocus()
            self.passphrase.selectAll()

    def _finish(self) -> None:
        self.passphrase.clear()
        self.code.clear()
        self.fresh.wipe()
        if self._opened:
            opened, self._opened = self._opened, None
            self.opened.emit(*opened)

    def end(self) -> None:
        """Close what was opened and not used (the window is closed in the middle)."""
        opened = self._opened
        self.operations.close(opened[0].close if opened else lambda: None).wait(CLOSING)
