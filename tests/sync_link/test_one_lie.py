"""A server that lies once, or loses something once. After two honest rounds everybody has everything,
and the lie was said, once, by name."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from defenderdesk.bundle import mailbox_chain
from defenderdesk.bundle.membership import ADMINISTRATOR
from defenderdesk.crypto import signing
from defenderdesk.errors import WorldError
from defenderdesk.sync import alerts, synchronise
from defenderdesk.sync.server import connect
from defenderdesk.sync.server.client import Client
from defenderdesk.sync.server.report import SyncReport
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair
from tests.sync_link.server import Running, running
from tests.worlds.clones import titles
from tests.worlds.records import new_case
from tests.worlds.rounds import meet


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "server") as made:
        yield made


def keeper(data: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(data / "server.db") as conn:
        return conn.execute(sql, values).fetchall()


def desks_box(data: Path) -> str:
    return str(keeper(data, "SELECT box FROM boxes ORDER BY last DESC LIMIT 1")[0][0])


def sentences(report: alerts.Seen) -> str:
    return " ".join(str(line) for line in alerts.lines(alerts.alerts_of(report)))


@contextlib.contextmanager
def listing(change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """The server changes each list of bundles before it answers."""
    with pytest.MonkeyPatch.context() as patched:
        asked = Client.json

        def lie(client: Client, method: str, path: str, *rest: Any, **more: Any) -> dict[str, Any]:
            answer = asked(client, method, path, *rest, **more)
            if "bundles" in answer:
                change(answer)
            return answer

        patched.setattr(Client, "json", lie)
        yield


@contextlib.contextmanager
def damaged(box: str) -> Iterator[None]:
    """The server changes one byte of each download from a mailbox."""
    with pytest.MonkeyPatch.context() as patched:
        asked = Client.download

        def lie(client: Client, path: str, start: int, **more: Any) -> Iterator[bytes]:
            for data in asked(client, path, start, **more):
                yield bytes([data[0] ^ 1]) + data[1:] if box in path else data

        patched.setattr(Client, "download", lie)
        yield


def honest_rounds(*vaults: Vault) -> list[SyncReport]:
    return [synchronise.sync(vault) for _ in range(2) for vault in vaults]


def all_have(wanted: list[str], *vaults: Vault) -> None:
    for vault in vaults:
        assert titles(vault) == wanted
        assert verification.vault(vault.store).problems == []
        assert synchronise.sync(vault).sent_bundles == 0, "and it is silent"


def said_by_name(name: str, *reports: SyncReport) -> int:
    return sum(name in (*r.late, *r.withheld) for r in reports)


def test_one_bundle_that_one_list_left_out_comes_later(pair: Pair, third: Vault, server: Running) -> None:
    meet(server.url, pair.office, pair.laptop, third)
    new_case(pair.laptop, "Hidden")
    synchronise.sync(pair.laptop)
    box = desks_box(server.data)
    [[hidden]] = keeper(server.data, "SELECT last FROM boxes WHERE box = ?", box)
    new_case(pair.laptop, "Shown")
    synchronise.sync(pair.laptop)

    def hide(answer: dict[str, Any]) -> None:
        answer["bundles"] = [one for one in answer["bundles"] if one["seq"] != hidden]

    with listing(hide):
        lied = synchronise.sync(third)
    assert lied.left_out == 1 or lied.withheld
    reports = honest_rounds(third, pair.office, pair.laptop, third)
    all_have(["Hidden", "Shown"], pair.office, pair.laptop, third)
    assert said_by_name("Amina", lied, *reports) == 1


def test_one_byte_of_one_download_that_was_changed_is_asked_for_again(
    pair: Pair, third: Vault, server: Running
) -> None:
    meet(server.url, pair.office, pair.laptop, third)
    new_case(pair.laptop, "Damaged")
    synchronise.sync(pair.laptop)
    with damaged(desks_box(server.data)):
        lied = synchronise.sync(third)
    assert lied.refused and lied.left_out == 1 and "does not deliver 1 bundles" in sentences(lied)
    reports = honest_rounds(third, pair.office, pair.laptop, third)
    all_have(["Damaged"], pair.office, pair.laptop, third)
    assert said_by_name("Amina", lied, *reports) == 1


def test_a_list_that_names_other_bytes_and_is_a_chain_is_found_out(
    pair: Pair, third: Vault, server: Running
) -> None:
    """Bundles and hashes changed together: all of it fits, until the next honest list."""
    meet(server.url, pair.office, pair.laptop, third)
    for title in ("One", "Two"):
        new_case(pair.laptop, title)
        synchronise.sync(pair.laptop)

    def renumbered(answer: dict[str, Any]) -> None:
        """Without the first of the new ones, as if it had never been."""
        if not answer["bundles"] or answer["chain"] is None:
            return
        link, number = bytes.fromhex(answer["chain"]), answer["bundles"][0]["seq"]
        kept = answer["bundles"][1:]
        for at, one in enumerate(kept):
            one["seq"] = number + at
            link = mailbox_chain.link(link, one["seq"], one["sha256"])
            one["chain"] = link.hex()
        answer["bundles"], answer["last"] = kept, answer["last"] - 1

    asked = Client.download

    def shifted(client: Client, path: str, start: int, **more: Any) -> Iterator[bytes]:
        box, _, seq = path.rpartition("/")
        return asked(client, f"{box}/{int(seq) + 1}", start, **more)

    with listing(renumbered), pytest.MonkeyPatch.context() as patched:
        patched.setattr(Client, "download", shifted)
        try:
            lied = synchronise.sync(third)
        except WorldError as error:
            lied = error.partial
    assert isinstance(lied, SyncReport)
    reports = [lied, *honest_rounds(third, pair.office, pair.laptop, third)]
    all_have(["One", "Two"], pair.office, pair.laptop, third)
    assert any(r.rolled_back for r in reports)
    assert said_by_name("Amina", *reports) == 1


def test_a_server_from_this_mornings_backup_that_others_filled_again_is_found_out(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """Its list is longer than what the device had read: no number tells."""
    with running(tmp_path / "server") as server:
        new_case(pair.office, "Morning")
        meet(server.url, pair.office, pair.laptop, third)
        server.stop()
        shutil.copytree(tmp_path / "server", tmp_path / "backup")
        again = Running(tmp_path / "server", server.port)
        new_case(third, "Noon")
        synchronise.sync(third)
        synchronise.sync(third)
        again.stop()
        shutil.rmtree(tmp_path / "server")
        shutil.copytree(tmp_path / "backup", tmp_path / "server")
        back = Running(tmp_path / "server", server.port)
        for number in range(4):
            new_case(pair.laptop, f"Evening {number}")
            synchronise.sync(pair.laptop)
        report = synchronise.sync(third)
        assert report.rolled_back and "forgotten" in sentences(report)
        reports = honest_rounds(pair.office, pair.laptop, third)
        wanted = [*(f"Evening {n}" for n in range(4)), "Morning", "Noon"]
        all_have(wanted, pair.office, pair.laptop, third)
        assert not any(r.rolled_back for r in reports if r is not reports[0])
        assert back.stop() == 0


def test_what_was_acknowledged_and_dropped_is_sent_again_and_said(
    pair: Pair, third: Vault, server: Running
) -> None:
    meet(server.url, pair.office, pair.laptop, third)
    new_case(pair.laptop, "Dropped")
    real = Client.json
    with pytest.MonkeyPatch.context() as patched:

        def swallow(client: Client, method: str, path: str, *rest: Any, **more: Any) -> dict[str, Any]:
            if path.endswith("/finish"):
                [[last]] = keeper(server.data, "SELECT max(last) FROM boxes")
                return {"seq": last + 1}
            return real(client, method, path, *rest, **more)

        patched.setattr(Client, "json", swallow)
        with contextlib.suppress(Exception):
            synchronise.sync(pair.laptop)
    reports = honest_rounds(pair.laptop, pair.office, third)
    all_have(["Dropped"], pair.office, pair.laptop, third)
    assert said_by_name("Amina", *reports) <= 1


def test_bytes_that_the_server_lost_are_sent_again(pair: Pair, third: Vault, server: Running) -> None:
    """Its disk lost a file; the list names it still."""
    meet(server.url, pair.office, pair.laptop, third)
    before = {p for p in (server.data / "blobs").rglob("*") if p.is_file()}
    new_case(pair.laptop, "Lost")
    (pair.folder / "photo").write_bytes(os.urandom(200_000))
    pair.laptop.attach(new_case(pair.laptop, "Evidence"), pair.folder / "photo")
    synchronise.sync(pair.laptop)
    for path in {p for p in (server.data / "blobs").rglob("*") if p.is_file()} - before:
        path.unlink()
    lied = synchronise.sync(third)
    assert lied.left_out == 2 and titles(third) == []
    honest_rounds(pair.laptop, third, pair.office)
    for vault in (pair.office, pair.laptop, third):
        assert titles(vault) == ["Evidence", "Lost"]
        assert verification.vault(vault.store).problems == []


def test_what_a_thief_deleted_comes_back_from_those_who_hold_it(
    pair: Pair, third: Vault, server: Running
) -> None:
    """An administrator's laptop deletes the mailbox before anybody has read it."""
    administer.set_quorum(pair.office.store, 1)
    administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
    meet(server.url, pair.office, pair.laptop, third)
    new_case(pair.laptop, "Deleted")
    synchronise.sync(pair.laptop)
    box = desks_box(server.data)
    client, _ = connect.connect(third)
    client.json("DELETE", f"/v1/mailboxes/{box}?through=1000000")
    client.close()
    honest_rounds(pair.office, pair.laptop)
    assert titles(pair.office) == ["Deleted"]
    honest_rounds(third)
    all_have(["Deleted"], pair.office, pair.laptop, third)


def test_a_key_that_lay_before_a_door_is_laid_there_again_after_a_backup(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop, third)
        server.stop()
        shutil.copytree(tmp_path / "server", tmp_path / "backup")
        again = Running(tmp_path / "server", server.port)
        desk = pair.office.add_desk("Second")
        administer.grant(pair.office.store, pair.laptop.info().device, signing.id_bytes(desk.id))
        synchronise.sync(pair.office)
        again.stop()
        shutil.rmtree(tmp_path / "server")
        shutil.copytree(tmp_path / "backup", tmp_path / "server")
        back = Running(tmp_path / "server", server.port)
        synchronise.sync(pair.office)
        synchronise.sync(pair.laptop)
        assert {desk.name for desk in pair.laptop.info().desks} == {"Great Lakes desk", "Second"}
        back.stop()
