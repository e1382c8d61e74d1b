"""The time that a server may take: for one answer, for each minute of a download, and in all.

A server that drips a byte a second, or lists without an end, is left after minutes, with the reason;
what was taken in until then stays, and the next exchange goes on from there. What brings something new
earns time, so a slow line with much to carry is not cut off.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import link_policy

ANSWER = 120.0
"""Seconds until an answer has begun, besides what its request takes to send."""
LEAST_RATE = 512
"""Bytes a second, over the whole of a body after its first `GRACE` seconds."""
GRACE = 60.0
ALTOGETHER = 600.0
"""Seconds of an exchange, besides what its useful bytes earn at `EARNS` bytes a second."""
EARNS = 2048


class Patience:
    """The clock of one exchange."""

    def __init__(self) -> None:
        self._until = time.monotonic() + ALTOGETHER

    def earn(self, size: int) -> None:
        """Something new came or went, of so many bytes."""
        self._until += size / EARNS

    def check(self) -> None:
        """Raises `NoSafeLinkError` once the exchange takes too long."""
        if time.monotonic() > self._until:
            raise NoSafeLinkError(reason=link_policy.ENDLESS)

    def rate(self, began: float, size: int) -> None:
        """The same, and where a body that began then comes too slowly."""
        self.check()
        if size < (time.monotonic() - began - GRACE) * LEAST_RATE:
            raise NoSafeLinkError(reason=link_policy.TOO_SLOW)


class Watch:
    """Ends the connection of a pool when an answer does not begin in time: a socket's own timeout
    begins anew with each byte."""

    def __init__(self, pool: Any) -> None:
        self._socket: socket.socket | None = None
        self.expired = False
        watch = self

        class Watched(pool.ConnectionCls):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                watch._socket = self.sock

        pool.ConnectionCls = Watched

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Surrounds what must be done by then."""
        self.expired = False
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self) -> None:
        self.expired = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # below TLS, which another thread is waiting in
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
