"""Linux: what logind, UPower and the screen lockers say on the message buses.

Signals lock at once. Every few seconds logind is asked for the lid (it need not tell of it by
itself); its answer is also the proof that the watch works. No answer, and nothing is called
watched; a bus that went away is connected to anew. A connection is never closed by us: Qt's bus
thread then asks Python about the receiver of its signals, while PySide holds Python's lock and
waits for that thread, for ever. So there is one watch per process, which is started and stopped
(`machine.of_this_machine`), and a stopped one does not heed what it hears.

Whoever may send on a bus can only make us lock, so no sender is checked.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SLOT, QObject, QTimer, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusUnixFileDescriptor,
    QDBusVariant,
)

from defenderdesk.ui.guard.watch import LID, SCREEN, SLEEP, USER, Watch

LOOK = 5000
"""Milliseconds between two looks."""
SLEEP_WAITS = 4.0
"""Seconds that sleep is held up for at most; logind gives five."""
_LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1")
_MANAGER, _SESSION = "org.freedesktop.login1.Manager", "org.freedesktop.login1.Session"
_POWER = ("org.freedesktop.UPower", "/org/freedesktop/UPower", "org.freedesktop.UPower")
_PROPERTIES = "org.freedesktop.DBus.Properties"
SAVERS = (
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
)
_numbers = itertools.count(1)


def _slot(signature: str) -> Any:
    """Qt's `SLOT`; a string, where PySide's type information says bytes."""
    return SLOT(signature)


class BusWatch(Watch):
    """`system`, `session`: addresses of the two buses; the machine's own by default."""

    def __init__(self, system: str = "", session: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._addresses = {"system": system, "session": session}
        self._names: dict[str, str] = {}
        self._alive: dict[str, frozenset[str]] = {}
        self._lids: dict[str, bool] = {}
        self._inhibitor = -1
        self._pending: set[QDBusPendingCallWatcher] = set()
        self._running = False
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        self._running = True
        self._timer.start()
        if (name := self._names.get("system")) and QDBusConnection(name).isConnected():
            self._hold_sleep(QDBusConnection(name))
        self.look()

    def stop(self) -> None:
        self._running = False
        self._timer.stop()
        self._lids.clear()
        self._alive.clear()
        self._let_sleep()
        self._set_watched(frozenset())

    # -- the connections -------------------------------------------------------------------------

    def _bus(self, kind: str) -> QDBusConnection | None:
        """The connection, made anew when it broke."""
        if name := self._names.get(kind):
            bus = QDBusConnection(name)
            if bus.isConnected():
                return bus
        name = f"defenderdesk-{kind}-{next(_numbers)}"
        if address := self._addresses[kind]:
            bus = QDBusConnection.connectToBus(address, name)
        elif kind == "system":
            bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SystemBus, name)
        else:
            bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, name)
        if not bus.isConnected():
            self._names.pop(kind, None)
            return None
        self._names[kind] = name
        if kind == "system":
            self._listen_to_system(bus)
        else:
            for saver in SAVERS:
                bus.connect("", "", saver, "ActiveChanged", self, _slot("_saver(bool)"))
        return bus

    def _listen_to_system(self, bus: QDBusConnection) -> None:
        service, path = _LOGIN
        bus.connect(service, path, _MANAGER, "PrepareForSleep", self, _slot("_sleeps(bool)"))
        bus.connect(service, "", _SESSION, "Lock", self, _slot("_locks()"))
        told = _slot("_told(QDBusMessage)")
        for name, place in ((service, ""), _POWER[:2]):
            bus.connect(name, place, _PROPERTIES, "PropertiesChanged", self, told)
        self._hold_sleep(bus)

    def _ask(
        self,
        bus: QDBusConnection,
        call: tuple[str, str, str, str],
        arguments: list[Any],
        answer: Callable[[list[Any] | None], object],
    ) -> None:
        """Call without waiting; `answer` gets the values, or None for an error."""
        message = QDBusMessage.createMethodCall(*call)
        message.setArguments(arguments)
        waiting = QDBusPendingCallWatcher(bus.asyncCall(message, LOOK))
        self._pending.add(waiting)

        def done(finished: QDBusPendingCallWatcher) -> None:
            self._pending.discard(waiting)
            if self._running:
                answer(None if finished.isError() else finished.reply().arguments())
            finished.deleteLater()  # with it goes the reply, and a descriptor that came in it

        waiting.finished.connect(done)

    # -- looking ---------------------------------------------------------------------------------

    @Slot()
    def look(self) -> None:
        """Ask how it stands, and thereby whether anybody answers."""
        system, session = self._bus("system"), self._bus("session")
        if system:
            self._property(system, (*_LOGIN, _MANAGER), "LidClosed", self._logind)
            self._property(system, _POWER, "LidIsClosed", lambda v: self._lid("power", v))
        else:
            self._logind(None)
        if session:
            bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
            self._ask(session, (*bus, "ListNames"), [], self._session_names)
        else:
            self._session_names(None)

    def _property(
        self,
        bus: QDBusConnection,
        place: tuple[str, str, str],
        name: str,
        answer: Callable[[Any], object],
    ) -> None:
        def told(values: list[Any] | None) -> None:
            value = values[0] if values else None
            answer(value.variant() if isinstance(value, QDBusVariant) else value)

        service, path, interface = place
        self._ask(bus, (service, path, _PROPERTIES, "Get"), [interface, name], told)

    def _logind(self, lid: Any) -> None:
        self._answered("system", frozenset() if lid is None else frozenset({SLEEP, LID, USER}))
        self._lid("login", lid)

    def _lid(self, source: str, closed: Any) -> None:
        """Only the closing counts: a laptop on a desk may be used with its lid closed."""
        if closed is None:
            self._lids.pop(source, None)
            return
        before = self._lids.get(source)
        self._lids[source] = bool(closed)
        if closed and before is False:
            self._say(LID)

    def _session_names(self, values: list[Any] | None) -> None:
        names = set(values[0]) if values else set()
        there = names.intersection(SAVERS)
        self._answered("session", frozenset({SCREEN}) if there else frozenset())

    def _answered(self, kind: str, watched: frozenset[str]) -> None:
        self._alive[kind] = watched
        if len(self._alive) == 2:
            self._set_watched(frozenset().union(*self._alive.values()))

    # -- what is said ----------------------------------------------------------------------------

    def _say(self, trigger: str) -> None:
        if self._running:
            self.happened.emit(trigger)

    @Slot(bool)
    def _saver(self, active: bool) -> None:
        if active:
            self._say(SCREEN)

    @Slot()
    def _locks(self) -> None:
        self._say(SCREEN)

    @Slot(bool)
    def _sleeps(self, begins: bool) -> None:
        if begins:
            self._say(SLEEP)
            self._let_sleep()
        elif self._running and (bus := self._bus("system")):
            self._hold_sleep(bus)

    @Slot(QDBusMessage)
    def _told(self, message: QDBusMessage) -> None:
        """Properties changed: the new values are asked for, whatever the signal carries."""
        if not self._running:
            return
        arguments, bus = message.arguments(), self._bus("system")
        if not arguments or not bus:
            return
        if arguments[0] in (_MANAGER, _POWER[2]):
            self.look()
        elif arguments[0] == _SESSION:
            place = (_LOGIN[0], message.path(), _SESSION)
            self._property(bus, place, "Active", self._active)
            self._property(bus, place, "LockedHint", lambda on: self._saver(bool(on)))

    def _active(self, active: Any) -> None:
        if active is False:
            self._say(USER)

    # -- sleep waits until the vault is closed ---------------------------------------------------

    def _hold_sleep(self, bus: QDBusConnection) -> None:
        if self._inhibitor >= 0:
            return

        def held(values: list[Any] | None) -> None:
            if values and isinstance(values[0], QDBusUnixFileDescriptor) and self._inhibitor < 0:
                self._inhibitor = os.dup(values[0].fileDescriptor())

        what = ["sleep", "DefenderDesk", "Locking the vault", "delay"]
        self._ask(bus, (*_LOGIN, _MANAGER, "Inhibit"), what, held)

    def _let_sleep(self) -> None:
        """Let the machine sleep as soon as the vault is closed."""
        held, self._inhibitor = self._inhibitor, -1
        closing = self.closing()
        if held < 0:
            return

        def wait() -> None:
            if closing:
                closing.wait(SLEEP_WAITS)
            with contextlib.suppress(OSError):
                os.close(held)

        threading.Thread(target=wait, name="sleep", daemon=True).start()
