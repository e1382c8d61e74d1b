"""What a lost laptop held: surely, perhaps, and not."""

from __future__ import annotations

import pytest

from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import signing
from defenderdesk.errors import NotFoundError, NotGrantedError
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer, seizure
from defenderdesk.vault.membership.seizure import HeldDesk, Seizure
from tests.conftest import Pair
from tests.worlds.desks import withdraw
from tests.worlds.devices import device, remove
from tests.worlds.photos import with_photo
from tests.worlds.records import new_case


def seen(pair: Pair, by: Vault | None = None) -> Seizure:
    return seizure.seizure((by or pair.office).store, device(pair.laptop))


def the_desk(found: Seizure) -> HeldDesk:
    [desk] = found.desks
    return desk


def held(found: Seizure) -> dict[str, bool]:
    """Title → whether it is sure."""
    return {case.title: case.sure for case in the_desk(found).cases}


def test_what_it_confirmed_is_sure_and_what_came_later_may_have_come(pair: Pair) -> None:
    case = new_case(pair.office, "Confirmed")
    pair.office.save([Edit(case, "reference", "UG-1")])
    pair.carry(pair.office, pair.laptop)
    new_case(pair.laptop, "Its own")
    pair.carry(pair.laptop, pair.office)
    new_case(pair.office, "On a stick that was lost")
    found = seen(pair)
    assert held(found) == {"Confirmed": True, "Its own": True, "On a stick that was lost": False}
    assert "UG-1" in [case.reference for case in the_desk(found).cases]
    assert found.removed is None and found.seen and the_desk(found).since and the_desk(found).seen


def test_removing_it_forgets_nothing_of_what_it_held(pair: Pair) -> None:
    new_case(pair.office, "Confirmed")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    new_case(pair.office, "May have come")
    before = the_desk(seen(pair)).seen
    remove(pair, pair.laptop, destroy=True)
    new_case(pair.office, "Sealed to the new key")
    found = seen(pair)
    assert held(found) == {"Confirmed": True, "May have come": False}
    assert the_desk(found).renewed and the_desk(found).seen == before and not found.renewable
    assert (found.asked, found.told, found.destroyed) == (True, False, None)
    assert found.removed and found.by == ("Office",)


def test_a_colleague_who_hears_of_it_knows_the_same(pair: Pair, third: Vault) -> None:
    new_case(pair.office, "Confirmed")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, third)
    remove(pair, pair.laptop)
    pair.carry(pair.office, third)
    assert held(seen(pair, third)) == {"Confirmed": True}


def test_attachments_that_it_says_it_lacks_are_not_counted(pair: Pair) -> None:
    with_photo(pair.office, pair.folder)
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    desk = the_desk(seen(pair))
    assert desk.attachments == 1 and desk.bytes > 0 and [c.attachments for c in desk.cases] == [1]
    with pair.laptop.store.writing() as conn:
        conn.execute("UPDATE chunks SET present = 0")
    new_case(pair.laptop, "A sign of life")
    pair.carry(pair.laptop, pair.office)
    desk = the_desk(seen(pair))
    assert desk.attachments == 0 and all(c.attachments == 0 for c in desk.cases)


def test_what_was_deleted_is_on_it_all_the_same(pair: Pair) -> None:
    case = new_case(pair.office, "Deleted here")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    pair.office.save([Edit(case, "deleted", True)])
    [one] = the_desk(seen(pair)).cases
    assert one.title == "Deleted here" and one.deleted and one.sure


def test_a_desk_that_was_taken_is_named_until_it_is_known_gone(pair: Pair) -> None:
    new_case(pair.office, "Confirmed")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    withdraw(pair, pair.laptop)
    found = seen(pair)
    assert held(found) == {"Confirmed": True} and the_desk(found).renewed


def test_a_desk_that_is_not_held_here_is_named_by_its_id_alone(pair: Pair, third: Vault) -> None:
    sahel = pair.office.add_desk("Sahel")
    pair.office.members.grant(device(pair.laptop), signing.id_bytes(sahel.id))
    pair.carry(pair.office, third)
    named = {desk.name for desk in seen(pair, third).desks}
    assert named == {"", "Great Lakes desk"}
    [other] = [desk for desk in seen(pair, third).desks if not desk.name]
    assert other.id == sahel.id and other.since and not other.cases


def test_who_travels_holds_nothing(pair: Pair) -> None:
    new_case(pair.office, "Confirmed")
    pair.carry(pair.office, pair.laptop)
    travel.tell(pair.laptop.store)
    pair.carry(pair.laptop, pair.office)
    found = seen(pair)
    assert found.desks == () and found.device.travelling


def test_keys_are_renewed_where_whoever_should_did_not(pair: Pair, third: Vault) -> None:
    """An administrator without the desk removed the laptop: no key follows from that."""
    office = pair.office.store
    with office.writing() as conn:  # as such an administrator's program does it
        log = office.log.copy()
        made = log.make(
            office.require_signing_key(), acts.REMOVE, [pair.laptop.store.device, False], office.now_ms()
        )
        members.keep_acts(conn, [made])
        office.load_members(conn)
    found = seen(pair)
    assert found.renewable and not the_desk(found).renewed
    with pytest.raises(NotGrantedError):
        third.members.renew_keys(device(pair.laptop))
    assert pair.office.members.renew_keys(device(pair.laptop)) == 1
    assert pair.office.members.renew_keys(device(pair.laptop)) == 0
    assert not seen(pair).renewable and the_desk(seen(pair)).renewed


def test_what_it_wrote_afterwards_is_counted(pair: Pair) -> None:
    remove(pair, pair.laptop)
    new_case(pair.laptop, "Written on")
    pair.carry(pair.laptop, pair.office, everything=True)
    assert seen(pair).aside == 1 and administer.quarantined(pair.office.store)


def test_an_unknown_laptop_is_refused(pair: Pair) -> None:
    for name in ("nonsense", "a" * 26):
        with pytest.raises(NotFoundError):
            seizure.seizure(pair.office.store, name)
