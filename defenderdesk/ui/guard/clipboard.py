"""The clipboard: content of ours leaves it after a while, and at every lock.

Only what is ours is cleared: we still own the clipboard, or another program (a history of the
clipboard) offers the very text that we put there; of that text a salted digest is remembered,
not the text. Histories that heed it are asked not to keep what we copy.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial

from PySide6.QtCore import QMimeData, QObject, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication

from defenderdesk.ui.work.preferences import Preferences

Mode = QClipboard.Mode
_WINDOWS = 'application/x-qt-windows-mime;value="{}"'
HINTS = {
    "x-kde-passwordManagerHint": b"secret",
    _WINDOWS.format("ExcludeClipboardContentFromMonitorProcessing"): b"\1\0\0\0",
    _WINDOWS.format("CanIncludeInClipboardHistory"): b"\0\0\0\0",
    _WINDOWS.format("CanUploadToCloudClipboard"): b"\0\0\0\0",
}
"""Marks that histories of the clipboard look for: Klipper and others; Windows."""


class ClipboardGuard(QObject):
    """Watches the clipboard, and the X selection where there is one."""

    def __init__(self, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._clipboard = QGuiApplication.clipboard()
        self._salt = os.urandom(16)
        self._ours: dict[Mode, bytes] = {}
        self._marking = False
        self._timers: dict[Mode, QTimer] = {}
        for mode in (Mode.Clipboard, Mode.Selection):
            timer = QTimer(self, singleShot=True)
            timer.timeout.connect(partial(self.clear, mode))
            self._timers[mode] = timer
        self._clipboard.changed.connect(self._changed)

    def _owns(self, mode: Mode) -> bool:
        if mode == Mode.Selection:
            return self._clipboard.supportsSelection() and self._clipboard.ownsSelection()
        return self._clipboard.ownsClipboard()

    def _digest(self, mode: Mode) -> bytes:
        data = self._clipboard.text(mode).encode(errors="replace")
        return hashlib.blake2b(data, key=self._salt).digest()

    def _changed(self, mode: Mode) -> None:
        if self._marking or mode not in self._timers:
            return
        if not self._owns(mode):
            return  # what is ours may come back through a history: the timer goes on
        if not self._clipboard.text(mode):
            self._forget(mode)
            return
        self._ours[mode] = self._digest(mode)
        if mode == Mode.Clipboard:
            self._mark()
        if self._preferences.clipboard_seconds > 0:
            self._timers[mode].start(self._preferences.clipboard_seconds * 1000)

    def _mark(self) -> None:
        """Ask histories not to keep it."""
        there = self._clipboard.mimeData()
        if there is None or there.hasFormat("x-kde-passwordManagerHint"):
            return
        marked = QMimeData()
        for kind in there.formats():
            marked.setData(kind, there.data(kind))
        for kind, value in HINTS.items():
            marked.setData(kind, value)
        self._marking = True
        try:
            self._clipboard.setMimeData(marked)
        finally:
            self._marking = False

    def _forget(self, mode: Mode) -> None:
        self._ours.pop(mode, None)
        self._timers[mode].stop()

    def clear(self, mode: Mode) -> None:
        """Clear it if it still holds what we put there."""
        digest = self._ours.get(mode)
        self._forget(mode)
        if digest is not None and (self._owns(mode) or self._digest(mode) == digest):
            self._clipboard.clear(mode)

    def clear_all(self) -> None:
        """The vault is locked."""
        for mode in self._timers:
            self.clear(mode)
