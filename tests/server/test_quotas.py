"""What one device and one workspace may take of the server, and absurd requests."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.bundle import mailbox_chain
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.crypto import signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.server import quotas
from defenderdesk.server.boxes import Box
from defenderdesk.server.refused import Refused
from defenderdesk.server.store import ServerStore
from tests.worlds.servers import BOX, FOUNDER, WORKSPACE, Caller, founded, put, roll_on

LAPTOP = SigningKey(b"l" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ServerStore]:
    made = ServerStore(tmp_path / "server")
    yield made
    made.close()


@pytest.fixture
def office(store: ServerStore) -> Caller:
    return founded(store, FOUNDER, [LAPTOP.public])


@pytest.fixture
def laptop(office: Caller) -> Caller:
    return Caller(office.app, LAPTOP)


def rows(tmp_path: Path, table: str) -> int:
    with sqlite3.connect(tmp_path / "server" / "server.db") as conn:
        return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def begin(caller: Caller, box: str, size: int = 5, sha256: str = "0" * 64) -> tuple[int, str]:
    status, said = caller.json("POST", f"/v1/mailboxes/{box}/uploads", {"size": size, "sha256": sha256})
    return status, said.get("error", "")


def test_naming_a_mailbox_makes_none(laptop: Caller, tmp_path: Path) -> None:
    for number in range(50):
        status, said = laptop.json("GET", f"/v1/mailboxes/{number:032x}?after=0")
        assert status == 200 and said["bundles"] == [] and said["last"] == 0
        assert laptop.send("GET", f"/v1/mailboxes/{number:032x}/1")[0] == 404
    assert rows(tmp_path, "boxes") == 0


def test_a_device_begins_a_few_mailboxes_and_those_that_are_known_by_name(
    office: Caller, laptop: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quotas._DEVICE, "boxes", 3)
    said = [begin(laptop, f"{number:032x}")[0] for number in range(6)]
    assert said == [200, 200, 200, 409, 409, 409]
    assert begin(laptop, f"{9:032x}") == (409, "quota")
    assert rows(tmp_path, "boxes") == 3 and rows(tmp_path, "begun") == 3, "what is refused leaves nothing"
    door = rolls.door(signing.id_bytes(WORKSPACE), signing.id_bytes(office.id))
    assert put(laptop, b"before the office's door", door) == 1
    letterbox = "e" * 32
    assert office.json("PUT", f"/v1/letterboxes/{letterbox}")[0] == 200
    assert put(laptop, b"an answer", letterbox) == 1


def test_begun_uploads_bytes_and_deposits_are_bounded(
    office: Caller, laptop: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quotas._DEVICE, "begun", 2)
    said = [begin(laptop, BOX, 5, f"{number:064x}")[0] for number in range(4)]
    assert said == [200, 200, 409, 409]
    assert begin(laptop, BOX, 5, f"{0:064x}")[0] == 200, "one that was begun goes on"
    assert begin(office, BOX)[0] == 200, "another device's are its own"
    monkeypatch.setitem(quotas._WORKSPACE, "bytes", 1000)
    assert put(office, b"x" * 900) == 1
    assert begin(office, BOX, 200, "1" * 64) == (409, "quota")
    assert office.send("DELETE", f"/v1/mailboxes/{BOX}?through=1")[0] == 200
    assert put(office, b"y" * 900) == 2, "what was deleted is free again"
    monkeypatch.setitem(quotas._DEVICE_DAILY, "deposits", 2)
    said = [laptop.send("PUT", f"/v1/deposits/{number:032x}", b"sealed")[0] for number in range(4)]
    assert said == [200, 200, 409, 409]
    assert laptop.send("PUT", f"/v1/deposits/{0:032x}", b"again")[0] == 200


def test_of_many_at_once_no_more_get_in_than_may(
    office: Caller, store: ServerStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes over the same database, several requests each."""
    monkeypatch.setitem(quotas._DEVICE, "begun", 5)
    other = ServerStore(tmp_path / "server")
    start, taken = threading.Barrier(12), []

    def run(number: int) -> None:
        start.wait()
        try:
            one = (store, other)[number % 2]
            one.boxes.begin(Box(WORKSPACE, BOX), office.id, 5, f"{number:064x}")
        except Refused:
            return
        taken.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(taken) == 5 and rows(tmp_path, "begun") == 5


def test_numbers_have_no_holes_and_no_doubles_whoever_writes(
    office: Caller, store: ServerStore, tmp_path: Path
) -> None:
    other = ServerStore(tmp_path / "server")
    box = Box(WORKSPACE, BOX)
    start, errors = threading.Barrier(6), list[BaseException]()

    def run(number: int) -> None:
        boxes = (store, other)[number % 2].boxes
        start.wait()
        try:
            for turn in range(5):
                data = f"{number} {turn}".encode()
                name = boxes.begin(box, office.id, len(data), hashlib.sha256(data).hexdigest())["upload"]
                boxes.append(WORKSPACE, office.id, name, 0, data)
                boxes.finish(WORKSPACE, office.id, name)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert errors == []
    listed = store.boxes.listed(box, 0, 500)
    assert [one["seq"] for one in listed["bundles"]] == list(range(1, 31)) and listed["last"] == 30
    link = mailbox_chain.START
    for one in listed["bundles"]:
        link = mailbox_chain.link(link, one["seq"], one["sha256"])
        assert one["chain"] == link.hex()


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "-1", "1e3", "0x1", "%2B1", "%D9%A1", "1.0"])
def test_an_absurd_number_is_refused_in_order(office: Caller, number: str) -> None:
    put(office, b"one")
    for path in (
        f"/v1/mailboxes/{BOX}/{number}",
        f"/v1/mailboxes/{BOX}?after={number}&limit=1",
        f"/v1/mailboxes/{BOX}?after=0&limit={number}",
    ):
        assert office.send("GET", path)[0] in (400, 404), path
    assert office.send("DELETE", f"/v1/mailboxes/{BOX}?through={number}")[0] == 400
    assert office.send("PUT", f"/v1/deposits/{BOX}?not_before={number}", b"x")[0] == 400
    assert office.send("PATCH", f"/v1/uploads/{BOX}?offset={number}", b"x")[0] == 400


def test_the_largest_number_that_is_one_is_answered(office: Caller) -> None:
    largest = 10**18 - 1
    assert office.json("GET", f"/v1/mailboxes/{BOX}?after={largest}")[1]["chain"] is None
    assert office.send("GET", f"/v1/mailboxes/{BOX}/{largest}")[0] == 404
    assert office.send("PUT", f"/v1/deposits/{BOX}?not_before={largest}", b"x")[0] == 200
    assert roll_on(office, [FOUNDER.public])[0] == 200
