"""Help by administrators: choosing them (settings), and helping a colleague (workspace)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from defenderdesk.i18n import text
from defenderdesk.sync.enrolment import recovery_requests
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.verify_words import six_words
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
from defenderdesk.vault.recovery import trustees


class HelpersCard(QWidget):
    """The card of those who can open this vault together when passphrase and recovery code are
    lost."""

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self.notice = session, notice
        self._found: tuple[trustees.Standing, list[trustees.Helper]] | None = None
        self.said = label("", wrap=True)
        self.choose = button(text("Choose administrators…"), self.ask, "", "people")
        self.choose.setEnabled(False)
        self.setLayout(
            column(
                card(
                    row(drawing("key", "accent", 22), label(text("If I forget"), "heading"), None),
                    self.said,
                    row(self.choose, None),
                )
            )
        )
        self.load()

    def load(self) -> None:
        """Read who helps, and renew the shares where somebody left."""

        def work() -> tuple[trustees.Standing, list[trustees.Helper]]:
            self._session.vault.recovery.maintain()
            return self._session.vault.recovery.standing(), self._session.vault.recovery.eligible()

        self._session.operations.write(self, work, self._show, self.notice.fail)

    def _show(self, found: tuple[trustees.Standing, list[trustees.Helper]]) -> None:
        self._found = found
        now, could = found
        if now.need:
            said = text(
                "{need} of these administrators open it together: {names}.",
                need=now.need,
                names=", ".join(one.member for one in now.helpers if one.fit and one.arrived),
            )
            if not now.left:
                said = text("Too few of the chosen administrators are left. Choose anew.")
            elif not now.enough:
                waited = [one.member for one in now.helpers if one.fit and not one.arrived]
                said = text(
                    "They cannot help yet: the shares of {names} are not known to have arrived. Exchange "
                    "with them, twice: they answer with the second.",
                    names=", ".join(waited),
                )
        elif len(could) < 2:
            said = text("Two administrators of your workspace would be needed to help.")
        else:
            said = text("No administrators can help yet: only the recovery code opens it.")
        self.said.setText(said)
        set_look(self.said, "look", "" if now.enough else "warning")
        self.choose.setEnabled(bool(now.need) or len(could) >= 2)

    def ask(self) -> None:
        """Ask who helps, and how many are needed."""
        if not self._found:
            return
        dialog = ChooseHelpers(*self._found, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.use(dialog.number, [] if dialog.stop else dialog.chosen())
        dialog.deleteLater()

    def use(self, need: int, devices: list[str]) -> None:
        """Make the shares in the background; without devices, nobody helps any more."""

        def work() -> None:
            if devices:
                self._session.vault.recovery.arrange(need, devices)
            else:
                self._session.vault.recovery.stop()

        def done(_: None) -> None:
            self.load()
            if devices:
                self.notice.say(
                    text("The shares are made."),
                    text("The administrators have them once you exchanged with the office."),
                    "success",
                )
            else:
                self.notice.say(text("No administrator can help from now on."), kind="success")

        self.notice.say(text("Writing the keys anew…"))
        self._session.operations.write(self, work, done, self.notice.fail)


class ChooseHelpers(QDialog):
    """Asks which administrators, and how many are needed. `stop`: nobody helps any more."""

    def __init__(
        self,
        now: trustees.Standing,
        could: list[trustees.Helper],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Choose administrators"))
        self.stop = False
        before = {one.device for one in now.helpers}
        self.boxes: dict[str, QCheckBox] = {}
        for one in could:
            box = QCheckBox(f"{one.member} · {one.name}" if one.name else one.member)
            box.setChecked(not now.need or one.device in before)
            box.toggled.connect(lambda _: self._ready())
            self.boxes[one.device] = box
        numbers = {str(n): str(n) for n in range(2, max(2, min(len(could), trustees.MOST)) + 1)}
        self.need = Choice(lambda: list(numbers.items()), lambda c: numbers.get(c, c), blank=None)
        self.need.set_code(str(now.need or 2))
        self.need.chosen.connect(self._ready)
        self.go = button(text("Make the shares"), self.accept, "primary")
        self.go.setDefault(True)
        nobody = button(text("Nobody"), self._nobody)
        nobody.setEnabled(bool(now.need))
        cancel = button(text("Cancel"), self.reject)
        self.setLayout(
            column(
                label(
                    text(
                        "Each is given a share of a key. Together, and only with this laptop at "
                        "hand, they can open the vault. They see whom they help."
                    ),
                    wrap=True,
                ),
                *self.boxes.values(),
                field(text("How many are needed"), self.need),
                row(nobody, None, cancel, self.go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(460)
        self._ready()

    @property
    def number(self) -> int:
        """The number that is needed."""
        return int(self.need.code)

    def chosen(self) -> list[str]:
        """The devices that are ticked."""
        return [device for device, box in self.boxes.items() if box.isChecked()]

    def _ready(self) -> None:
        self.go.setEnabled(self.number <= len(self.chosen()) <= trustees.MOST)

    def _nobody(self) -> None:
        self.stop = True
        self.accept()


class HelpCard(QWidget):
    """An administrator answers a colleague's request."""

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self.notice = session, notice
        self.setLayout(
            column(
                card(
                    row(
                        drawing("key", "accent", 22),
                        label(text("Help a colleague"), "heading"),
                        None,
                    ),
                    label(
                        text(
                            "Somebody who lost passphrase and recovery code sends you a request. "
                            "Speak with them by voice before you answer."
                        ),
                        "muted",
                        wrap=True,
                    ),
                    row(button(text("Open a request…"), self.pick, "", "receive"), None),
                )
            )
        )

    def pick(self) -> None:
        """Ask for the request."""
        if path := Picker.ask(self, text("Help a colleague"), "file", (recovery_requests.REQUEST,)):
            self.read(path)

    def read(self, path: Path) -> None:
        """Look whose it is, in the background."""
        vault = self._session.vault
        self._session.operations.read(
            self, lambda: recovery_requests.read(vault, path), self.compare, self.notice.fail
        )

    def compare(self, asked: recovery_requests.Asked) -> None:
        """Show whom it helps and the six words; then ask where the answer goes."""
        dialog = CompareHelp(asked, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            name = f"help{recovery_requests.ANSWER}"
            if out := Picker.ask(self, text("Save the answer"), "new", (recovery_requests.ANSWER,), name):
                self.answer(asked, out)
        dialog.deleteLater()

    def answer(self, asked: recovery_requests.Asked, out: Path) -> None:
        """Write it in the background."""
        work = partial(recovery_requests.answer, self._session.vault, asked, out)
        self._session.operations.write(
            self,
            work,
            lambda _: self.notice.say(
                text("The answer is written."),
                text("Give it to {member}. Only their laptop opens it.", member=asked.member),
                "success",
            ),
            self.notice.fail,
        )


class CompareHelp(QDialog):
    """Is it really them? Whose laptop, and the six words that it must show."""

    def __init__(self, asked: recovery_requests.Asked, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Help a colleague"))
        differ = button(text("They differ"), self.reject, "danger")
        self.same = button(text("They are the same: help"), self.accept, "primary", "check")
        whose = f"{asked.name} · {asked.device[:8]}" if asked.name else asked.device[:8]
        self.setLayout(
            column(
                label(text("You help {member} open their laptop.", member=asked.member), "heading"),
                label(whose, "muted"),
                label(
                    text(
                        "Have these words read to you by {member}, whose voice you know.",
                        member=asked.member,
                    ),
                    wrap=True,
                ),
                card(six_words(asked.words)),
                label(
                    text(
                        "If a word differs, or somebody else reads them, do not help: your share "
                        "would open their laptop for a stranger."
                    ),
                    "muted",
                    wrap=True,
                ),
                row(None, differ, self.same),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        differ.setFocus()
