"""Ranges of one feed on their way in: gone on with, waiting, parted, set aside, cut into slices."""

from __future__ import annotations

import pytest

from defenderdesk.bundle import ranges
from defenderdesk.bundle.membership import Cut
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import ERASE, SET, Change
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.ledger.merge import State
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.erasure.redaction import Mark
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import forks
from defenderdesk.vault.replication import import_feed
from defenderdesk.vault.replication.import_feed import FeedImport
from tests.worlds.feeds import DESK, the_feed, written
from tests.worlds.imports import World, behind, world

__all__ = ["world"]


# -- going on --------------------------------------------------------------------------------------


def test_what_follows_is_taken_and_counted(world: World) -> None:
    items = written(7, 9)
    done = world.take(world.importing(), world.part(7, world.chain[6], items))
    assert (done.change_sets, done.changes, done.conflicts, done.aside) == (3, 3, 1, 0)
    assert (done.beyond, done.forked, done.suspect_clock) == (True, False, False)
    assert done.records == {b"r" * 16} and done.kinds == {""} and done.vectors[world.device] == 9
    feed = the_feed(world.conn, world.device)
    assert (feed.held, feed.hash) == (9, behind(world.chain[6], items)[-1])
    assert world.waiting() == [] and world.suspects() == 0
    signed = [
        row[0] for row in world.conn.execute("SELECT id & 255 FROM change_sets WHERE signature IS NOT NULL")
    ]
    assert sorted(signed) == [1, 2, 3, 4, 5, 6, 9], "a range is signed at its end"
    again = world.take(world.importing(), world.part(7, world.chain[6], items))
    assert (again.change_sets, again.beyond, again.forked) == (0, False, False)


def test_of_what_is_held_already_only_the_rest_is_taken(world: World) -> None:
    part = world.part(5, world.chain[4], [*world.own(5, 6), *written(7, 8)])
    done = world.take(world.importing(), part)
    assert (done.change_sets, done.beyond, done.forked) == (2, True, False) and world.held() == 8


def test_what_comes_too_early_waits(world: World) -> None:
    items = written(7, 12)
    chain = [*world.chain, *behind(world.chain[6], items)]
    for first, last in ((9, 9), (10, 11), (8, 9)):
        done = world.take(world.importing(), world.part(first, chain[first - 1], items[first - 7 : last - 6]))
        assert (done.change_sets, done.forked, done.beyond, done.aside) == (0, False, False, 0)
        done.take_held()
        assert world.held() == 6
    assert world.waiting() == [(8, 9), (9, 9), (10, 11)]
    done = world.take(world.importing(), world.part(7, chain[6], items[:1]))
    done.take_held()
    assert world.held() == 11 and world.waiting() == [] and done.change_sets == 5
    assert not done.forked and world.suspects() == 0


def test_what_waits_must_be_signed(world: World) -> None:
    part = world.part(9, b"p" * 32, written(9, 9))
    wrong = ranges.Range(part.device, 9, part.previous, b"s" * 64, part.items)
    with pytest.raises(DamagedError, match="the signature of"):
        world.take(world.importing(), wrong)
    with pytest.raises(DamagedError, match="skips a change set"):
        world.take(world.importing(), world.part(9, b"p" * 32, written(10, 10)))
    assert world.waiting() == []


def test_a_part_of_some_records_only_is_remembered_as_one(world: World) -> None:
    """What was left out is looked for: a sender who only says so is not believed."""
    items = written(7, 10)
    items[1] = items[1]._replace(body=changes.redact(items[1].body, [0]))
    chain = behind(world.chain[6], items)

    def partial() -> int:
        return int(world.conn.execute("SELECT partial FROM feeds").fetchone()[0])

    world.take(world.importing(), world.part(7, world.chain[6], items[:1]), partial=1)
    assert partial() == 0
    world.take(world.importing(), world.part(8, chain[0], items[1:2]), partial=True)
    assert partial() == 8
    world.take(world.importing(), world.part(9, chain[1], items[2:3]))
    assert partial() == 8
    world.take(world.importing(), world.part(10, chain[2], items[3:]), partial=True)
    assert partial() == 8, "all of it is here"


# -- two histories ---------------------------------------------------------------------------------


def test_where_a_range_differs_the_feed_parts(world: World) -> None:
    items = written(5, 7)
    for _ in range(2):
        done = world.take(world.importing(), world.part(5, world.chain[4], items))
    with world.vault.store.writing() as conn:
        parts = forks.branches(conn, DESK, world.device)
    assert world.held() == 4 and sorted((one.base, one.held) for one in parts) == [(4, 6), (4, 7)]
    assert done.change_sets == 0 and verification.vault(world.vault.store).problems == []


