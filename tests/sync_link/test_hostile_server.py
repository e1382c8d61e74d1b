"""A server that lies: real HTTPS, scripted answers. Refused, bounded, nothing lost."""

from __future__ import annotations

import contextlib
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from defenderdesk.bundle import mailbox_chain
from defenderdesk.errors import NoSafeLinkError
from defenderdesk.server import tls
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.server import client, patience
from tests.conftest import Pair
from tests.worlds.records import new_case

Script = Callable[[BaseHTTPRequestHandler], None]


@contextlib.contextmanager
def liar(folder: Path, script: dict[str, Any]) -> Iterator[str]:
    """A server that answers what `script` says: path's beginning → JSON, bytes, or a function."""
    folder.mkdir()
    pem, pin = tls.identity(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self.rfile.read(length)
            for start, what in script.items():
                method, _, path = start.partition(" ")
                if self.command == method and self.path.startswith(path):
                    if callable(what):
                        what(self)
                    else:
                        data = what if isinstance(what, bytes) else json.dumps(what).encode()
                        self.send_response(200)
                        self.send_header("content-length", str(len(data)))
                        self.end_headers()
                        self.wfile.write(data)
                    return
            self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_PATCH = answer

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/#sha256={pin}&token=t"
    finally:
        server.shutdown()
        server.server_close()


HELLO = {"protocol": 2, "epoch": "a" * 32, "time": 1_790_000_000}
BASE = {
    "GET /v1/hello": HELLO,
    "GET /v1/roll": {"number": 0, "sha256": "0" * 64, "roll": ""},
    "POST /v1/register": {},
    "PUT /v1/devices": {},
}
EMPTY = {"bundles": [], "last": 0, "chain": "0" * 64}


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("location", "http://127.0.0.1:9/elsewhere")
    handler.send_header("content-length", "0")
    handler.end_headers()


@pytest.mark.parametrize(
    "script",
    [
        {"GET /v1/hello": b"garbage"},
        {"GET /v1/hello": []},
        {"GET /v1/hello": {**HELLO, "protocol": 3}},
        {"GET /v1/hello": {**HELLO, "time": 10**20}},
        {"GET /v1/hello": {**HELLO, "epoch": "../.."}},
        {"GET /v1/hello": endless},
        {"GET /v1/hello": redirect},
        {**BASE, "GET /v1/mailboxes": b"x" * 10_000_000},
        {**BASE, "GET /v1/mailboxes": {"bundles": 7, "last": 0}},
        {**BASE, "GET /v1/mailboxes": {"bundles": [{"seq": 1}], "last": 1}},
        {**BASE, "GET /v1/mailboxes": {"bundles": [], "last": 0, "chain": "1" * 64}},
        {**BASE, "GET /v1/mailboxes": {"bundles": [], "last": 0, "chain": None}},
        {**BASE, "GET /v1/mailboxes": {"bundles": [], "last": 10**30, "chain": 7}},
        {
            **BASE,
            "GET /v1/mailboxes": {
                "bundles": [{"seq": 1, "size": 5, "sha256": "a" * 64, "chain": "b" * 64}],
                "last": 1,
                "chain": "0" * 64,
            },
        },
        {
            **BASE,
            "GET /v1/mailboxes": {
                "bundles": [{"seq": 10**9, "size": 5, "sha256": "a" * 64, "chain": "b" * 64}],
                "last": 10**9,
                "chain": "0" * 64,
            },
        },
        {
            **BASE,
            "GET /v1/mailboxes": {"bundles": [{"seq": 1, "size": 10**18, "sha256": "a" * 64}], "last": 1},
        },
        {**BASE, "GET /v1/mailboxes": {"bundles": [{"seq": 1, "size": 5, "sha256": "../" * 20}], "last": 1}},
        {**BASE, "GET /v1/mailboxes": EMPTY, "POST /v1/mailboxes": {"upload": 7}},
        {**BASE, "GET /v1/mailboxes": EMPTY, "POST /v1/mailboxes": {"upload": "u", "offset": 10**9}},
        {
            **BASE,
            "GET /v1/mailboxes": EMPTY,
            "POST /v1/mailboxes": {"upload": "u", "offset": 0},
            "PATCH": {"offset": 1},
        },
        {**BASE, "GET /v1/mailboxes": EMPTY, "POST /v1/mailboxes": {"upload": "u", "offset": 0}, "PATCH": []},
    ],
)
def test_nonsense_is_no_safe_link(pair: Pair, tmp_path: Path, script: dict[str, Any]) -> None:
    new_case(pair.office, "Mine")
    before = pair.dumps()
    with liar(tmp_path / "liar", script) as url, pytest.raises(NoSafeLinkError):
        synchronise.sync(pair.office, url)
    assert pair.dumps() == before
    assert pair.office.waiting().changes == 2, "still waits"


def test_bad_bundles_are_noted_and_passed(pair: Pair, tmp_path: Path) -> None:
    from defenderdesk.sync.bundles import exporting

    new_case(pair.laptop, "Good")
    good_path = pair.folder / "good.ddbundle"
    exporting.export(pair.laptop, good_path)
    good = good_path.read_bytes()
    bodies = {1: b"rubbish", 2: good[:-5], 3: good, 4: good[:-1] + b"x"}
    listed = {
        "bundles": [
            {"seq": n, "size": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in bodies.items()
        ],
        "last": 4,
    }
    links = {0: mailbox_chain.START}
    for one in listed["bundles"]:  # type: ignore[attr-defined]
        links[one["seq"]] = mailbox_chain.link(links[one["seq"] - 1], one["seq"], one["sha256"])
        one["chain"] = links[one["seq"]].hex()
    asked = {"count": 0}

    def listing(handler: BaseHTTPRequestHandler) -> None:
        box, _, query = handler.path.partition("?")
        seq = box.rpartition("/")[2]
        if not query and seq.isdecimal() and len(seq) < 5:
            data = bodies[int(seq)]
            if seq == "4":
                data = b"something else entirely"
        else:
            after = int(query.split("after=")[1].split("&")[0])
            asked["count"] += 1
            page = [b for b in listed["bundles"] if b["seq"] > after]  # type: ignore[attr-defined]
            data = json.dumps({"bundles": page, "last": 4, "chain": links[after].hex()}).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    script = {**BASE, "GET /v1/mailboxes": listing, "POST /v1/mailboxes": {"seq": 5}}
    with liar(tmp_path / "liar", script) as url:
        # The fourth is shorter than listed: the line seems cut there; the three before stand.
        with pytest.raises(NoSafeLinkError):
            synchronise.sync(pair.office, url)
        assert pair.office.search("Good")
        bodies[4] = good[:-1] + b"y"
        listed["bundles"][3]["size"] = len(b"something else entirely")  # type: ignore[index]
        report = synchronise.sync(pair.office, url)
        assert f"4: {link_policy.MISBEHAVES}" in report.refused and report.received_changes == 0
        assert report.rolled_back, "and what it acknowledged it does not list"
    assert not list((pair.office.profile / "sync").iterdir())


def drip(handler: BaseHTTPRequestHandler, begin: bytes = b"") -> None:
    """A byte now and then, so that no read ever waits long."""
    with contextlib.suppress(OSError):
        handler.wfile.write(begin)
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)


def drip_the_head(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nx-header: ")


def drip_the_body(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")


@pytest.mark.parametrize("where", [drip_the_head, drip_the_body])
@pytest.mark.parametrize("path", ["GET /v1/hello", "GET /v1/mailboxes"])
def test_a_server_that_drips_is_left_with_the_reason(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: Script, path: str
) -> None:
    monkeypatch.setattr(client, "ANSWER", 0.3)
    monkeypatch.setattr(client, "LEAST_RATE", 10**9)
    monkeypatch.setattr(patience, "GRACE", 0.3)
    new_case(pair.office, "Mine")
    with liar(tmp_path / "liar", {**BASE, path: where}) as url, pytest.raises(NoSafeLinkError) as caught:
        synchronise.sync(pair.office, url)
    assert caught.value.facts["reason"] == link_policy.TOO_SLOW
    assert pair.office.waiting().changes == 2, "still waits"


def test_a_bundle_that_drips_is_left_and_what_came_stays(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "GRACE", 0.3)
    link = mailbox_chain.link(mailbox_chain.START, 1, "a" * 64).hex()
    listed = {
        "bundles": [{"seq": 1, "size": 1_000_000, "sha256": "a" * 64, "chain": link}],
        "last": 1,
        "chain": "0" * 64,
    }

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "?" not in handler.path:
            return drip_the_body(handler)
        data = json.dumps(listed).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
        return None

    with (
        liar(tmp_path / "liar", {**BASE, "GET /v1/mailboxes": answer}) as url,
        pytest.raises(NoSafeLinkError) as caught,
    ):
        synchronise.sync(pair.office, url)
    assert caught.value.facts["reason"] == link_policy.TOO_SLOW


def test_a_server_that_lists_without_an_end_is_left_after_its_time(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is a chain, each bundle is as listed, and none brings anything."""
    monkeypatch.setattr(patience, "ALTOGETHER", 1.5)
    links = [mailbox_chain.START]
    rubbish = hashlib.sha256(b"x").hexdigest()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = b"x"
        if "?" in handler.path:
            after = int(handler.path.partition("after=")[2].partition("&")[0])
            while len(links) <= after + 1:
                links.append(mailbox_chain.link(links[-1], len(links), rubbish))
            one = {"seq": after + 1, "size": 1, "sha256": rubbish, "chain": links[after + 1].hex()}
            data = json.dumps({"bundles": [one], "last": 10**9, "chain": links[after].hex()}).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with (
        liar(tmp_path / "liar", {**BASE, "GET /v1/mailboxes": answer}) as url,
        pytest.raises(NoSafeLinkError) as caught,
    ):
        synchronise.sync(pair.office, url)
    assert caught.value.facts["reason"] == link_policy.ENDLESS
    assert len(links) > 5
