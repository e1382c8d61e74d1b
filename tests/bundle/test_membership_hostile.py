"""Hostile acts, validly signed: a colleague with a modified program names as the past of an act
whatever serves them. Nobody gains by it alone, and all replicas end the same in any order."""

from __future__ import annotations

import os
import random

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, ROLES, Log, acts
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import WorldError
from tests.bundle.people import DESK, OTHER, RECIPIENT, Person, admission, meet, office

LIVES = int(os.environ.get("DEFENDERDESK_LIVES", "3")) * 20
STEPS = 70
KEYS = [SigningKey(b"hostile %02d" % n + bytes(22)) for n in range(9)]
IDS = [membership.device_id(key.public) for key in KEYS]
WORKSPACE = membership.workspace_id(KEYS[0].public, bytes(16))


def admitted(of: Person, log: Log) -> acts.Act:
    return next(a for a in log.acts if a.kind == acts.ADMIT and a.detail[0] == of.key.public)


def sign(who: Person, kind: str, after: acts.Act, *detail: object) -> None:
    """An act that names one act alone as what its author knew."""
    assert who.log is not None
    who.log.add([acts.make(who.key, who.log.workspace, kind, [after.id], 1, detail)])


def test_an_administrator_is_not_demoted_by_being_admitted_again() -> None:
    one, two, three, four = office(2)
    asked = admission(one.log.workspace, three.key, "Third", desks=[])
    two.act(acts.ADMIT, *asked)
    sign(two, acts.ADMIT, admitted(two, one.log), *asked)
    meet(one, two, three, four)
    assert one.of(three).role == ADMINISTRATOR


@pytest.mark.parametrize(
    ("kind", "detail"), [(acts.REMOVE, True), (acts.ROLE, RESEARCHER)], ids=["remove", "role"]
)
def test_one_who_claims_not_to_know_that_two_appointed_somebody_ends_that_alone(
    kind: str, detail: object
) -> None:
    """The admission is known as a proposal; that it counts by now is left out."""
    one, two, three, four = office(2)
    sign(two, kind, admitted(three, one.log), three.id, detail)
    roster = meet(one, two, three, four)
    assert one.of(three).role == ADMINISTRATOR and not one.of(three).removed
    assert [proposal.need for proposal in roster.proposals] == [2]
    one.act(acts.ENDORSE, roster.proposals[0].act.id)  # a second one may well agree
    meet(one, two, three, four)
    assert one.of(three).removed or one.of(three).role == RESEARCHER


def test_a_removed_administrator_renames_nobody() -> None:
    one, two, three, four = office(2)
    known = admitted(two, one.log)
    removal = one.act(acts.REMOVE, two.id, False)
    three.log.add(a.data for a in one.log.acts)
    three.act(acts.ENDORSE, removal.id)
    asked = admission(one.log.workspace, four.key, "Somebody", desks=[])  # four takes part in it
    sign(two, acts.ADMIT, known, *asked)
    meet(one, two, three, four)
    assert one.of(two).removed and one.of(four).member == "Field"


def test_nobody_lets_a_colleagues_laptop_in_under_another_name() -> None:
    """Else two administrators would count as one, and the third decide alone."""
    one, two, three, _ = office(2)
    early = admitted(two, one.log)
    asked = admission(one.log.workspace, three.key, "Third", desks=[])
    for at, other in ((2, "Founder"), (1, b"r" * 1216), (7, bytes(64)), (0, two.key.public)):
        altered = [other if place == at else value for place, value in enumerate(asked)]
        with pytest.raises(WorldError, match="let in"):
            sign(one, acts.ADMIT, early, *altered)
    elsewhere = admission(bytes(16), three.key, "Third", desks=[])
    with pytest.raises(WorldError, match="let in"):
        sign(one, acts.ADMIT, early, *elsewhere)
    made = one.act(acts.REMOVE, three.id, False)
    assert [p.act.id for p in one.roster.proposals] == [made.id] and not one.of(three).removed


def hostile(chance: random.Random) -> Log:
    """A log of acts of every kind, by any key on any past."""
    log = Log(WORKSPACE)
    log.make(KEYS[0], acts.FOUND, [KEYS[0].public, RECIPIENT, "m0", "", bytes(16), "W"], 1)
    log.make(KEYS[0], acts.DESK, [DESK, bytes(16)], 1)
    for n in range(1, chance.randint(2, 5)):
        role = chance.choice([ADMINISTRATOR, ADMINISTRATOR, RESEARCHER])
        log.make(KEYS[0], acts.ADMIT, admission(WORKSPACE, KEYS[n], f"m{n}", role), 1)
    for _ in range(STEPS):
        known = [act.id for act in log.acts]
        past = set(log.heads if chance.random() < 0.3 else chance.choices(known, k=2))
        by = chance.randrange(9) if chance.random() < 0.3 else chance.randrange(5)
        of, desk, cut = (
            chance.randrange(9),
            chance.choice([DESK, OTHER]),
            [IDS[1], 0, bytes(32), b""],
        )
        endorsed = chance.choice(known)
        details = {
            acts.ADMIT: admission(
                WORKSPACE, KEYS[of], f"m{chance.randrange(4)}", chance.choice(ROLES), [desk]
            ),
            acts.ROLE: [IDS[of], chance.choice([ADMINISTRATOR, *ROLES])],
            acts.GRANT: [IDS[of], desk],
            acts.WITHDRAW: [IDS[of], desk],
            acts.REMOVE: [IDS[of], True],
            acts.QUORUM: [chance.randint(1, 3)],
            acts.ADMISSIONS: [chance.randint(1, 3)],
            acts.ROTATE: [desk, 1, chance.randbytes(16), [cut]],
            acts.ACCEPT: [desk, cut],
            acts.ENDORSE: [endorsed],
            acts.TRAVEL: [],
            acts.RETURN: [IDS[of]],
            acts.DESK: [desk, bytes(16)],
            acts.SUCCEED: acts.succession(WORKSPACE, IDS[by], KEYS[of], RECIPIENT),
        }
        kind = chance.choice([*details, acts.ROLE, acts.REMOVE, acts.ADMIT, acts.ENDORSE])
        if kind == acts.ENDORSE:
            past.add(endorsed)
        try:
            log.add([acts.make(KEYS[by], WORKSPACE, kind, sorted(past), 1, details[kind])])
        except WorldError:
            continue
    return log


@pytest.mark.parametrize("seed", [*range(LIVES), 3722])
def test_whatever_is_signed_all_hold_the_same_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    log = hostile(chance)
    left = [act.data for act in log.acts]
    chance.shuffle(left)
    together = Log(WORKSPACE, left)
    assert together.roster == log.roster
    slowly = Log(WORKSPACE)
    while left:  # one by one, each as soon as what it follows is there
        at = next(n for n, d in enumerate(left) if all(p in slowly for p in acts.read(d).parents))
        slowly.add([left.pop(at)])
        chance.shuffle(left)
    assert slowly.digest == log.digest and slowly.roster == log.roster
