"""Recovery shares that are made anew by themselves: who holds one left, or has other keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.enrolment import recovery_requests
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.recovery import shares, trustees
from tests.conftest import PASSPHRASE
from tests.sync_link.server import running
from tests.worlds.records import new_case
from tests.worlds.trustees import Office, office

__all__ = ["office"]


def test_an_administrator_leaves_and_the_others_get_new_shares(office: Office) -> None:
    office.arrange()
    old = trustees.round_of(office.laptop.profile)
    assert not trustees.maintain(office.laptop.store)
    administer.remove(office.admins[0].store, office.admins[2].info().device)
    for proposal in administer.proposals(office.admins[1].store):
        administer.endorse(office.admins[1].store, proposal.id)
    office.admins.pop()
    office.carry_all()
    for proposal in administer.proposals(office.admins[1].store):
        administer.endorse(office.admins[1].store, proposal.id)
    office.carry_all()
    assert not trustees.maintain(office.laptop.store)  # it did, when it heard of it
    assert trustees.round_of(office.laptop.profile) != old
    assert {h.member for h in trustees.standing(office.laptop.store).helpers} == {"Office", "Olga"}
    office.carry_all()
    office.laptop.close()
    locked = office.ask()
    for admin in office.admins:
        locked.add(office.answer(admin))
    locked.open().close()


def renewed(office: Office, folder: Path) -> None:
    """Olga's laptop is restored from a copy, after it had written on: it takes a new identity."""
    olga = office.admins[1]
    olga.close()
    shutil.copytree(olga.profile, folder / "copy")
    with Vault.open(olga.profile, PASSPHRASE) as ahead:
        new_case(ahead, "Written after the copy")
        office.pair.carry(ahead, office.admins[0])
    back = Vault.open(folder / "copy", PASSPHRASE)
    device = back.info().device
    new_case(back, "Written on the copy")
    office.pair.carry(office.admins[0], back)
    office.pair.carry(back, office.admins[0])
    assert back.info().device != device
    office.admins[1] = back


def test_an_administrator_with_a_new_identity_opens_the_old_share(office: Office, tmp_path: Path) -> None:
    """The laptop is locked: it cannot make new ones before it is helped."""
    office.arrange()
    office.laptop.close()
    renewed(office, tmp_path)
    locked = office.ask()
    for admin in office.admins[1:]:
        locked.add(office.answer(admin))
    locked.open().close()
    office.admins[1].close()


def test_an_administrator_with_a_new_identity_gets_a_new_share(office: Office, tmp_path: Path) -> None:
    office.arrange()
    old = trustees.round_of(office.laptop.profile)
    renewed(office, tmp_path)
    office.carry_all()
    olga = office.admins[1]
    assert trustees.round_of(office.laptop.profile) != old
    found = trustees.standing(office.laptop.store)
    assert olga.info().device in {one.device for one in found.helpers} and found.enough
    assert not trustees.maintain(office.laptop.store), "once"
    olga.store.set_meta("former_identities", [])
    office.laptop.close()
    locked = office.ask()
    for admin in office.admins[1:]:
        locked.add(office.answer(admin))
    locked.open().close()
    olga.close()


def test_until_somebody_holds_the_new_shares_those_before_help(office: Office, tmp_path: Path) -> None:
    """The laptop heard that Olga has other keys, and was locked before it told anybody of the new
    shares: nobody could have helped."""
    office.arrange()
    before = trustees.round_of(office.laptop.profile)
    renewed(office, tmp_path)
    office.pair.carry(office.admins[0], office.laptop)
    standing = trustees.standing(office.laptop.store)
    assert office.admins[1].info().device in {one.device for one in standing.helpers}
    waiting = {one.round for one in shares.shares(office.laptop.store)}
    assert before and before.name in waiting and len(waiting) == 2
    assert not trustees.maintain(office.laptop.store) and trustees.round_of(office.laptop.profile) == before
    with office.laptop.store.writing() as conn:  # a server says that it has all of it
        conn.execute("UPDATE feeds SET confirmed = held")
    assert not trustees.maintain(office.laptop.store)
    copy = tmp_path / "locked"
    office.laptop.close()
    shutil.copytree(office.laptop.profile, copy)
    locked = recovery_requests.Locked.begin(copy)
    locked.write(office.folder / "early.ddask")
    for admin in (office.admins[0], office.admins[2]):
        locked.add(office.answer(admin, "early"))
    locked.open().close()
    # once it was told, the new ones count, and the ones before do not
    laptop = Vault.open(office.laptop.profile, PASSPHRASE)
    office.laptop = laptop
    office.carry_all()
    after = trustees.round_of(laptop.profile)
    assert after and after != before
    assert {one.round for one in shares.shares(office.admins[0].store)} == {after.name}
    laptop.close()
    locked = office.ask("late")
    for admin in office.admins[1:]:
        locked.add(office.answer(admin, "late"))
    locked.open().close()
    office.admins[1].close()


