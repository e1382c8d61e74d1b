"""Pasts that a key could sign on: also one that nobody lived in, in which all who were removed at
the same time are gone, and nobody who came meanwhile is there."""

from __future__ import annotations

from defenderdesk.bundle.membership import ADMINISTRATOR, RESEARCHER, Log, acts
from tests.bundle.people import Person, admission, founder, meet
from tests.worlds.outgrown import appoint


def agreed(log: Log, one: Person, other: Person, kind: str, *detail: object) -> None:
    """What two administrators decide, on a log of their own that goes on from `log`."""
    made = log.make(one.key, kind, detail, 1)
    log.make(other.key, acts.ENDORSE, [made.id], 1)


def four() -> tuple[Person, Person, Person, Person]:
    one, two, three, last = founder(), Person("Second"), Person("Third"), Person("Fourth")
    appoint(one, two)
    appoint(one, three, two)
    appoint(one, last, two)
    meet(one, two, three, last)
    return one, two, three, last


def decided(*what: str) -> tuple[Log, Person]:
    """The first and the last of four administrators decide this, each without the rest."""
    one, two, three, last = four()
    base = [act.data for act in one.log.acts]
    fifth = Person("Fifth")
    asked = admission(one.log.workspace, fifth.key, "Fifth", ADMINISTRATOR)
    every = {
        "second": (acts.REMOVE, two.id, False),
        "third": (acts.REMOVE, three.id, False),
        "fifth": (acts.ADMIT, *asked),
        "demoted": (acts.ROLE, three.id, RESEARCHER),
    }
    for name in what:
        apart = Log(one.log.workspace, base)
        agreed(apart, one, last, *every[name])
        one.log.add(act.data for act in apart.acts)
    return one.log, last


def test_a_past_in_which_all_who_were_removed_are_gone_counts() -> None:
    for what in (("second", "third", "fifth"), ("second", "demoted", "fifth")):
        log, last = decided(*what)
        roster = log.roster
        names = {m.member for m in roster.devices.values() if m.present and m.role == ADMINISTRATOR}
        assert names == {"Founder", "Fourth", "Fifth"}
        assert log.has_stale_authority(last.id), "of two, one could end the other alone"


def test_where_less_was_decided_no_past_is_easier() -> None:
    for what in ((), ("second",), ("fifth",), ("second", "fifth"), ("second", "third")):
        log, last = decided(*what)
        assert not log.has_stale_authority(last.id), what


def test_who_does_not_administer_has_no_key_that_could_decide() -> None:
    one, two = founder(), Person("Second")
    appoint(one, two)
    assert one.log.has_stale_authority(one.id)
    two.log.add(act.data for act in one.log.acts)
    two.act(acts.ROLE, one.id, RESEARCHER)
    assert not two.log.has_stale_authority(one.id) and not two.log.has_stale_authority(b"x" * 16)
