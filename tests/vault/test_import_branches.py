"""Ranges of a branch on their way in: by its name, by what they go on from, by where they part."""

from __future__ import annotations

import pytest

from defenderdesk.bundle.membership import Cut
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import changes
from defenderdesk.ledger.branches import branch_id
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.ledger.merge import State
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import forks
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.replication import import_feed
from defenderdesk.vault.replication.import_feed import FeedImport
from tests.worlds.feeds import DESK, brought, the_feed, written
from tests.worlds.imports import World, behind, world

__all__ = ["world"]


def branches(world: World, of: bytes = b"") -> list[Feed]:
    found = forks.branches(world.conn, DESK, of or world.device)
    return sorted(found, key=lambda one: (one.base, one.held))


def named(world: World, base: int, items: list[ChangeSet], /, **other: object) -> FeedImport:
    """Takes a branch that begins behind `base`, but for what is said otherwise."""
    previous = other.pop("previous", world.chain[min(base, 6)])
    first = other.pop("first", base + 1)
    assert isinstance(previous, bytes) and isinstance(first, int)
    detail = {
        "feed": branch_id(world.device, behind(previous, items)[0]),
        "parent": world.device,
        "base": base,
    }
    return world.take(world.importing(), world.part(first, previous, items), **{**detail, **other})


def test_a_branch_begins_within_the_feed(world: World) -> None:
    done = named(world, 4, written(5, 7))
    assert done.forked and done.change_sets == 3 and done.held == 7 and done.feed.base == 4
    assert world.held() == 4 and [(one.base, one.held) for one in branches(world)] == [(4, 6), (4, 7)]
    again = named(world, 4, written(5, 7))
    assert not again.forked and again.change_sets == 0 and len(branches(world)) == 2
    on = named(
        world, 4, written(8, 9), first=8, previous=the_feed(world.conn, done.device).hash, feed=done.device
    )
    assert on.device == done.device and on.change_sets == 2 and not on.forked
    assert world.suspects() == 0 and verification.vault(world.vault.store).problems == []


def test_a_branch_begins_at_the_end_of_the_feed(world: World) -> None:
    done = named(world, 6, written(7, 8))
    assert done.forked and done.change_sets == 2 and world.held() == 6
    [branch] = branches(world)
    assert (branch.base, branch.held, branch.device) == (6, 8, done.device)


def test_what_was_one_history_here_is_a_branch_of_two_elsewhere(world: World) -> None:
    done = named(world, 4, [*world.own(5, 6), *written(7, 7)])
    assert done.forked and done.change_sets == 1 and done.held == 7
    [branch] = branches(world)
    assert (branch.base, branch.held, branch.device) == (4, 7, done.device) and world.held() == 4
    assert verification.vault(world.vault.store).problems == []


def test_a_branch_of_a_branch(world: World) -> None:
    one = named(world, 2, [*world.own(3, 6)])
    inner = written(5, 6)
    name = branch_id(world.device, behind(world.chain[4], inner)[0])
    two = named(world, 4, inner, parent=one.device, feed=name)
    assert two.forked and two.device == name and two.change_sets == 2
    assert (world.held(), world.held(one.device)) == (2, 4)
    assert [(b.base, b.held) for b in branches(world, one.device)] == [(4, 6), (4, 6)]
    assert world.importing(feed=two.device).device == two.device
    assert verification.vault(world.vault.store).problems == []


@pytest.mark.parametrize(
    "other",
    [
        {"parent": b"not here at all "},
        {"base": 3},
        {"base": 5},
        {"previous": b"x" * 32},
        {"first": 8, "base": 7, "previous": b"x" * 32},
        {"first": 8, "base": 7, "previous": "end"},
    ],
)
def test_a_branch_whose_beginning_does_not_fit_is_asked_for(world: World, other: dict[str, object]) -> None:
    if other.get("previous") == "end":
        other = {**other, "previous": world.chain[6]}
    items = written(int(str(other.get("first", 5))), 9)
    done = named(world, 4, items, **other)
    assert done.forked and done.change_sets == 0 and world.suspects() == 1
    assert world.held() == 6 and branches(world) == [] and world.waiting() == []


def test_a_branch_under_another_name_is_refused(world: World) -> None:
    with pytest.raises(DamagedError, match="not what its name says"):
        named(world, 4, written(5, 6), feed=branch_id(world.device, world.chain[6]))
    assert world.held() == 6


def test_a_second_branch_that_parts_from_the_first(world: World) -> None:
    """The branch that a range begins with is here, and goes on otherwise."""
    items = written(5, 7)
    first = named(world, 4, items)
    other = [*items[:1], *written(6, 8, "Again another")]
    done = world.take(world.importing(), world.part(4, world.chain[3], [*_own(world, 4), *other]))
    assert done.forked and done.beyond and done.change_sets == 3 and done.held == 8
    assert world.held(first.device) == 5
    assert sorted((b.base, b.held) for b in branches(world, first.device)) == [(5, 7), (5, 8)]
    assert verification.vault(world.vault.store).problems == []


