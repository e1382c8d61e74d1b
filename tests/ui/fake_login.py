"""A login manager, a power daemon and a screen locker on a private message bus."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from tests.secret_service import start_bus

LOGIN, LOGIN_PATH = "org.freedesktop.login1", "/org/freedesktop/login1"
MANAGER, SESSION = LOGIN + ".Manager", LOGIN + ".Session"
SESSION_PATH = LOGIN_PATH + "/session/_31"
PROPERTIES = "org.freedesktop.DBus.Properties"


class FakeMachine:
    """One bus that is both the system's and the session's; services come and go."""

    def __init__(self, folder: Path, names=(LOGIN, "org.gnome.ScreenSaver")) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.bus, self.address = start_bus(folder, dict(os.environ))
        self.values = {"LidClosed": False, "Active": True, "LockedHint": False}
        self.held: list[int] = []
        self.asked: list[str] = []
        self.serve(*names)

    def serve(self, *names: str) -> None:
        self.conn = open_dbus_connection(self.address, enable_fds=True)
        for name in names:
            self.conn.send_and_get_reply(message_bus.RequestName(name))
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(self.conn, self.over), daemon=True)
        self.thread.start()

    def _run(self, conn, over) -> None:
        while not over.is_set():
            try:
                message = conn.receive(timeout=0.05)
            except TimeoutError:
                continue
            except Exception:
                return
            if message.header.message_type != MessageType.method_call:
                continue
            member = message.header.fields[HeaderFields.member]
            self.asked.append(member)
            if member == "Get" and message.body[1] in self.values:
                conn.send(new_method_return(message, "v", (("b", self.values[message.body[1]]),)))
            elif member == "Inhibit":
                reading, writing = os.pipe()
                self.held.append(reading)
                conn.send(new_method_return(message, "h", (writing,)))
                os.close(writing)
            else:
                conn.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))

    def say(self, path: str, interface: str, member: str, signature="", body=()) -> None:
        self.conn.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))

    def property(self, path: str, interface: str, name: str, value: bool) -> None:
        """Change it, and tell of it without its value, as logind does for some."""
        self.values[name] = value
        self.say(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", (interface, {}, [name]))

    def forget(self) -> bool:
        """Whether the other end of the last inhibitor was closed."""
        os.set_blocking(self.held[-1], False)
        try:
            return os.read(self.held[-1], 1) == b""
        except BlockingIOError:
            return False

    def stop_services(self) -> None:
        self.over.set()
        self.thread.join(5)
        self.conn.close()

    def end(self) -> None:
        self.stop_services()
        self.bus.kill()
        self.bus.wait()
        self.bus.stdout.close()
        for one in self.held:
            os.close(one)
