"""Travel mode on the screen: what is not with the office yet, then everything leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.sync import departure
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.passphrase import secret_line
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import button, card, column, drawing, field, label, row
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.coercion.travel import Left


class Travel(QWidget):
    """The card in the settings."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.notice = Notice()
        self.progress = ProgressPanel()
        self.start = button(text("Before a border…"), self.ask, "", "visit")
        self.setLayout(
            column(
                card(
                    row(drawing("visit", "accent", 22), label(text("Travel"), "heading"), None),
                    label(
                        text(
                            "Before a border, everything that the office has confirmed can leave "
                            "this laptop. It comes back over a safe link or a stick, once a "
                            "coordinator has spoken with you and says so."
                        ),
                        "muted",
                        wrap=True,
                    ),
                    self.notice,
                    self.progress,
                    row(self.start, None),
                )
            )
        )

    def ask(self) -> None:
        """Exchange once more if one can, see what is missing, then ask."""
        vault = self._session.vault

        def work(progress: Progress) -> tuple[bool, list[Left]]:
            linked = departure.meet(vault, progress)
            return linked, vault.travel.unconfirmed()

        def done(found: tuple[bool, list[Left]]) -> None:
            linked, left = found
            dialog = Departure(left, linked, self)
            if dialog.exec() == QDialog.DialogCode.Accepted:
                self.depart(dialog.passphrase.text(), dialog.stick, anyway=bool(left))
            dialog.passphrase.clear()
            dialog.deleteLater()

        self._run(text("Looking what the office has…"), work, done)

    def depart(self, passphrase: str, stick: Path | None, *, anyway: bool) -> None:
        """Empty the vault; the window locks."""
        vault, session = self._session.vault, self._session

        def work(progress: Progress) -> None:
            vault.travel.check_ready(passphrase)
            vault.travel.tell()
            departure.tell(vault, stick, progress)
            vault.depart(passphrase, anyway=anyway)

        self._run(text("Leaving everything with the office…"), work, lambda _: session.revoked.emit())

    def _run(self, what: str, work: Any, done: Any) -> None:
        self.progress.run(self._session.operations, self.notice, what, work, done)


class Departure(QDialog):
    """`left`: what no office has confirmed; it would be lost. `linked`: whether the server tells
    colleagues; else a stick does, in the folder `stick`."""

    def __init__(self, left: list[Left], linked: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stick: Path | None = None
        self._where = label("", "muted", wrap=True)
        self.setWindowTitle(text("Before a border"))
        self.passphrase = secret_line()
        self.passphrase.textChanged.connect(lambda _: self._ready())
        self.lose = QCheckBox(text("Go all the same: this is lost"))
        self.lose.toggled.connect(lambda _: self._ready())
        self.go = button(text("Leave everything with the office"), self.accept, "danger")
        missing = QVBoxLayout()
        for one in left:
            saves = plural("{n} save", "{n} saves", one.change_sets)
            parts = plural("{n} part of an attachment", "{n} parts of attachments", one.attachments)
            missing.addWidget(
                label(text("{desk}: {saves}, {parts}", desk=one.desk, saves=saves, parts=parts))
            )
        items: list[Any] = [label(text("Before a border"), "heading")]
        if left:
            items += [
                label(text("No office has confirmed this yet:"), "problem", wrap=True),
                missing,
                label(
                    text("Exchange with the office, and wait for its answer, before you go."),
                    wrap=True,
                ),
                self.lose,
            ]
        else:
            self.lose.setChecked(True)
            items.append(label(text("The office has confirmed everything."), "good"))
        if not linked:
            choose = button(text("Write it to a stick…"), self._choose)
            items += [
                label(
                    text(
                        "There is no safe link to tell colleagues that you travel. Take word to "
                        "them on a stick: who does not know may go on giving this laptop keys."
                    ),
                    "problem",
                    wrap=True,
                ),
                row(choose, self._where, None),
            ]
        items += [
            label(
                text(
                    "Everything leaves this laptop, and the key that opened it is destroyed. Your "
                    "passphrase then opens an empty vault. Nobody can bring the content back "
                    "with it alone, not even if you are forced to connect: a coordinator must "
                    "say that you are back. The recovery code and a duress passphrase are gone."
                ),
                wrap=True,
            ),
            field(text("Your passphrase of now"), self.passphrase),
            row(None, button(text("Cancel"), self.reject), self.go),
        ]
        self.setLayout(column(*items, gap=Space.M, margins=Space.XL))
        self.setMinimumWidth(500)
        self.passphrase.setFocus()
        self._ready()

    def _choose(self) -> None:
        if chosen := Picker.ask(self, text("Export to"), "folder"):
            self.stick = chosen
            self._where.setText(chosen.name or str(chosen))

    def _ready(self) -> None:
        self.go.setEnabled(bool(self.passphrase.text()) and self.lose.isChecked())
