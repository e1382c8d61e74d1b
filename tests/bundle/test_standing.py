"""What follows from the log, name by name: who may write, how far feeds count, whose keys are good,
who travels, what waits, and what of the log a stranger is shown."""

from __future__ import annotations

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import (
    ADMINISTRATOR,
    COORDINATOR,
    DESK_OFFICER,
    RESEARCHER,
    Cut,
    Log,
    acts,
)
from defenderdesk.bundle.membership.roster import Member, Roster
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import feeds
from tests.bundle.people import (
    DESK,
    OTHER,
    RECIPIENT,
    Person,
    admission,
    founder,
    key_is_good,
    meet,
    office,
)


def cut(of: Person, seq: int, said: bytes = b"h" * 32) -> list[object]:
    return [of.id, seq, said, of.key.sign(feeds.SIGNATURE, said) if seq else b""]


def member(device: bytes, successor: bytes = b"", **other: object) -> Member:
    made = Member(device, b"k" * 32, RECIPIENT, "M", "", RESEARCHER, frozenset({DESK}))
    return Member(**{**vars(made), "successor": successor, **other})


A, B, C = b"A" * 16, b"B" * 16, b"C" * 16


def test_the_latest_of_a_line_and_nobody_of_a_circle() -> None:
    line = Roster(devices={A: member(A, B), B: member(B, C), C: member(C)})
    assert line.latest(A) == line.latest(B) == line.latest(C) == line.devices[C]
    assert line.latest(b"x" * 16) is None
    assert Roster(devices={A: member(A, B)}).latest(A) is None, "whose heir is not known"
    circle = Roster(devices={A: member(A, B), B: member(B, A)})
    found = circle.latest(A)
    assert found is not None and not found.present


def test_an_heir_is_the_last_of_those_that_took_the_place() -> None:
    roster = Roster(heirs={A: [B, C], B: [C]})
    assert roster.heir(A) == roster.heir(B) == C and roster.heir(C) == C
    assert Roster(heirs={A: [B], B: [A]}).heir(A) == A, "in a circle it stays what it is"


def test_who_may_write_in_a_desk() -> None:
    one, two, _, four = office()
    assert one.roster.may_write(four.id, DESK) and not one.roster.may_write(four.id, OTHER)
    assert not one.roster.may_write(b"x" * 16, DESK)
    one.act(acts.WITHDRAW, four.id, DESK)
    assert not one.roster.may_write(four.id, DESK)
    one.act(acts.GRANT, four.id, DESK)
    four.log = one.log.copy()
    fresh = Person("Fresh")
    four.succeed(fresh)
    one.log.add(a.data for a in four.log.acts)
    assert one.roster.may_write(four.id, DESK), "what it wrote before counts as well"
    one.act(acts.WITHDRAW, fresh.id, DESK)
    assert not one.roster.may_write(four.id, DESK) and not one.roster.may_write(fresh.id, DESK)
    one.act(acts.GRANT, fresh.id, DESK)
    assert one.roster.may_write(four.id, DESK)
    one.act(acts.REMOVE, fresh.id, False)
    assert not one.roster.may_write(four.id, DESK) and not one.roster.may_write(fresh.id, DESK)
    one.act(acts.REMOVE, two.id, False)
    assert not one.roster.may_write(two.id, DESK)


def test_a_feed_counts_without_bound_to_its_end_or_as_far_as_it_is_held() -> None:
    one, _, _, four = office()
    assert one.roster.bound(DESK, four.id, four.id, 7) is None
    one.act(acts.REMOVE, four.id, False)
    assert one.roster.bound(DESK, four.id, four.id, 7) == 7, "nobody has stated its end yet"
    one.act(acts.ROTATE, DESK, 1, b"n" * 16, [cut(four, 3)])
    assert one.roster.bound(DESK, four.id, four.id, 7) == 3
    assert one.roster.bound(DESK, b"branch of 16 by.", four.id, 7) == 7
    one.act(acts.ACCEPT, DESK, cut(four, 5))
    assert one.roster.bound(DESK, four.id, four.id, 7) == 5


