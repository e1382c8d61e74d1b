"""A signed request is for one server, one life of it, one moment and one time."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from defenderdesk.server.app import Server
from defenderdesk.server.nonces import Nonces
from defenderdesk.server.refused import Refused
from defenderdesk.server.store import ServerStore
from tests.worlds.servers import BOX, WORKSPACE, Caller, founded

PATH = f"/v1/mailboxes/{BOX}?after=0"


def said(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], msgspec.json.decode(answer[1]).get("error", "")


def test_a_request_that_was_taken_is_not_taken_again(tmp_path: Path) -> None:
    office = founded(ServerStore(tmp_path / "server"))
    signed = office.headers("GET", PATH, b"")
    assert office.send("GET", PATH, b"", signed)[0] == 200
    assert said(office.send("GET", PATH, b"", signed)) == (401, "replayed")


def test_a_restart_forgets_no_request(tmp_path: Path) -> None:
    store = ServerStore(tmp_path / "server")
    office = founded(store)
    signed = office.headers("GET", PATH, b"")
    assert office.send("GET", PATH, b"", signed)[0] == 200
    store.close()
    again = Caller(Server(ServerStore(tmp_path / "server")).app(), office.key)
    assert said(again.send("GET", PATH, b"", signed)) == (401, "replayed")


def test_a_request_for_another_server_is_not_taken(tmp_path: Path) -> None:
    """One keeper runs two servers, or two keepers share what they are sent."""
    one = founded(ServerStore(tmp_path / "one"))
    two = founded(ServerStore(tmp_path / "two"), one.key)
    signed = one.headers("GET", PATH, b"")
    assert said(two.send("GET", PATH, b"", signed)) == (401, "audience")
    assert one.send("GET", PATH, b"", signed)[0] == 200


def test_a_request_for_another_certificate_is_not_taken(tmp_path: Path) -> None:
    store = ServerStore(tmp_path / "server")
    office = founded(store)
    pinned = Caller(Server(store, "a" * 64).app(), office.key)
    assert said(pinned.send("GET", PATH, b"", office.headers("GET", PATH, b""))) == (401, "audience")
    for audience in (f"{'b' * 64} {store.epoch}", f"{'a' * 64} {'0' * 32}", "a" * 64, "x"):
        signed = pinned.headers("GET", PATH, b"", audience=audience)
        assert said(pinned.send("GET", PATH, b"", signed)) == (401, "audience")
    signed = pinned.headers("GET", PATH, b"", audience=f"{'a' * 64} {store.epoch}")
    assert pinned.send("GET", PATH, b"", signed)[0] == 200


def test_the_audience_is_signed(tmp_path: Path) -> None:
    store = ServerStore(tmp_path / "server")
    office = founded(store)
    signed = office.headers("GET", PATH, b"", audience="for another")
    signed["defenderdesk-server"] = f" {store.epoch} {WORKSPACE}"
    assert said(office.send("GET", PATH, b"", signed)) == (401, "signature")


@pytest.mark.parametrize("nonce", [None, "short", "A" * 32, "0" * 64])
def test_a_request_without_a_nonce_is_not_taken(tmp_path: Path, nonce: str | None) -> None:
    office = founded(ServerStore(tmp_path / "server"))
    signed = office.headers("GET", PATH, b"", nonce=nonce)
    assert said(office.send("GET", PATH, b"", signed)) == (401, "signature")


def test_of_many_who_replay_at_once_one_is_taken(tmp_path: Path) -> None:
    store = ServerStore(tmp_path / "server")
    again = ServerStore(tmp_path / "server")
    taken, refused, begin = [], [], threading.Barrier(8)

    def use(nonces: Nonces) -> None:
        begin.wait()
        try:
            nonces.use("0" * 32)
        except Refused as error:
            refused.append(error.code)
        else:
            taken.append(True)

    threads = [threading.Thread(target=use, args=((store, again)[n % 2].nonces,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [True] and refused == ["replayed"] * 7
