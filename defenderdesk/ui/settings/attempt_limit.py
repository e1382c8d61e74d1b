"""Choosing that so many wrong passphrases in a row destroy the keys, in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.passphrase import secret_line
from defenderdesk.ui.parts.widgets import button, column, field, label, row
from defenderdesk.ui.work.session import Session

if TYPE_CHECKING:
    from defenderdesk.vault.types import Waiting

OFFERED = (5, 10, 20, 30, 50)
USUAL = 10


def rule(limit: int) -> str:
    """The rule that stands, in a sentence."""
    if not limit:
        return text("Wrong passphrases are not counted, and destroy nothing.")
    return plural(
        "{n} wrong passphrase in a row destroys the keys.",
        "{n} wrong passphrases in a row destroy the keys.",
        limit,
    )


class TriesDialog(QDialog):
    """Says what it may cost before it asks for the passphrase. `limit`: what stands, 0 for
    none; `waiting`: what nobody else has."""

    def __init__(self, limit: int, waiting: Waiting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Wrong passphrases"))
        self.stop = False
        self.current = secret_line()
        self.current.textChanged.connect(lambda _: self._ready())
        numbers = {str(n): str(n) for n in sorted({*OFFERED, limit} - {0})}
        self.number = Choice(lambda: list(numbers.items()), lambda c: numbers.get(c, c), blank=None)
        self.number.set_code(str(limit or USUAL))
        self.stop_it = button(text("Count nothing"), self._stop)
        self.stop_it.setVisible(bool(limit))
        self.set_it = button(text("Destroy the keys after so many"), self.accept, "danger")
        items: list[Any] = [
            label(text("Wrong passphrases"), "heading"),
            label(
                text(
                    "Usually nothing is counted. If you choose it, so many wrong passphrases in a "
                    "row destroy the keys of this laptop: from then on nobody reads what is on "
                    "it, and neither do you."
                ),
                wrap=True,
            ),
            label(
                text(
                    "Anybody who can type at this laptop can cause it, without knowing anything. "
                    "It does not stop who copies the disk first: they guess at the copy, uncounted."
                ),
                "lead",
                wrap=True,
            ),
            label(self._lost(waiting), "problem" if _any(waiting) else "good", wrap=True),
            label(
                text(
                    "The recovery code is not counted. When three tries are left it is shown, and "
                    "the last one is made only when you say so."
                ),
                "muted",
                wrap=True,
            ),
            label(rule(limit), wrap=True),
            field(text("Wrong passphrases in a row"), self.number),
            field(text("Your passphrase of now"), self.current),
            row(self.stop_it, None, button(text("Cancel"), self.reject, "primary"), self.set_it),
        ]
        self.setLayout(column(*items, gap=Space.M, margins=Space.XL))
        self.setMinimumWidth(500)
        self.current.setFocus()
        self._ready()

    @staticmethod
    def _lost(waiting: Waiting) -> str:
        if not _any(waiting):
            return text("Everything here is confirmed elsewhere at this moment.")
        saves = plural("{n} save", "{n} saves", waiting.changes)
        parts = plural("{n} part of an attachment", "{n} parts of attachments", waiting.attachments)
        return text("Nobody else has this yet, it would be lost: {saves}, {parts}.", saves=saves, parts=parts)

    @property
    def limit(self) -> int:
        """The number that was chosen; 0 to count nothing."""
        return 0 if self.stop else int(self.number.code)

    def _ready(self) -> None:
        for part in (self.set_it, self.stop_it):
            part.setEnabled(bool(self.current.text()))

    def _stop(self) -> None:
        self.stop = True
        self.accept()

    def wipe(self) -> None:
        """Forget what was typed."""
        self.current.clear()


def _any(waiting: Waiting) -> bool:
    return bool(waiting.changes or waiting.attachments)


class TriesRow(QWidget):
    """The button in the settings, and what it leads to."""

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self._notice = session, notice
        self.ask = button(text("Wrong passphrases…"), self.look, "", "warning")
        self.setLayout(row(self.ask, None))

    def look(self) -> None:
        """See how it stands and what would be lost, then ask."""
        vault = self._session.vault

        def work() -> tuple[int, Waiting]:

            return vault.coercion.chosen(), vault.waiting()

        self._session.operations.read(self, work, self._ask, self._notice.fail)

    def _ask(self, found: tuple[int, Waiting]) -> None:
        dialog = TriesDialog(*found, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.use(dialog.limit, dialog.current.text())
        dialog.wipe()
        dialog.deleteLater()

    def use(self, limit: int, current: str) -> None:
        """Write the rule in the background."""
        vault = self._session.vault

        def work() -> None:

            vault.coercion.choose(current, limit)

        self._notice.say(text("Writing the keys anew…"))
        self._session.operations.write(
            self, work, lambda _: self._notice.say(rule(limit), kind="success"), self._notice.fail
        )