def test_a_kill_while_new_shares_begin_to_count_is_gone_on_with(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.arrange()
    renewed(office, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(trustees, "_take_next", lambda _: False)
        office.carry_all()
    before = trustees.round_of(office.laptop.profile)
    with monkeypatch.context() as patched:
        patched.setattr(type(office.laptop.store), "set_meta", _killed)
        with pytest.raises(KeyboardInterrupt):
            trustees.maintain(office.laptop.store)
    made = trustees.round_of(office.laptop.profile)
    assert made and made != before
    assert trustees.maintain(office.laptop.store) and not trustees.maintain(office.laptop.store)
    assert trustees.round_of(office.laptop.profile) == made
    assert {one.round for one in shares.shares(office.laptop.store)} == {made.name}
    office.laptop.close()
    locked = office.ask()
    for admin in (office.admins[0], office.admins[2]):
        locked.add(office.answer(admin))
    locked.open().close()
    office.admins[1].close()


def test_shares_of_another_key_never_begin_to_count(office: Office, tmp_path: Path) -> None:
    """What waits may wrap a key that the vault has no more: it would open nothing."""
    office.arrange()
    before = trustees.round_of(office.laptop.profile)
    renewed(office, tmp_path)
    office.pair.carry(office.admins[0], office.laptop)
    store = office.laptop.store
    waiting = store.meta("helpers.next")
    store.set_meta("helpers.next", [*waiting[:5], bytes(16)])
    assert trustees.maintain(store), "made anew"
    assert store.meta("helpers.next")[2] != waiting[2]
    assert trustees.round_of(office.laptop.profile) == before
    trustees.stop(store)
    assert not store.meta("helpers.next") and not trustees.maintain(store)
    assert not shares.shares(store) and trustees.round_of(office.laptop.profile) is None
    office.admins[1].close()


def test_a_kill_between_the_shares_and_the_key_file_leaves_nobody_with_useless_ones(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database names the new shares, the key file the old ones: until they are made anew, with
    the next exchange, the old ones open it."""
    office.arrange()
    before = trustees.round_of(office.laptop.profile)
    with monkeypatch.context() as patched:
        patched.setattr(trustees, "_replace_slot", _killed)
        with pytest.raises(KeyboardInterrupt):
            trustees.arrange(office.laptop.store, 2, [a.info().device for a in office.admins[1:]])
    assert trustees.round_of(office.laptop.profile) == before
    office.pair.carry(office.admins[0], office.laptop)
    assert trustees.round_of(office.laptop.profile) == before, "until somebody holds the new ones"
    office.carry_all()
    made = trustees.round_of(office.laptop.profile)
    assert made and made != before
    office.carry_all()
    assert made == trustees.round_of(office.laptop.profile), "once"
    assert {one.round for one in shares.shares(office.laptop.store)} == {made.name}
    locked = office.ask()
    for admin in office.admins[1:]:
        locked.add(office.answer(admin))
    office.laptop.close()
    with locked.open() as vault:
        assert vault.info().member == "Amina"


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_over_a_server_they_count_once_their_holders_have_synchronised(
    office: Office, tmp_path: Path
) -> None:
    office.arrange()
    before = trustees.round_of(office.laptop.profile)
    renewed(office, tmp_path)
    with running(tmp_path / "server") as server:
        synchronise.sync(office.admins[0], server.url)
        public = link_policy.public_address(server.url)
        for vault in (office.admins[1], office.admins[2], office.laptop):
            synchronise.sync(vault, public)
        synchronise.sync(office.laptop)
        assert office.laptop.store.meta("helpers.next")
        assert trustees.round_of(office.laptop.profile) == before, "the server has them, nobody else"
        for vault in (*office.admins, office.laptop):
            synchronise.sync(vault)
    made = trustees.round_of(office.laptop.profile)
    assert made and made != before and not office.laptop.store.meta("helpers.next")
    office.laptop.close()
    locked = office.ask()
    for admin in office.admins[1:]:
        locked.add(office.answer(admin))
    locked.open().close()
    office.admins[1].close()
