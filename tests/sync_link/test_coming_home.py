"""A traveller comes home over the server, whatever happened to it or to a colleague before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import alerts, link_policy, synchronise
from defenderdesk.sync.server.mailbox import Mailbox
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.membership import administer
from tests.conftest import PASSPHRASE, Pair
from tests.sync_link.server import Running, running
from tests.vault.copies import copied
from tests.worlds.clones import titles
from tests.worlds.records import new_case


def depart(pair: Pair) -> Vault:
    travel.tell(pair.laptop.store)
    synchronise.sync(pair.laptop)
    synchronise.sync(pair.office)
    pair.laptop.depart(PASSPHRASE)
    return Vault.open(pair.laptop.profile, PASSPHRASE)


def first_meeting(pair: Pair, url: str, *others: Vault) -> None:
    public = link_policy.public_address(url)
    for vault in (pair.office, pair.laptop, *others) * 2:
        synchronise.sync(vault, url if vault is pair.office else public)


def test_after_somebody_was_removed(pair: Pair, third: Vault, tmp_path: Path) -> None:
    """The desk's key was renewed then, and the traveller was sent it before the journey."""
    new_case(pair.office, "Of before")
    with running(tmp_path / "server") as server:
        first_meeting(pair, server.url, third)
        administer.remove(pair.office.store, third.info().device)
        for vault in (pair.office, pair.laptop) * 2:
            synchronise.sync(vault)
        device = pair.laptop.info().device
        with depart(pair) as empty:
            travel.welcome(pair.office.store, device)
            for vault in (pair.office, empty, pair.office, empty):
                synchronise.sync(vault)
            assert titles(empty) == ["Of before"]


@pytest.mark.parametrize("when", ["before the journey", "before the way back"])
def test_over_a_server_that_was_set_back(pair: Pair, tmp_path: Path, when: str) -> None:
    data = tmp_path / "server"
    new_case(pair.office, "Of before")
    with running(data) as server:
        first_meeting(pair, server.url)
        port = server.port
    shutil.copytree(data, tmp_path / "backup")
    server = Running(data, port)
    device = pair.laptop.info().device
    try:
        new_case(pair.laptop, "Between backup and journey")
        for vault in (pair.laptop, pair.office, pair.laptop):
            synchronise.sync(vault)
        if when == "before the journey":
            server = _set_back(server, tmp_path, port)
            for vault in (pair.office, pair.laptop) * 2:
                synchronise.sync(vault)
        with depart(pair) as empty:
            if when == "before the way back":
                server = _set_back(server, tmp_path, port)
            travel.welcome(pair.office.store, device)
            for vault in (pair.office, empty) * 3:
                synchronise.sync(vault)
            assert titles(empty) == ["Between backup and journey", "Of before"]
    finally:
        server.stop()


def _set_back(server: Running, folder: Path, port: int) -> Running:
    server.stop()
    shutil.rmtree(server.data)
    shutil.copytree(folder / "backup", server.data)
    return Running(server.data, port)


def test_two_histories_are_said_and_kept_though_the_line_is_cut(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The office downloads both, and the line goes in the upload that follows."""
    new_case(pair.laptop, "One")
    with running(tmp_path / "server") as server:
        first_meeting(pair, server.url)
        copy = copied(pair.laptop, tmp_path / "copy")
        new_case(pair.laptop, "On the laptop")
        new_case(copy, "On the copy")
        synchronise.sync(pair.laptop)
        synchronise.sync(copy)
        new_case(pair.office, "Of the office")

        def cut(*_: object) -> bool:
            raise NoSafeLinkError(reason=link_policy.NOT_REACHED)

        monkeypatch.setattr(Mailbox, "_push", cut)
        with pytest.raises(NoSafeLinkError) as stopped:
            synchronise.sync(pair.office)
        partial = stopped.value.partial
        assert isinstance(partial, synchronise.SyncReport) and partial.received_changes
        kept = [str(seen) for _, (seen, _) in alerts.kept(pair.office)]
        assert kept == ["Two histories of Amina’s laptop exist. Both are kept."]
        assert partial.forked == ["Amina"], "said now"
        copy.close()
