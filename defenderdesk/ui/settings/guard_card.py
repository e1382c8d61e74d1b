"""The settings of the guards: what each does, whether it is on, and whether this machine can."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.ui.guard import capture
from defenderdesk.ui.guard.guard import (
    ABSENT,
    BLIND,
    WATCHED,
    Chosen,
    Guard,
    read_chosen,
    write_chosen,
)
from defenderdesk.ui.guard.panic import KEYS
from defenderdesk.ui.guard.rehearsal import Rehearsal
from defenderdesk.ui.guard.sticks import Stick
from defenderdesk.ui.guard.watch import TRIGGERS
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.widgets import button, card, column, drawing, field, label, row
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session

SECONDS = (15, 30, 60, 120, 0)


class GuardCard(QWidget):
    """The cards. A choice holds at once and needs no new screens."""

    def __init__(self, session: Session, preferences: Preferences) -> None:
        super().__init__()
        self._session = session
        self._preferences = preferences
        self._sticks: dict[str, Stick] = {}
        cards = column(self._danger(), self._computer(), self._glances(), gap=Space.L)
        cards.setContentsMargins(0, 0, 0, 0)
        self.setLayout(cards)
        self._ready()
        guard = session.guard
        self._guard = guard if isinstance(guard, Guard) else None
        if self._guard:
            self._guard.changed.connect(self.tell)
        self.load()

    # -- what stands there -----------------------------------------------------------------------

    def _danger(self) -> QWidget:
        self.panic = tick(text("Panic shortcut"), self._preferences.panic, self._set_panic)
        self.rehearse = button(text("Try it…"), self.try_panic, "", "eye")
        return card(
            row(drawing("warning", "accent", 22), label(text("In danger"), "heading"), None),
            row(self.panic, None, label(KEYS, "pill")),
            label(
                text(
                    "Hides every window and empties the clipboard at once, then locks the vault "
                    "and ends DefenderDesk. What you were typing is still saved if that takes "
                    "but a moment. The command “defenderdesk panic” does the same, for a key of "
                    "your desktop or a stick that is pulled."
                ),
                "small",
                wrap=True,
            ),
            row(self.rehearse, None),
        )

    def _computer(self) -> QWidget:
        self.with_computer = tick(
            text("Lock with the computer"), self._preferences.lock_with_computer, self._set_with
        )
        self.told = label("", "small", wrap=True)
        self.stick = Choice(self._stick_options, self._stick_name, blank=text("No stick"))
        self.stick.chosen.connect(self._choose)
        self.stick_panics = tick(text("Pulling it is a panic"), False, lambda _: self._choose())
        self.stick_told = label("", "small", wrap=True)
        return card(
            row(drawing("device", "accent", 22), label(text("Lock by itself"), "heading"), None),
            self.with_computer,
            self.told,
            field(text("Lock when this stick is pulled"), self.stick),
            self.stick_told,
            self.stick_panics,
        )

    def _glances(self) -> QWidget:
        names = {
            str(n): plural("{n} second", "{n} seconds", n) if n else text("Only at the lock") for n in SECONDS
        }
        self.seconds = Choice(lambda: list(names.items()), lambda c: names.get(c, c), blank=None)
        self.seconds.set_code(str(self._preferences.clipboard_seconds))
        self.seconds.chosen.connect(self._set_seconds)
        self.captures = tick(
            text("Hide from screenshots"),
            self._preferences.hide_from_captures and capture.able(),
            self._set_captures,
        )
        self.captures.setEnabled(capture.able())
        can = (
            text("Programs that record the screen see nothing of DefenderDesk. A camera does.")
            if capture.able()
            else text("Not possible on this system: any program here can take pictures of the screen.")
        )
        return card(
            row(drawing("eye", "accent", 22), label(text("Copies and pictures"), "heading"), None),
            field(
                text("Clear what was copied after"),
                self.seconds,
                text("Only if the clipboard still holds it. A history of the clipboard may keep it."),
            ),
            self.captures,
            label(can, "small", wrap=True),
        )

    # -- what it says ----------------------------------------------------------------------------

    def load(self) -> None:
        """Read which stick is chosen, and which are plugged in."""
        vault, guard = self._session.vault, self._guard

        def work() -> tuple[Chosen | None, list[Stick]]:
            return read_chosen(vault), guard.sticks.present() if guard else []

        self._session.operations.read(self, work, self._show, key=f"sticks-{id(self)}")

    def _show(self, found: tuple[Chosen | None, list[Stick]]) -> None:
        chosen, present = found
        self._sticks = {stick.id: stick for stick in present}
        if chosen:
            self._sticks.setdefault(chosen.stick.id, chosen.stick)
        self.stick.forget()
        self.stick.set_code(chosen.stick.id if chosen else "")
        self.stick_panics.blockSignals(True)
        self.stick_panics.setChecked(bool(chosen and chosen.panic))
        self.stick_panics.blockSignals(False)
        self._ready()
        self.tell()

    def tell(self) -> None:
        """Say what is watched at this moment, and what is not."""
        guard = self._guard
        watched = guard.watch.watched if guard else frozenset()
        names = {
            "sleep": text("sleep"),
            "lid": text("the lid"),
            "screen": text("the screen's lock"),
            "user": text("another user"),
        }
        yes = ", ".join(names[one] for one in TRIGGERS if one in watched)
        no = ", ".join(names[one] for one in TRIGGERS if one not in watched)
        said = [text("Watched: {what}.", what=yes)] if yes else []
        said += [text("Not watched on this machine: {what}.", what=no)] if no else []
        self.told.setText(" ".join(said))
        state = guard.stick_state if guard else BLIND
        self.stick_told.setText(
            {
                WATCHED: text("It is plugged in, and watched."),
                ABSENT: text("It is not plugged in: it locks nothing until it is."),
                BLIND: text("Sticks are not watched on this machine."),
            }.get(
                state,
                text("Plug a stick in, then choose it. It is known by its number, not its name."),
            )
        )

    def _stick_options(self) -> list[tuple[str, str]]:
        return [(one, self._stick_name(one)) for one in self._sticks]

    def _stick_name(self, stick: str) -> str:
        known = self._sticks.get(stick)
        return f"{known.name} ({stick[-9:]})" if known else stick

    def _ready(self) -> None:
        self.rehearse.setEnabled(self.panic.isChecked())
        self.stick_panics.setEnabled(bool(self.stick.code))

    # -- what is chosen --------------------------------------------------------------------------

    def keep(self) -> None:
        """Write the choices."""
        self._preferences.save(self._session.vault.profile)

    def _set_panic(self, on: bool) -> None:
        self._preferences.panic = on
        self.keep()
        self._ready()

    def _set_with(self, on: bool) -> None:
        self._preferences.lock_with_computer = on
        self.keep()

    def _set_seconds(self) -> None:
        self._preferences.clipboard_seconds = int(self.seconds.code)
        self.keep()

    def _set_captures(self, on: bool) -> None:
        self._preferences.hide_from_captures = on
        self.keep()

    def _choose(self) -> None:
        vault, guard = self._session.vault, self._guard
        stick = self._sticks.get(self.stick.code)
        chosen = Chosen(stick, self.stick_panics.isChecked()) if stick else None

        def done(_: None) -> None:
            if guard:
                guard.choose(chosen)
            self._ready()
            self.tell()

        def failed(exc: BaseException) -> None:
            self._session.operations.trouble.emit(exc)
            self.load()  # what is chosen stays what it was, on the screen as well

        self._session.operations.write(self, lambda: write_chosen(vault, chosen), done, failed)

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
