"""Connections that say nothing, and too many of one address."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from defenderdesk.server import connections
from defenderdesk.server.connections import TimeoutProtocol


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def with_server(use: Callable[[int], Awaitable[None]]) -> None:
    """Runs `use` against a real socket that `TimeoutProtocol` answers."""

    async def run() -> None:
        config = uvicorn.Config(hello, log_config=None, lifespan="off", timeout_keep_alive=60)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: TimeoutProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        try:
            await asyncio.wait_for(use(server.sockets[0].getsockname()[1]), 20)
        finally:
            server.close()

    asyncio.run(run())


def test_who_says_nothing_or_only_a_part_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.2)

    async def use(port: int) -> None:
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)
            assert await reader.read() == b""
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(4):  # who goes on asking stays
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.12)
        assert b"".join([await reader.read()]) == b"", "and is let go once nothing comes"
        writer.close()

    with_server(use)


def test_one_address_takes_no_more_than_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 3)
    monkeypatch.setattr(connections, "own", lambda address: False)

    async def use(port: int) -> None:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        reader, _ = await asyncio.open_connection("127.0.0.1", port)
        try:
            assert await reader.read() == b""
        except ConnectionError:
            pass
        kept[0][1].close()
        await kept[0][1].wait_closed()
        while TimeoutProtocol._open["127.0.0.1"] > 2:
            await asyncio.sleep(0.005)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")

    with_server(use)
    assert not TimeoutProtocol._open


def test_what_comes_from_this_machine_is_everybodys() -> None:
    assert connections.own("127.0.0.1") and connections.own("::1") and connections.own("")
    assert connections.own("::ffff:127.0.0.1") and not connections.own("::ffff:192.0.2.7")
    assert not connections.own("192.0.2.7") and not connections.own("2001:db8::1")


def test_it_opens_as_many_files_as_it_may() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        connections.raise_limit()
        wanted = 65_536 if hard == resource.RLIM_INFINITY else min(65_536, hard)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == wanted
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
