"""Garbage is collected in the GUI thread only.

Python's collector runs in whatever thread happens to allocate. When that is a worker of
`ui/operations` and the garbage holds widgets (a closed dialog, in a cycle with its own
callbacks), Qt objects are destroyed outside their thread: it crashes, or worker and GUI thread
wait for each other for ever. So automatic collection is off while there are workers, and a timer
of the GUI thread collects by the collector's own thresholds. The same is done by other large Qt
programs in Python.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QObject, QTimer

EVERY = 500
"""Milliseconds between two looks."""


class Collector(QObject):
    """Looks whether it is time, and collects here."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if thresholds[generation] and counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return


_collector: Collector | None = None


def here() -> None:
    """Collect in this thread, the GUI's, from now on."""
    global _collector
    import shiboken6

    gc.disable()
    application = QCoreApplication.instance()
    if application is not None and (_collector is None or not shiboken6.isValid(_collector)):
        _collector = Collector(application)


def end() -> None:
    """The windows are gone: collect what is left of them while Qt still stands, and give the
    collector back. Left to the end of the process, it would find Qt half gone."""
    from PySide6.QtCore import QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()
