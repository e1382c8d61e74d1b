"""The settings of the guards: what each does, whether it is on, and whether this machine can."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from defenderdesk.ui.guard.panic import KEYS
from defenderdesk.ui.guard.rehearsal import Rehearsal
from defenderdesk.ui.parts.blocks import button, card, drawing, label, row
from defenderdesk.ui.preferences import Preferences
from defenderdesk.ui.session import Session
from defenderdesk.ui.theme import Space
from defenderdesk.words import text


class GuardCard(QWidget):
    """The card. A choice holds at once and needs no new screens."""

    def __init__(self, session: Session, preferences: Preferences) -> None:
        super().__init__()
        self._session = session
        self._preferences = preferences
        self.panic = tick(text("Panic shortcut"), preferences.panic, self._set_panic)
        self.rehearse = button(text("Try it…"), self.try_panic, "", "eye")
        self._body = QVBoxLayout()
        self._body.setSpacing(Space.M)
        self._body.addWidget(
            card(
                row(drawing("warning", "accent", 22), label(text("In danger"), "heading"), None),
                row(self.panic, None, label(KEYS, "pill")),
                label(
                    text(
                        "Hides every window and empties the clipboard at once, then locks the "
                        "vault and ends DefenderDesk. What you were typing is still saved if "
                        "that takes but a moment. The command “defenderdesk panic” does the "
                        "same, for a key of your desktop or a stick that is pulled."
                    ),
                    "small",
                    wrap=True,
                ),
                row(self.rehearse, None),
            )
        )
        self.setLayout(self._body)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._ready()

    def _ready(self) -> None:
        self.rehearse.setEnabled(self.panic.isChecked())

    def keep(self) -> None:
        """Write the choices."""
        self._preferences.save(self._session.vault.profile)

    def _set_panic(self, on: bool) -> None:
        self._preferences.panic = on
        self.keep()
        self._ready()

    def try_panic(self) -> None:
        """A rehearsal."""
        dialog = Rehearsal(self)
        dialog.exec()
        dialog.deleteLater()


def tick(words: str, on: bool, turned: Callable[[bool], object]) -> QCheckBox:
    """A box to tick."""
    made = QCheckBox(words)
    made.setChecked(on)
    made.toggled.connect(turned)
    return made


__all__ = ["GuardCard", "tick"]
