"""A thief with one administrator's unlocked laptop and a program of their own: whatever past they
choose, they decide nothing alone that takes two by now."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, Log, acts
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import WorldError
from tests.bundle.people import Person, admission, founder, meet
from tests.worlds.outgrown import appoint

LIVES = int(os.environ.get("DEFENDERDESK_LIVES", "3")) * 5
NAMES = itertools.count()


def renewed(person: Person) -> Person:
    """The person's laptop after it took a new key, where it had to (as `vault/identity/rekey.py`)."""
    assert person.log is not None
    if not person.log.has_stale_authority(person.id):
        return person
    fresh = Person(f"{person.name.partition('|')[0]}|{next(NAMES)}")
    fresh.log = person.log
    person.succeed(fresh)
    return fresh


def maintain(people: list[Person]) -> list[Person]:
    """Everybody hears everything, and takes a new key where it has to, until nobody has to."""
    while True:
        meet(*people)
        after = [renewed(person) for person in people]
        if after == people:
            return people
        people = after


def test_a_key_is_outgrown_when_more_must_agree_and_at_no_other_time() -> None:
    one, two, three = founder(), Person("Second"), Person("Third")
    one.admit(Person("Field"))
    assert not one.log.has_stale_authority(one.id), "alone, and nobody else ever"
    appoint(one, two)
    assert one.log.has_stale_authority(one.id), "it could have appointed somebody alone, as of before"
    assert not two.log.has_stale_authority(two.id), "it never could"
    one, two = maintain([one, two])
    assert not one.log.has_stale_authority(one.id)
    appoint(one, three, two)
    assert one.log.has_stale_authority(one.id) and one.log.has_stale_authority(two.id), (
        "one could end the other alone"
    )
    assert not one.log.has_stale_authority(three.id)
    one, two, three = maintain([one, two, three])
    assert not any(
        one.log.has_stale_authority(device)
        for device in one.roster.devices
        if device in {one.id, two.id, three.id}
    )
    kept = [one.id, two.id, three.id]
    appoint(one, four := Person("Fourth"), two)
    assert [p.id for p in maintain([one, two, three, four])][:3] == kept, "two agree as before"
    one.act(acts.REMOVE, four.id, False)
    meet(one, two, three)
    two.act(acts.ENDORSE, one.roster.proposals[0].act.id)
    assert [p.id for p in maintain([one, two, three])] == kept


def test_a_quorum_that_was_lower_for_a_while_is_outgrown_once_it_is_not() -> None:
    one, two, three = founder(), Person("Second"), Person("Third")
    appoint(one, two)
    appoint(one, three, two)
    one, two, three = maintain([one, two, three])
    made = one.act(acts.QUORUM, 1)
    meet(one, two, three)
    two.act(acts.ENDORSE, made.id)
    meet(one, two, three)
    assert one.roster.quorum == 1 and not one.log.has_stale_authority(one.id)
    two.act(acts.QUORUM, 2)
    before = [one.id, two.id, three.id]
    after = [p.id for p in maintain([one, two, three])]
    assert not set(before) & set(after)


def test_a_key_that_could_let_anybody_in_alone_is_outgrown_once_two_must() -> None:
    one, two = founder(), Person("Second")
    appoint(one, two)
    one, two = maintain([one, two])
    made = one.act(acts.ADMISSIONS, 2)
    assert one.roster.admissions == 1, "the second must agree"
    meet(one, two)
    two.act(acts.ENDORSE, made.id)
    meet(one, two)
    assert one.log.has_stale_authority(one.id) and one.log.has_stale_authority(two.id)
    one, two = maintain([one, two])
    assert not one.log.has_stale_authority(one.id) and not one.log.has_stale_authority(two.id)


def test_an_office_that_lets_one_decide_keeps_its_keys() -> None:
    one, two = founder(), Person("Second")
    one.act(acts.QUORUM, 1)
    appoint(one, two)
    appoint(one, Person("Third"))
    assert not one.log.has_stale_authority(one.id) and not one.log.has_stale_authority(two.id)


def test_what_was_decided_alone_once_cannot_be_decided_so_again() -> None:
    """The founder's laptop, from before there was anybody else."""
    one, two, three = founder(), Person("Second"), Person("Third")
    early = one.log.heads
    appoint(one, two)
    one, two = maintain([one, two])
    appoint(one, three, two)
    one, two, three = maintain([one, two, three])
    ghost = Person("Ghost")
    asked = admission(one.log.workspace, ghost.key, "Ghost", ADMINISTRATOR)
    with pytest.raises(WorldError, match="not from an administrator"):
        one.log.add([acts.make(one.key, one.log.workspace, acts.ADMIT, early, 1, asked)])


