"""What a removed laptop wrote beyond its end: set aside, counted, and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from defenderdesk.bundle.membership import Cut, Roster
from defenderdesk.ledger import feeds
from defenderdesk.vault.membership import remove_device
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import forks
from tests.worlds.feeds import DESK, split, the_feed, written
from tests.worlds.imports import World, behind, world

__all__ = ["world"]


@pytest.fixture
def elsewhere(world: World) -> Iterator[World]:
    """The same, seen from another laptop: the feed is a colleague's."""
    real = world.vault.store.device
    yield world
    world.vault.store.device = real


def cut(world: World, *cuts: Cut, desks: bool = False) -> None:
    """Ends feeds where the log says, of a colleague who lost the desk."""
    store = world.vault.store
    author = store.roster.devices[world.device]
    member = author if desks else replace(author, desks=frozenset())
    roster = Roster(devices={author.device: member}, cuts={(world.desk, one.feed): one for one in cuts})
    real, store.device = store.device, b"this laptop now "
    try:
        remove_device.cut(store, world.conn, roster)
    finally:
        store.device = real


def signatures(world: World, feed: bytes = b"") -> dict[int, bytes | None]:
    num = the_feed(world.conn, feed or world.device).num
    rows = world.conn.execute("SELECT id & 255, signature FROM change_sets WHERE id >> 40 = ?", (num,))
    return {seq: signature and bytes(signature) for seq, signature in rows}


def test_what_was_applied_beyond_the_end_is_taken_out_again_and_comes_back(elsewhere: World) -> None:
    world, device = elsewhere, elsewhere.device
    world.conn.execute("UPDATE feeds SET confirmed = 5")
    world.conn.execute("INSERT INTO erasures (id) VALUES (?), (?)", (1 << 40 | 3, 1 << 40 | 4))
    key = world.vault.store.require_signing_key()
    signed = {seq: key.sign(feeds.SIGNATURE, chain) for seq, chain in enumerate(world.chain)}
    end = Cut(device, 3, world.chain[3], signed[3])
    cut(world, end)
    feed = the_feed(world.conn, device)
    assert (feed.held, feed.hash) == (3, world.chain[3]) and world.waiting() == [(4, 6)]
    assert world.conn.execute("SELECT confirmed FROM feeds").fetchone() == (3,)
    assert [row[0] & 255 for row in world.conn.execute("SELECT id FROM erasures")] == [3]
    assert remove_device.count_quarantined(world.conn, device) == 3
    assert remove_device.held_in_quarantine(world.conn, feed.num, 3) and not remove_device.held_in_quarantine(
        world.conn, 1, 6
    )
    assert remove_device.held_in_quarantine(world.conn, feed.num, 5) and not remove_device.held_in_quarantine(
        world.conn, 9, 3
    )
    assert verification.vault(world.vault.store).problems == []
    cut(world, end)
    assert world.held() == 3 and world.waiting() == [(4, 6)], "once"
    cut(world, end._replace(seq=5, hash=world.chain[5], signature=signed[5]))
    assert world.held() == 5 and remove_device.count_quarantined(world.conn, device) == 1
    cut(world, desks=True)
    assert (
        world.held() == 6
        and world.waiting() == []
        and remove_device.count_quarantined(world.conn, device) == 0
    )
    assert verification.vault(world.vault.store).problems == []


def test_where_it_ends_now_it_is_signed_as_was_stated(elsewhere: World) -> None:
    world, device = elsewhere, elsewhere.device
    items = written(7, 9)
    chain = [*world.chain, *behind(world.chain[6], items)]
    world.take(world.importing(), world.part(7, chain[6], items))
    assert signatures(world)[8] is None
    cut(world, Cut(device, 8, b"x" * 32, b"e" * 64))
    assert world.held() == 8 and signatures(world)[8] is None, "it is not this history's"
    cut(world, Cut(device, 8, chain[8], b"e" * 64))
    assert signatures(world)[8] == b"e" * 64 and signatures(world)[7] is None
    before = signatures(world)[6]
    cut(world, Cut(device, 6, chain[6], b"f" * 64))
    assert before and signatures(world)[6] == before, "its own stands"


def test_branches_are_set_aside_before_what_they_parted_from(elsewhere: World) -> None:
    world, device = elsewhere, elsewhere.device
    branch = split(world.conn, device, 4)
    other = world.take(world.importing(), world.part(5, world.chain[4], written(5, 6)))
    end = Cut(device, 2, world.chain[2], b"e" * 64)
    cut(world, end)
    assert [world.held(one) for one in (device, branch.device, other.device)] == [2, 4, 4]
    assert remove_device.count_quarantined(world.conn, device) == 2 + 2 + 2
    assert verification.vault(world.vault.store).problems == []
    cut(world, Cut(device, 6, world.chain[6], b"e" * 64))
    assert [world.held(one) for one in (device, branch.device, other.device)] == [4, 6, 4]
    assert verification.vault(world.vault.store).problems == []


def test_however_much_there_is_behind_the_end_it_goes(elsewhere: World) -> None:
    world, device = elsewhere, elsewhere.device
    world.take(world.importing(), world.part(7, world.chain[6], written(7, 120)))
    with world.vault.store.writing() as conn:
        conn.execute(
            "INSERT INTO feeds (desk, device, held, hash, base) VALUES (1, ?, 0, ?, 99)",
            (b"of nobody known ", b"h" * 32),
        )
    cut(world, Cut(device, 3, world.chain[3], b"e" * 64))
    assert world.held() == 3
    assert world.conn.execute("SELECT count(*) FROM change_sets").fetchone() == (3,)
    assert remove_device.count_quarantined(world.conn, device) == 117


def test_this_laptops_own_work_is_shown_until_somebody_has_it(world: World) -> None:
    store = world.vault.store
    own = store.roster.devices[world.device]
    lost = replace(own, desks=frozenset())
    cuts = {(world.desk, world.device): Cut(world.device, 3, world.chain[3], b"e" * 64)}
    remove_device.cut(store, world.conn, Roster(devices={own.device: lost}, cuts=cuts))
    assert world.held() == 6
    remove_device.cut(store, world.conn, Roster(cuts=cuts))
    assert world.held() == 6, "nor of anybody who is not known"


def test_all_that_was_set_aside_has_an_end_too(world: World) -> None:
    store, device = world.vault.store, world.device

    def ends() -> list[tuple[bytes, Cut]]:
        return [(bytes(desk), end) for desk, end in remove_device.ends_with_quarantined(store, device)]

    items = written(7, 12)
    chain = [*world.chain, *behind(world.chain[6], items)]
    assert ends() == []
    parts = {
        first: world.part(first, chain[first - 1], items[first - 7 : last - 6])
        for first, last in ((7, 8), (8, 9), (11, 12))
    }
    done = world.importing(removed=True)
    for part in parts.values():
        world.take(done, part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store), "reader", property(lambda _: world.conn))
        assert ends() == [(world.desk, Cut(device, 9, chain[9], parts[8].signature))], "up to the gap"
        assert list(remove_device.ends_with_quarantined(store, b"o" * 16)) == []
        world.conn.execute("DELETE FROM held_ranges WHERE first = 8")
        assert ends() == [(world.desk, Cut(device, 8, chain[8], parts[7].signature))]
        world.conn.execute("DELETE FROM held_ranges WHERE first = 7")
        assert ends() == [], "its beginning is missing"
    assert remove_device.count_quarantined(world.conn, device) == 6
    assert remove_device.count_quarantined(world.conn, b"o" * 16) == 0
    assert forks.feed(world.conn, DESK, device) is not None
