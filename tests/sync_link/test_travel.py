"""Before a border everything leaves the laptop; after it, it comes back over a safe link, once a
person at the office says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import UsageError, WrongCodeError, WrongPassphraseError
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.bundles import exporting
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import duress, travel
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, Pair
from tests.sync_link.server import running
from tests.worlds.clones import titles
from tests.worlds.records import new_case

CANARY = "Xanthippe Kwabena"


def fill(pair: Pair) -> None:
    case = new_case(pair.laptop, CANARY)
    (pair.folder / "photo").write_bytes(CANARY.encode() * 1000)
    pair.laptop.attach(case, pair.folder / "photo")


def depart(pair: Pair, **how: bool) -> Vault:
    pair.laptop.depart(PASSPHRASE, **how)
    return Vault.open(pair.laptop.profile, PASSPHRASE)


def test_what_is_not_confirmed_is_named_first(pair: Pair) -> None:
    fill(pair)
    [left] = travel.unconfirmed(pair.laptop.store)
    assert (left.desk, left.change_sets, left.attachments) == ("Great Lakes desk", 2, 1)
    with pytest.raises(UsageError, match="2 saves and 1 parts"):
        pair.laptop.depart(PASSPHRASE)
    pair.carry(pair.laptop, pair.office)
    assert travel.unconfirmed(pair.laptop.store), "sent is not confirmed"
    pair.carry(pair.office, pair.laptop)
    assert travel.unconfirmed(pair.laptop.store) == []
    with pytest.raises(WrongPassphraseError):
        pair.laptop.depart("not it")
    assert titles(pair.laptop) == [CANARY]


def test_a_receipt_of_another_laptop_is_no_office(pair: Pair, tmp_path: Path) -> None:
    """A colleague at the same border does not count."""
    fill(pair)
    pair.carry(pair.laptop, pair.office)
    with pair.laptop.store.writing() as conn:
        conn.execute("DELETE FROM receipts")
    assert travel.unconfirmed(pair.laptop.store)


def test_nothing_is_left_and_nothing_opens_it(pair: Pair, tmp_path: Path) -> None:
    fill(pair)
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    old_key = pair.laptop.store.data_key
    before = {p.name: p.read_bytes() for p in pair.laptop.profile.rglob("*") if p.is_file()}
    with depart(pair) as empty:
        assert titles(empty) == [] and empty.info().desks == () and empty.devices() == []
        assert empty.store.data_key != old_key
        tables = [
            r[0]
            for r in empty.store.reader.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'found%'"
            )
        ]
        for table in set(tables) - {"meta"}:
            assert not empty.store.reader.execute(f"SELECT 1 FROM {table}").fetchone(), table
        for value in empty.store.reader.execute("SELECT value FROM meta"):
            for secret in (b"Amina", b"Office", b"Great Lakes", CANARY.encode()):
                assert secret not in bytes(value[0])
        assert verification.vault(empty.store).problems == []
    left = {p.name for p in pair.laptop.profile.rglob("*") if p.is_file()}
    assert left <= {"keys.json", "vault.db", "vault.db-wal", "vault.db-shm", "lock", ".lock"} | {
        name for name in before if "lock" in name or "settings" in name or "preferences" in name
    }
    # not even with the old code: it opens nothing any more
    with pytest.raises(WrongCodeError):
        Vault.open_with_recovery(pair.laptop.profile, "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG")


def test_everything_comes_back_over_a_safe_link(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        fill(pair)
        public = link_policy.public_address(server.url)
        synchronise.sync(pair.office, server.url)
        synchronise.sync(pair.laptop, public)
        synchronise.sync(pair.office)
        synchronise.sync(pair.laptop)
        assert travel.unconfirmed(pair.laptop.store) == []
        device = pair.laptop.info().device
        travel.tell(pair.laptop.store)
        synchronise.sync(pair.laptop)
        with depart(pair) as empty:
            synchronise.sync(pair.office)
            assert [m.member for m in travel.away(pair.office.store)] == ["Amina"]
            new_case(pair.office, "Meanwhile")
            synchronise.sync(pair.office)
            synchronise.sync(empty)
            assert empty.info().desks == (), "forced to connect, it gets nothing"
            exporting.export(pair.office, tmp_path / "stick", everything=True)
            travel.welcome(pair.office.store, device)
            assert not list(travel.away(pair.office.store))
            synchronise.sync(pair.office)
            synchronise.sync(empty)
            assert titles(empty) == ["Meanwhile", CANARY]
            assert [d.name for d in empty.info().desks] == ["Great Lakes desk"]
            synchronise.sync(empty)
            new_case(empty, "After the journey")
            for vault in (empty, pair.office, empty, pair.office):
                synchronise.sync(vault)
            assert titles(pair.office) == ["After the journey", "Meanwhile", CANARY]
            assert empty.info().member == "Amina" and empty.info().device != device
            for vault in (empty, pair.office):
                assert verification.vault(vault.store).problems == []
                assert synchronise.sync(vault).sent_bundles == 0
            [attachment] = empty.children(empty.search("Xanthippe")[0].id)
            with (tmp_path / "out").open("wb") as out:
                empty.fetch(attachment.id, out)
            assert (tmp_path / "out").read_bytes() == CANARY.encode() * 1000
            assert synchronise.sync(empty).sent_bundles == 1, "that it was copied out is in its history"


def test_everything_comes_back_on_a_stick(pair: Pair, tmp_path: Path) -> None:
    fill(pair)
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    device = pair.laptop.info().device
    with depart(pair) as empty:
        travel.welcome(pair.office.store, device)
        pair.carry(pair.office, empty)
        assert titles(empty) == [CANARY]
        new_case(empty, "After")
        pair.carry(empty, pair.office)
        assert titles(pair.office) == ["After", CANARY]


def test_it_takes_new_keys_also_where_it_never_wrote(pair: Pair, tmp_path: Path) -> None:
    """What was copied of its keys at the border is nobody's any more."""
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    before = pair.laptop.info().device
    with depart(pair) as empty:
        new_case(pair.office, "Meanwhile")
        travel.welcome(pair.office.store, before)
        pair.carry(pair.office, empty)
        after = empty.info().device
        assert after != before and titles(empty) == ["Meanwhile"]
        pair.carry(empty, pair.office)
        known = pair.office.store.roster.devices
        assert known[signing.id_bytes(before)].successor == signing.id_bytes(after)
        assert empty.info().member == "Amina"
        pair.carry(pair.office, empty)
        assert empty.info().device == after, "once"


