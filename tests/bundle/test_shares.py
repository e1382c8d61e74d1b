"""Shares of the membership log: nobody fills it for everybody else, and what an administrator does
always fits."""

from __future__ import annotations

import pytest

from defenderdesk.bundle.membership import ADMINISTRATOR, Log, acts, limits
from defenderdesk.errors import DamagedError
from tests.bundle.people import DESK, NONCE, RECIPIENT, Person


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> dict[str, Person]:
    """Two administrators, two researchers who hold the desk; the shares are small ones."""
    monkeypatch.setattr(limits, "SHARE", 10)
    monkeypatch.setattr(limits, "ABLE_SHARE", 30)
    people = {name: Person(name) for name in ("Olga", "Pia", "Rana", "Mole", "Newcomer")}
    olga = people["Olga"]
    olga.log = Log(acts.workspace_id(olga.key.public, NONCE))
    olga.act(acts.FOUND, olga.key.public, RECIPIENT, "Olga", "", NONCE, "W")
    olga.act(acts.DESK, DESK, b"k" * 16)
    for name, role in (("Pia", ADMINISTRATOR), ("Rana", "researcher"), ("Mole", "researcher")):
        olga.admit(people[name], role)
    for one in people.values():
        if one.log is not None:
            one.log.add([act.data for act in olga.log.acts])
    return people


def rotations(who: Person, count: int, *, fan: bool = False, first: int = 0) -> list[bytes]:
    """So many new keys of the desk that nobody asked for; `fan`: all at once, none after another."""
    assert who.log is not None
    log = Log(who.log.workspace, [act.data for act in who.log.acts])
    heads, out = log.heads, []
    for number in range(first, first + count):
        detail = [DESK, number + 1, number.to_bytes(16, "big"), []]
        data = acts.make(who.key, log.workspace, acts.ROTATE, heads, number, detail)
        out.append(data)
        if not fan:
            heads = (acts.read(data).id,)
    return out


def tell(source: Person, target: Person) -> int:
    """What a bundle with the whole log brings; how many acts were new."""
    assert source.log is not None and target.log is not None
    return len(target.log.add([act.data for act in source.log.acts]))


@pytest.mark.parametrize("fan", [False, True], ids=["one after another", "all at once"])
def test_a_researcher_fills_their_share_and_no_more(office: dict[str, Person], fan: bool) -> None:
    olga, mole = office["Olga"], office["Mole"]
    before = len(olga.log)
    spam = rotations(mole, 50, fan=fan)
    assert len(olga.log.add(spam)) == 10 and len(olga.log) == before + 10
    assert len(olga.log.left_out) == 40
    assert olga.log.add(spam) == [], "nor when it comes again"
    assert olga.log.add(rotations(mole, 50, fan=True, first=1000)) == []


def test_taking_new_keys_gives_no_new_share(office: dict[str, Person]) -> None:
    olga, mole, fresh = office["Olga"], office["Mole"], Person("Mole again")
    olga.log.add(rotations(mole, 9))
    assert tell(olga, mole) == 9
    mole.succeed(fresh)
    assert tell(mole, olga) == 1
    fresh.log = mole.log
    assert olga.log.add(rotations(fresh, 20, first=100)) == []


def test_an_administrator_removes_and_lets_in_whatever_others_said(
    office: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, pia, rana, mole, newcomer = office.values()
    monkeypatch.setattr(limits, "MAX_ACTS", len(olga.log) + 12)
    monkeypatch.setattr(limits, "RESERVE", 20)
    olga.log.add(rotations(mole, 50, fan=True))
    rana.log.add(rotations(mole, 50, fan=True, first=100))
    rana.log.add(rotations(rana, 10, fan=True, first=200))
    olga.act(acts.REMOVE, mole.id, False)
    olga.admit(newcomer)
    for one in (pia, rana):
        tell(olga, one)
        assert one.log.roster.devices[mole.id].removed
        assert newcomer.id in one.log.roster.devices
        assert newcomer.log is not None and mole.id in newcomer.log.roster.devices


def test_two_that_took_different_parts_go_on_speaking_and_end_the_same(office: dict[str, Person]) -> None:
    olga, pia, rana, mole, _ = office.values()
    pia.log.add(rotations(mole, 10, fan=True))
    rana.log.add(rotations(mole, 10, fan=True, first=100))
    assert tell(rana, pia) == 0 == tell(pia, rana), "each has the share that it heard of first"
    rana.act(acts.ROTATE, DESK, 900, b"r" * 16, [])
    assert tell(rana, pia) == 0, "what follows what is left out waits with it"
    tell(rana, olga)
    olga.act(acts.GRANT, rana.id, DESK)
    for one in (pia, rana):
        tell(olga, one)
        assert {act.id for act in olga.log.acts} <= {act.id for act in one.log.acts}
    assert b"r" * 16 in {key.name for key in pia.log.roster.keys[DESK]}
    tell(pia, olga)
    pia.act(acts.GRANT, rana.id, DESK)
    for source, target in ((pia, olga), (pia, rana), (olga, pia), (rana, pia)):
        tell(source, target)
    assert olga.log.digest == pia.log.digest == rana.log.digest


def test_an_administrator_too_has_a_share_until_another_answers(office: dict[str, Person]) -> None:
    olga, pia, rana, _, _ = office.values()
    spam = rotations(pia, 60, fan=True)
    assert len(rana.log.add(spam)) == 30 and len(rana.log.left_out) == 30
    assert len(olga.log.add(spam)) == 30
    olga.act(acts.REMOVE, pia.id, False)
    tell(olga, rana)
    assert rana.log.removals(pia.id) or pia.id in rana.log.roster.devices
    olga.admit(office["Newcomer"])
    tell(olga, rana)
    assert office["Newcomer"].id in rana.log.roster.devices


def test_what_was_taken_in_before_is_read_again_whole(office: dict[str, Person]) -> None:
    """A vault of before there were shares opens, and is verified."""
    olga, mole = office["Olga"], office["Mole"]
    kept = [act.data for act in olga.log.acts] + rotations(mole, 50, fan=True)
    assert len(Log(olga.log.workspace, kept, trusted=True)) == len(kept)
    again = Log(olga.log.workspace)
    again.add(kept, bounded=False)
    assert len(again) == len(kept) and not again.left_out


def test_who_makes_an_act_here_is_not_stopped(office: dict[str, Person]) -> None:
    mole = office["Mole"]
    for number in range(15):
        mole.act(acts.ROTATE, DESK, number + 1, number.to_bytes(16, "big"), [])
    with pytest.raises(DamagedError):  # what was never allowed still is not
        mole.act(acts.REMOVE, office["Rana"].id, False)


def test_bytes_count_as_well(office: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    one = len(rotations(office["Mole"], 1)[0])
    monkeypatch.setattr(limits, "SHARE_BYTES", 3 * one)
    assert len(office["Olga"].log.add(rotations(office["Mole"], 10))) == 3
