"""Getting a vault back from a backup, instead of making a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.passphrase import secret_line
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import button, column, field, label, row
from defenderdesk.ui.work.operations import Operations

if TYPE_CHECKING:
    from defenderdesk.vault.recovery.restore import Restored

SUFFIX = ".ddbackup"


class Restore(QWidget):
    """One page: the passphrase or code of the backup's day, then the file."""

    back = Signal()
    restored = Signal()
    """There is a vault now: it can be unlocked."""

    def __init__(self, operations: Operations, profile: Path) -> None:
        super().__init__()
        self._operations, self._profile = operations, profile
        self.notice = Notice()
        self.progress = ProgressPanel()
        self.secret = secret_line()
        self.is_code = QCheckBox(text("This is the recovery code"))
        self.start = button(text("Choose the backup…"), self.pick, "primary", "receive")
        self.start.setEnabled(False)
        self.secret.textChanged.connect(lambda typed: self.start.setEnabled(bool(typed.strip())))
        self.leave = button(text("Back"), self._leave)
        self.setLayout(
            column(
                label(text("Restore a backup"), "heading"),
                label(
                    text(
                        "Everything comes back as it was on that day. What you sent to your office "
                        "since comes back at the next exchange."
                    ),
                    "muted",
                    wrap=True,
                ),
                self.notice,
                field(
                    text("Passphrase or recovery code"),
                    self.secret,
                    text("The one that the vault had when the backup was made."),
                ),
                self.is_code,
                self.progress,
                row(self.leave, None, self.start),
                gap=Space.L,
            )
        )

    def pick(self) -> None:
        """Ask for the file."""
        if source := Picker.ask(self, text("Restore a backup"), "file", (SUFFIX,)):
            self.restore(source)

    def restore(self, source: Path) -> None:
        """Restore it in the background."""
        profile, secret, is_code = self._profile, self.secret.text(), self.is_code.isChecked()

        def work(report: object) -> Restored:
            from defenderdesk.vault.recovery import restore

            way = restore.by_code(secret) if is_code else restore.by_passphrase(secret)
            return restore.restore(source, profile, way, report)  # type: ignore[arg-type]

        def done(_: Restored) -> None:
            self.progress.end()
            self.secret.clear()
            self.restored.emit()

        def failed(exc: BaseException) -> None:
            self.progress.end()
            self.start.setEnabled(True)
            self.leave.setEnabled(True)
            self.notice.fail(exc)

        self.notice.clear()
        self.start.setEnabled(False)
        self.leave.setEnabled(False)
        self.progress.begin(text("Restoring the backup…"))
        self.progress.follow(self._operations.errand(self, work, done, failed, self.progress.advance))

    def _leave(self) -> None:
        self.secret.clear()
        self.back.emit()