def test_two_desks_come_back_over_the_server(pair: Pair, tmp_path: Path) -> None:
    office, laptop = pair.office, pair.laptop
    second = administer.add_desk(office.store, "Coast desk")
    administer.grant(office.store, laptop.info().device, signing.id_bytes(second.id))
    with running(tmp_path / "server") as server:
        public = link_policy.public_address(server.url)
        for vault in (office, laptop, office, laptop):
            synchronise.sync(vault, public if vault is laptop else server.url)
        assert len(laptop.info().desks) == 2
        device = laptop.info().device
        travel.tell(laptop.store)
        synchronise.sync(laptop)
        with depart(pair) as empty:
            synchronise.sync(office)
            travel.welcome(office.store, device)
            synchronise.sync(office)
            synchronise.sync(empty)
            assert {d.name for d in empty.info().desks} == {"Great Lakes desk", "Coast desk"}
            assert empty.info().device != device
            synchronise.sync(office)
            synchronise.sync(empty)
            new_case(office, "Seen on both")
            synchronise.sync(office)
            synchronise.sync(empty)
            assert titles(empty) == ["Seen on both"]


@pytest.mark.parametrize("step", ["replace_keys", "finish", "sweep"])
def test_a_crash_in_between_leaves_one_or_the_other(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fill(pair)
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    target = {
        "replace_keys": (duress, "replace_keys"),
        "sweep": (duress, "sweep"),
        "finish": (travel, "finish"),
    }[step]
    with monkeypatch.context() as patch:
        patch.setattr(*target, fail)
        with pytest.raises(KeyboardInterrupt):
            pair.laptop.depart(PASSPHRASE)
    pair.laptop.close()
    with Vault.open(pair.laptop.profile, PASSPHRASE) as again:
        assert titles(again) == ([CANARY] if step == "replace_keys" else [])
        assert not (again.profile / travel.NAME).exists()
        assert verification.vault(again.store).problems == []


def test_anyway_when_there_is_no_time(pair: Pair) -> None:
    fill(pair)
    with depart(pair, anyway=True) as empty:
        assert titles(empty) == []
    shutil.rmtree(pair.laptop.profile)