def test_it_parts_in_the_middle_of_a_range(world: World) -> None:
    done = world.take(world.importing(), world.part(4, world.chain[3], [*world.own(4, 5), *written(6, 7)]))
    assert done.forked and done.change_sets == 2 and world.held() == 5
    assert done.feed.base == 5 and done.held == 7 and world.suspects() == 0
    assert verification.vault(world.vault.store).problems == []


def test_a_second_history_must_be_signed_before_anything_is_split(world: World) -> None:
    part = world.part(5, world.chain[4], written(5, 5))
    wrong = ranges.Range(part.device, 5, part.previous, b"s" * 64, part.items)
    with pytest.raises(DamagedError, match="the signature of"):
        world.take(world.importing(), wrong)
    assert world.held() == 6


def test_a_history_whose_beginning_is_not_here_is_asked_for(world: World) -> None:
    """Until it comes, this laptop says that it holds nothing of the feed."""
    for first in (3, 7):
        done = world.take(world.importing(), world.part(first, b"x" * 32, written(first, first)))
        assert done.forked and done.change_sets == 0 and world.suspects() == 1
        assert world.waiting() == [] and world.held() == 6
    done = world.take(world.importing(), world.part(7, world.chain[6], written(7, 7)))
    assert world.suspects() == 0 and world.held() == 7, "what goes on was held rightly"
    assert not done.forked


def test_what_goes_on_from_a_branch_finds_it(world: World) -> None:
    items = written(5, 12)
    chain = [*world.chain[:5], *behind(world.chain[4], items)]

    def sent(first: int, last: int) -> FeedImport:
        done = world.take(world.importing(), world.part(first, chain[first - 1], items[first - 5 : last - 4]))
        done.take_held()
        return done

    branch = sent(5, 6).device
    assert branch != world.device and world.held(branch) == 6
    assert sent(7, 7).device == branch and world.held(branch) == 7, "after its end"
    assert sent(6, 8).device == branch and world.held(branch) == 8, "over its end"
    done = world.take(world.importing(feed=branch), world.part(9, chain[8], items[4:5]))
    assert done.device == branch and world.held(branch) == 9
    assert world.suspects() == 0 and not done.forked
    other = world.take(world.importing(), world.part(8, b"x" * 32, written(8, 8)))
    assert other.change_sets == 0 and world.held(branch) == 9
    own = the_feed(world.conn, world.device)
    [first] = [one for one in forks.branches(world.conn, DESK, world.device) if one.device != branch]
    after = world.take(world.importing(), world.part(7, first.hash, written(7, 7, "Of the laptop")))
    assert after.device == first.device and world.held(first.device) == 7 and own.held == 4
    assert verification.vault(world.vault.store).problems == []


def test_what_follows_the_end_of_a_feed_that_parted_is_a_branch_of_it(world: World) -> None:
    world.take(world.importing(), world.part(5, world.chain[4], written(5, 5)))
    done = world.take(
        world.importing(), world.part(4, world.chain[3], [*world.own(4, 4), *written(5, 6, "C")])
    )
    found = forks.branches(world.conn, DESK, world.device)
    assert len(found) == 3 and {one.base for one in found} == {4} and world.held() == 4
    assert done.beyond and done.change_sets == 2 and done.held == 6
    same = world.take(world.importing(), world.part(4, world.chain[3], world.own(4, 4)))
    assert same.change_sets == 0 and len(forks.branches(world.conn, DESK, world.device)) == 3
    ours = the_feed(world.conn, found[0].device)
    assert ours.base == 4 and verification.vault(world.vault.store).problems == []


def test_a_range_that_waits_and_parts_from_what_came_is_asked_for(world: World) -> None:
    world.take(world.importing(), world.part(8, b"p" * 32, written(8, 9)))
    world.take(world.importing(), world.part(8, b"p" * 32, written(8, 8)))
    done = world.take(world.importing(), world.part(7, world.chain[6], written(7, 8)))
    assert not done.forked
    done.take_held()
    assert done.forked and world.suspects() == 1 and world.held() == 8
    assert world.waiting() in ([(8, 9)], []), "what it overtook is let go"


# -- ends ------------------------------------------------------------------------------------------


