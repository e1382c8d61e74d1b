"""Strangers who connect, say nothing whole, or do not read, cost the server next to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

from defenderdesk.server import connections, front_door
from defenderdesk.server.connections import TimeoutProtocol
from defenderdesk.server.front_door import FrontDoor
from tests.sync_link.server import Running, running

MANY = 3000
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip("this machine opens too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY), hard))
    with running(tmp_path_factory.mktemp("door") / "server") as made:
        yield made
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def client_hello() -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


def megabytes(server: Running) -> float:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def greet(server: Running) -> None:
    with urllib3.PoolManager(cert_reqs="CERT_NONE", retries=False, timeout=20) as pool:
        assert pool.request("GET", f"https://127.0.0.1:{server.port}/v1/hello").status == 200


@pytest.mark.parametrize("said", [b"", client_hello()[:40], client_hello()], ids=["nothing", "a part", "all"])
def test_half_open_connections_are_small_and_the_greeting_goes_on(server: Running, said: bytes) -> None:
    """10,000 are to cost less than 64 MB: so many of them that part."""
    greet(server)
    before = megabytes(server)
    with contextlib.ExitStack() as held:
        for number in range(MANY):
            sock = held.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sock.sendall(said)
            if number % 1000 == 999:
                greet(server)
        assert megabytes(server) - before < 64 * MANY / 10_000 + 16  # handshakes are as many as they are
        greet(server)
    greet(server)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(100)])
def test_what_is_no_tls_is_let_go_at_once(server: Running, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=9) as sock:
        sock.sendall(said)
        with contextlib.suppress(ConnectionError):
            assert sock.recv(1) == b""


def test_a_hello_that_comes_in_pieces_is_answered(server: Running) -> None:
    hello = client_hello()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        for piece in (hello[:3], hello[3:20], hello[20:]):
            sock.sendall(piece)
        assert sock.recv(1) == b"\x16"


def test_a_flood_of_one_address_waits_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred whole ClientHellos of one address were there first; another address has its turn
    after one of them, and each turn of the loop begins a few."""
    begun: list[str] = []

    def begin(door: FrontDoor, sock: socket.socket, address: str) -> None:
        begun.append(address)
        sock.close()

    monkeypatch.setattr(FrontDoor, "_begin", begin)
    hello, many = client_hello(), 300

    async def use() -> None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=2 * many)
        port = listening.getsockname()[1]
        with contextlib.ExitStack() as held:
            for number in range(many + 1):
                source = ("127.0.0.2" if number == many else "127.0.0.1", 0)
                sock = held.enter_context(
                    socket.create_connection(("127.0.0.1", port), source_address=source)
                )
                sock.sendall(hello)
            door = FrontDoor(listening, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), asyncio.Protocol)
            async with asyncio.timeout(20):
                while "127.0.0.2" not in begun:
                    before = len(begun)
                    await asyncio.sleep(0)
                    assert len(begun) - before <= front_door._BEGIN
                accepted = -(-(many + 1) // front_door._BURST)
                assert begun.index("127.0.0.2") <= (accepted + 2) * front_door._BEGIN
                while len(begun) <= many:
                    await asyncio.sleep(0)
            assert not door._open and not door._ready
            door.close()
        listening.close()

    asyncio.run(use())


@pytest.mark.skipif(sys.platform != "linux", reason="others cannot be asked to tell late")
def test_a_part_of_a_hello_is_not_looked_at_until_the_rest_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(
        FrontDoor, "_begin", lambda door, sock, address: (begun.append(address), sock.close())
    )
    looked: list[object] = []
    readable = FrontDoor._readable

    def counted(door: FrontDoor, one: Any) -> None:
        looked.append(one)
        readable(door, one)

    monkeypatch.setattr(FrontDoor, "_readable", counted)
    hello = client_hello()

    async def use() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        door = FrontDoor(listening, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), asyncio.Protocol)
        _, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
        async with asyncio.timeout(20):
            writer.write(hello[:40])
            while not looked:
                await asyncio.sleep(0)
            for piece in (hello[40:80], hello[80:120]):  # told of neither
                writer.write(piece)
                await writer.drain()
                for _ in range(50):
                    await asyncio.sleep(0)
            assert len(looked) == 1
            writer.write(hello[120:])
            while not begun:
                await asyncio.sleep(0)
        assert len(looked) == 2
        writer.close()
        door.close()
        listening.close()

    asyncio.run(use())


def test_who_leaves_in_the_middle_of_a_hello_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "WAIT", 0.5)
    hello = client_hello()

    async def use() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        door = FrontDoor(listening, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), asyncio.Protocol)
        for part in (hello[:3], hello[:40]):
            _, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
            writer.write(part)
            await writer.drain()
            writer.close()
        async with asyncio.timeout(20):
            while not door._open:
                await asyncio.sleep(0)
            while door._open:
                await asyncio.sleep(0.005)
        door.close()
        listening.close()

    asyncio.run(use())


def test_who_says_nothing_is_let_go_and_the_number_of_one_address_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front_door, "WAIT", 0.2)
    monkeypatch.setattr(connections, "MOST_OF_ONE", 3)
    monkeypatch.setattr(connections, "own", lambda address: False)

    async def use() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        door = FrontDoor(listening, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), asyncio.Protocol)
        port = listening.getsockname()[1]
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                assert await waiting[3][0].read() == b"", "the fourth at once"
            for reader, _ in waiting[:3]:
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
        assert not door._open and not door._queue
        door.close()
        listening.close()

    asyncio.run(use())


def test_a_reader_who_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "UNREAD", 0.3)

    async def much(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})

    async def use() -> None:
        config = uvicorn.Config(much, log_config=None, lifespan="off")
        config.load()
        state = ServerState()
        made = await asyncio.get_running_loop().create_server(
            lambda: TimeoutProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        _, writer = await asyncio.open_connection(*made.sockets[0].getsockname()[:2], limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(20):
            while not state.connections:
                await asyncio.sleep(0.005)
            while state.connections:
                await asyncio.sleep(0.005)
        writer.close()
        made.close()

    asyncio.run(use())


def test_a_reader_who_reads_is_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = TimeoutProtocol.__new__(TimeoutProtocol)
    protocol.loop, protocol.flow = asyncio.new_event_loop(), FlowControl(asyncio.Transport())
    protocol.transport = asyncio.Transport()
    protocol.pause_writing()
    assert protocol._unread is not None
    timer = protocol._unread
    protocol.resume_writing()
    assert protocol._unread is None and timer.cancelled()
    protocol.loop.close()
