"""A device under several identities: what it may, who it is, and what a copy of it does."""

from __future__ import annotations

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, Log, acts
from defenderdesk.errors import DamagedError
from tests.bundle.people import DESK, OTHER, RECIPIENT, Person, meet, office


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
    assert one.log.diverged(one.log.acts) == set()
    stolen = Person("Founder")
    stolen.log = Log(one.log.workspace, [a.data for a in one.log.acts][:3])
    stolen.act(acts.DESK, b"f" * 16, bytes(16))
    one.act(acts.GRANT, four.id, OTHER)
    four.log.add([a.data for a in one.log.acts])
    [news] = four.log.add([stolen.log.acts[-1].data])
    assert four.log.diverged([news]) == {one.id}
    assert four.log.diverged([a for a in four.log.acts if a.author != one.id]) == set()


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
    assert meet(one, two, three, four).devices[fresh.id].removed


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
