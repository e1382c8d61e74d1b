"""Windows: session, power and lid messages of one hidden window's queue.

Written against Microsoft's documentation and not run by this project's tests, which have no
Windows: only the reading of the messages is tested.
"""

from __future__ import annotations

import ctypes
import sys
import uuid

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject
from PySide6.QtGui import QWindow

from defenderdesk.ui.guard.watch import LID, SCREEN, SLEEP, USER, Watch

WM_POWERBROADCAST, WM_WTSSESSION_CHANGE = 0x0218, 0x02B1
PBT_APMSUSPEND, PBT_POWERSETTINGCHANGE = 0x0004, 0x8013
WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOGOFF, WTS_SESSION_LOCK = 2, 4, 6, 7
GUID_LIDSWITCH_STATE_CHANGE = uuid.UUID("ba3e0f4d-b817-4094-a2d1-d56379e6a0f3")


class Message(ctypes.Structure):
    """`MSG`."""

    _fields_ = (
        ("hwnd", ctypes.c_void_p),
        ("message", ctypes.c_uint32),
        ("wparam", ctypes.c_size_t),
        ("lparam", ctypes.c_ssize_t),
    )


class PowerSetting(ctypes.Structure):
    """`POWERBROADCAST_SETTING` with one 32-bit value."""

    _fields_ = (
        ("setting", ctypes.c_ubyte * 16),
        ("length", ctypes.c_uint32),
        ("value", ctypes.c_uint32),
    )


def trigger_of(message: Message) -> str:
    """The trigger that a message is; empty for none."""
    if message.message == WM_WTSSESSION_CHANGE:
        if message.wparam == WTS_SESSION_LOCK:
            return SCREEN
        if message.wparam in (WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOGOFF):
            return USER
    elif message.message == WM_POWERBROADCAST:
        if message.wparam == PBT_APMSUSPEND:
            return SLEEP
        if message.wparam == PBT_POWERSETTINGCHANGE and message.lparam:
            told = PowerSetting.from_address(message.lparam)
            lid = bytes(told.setting) == GUID_LIDSWITCH_STATE_CHANGE.bytes_le
            if lid and told.length >= 4 and told.value == 0:
                return LID
    return ""


class WindowsWatch(Watch):
    """Registers for the messages and reads them as they pass."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self._window: QWindow | None = None
        self._filter = _Filter(self)
        self._lid = 0

    def start(self) -> None:
        app = QCoreApplication.instance()
        if sys.platform != "win32" or app is None:
            return
        self._window = QWindow()
        self._window.create()
        handle = int(self._window.winId())
        watched = {SLEEP}  # every top-level window is told of a suspend
        if ctypes.windll.wtsapi32.WTSRegisterSessionNotification(ctypes.c_void_p(handle), 0):
            watched |= {SCREEN, USER}
        register = ctypes.windll.user32.RegisterPowerSettingNotification
        register.restype = ctypes.c_void_p
        lid = (ctypes.c_ubyte * 16)(*GUID_LIDSWITCH_STATE_CHANGE.bytes_le)
        self._lid = register(ctypes.c_void_p(handle), ctypes.byref(lid), 0) or 0
        if self._lid:
            watched.add(LID)
        app.installNativeEventFilter(self._filter)
        self._set_watched(frozenset(watched))

    def stop(self) -> None:
        app = QCoreApplication.instance()
        if sys.platform != "win32" or app is None or self._window is None:
            return
        app.removeNativeEventFilter(self._filter)
        handle = ctypes.c_void_p(int(self._window.winId()))
        ctypes.windll.wtsapi32.WTSUnRegisterSessionNotification(handle)
        if self._lid:
            ctypes.windll.user32.UnregisterPowerSettingNotification(ctypes.c_void_p(self._lid))
        self._window.destroy()
        self._window = None
        self._set_watched(frozenset())


class _Filter(QAbstractNativeEventFilter):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> object:
        if not bytes(QByteArray(kind).data()).startswith(b"windows_") or not message:
            return False, 0
        if trigger := trigger_of(Message.from_address(int(message))):
            self._watch.happened.emit(trigger)
        return False, 0
