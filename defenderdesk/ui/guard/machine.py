"""The one watch of this process, for the platform that it runs on."""

from __future__ import annotations

import sys

import shiboken6
from PySide6.QtCore import QCoreApplication

from defenderdesk.ui.guard.watch import Watch

_made: Watch | None = None


def of_this_machine() -> Watch:
    """The one watch of this process, for this platform. macOS tells such things only to programs
    that link its own frameworks: there, waking late is noticed by the clock (`ui.shell.app`), and
    the rest is not."""
    global _made
    if _made is not None and shiboken6.isValid(_made):
        return _made
    app = QCoreApplication.instance()
    if sys.platform == "linux":
        from defenderdesk.ui.guard.bus import BusWatch

        _made = BusWatch(parent=app)
    elif sys.platform == "win32":
        from defenderdesk.ui.guard.windows import WindowsWatch

        _made = WindowsWatch(app)
    else:
        _made = Watch(app)
    return _made
