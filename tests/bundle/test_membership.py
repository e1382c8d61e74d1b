"""The membership log: who may act, what concurrent acts come to, and that it is the same
everywhere."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, Log, acts
from defenderdesk.bundle.membership.roster import Index
from defenderdesk.errors import DamagedError, NewerError, WorldError
from tests.bundle.people import (
    DESK,
    NONCE,
    OTHER,
    RECIPIENT,
    Person,
    admission,
    founder,
    key_is_good,
    meet,
    office,
)


def test_a_founder_admits_and_roles_are_seen() -> None:
    one, two, three, four = office()
    assert one.roster.name == "Workspace"
    assert {m.member: m.role for m in one.roster.devices.values()} == {
        "Founder": ADMINISTRATOR,
        "Second": ADMINISTRATOR,
        "Third": ADMINISTRATOR,
        "Field": RESEARCHER,
    }
    assert one.of(four).desks == {DESK}
    two.act(acts.ROLE, four.id, "desk officer")
    two.act(acts.GRANT, four.id, OTHER)
    three.act(acts.WITHDRAW, four.id, DESK)
    meet(one, two, three, four)
    assert one.of(four).role == "desk officer" and one.of(four).desks == {OTHER}


def test_nobody_else_may() -> None:
    one, _, _, four = office()
    mole, stranger = Person("Mole"), Person("Stranger")
    stranger.log = four.log.copy()
    for person in (four, stranger):
        for kind, *detail in (
            (acts.ADMIT, *admission(one.log.workspace, mole.key, "Mole", desks=[])),
            (acts.ROLE, four.id, ADMINISTRATOR),
            (acts.GRANT, four.id, OTHER),
            (acts.REMOVE, one.id, False),
            (acts.WITHDRAW, one.id, DESK),
            (acts.QUORUM, 1),
            (acts.DESK, OTHER, bytes(16)),
        ):
            with pytest.raises(DamagedError, match="not from an administrator"):
                person.act(kind, *detail)
    with pytest.raises(DamagedError, match="not from an administrator"):
        stranger.act(acts.ROTATE, DESK, 1, bytes(16), [])
    with pytest.raises(DamagedError, match="not from an administrator"):
        four.act(acts.ROTATE, OTHER, 1, bytes(16), [])
    four.act(acts.ROTATE, DESK, 1, bytes(16), [])


def test_another_founder_and_another_workspace() -> None:
    one, thief = founder(), Person("Thief")
    thief.log = Log(one.log.workspace)
    with pytest.raises(DamagedError, match="found a workspace"):
        thief.act(acts.FOUND, thief.key.public, RECIPIENT, "Thief", "", NONCE, "Workspace")
    other = founder("Other")
    with pytest.raises(DamagedError, match="another workspace"):
        one.log.add([other.log.acts[0].data])


def test_a_removed_device_is_out_and_its_concurrent_acts_are_void() -> None:
    one, two, three, four = office()
    late, early = Person("Late"), Person("Early")
    two.admit(early)
    one.log.add(a.data for a in two.log.acts)
    one.act(acts.REMOVE, two.id, False)
    two.admit(late)
    two.act(acts.ROLE, four.id, "coordinator")
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].removed and not roster.devices[two.id].present
    assert early.id in roster.devices, "causally prior work stays valid"
    assert late.id not in roster.devices and roster.devices[four.id].role == RESEARCHER
    with pytest.raises(DamagedError, match="not from an administrator"):
        two.act(acts.ROLE, four.id, "coordinator")
    with pytest.raises(DamagedError, match="not from an administrator"):
        one.admit(two)


def test_what_rests_on_a_void_act_is_void_as_well() -> None:
    one, two, three, four = office()
    accomplice, guest = Person("Accomplice"), Person("Guest")
    one.act(acts.REMOVE, two.id, False)
    two.admit(accomplice, ADMINISTRATOR)
    accomplice.log = two.log.copy()
    accomplice.admit(guest)
    accomplice.act(acts.REMOVE, one.id, False)
    accomplice.act(acts.REMOVE, three.id, False)
    roster = meet(one, two, three, four, accomplice)
    assert accomplice.id not in roster.devices and guest.id not in roster.devices
    assert not roster.devices[one.id].removed and not roster.devices[three.id].removed


def test_mutual_removal_and_a_circle_of_them_end_the_same_everywhere() -> None:
    one, two, three, four = office()
    one.act(acts.REMOVE, two.id, False)
    two.act(acts.REMOVE, one.id, False)
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].removed and not roster.devices[one.id].removed
    one, two, three, four = office()
    one.act(acts.REMOVE, two.id, False)
    two.act(acts.REMOVE, three.id, False)
    three.act(acts.REMOVE, one.id, False)
    roster = meet(one, two, three, four)
    gone = {m.member for m in roster.devices.values() if m.removed}
    assert gone == {"Second"}, "who stands longest is not removed by the circle"


def test_removal_wins_over_a_younger_removal_it_did_not_know() -> None:
    one, two, three, four = office()
    two.act(acts.REMOVE, one.id, False)
    one.act(acts.REMOVE, four.id, False)
    roster = meet(one, two, three, four)
    assert roster.devices[one.id].removed and not roster.devices[four.id].removed


def test_removals_do_not_ask_for_everybodys_standing(monkeypatch) -> None:
    """Each would cost as many steps as there are devices, and each log that is read all of them."""
    one = founder()
    people = [Person(f"Person {n}") for n in range(8)]
    for person in people:
        one.admit(person)
    asked: list[int] = []
    real = Index.administrators
    monkeypatch.setattr(Index, "administrators", lambda self, mask: asked.append(mask) or real(self, mask))
    for person in people:
        one.act(acts.ROLE, person.id, "coordinator")
        one.act(acts.REMOVE, person.id, False)
    assert Log(one.log.workspace, [a.data for a in one.log.acts]).roster == one.roster
    assert asked == []


def test_two_of_n() -> None:
    one, two, three, four = office(quorum=2)
    made = one.act(acts.ROLE, four.id, ADMINISTRATOR)
    roster = meet(one, two, three, four)
    assert roster.devices[four.id].role == RESEARCHER
    [waiting] = roster.proposals
    assert waiting.act.id == made.id and waiting.behind == {"Founder"} and waiting.need == 2
    one.act(acts.ENDORSE, made.id)
    assert one.of(four).role == RESEARCHER, "one with two voices is one"
    two.act(acts.ENDORSE, made.id)
    roster = meet(one, two, three, four)
    assert roster.devices[four.id].role == ADMINISTRATOR and not roster.proposals
    with pytest.raises(DamagedError):
        two.act(acts.ENDORSE, b"?" * 32)


def test_two_laptops_of_one_administrator_are_one() -> None:
    one, two, three, _four = office(quorum=2)
    second = Person("Laptop")
    made = one.act(acts.ADMIT, *admission(one.log.workspace, second.key, "Founder", ADMINISTRATOR))
    second.log = one.log.copy()
    two.log.add(a.data for a in one.log.acts)
    two.act(acts.ENDORSE, made.id)
    meet(one, two, three, second)
    made = one.act(acts.REMOVE, three.id, False)
    meet(one, two, three, second)
    second.act(acts.ENDORSE, made.id)
    roster = meet(one, two, three, second)
    assert not roster.devices[three.id].removed
    two.act(acts.ENDORSE, made.id)
    assert meet(one, two, three, second).devices[three.id].removed


def test_the_one_who_is_removed_is_not_asked_and_one_may_be_configured() -> None:
    one, two = founder(), Person("Second")
    one.admit(two, ADMINISTRATOR)
    one.act(acts.REMOVE, two.id, True)
    assert one.of(two).removed and one.of(two).destroy
    one, two, three, four = office(quorum=2)
    made = one.act(acts.QUORUM, 1)
    assert one.roster.quorum == 2, "to act alone from now on is itself for two"
    two.log.add(a.data for a in one.log.acts)
    two.act(acts.ENDORSE, made.id)
    meet(one, two, three, four)
    three.act(acts.REMOVE, one.id, False)
    assert meet(one, two, three, four).devices[one.id].removed


def test_nobody_comes_in_by_one_administrator_alone_where_two_must_let_them_in() -> None:
    one, two, three, four = office()  # for what is dangerous one is enough
    one.act(acts.ADMISSIONS, 2)
    meet(one, two, three, four)
    new = Person("New")
    made = one.admit(new)
    assert not one.of(new) and [p.need for p in one.roster.proposals] == [2]
    with pytest.raises(DamagedError):
        new.act(acts.TRAVEL)
    four.log.add(a.data for a in one.log.acts)
    with pytest.raises(DamagedError):
        four.act(acts.ENDORSE, made.id)  # who may not let anybody in
    meet(one, two, three)
    one.act(acts.ADMISSIONS, 1)
    assert one.roster.admissions == 2, "nor can one alone change that"
    two.log.add(a.data for a in one.log.acts)
    two.act(acts.ENDORSE, made.id)
    roster = meet(one, two, three)
    assert roster.devices[new.id].desks == {DESK} and roster.devices[new.id].present
    # A removal still wins over what the removed one let in, though another stood behind it.
    late = Person("Late")
    made = two.admit(late)
    three.log.add(a.data for a in two.log.acts)
    three.act(acts.ENDORSE, made.id)
    one.act(acts.REMOVE, two.id, False)
    roster = meet(one, two, three)
    assert late.id not in roster.devices or not roster.devices[late.id].present


def test_a_withdrawal_wins_over_a_grant_and_the_lesser_role_over_the_greater() -> None:
    one, two, three, four = office()
    one.act(acts.WITHDRAW, four.id, DESK)
    two.act(acts.GRANT, four.id, DESK)
    two.act(acts.ROLE, four.id, "coordinator")
    three.act(acts.ROLE, four.id, "desk officer")
    roster = meet(one, two, three, four)
    assert roster.devices[four.id].desks == set()
    assert roster.devices[four.id].role == "desk officer"
    one.act(acts.GRANT, four.id, DESK)
    assert meet(one, two, three, four).devices[four.id].desks == {DESK}


def test_a_demoted_administrator_decides_nothing_at_the_same_time() -> None:
    one, two, three, four = office()
    one.act(acts.ROLE, two.id, RESEARCHER)
    two.act(acts.ROLE, four.id, ADMINISTRATOR)
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].role == RESEARCHER and roster.devices[two.id].present
    assert roster.devices[four.id].role == RESEARCHER


def test_a_needless_role_by_somebody_who_is_removed_takes_nothing_from_who_had_it() -> None:
    """What the founder did knowing of it rested on it, and was void with it: a laptop that renewed
    itself was nobody's."""
    one, two, three, four = office()
    two.act(acts.REMOVE, three.id, False)
    three.act(acts.ROLE, one.id, ADMINISTRATOR)
    one.log.add([a.data for a in three.log.acts])
    one.act(acts.ROLE, four.id, "coordinator")
    one.succeed(fresh := Person("Renewed"))
    fresh.act(acts.GRANT, four.id, OTHER)
    roster = meet(one, two, three, four, fresh)
    assert roster.devices[fresh.id].present and roster.devices[fresh.id].role == ADMINISTRATOR
    assert roster.devices[four.id].role == "coordinator" and OTHER in roster.devices[four.id].desks