def test_what_lies_beyond_the_end_is_set_aside(world: World) -> None:
    items = written(7, 10)
    chain = [*world.chain, *behind(world.chain[6], items)]
    end = Cut(world.device, 8, chain[8], b"e" * 64)
    assert world.importing(end).bound == 8 and world.importing(removed=True).bound == 6
    assert world.importing().bound is None
    done = world.take(world.importing(end), world.part(7, chain[6], items[:1]))
    assert (done.aside, done.change_sets, world.waiting()) == (0, 1, [])
    done = world.take(world.importing(end), world.part(7, chain[6], items))
    assert (done.aside, done.change_sets, world.held()) == (2, 1, 8) and world.waiting() == [(7, 10)]
    [signed] = world.conn.execute("SELECT signature FROM change_sets WHERE id & 255 = 8").fetchone()
    assert bytes(signed) == b"e" * 64, "it is passed on with the signature that was stated"
    done.take_held()
    assert world.held() == 8 and world.waiting() == [(7, 10)]
    moved = world.importing(end._replace(seq=10, hash=chain[10]))
    moved.take_held()
    assert moved.change_sets == 2 and world.held() == 10 and world.waiting() == []


def test_to_the_end_exactly_nothing_is_set_aside(world: World) -> None:
    items = written(7, 8)
    end = Cut(world.device, 8, behind(world.chain[6], items)[-1], b"e" * 64)
    done = world.take(world.importing(end), world.part(7, world.chain[6], items))
    assert (done.aside, done.change_sets, world.waiting()) == (0, 2, [])


@pytest.mark.parametrize("last", [8, 9])
def test_an_end_of_another_hash_is_refused(world: World, last: int) -> None:
    end = Cut(world.device, 8, b"x" * 32, b"e" * 64)
    with pytest.raises(DamagedError, match="ends elsewhere"):
        world.take(world.importing(end), world.part(7, world.chain[6], written(7, last)))


def test_an_end_that_was_not_reached_is_not_compared(world: World) -> None:
    end = Cut(world.device, 9, b"x" * 32, b"e" * 64)
    assert world.take(world.importing(end), world.part(7, world.chain[6], written(7, 8))).change_sets == 2


def test_of_a_removed_laptop_whose_end_nobody_stated_nothing_more_counts(world: World) -> None:
    done = world.take(world.importing(removed=True), world.part(7, world.chain[6], written(7, 9)))
    assert (done.aside, done.change_sets, world.held()) == (3, 0, 6) and world.waiting() == [(7, 9)]


