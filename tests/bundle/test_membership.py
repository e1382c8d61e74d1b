"""The membership log: who may act, what concurrent acts come to, and that it is the same
everywhere."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, Log, acts
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, NewerError, WorldError

NONCE = bytes(range(16))
DESK, OTHER = b"d" * 16, b"e" * 16
RECIPIENT = bytes(1216)


class Person:
    """A device with its key and its own copy of the log."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = SigningKey(name.encode().ljust(32, b"."))
        self.id = membership.device_id(self.key.public)
        self.log: Log | None = None

    def act(self, kind: str, *detail: object, when: int = 1) -> acts.Act:
        assert self.log is not None
        return self.log.make(self.key, kind, detail, when)

    def admit(self, who: Person, role: str = RESEARCHER, desks: tuple[bytes, ...] = (DESK,)):
        made = self.act(acts.ADMIT, who.key.public, RECIPIENT, who.name, "", role, list(desks), 0)
        if who.log is None:
            who.log = Log(self.log.workspace, [a.data for a in self.log.acts])
        return made

    def succeed(self, fresh: Person) -> acts.Act:
        """`fresh` takes this device's place."""
        assert self.log is not None
        detail = acts.succession(self.log.workspace, self.id, fresh.key, RECIPIENT)
        made = self.act(acts.SUCCEED, *detail)
        fresh.log = fresh.log or self.log.copy()
        return made

    @property
    def roster(self) -> membership.Roster:
        assert self.log is not None
        return self.log.roster

    def of(self, who: Person) -> membership.Member | None:
        return self.roster.devices.get(who.id)


def founder(name: str = "Founder") -> Person:
    one = Person(name)
    workspace = membership.workspace_id(one.key.public, NONCE)
    one.log = Log(workspace)
    one.act(acts.FOUND, one.key.public, RECIPIENT, one.name, "", NONCE, "Workspace")
    one.act(acts.DESK, DESK, membership.key_name(DESK, 0, b"k" * 32))
    return one


def meet(*people: Person) -> membership.Roster:
    """Everybody learns what everybody knows; the standing must be the same to each."""
    everything = [a.data for p in people for a in p.log.acts]
    for person in people:
        person.log.add(everything)
    first = people[0].roster
    for person in people[1:]:
        assert person.log.digest == people[0].log.digest
        assert person.roster == first
    shuffled = list(everything)
    random.Random(7).shuffle(shuffled)
    assert Log(people[0].log.workspace, shuffled).roster == first
    return first


def office(quorum: int = 1) -> tuple[Person, Person, Person, Person]:
    """A founder, two more administrators, and a researcher."""
    one, two, three, four = founder(), Person("Second"), Person("Third"), Person("Field")
    if quorum == 1:
        one.act(acts.QUORUM, 1)
    one.admit(two, ADMINISTRATOR)
    made = one.admit(three, ADMINISTRATOR)
    two.log.add(a.data for a in one.log.acts)
    if quorum == 2:
        assert not one.of(three), "the second of two administrators has not agreed yet"
        two.act(acts.ENDORSE, made.id)
    one.admit(four)
    meet(one, two, three, four)
    return one, two, three, four


def test_a_founder_admits_and_roles_are_seen() -> None:
    one, two, three, four = office()
    assert one.roster.name == "Workspace"
    assert {m.member: m.role for m in one.roster.devices.values()} == {
        "Founder": ADMINISTRATOR, "Second": ADMINISTRATOR, "Third": ADMINISTRATOR,
        "Field": RESEARCHER,
    }  # fmt: skip
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
            (acts.ADMIT, mole.key.public, RECIPIENT, "Mole", "", RESEARCHER, [], 0),
            (acts.ROLE, four.id, ADMINISTRATOR), (acts.GRANT, four.id, OTHER),
            (acts.REMOVE, one.id, False), (acts.WITHDRAW, one.id, DESK),
            (acts.QUORUM, 1), (acts.DESK, OTHER, bytes(16)),
        ):  # fmt: skip
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
    made = one.act(
        acts.ADMIT, second.key.public, RECIPIENT, "Founder", "", ADMINISTRATOR, [DESK], 0
    )
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


