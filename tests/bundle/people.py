"""Devices with their own copies of a membership log, and an office of four."""

from __future__ import annotations

import random
from collections.abc import Sequence

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, Log, acts
from defenderdesk.bundle.membership.roster import Roster
from defenderdesk.crypto.signing import SigningKey

NONCE = bytes(range(16))
DESK, OTHER = b"d" * 16, b"e" * 16
RECIPIENT = bytes(1216)


def admission(
    workspace: bytes,
    key: SigningKey,
    name: str,
    role: str = RESEARCHER,
    desks: Sequence[bytes] = (DESK,),
    since: int = 0,
    recipient: bytes = RECIPIENT,
) -> list[object]:
    """The detail of an admission to which the device agrees."""
    said = acts.consent(workspace, key, recipient, name)
    return [key.public, recipient, name, "", role, list(desks), since, said]


def key_is_good(roster: Roster, desk: bytes, name: bytes) -> bool:
    """Whether nobody who lost the desk knows this key of it."""
    return any(key.name == name and key.good for key in roster.keys.get(desk, ()))


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
        asked = admission(self.log.workspace, who.key, who.name, role, desks)
        made = self.act(acts.ADMIT, *asked)
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
