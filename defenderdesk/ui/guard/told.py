"""Ending in order when the system says so: at a logout, at a shutdown, by `kill`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

HEARS = 500
"""Milliseconds within which it is heard: Python looks for signals between two steps of its own, and Qt
takes none while nothing happens."""


@contextmanager
def to_end(owner: QObject, end: Callable[[], object]) -> Iterator[None]:
    """Within it, SIGTERM and SIGINT call `end` from the event loop."""
    hears = QTimer(owner, interval=HEARS)
    hears.timeout.connect(lambda: None)
    hears.start()

    def heard(_number: int, _frame: object) -> None:
        QTimer.singleShot(0, owner, end)

    before = {one: signal.signal(one, heard) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
