"""One device, two histories: a cloned laptop, a restored backup. Both are kept, the device gets a
new identity, and everybody ends with the same."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import planning
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.clones import everyone_meets, titles
from tests.worlds.records import new_case


@pytest.fixture
def clones(pair: Pair, tmp_path: Path) -> Iterator[tuple[Vault, Vault]]:
    """The laptop, and a copy of its disk, after a first exchange."""
    case = new_case(pair.laptop, "Before the clone")
    pair.laptop.save([Edit(case, "status", "open")])
    pair.carry(pair.laptop, pair.office)
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "clone")
    with (
        Vault.open(pair.laptop.profile, PASSPHRASE) as first,
        Vault.open(tmp_path / "clone", PASSPHRASE) as second,
    ):
        yield first, second


def test_both_histories_are_kept_and_the_device_gets_a_new_identity(
    pair: Pair, clones: tuple[Vault, Vault], third: Vault
) -> None:
    first, second = clones
    [case] = [hit.id for hit in first.search("clone")]
    first.save([Edit(case, "status", "closed")])
    new_case(first, "On the laptop")
    new_case(second, "On the copy")
    second.save([Edit(case, "status", "dormant")])
    assert not pair.carry(first, pair.office).forked
    report = pair.carry(second, pair.office)
    assert report.forked == ["Amina"]
    assert titles(pair.office) == ["Before the clone", "On the copy", "On the laptop"]
    [conflict] = pair.office.conflicts()
    assert {s.author.member for s in conflict.values} == {"Amina"}
    assert {s.value for s in conflict.values} == {"closed", "dormant"}
    before = first.info().device
    report = pair.carry(pair.office, first)
    assert report.forked == ["Amina"] and report.renewed
    assert first.info().device != before and first.info().member == "Amina"
    assert first.info().role == "researcher"
    new_case(first, "Under the new name")
    assert pair.carry(pair.office, second).renewed
    new_case(second, "Under another new name")
    everyone_meets(pair, pair.office, first, second, third)
    assert titles(third) == titles(first) and "On the copy" in titles(third)
    amina = [d for d in third.devices() if d.member == "Amina"]
    assert len(amina) == 3 and [d.present for d in amina].count(True) == 2
    pair.office.settle(pair.office.conflicts()[0].id, "open")
    everyone_meets(pair, pair.office, first, second, third)
    assert not third.conflicts()


def test_a_restored_backup_that_wrote_nothing_yet(
    pair: Pair, clones: tuple[Vault, Vault], third: Vault
) -> None:
    """The history that the disk had lost comes back; the device is a new one from then on."""
    first, restored = clones
    new_case(first, "After the backup")
    pair.carry(first, pair.office)
    report = pair.carry(pair.office, restored)
    assert report.renewed and not report.forked
    assert titles(restored) == ["After the backup", "Before the clone"]
    new_case(restored, "After the restoration")
    everyone_meets(pair, pair.office, restored, third)


def test_the_copy_of_an_administrators_laptop(pair: Pair, third: Vault, tmp_path: Path) -> None:
    new_case(pair.office, "Before")
    pair.carry(pair.office, pair.laptop)
    pair.office.close()
    shutil.copytree(pair.office.profile, tmp_path / "copy")
    with (
        Vault.open(pair.office.profile, PASSPHRASE) as office,
        Vault.open(tmp_path / "copy", PASSPHRASE) as copy,
    ):
        new_case(office, "Office")
        new_case(copy, "Copy")
        pair.carry(office, pair.laptop)
        pair.carry(copy, pair.laptop)
        assert pair.carry(pair.laptop, copy).renewed
        assert copy.info().role == "administrator"
        pair.carry(copy, office)
        everyone_meets(pair, office, copy, pair.laptop, third)


def test_whoever_hears_of_acts_that_it_did_not_make_takes_new_keys(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """The copy of an administrator's laptop admits nobody behind its back: no feed parted here."""
    pair.office.close()
    shutil.copytree(pair.office.profile, tmp_path / "copy")
    with (
        Vault.open(pair.office.profile, PASSPHRASE) as office,
        Vault.open(tmp_path / "copy", PASSPHRASE) as copy,
    ):
        administer.add_desk(copy.store, "Another desk")
        pair.carry(copy, pair.laptop)
        before = office.info().device
        report = pair.carry(pair.laptop, office)
        assert report.renewed and office.info().device != before
        assert office.info().role == "administrator"
        pair.carry(office, pair.laptop)
        everyone_meets(pair, office, pair.laptop, third)


def test_what_goes_on_from_a_branch_one_has_not_seen_begin(
    pair: Pair, clones: tuple[Vault, Vault], third: Vault
) -> None:
    """Only the end of the other history arrives: it is asked for, whole, and then it fits."""
    first, second = clones
    pair.carry(pair.office, third)
    for number in range(3):
        new_case(first, f"Laptop {number}")
        new_case(second, f"Copy {number}")
    pair.carry(first, pair.office)
    pair.carry(second, third)
    pair.carry(third, second)
    new_case(second, "Copy at last")
    # The copy believes that the office holds what it holds itself: it sends the end only.
    receipt = second.store.reader.execute(
        "SELECT receipt FROM receipts WHERE device = ?", (third.store.device,)
    ).fetchone()[0]
    with second.store.writing() as conn:
        conn.execute(
            "INSERT OR REPLACE INTO receipts VALUES (?, 1, ?, ?)",
            (pair.office.store.device, 2**47, receipt),
        )
    report = pair.carry(second, pair.office, to=["Office"])
    assert report.forked == ["Amina"] and "Copy at last" not in titles(pair.office)
    with second.store.writing() as conn:
        conn.execute("DELETE FROM receipts WHERE device = ?", (pair.office.store.device,))
    pair.carry(pair.office, second)
    pair.carry(second, pair.office, everything=True)
    assert "Copy at last" in titles(pair.office) and "Laptop 2" in titles(pair.office)
    everyone_meets(pair, pair.office, first, second, third)