def test_who_administers_no_more_goes_on_as_what_they_are() -> None:
    """Only what an administrator may is void: else the laptop that renewed itself in the same hour
    would be nobody's, and the key that it made for a desk no key."""
    one, two, three, four = office()
    fresh = Person("Fresh")
    one.act(acts.ROLE, two.id, RESEARCHER)
    two.act(acts.WITHDRAW, one.id, DESK)
    two.act(acts.ROTATE, DESK, 1, b"1" * 16, [])
    two.succeed(fresh)
    fresh.act(acts.ROLE, four.id, ADMINISTRATOR)
    fresh.act(acts.ROTATE, DESK, 2, b"2" * 16, [])
    roster = meet(one, two, three, four, fresh)
    assert roster.devices[fresh.id].member == "Second" and roster.devices[fresh.id].present
    assert roster.devices[fresh.id].role == RESEARCHER, "the end of the administration follows it"
    assert roster.devices[four.id].role == RESEARCHER
    assert roster.devices[one.id].desks == {DESK}
    assert {key.name for key in roster.keys[DESK]} >= {b"1" * 16, b"2" * 16}


def test_acts_of_one_device_that_do_not_follow_one_another_are_seen() -> None:
    """A copy of an administrator's laptop, or a stolen key that signs on what was long ago."""
    one, _, _, four = office()
    assert one.log.parted(one.log.acts) == set()
    stolen = Person("Founder")
    stolen.log = Log(one.log.workspace, [a.data for a in one.log.acts][:3])
    stolen.act(acts.DESK, b"f" * 16, bytes(16))
    one.act(acts.GRANT, four.id, OTHER)
    four.log.add([a.data for a in one.log.acts])
    [news] = four.log.add([stolen.log.acts[-1].data])
    assert four.log.parted([news]) == {one.id}
    assert four.log.parted([a for a in four.log.acts if a.author != one.id]) == set()


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


def test_what_was_decided_about_a_device_follows_it_through_its_identities() -> None:
    """Twice renewed while others, who know of neither, take a desk, give one, end a role."""
    one, two, three, four = office()
    once, twice, last = Person("Once"), Person("Twice"), Person("Last")
    one.act(acts.DESK, OTHER, membership.key_name(OTHER, 0, b"o" * 32))
    two.succeed(once)
    once.succeed(twice)
    one.act(acts.WITHDRAW, two.id, DESK)
    one.act(acts.GRANT, two.id, OTHER)
    one.act(acts.ROLE, two.id, RESEARCHER)
    roster = meet(one, two, three, four, once, twice)
    assert roster.devices[twice.id].desks == {OTHER}
    assert roster.devices[twice.id].role == RESEARCHER
    one.act(acts.ROLE, twice.id, ADMINISTRATOR)
    one.act(acts.GRANT, twice.id, DESK)
    meet(one, two, three, four, once, twice)
    twice.succeed(last)
    roster = meet(one, two, three, four, twice, last)
    assert roster.devices[last.id].desks == {DESK, OTHER}
    assert roster.devices[last.id].role == ADMINISTRATOR
    last.act(acts.ROLE, four.id, "coordinator")
    assert meet(one, two, three, four, last).devices[four.id].role == "coordinator"


def test_nobody_names_a_colleagues_device_as_their_own_successor() -> None:
    one, two, three, four = office()
    fresh = Person("Fresh")
    proof = two.succeed(fresh).detail[2]
    with pytest.raises(DamagedError):
        four.act(acts.SUCCEED, fresh.key.public, RECIPIENT, proof)
    with pytest.raises(DamagedError):
        four.act(acts.SUCCEED, fresh.key.public, RECIPIENT, bytes(64))
    roster = meet(one, two, three, four, fresh)
    assert roster.devices[fresh.id].member == "Second" and four.id in roster.devices


def test_a_device_renews_itself_many_times_and_not_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(membership.limits, "MAX_RENEWALS", 60)
    one, *_, four = office()
    place = four
    for number in range(59):
        fresh = Person(f"Fresh {number}")
        place.succeed(fresh)
        place = fresh
    assert place.of(place).member == "Field" and place.of(place).desks == {DESK}
    assert not place.log.may_renew(place.id) and place.log.may_renew(one.id)
    with pytest.raises(DamagedError):
        place.succeed(Person("One too many"))
    meet(one, place)


