"""The front door: connections wait here, small, until they have said what a TLS client says first.

A handshake costs memory and time, so nobody has one for connecting alone: a socket that has not sent
its whole ClientHello is a few words here, and is closed after ten seconds. The kernel tells of it when
there is something to look at, and no sooner. Of those that have sent it a few begin their handshake in
each turn of the loop, one address after the other: a flood waits for itself, not everybody for the
flood. Only so many are in a handshake at once; where more come, the oldest of the address with the most
is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
import time
from asyncio import sslproto
from collections import Counter, OrderedDict, deque
from collections.abc import Callable

from defenderdesk.server import connections

WAIT = 10.0
"""Seconds for the ClientHello, and for the handshake after it."""
HANDSHAKES = 128
"""Handshakes at once: one takes milliseconds and two turns of the line."""
_LOOKS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds until a ClientHello of which a part came is looked at again."""
_RECORD = 5
_MOST_HELLO = 16 * 1024 + 256
BUFFER = 32 * 1024
"""Bytes that asyncio sets aside for a connection's TLS; its own choice is eight times as much."""
_BURST = 100
"""Connections that are accepted in one turn of the loop."""
_BEGIN = 8
"""Handshakes that begin in one turn: each takes a third of a millisecond, and those that are under way
go on in between."""

Factory = Callable[[], asyncio.Protocol]


class _Waiting:
    """One socket that said nothing whole yet."""

    __slots__ = ("address", "due", "looks", "sock")

    def __init__(self, sock: socket.socket, address: str) -> None:
        self.sock: socket.socket | None = sock
        self.address, self.due, self.looks = address, time.monotonic() + WAIT, 0


class FrontDoor:
    """Accepts on a listening socket; looks to uvicorn like a server of asyncio."""

    def __init__(self, listening: socket.socket, context: ssl.SSLContext, factory: Factory) -> None:
        sslproto.SSLProtocol.max_size = BUFFER
        self._listening, self._context, self._factory = listening, context, factory
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Waiting] = deque()
        self._ready: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        """By address, those whose ClientHello is whole; the address whose turn it is first."""
        self._open: Counter[str] = Counter()
        self._handshakes: dict[asyncio.Task[None], str] = {}
        self._timer: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        _wake_at(listening, _RECORD)  # those that it accepts inherit it
        self._loop.add_reader(listening.fileno(), self._accept)

    # -- what uvicorn asks of a server -----------------------------------------------------------

    def close(self) -> None:
        """Accepts no more, and lets those go that have not said anything."""
        with contextlib.suppress(OSError, ValueError):
            self._loop.remove_reader(self._listening.fileno())
        if self._timer is not None:
            self._timer.cancel()
        for one in self._queue:
            self._drop(one)
        self._queue.clear()
        self._ready.clear()
        for task in self._handshakes:
            task.cancel()

    async def wait_closed(self) -> None:
        """Waits for nothing: what is open is uvicorn's."""

    # -- before TLS --------------------------------------------------------------------------------

    def _accept(self) -> None:
        for _ in range(_BURST):
            try:
                sock, peer = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # no file is left for it: those that wait longest make room
                self._expire(at_least=10)
                return
            address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
            if not connections.own(address) and self._open[address] >= connections.MOST_OF_ONE:
                sock.close()
                continue
            sock.setblocking(False)
            self._open[address] += 1
            one = _Waiting(sock, address)
            self._queue.append(one)
            self._loop.add_reader(sock.fileno(), self._readable, one)
            if self._timer is None:
                self._timer = self._loop.call_later(WAIT, self._expire)

    def _expire(self, at_least: int = 0) -> None:
        now, self._timer = time.monotonic(), None
        while self._queue and (self._queue[0].sock is None or self._queue[0].due <= now or at_least > 0):
            one = self._queue.popleft()
            at_least -= one.sock is not None
            self._drop(one)
        if self._queue:
            self._timer = self._loop.call_later(max(0.01, self._queue[0].due - now), self._expire)

    def _drop(self, one: _Waiting) -> None:
        if one.sock is not None:
            self._forget(one).close()

    def _forget(self, one: _Waiting) -> socket.socket:
        """The socket, which is nobody's for a moment."""
        sock = one.sock
        assert sock is not None
        one.sock = None
        self._loop.remove_reader(sock.fileno())
        self._open[one.address] -= 1
        if self._open[one.address] <= 0:
            del self._open[one.address]
        return sock

    def _readable(self, one: _Waiting) -> None:
        """Something came. It is looked at where it is, and stays there until TLS reads it."""
        if one.sock is None:
            return
        try:
            head = one.sock.recv(_RECORD, socket.MSG_PEEK)
            if not head or head[0] != 0x16 or (len(head) == _RECORD and _length(head) > _MOST_HELLO):
                self._drop(one)  # gone, or no TLS
                return
            whole = len(head) == _RECORD and len(one.sock.recv(_length(head), socket.MSG_PEEK)) == _length(
                head
            )
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._drop(one)
            return
        if whole:
            self._loop.remove_reader(one.sock.fileno())
            if not self._ready:
                self._loop.call_soon(self._serve)
            self._ready.setdefault(one.address, deque()).append(one)
            return
        if not one.looks and len(head) == _RECORD and _wake_at(one.sock, _length(head)):
            one.looks = 1
            return  # it is told when the rest is there
        # What is there would be told again and again: it is looked at after a moment.
        self._loop.remove_reader(one.sock.fileno())
        wait = _LOOKS[min(one.looks, len(_LOOKS) - 1)]
        one.looks += 1
        self._loop.call_later(wait, self._readable, one)

    def _serve(self) -> None:
        """Begins a few handshakes, one of each address in turn; the others wait for the next turn."""
        begun = 0
        while self._ready and begun < _BEGIN:
            address, waiting = self._ready.popitem(last=False)
            one = waiting.popleft()
            if waiting:
                self._ready[address] = waiting
            if one.sock is not None:  # else it waited too long
                self._begin(self._forget(one), address)
                begun += 1
        if self._ready:
            self._loop.call_soon(self._serve)

    # -- TLS -----------------------------------------------------------------------------------------

    def _begin(self, sock: socket.socket, address: str) -> None:
        if len(self._handshakes) >= HANDSHAKES:
            most, _ = Counter(self._handshakes.values()).most_common(1)[0]
            one = next(task for task, address in self._handshakes.items() if address == most)
            del self._handshakes[one]
            one.cancel()
        task = self._loop.create_task(self._handshake(sock))
        self._handshakes[task] = address
        task.add_done_callback(lambda done: self._handshakes.pop(done, None))

    async def _handshake(self, sock: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._factory, sock, ssl=self._context, ssl_handshake_timeout=WAIT
            )
        except asyncio.CancelledError:
            sock.close()
            raise
        except (OSError, ssl.SSLError):
            sock.close()


def _wake_at(sock: socket.socket, size: int) -> bool:
    """Tells of a socket that it can be read once so many bytes are there. False where that is left to
    whoever looks: elsewhere the wish is taken, and not followed by what waits for many sockets."""
    if sys.platform != "linux":
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
    except OSError:
        return False
    return True


def _length(head: bytes) -> int:
    return _RECORD + int.from_bytes(head[3:5], "big")
