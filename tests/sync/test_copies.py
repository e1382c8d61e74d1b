"""Two copies of one laptop that hear of each other late: neither is left outside, and no work of a
laptop that took new keys is lost with a desk."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import NotForUsError, RemovedError
from defenderdesk.sync import synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, Pair
from tests.sync_link.server import running
from tests.worlds.clones import titles
from tests.worlds.desks import withdraw
from tests.worlds.records import new_case
from tests.worlds.rounds import meet


@pytest.fixture
def copy(pair: Pair, tmp_path: Path) -> Iterator[Vault]:
    """A copy of the laptop's disk, after a first exchange."""
    new_case(pair.laptop, "Before")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    shutil.copytree(pair.laptop.profile, tmp_path / "copy")
    with Vault.open(tmp_path / "copy", PASSPHRASE) as vault:
        yield vault


def renew(vault: Vault) -> None:
    """New keys, as a laptop takes them that sees a copy of itself."""
    with vault.store.writing() as conn:
        assert rekey.succeed(vault.store, conn, vault.store.log.copy())
    vault.store.load_identity()


def parted(pair: Pair, copy: Vault, third: Vault) -> None:
    """The copy took new keys, and the desk got a new key before the laptop heard of that."""
    renew(copy)
    pair.carry(copy, pair.office)
    administer.remove(pair.office.store, third.info().device)
    pair.carry(pair.office, copy)
    new_case(copy, "Under the next key")
    pair.carry(copy, pair.office)


def same(*vaults: Vault) -> None:
    assert len({tuple(titles(vault)) for vault in vaults}) == 1
    assert len({vault.store.log.digest for vault in vaults}) == 1
    for vault in vaults:
        assert verification.vault(vault.store).problems == []


def test_over_sticks_the_other_copy_hears_of_it_and_reads_again(
    pair: Pair, third: Vault, copy: Vault
) -> None:
    pair.carry(pair.office, copy)
    shutil.copytree(pair.laptop.profile, pair.folder / "a third copy")
    parted(pair, copy, third)
    new_case(pair.laptop, "Of the laptop")
    assert pair.carry(pair.office, pair.laptop).renewed
    assert pair.laptop.store.device != copy.store.device
    assert titles(pair.laptop) == ["Before", "Of the laptop"]
    for source, target in (
        (pair.laptop, pair.office),
        (pair.office, pair.laptop),
        (pair.office, copy),
    ):
        pair.carry(source, target)
    assert titles(copy) == ["Before", "Of the laptop", "Under the next key"]
    same(pair.laptop, pair.office, copy)


def test_the_word_says_nothing_that_came_later(pair: Pair, third: Vault, copy: Vault) -> None:
    before = len(pair.office.store.log.acts)
    parted(pair, copy, third)
    stick = pair.folder / "word"
    exporting.export(pair.office, stick)
    again = exporting.export(pair.office, stick)
    assert again.reused == len(again.bundles), "it is written once on a stick"
    [word] = [path for path in sorted(stick.glob("0-*")) if _opens(pair.laptop, path)]
    told = receiving.peek(pair.laptop, BytesIO(word.read_bytes()))
    assert told.parts == () and not told.receipt.holds
    assert 0 < len(told.acts) <= before + 1 < len(pair.office.store.log.acts)
    with pytest.raises(NotForUsError):
        receiving.receive_file(third, word)
    device = copy.store.device
    assert not receiving.receive_file(copy, word).renewed, "which knows that it took new keys"
    assert copy.store.device == device
    partner = pair.folder / "partner"
    exporting.export(pair.office, partner, to=[str(third.store.require_identity().recipient)])
    assert not [path for path in partner.glob("0-*") if _opens(pair.laptop, path)]


def test_whoever_removed_the_laptop_tells_its_copies_that_and_no_more(
    pair: Pair, third: Vault, copy: Vault
) -> None:
    parted(pair, copy, third)
    administer.remove(pair.office.store, copy.info().device)
    stick = pair.folder / "word"
    exporting.export(pair.office, stick)
    for vault in (pair.laptop, copy):
        assert [path for path in stick.iterdir() if _opens(vault, path)]
        with pytest.raises(RemovedError):
            receiving.receive(vault, stick)
        assert titles(vault)[0] == "Before" and "Under the next key" not in titles(pair.laptop)
        pair.carry(vault, pair.office, everything=True)
        assert vault.store.device not in pair.office.store.members