def test_nobody_gives_up_their_own_administration() -> None:
    one, *_ = office()
    with pytest.raises(DamagedError):
        one.act(acts.ROLE, one.id, RESEARCHER)


def test_who_is_appointed_again_administers_again() -> None:
    one, two, three, four = office()
    one.act(acts.ROLE, two.id, RESEARCHER)
    meet(one, two, three, four)
    with pytest.raises(DamagedError):
        two.act(acts.ROLE, four.id, "coordinator")
    one.act(acts.ROLE, two.id, ADMINISTRATOR)
    meet(one, two, three, four)
    two.act(acts.ROLE, four.id, "coordinator")
    assert meet(one, two, three, four).devices[four.id].role == "coordinator"


def test_a_removal_that_waited_for_a_second_administrator_was_not_known_to_count() -> None:
    one, two, three, four = office(quorum=2)
    made = one.act(acts.REMOVE, two.id, False)
    meet(one, two, three, four)
    two.act(acts.ROLE, four.id, "coordinator")
    three.act(acts.ENDORSE, made.id)
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].removed and roster.devices[four.id].role == RESEARCHER


def test_a_key_is_good_while_nobody_lost_the_desk_without_its_maker_knowing() -> None:
    one, two, three, four = office()
    first = membership.key_name(DESK, 0, b"k" * 32)
    assert key_is_good(one.roster, DESK, first)
    one.act(acts.REMOVE, four.id, False)
    assert not key_is_good(one.roster, DESK, first)
    one.act(acts.ROTATE, DESK, 1, b"1" * 16, [])
    two.act(acts.REMOVE, three.id, False)
    two.act(acts.ROTATE, DESK, 1, b"2" * 16, [])
    assert key_is_good(one.roster, DESK, b"1" * 16) and key_is_good(two.roster, DESK, b"2" * 16)
    roster = meet(one, two)
    assert not key_is_good(roster, DESK, b"1" * 16), "who left with the other knows this one"
    assert not key_is_good(roster, DESK, b"2" * 16)
    two.act(acts.ROTATE, DESK, 2, b"3" * 16, [])
    assert key_is_good(two.roster, DESK, b"3" * 16)
    assert two.roster.keys[DESK][-1].name == b"3" * 16


