"""The card for what a colleague or a partner brought: bundles, a share, an emergency package or its
release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from defenderdesk import i18n
from defenderdesk.bundle import emergency
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import escrow
from defenderdesk.interchange.shares import exporting, importing, received
from defenderdesk.ui.exchange.escrow import KeepDialog, take_release
from defenderdesk.ui.exchange.partners import TakeShare
from defenderdesk.ui.exchange.recall import GiveBack
from defenderdesk.ui.exchange.task_card import Errand, conflict_words
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.widgets import button, row
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session

BUNDLE = ".ddbundle"


class Receive(Errand):
    """The card for what a colleague brought."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            "receive",
            text("Receive"),
            text(
                "A bundle or a folder of bundles that a colleague brought, or a partner's share. "
                "Or drop it here."
            ),
        )
        self.start = button(text("Receive…"), self.pick, "primary", "receive")
        self.body.addLayout(row(self.start, None))

    def pick(self) -> None:
        """Ask for the file or folder, and go."""
        kinds = (BUNDLE, exporting.SUFFIX, emergency.SUFFIX, emergency.RELEASE_SUFFIX)
        path = Picker.ask(self, text("Receive"), "file or folder", kinds)
        if path:
            self.go(path)

    def go(self, path: Path) -> None:
        """Receive a bundle, all bundles of a folder, or look at a partner's share."""
        vault = self.session.vault
        if path.suffix == emergency.SUFFIX:
            self.session.operations.read(
                self,
                lambda: escrow.look(vault, path),
                lambda package: self._look_at_package(path, package),
                self.notice.fail,
            )
            return
        if path.suffix == emergency.RELEASE_SUFFIX:
            take_release(self.session, self, path, self._released, self.notice.fail)
            return
        if path.suffix == exporting.SUFFIX:
            self.session.operations.read(
                self, lambda: importing.open_share(vault, path), self.look_at, self.notice.fail
            )
            return

        def work(progress: Progress) -> Any:
            from defenderdesk.sync.bundles import receiving

            return receiving.receive(vault, path, progress=progress)

        self.run(text("Receiving…"), work, self._done)

    def _look_at_package(self, path: Path, package: emergency.Package) -> None:
        dialog = KeepDialog(self.session, path, package, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = text("It is kept. Agree a drill with the partner.")
        dialog.accepted.connect(lambda: self.notice.say(said, kind="success"))
        dialog.open()

    def _released(self, count: int) -> None:
        if count:
            self.notice.say(text("Something has come: look above."), kind="success")
        else:
            self.notice.say(text("Nothing new: you had all of it."), kind="info")

    def look_at(self, received: received.Received) -> None:
        """Show a partner's share before anything of it is taken in."""
        dialog: QDialog
        if received.recalls:
            dialog, said = GiveBack(self.session, received, self), text("It is erased here.")
        else:
            dialog = TakeShare(self.session, received, self)
            said = text("The case is among yours now.")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.notice.say(said, kind="success"))
        dialog.open()

    def _done(self, report: Any) -> None:
        if not report.changes and not report.attachments:
            message = (
                text("Nothing new: you had all of it.")
                if report.bundles
                else text("There is no bundle here.")
            )
            self.notice.say(message, kind="info")
        else:
            message = text(
                "Received: {changes}, {attachments}.",
                changes=plural("{n} change", "{n} changes", report.changes),
                attachments=plural("{n} attachment", "{n} attachments", report.attachments),
            )
            self.notice.say(message, conflict_words(report.conflicts), "success")
        if report.missing:
            self.notice.say(
                self.notice.message,
                text("Something before it is missing: {what}", what="; ".join(report.missing)),
                "warning",
            )
        if report.refused:
            name, exc = report.refused[0]
            why, next_step = i18n.error(exc)
            self.notice.say(text("{name} was refused: {why}", name=name, why=why), next_step, "danger")
        self.session.tell(EVERYTHING)
