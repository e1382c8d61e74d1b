"""The timestamp authorities of this device: which are asked, adding one, asking now."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from defenderdesk.crypto import timestamp
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import (
    Elided,
    button,
    card,
    column,
    drawing,
    empty,
    field,
    label,
    panel,
    row,
)
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session

CERTIFICATES = (".pem", ".crt", ".cer")


class Timestamps(QWidget):
    """A card of the settings."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.notice = Notice()
        self._list = column(gap=Space.S)
        self.waiting = label("", "muted", wrap=True)
        self.now = button(text("Ask now"), self.ask_now, "", "cloud")
        add = button(text("Add an authority…"), self.ask_add, "", "plus")
        inner = card(
            row(drawing("shield", "accent", 22), label(text("Trusted timestamps"), "heading"), None),
            label(
                text(
                    "Authorities outside confirm when a file was held here. They learn a hash and "
                    "nothing of the file. None is preset: choose with your lawyers."
                ),
                "muted",
                wrap=True,
            ),
            panel(self._list),
            self.waiting,
            self.notice,
            row(add, self.now, None),
        )
        self.setLayout(column(inner))
        self.load()

    def load(self) -> None:
        """Read what is set, and what waits."""
        vault = self._session.vault

        def work() -> tuple[list[tuple[str, str]], int]:
            from defenderdesk.sync.server import timestamping

            found = [(a.name, a.address) for a in timestamping.authorities(vault)]
            return found, timestamping.waiting(vault)

        self._session.operations.read(self, work, self._show, key=f"stamps-{id(self)}")

    def _show(self, found: tuple[list[tuple[str, str]], int]) -> None:
        chosen, waiting = found
        empty(self._list)
        for name, address in chosen:
            said = Elided("")
            said.setText(f"{name} · {address}")
            remove = button("", partial(self.remove, name), "quiet", "trash", text("Remove"))
            remove.setAccessibleName(text("Remove {name}", name=name))
            line = row(said, remove)
            line.setStretch(0, 1)
            self._list.addWidget(panel(line))
        self.now.setEnabled(bool(chosen))
        self.waiting.setText(
            plural("{n} timestamp waits for a link.", "{n} timestamps wait for a link.", waiting)
            if waiting
            else ""
        )
        self.waiting.setVisible(bool(waiting))

    def ask_add(self) -> None:
        """Ask for an authority."""
        dialog = AuthorityDialog(self)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.root:
            self.add(dialog.name.text(), dialog.address.text(), dialog.root)
        dialog.deleteLater()

    def add(self, name: str, address: str, root: Path) -> None:
        """Ask this one from now on."""
        vault = self._session.vault

        def work(_: Progress) -> str:
            from defenderdesk.sync.server import timestamping

            with open(root, "rb") as source:
                pem = source.read(timestamp.MAX_ROOT + 1).decode("ascii", "replace")
            return timestamping.add(vault, timestamping.Authority(name, address, pem)).fingerprint

        def done(fingerprint: str) -> None:
            grouped = " ".join(fingerprint[at : at + 8] for at in range(0, 64, 8))
            self.notice.say(text("Compare the fingerprint of its root by another way:"), grouped, "info")
            self.load()

        self._session.operations.errand(self, work, done, self.notice.fail)

    def remove(self, name: str) -> None:
        """Ask it no more."""
        vault = self._session.vault

        def work() -> None:
            from defenderdesk.sync.server import timestamping

            timestamping.remove(vault, name)

        self._session.operations.write(self, work, lambda _: self.load(), self.notice.fail)

    def ask_now(self) -> None:
        """Ask all of them for what waits."""
        vault = self._session.vault
        self.now.setEnabled(False)

        def work(progress: Progress) -> tuple[int, dict[str, str]]:
            from defenderdesk.sync.server import timestamping

            report = timestamping.stamp(vault, lambda: progress(0, 1))
            return report.kept, report.failed

        def done(found: tuple[int, dict[str, str]]) -> None:
            kept, failed = found
            said = plural("{n} timestamp kept.", "{n} timestamps kept.", kept)
            why = "; ".join(f"{name}: {text(reason)}" for name, reason in failed.items())
            self.notice.say(said, why, "warning" if failed else "success")
            self.load()
            if kept:
                self._session.tell(EVERYTHING)

        def unable(exc: BaseException) -> None:
            self.notice.fail(exc)
            self.load()

        self._session.operations.errand(self, work, done, unable)


class AuthorityDialog(QDialog):
    """Name, address, and the file with the root certificate (`root`)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Add an authority"))
        self.root: Path | None = None
        self.name, self.address = QLineEdit(), QLineEdit()
        self.address.setPlaceholderText("https://")
        self.address.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.chosen = Elided("muted")
        self.chosen.setText(text("No certificate yet"))
        self.add = button(text("Add"), self.accept, "primary")
        self.add.setEnabled(False)
        for line in (self.name, self.address):
            line.textChanged.connect(lambda _: self._ready())
        pick = button(text("Root certificate…"), self._pick, "", "file")
        certificate = row(pick, self.chosen)
        certificate.setStretch(1, 1)
        self.setLayout(
            column(
                label(text("Add an authority"), "heading"),
                field(text("Name"), self.name),
                field(text("Address"), self.address, text("For time-stamping after RFC 3161")),
                certificate,
                row(None, button(text("Cancel"), self.reject), self.add),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(460)

    def _pick(self) -> None:
        if path := Picker.ask(self, text("Root certificate"), "file", CERTIFICATES):
            self.use(path)

    def use(self, path: Path) -> None:
        """This is the certificate's file."""
        self.root = path
        self.chosen.setText(path.name)
        self._ready()

    def _ready(self) -> None:
        filled = self.name.text().strip() and self.address.text().strip()
        self.add.setEnabled(bool(filled and self.root))