def test_the_clock_decides_nothing() -> None:
    one, two, three, four = office()
    one.act(acts.REMOVE, two.id, False, when=1)
    two.act(acts.ROLE, four.id, "coordinator", when=2**47)
    two.act(acts.REMOVE, one.id, False, when=0)
    roster = meet(one, two, three, four)
    assert roster.devices[two.id].removed and not roster.devices[one.id].removed


def test_a_missing_cause_and_altered_bytes() -> None:
    one, _, _, _four = office()
    items = [a.data for a in one.log.acts]
    with pytest.raises(DamagedError, match="missing"):
        Log(one.log.workspace, items[:2] + items[3:])
    for at in range(0, len(items[3]), 9):
        torn = bytearray(items[3])
        torn[at] ^= 1
        with pytest.raises(WorldError):
            Log(one.log.workspace, [*items[:3], bytes(torn), *items[4:]])
    before = one.log.digest
    with pytest.raises(DamagedError):
        one.log.add([*items, b"x" * 100])
    assert one.log.digest == before
    from defenderdesk.crypto import canonical

    value = canonical.decode(items[3][64:])
    for change in ([2, *value[1:]], [*value[:2], "banish", *value[3:]]):
        with pytest.raises(NewerError):
            acts.read(bytes(64) + canonical.encode(change))


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(
            [
                "remove",
                "demote",
                "promote",
                "admit",
                "meet",
                "endorse",
                "renew",
                "withdraw",
                "grant",
                "rotate",
            ]
        ),
        st.integers(0, 3),
    ),
    max_size=16,
)