def test_receipts_tell_that_histories_parted(pair: Pair, clones: tuple[Vault, Vault], third: Vault) -> None:
    """Two devices were shown different histories (by a server, say). A bundle that carries nothing
    but a receipt tells it, and what goes out next brings the whole feed."""
    first, second = clones
    pair.carry(pair.office, third)
    new_case(first, "Shown to one")
    new_case(second, "Shown to the other")
    pair.carry(first, pair.office)
    pair.carry(second, third)
    with third.store.writing() as conn:  # it believes that the office holds what it holds itself
        [desk] = members.desk_keys(conn, third.store.roster)
        mine = planning.own_receipt(conn, desk, third.store.log.digest)
        planning.save_receipt(conn, pair.office.store.device, desk.num, 2**47, mine)
    stick = pair.folder / "receipt only"
    assert exporting.export(third, stick, to=["Office"]).nothing_new
    report = receiving.receive(pair.office, stick)
    assert report.parted == ["Amina"] and not report.forked
    assert "Shown to the other" not in titles(pair.office)
    assert pair.carry(pair.office, third, to=["Bako"]).forked == ["Amina"]
    everyone_meets(pair, pair.office, first, second, third)
    assert {"Shown to one", "Shown to the other"} <= set(titles(pair.office))


def test_three_copies_and_a_copy_of_a_copy(pair: Pair, clones: tuple[Vault, Vault], tmp_path: Path) -> None:
    first, second = clones
    new_case(second, "Second")
    second.close()
    shutil.copytree(second.profile, tmp_path / "copy of the copy")
    with (
        Vault.open(second.profile, PASSPHRASE) as again,
        Vault.open(tmp_path / "copy of the copy", PASSPHRASE) as copied,
    ):
        new_case(first, "First")
        new_case(again, "Again")
        new_case(copied, "Copied")
        pair.carry(copied, pair.office)
        pair.carry(first, pair.office)
        pair.carry(again, pair.office)
        everyone_meets(pair, pair.office, first, again, copied)
        assert titles(pair.office) == ["Again", "Before the clone", "Copied", "First", "Second"]


def test_the_later_fork_comes_to_light_before_the_earlier_one(
    pair: Pair, clones: tuple[Vault, Vault], third: Vault, tmp_path: Path
) -> None:
    """The office sees a copy of the copy part first, the colleague the copy itself: both call
    every branch the same."""
    first, second = clones
    pair.carry(pair.office, third)
    new_case(second, "Second")
    second.close()
    shutil.copytree(second.profile, tmp_path / "copy of the copy")
    with (
        Vault.open(second.profile, PASSPHRASE) as again,
        Vault.open(tmp_path / "copy of the copy", PASSPHRASE) as copied,
    ):
        new_case(first, "First")
        new_case(again, "Again")
        new_case(copied, "Copied")
        for source in (again, copied, first):
            pair.carry(source, pair.office)
        for source in (first, again, copied):
            pair.carry(source, third)
        named = [
            v.store.reader.execute("SELECT device, base FROM feeds ORDER BY device").fetchall()
            for v in (pair.office, third)
        ]
        assert named[0] == named[1]
        everyone_meets(pair, pair.office, first, again, copied, third)
        assert titles(third) == ["Again", "Before the clone", "Copied", "First", "Second"]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_meeting_ends_the_same(
    seed: int, pair: Pair, clones: tuple[Vault, Vault], third: Vault
) -> None:
    chance = random.Random(seed)
    first, second = clones
    pair.carry(pair.office, third)
    vaults = [pair.office, first, second, third]
    [case] = [hit.id for hit in first.search("clone")]
    for step in range(18):
        one, two = chance.sample(vaults, 2)
        if chance.random() < 0.5 and one.search("clone"):
            one.save([Edit(case, chance.choice(["status", "summary"]), f"value {step}")])
            one.save([Edit(case, "acts", chance.choice("xy"), chance.choice(["add", "remove"]))])
        else:
            pair.carry(one, two, everything=chance.random() < 0.5)
    everyone_meets(pair, *vaults, rounds=4)


def test_the_laptop_whose_copy_renewed_itself_first_is_not_cut_off(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """A restored backup hears of what its laptop wrote since, and takes new keys. The laptop, which
    saw nothing part, must be given the desk's next key all the same."""
    office, laptop = pair.office, pair.laptop
    pair.carry(office, laptop)
    shutil.copytree(laptop.profile, tmp_path / "copy")
    new_case(laptop, "Of the laptop")
    pair.carry(laptop, office)
    with Vault.open(tmp_path / "copy", PASSPHRASE) as copy:
        assert pair.carry(office, copy).renewed
        pair.carry(copy, office)
        report = pair.carry(office, laptop)
        assert report.renewed, "it is said to the laptop as well"
        assert laptop.store.device != copy.store.device
        assert not pair.carry(laptop, office).forked
        administer.remove(office.store, third.info().device)
        new_case(office, "Under the next key")
        for vault in (laptop, copy):
            pair.carry(office, vault)
            assert titles(vault) == ["Of the laptop", "Under the next key"]
        new_case(laptop, "The laptop's last")
        pair.carry(laptop, office)
        pair.carry(office, copy)
        assert len({exchange_json.dump_text(v) for v in (office, laptop, copy)}) == 1
        for vault in (office, laptop, copy):
            assert verification.vault(vault.store).problems == []