def test_the_furthest_end_counts_and_of_two_at_one_place_the_same_everywhere() -> None:
    one, two, three, four = office()
    one.act(acts.REMOVE, four.id, False)
    meet(one, two, three)
    one.act(
        acts.ROTATE,
        DESK,
        1,
        b"n" * 16,
        [cut(four, 3), [b"branch of 16 by.", 2, b"b" * 32, b"s" * 64]],
    )
    two.act(acts.ROTATE, DESK, 1, b"m" * 16, [cut(four, 4, b"i" * 32)])
    three.act(acts.ROTATE, DESK, 1, b"o" * 16, [cut(four, 4, b"g" * 32)])
    roster = meet(one, two, three)
    assert roster.cuts[DESK, four.id].seq == 4 and roster.cuts[DESK, four.id].hash == b"g" * 32
    assert roster.cuts[DESK, b"branch of 16 by."] == Cut(b"branch of 16 by.", 2, b"b" * 32, b"s" * 64)
    one.act(acts.ACCEPT, DESK, cut(four, 1))
    assert meet(one, two, three).cuts[DESK, four.id].seq == 4, "none takes back what another said"


def test_an_end_of_who_still_writes_or_by_who_does_not_count_is_none() -> None:
    one, two, three, four = office()
    one.act(acts.ROTATE, DESK, 1, b"n" * 16, [cut(four, 3)])
    assert meet(one, two, three, four).cuts == {}
    one.act(acts.REMOVE, four.id, False)
    assert one.roster.cuts[DESK, four.id].seq == 3, "now it counts"
    one.act(acts.REMOVE, two.id, False)
    two.act(acts.ACCEPT, DESK, cut(four, 9))
    roster = meet(one, two, three, four)
    assert roster.cuts[DESK, four.id].seq == 3, "by an administrator who was removed"
    assert (OTHER, four.id) not in roster.cuts


def test_an_end_needs_the_devices_signature_where_the_device_is_known() -> None:
    one, _, _, four = office()
    one.act(acts.REMOVE, four.id, False)
    for said in (cut(four, 0), [b"a branch 16 byt.", 3, b"h" * 32, b"s" * 64]):
        one.act(acts.ACCEPT, DESK, said)
    wrong = [four.id, 3, b"h" * 32, one.key.sign(feeds.SIGNATURE, b"h" * 32)]
    with pytest.raises(DamagedError, match="the end of a feed"):
        one.act(acts.ACCEPT, DESK, wrong)
    with pytest.raises(DamagedError, match="the end of a feed"):
        one.act(acts.ROTATE, DESK, 1, b"n" * 16, [cut(four, 2), wrong])


def test_keys_that_a_desk_had_in_the_order_of_their_worth() -> None:
    one, two, three, four = office()
    first = membership.key_name(DESK, 0, b"k" * 32)
    assert key_is_good(one.roster, DESK, first) and not key_is_good(one.roster, DESK, b"x" * 16)
    assert not key_is_good(one.roster, OTHER, first)
    one.act(acts.ROTATE, DESK, 1, b"p" * 16, [])
    one.act(acts.WITHDRAW, four.id, DESK)
    assert not key_is_good(one.roster, DESK, first) and not key_is_good(one.roster, DESK, b"p" * 16)
    one.act(acts.ROTATE, DESK, 2, b"n" * 16, [])
    assert [(k.epoch, k.good) for k in one.roster.keys[DESK]] == [(0, False), (1, False), (2, True)]
    one.act(acts.DESK, OTHER, b"o" * 16)
    one.act(acts.WITHDRAW, one.id, OTHER)
    assert key_is_good(one.roster, DESK, b"n" * 16), "another desk was taken from somebody"
    assert not key_is_good(one.roster, OTHER, b"o" * 16)
    one.act(acts.REMOVE, four.id, False)
    assert key_is_good(one.roster, DESK, b"n" * 16), "who was removed had lost it already"
    one.act(acts.REMOVE, two.id, False)
    assert not key_is_good(one.roster, DESK, b"n" * 16)
    late = two.act(acts.ROTATE, DESK, 9, b"q" * 16, [])
    roster = meet(one, two, three, four)
    assert 9 not in [k.epoch for k in roster.keys[DESK]] and late.id in one.log
    assert key_is_good(roster, DESK, b"n" * 16) is False


def test_a_key_stays_good_where_what_took_the_desk_from_somebody_does_not_count() -> None:
    first = membership.key_name(DESK, 0, b"k" * 32)
    one, two, three, four = office(2)
    one.act(acts.REMOVE, two.id, False)
    assert key_is_good(meet(one, two, three, four), DESK, first), "a second must agree"
    one, two, three, four = office()
    one.act(acts.REMOVE, two.id, False)
    one.act(acts.ROTATE, DESK, 1, b"n" * 16, [])
    two.act(acts.WITHDRAW, four.id, DESK)
    roster = meet(one, two, three, four)
    assert key_is_good(roster, DESK, b"n" * 16), "who was removed takes nothing from anybody"
    assert roster.devices[four.id].desks == {DESK}