@given(STEPS, st.sampled_from([1, 2]))
def test_any_concurrent_administration_ends_the_same(steps: list[tuple[int, str, int]], quorum: int) -> None:
    people = list(office(quorum))
    everybody = list(people)
    before: dict[bytes, set[bytes]] = {p.id: set() for p in people}
    numbers = itertools.count()
    for who, what, whom in steps:
        actor, target = people[who], people[whom]
        if actor is target:
            continue
        try:
            if what == "remove":
                actor.act(acts.REMOVE, target.id, False)
            elif what == "demote":
                actor.act(acts.ROLE, target.id, RESEARCHER)
            elif what == "admit":
                actor.admit(Person(f"New {next(numbers)}"), ADMINISTRATOR)
            elif what == "promote":
                actor.act(acts.ROLE, target.id, ADMINISTRATOR)
            elif what in ("withdraw", "grant"):
                actor.act(acts.GRANT if what == "grant" else acts.WITHDRAW, target.id, DESK)
            elif what == "rotate":
                actor.act(acts.ROTATE, DESK, next(numbers), b"%016d" % next(numbers), [])
            elif what == "renew":
                fresh = Person(f"Renewed {next(numbers)}")
                actor.succeed(fresh)
                people[who] = fresh
                before[fresh.id] = {actor.id, *before[actor.id]}
                everybody.append(fresh)
            elif what == "endorse":
                for waiting in actor.roster.proposals:
                    actor.act(acts.ENDORSE, waiting.act.id)
            else:
                actor.log.add([a.data for a in target.log.acts])
        except DamagedError:
            continue
    roster = meet(*everybody)
    for person in people:  # who renewed itself is nobody only where the one before was ended
        own = roster.devices.get(person.id)
        assert own is not None or any(
            act.kind == acts.REMOVE and act.detail[0] in before[person.id] for act in person.log.acts
        )
    assert [m for m in roster.devices.values() if m.present and m.role == ADMINISTRATOR], (
        "whoever removes whom, somebody is left who can administer"
    )
    for person in people:  # and whom the log removed, it lets do nothing more
        if person.id in roster.devices and roster.devices[person.id].removed:
            with pytest.raises(DamagedError, match="not from an administrator"):
                person.act(acts.GRANT, people[3].id, OTHER)
