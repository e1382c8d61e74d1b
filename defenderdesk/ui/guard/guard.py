"""The guard of an open vault: what the machine tells, and the stick; it asks to lock or to leave.

Which stick, and what its pulling does, are settings of the vault, encrypted like all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from defenderdesk.ui.guard import sticks as machine_sticks
from defenderdesk.ui.guard.machine import of_this_machine
from defenderdesk.ui.guard.sticks import Stick, Sticks
from defenderdesk.ui.guard.watch import Watch
from defenderdesk.ui.work.preferences import Preferences

if TYPE_CHECKING:
    from defenderdesk.vault import Vault

STICK_LOOK = 1000
"""Milliseconds between two looks at the stick, where nothing tells of it."""
STICK_SURE = 150
"""Milliseconds that it has to be away: the system makes its links anew now and then."""
OFF, ABSENT, WATCHED, BLIND = "off", "absent", "watched", "blind"


@dataclass(frozen=True)
class Chosen:
    """The chosen stick; `panic`: its pulling is a panic and not a lock."""

    stick: Stick
    panic: bool


def read_chosen(vault: Vault) -> Chosen | None:
    """The one of this vault."""
    found = str(vault.setting("stick.id") or "")
    if not found:
        return None
    name = str(vault.setting("stick.name") or found)
    return Chosen(Stick(found, name), bool(vault.setting("stick.panic")))


def write_chosen(vault: Vault, chosen: Chosen | None) -> None:
    """Keep it."""
    vault.set_setting("stick.id", chosen.stick.id if chosen else "")
    vault.set_setting("stick.name", chosen.stick.name if chosen else "")
    vault.set_setting("stick.panic", bool(chosen and chosen.panic))


class Guard(QObject):
    """From unlock to lock."""

    lock_wanted = Signal(str)
    """The reason: a trigger of `watch`, or "stick"."""
    panic_wanted = Signal()
    changed = Signal()
    """Other things are watched than before."""
    lost = Signal()
    """Something that was watched no longer is."""

    def __init__(
        self,
        preferences: Preferences,
        watch: Watch | None = None,
        sticks: Sticks | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.watch = watch or of_this_machine()
        self.sticks = sticks or machine_sticks.of_this_machine()
        self.chosen: Chosen | None = None
        self.stick_state = OFF
        self._before: frozenset[str] = frozenset()
        self._running = False
        self._timer = QTimer(self, interval=STICK_LOOK)
        self._timer.timeout.connect(self.look)
        self._sure = QTimer(self, singleShot=True, interval=STICK_SURE)
        self._sure.timeout.connect(self._gone)
        self._folder = QFileSystemWatcher(self)
        self._folder.directoryChanged.connect(lambda _: self.look())

    def start(self) -> None:
        """The vault is open."""
        self._running = True
        self._before = frozenset()
        self.watch.happened.connect(self._happened)
        self.watch.changed.connect(self._changed)
        self.watch.start()

    def stop(self) -> None:
        """The vault is locked."""
        if not self._running:
            return
        self._running = False
        self.choose(None)
        self.watch.happened.disconnect(self._happened)
        self.watch.changed.disconnect(self._changed)
        self.watch.stop()

    def choose(self, chosen: Chosen | None) -> None:
        """Watch that stick from now on. One that is not plugged in holds nothing yet: else
        nobody could open a vault whose stick is lost."""
        self.chosen = chosen
        self._sure.stop()
        self.stick_state = ABSENT if chosen else OFF
        if chosen and self._running:
            if self.sticks.folder:
                self._folder.addPath(self.sticks.folder)
            self._timer.start()
            self.look()
        else:
            self._timer.stop()
            if folders := self._folder.directories():
                self._folder.removePaths(folders)
        self.changed.emit()

    def look(self) -> None:
        """See whether the stick is there."""
        if not self.chosen or not self._running:
            return
        there, before = self.sticks.there(self.chosen.stick.id), self.stick_state
        if there:
            self._sure.stop()
            self.stick_state = WATCHED
        elif before == WATCHED:  # also when it cannot be told any more
            if not self._sure.isActive():
                self._sure.start()
        else:
            self.stick_state = BLIND if there is None else ABSENT
        if self.stick_state != before:
            self.changed.emit()

    def _gone(self) -> None:
        chosen = self.chosen
        if not chosen or self.sticks.there(chosen.stick.id):
            return
        self.stick_state = ABSENT
        self.changed.emit()
        if chosen.panic:
            self.panic_wanted.emit()
        else:
            self.lock_wanted.emit("stick")

    def _happened(self, trigger: str) -> None:
        if self._running and self._preferences.lock_with_computer:
            self.lock_wanted.emit(trigger)

    def _changed(self) -> None:
        now = self.watch.watched
        less = self._before - now
        self._before = now
        self.changed.emit()
        if less and self._running and self._preferences.lock_with_computer:
            self.lost.emit()
