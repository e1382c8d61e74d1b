"""The server by itself: who may speak, limits, and that it says no in order."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import obstore
import pytest
from obstore.exceptions import GenericError

from defenderdesk.crypto.signing import SigningKey
from defenderdesk.server import requests
from defenderdesk.server.app import Server
from defenderdesk.server.store import ServerStore
from tests.worlds.servers import BOX, Body, Caller, ask, founded, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ServerStore]:
    made = ServerStore(tmp_path / "server")
    yield made
    made.close()


@pytest.fixture
def office(store: ServerStore) -> Caller:
    return founded(store)


def test_bundles_come_back_as_they_were(office: Caller, store: ServerStore) -> None:
    data = bytes(range(256)) * 20_000
    assert put(office, data, piece=1_000_000) == 1
    assert put(office, data) == 1, "the same again is the same"
    assert put(office, b"second") == 2
    status, listed = office.json("GET", f"/v1/mailboxes/{BOX}?after=0&limit=1")
    assert status == 200 and listed["last"] == 2 and len(listed["bundles"]) == 1
    assert office.send("GET", f"/v1/mailboxes/{BOX}/1") == (200, data)
    headers = office.headers("GET", f"/v1/mailboxes/{BOX}/1", b"")
    headers["range"] = "bytes=5000000-"
    assert office.send("GET", f"/v1/mailboxes/{BOX}/1", b"", headers) == (206, data[5_000_000:])
    headers = office.headers("GET", f"/v1/mailboxes/{BOX}/1", b"") | {"range": "bytes=99999999-"}
    assert office.send("GET", f"/v1/mailboxes/{BOX}/1", b"", headers)[0] == 416
    assert office.send("GET", f"/v1/mailboxes/{BOX}/9")[0] == 404


def test_who_may_not_speak(office: Caller, store: ServerStore) -> None:
    path = f"/v1/mailboxes/{BOX}?after=0"
    assert office.send("GET", path, b"", {"host": "server"})[0] == 401
    stranger = Caller(office.app, SigningKey(b"s" * 32))
    assert stranger.send("GET", path)[0] == 403
    forged = stranger.headers("GET", path, b"")
    forged["Signature-Input"] = forged["Signature-Input"].replace(stranger.id, office.id)
    assert office.send("GET", path, b"", forged)[0] == 401
    good = office.headers("GET", path, b"")
    assert office.send("GET", path, b"", good)[0] == 200
    for method, other in (
        ("GET", path + "&limit=1"),
        ("GET", f"/v1/mailboxes/{'f' * 32}?after=0"),
        ("POST", path),
    ):
        assert office.send(method, other, b"", good)[0] in (401, 405), "for another request"
    body = msgspec.json.encode({"size": 3, "sha256": "0" * 64})
    signed = office.headers("POST", f"/v1/mailboxes/{BOX}/uploads", body)
    changed = body.replace(b"3", b"4")
    assert office.send("POST", f"/v1/mailboxes/{BOX}/uploads", changed, signed)[0] == 401
    old = office.headers("GET", path, b"", age=700)
    status, said = office.send("GET", path, b"", old)
    assert (status, msgspec.json.decode(said)["error"]) == (401, "stale")
    early = office.headers("GET", path, b"", age=-4000)
    assert office.send("GET", path, b"", early)[0] == 401


def test_uploads_are_bounded_and_checked(office: Caller, store: ServerStore) -> None:
    url = f"/v1/mailboxes/{BOX}/uploads"
    for value in ({"size": 5 * 1024**4, "sha256": "0" * 64}, {"size": 0, "sha256": "0" * 64}):
        assert office.json("POST", url, value)[0] == 413
    for value in ({"size": 5, "sha256": "../../etc"}, {"size": "5", "sha256": "0" * 64}, [], 7, {}):
        assert office.json("POST", url, value)[0] == 400
    assert office.send("POST", url, b"x" * 2_000_000)[0] == 413
    _, begun = office.json("POST", url, {"size": 5, "sha256": "0" * 64})
    piece = f"/v1/uploads/{begun['upload']}?offset="
    assert office.send("PATCH", piece + "3", b"abc")[0] == 409
    assert office.send("PATCH", piece + "0", b"abcdef")[0] == 413
    assert office.send("PATCH", piece + "0", b"abc")[0] == 200
    assert office.json("POST", f"/v1/uploads/{begun['upload']}/finish")[0] == 409
    assert office.json("POST", url, {"size": 5, "sha256": "0" * 64})[1]["offset"] == 3
    assert office.send("PATCH", piece + "3", b"de")[0] == 200
    assert office.json("POST", f"/v1/uploads/{begun['upload']}/finish")[0] == 422
    assert office.send("PATCH", piece + "0", b"abc")[0] == 404
    for path in (
        "/v1/mailboxes/..%2f..?after=0",
        f"/v1/mailboxes/{BOX}?after=x",
        f"/v1/mailboxes/{BOX}?after=-1",
        f"/v1/mailboxes/{BOX[:-1]}G?after=0",
    ):
        assert office.send("GET", path)[0] in (400, 404)


def test_letterboxes(office: Caller) -> None:
    nobody = {"host": "server"}
    post = f"/v1/letterboxes/{BOX}/request"
    assert office.send("POST", post, b"join", nobody)[0] == 404
    assert office.json("PUT", f"/v1/letterboxes/{BOX}")[0] == 200
    assert office.send("GET", post)[0] == 204
    assert office.send("POST", post, b"x" * 70_000, nobody)[0] == 413
    assert office.send("POST", post, b"join", nobody)[0] == 200
    assert office.send("POST", post, b"join", nobody)[0] == 200
    assert office.send("POST", post, b"other", nobody)[0] == 409
    assert office.send("GET", post) == (200, b"join")
    assert office.send("GET", post, b"", nobody)[0] == 401
    put(office, b"not a reply", "e" * 32)
    assert office.send("GET", f"/v1/letterboxes/{'e' * 32}/reply", b"", nobody)[0] == 404
    reply = f"/v1/letterboxes/{BOX}/reply"
    assert office.send("GET", reply, b"", nobody)[0] == 404
    put(office, b"first bundle")
    assert office.send("GET", reply, b"", nobody) == (200, b"first bundle")


def test_a_restart_keeps_everything(office: Caller, store: ServerStore, tmp_path: Path) -> None:
    put(office, b"kept")
    again = ServerStore(tmp_path / "server")
    assert again.epoch == store.epoch
    caller = Caller(Server(again).app(), office.key)
    assert caller.send("GET", f"/v1/mailboxes/{BOX}/1") == (200, b"kept")
    again.close()


def test_of_a_stranger_no_byte_is_taken_into_memory(store: ServerStore) -> None:
    stranger = Caller(Server(store).app(), SigningKey(b"x" * 32))
    path, body = f"/v1/uploads/{BOX}?offset=0", Body(b"x" * 10**6)
    headers = stranger.headers("PATCH", path, b"")
    asked = ask(stranger.app, "PATCH", path, headers, body)
    assert asyncio.run(asyncio.wait_for(asked, 20))[0] == 403
    assert body.taken == 0


def test_a_body_whose_rest_does_not_come_is_let_go(office: Caller, monkeypatch) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.05)
    path, body = f"/v1/uploads/{BOX}?offset=0", Body(b"some")
    headers = office.headers("PATCH", path, b"something")
    asked = ask(office.app, "PATCH", path, headers, body)
    assert asyncio.run(asyncio.wait_for(asked, 20))[0] == 408
    assert body.taken == 1


def test_a_forged_signature_is_refused_before_its_body_is_read(office: Caller) -> None:
    path, body = f"/v1/uploads/{BOX}?offset=0", Body(b"x" * 10**6)
    headers = office.headers("PATCH", "/v1/uploads/another", b"something")
    asked = ask(office.app, "PATCH", path, headers, body)
    assert asyncio.run(asyncio.wait_for(asked, 20))[0] == 401
    assert body.taken == 0


def test_bytes_that_are_swept_while_they_are_finished_again_stay(
    office: Caller, store: ServerStore, monkeypatch
) -> None:
    data = b"the same bytes in two mailboxes"
    first = put(office, data)
    real = store.blobs.put

    def swept(sha256: str, path: Path) -> None:
        real(sha256, path)
        monkeypatch.setattr(store.blobs, "put", real)
        assert office.send("DELETE", f"/v1/mailboxes/{BOX}?through={first}")[0] == 200

    monkeypatch.setattr(store.blobs, "put", swept)
    other = "c" * 32
    second = put(office, data, other)
    assert office.send("GET", f"/v1/mailboxes/{other}/{second}") == (200, data)


def test_a_server_that_fills_up_while_an_upload_is_finished_says_so_and_keeps_it(
    office: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store of blobs has errors of its own, which no program was told of before."""
    data = b"sealed" * 100
    begun = office.json(
        "POST",
        f"/v1/mailboxes/{BOX}/uploads",
        {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()},
    )[1]
    path = f"/v1/uploads/{begun['upload']}"
    assert office.send("PATCH", f"{path}?offset=0", data)[0] == 200

    def full(*_: object) -> None:
        raise GenericError("Unable to copy data to file: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr(obstore, "put", full)
        status, said = office.json("POST", f"{path}/finish")
        assert (status, said["error"]) == (507, "no-space")
    assert office.json("POST", f"{path}/finish")[0] == 200
