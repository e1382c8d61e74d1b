"""Connections that cost a stranger nothing must not cost the server its place for others."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import sys
from collections import Counter
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 60.0
"""Seconds in which a request must have begun, its headers whole."""
UNREAD = 120.0
"""Seconds in which a reader must take what waits for it: at most some 64 KiB."""
MOST_OF_ONE = 200
"""Connections of one address: an office behind one address has fewer, a flood more."""


class TimeoutProtocol(H11Protocol):
    """A connection that is closed when nothing whole comes over it, when nobody reads what it is to
    carry, or when its address has too many. What comes from this machine itself (a tunnel, an onion
    service) is not counted: it would be everybody."""

    _open: ClassVar[Counter[str]] = Counter()
    _counted = ""
    _seen: Any = None
    _timer: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Counts it, and begins to wait."""
        super().connection_made(cast(asyncio.Transport, transport))
        address = self.client[0] if self.client else ""
        if not own(address):
            self._counted = address
            self._open[address] += 1
            if self._open[address] > MOST_OF_ONE:
                cast(asyncio.Transport, transport).abort()
                return
        self._timer = self.loop.call_later(PATIENCE, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets it."""
        for timer in (self._timer, self._unread):
            if timer is not None:
                timer.cancel()
        if self._counted:
            self._open[self._counted] -= 1
            if self._open[self._counted] <= 0:
                del self._open[self._counted]
            self._counted = ""
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The other side does not read: for how long is counted."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _look(self) -> None:
        cycle = self.cycle
        if (cycle is None or cycle.response_complete) and cycle is self._seen:
            self.transport.abort()
            return
        self._seen = cycle
        self._timer = self.loop.call_later(PATIENCE, self._look)


def own(address: str) -> bool:
    """Tells whether an address is this machine's."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return True
    mapped = getattr(found, "ipv4_mapped", None)  # as a socket for both families says it
    return (mapped or found).is_loopback


def raise_limit() -> None:
    """As many open files as the system lets this process have: at the usual 1,024, and fewer in
    some services, a few hundred connections would be all."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(65_536, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
