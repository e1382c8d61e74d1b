"""Running the server: one process, no configuration."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout

from defenderdesk.errors import InUseError, StorageError
from defenderdesk.server import tls
from defenderdesk.server.app import Server
from defenderdesk.server.connections import TimeoutProtocol, raise_limit
from defenderdesk.server.store import ServerStore


def serve(
    data: Path,
    host: str,
    port: int,
    ready: Callable[[str], None] | None = None,
    public_host: str | None = None,
) -> None:
    """Serves until told to stop (SIGTERM, SIGINT). `ready` gets the address, with the pinned
    identity and the registration token, once the port is open."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(data / "lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InUseError from error
    except OSError as error:
        raise StorageError(what=f"{data}: {error.strerror or error}") from error
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # named as TCP: else asyncio leaves Nagle on, and each answer waits 40 ms for it
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise StorageError(what=f"{host}:{port}: {error.strerror or error}") from error
        listening.listen(100)
        store = ServerStore(data)
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
        real = listening.getsockname()[1]
        raise_limit()
        server = uvicorn.Server(config)
        if ready:
            ready(f"https://{shown}:{real}/#sha256={pin}&token={store.token}")
        try:
            server.run(sockets=[listening])
        finally:
            store.close()
            listening.close()
    finally:
        lock.release()
