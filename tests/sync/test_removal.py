"""A device that is removed: it opens nothing that is sealed afterwards, what it wrote before
counts, what it writes on is set aside, and everybody ends with the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from defenderdesk.bundle import membership
from defenderdesk.crypto import signing
from defenderdesk.errors import NotForUsError, NotGrantedError, RemovedError, UsageError
from defenderdesk.interchange.evidence import check, package
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.identity import members, rekey
from defenderdesk.vault.membership import administer, remove_device
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, MakeVault, Pair, enrol_by_file
from tests.worlds.clones import titles
from tests.worlds.devices import device, opens, remove, same
from tests.worlds.photos import with_photo
from tests.worlds.records import new_case


@pytest.fixture
def third(pair: Pair, third: Vault) -> Vault:
    """Known to the first laptop as well."""
    pair.carry(pair.office, pair.laptop)
    return third


def test_it_opens_nothing_that_is_sealed_afterwards(pair: Pair, third: Vault) -> None:
    new_case(pair.office, "Before")
    pair.carry(pair.office, pair.laptop)
    remove(pair, pair.laptop)
    new_case(pair.office, "Afterwards")
    stick = pair.folder / "afterwards"
    exporting.export(pair.office, stick, everything=True)
    one_file = pair.folder / "afterwards.ddbundle"
    exporting.export(pair.office, one_file, everything=True)
    [word] = [path for path in stick.iterdir() if opens(pair.laptop, path)]
    for path in (*sorted(set(stick.iterdir()) - {word}), one_file):
        with pytest.raises(NotForUsError):
            receiving.receive_file(pair.laptop, path)
        # not even with every key that lies in its vault, tried by hand
        from defenderdesk.bundle.reader import Reader
        from defenderdesk.crypto.age import DeskKey

        keys = [
            DeskKey(bytes(row[0])) for row in pair.laptop.store.reader.execute("SELECT key FROM desk_keys")
        ]
        with open(path, "rb") as source, pytest.raises(NotForUsError):
            Reader(source, [*keys, pair.laptop.store.require_identity()])
    with pytest.raises(RemovedError):
        receiving.receive(pair.laptop, stick)
    assert titles(pair.laptop) == ["Before"]
    assert receiving.receive(third, stick).changes
    assert titles(third) == ["Afterwards", "Before"]
    new_case(third, "From the field")
    assert pair.carry(third, pair.office).changes
    assert not pair.carry(third, pair.laptop, everything=True).changes
    assert titles(pair.laptop) == ["Before"]
    same(pair.office, third)


def test_one_file_brings_the_new_key_as_well(pair: Pair, third: Vault) -> None:
    remove(pair, pair.laptop)
    new_case(pair.office, "Afterwards")
    path = pair.folder / "one.ddbundle"
    exporting.export(pair.office, path)
    assert receiving.receive_file(third, path).changes
    # and once it is known that they have it, a bundle is sealed to the desk alone again
    pair.carry(third, pair.office)
    new_case(pair.office, "Later")
    exporting.export(pair.office, pair.folder / "two.ddbundle")
    assert len((pair.folder / "two.ddbundle").read_bytes().split(b"---")[0]) < 300


def test_earlier_work_stays_and_later_work_is_set_aside_everywhere(pair: Pair, third: Vault) -> None:
    new_case(pair.laptop, "Known to the office")
    pair.carry(pair.laptop, pair.office)
    new_case(pair.laptop, "On the way when it was removed")
    pair.carry(pair.laptop, third)
    assert "On the way when it was removed" in titles(third)
    remove(pair, pair.laptop)
    new_case(pair.laptop, "Written on")
    report = pair.carry(pair.office, third)
    assert titles(third) == ["Known to the office"], "what the office had not is taken out again"
    report = pair.carry(pair.laptop, pair.office, everything=True)
    assert report.aside == {"Amina": 2} and report.removed_senders == ["Amina"]
    assert titles(pair.office) == ["Known to the office"]
    pair.carry(pair.laptop, third, everything=True)
    pair.carry(third, pair.office)
    same(pair.office, third)
    assert pair.office.search("Written") == []
    # nothing of it is lost: an administrator may take it in
    assert administer.accept(pair.office.store, device(pair.laptop)) == 2
    assert titles(pair.office) == [
        "Known to the office",
        "On the way when it was removed",
        "Written on",
    ]
    pair.carry(pair.office, third)
    same(pair.office, third)
    assert titles(third) == titles(pair.office)


def test_a_colleague_who_held_more_passes_on_what_counts(
    pair: Pair, third: Vault, make_vault: MakeVault, tmp_path: Path
) -> None:
    """It came to the colleague as one range, signed at its end alone; the office had less."""
    new_case(pair.laptop, "Known to the office")
    pair.carry(pair.laptop, pair.office)
    new_case(pair.laptop, "Known to the colleague")
    pair.carry(pair.laptop, third, everything=True)
    remove(pair, pair.laptop)
    pair.carry(pair.office, third)
    assert titles(third) == ["Known to the office"]
    fourth = make_vault("fourth", found=False)
    (tmp_path / "files of the fourth").mkdir()
    enrol_by_file(pair.office, fourth, tmp_path / "files of the fourth", "Chantal")
    pair.carry(third, fourth, everything=True)
    same(pair.office, third, fourth)


def test_two_copies_that_do_not_count_do_not_stop_a_colleague(
    pair: Pair, third: Vault, make_vault: MakeVault, tmp_path: Path
) -> None:
    """The colleague holds what the copies of a removed laptop wrote and has not seen yet what
    the laptop wrote: what is left of the feed is signed through what is set aside."""
    new_case(pair.laptop, "Before the copies")
    pair.laptop.close()
    for name in ("one", "two"):
        shutil.copytree(pair.laptop.profile, tmp_path / name)
        with Vault.open(tmp_path / name, PASSPHRASE) as copy:
            new_case(copy, f"By copy {name}")
            pair.carry(copy, third, everything=True)
    with Vault.open(pair.laptop.profile, PASSPHRASE) as laptop:
        new_case(laptop, "Last words")
        pair.carry(laptop, pair.office)
        assert administer.remove(pair.office.store, device(laptop))
    with third.store.writing() as conn:  # the removal comes alone, as with a bundle of keys
        items = [act.data for act in pair.office.store.log.acts]
        log = third.store.log
        members.keep_acts(conn, log.add(items))
        remove_device.cut(third.store, conn, log.roster)
    assert titles(third) == ["Before the copies"]
    assert verification.vault(third.store).problems == []
    fourth = make_vault("fourth", found=False)
    (tmp_path / "files of the fourth").mkdir()
    enrol_by_file(pair.office, fourth, tmp_path / "files of the fourth", "Chantal")
    exporting.export(third, tmp_path / "stick", everything=True)
    for vault in (third, fourth):
        pair.carry(pair.office, vault, everything=True)
    assert titles(third) == titles(fourth) == ["Before the copies", "Last words"]
    same(pair.office, third, fourth)


@pytest.mark.parametrize("first", ["office", "copy"])
def test_the_copy_of_a_removed_laptop_takes_nothing_and_adds_nothing(
    first: str, pair: Pair, third: Vault, make_vault: MakeVault, tmp_path: Path
) -> None:
    """A stolen laptop's disk was copied, and the copy writes on. What the laptop had said before
    it was removed counts for everybody, also for who hears of the copy before the office."""
    fourth = make_vault("fourth", found=False)
    (tmp_path / "files of the fourth").mkdir()
    enrol_by_file(pair.office, fourth, tmp_path / "files of the fourth", "Chantal")
    new_case(pair.laptop, "Before the copy")
    pair.carry(pair.laptop, pair.office)
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "copy")
    with (
        Vault.open(pair.laptop.profile, PASSPHRASE) as laptop,
        Vault.open(tmp_path / "copy", PASSPHRASE) as copy,
    ):
        new_case(laptop, "Last words")
        new_case(laptop, "And more")
        pair.carry(laptop, pair.office)
        new_case(copy, "By the thief")
        if first == "copy":  # its bundle arrives where nobody has heard of anything
            pair.carry(copy, third)
        assert administer.remove(pair.office.store, device(laptop))
        if first == "office":
            pair.carry(copy, pair.office)
        for _ in range(3):
            for one, two in ((pair.office, third), (third, fourth), (fourth, pair.office)):
                pair.carry(one, two, everything=True)
                pair.carry(two, one, everything=True)
        expected = ["And more", "Before the copy", "Last words"]
        for vault in (pair.office, third, fourth):
            assert titles(vault) == expected
        same(pair.office, third, fourth)
        here = pair.office if first == "office" else third  # where the copy's bundle arrived
        assert administer.quarantined(here.store) == {device(laptop): 1}
        if first == "office":
            assert administer.accept(pair.office.store, device(laptop)) == 1
            for vault in (third, fourth):
                pair.carry(pair.office, vault, everything=True)
            assert titles(third) == titles(fourth) == sorted([*expected, "By the thief"])
            same(pair.office, third, fourth)


def test_a_removed_device_decides_nothing_and_says_nothing_about_others(pair: Pair, third: Vault) -> None:
    new_case(pair.office, "One")
    pair.carry(pair.office, pair.laptop)
    remove(pair, pair.laptop)
    before = pair.office.store.reader.execute("SELECT * FROM receipts").fetchall()
    new_case(pair.laptop, "Two")
    pair.carry(pair.laptop, pair.office)
    assert pair.office.store.reader.execute("SELECT * FROM receipts").fetchall() == before
    with pytest.raises(UsageError):
        exporting.export(pair.office, pair.folder / "to", to=["Amina"])


def test_a_withdrawn_desk(pair: Pair, third: Vault) -> None:
    store = pair.office.store
    [desk] = store.members[store.device].desks
    administer.withdraw(store, device(pair.laptop), desk)
    new_case(pair.office, "Not for Amina")
    new_case(pair.laptop, "Written without the desk")
    told = pair.carry(pair.office, pair.laptop, everything=True)
    assert told.taken and not told.change_sets and told.refused, "word of it, and nothing else"
    assert titles(pair.laptop) == ["Written without the desk"]
    pair.carry(pair.office, third)
    assert titles(third) == ["Not for Amina"]
    assert pair.carry(pair.laptop, third, everything=True).aside == {"Amina": 1}
    same(pair.office, third)


def test_who_may_remove(pair: Pair, third: Vault) -> None:
    with pytest.raises(NotGrantedError):
        administer.remove(pair.laptop.store, device(third))
    with pytest.raises(UsageError):
        administer.remove(pair.office.store, device(pair.office))
    remove(pair, third)
    with pytest.raises(UsageError):
        remove(pair, third)
    assert [d.member for d in pair.office.devices() if not d.present] == ["Bako"]


def test_two_administrators_who_remove_at_the_same_time(
    pair: Pair, third: Vault, make_vault: MakeVault, tmp_path: Path
) -> None:
    """Each seals with a key that the one whom the other removed knows: a third key follows, made
    by who learns of both."""
    second = make_vault("second", found=False)
    (tmp_path / "second files").mkdir()
    enrol_by_file(pair.office, second, tmp_path / "second files", "Chipo")
    administer.set_role(pair.office.store, device(second), membership.ADMINISTRATOR)
    for vault in (second, third, pair.laptop):
        pair.carry(pair.office, vault)
    remove(pair, pair.laptop)
    administer.remove(second.store, device(third))
    pair.carry(second, pair.office, everything=True)
    new_case(pair.office, "For nobody who was removed")
    stick = pair.folder / "after both"
    exporting.export(pair.office, stick, everything=True)
    assert receiving.receive(second, stick).changes
    for vault in (third, pair.laptop):
        for path in sorted(path for path in stick.iterdir() if not opens(vault, path)):
            with pytest.raises(NotForUsError):
                receiving.receive_file(vault, path)
        with pytest.raises(RemovedError):
            receiving.receive(vault, stick)
        assert titles(vault) == []
    same(pair.office, second)


def test_another_administrator_whose_laptop_is_taken(
    pair: Pair, make_vault: MakeVault, tmp_path: Path
) -> None:
    """What a stolen administrator's laptop does at the same time does not stand."""
    second = make_vault("second", found=False)
    (tmp_path / "second files").mkdir()
    enrol_by_file(pair.office, second, tmp_path / "second files", "Chipo")
    administer.set_role(pair.office.store, device(second), membership.ADMINISTRATOR)
    pair.carry(pair.office, second)
    remove(pair, second)
    administer.set_role(second.store, device(pair.laptop), membership.ADMINISTRATOR)
    administer.remove(second.store, device(pair.office))
    pair.carry(second, pair.laptop, everything=True)
    office = pair.office.store.device
    assert not pair.laptop.store.roster.devices[office].present, "so it looks on one side"
    pair.carry(pair.office, pair.laptop, everything=True)
    assert pair.laptop.info().role == membership.RESEARCHER
    pair.carry(pair.laptop, pair.office, everything=True)
    assert pair.laptop.store.log.digest == pair.office.store.log.digest
    roster = pair.office.store.roster
    assert pair.office.info().role == membership.ADMINISTRATOR
    assert roster.devices[office].present
    assert roster.devices[pair.laptop.store.device].role == membership.RESEARCHER


