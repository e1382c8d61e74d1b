"""Setting or removing a duress passphrase. The dialog does not say whether there is one: who
looks over a shoulder, or at an unlocked laptop, is not to learn it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.passphrase import NewPassphrase, secret_line
from defenderdesk.ui.parts.widgets import button, column, field, label, row


class DuressDialog(QDialog):
    """`remove`: whether it is to be removed rather than set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Duress passphrase"))
        self.remove = False
        self.current = secret_line()
        self.fresh = NewPassphrase()
        self.set_it = button(text("Set it"), self.accept, "primary")
        self.set_it.setDefault(True)
        self.remove_it = button(text("Remove it"), self._remove)
        self.current.textChanged.connect(lambda _: self._ready())
        self.fresh.changed.connect(self._ready)
        cancel = button(text("Cancel"), self.reject)
        self.setLayout(
            column(
                label(text("Duress passphrase"), "heading"),
                label(
                    text(
                        "For when you are forced to open the vault. Given instead of your "
                        "passphrase, it destroys the keys of this laptop and opens an empty "
                        "workspace. What nobody else has received is lost for good."
                    ),
                    wrap=True,
                ),
                label(
                    text(
                        "It may put you in danger if it is found out. Agree with your office when to use it."
                    ),
                    "muted",
                    wrap=True,
                ),
                field(text("Your passphrase of now"), self.current),
                label(text("The duress passphrase"), "lead"),
                self.fresh,
                row(self.remove_it, None, cancel, self.set_it),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(480)
        self.current.setFocus()
        self._ready()

    def _ready(self) -> None:
        proven = bool(self.current.text())
        self.remove_it.setEnabled(proven)
        other = self.fresh.value() != self.current.text()
        self.set_it.setEnabled(proven and other and self.fresh.ready())

    def _remove(self) -> None:
        self.remove = True
        self.accept()

    def wipe(self) -> None:
        """Forget what was typed."""
        self.current.clear()
        self.fresh.wipe()
