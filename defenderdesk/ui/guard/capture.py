"""Our windows stay out of screenshots and recordings where the platform has a way: Windows and
macOS. X11 and Wayland have none for an ordinary program, and the settings say so.

The calls of Windows and macOS are written against their documentation; this project's tests run
them against stand-ins only. On macOS from 15 on, newer recording programs ignore the request.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from typing import Any

from PySide6.QtGui import QGuiApplication, QWindow

WDA_NONE, WDA_MONITOR, WDA_EXCLUDEFROMCAPTURE = 0x00, 0x01, 0x11
NS_SHARING_NONE, NS_SHARING_READ_ONLY = 0, 1


def able(platform: str = sys.platform) -> bool:
    """Tells whether this platform has a way."""
    return platform in ("win32", "darwin")


def cover_all(on: bool) -> int:
    """Cover or uncover every window that there is; how many did."""
    return sum(cover(window, on) for window in QGuiApplication.topLevelWindows())


def cover(window: QWindow, on: bool, platform: str = sys.platform) -> bool:
    """Keep one window out of captures; True if the platform took it."""
    if not able(platform) or not window.isVisible():
        return False
    if platform == "win32":
        return _windows(int(window.winId()), on)
    return _mac(int(window.winId()), on)


def _windows(handle: int, on: bool) -> bool:
    user: Any = getattr(ctypes, "windll").user32  # noqa: B009 (mypy knows it on Windows only)
    wanted = (WDA_EXCLUDEFROMCAPTURE, WDA_MONITOR) if on else (WDA_NONE,)
    # Windows before 10 2004 knows only the second, which shows a black window
    return any(user.SetWindowDisplayAffinity(ctypes.c_void_p(handle), one) for one in wanted)


def _mac(view: int, on: bool) -> bool:
    objc = ctypes.CDLL(ctypes.util.find_library("objc"))
    objc.sel_registerName.restype = ctypes.c_void_p
    objc.sel_registerName.argtypes = [ctypes.c_char_p]
    send = objc.objc_msgSend
    send.restype = ctypes.c_void_p
    send.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    window = send(view, objc.sel_registerName(b"window"))
    if not window:
        return False
    send.restype = None
    send.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
    kind = NS_SHARING_NONE if on else NS_SHARING_READ_ONLY
    send(window, objc.sel_registerName(b"setSharingType:"), kind)
    return True