def test_a_desk_that_was_taken_leaves_the_laptop(pair: Pair) -> None:
    """It goes with its keys, search, attachments and free pages, once nothing is there alone."""
    from tests.worlds.erasing import pages

    office, laptop = pair.office, pair.laptop
    desk = office.add_desk("Sahel desk")
    raw = signing.id_bytes(desk.id)
    administer.grant(office.store, device(laptop), raw)
    case = new_case(office, "Great Lakes case")
    sahel = office.new_id()
    office.save([Edit(sahel, "kind", "case"), Edit(sahel, "title", "Xanthippe")], "Sahel desk")
    (pair.folder / "photo").write_bytes(b"photo" * 1000)
    office.attach(sahel, pair.folder / "photo")
    for name in ("Great Lakes desk", "Sahel desk"):
        pair.carry(office, laptop, desk=name)
    assert titles(laptop) == ["Great Lakes case", "Xanthippe"]
    laptop.save([Edit(sahel, "summary", "Mine alone")])
    administer.withdraw(office.store, device(laptop), raw)
    report = pair.carry(office, laptop, desk="Great Lakes desk")
    assert report.taken == [("Sahel desk", 1)], "first it is to be handed over"
    assert "Xanthippe" in titles(laptop)
    with laptop.store.writing() as conn:
        conn.execute("UPDATE feeds SET confirmed = held")
    office.save([Edit(case, "status", "open")])
    administer.set_role(office.store, device(laptop), "desk officer")
    report = pair.carry(office, laptop, desk="Great Lakes desk")
    assert report.taken == [] and titles(laptop) == ["Great Lakes case"]
    assert [d.name for d in laptop.info().desks] == ["Great Lakes desk"]
    assert b"Xanthippe" not in pages(laptop) and b"xanthippe" not in pages(laptop)
    assert not [p for p in (laptop.profile / "chunks").rglob("*") if p.is_file()]
    assert verification.vault(laptop.store).problems == []
    pair.carry(laptop, office)
    assert verification.vault(office.store).problems == []


