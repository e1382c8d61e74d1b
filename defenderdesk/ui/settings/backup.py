"""Backups in the settings: the last one, a new one, and trying whether it comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from defenderdesk import i18n
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.passphrase import secret_line
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import (
    button,
    card,
    column,
    drawing,
    field,
    label,
    row,
    set_look,
)
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.recovery import backup, restore

OLD_DAYS = 14
"""A backup older than this is pointed out."""


class BackupCard(QWidget):
    """Says where the last backup is; makes one; rehearses one."""

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self.notice = session, notice
        self.progress = ProgressPanel()
        self.said = label("", wrap=True)
        self.where = label("", "small", wrap=True)
        self.make = button(text("Back up…"), self.pick, "", "export")
        self.test = button(text("Try the restore…"), self.pick_test, "", "check")
        self.setLayout(
            column(
                card(
                    row(drawing("usb", "accent", 22), label(text("Backup"), "heading"), None),
                    self.said,
                    self.where,
                    row(self.make, None),
                    row(self.test, None),
                    self.progress,
                )
            )
        )
        self.where.hide()
        self.load()

    def load(self) -> None:
        """Read when the last one was made."""
        self._session.operations.read(self, lambda: self._session.vault.recovery.last(), self._show)

    def _show(self, made: backup.Made | None) -> None:
        if made is None:
            said, old = text("No backup has been made yet. A laptop that is lost takes all."), True
        else:
            moment = datetime.fromtimestamp(made.created / 1000, UTC)
            said = text("Last backup: {moment}", moment=i18n.day_and_time(moment.astimezone()))
            old = (datetime.now(UTC) - moment).days >= OLD_DAYS
        self.said.setText(said)
        set_look(self.said, "look", "warning" if old else "")
        self.where.setText(f"{made.where} · {i18n.size(made.size)}" if made else "")
        self.where.setVisible(made is not None)

    # -- making one ----------------------------------------------------------------------------

    def pick(self) -> None:
        """Ask where to."""
        name = f"backup-{datetime.now():%Y-%m-%d}{backup.SUFFIX}"
        if out := Picker.ask(self, text("Back up"), "new", (backup.SUFFIX,), name):
            self.write(out)

    def write(self, out: Path) -> None:
        """Make it in the background; work goes on meanwhile."""

        def done(made: backup.Made) -> None:
            self._over()
            self._show(made)
            self.notice.say(
                text("The backup is written and was read back."),
                text(
                    "It opens with the passphrase or the recovery code of now. Keep it away from the laptop."
                ),
                "success",
            )

        self._begin(text("Writing the backup…"))
        self.progress.follow(
            self._session.operations.errand(
                self,
                lambda report: self._session.vault.recovery.write(out, report),
                done,
                self._failed,
                self.progress.advance,
            )
        )

    # -- trying one ------------------------------------------------------------------------------

    def pick_test(self) -> None:
        """Ask which one, and for what opens it."""
        source = Picker.ask(self, text("Try the restore"), "file", (backup.SUFFIX,))
        if source is None:
            return
        dialog = OpenDialog(self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.rehearse(source, dialog.way())
        dialog.wipe()
        dialog.deleteLater()

    def rehearse(self, source: Path, way: restore.Unlock) -> None:
        """Restore it into a temporary encrypted folder, verify it, remove it."""
        near = self._session.vault.profile

        def done(found: restore.Restored) -> None:
            self._over()
            if found.problems:
                first = found.problems[0]
                self.notice.say(text("The backup opens, but not all of it is sound."), first, "danger")
                return
            records = plural("{n} record", "{n} records", found.records)
            files = plural("{n} attachment", "{n} attachments", found.attachments)
            self.notice.say(
                text("The backup comes back whole: {records}, {files}.", records=records, files=files),
                text("It was restored, verified and removed again. Your work was not touched."),
                "success",
            )

        self._begin(text("Trying the restore…"))
        self.progress.follow(
            self._session.operations.errand(
                self,
                lambda report: restore.rehearse(source, near, way, report),
                done,
                self._failed,
                self.progress.advance,
            )
        )

    def _begin(self, what: str) -> None:
        self.notice.clear()
        self.make.setEnabled(False)
        self.test.setEnabled(False)
        self.progress.begin(what)

    def _over(self) -> None:
        self.progress.end()
        self.make.setEnabled(True)
        self.test.setEnabled(True)

    def _failed(self, exc: BaseException) -> None:
        self._over()
        self.notice.fail(exc)


class OpenDialog(QDialog):
    """The secret that opens a backup: its passphrase, or its recovery code."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Open the backup"))
        self.secret = secret_line()
        self.is_code = QCheckBox(text("This is the recovery code"))
        self.try_it = button(text("Try it"), self.accept, "primary")
        self.try_it.setDefault(True)
        self.try_it.setEnabled(False)
        self.secret.textChanged.connect(lambda typed: self.try_it.setEnabled(bool(typed.strip())))
        cancel = button(text("Cancel"), self.reject)
        self.setLayout(
            column(
                label(
                    text("The backup opens with the passphrase or recovery code of its day."),
                    wrap=True,
                ),
                field(text("Passphrase or recovery code"), self.secret),
                self.is_code,
                row(None, cancel, self.try_it),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(440)
        self.secret.setFocus()

    def way(self) -> restore.Unlock:
        """The way to open it."""
        return way(self.secret.text(), self.is_code.isChecked())

    def wipe(self) -> None:
        """Forget what was typed."""
        self.secret.clear()


def way(secret: str, is_code: bool) -> restore.Unlock:
    """The way to open a backup with what was typed."""
    return restore.by_code(secret) if is_code else restore.by_passphrase(secret)