def test_over_a_server_the_other_copy_hears_of_it_and_reads_again(
    pair: Pair, third: Vault, copy: Vault, tmp_path: Path
) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        parted(pair, copy, third)
        synchronise.sync(pair.office)
        synchronise.sync(pair.laptop)
        meet(server.url, pair.office, pair.laptop)
        assert pair.laptop.store.device != copy.store.device
        assert titles(pair.laptop) == ["Before", "Under the next key"]
        new_case(pair.laptop, "Of the laptop")
        meet(server.url, pair.laptop, pair.office)
        assert "Of the laptop" in titles(pair.office)


def test_a_desk_made_by_one_copy_reaches_the_other(pair: Pair, third: Vault, copy: Vault) -> None:
    """To everybody the two were one laptop, which surely has the key of the desk that it made."""
    administer.set_role(pair.office.store, copy.info().device, "administrator")
    pair.carry(pair.office, copy)
    desk = administer.add_desk(copy.store, "Of the copy")
    for device in (pair.office, third):
        administer.grant(copy.store, device.info().device, signing.id_bytes(desk.id))
    pair.carry(copy, pair.office, desk=desk.id)
    for _ in range(3):
        for source in (copy, pair.office, pair.laptop):
            for target in (copy, pair.office, pair.laptop):
                for one in source.info().desks if source is not target else ():
                    with contextlib.suppress(NotForUsError):
                        pair.carry(source, target, desk=one.id)
    names = [{one.name for one in v.info().desks} for v in (pair.laptop, copy, pair.office)]
    assert names[0] == names[1] == names[2] and "Of the copy" in names[0]


def test_unsent_work_of_before_the_new_keys_stays_when_a_desk_is_taken(pair: Pair) -> None:
    office, laptop = pair.office, pair.laptop
    pair.carry(office, laptop)
    new_case(laptop, "Here alone")
    assert laptop.waiting().changes > 0
    waiting = laptop.waiting()
    withdraw(pair, laptop)
    renew(laptop)
    assert laptop.waiting() == waiting, "it waits under the new keys as well"
    assert [count for _, count in pair.carry(office, laptop).taken] == [1]
    assert titles(laptop) == ["Here alone"]
    pair.carry(laptop, office)
    pair.carry(office, laptop)
    assert laptop.info().desks == (), "it was handed over"
    assert laptop.waiting().changes == 0


def test_a_desk_given_again_brings_back_what_was_written_under_the_old_keys(pair: Pair, third: Vault) -> None:
    office, laptop = pair.office, pair.laptop
    pair.carry(office, laptop)
    new_case(laptop, "Written before")
    withdraw(pair, laptop)
    renew(laptop)
    pair.carry(laptop, office)
    assert titles(office) == [], "the office ended it without knowing of it"
    pair.carry(office, third)
    [new] = [d for d, m in office.store.members.items() if m.member == "Amina"]
    desk = signing.id_bytes(office.info().desks[0].id)
    administer.grant(office.store, signing.id_text(new), desk)
    for _ in range(2):
        for source, target in ((office, laptop), (laptop, office), (office, third)):
            pair.carry(source, target)
    assert titles(office) == titles(laptop) == titles(third) == ["Written before"]
    same(office, laptop, third)


def _opens(vault: Vault, path: Path) -> bool:
    try:
        receiving.peek(vault, BytesIO(path.read_bytes()))
    except NotForUsError:
        return False
    return True


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_desk_given_again_tells_of_a_copy_only_where_one_wrote(
    pair: Pair, copy: Vault, meanwhile: bool
) -> None:
    """Nobody is told that their laptop may have been copied because their own work came back."""
    office, laptop = pair.office, pair.laptop
    for again in (1, 2):
        new_case(laptop, f"Mine {again}")
        pair.carry(laptop, office)
        pair.carry(office, laptop)
        withdraw(pair, laptop)
        pair.carry(office, laptop)
        assert laptop.info().desks == ()
        if meanwhile and again == 1:
            new_case(copy, "Of the copy")
            pair.carry(copy, office)
        desk = signing.id_bytes(office.info().desks[0].id)
        administer.grant(office.store, signing.id_text(laptop.store.device), desk)
        report = pair.carry(office, laptop)
        assert report.renewed is (meanwhile and again == 1)
        assert f"Mine {again}" in titles(laptop)
        pair.carry(laptop, office)
        pair.carry(office, laptop)
        same(office, laptop)