def history(chance: random.Random) -> list[Person]:
    """An office with three administrators or more, after a life of appointments and removals."""
    people = [founder(f"F{next(NAMES)}")]
    for _ in range(14):
        people = maintain(people)
        boss, *rest = chance.sample(people, len(people))
        what = chance.choice(["appoint", "appoint", "remove", "quorum", "door", "researcher"])
        before = {p.act.id for p in boss.roster.proposals}
        if what == "appoint" or len(people) < 4:
            new = Person(f"P{next(NAMES)}")
            boss.admit(new, ADMINISTRATOR)
            people.append(new)
        elif what == "remove":
            gone = rest.pop()
            boss.act(acts.REMOVE, gone.id, False)
            people.remove(gone)
        elif what == "quorum":
            boss.act(acts.QUORUM, chance.choice([1, 2, 2, 3]))
        elif what == "door":
            boss.act(acts.ADMISSIONS, chance.choice([1, 2, 2, 3]))
        else:
            boss.admit(Person(f"R{next(NAMES)}"), RESEARCHER)
        for other in rest:
            if other in people:
                other.log.add(a.data for a in boss.log.acts)
                for proposal in other.roster.proposals:
                    if proposal.act.id not in before and proposal.act.author == boss.id:
                        other.act(acts.ENDORSE, proposal.act.id)
                boss.log.add(a.data for a in other.log.acts)
    people = maintain(people)  # a last decision may have reached some of them only
    if people[0].roster.quorum < 2:
        people[0].act(acts.QUORUM, 2)
    if chance.random() < 0.5:
        made = people[0].act(acts.ADMISSIONS, 2)
        for other in people[1:]:
            other.log.add(a.data for a in people[0].log.acts)
            if any(p.act.id == made.id for p in other.roster.proposals):
                other.act(acts.ENDORSE, made.id)
            people[0].log.add(a.data for a in other.log.acts)
    return maintain(people)


def pasts(chance: random.Random, log: Log) -> list[list[bytes]]:
    """What a thief may claim to know."""
    known = [act.id for act in log.acts]
    return [[one] for one in known] + [
        sorted(set(chance.sample(known, min(len(known), chance.randint(2, 4))))) for _ in range(30)
    ]


@pytest.mark.parametrize("seed", range(LIVES))
def test_one_stolen_laptop_decides_nothing_alone_whatever_past_it_names(seed: int) -> None:
    chance = random.Random(seed)
    people = history(chance)
    log = people[0].log
    assert log is not None
    able = {p.id for p in people if log.roster.devices[p.id].role == ADMINISTRATOR}
    assert len({log.roster.devices[d].member for d in able}) >= 3 and log.roster.quorum >= 2
    researcher = Person(f"R{next(NAMES)}")
    people[0].admit(researcher)
    for other in people[1:]:
        other.log.add(a.data for a in people[0].log.acts)
        for proposal in other.roster.proposals:
            if proposal.act.detail[0] == researcher.key.public:
                other.act(acts.ENDORSE, proposal.act.id)
        people[0].log.add(a.data for a in other.log.acts)
    log = people[0].log
    assert researcher.id in log.roster.devices
    thief = chance.choice([p for p in people if p.id in able])
    ghost = SigningKey(b"ghost".ljust(32))
    tried = 0
    for past in pasts(chance, log):
        for kind, detail in (
            (acts.ADMIT, admission(log.workspace, ghost, "Ghost", ADMINISTRATOR)),
            (acts.ROLE, [researcher.id, ADMINISTRATOR]),
            (acts.ADMIT, admission(log.workspace, ghost, "Ghost")),
            (acts.QUORUM, [1]),
            (acts.ADMISSIONS, [1]),
            *((acts.REMOVE, [one, False]) for one in able - {thief.id}),
            *((acts.ROLE, [one, RESEARCHER]) for one in able - {thief.id}),
        ):
            after = log.copy()
            try:
                after.add([acts.make(thief.key, log.workspace, kind, past, 1, detail)])
            except WorldError:
                continue
            tried += 1
            roster = after.roster
            now = {d for d, m in roster.devices.items() if m.present and m.role == ADMINISTRATOR}
            assert now == able and roster.quorum == log.roster.quorum, (kind, seed)
            assert roster.admissions == log.roster.admissions, seed
            if log.roster.admissions > 1:
                assert membership.device_id(ghost.public) not in roster.devices, seed
    assert tried
