"""Which acts count, rule by rule: those that the random worlds come by only now and then."""

from __future__ import annotations

import pytest

from defenderdesk.bundle.membership import ADMINISTRATOR, COORDINATOR, RESEARCHER, acts
from defenderdesk.errors import DamagedError
from tests.bundle.people import DESK, OTHER, Person, admission, founder, meet, office


def signed(who: Person, kind: str, after: tuple[bytes, ...], *detail: object) -> acts.Act:
    """An act on a past that its author chooses, added to their log."""
    assert who.log is not None
    made = acts.make(who.key, who.log.workspace, kind, sorted(after), 1, detail)
    [act] = who.log.add([made])
    return act


def test_a_device_whose_place_was_taken_does_nothing_more_and_only_where_it_knows() -> None:
    one, two, three, four = office()
    before = one.log.heads
    fresh, again = Person("Fresh"), Person("Again")
    two.succeed(fresh)
    for kind, *detail in (
        (acts.TRAVEL,),
        (acts.ROTATE, DESK, 1, b"n" * 16, []),
        (acts.ROLE, four.id, COORDINATOR),
    ):
        with pytest.raises(DamagedError, match="not from an administrator"):
            two.act(kind, *detail)
    early = signed(two, acts.ROLE, before, four.id, COORDINATOR)
    assert early.id in two.log and two.of(four).role == COORDINATOR
    two.succeed(again)  # a copy may take a place of its own
    roster = meet(one, two, three, four)
    assert {fresh.id, again.id} <= set(roster.devices)
    fresh.log = one.log.copy()
    fresh.act(acts.ROLE, four.id, RESEARCHER)


def test_a_key_that_another_was_admitted_under_is_nobodys_successor() -> None:
    one, two, three, four = office()
    guest = Person("Guest")
    one.admit(guest)
    meet(one, two, three, four)
    with pytest.raises(DamagedError, match="not from an administrator"):
        four.succeed(guest)


def test_an_administrator_ends_their_own_second_laptop_alone() -> None:
    one, two, three, four = office(2)
    second = Person("Founder")
    second.key = Person("Founders second").key
    second.id = Person("Founders second").id
    made = one.admit(second, ADMINISTRATOR)
    meet(one, two, three, four)
    two.act(acts.ENDORSE, made.id)
    meet(one, two, three, four)
    assert one.of(second).role == ADMINISTRATOR and one.of(second).member == "Founder"
    one.act(acts.REMOVE, second.id, False)
    roster = meet(one, two, three, four)
    assert roster.devices[second.id].removed and roster.proposals == []


def test_of_two_administrators_one_demotes_the_other_alone_and_appoints_nobody_alone() -> None:
    one, two, field = founder(), Person("Second"), Person("Field")
    one.admit(two, ADMINISTRATOR)
    one.admit(field)
    meet(one, two, field)
    one.act(acts.ROLE, field.id, ADMINISTRATOR)
    [waits] = meet(one, two, field).proposals
    assert waits.need == 2 and one.of(field).role == RESEARCHER
    one.act(acts.ROLE, two.id, COORDINATOR)
    assert meet(one, two, field).devices[two.id].role == COORDINATOR


def test_who_is_only_proposed_is_ended_as_what_they_are() -> None:
    one, two, three, four = office(2)
    one.act(acts.ROLE, four.id, ADMINISTRATOR)
    meet(one, two, three, four)
    three.act(acts.REMOVE, four.id, False)
    assert meet(one, two, three, four).devices[four.id].removed


def test_an_endorsement_is_of_what_its_author_knew() -> None:
    one, two, _, four = office(2)
    before = two.log.heads
    asked = one.act(acts.ROLE, four.id, ADMINISTRATOR)
    two.log.add([asked.data])
    for wrong in (asked.id, b"x" * 32):
        with pytest.raises(DamagedError, match="not from an administrator"):
            signed(two, acts.ENDORSE, before, wrong)
    assert two.of(four).role == RESEARCHER
    signed(two, acts.ENDORSE, (asked.id,), asked.id)
    assert two.of(four).role == ADMINISTRATOR
    four.log.add([asked.data])
    with pytest.raises(DamagedError, match="not from an administrator"):
        four.act(acts.ENDORSE, asked.id)


