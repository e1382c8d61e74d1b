"""A real server whose keeper withholds, rolls back, reorders, replays or tells two stories."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.bundle import mailbox_chain
from defenderdesk.sync import alerts, link_policy, synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair
from tests.sync_link.server import Running, running
from tests.worlds.clones import titles
from tests.worlds.records import new_case


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "server") as made:
        yield made


def keeper(server: Running, sql: str, *values: object) -> list[tuple[object, ...]]:
    """What the server's keeper does to its database."""
    with sqlite3.connect(server.data / "server.db") as conn:
        return conn.execute(sql, values).fetchall()


def rechain(server: Running, box: object) -> None:
    """A keeper whose lists are chains all the same."""
    link = mailbox_chain.START
    for seq, sha256 in keeper(server, "SELECT seq, sha256 FROM entries WHERE box = ? ORDER BY seq", box):
        link = mailbox_chain.link(link, int(str(seq)), str(sha256))
        keeper(server, "UPDATE entries SET chain = ? WHERE box = ? AND seq = ?", link, box, seq)
    keeper(server, "UPDATE boxes SET chain = ? WHERE box = ?", link, box)


def meet(url: str, *vaults: Vault) -> None:
    for vault in (*vaults, *vaults):
        synchronise.sync(vault, url if vault is vaults[0] else link_policy.public_address(url))


def sentences(report: alerts.Seen) -> str:
    return " ".join(str(line) for line in alerts.lines(alerts.alerts_of(report)))


def test_a_bundle_that_is_withheld_is_missed_and_comes_all_the_same(
    pair: Pair, third: Vault, server: Running
) -> None:
    """For good: its author hears from a receipt who lacks it, and sends it again."""
    new_case(pair.office, "Beginning")
    meet(server.url, pair.office, pair.laptop, third)
    new_case(pair.laptop, "Withheld")
    synchronise.sync(pair.laptop)
    [[box, seq]] = keeper(server, "SELECT box, max(seq) FROM entries GROUP BY box ORDER BY 2 DESC LIMIT 1")
    new_case(pair.office, "Delivered")
    synchronise.sync(pair.office)
    keeper(server, "UPDATE entries SET box = 'hidden' WHERE box = ? AND seq = ?", box, seq)
    report = synchronise.sync(third)
    assert report.left_out == 1 and "does not deliver 1 bundles" in sentences(report)
    assert report.withheld == ["Amina"] and "does not deliver what it was given" in sentences(report)
    assert titles(third) == ["Beginning", "Delivered"]
    for vault in (pair.laptop, third, pair.office):  # whose list shows another chain says so as well
        synchronise.sync(vault)
    for vault in (pair.laptop, third, pair.office):
        report = synchronise.sync(vault)
        assert not (report.withheld or report.left_out or report.rolled_back), "it is said once"
    for vault in (pair.laptop, third, pair.office):
        assert titles(vault) == ["Beginning", "Delivered", "Withheld"]


def test_a_rolled_back_server_is_said_and_filled_again(pair: Pair, third: Vault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        new_case(pair.office, "One")
        meet(server.url, pair.office, pair.laptop, third)
        server.stop()
        shutil.copytree(tmp_path / "server", tmp_path / "backup")
        again = Running(tmp_path / "server", server.port)
        new_case(pair.office, "Two")
        new_case(pair.laptop, "Three")
        meet(again.url, pair.office, pair.laptop)
        again.stop()
        shutil.rmtree(tmp_path / "server")
        shutil.copytree(tmp_path / "backup", tmp_path / "server")
        back = Running(tmp_path / "server", server.port)
        report = synchronise.sync(pair.office)
        assert report.rolled_back and "forgotten" in sentences(report)
        synchronise.sync(third)
        assert titles(third) == ["One", "Three", "Two"], "whoever comes later gets everything"
        for vault in (pair.office, pair.laptop, third):
            synchronise.sync(vault)
            assert verification.vault(vault.store).problems == []
        assert not synchronise.sync(pair.office).rolled_back
        back.stop()


def test_reordered_and_replayed_bundles_change_nothing(pair: Pair, third: Vault, server: Running) -> None:
    meet(server.url, pair.office, pair.laptop, third)
    for number in range(4):
        new_case(pair.laptop, f"Case {number}")
        synchronise.sync(pair.laptop)
    rows = keeper(server, "SELECT box, seq, size, sha256 FROM entries ORDER BY box, seq")
    [box] = {row[0] for row in rows if row[1] == max(other[1] for other in rows)}
    last = [row for row in rows if row[0] == box][-4:]
    for (_, seq, _, _), (_, _, size, sha256) in zip(last, reversed(last), strict=True):
        keeper(
            server,
            "UPDATE entries SET size = ?, sha256 = ? WHERE box = ? AND seq = ?",
            size,
            sha256,
            box,
            seq,
        )
    _, seq, size, sha256 = last[0]
    keeper(
        server,
        "INSERT INTO entries SELECT workspace, box, ?, ?, ?, chain FROM entries WHERE box = ? AND seq = ?",
        last[-1][1] + 1,  # type: ignore[operator]
        size,
        sha256,
        box,
        seq,
    )
    keeper(server, "UPDATE boxes SET last = last + 1 WHERE box = ?", box)
    rechain(server, box)
    report = synchronise.sync(third)
    assert titles(third) == [f"Case {n}" for n in range(4)]
    assert not report.withheld and not report.forked and not report.refused
    assert verification.vault(third.store).problems == []


def test_two_histories_shown_to_two_devices_meet_on_a_stick(
    pair: Pair, third: Vault, server: Running, tmp_path: Path
) -> None:
    """The keeper has a copy of the laptop's disk, writes on it, and shows the office one history and
    the third device the other. Their receipts tell, on the first stick that passes."""
    from tests.conftest import PASSPHRASE

    new_case(pair.laptop, "Beginning")
    meet(server.url, pair.office, pair.laptop, third)
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "stolen copy")
    with (
        Vault.open(pair.laptop.profile, PASSPHRASE) as honest,
        Vault.open(tmp_path / "stolen copy", PASSPHRASE) as stolen,
    ):
        new_case(honest, "Honest")
        new_case(stolen, "Planted")
        pair.carry(honest, pair.office)
        pair.carry(stolen, third)
        assert titles(third) == ["Beginning", "Planted"]
        stick = tmp_path / "stick"
        exporting.export(third, stick, to=["Office"])
        report = receiving.receive(pair.office, stick)
        assert report.forked == ["Amina"] and "Two histories of Amina" in sentences(report)
        assert titles(pair.office) == ["Beginning", "Honest", "Planted"]