def test_a_removed_laptop_with_two_histories_is_set_aside_and_taken_in_whole(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """The branches hang on the feed that they parted from, which ends before they begin: who
    removed the laptop held nothing of it."""
    office, laptop = pair.office, pair.laptop
    pair.carry(office, laptop)
    pair.carry(office, third)
    new_case(laptop, "Before the copy")
    shutil.copytree(laptop.profile, tmp_path / "copy")
    new_case(laptop, "Of the laptop")
    with Vault.open(tmp_path / "copy", PASSPHRASE) as copy:
        new_case(copy, "Of the copy")
        for source in (laptop, copy):
            pair.carry(source, third)
    assert len(titles(third)) == 3
    administer.remove(office.store, device(laptop))
    pair.carry(office, third)
    assert titles(third) == []
    pair.carry(third, office, everything=True)
    assert verification.vault(third.store).problems == []
    for source in (laptop, third):
        pair.carry(source, office, everything=True)
    assert administer.accept(office.store, device(laptop)) >= 2
    pair.carry(office, third, everything=True)
    assert titles(office) == titles(third) and "Before the copy" in titles(third)
    for vault in (office, third):
        assert verification.vault(vault.store).problems == []


def test_who_took_new_keys_before_the_removal_was_heard_is_removed_under_them_too(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    office, laptop = pair.office, pair.laptop
    new_case(laptop, "Before")
    old = device(laptop)
    with laptop.store.writing() as conn:
        assert rekey.succeed(laptop.store, conn, laptop.store.log.copy())
    laptop.store.load_identity()
    _, photo = with_photo(laptop, tmp_path)
    assert administer.remove(office.store, old)
    pair.carry(office, third)
    report = pair.carry(laptop, office, everything=True)
    assert report.aside["Amina"] > 1 and report.removed_senders == ["Amina"]
    pair.carry(office, third, everything=True)
    assert titles(office) == titles(third) == []
    assert administer.quarantined(office.store) == {device(laptop): report.aside["Amina"]}
    assert administer.accept(office.store, device(laptop)) == report.aside["Amina"]
    pair.carry(laptop, office, everything=True)  # its attachments are taken in once it counts
    pair.carry(office, third, everything=True)
    assert titles(office) == titles(third) == ["Before", "Nora"]
    assert laptop.store.device not in office.store.members
    same(office, third)
    package.export(office, photo, tmp_path / "package.zip")
    assert not check.verify(tmp_path / "package.zip").problems