def test_who_travels_is_back_by_a_word_that_knew_of_the_journey() -> None:
    one, two, three, four = office()
    assert not one.of(four).travelling and one.of(four).returned == b""
    early = one.act(acts.RETURN, four.id)
    four.act(acts.TRAVEL)
    roster = meet(one, two, three, four)
    assert roster.devices[four.id].travelling, "the word did not know of the journey"
    assert roster.devices[four.id].returned == early.id
    back = two.act(acts.RETURN, four.id)
    roster = meet(one, two, three, four)
    assert not roster.devices[four.id].travelling and roster.devices[four.id].returned == back.id
    four.act(acts.TRAVEL)
    assert meet(one, two, three, four).devices[four.id].travelling, "it left once more"
    one.act(acts.REMOVE, two.id, False)
    two.act(acts.RETURN, four.id)
    roster = meet(one, two, three, four)
    assert roster.devices[four.id].travelling, "the word of who was removed counts for nothing"
    assert not roster.devices[one.id].travelling


@pytest.mark.parametrize("role", [ADMINISTRATOR, COORDINATOR])
def test_a_coordinator_or_an_administrator_says_who_is_back(role: str) -> None:
    one, two, three, four = office()
    five = Person("Five")
    one.admit(five, role)
    meet(one, two, three, four, five)
    four.act(acts.TRAVEL)
    meet(one, two, three, four, five)
    five.act(acts.RETURN, four.id)
    assert not meet(one, two, three, four, five).devices[four.id].travelling


@pytest.mark.parametrize("role", [RESEARCHER, DESK_OFFICER])
def test_nobody_else_says_who_is_back_nor_anybody_of_themselves(role: str) -> None:
    one, two, three, four = office()
    five = Person("Five")
    one.admit(five, role)
    meet(one, two, three, four, five)
    four.act(acts.TRAVEL)
    meet(one, two, three, four, five)
    for who, whom in ((five, four.id), (four, four.id), (one, one.id), (one, b"x" * 16)):
        with pytest.raises(DamagedError, match="not from an administrator"):
            who.act(acts.RETURN, whom)
    assert meet(one, two, three, four, five).devices[four.id].travelling


def test_a_member_says_what_its_admission_said() -> None:
    one = founder()
    made = Person("Made")
    asked = admission(one.log.workspace, made.key, "Made", DESK_OFFICER, [DESK, OTHER], 77)
    one.act(acts.ADMIT, *asked[:3], "Old laptop", *asked[4:])
    got = one.of(made)
    assert (got.member, got.name, got.role, got.since) == ("Made", "Old laptop", DESK_OFFICER, 77)
    assert got.desks == got.first_desks == {DESK, OTHER} and got.lost == frozenset()
    assert got.line == (made.id,) and got.signing_key == made.key.public and got.present
    one.act(acts.WITHDRAW, made.id, OTHER)
    got = one.of(made)
    assert got.desks == got.first_desks == {DESK} and got.lost == {OTHER}
    one.act(acts.GRANT, made.id, OTHER)
    got = one.of(made)
    assert got.desks == {DESK, OTHER} and got.first_desks == {DESK} and got.lost == frozenset()
    made.log = one.log.copy()
    fresh = Person("Fresh")
    made.succeed(fresh)
    one.log.add(a.data for a in made.log.acts)
    heir = one.of(fresh)
    assert (heir.member, heir.name, heir.role, heir.since) == ("Made", "", DESK_OFFICER, 77)
    assert heir.desks == {DESK, OTHER} and heir.first_desks == {DESK}
    assert heir.line == (fresh.id, made.id) and one.of(made).successor == fresh.id
    assert one.roster.heirs == {made.id: [fresh.id]} and one.roster.heir(made.id) == fresh.id
    one.act(acts.REMOVE, fresh.id, True)
    gone = one.of(fresh)
    assert gone.removed and gone.destroy and gone.lost == {DESK, OTHER} and not gone.present
    assert one.of(made).removed, "and what it was before"
    assert one.of(one).first_desks == {DESK} and not one.of(one).destroy
    assert one.of(one).lost == frozenset()