def test_a_device_takes_a_new_identity_and_keeps_what_it_may() -> None:
    one, two, three, four = office()
    fresh = Person("Fresh")
    four.succeed(fresh)
    roster = meet(one, two, three, four, fresh)
    assert roster.devices[fresh.id].member == "Field"
    assert roster.devices[fresh.id].desks == {DESK}
    assert roster.devices[four.id].successor == fresh.id and not roster.devices[four.id].present
    one.act(acts.WITHDRAW, fresh.id, DESK)
    assert one.of(fresh).desks == set()
    # a removal that did not know of the new identity ends that too
    one, two, three, four = office()
    fresh = Person("Fresh")
    one.act(acts.REMOVE, four.id, False)
    four.succeed(fresh)
    assert fresh.id not in meet(one, two, three, four).devices


def test_of_two_copies_that_renew_themselves_the_same_one_follows_everywhere() -> None:
    """A laptop and its copy both take new keys. Who met the copy first must not seal a colleague's
    piece of an emergency package to another laptop than who met the laptop first."""
    one, _, _, four = office()
    for names in (("Fresh", "Other"), ("Other", "Fresh")):
        copy = Person("Copy of the field's")
        copy.key, copy.id, copy.log = four.key, four.id, four.log.copy()
        for place, name in zip((four, copy), names, strict=True):
            place.succeed(Person(name))
        begun = [a.data for a in one.log.acts]
        both = [person.log.copy() for person in (four, copy)]
        orders = []
        for first, second in (both, both[::-1]):
            log = Log(one.log.workspace, begun)
            log.add([a.data for a in first.acts])
            log.add([a.data for a in second.acts])
            orders.append(log.roster)
        assert orders[0].devices[four.id].successor == orders[1].devices[four.id].successor != b""
        assert orders[0] == orders[1]
        four.log = Log(one.log.workspace, begun)


def test_two_that_take_each_others_place_hang_nobody() -> None:
    """Let in by two administrators who did not know of each other, and hostile both."""
    one, two, three, four = office()
    mole, vole = Person("Mole"), Person("Vole")
    one.admit(mole)
    two.admit(vole)
    mole.log, vole.log = one.log.copy(), two.log.copy()
    mole.succeed(vole)
    vole.succeed(mole)
    roster = meet(one, two, three, four, mole, vole)
    assert roster.devices[mole.id].successor == vole.id
    assert roster.devices[vole.id].successor == mole.id
    for person in (mole, vole):
        latest = roster.latest(person.id)
        assert latest is not None and not latest.present
    assert roster.latest(one.id).device == one.id
    assert roster.latest(b"nobody".ljust(16)) is None


def test_a_key_is_good_while_nobody_lost_the_desk_without_its_maker_knowing() -> None:
    one, two, three, four = office()
    first = membership.key_name(DESK, 0, b"k" * 32)
    assert one.roster.key_is_good(DESK, first)
    one.act(acts.REMOVE, four.id, False)
    assert not one.roster.key_is_good(DESK, first)
    one.act(acts.ROTATE, DESK, 1, b"1" * 16, [])
    two.act(acts.REMOVE, three.id, False)
    two.act(acts.ROTATE, DESK, 1, b"2" * 16, [])
    assert one.roster.key_is_good(DESK, b"1" * 16) and two.roster.key_is_good(DESK, b"2" * 16)
    roster = meet(one, two)
    assert not roster.key_is_good(DESK, b"1" * 16), "who left with the other knows this one"
    assert not roster.key_is_good(DESK, b"2" * 16)
    two.act(acts.ROTATE, DESK, 2, b"3" * 16, [])
    assert two.roster.key_is_good(DESK, b"3" * 16)
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
        st.sampled_from([
            "remove", "demote", "promote", "admit", "meet", "endorse", "renew", "withdraw", "grant",
            "rotate",
        ]),
        st.integers(0, 3),
    ),
    max_size=16,
)  # fmt: skip


@given(STEPS, st.sampled_from([1, 2]))
def test_any_concurrent_administration_ends_the_same(
    steps: list[tuple[int, str, int]], quorum: int
) -> None:
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
            act.kind == acts.REMOVE and act.detail[0] in before[person.id]
            for act in person.log.acts
        )
    assert [m for m in roster.devices.values() if m.present and m.role == ADMINISTRATOR], (
        "whoever removes whom, somebody is left who can administer"
    )
    for person in people:  # and whom the log removed, it lets do nothing more
        if person.id in roster.devices and roster.devices[person.id].removed:
            with pytest.raises(DamagedError, match="not from an administrator"):
                person.act(acts.GRANT, people[3].id, OTHER)
