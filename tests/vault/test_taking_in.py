"""What a laptop makes of a bundle that tells of itself: joined, copied, back from a journey."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import Log
from defenderdesk.crypto import signing
from defenderdesk.ledger.merge import State
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving.receive import Received, receive
from defenderdesk.vault.replication import planning
from tests.conftest import PASSPHRASE, MakeVault, Pair
from tests.vault.copies import copied
from tests.worlds.clones import titles
from tests.worlds.devices import device
from tests.worlds.feeds import six_titles, split
from tests.worlds.records import new_case


def told(pair: Pair, source: Vault, target: Vault, name: str, **how: object) -> list[Received]:
    """What each bundle of a stick was to who took it in."""
    stick = pair.folder / name
    stick.mkdir()
    exporting.export(source, stick, **how)  # type: ignore[arg-type]
    out = []
    for path in sorted(stick.iterdir()):
        with open(path, "rb") as data:
            out.append(receive(target.store, data))
    return out


def test_the_first_bundle_joins_and_no_other(make_vault: MakeVault, tmp_path: Path) -> None:
    office, laptop = make_vault("office"), make_vault("laptop", found=False)
    invitation.invite(office, tmp_path / "i")
    join_request.join(laptop, tmp_path / "i", "Amina", tmp_path / "j")
    approval.approve(office, tmp_path / "j", tmp_path / "f")
    with open(tmp_path / "f", "rb") as data:
        report = receive(laptop.store, data)
    assert report.joined and report.desks == 1 and report.acts > 0 and report.devices == 2
    assert not (report.renewed or report.new_identity or report.forked)
    assert laptop.info().workspace == "Workspace"
    laptop.store.set_meta("workspace_name", "A neutral name")
    with open(tmp_path / "f", "rb") as data:
        report = receive(laptop.store, data)
    assert not report.joined and report.desks == 0 and report.acts == 0 and report.devices == 0
    assert laptop.info().workspace == "Workspace", "it is called as the membership says"


def test_a_restored_backup_takes_new_keys_at_once(pair: Pair, tmp_path: Path) -> None:
    new_case(pair.laptop, "Before")
    pair.carry(pair.laptop, pair.office)
    copy = copied(pair.laptop, tmp_path / "copy")
    new_case(pair.laptop, "After the backup")
    pair.carry(pair.laptop, pair.office)
    before = copy.info().device
    [report] = told(pair, pair.office, copy, "news", everything=True)
    assert report.renewed and report.new_identity and report.forked == []
    assert copy.info().device != before and titles(copy) == ["After the backup", "Before"]
    copy.close()


def test_two_histories_are_told_once_by_member(pair: Pair, third: Vault, tmp_path: Path) -> None:
    pair.carry(pair.office, pair.laptop)
    copy = copied(pair.laptop, tmp_path / "copy")
    for vault, name in ((pair.laptop, "On the laptop"), (copy, "On the copy")):
        new_case(vault, name)
        travel.tell(vault.store)  # an act of each, which does not follow the other's
    pair.carry(pair.laptop, pair.office)
    [report] = told(pair, copy, pair.office, "copy's")
    assert report.forked == ["Amina"] and report.acts == 1
    assert not report.renewed and pair.office.info().device == device(pair.office)
    copy.close()


def test_a_member_is_named_once_and_nobody_who_is_none(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        pair.office.store.device,
        b"nobody's device ",
        pair.office.store.device,
        pair.laptop.store.device,
    ]
    monkeypatch.setattr(Log, "diverged", lambda *_: found)
    [report] = told(pair, pair.office, pair.laptop, "news")
    assert report.forked == ["Office", "Amina"]


def test_ones_own_work_that_comes_back_makes_no_copy(pair: Pair) -> None:
    new_case(pair.laptop, "Amina’s")
    pair.carry(pair.laptop, pair.office)
    [report] = told(pair, pair.office, pair.laptop, "all of it", everything=True)
    assert report.change_sets == 0 and not (report.renewed or report.new_identity)


def test_who_hears_of_an_act_of_its_own_that_it_did_not_make_takes_new_keys(
    pair: Pair, tmp_path: Path
) -> None:
    copy = copied(pair.office, tmp_path / "copy")
    administer.add_desk(copy.store, "Another desk")
    pair.carry(copy, pair.laptop)
    before = device(pair.office)
    [report] = told(pair, pair.laptop, pair.office, "news", everything=True)
    assert report.new_identity and report.renewed and device(pair.office) != before
    copy.close()


def test_who_comes_back_from_a_journey_is_no_copy(pair: Pair) -> None:
    """It hears of an act of its own that it does not know any more: that it travels."""
    new_case(pair.laptop, "Amina’s")
    pair.carry(pair.laptop, pair.office)
    travel.tell(pair.laptop.store)
    pair.carry(pair.laptop, pair.office)
    gone = device(pair.laptop)
    pair.laptop.depart(PASSPHRASE, anyway=True)
    travel.welcome(pair.office.store, gone)
    with Vault.open(pair.laptop.profile, PASSPHRASE) as back:
        first, *rest = told(pair, pair.office, back, "way home", everything=True)
        assert not any(report.renewed for report in (first, *rest)), "nobody copied it"
        assert any(report.new_identity for report in (first, *rest))
        assert device(back) != gone and titles(back) == ["Amina’s"]
        assert back.info().workspace == "Workspace" and back.store.meta(travel.TRAVELLED) is False


def test_what_a_removal_ends_ends_as_it_is_heard_of(pair: Pair, third: Vault) -> None:
    pair.carry(pair.office, third)
    new_case(third, "Known to all")
    pair.carry(third, pair.office)
    pair.carry(third, pair.laptop)
    new_case(third, "Known to the laptop")
    pair.carry(third, pair.laptop)
    administer.remove(pair.office.store, device(third))
    assert titles(pair.laptop) == ["Known to all", "Known to the laptop"]
    pair.carry(pair.office, pair.laptop)
    assert titles(pair.laptop) == ["Known to all"]
    new_case(pair.office, "Later")
    assert pair.carry(pair.office, pair.laptop).missing == [], "what is set aside is here"


def test_what_was_replaced_and_is_here_is_not_waited_for(pair: Pair) -> None:
    case = new_case(pair.laptop, "One")
    pair.carry(pair.laptop, pair.office)
    pair.office.save([Edit(case, "title", "Two")])
    pair.carry(pair.office, pair.laptop)
    [packed] = pair.laptop.store.reader.execute(
        "SELECT state FROM records WHERE id = ?", (signing.id_bytes(case),)
    ).fetchone()
    assert State.unpack(packed).gone == set() and titles(pair.laptop) == ["Two"]


def test_what_two_colleagues_replaced_is_not_waited_for_either(pair: Pair, third: Vault) -> None:
    case = new_case(pair.laptop, "One")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, third)
    for vault in (pair.office, third):
        vault.save([Edit(case, "title", f"By {vault.info().member}")])
    pair.carry(pair.office, pair.laptop)
    pair.carry(third, pair.laptop)
    [packed] = pair.laptop.store.reader.execute(
        "SELECT state FROM records WHERE id = ?", (signing.id_bytes(case),)
    ).fetchone()
    assert State.unpack(packed).gone == set() and len(pair.laptop.standing(case, "title")) == 2


def test_of_a_branch_that_parted_the_member_is_told(pair: Pair) -> None:
    six_titles(pair.laptop)
    pair.carry(pair.office, pair.laptop)
    with pair.laptop.store.writing() as conn:
        branch = split(conn, pair.laptop.store.device, 4)
        other = Receipt({branch.device: 6}, roster=bytes(16), heads={branch.device: b"x" * 16})
        assert planning.diverged(conn, 1, other) == [branch.device]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "own_receipt", lambda *_: other)
        stick = pair.folder / "other history"
        stick.mkdir()
        exporting.export(pair.office, stick)
    assert receiving.receive(pair.laptop, stick).parted == ["Amina"]