def test_who_took_new_keys_without_knowing_of_their_removal_is_removed_under_them() -> None:
    one, two, three, four = office()
    one.act(acts.REMOVE, four.id, True)
    fresh, again = Person("Fresh"), Person("Again")
    four.succeed(fresh)
    fresh.succeed(again)
    roster = meet(one, two, three, four, fresh)
    for person, line in ((fresh, (fresh.id, four.id)), (again, (again.id, fresh.id, four.id))):
        got = roster.devices[person.id]
        assert got.removed and got.destroy and got.name == "" and got.line == line
        assert got.signing_key == person.key.public and got.member == "Field"
        assert got.recipient == RECIPIENT
    assert roster.heirs[four.id] == sorted([fresh.id, again.id])
    assert roster.heirs[fresh.id] == [again.id]


def test_copies_that_renew_themselves_stand_in_the_order_of_their_names() -> None:
    one, two, three, four = office()
    copy, heirs = Person("Field"), [Person(f"Heir {n}") for n in range(4)]
    for heir in heirs:
        copy.log = one.log.copy()
        copy.succeed(heir)
        four.log.add(a.data for a in copy.log.acts)
    roster = meet(one, two, three, four)
    assert roster.heirs[four.id] == sorted(heir.id for heir in heirs)
    found = [heir.id for heir in heirs if roster.devices[four.id].successor == heir.id]
    assert len(found) == 1


def two_of_three() -> tuple[Person, Person, Person, Person]:
    return office(2)


def test_what_waits_is_told_while_it_makes_sense() -> None:
    one, two, three, four = two_of_three()
    guest = Person("Guest")
    told = [
        one.act(acts.REMOVE, two.id, False),
        one.act(acts.ROLE, four.id, ADMINISTRATOR),
        one.act(acts.ADMIT, *admission(one.log.workspace, guest.key, "Guest", ADMINISTRATOR)),
        one.act(acts.QUORUM, 1),
    ]
    roster = meet(one, two, three, four)
    assert {p.act.id for p in roster.proposals} == {act.id for act in told}
    assert all(p.need == 2 and p.behind == {"Founder"} for p in roster.proposals)
    three.act(acts.ENDORSE, told[1].id)
    three.act(acts.ENDORSE, told[2].id)
    roster = meet(one, two, three, four)
    assert {p.act.id for p in roster.proposals} == {told[0].id, told[3].id}
    again = one.act(acts.ROLE, four.id, ADMINISTRATOR)
    assert again.id not in {p.act.id for p in meet(one, two, three, four).proposals}
    three.act(acts.ENDORSE, told[0].id)
    assert [p.act.id for p in meet(one, two, three, four).proposals] == [told[3].id]
    more = three.act(acts.REMOVE, two.id, False)
    assert more.id not in {p.act.id for p in meet(one, two, three, four).proposals}


def test_what_somebody_proposed_who_administers_no_more_does_not_wait() -> None:
    one, two, three, four = two_of_three()
    asked = two.act(acts.QUORUM, 1, when=5)
    later = one.act(acts.QUORUM, 3, when=4)
    roster = meet(one, two, three, four)
    assert [p.act.id for p in roster.proposals] == [later.id, asked.id], "by when they were made"
    made = one.act(acts.ROLE, two.id, RESEARCHER)
    meet(one, two, three, four)
    three.act(acts.ENDORSE, made.id)
    assert [p.act.id for p in meet(one, two, three, four).proposals] == [later.id]


def test_what_of_a_desks_keys_a_newcomer_may_be_given() -> None:
    one = founder()
    all_of_it, since = Person("All"), Person("Since")
    one.admit(all_of_it)
    one.act(acts.ROTATE, DESK, 1, b"b" * 16, [])
    one.act(acts.ADMIT, *admission(one.log.workspace, since.key, "Since", since=5))
    one.act(acts.ROTATE, DESK, 2, b"c" * 16, [])
    one.act(acts.ROTATE, DESK, 3, b"d" * 16, [])
    one.act(acts.DESK, OTHER, b"e" * 16)
    assert one.log.keys_for(DESK, all_of_it.id) is None
    assert one.log.keys_for(DESK, b"x" * 16) is None
    assert one.log.keys_for(DESK, since.id) == {b"c" * 16, b"d" * 16}
    assert one.log.keys_for(OTHER, since.id) == {b"e" * 16}
    assert one.log.keys_for(b"x" * 16, since.id) == set()