def _own(world: World, seq: int) -> list[ChangeSet]:
    num = the_feed(world.conn, world.device).num
    rows = world.conn.execute("SELECT header, body FROM change_sets WHERE id = ?", (num << 40 | seq,))
    return [ChangeSet(bytes(header), bytes(body)) for header, body in rows]


def test_a_range_that_ends_where_a_branch_parts_brings_nothing(world: World) -> None:
    items = written(5, 6)
    first = named(world, 4, items)
    chain = behind(world.chain[4], items)
    for title in ("One", "Two"):
        more = written(7, 7, title)
        name = branch_id(world.device, behind(chain[-1], more)[0])
        named(world, 6, more, parent=first.device, feed=name, previous=chain[-1])
    assert len(branches(world, first.device)) == 2
    done = world.take(world.importing(), world.part(4, world.chain[3], [*_own(world, 4), *items]))
    assert done.change_sets == 0 and not done.forked and len(branches(world, first.device)) == 2
    assert verification.vault(world.vault.store).problems == []


def test_an_end_that_was_stated_lies_in_what_comes(world: World) -> None:
    """It is of the history that the one who removed the laptop held, which is not the one here."""
    items = written(5, 9)
    chain = behind(world.chain[4], items)
    end = Cut(world.device, 8, chain[3], b"e" * 64)
    done = world.take(world.importing(end), world.part(5, world.chain[4], items))
    assert (done.change_sets, done.aside, done.held) == (4, 1, 8) and world.waiting() == [(5, 9)]


def test_what_was_set_aside_twice_is_counted_twice(world: World) -> None:
    done = world.importing(removed=True)
    items = written(7, 9)
    world.take(done, world.part(7, world.chain[6], items[:1]))
    world.take(done, world.part(7, world.chain[6], items))
    assert done.aside == 1 + 3


def test_what_is_held_already_clears_no_doubt(world: World) -> None:
    """Somebody's other history is still to come, whatever of ours is sent again."""
    world.take(world.importing(), world.part(7, b"x" * 32, written(7, 7)))
    assert world.suspects() == 1
    for first, last in ((5, 6), (3, 4)):
        world.take(world.importing(), world.part(first, world.chain[first - 1], world.own(first, last)))
        assert world.suspects() == 1


# -- what stands beside a range ----------------------------------------------------------------------


def signed(world: World) -> list[int]:
    rows = world.conn.execute("SELECT id & 255 FROM change_sets WHERE signature IS NOT NULL ORDER BY id")
    return [row[0] for row in rows if row[0] > 6]


def test_a_signature_further_on_is_not_that_of_what_came(world: World) -> None:
    """It is over the headers that follow: passed on with what came, it would verify nothing."""
    items = written(7, 9)
    part = brought(world.vault, 7, world.chain[6], items[:1], [item.header for item in items[1:]])
    assert world.take(world.importing(), part).change_sets == 1 and signed(world) == []
    assert world.take(world.importing(), world.part(7, world.chain[6], items)).change_sets == 2
    assert signed(world) == [9]


def test_a_stated_end_signs_where_it_is_and_nowhere_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_feed, "SLICE", 1)
    items = written(7, 10)
    end = Cut(world.device, 9, behind(world.chain[6], items)[2], b"e" * 64)
    assert world.take(world.importing(end), world.part(7, world.chain[6], items)).change_sets == 3
    assert signed(world) == [9]


def test_what_is_written_next_is_later_than_what_came(world: World) -> None:
    soon = (world.vault.store.now_ms() + 5000) << 16
    made = changes.make([Change(b"r" * 16, "f", SET, "x")], world.device, 7, soon, b"s" * 16)
    world.take(world.importing(), world.part(7, world.chain[6], [ChangeSet(*made)]))
    assert world.vault.store.meta("clock", 0, world.conn) >= soon


@pytest.mark.parametrize(("held", "waits"), [(2, False), (1, False), (0, True), (None, True)])
def test_what_was_replaced_is_waited_for_where_it_is_not_here(
    world: World, held: int | None, waits: bool
) -> None:
    dot = (b"o" * 16, 1, 0)
    made = changes.make([Change(b"r" * 16, "f", SET, "x", (dot,))], world.device, 7, 7 << 16, b"s" * 16)
    into = world.importing()
    if held is not None:
        into.vectors[dot[0]] = held
    world.take(into, world.part(7, world.chain[6], [ChangeSet(*made)]))
    [packed] = world.conn.execute("SELECT state FROM records WHERE id = ?", (b"r" * 16,)).fetchone()
    assert State.unpack(packed).gone == ({("f", dot)} if waits else set())
