"""Settings of this device: language, look, locking, passphrase; and what encrypts the vault."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk import __version__, i18n
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.passphrase import NewPassphrase
from defenderdesk.ui.parts.widgets import button, card, column, drawing, field, label, row, scroll
from defenderdesk.ui.settings.attempt_limit import TriesRow
from defenderdesk.ui.settings.backup import BackupCard
from defenderdesk.ui.settings.duress import DuressDialog
from defenderdesk.ui.settings.guard_card import GuardCard
from defenderdesk.ui.settings.keyring import KeyringRow
from defenderdesk.ui.settings.recovery import HelpersCard
from defenderdesk.ui.settings.timestamps import Timestamps
from defenderdesk.ui.settings.travel import Travel
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session


class Settings(QWidget):
    """The page."""

    preferred = Signal()
    """Language, theme or size of type changed: the screens are made anew."""

    def __init__(self, session: Session, preferences: Preferences) -> None:
        super().__init__()
        self._session = session
        self._preferences = preferences
        self.notice = Notice()
        self.language = _choice(dict(i18n.LANGUAGES), preferences.language)
        self.theme = _choice(
            {
                "system": text("As the computer"),
                "light": text("Light"),
                "dark": text("Dark"),
            },
            preferences.theme,
        )
        self.text_size = _choice(
            {
                "normal": text("Normal"),
                "large": text("Large"),
                "larger": text("Larger"),
            },
            preferences.text_size,
        )
        minutes = {str(n): plural("{n} minute", "{n} minutes", n) for n in (1, 5, 15, 30, 60)}
        self.lock = _choice(minutes, str(preferences.lock_minutes))
        for choice in (self.language, self.theme, self.text_size, self.lock):
            choice.chosen.connect(self._chosen)
        self._cipher = column(gap=Space.M)
        info = session.info
        look = card(
            row(drawing("settings", "accent", 22), label(text("Screen"), "heading"), None),
            field(text("Language"), self.language),
            field(text("Theme"), self.theme),
            field(text("Size of type"), self.text_size),
        )
        safety = card(
            row(drawing("lock", "accent", 22), label(text("Safety"), "heading"), None),
            field(
                text("Lock without use after"),
                self.lock,
                text("Ctrl+L locks at once."),
            ),
            row(button(text("Change the passphrase…"), self.change_passphrase, "", "key"), None),
            row(button(text("Duress passphrase…"), self.ask_duress, "", "shield"), None),
        )
        self.keyring = KeyringRow(session, self.notice)
        self.tries = TriesRow(session, self.notice)
        for part in (self.keyring, self.tries):
            safety.layout().addWidget(part)  # type: ignore[union-attr]
        self.guards = GuardCard(session, preferences)
        about = card(
            row(drawing("shield", "accent", 22), label(text("About"), "heading"), None),
            _fact(text("Member"), info.member),
            _fact(text("Workspace"), info.workspace),
            _fact(text("DefenderDesk"), __version__),
            self._cipher,
        )
        self.timestamps = Timestamps(session)
        self.backup = BackupCard(session, self.notice)
        self.helpers = HelpersCard(session, self.notice)
        self.travel = Travel(session)
        left = column(look, self.backup, self.helpers, self.timestamps, about, None, gap=Space.L)
        right = column(safety, self.guards, self.travel, None, gap=Space.L)
        both = row(left, right, gap=Space.L)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        page = QWidget()
        page.setLayout(both)
        layout = column(
            label(text("Settings"), "title"),
            self.notice,
            scroll(page),
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)
        session.operations.read(self, session.vault.cipher_info, self._show_cipher)

    def _show_cipher(self, found: dict[str, str]) -> None:
        cipher = f"SQLCipher {found.get('cipher', '')}"
        self._cipher.addLayout(_fact(text("Encryption"), cipher))
        self._cipher.addLayout(_fact(text("Cryptography"), found.get("provider_version", "")))

    def _chosen(self) -> None:
        wanted = replace(
            self._preferences,
            language=self.language.code,
            theme=self.theme.code,
            text_size=self.text_size.code,
            lock_minutes=int(self.lock.code),
        )
        if wanted == self._preferences:
            return
        for name, value in vars(wanted).items():
            setattr(self._preferences, name, value)
        self._preferences.save(self._session.vault.profile)
        self.preferred.emit()

    def change_passphrase(self) -> None:
        """Ask for a new passphrase."""
        dialog = QDialog(self)
        dialog.setWindowTitle(text("Change the passphrase"))
        chosen = NewPassphrase()
        change = button(text("Change it"), dialog.accept, "primary")
        change.setDefault(True)
        change.setEnabled(False)
        chosen.changed.connect(lambda: change.setEnabled(chosen.ready()))
        cancel = button(text("Cancel"), dialog.reject)
        dialog.setLayout(column(chosen, row(None, cancel, change), gap=Space.L, margins=Space.XL))
        dialog.setMinimumWidth(420)
        if dialog.exec() == QDialog.DialogCode.Accepted and chosen.ready():
            self.use_passphrase(chosen.value())
        chosen.wipe()
        dialog.deleteLater()

    def use_passphrase(self, passphrase: str) -> None:
        """Change it in the background."""
        vault = self._session.vault

        def done(_: None) -> None:
            self.notice.say(
                text("The passphrase is changed."),
                text("The recovery code stays the same."),
                "success",
            )

        self.notice.say(text("Changing the passphrase…"))
        self._session.operations.write(
            self, lambda: vault.change_passphrase(passphrase), done, self.notice.fail
        )

    def ask_duress(self) -> None:
        """Set or remove the duress passphrase."""
        dialog = DuressDialog(self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.use_duress(dialog.current.text(), "" if dialog.remove else dialog.fresh.value())
        dialog.wipe()
        dialog.deleteLater()

    def use_duress(self, current: str, new: str) -> None:
        """Set it in the background; an empty one removes it."""
        vault, names = self._session.vault, (text("My work"), text("Notes"))

        def work() -> None:
            if new:
                vault.set_duress(current, new, *names)
            else:
                vault.clear_duress(current)

        def done(_: None) -> None:
            self.notice.say(
                text("The duress passphrase is set.") if new else text("There is no duress passphrase."),
                text("Your passphrase and the recovery code stay the same."),
                "success",
            )

        self.notice.say(text("Writing the keys anew…"))
        self._session.operations.write(self, work, done, self.notice.fail)

    def focus_first(self) -> None:
        """Put the cursor where one starts."""
        self.language.setFocus()


def _choice(options: dict[str, str], code: str) -> Choice:
    made = Choice(lambda: list(options.items()), lambda c: options.get(c, c), blank=None)
    made.set_code(code)
    return made


def _fact(name: str, value: str):  # type: ignore[no-untyped-def]
    shown = label(value, wrap=True)
    shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    line = row(label(name, "muted"), shown, gap=Space.L)
    line.setStretch(1, 1)
    return line