def test_who_does_not_know_that_a_second_agreed_may_nothing_yet() -> None:
    one, two, three, four = office(2)
    asked = one.act(acts.ROLE, four.id, ADMINISTRATOR)
    meet(one, two, three, four)
    voice = two.act(acts.ENDORSE, asked.id)
    meet(one, two, three, four)
    assert four.of(four).role == ADMINISTRATOR
    with pytest.raises(DamagedError, match="not from an administrator"):
        signed(four, acts.GRANT, (asked.id,), four.id, OTHER)
    signed(four, acts.GRANT, (voice.id,), four.id, OTHER)
    assert four.of(four).desks == {DESK, OTHER}


def test_the_voice_of_who_was_removed_meanwhile_does_not_count() -> None:
    one, two, three, four = office(2)
    guest = Person("Guest")
    asked = one.act(acts.ADMIT, *admission(one.log.workspace, guest.key, "Guest", ADMINISTRATOR))
    meet(one, two, three, four)
    gone = one.act(acts.REMOVE, two.id, False)
    three.log.add(a.data for a in one.log.acts)
    three.act(acts.ENDORSE, gone.id)
    two.act(acts.ENDORSE, asked.id)
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].removed and guest.id not in roster.devices
    [waits] = roster.proposals
    assert waits.act.id == asked.id and waits.behind == {"Founder"}
    three.act(acts.ENDORSE, asked.id)
    assert meet(one, two, three, four).devices[guest.id].role == ADMINISTRATOR


def test_an_appointment_is_an_admission_or_a_role_that_makes_an_administrator() -> None:
    one, four, guest = founder(), Person("Field"), Person("Guest")
    one.admit(four)
    made = one.admit(guest, ADMINISTRATOR)
    assert acts.appointed(made) == guest.id
    assert acts.appointed(one.act(acts.ROLE, four.id, COORDINATOR)) == b""
    assert acts.appointed(one.act(acts.ROLE, four.id, ADMINISTRATOR)) == four.id
    assert [acts.appointed(act) for act in one.log.acts[:3]] == [b"", b"", b""]


def test_a_server_is_shown_that_the_old_key_named_the_new_one() -> None:
    old, new, other = Person("Old"), Person("New"), Person("Other")
    proof = acts.vouch(old.key, new.key.public)
    acts.check_vouched(old.key.public, new.key.public, proof)
    for wrong in (
        (other.key.public, new.key.public, proof),
        (old.key.public, other.key.public, proof),
        (old.key.public, new.key.public, acts.vouch(other.key, new.key.public)),
    ):
        with pytest.raises(DamagedError, match="a device's successor"):
            acts.check_vouched(*wrong)


def test_three_voices_of_which_each_comes_at_its_time() -> None:
    one, two, three, four = office(2)
    made = one.act(acts.QUORUM, 3)
    meet(one, two, three, four)
    two.act(acts.ENDORSE, made.id)
    assert meet(one, two, three, four).quorum == 3
    asked = one.act(acts.ROLE, four.id, ADMINISTRATOR)
    meet(one, two, three, four)
    for voice, wanted in ((two, RESEARCHER), (three, ADMINISTRATOR)):
        voice.act(acts.ENDORSE, asked.id)
        assert meet(one, two, three, four).devices[four.id].role == wanted
    gone = one.act(acts.REMOVE, two.id, False)
    meet(one, two, three, four)
    for voice, removed in ((three, False), (four, True)):
        voice.act(acts.ENDORSE, gone.id)
        assert meet(one, two, three, four).devices[two.id].removed is removed


def test_one_who_stands_longer_outside_a_circle_does_not_decide_it() -> None:
    """Two end each other; a third, who stands longer, ended somebody else meanwhile."""
    one, two, three, four = office()
    five = Person("Five")
    one.admit(five, ADMINISTRATOR)
    meet(one, two, three, four, five)
    three.act(acts.REMOVE, five.id, False)
    five.act(acts.REMOVE, three.id, False)
    one.act(acts.REMOVE, four.id, False)
    two.act(acts.ROLE, four.id, COORDINATOR)
    roster = meet(one, two, three, four, five)
    assert not roster.devices[three.id].removed and roster.devices[five.id].removed
    assert roster.devices[four.id].removed


def test_a_desk_comes_with_an_admission_and_not_with_a_succession() -> None:
    one, two, three, four = office()
    fresh = Person("Fresh")
    four.succeed(fresh)
    one.log.add(a.data for a in four.log.acts)
    assert one.of(fresh).desks == one.of(fresh).first_desks == {DESK}
    assert one.of(fresh).lost == frozenset()
    two.act(acts.WITHDRAW, four.id, DESK)
    roster = meet(one, two, three, four)
    assert roster.devices[fresh.id].desks == frozenset() and roster.devices[fresh.id].lost == {DESK}