# -- slices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 150, 300, 10**6])
def test_slices_come_to_the_same(world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(import_feed, "SLICE", size)
    kinds = {1: "case", 2: "person", 3: "event"}
    items = []
    for seq in range(7, 13):
        record = bytes([seq % 3 + 1]) * 16
        made = [Change(record, "kind", SET, kinds[seq % 3 + 1]), Change(record, "title", SET, f"T {seq}")]
        if seq == 9:
            made.append(Change(record, "summary", ERASE, None, ((world.device, 1, 0),)))
        items.append(ChangeSet(*changes.make(made, world.device, seq, seq << 16, b"s" * 16)))
    done = world.take(world.importing(), world.part(7, world.chain[6], items))
    assert (done.change_sets, done.changes) == (6, 13) and done.kinds == set(kinds.values())
    assert done.records == {bytes([n]) * 16 for n in (1, 2, 3)} and done.conflicts == 3
    assert the_feed(world.conn, world.device).hash == behind(world.chain[6], items)[-1]
    noted = [row[0] & 255 for row in world.conn.execute("SELECT id FROM erasures")]
    assert noted == [9], "that change set erases, and no other"
    signed = world.conn.execute("SELECT count(*) FROM change_sets WHERE signature IS NOT NULL").fetchone()[0]
    assert signed == 7 and verification.vault(world.vault.store).problems == []
    counts = [
        row[0] for row in world.conn.execute("SELECT count FROM change_sets WHERE id & 255 > 6 ORDER BY id")
    ]
    assert counts == [2, 2, 3, 2, 2, 2]


def test_slices_are_cut_at_a_size() -> None:
    items = [ChangeSet(b"h", b"b" * size) for size in (5, 5, 10, 3, 12, 4)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_feed, "SLICE", 10)
        assert list(import_feed._slices(items)) == [(0, 2), (2, 3), (3, 5), (5, 6)]
        assert list(import_feed._slices(items[:5])) == [(0, 2), (2, 3), (3, 5)]
        assert list(import_feed._slices([])) == []
        near = [ChangeSet(b"h", b"b" * size) for size in (9, 1, 9, 1)]
        assert list(import_feed._slices(near)) == [(0, 2), (2, 4)]


@pytest.mark.parametrize("size", [1, 10**6])
def test_into_an_empty_vault(vault: Vault, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Rows that the import itself made are read again, and no others need to be."""
    monkeypatch.setattr(import_feed, "SLICE", size)
    items = []
    for seq in range(1, 7):
        record = bytes([seq % 2 + 1]) * 16
        made = [
            Change(record, "title", SET, f"T {seq}", ((vault.store.device, seq - 2, 0),) if seq > 2 else ())
        ]
        made += [Change(record, "kind", SET, "case")] if seq < 3 else []
        items.append(ChangeSet(*changes.make(made, vault.store.device, seq, seq << 16, b"s" * 16)))
    with vault.store.writing() as conn:
        [desk] = conn.execute("SELECT id FROM desks").fetchone()
        world = World(vault, conn, [], bytes(desk))
        start = feeds.genesis(vault.store.workspace, bytes(desk), vault.store.device)
        done = world.take(world.importing(), world.part(1, start, items))
    assert done.change_sets == 6 and done.conflicts == 0
    assert sorted(row.title for row in vault.cases(CaseFilter(), 0, 9)) == ["T 5", "T 6"]
    assert verification.vault(vault.store).problems == []


def test_a_clock_from_the_future_anywhere_in_it_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_feed, "SLICE", 1)
    far = (world.vault.store.now_ms() + 10**11) << 16
    items = [
        ChangeSet(*changes.make([Change(b"r" * 16, "f", SET, seq)], world.device, seq, hlc, b"s" * 16))
        for seq, hlc in ((7, 7 << 16), (8, far), (9, 9 << 16))
    ]
    chain = behind(world.chain[6], items)
    into = world.take(world.importing(), world.part(7, world.chain[6], items))
    assert into.suspect_clock
    world.take(into, world.part(10, chain[-1], written(10, 10)))
    assert into.suspect_clock, "what came after it does not take that back"
    assert not world.take(world.importing(), world.part(10, chain[-1], written(10, 10))).suspect_clock


def test_of_several_records_each_gets_its_own_changes(world: World) -> None:
    """Also where one of them was erased before it came, in a change set that erases."""
    device, records = world.device, [bytes([n]) * 16 for n in (1, 2, 3)]
    world.conn.execute(
        "INSERT INTO erased VALUES (?, ?, ?, ?, ?, ?)", (DESK, *Mark(device, 7, 2, records[1], "title"))
    )
    items = []
    for seq in (7, 8):
        made = [
            Change(one, name, SET, f"{name} {at} of {seq}")
            for at, one in enumerate(records)
            for name in ("kind", "title")
        ]
        made[2], made[3] = made[3], made[2]
        made.append(Change(records[2], "summary", ERASE, None, ((device, 1, 0),)))
        items.append(ChangeSet(*changes.make(made, device, seq, seq << 16, b"s" * 16)))
    done = world.take(world.importing(), world.part(7, world.chain[6], items))
    assert (done.change_sets, done.changes) == (2, 13)
    for at, one in enumerate(records):
        [packed] = world.conn.execute("SELECT state FROM records WHERE id = ?", (one,)).fetchone()
        entries = State.unpack(packed).entries
        for name in ("kind", "title"):
            gone = (at, name) == (1, "title")
            assert sorted(e.value for e in entries[name]) == [
                f"{name} {at} of {seq}" for seq in (7, 8) if not (gone and seq == 7)
            ]
    noted = [row[0] & 255 for row in world.conn.execute("SELECT id FROM erasures ORDER BY id")]
    assert noted == [7, 8] and verification.vault(world.vault.store).problems == []


def test_what_was_erased_before_comes_without_it(world: World) -> None:
    mark = Mark(world.device, 8, 0, b"r" * 16, "title")
    world.conn.execute("INSERT INTO erased VALUES (?, ?, ?, ?, ?, ?)", (DESK, *mark))
    done = world.take(world.importing(), world.part(7, world.chain[6], written(7, 9)))
    assert (done.change_sets, done.changes) == (3, 2)
    bodies = [bytes(r[0]) for r in world.conn.execute("SELECT body FROM change_sets WHERE id & 255 > 6")]
    assert [b"Of the copy" in body for body in bodies] == [True, False, True]
    assert verification.vault(world.vault.store).problems == []