def test_an_act_with_its_past_and_when_it_can_have_been_made() -> None:
    one, two, _, four = office()
    before = {act.id for act in one.log.acts}
    beside_it = two.act(acts.ROLE, four.id, COORDINATOR, when=2**40)
    made = one.act(acts.ROLE, four.id, DESK_OFFICER, when=7)
    one.log.add([beside_it.data])
    found = one.log.with_past(made.id)
    assert {act.id for act in found} == before | {made.id}
    assert one.log.at_least(made.id) == 7 and one.log.at_least(beside_it.id) == 2**40
    after = one.act(acts.ROLE, four.id, RESEARCHER, when=3)
    assert one.log.at_least(after.id) == 2**40, "not before what it follows"
    assert after.id in one.log and b"x" * 32 not in one.log and len(one.log) == len(before) + 3


def test_a_proof_names_whom_it_is_about_and_who_vouches_and_nobody_else() -> None:
    one, two, three, four = office()
    guest = Person("Guest")
    two.admit(guest)
    two.admit(Person("Bystander"))
    log = two.log
    named = {act.detail[2] for act in log.proof(guest.id) if act.kind in (acts.ADMIT, acts.FOUND)}
    assert named == {"Founder", "Second", "Guest"}
    assert [act.kind for act in log.proof(one.id)] == [acts.FOUND]
    assert log.proof(b"x" * 16) == []
    two.act(acts.REMOVE, guest.id, False)
    assert {act.id for act in log.proof(guest.id)} <= {act.id for act in log.acts}
    assert log.proof(guest.id)[-1].detail[2] == "Guest", "also of one who was removed since"
    three.log.add(a.data for a in log.acts)
    assert three.log.proof(four.id) == one.log.proof(four.id)


def test_a_proof_of_one_whose_admission_does_not_count_is_shown_as_it_was_made() -> None:
    one, two, three, four = office()
    guest = Person("Guest")
    one.act(acts.REMOVE, two.id, False)
    two.admit(guest)
    meet(one, two, three, four)
    assert guest.id not in one.roster.devices
    assert "Guest" in {act.detail[2] for act in one.log.proof(guest.id) if act.kind == acts.ADMIT}


def test_the_acts_that_removed_somebody_and_those_that_count_no_more() -> None:
    one, two, three, four = two_of_three()
    made = one.act(acts.REMOVE, two.id, True)
    meet(one, two, three, four)
    assert one.log.removals(two.id) == [], "the second has not agreed"
    assert one.log.undone(two.id) == []
    voice = three.act(acts.ENDORSE, made.id)
    meet(one, two, three, four)
    assert [act.id for act in one.log.removals(two.id)] == [made.id, voice.id]
    assert one.log.removals(four.id) == [] == one.log.undone(two.id)


def test_a_removal_that_another_voids_is_told_as_undone() -> None:
    one, two, three, four = office()
    first = two.act(acts.REMOVE, three.id, False)
    meet(two, three, four)
    assert two.of(three).removed
    one.act(acts.REMOVE, two.id, False)
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].removed and not roster.devices[three.id].removed
    assert [act.id for act in one.log.undone(three.id)] == [first.id]
    assert one.log.removals(three.id) == [] and one.log.undone(two.id) == []


def test_acts_of_a_copy_are_seen_among_those_that_came() -> None:
    one, two, _, four = office()
    copy = Person("Second")
    copy.log = two.log.copy()
    news = [two.act(acts.ROLE, four.id, COORDINATOR), copy.act(acts.GRANT, four.id, OTHER)]
    log = one.log.copy()
    log.add([act.data for act in news])
    assert log.diverged(news) == {two.id} and log.diverged(news[:1]) == {two.id}
    assert log.diverged([]) == set() and log.diverged(list(one.log.acts[:1])) == set()


def test_a_log_is_whole_or_not_changed() -> None:
    one, two, _, four = office()
    before = (one.log.digest, one.roster)
    right = two.act(acts.ROLE, four.id, COORDINATOR)
    stranger = Person("Stranger")
    wrong = acts.make(stranger.key, one.log.workspace, acts.ROLE, one.log.heads, 1, [four.id, RESEARCHER])
    with pytest.raises(DamagedError):
        one.log.add([right.data, wrong])
    assert (one.log.digest, one.roster) == before and right.id not in one.log
    assert [act.id for act in one.log.add([right.data, right.data])] == [right.id]
    assert one.log.add([right.data]) == [] and one.of(four).role == COORDINATOR
    assert Log(one.log.workspace, [a.data for a in one.log.acts], trusted=True).roster == one.roster
