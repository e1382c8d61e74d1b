"""Running the server: one process, no configuration."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from filelock import FileLock, Timeout

from defenderdesk.errors import NoServerYetError, ServerRunningError, StorageError
from defenderdesk.server import tls
from defenderdesk.server.app import Server
from defenderdesk.server.connections import TimeoutProtocol, raise_limit
from defenderdesk.server.front_door import FrontDoor
from defenderdesk.server.store import ServerStore


def serve(
    data: Path,
    host: str,
    port: int,
    ready: Callable[[str], None] | None = None,
    public_host: str | None = None,
) -> None:
    """Serves until told to stop (SIGTERM, SIGINT). `ready` gets the address with the pinned
    identity, once the port is open; no token: what is printed may stand in a journal."""
    with _alone(data), contextlib.closing(_listening(host, port)) as listening, _told_to_stop():
        store = ServerStore(data)
        try:
            store.clean()
            store.begin_generation()
            pem, pin = tls.identity(data)
            config = uvicorn.Config(
                Server(store, pin).app(),
                ssl_certfile=pem,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                lifespan="off",
                http=TimeoutProtocol,
                ws="none",
                timeout_graceful_shutdown=5,
            )
            name = public_host or ("localhost" if host in ("0.0.0.0", "::") else host)  # noqa: S104
            shown = f"[{name}]" if ":" in name else name
            address = f"https://{shown}:{listening.getsockname()[1]}/#sha256={pin}"
            store.set_address(address)
            raise_limit()
            if ready:
                ready(address)
            _Behind(config).run(sockets=[listening])
        finally:
            store.close()


class _Behind(uvicorn.Server):
    """uvicorn, whose connections come through the front door."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the door."""
        config, state = self.config, self.server_state

        def made() -> asyncio.Protocol:
            return TimeoutProtocol(config=config, server_state=state, app_state={})

        assert config.ssl is not None
        self.servers: list[Any] = [FrontDoor(one, config.ssl, made) for one in sockets or []]
        self.started = True


def token(data: Path) -> str:
    """The address of the server over `data`, running or not, with a token that lets one workspace
    register once."""
    if not (data / "server.db").exists():
        raise NoServerYetError(where=data)
    store = ServerStore(data)
    try:
        if not store.address:
            raise NoServerYetError(where=data)
        return f"{store.address}&token={store.new_token()}"
    finally:
        store.close()


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """The folder, which no other process serves from meanwhile."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(data / "lock", mode=0o600)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ServerRunningError(where=data) from error
    except OSError as error:
        raise StorageError(what=f"{data}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP: else asyncio leaves Nagle on, and each answer waits 40 ms for it
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise StorageError(what=f"{host}:{port}: {error.strerror or error}") from error
    made.listen(4096)
    return made


@contextlib.contextmanager
def _told_to_stop() -> Iterator[None]:
    """uvicorn ends in order, then raises the signal that told it to once more, for whoever stood
    there before: nobody, who would end the process before the database is closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
