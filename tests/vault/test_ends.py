"""Up to where the work of a device without the desk counts, in its feed and in branches of it."""

from __future__ import annotations

import msgspec
import pytest

from defenderdesk.bundle import ranges
from defenderdesk.bundle.membership import Cut, Roster
from defenderdesk.ledger import feeds
from defenderdesk.vault import Vault
from defenderdesk.vault.records import cut_off, fork_split
from defenderdesk.vault.records.cut_off import End
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.storage.database import Connection
from tests.worlds.feeds import brought, links, six_titles, split, the_feed, written

SIGNED = b"s" * 64


@pytest.fixture
def device(vault: Vault) -> bytes:
    six_titles(vault)
    return vault.store.device


def end(
    vault: Vault, conn: Connection, feed: Feed, *cuts: Cut, came: ranges.Range | None = None
) -> End | None:
    """The end of a feed whose device is of no roster, where these ends were stated."""
    [desk] = conn.execute("SELECT id FROM desks").fetchone()
    roster = Roster(cuts={(bytes(desk), cut.feed): cut for cut in cuts})
    return cut_off.of(conn, roster, bytes(desk), feed, came)


def wait(conn: Connection, feed: Feed, part: ranges.Range) -> None:
    """Keeps a range as one that waits for a feed."""
    data, detail = ranges.pack(part)
    kept = msgspec.msgpack.encode({k: v for k, v in detail.items() if k != "device"})
    last = part.first + len(part.items) - 1
    conn.execute("INSERT INTO held_ranges VALUES (?, ?, ?, ?, ?)", (feed.num, part.first, last, data, kept))


def test_of_a_feed(vault: Vault, device: bytes) -> None:
    with vault.store.writing() as conn:
        feed, hashes = the_feed(conn, device), links(conn, device)
        [desk] = conn.execute("SELECT id FROM desks").fetchone()
        assert cut_off.of(conn, vault.store.roster, bytes(desk), feed) is None, "who may write has none"
        assert end(vault, conn, feed) == End(6, None), "nobody stated one: what is held"
        cut = Cut(device, 4, hashes[4], SIGNED)
        assert end(vault, conn, feed, cut) == End(4, cut)
        assert end(vault, conn, feed, cut._replace(feed=b"o" * 16)) == End(6, None)


def test_of_a_branch(vault: Vault, device: bytes) -> None:
    """An end that was stated before the fork was known lies in one of the branches."""
    with vault.store.writing() as conn:
        hashes = links(conn, device)
        branch = split(conn, device, 2)
        other = fork_split.begin(conn, the_feed(conn, device), b"another link")
        for feed, held in ((branch, 6), (other, 2)):
            assert end(vault, conn, feed) == End(held, None)
        for seq in (3, 4, 6):
            cut = Cut(device, seq, hashes[seq], SIGNED)
            assert end(vault, conn, branch, cut) == End(seq, cut)
            assert end(vault, conn, other, cut) == End(2, None), "in the other nothing counts"
            assert end(vault, conn, branch, cut._replace(hash=b"x" * 32)) == End(2, None)
        for seq in (1, 2):
            cut = Cut(device, seq, hashes[seq], SIGNED)
            assert end(vault, conn, branch, cut) == End(2, None), "before they parted: neither counts"
            rows = conn.execute("SELECT header, body FROM change_sets WHERE id & 255 <= 2 ORDER BY id")
            came = brought(vault, 1, hashes[0], [feeds.ChangeSet(*row) for row in rows])
            assert end(vault, conn, branch, cut, came=came) == End(2, None)


def test_the_further_of_two_ends_counts(vault: Vault, device: bytes) -> None:
    with vault.store.writing() as conn:
        hashes = links(conn, device)
        branch = split(conn, device, 2)
        for own, above, counts in ((3, 5, "above"), (5, 4, "own"), (5, 5, "own"), (3, 6, "above")):
            one, two = (
                Cut(name, n, hashes[n], SIGNED) for name, n in ((branch.device, own), (device, above))
            )
            cut = one if counts == "own" else two
            assert end(vault, conn, branch, one, two) == End(cut.seq, cut)
            astray = two._replace(hash=b"x" * 32)
            assert end(vault, conn, branch, one, astray) == End(own, one)


def test_an_end_in_a_branch_of_a_branch(vault: Vault, device: bytes) -> None:
    with vault.store.writing() as conn:
        hashes = links(conn, device)
        first = split(conn, device, 2)
        second = split(conn, first.device, 4)
        first = the_feed(conn, first.device)
        cut = Cut(device, 5, hashes[5], SIGNED)
        assert end(vault, conn, first, cut) == End(5, cut), "all of it leads there"
        assert end(vault, conn, second, cut) == End(5, cut)
        cut = Cut(first.device, 6, hashes[6], SIGNED)
        assert end(vault, conn, second, cut) == End(6, cut)


def test_an_end_in_what_is_on_its_way_in_or_waits(vault: Vault, device: bytes) -> None:
    with vault.store.writing() as conn:
        hashes = links(conn, device)
        split(conn, device, 2)
        items = written(3, 5)
        chain = [hashes[2]]
        for item in items:
            chain.append(feeds.link(chain[-1], item.header))
        branch = fork_split.begin(conn, the_feed(conn, device), chain[1])
        cut = Cut(device, 4, chain[2], SIGNED)
        whole = brought(vault, 3, hashes[2], items)
        short = brought(vault, 3, hashes[2], items[:1])
        told = brought(vault, 3, hashes[2], items[:1], [one.header for one in items[1:]])
        assert end(vault, conn, branch, cut) == End(2, None)
        assert end(vault, conn, branch, cut, came=whole) == End(4, cut)
        assert end(vault, conn, branch, cut, came=told) == End(4, cut), "its headers are enough"
        assert end(vault, conn, branch, cut, came=short) == End(2, None), "it does not come so far"
        assert end(vault, conn, branch, cut._replace(hash=chain[1]), came=whole) == End(2, None)
        at_base = Cut(device, 2, chain[1], SIGNED)
        assert end(vault, conn, branch, at_base, came=brought(vault, 2, hashes[2], items)) == End(2, None)
        wait(conn, branch, short)
        assert end(vault, conn, branch, cut) == End(2, None)
        wait(conn, branch, brought(vault, 4, chain[1], items[1:]))
        assert end(vault, conn, branch, cut) == End(4, cut)
        assert end(vault, conn, branch, cut._replace(hash=b"x" * 32)) == End(2, None)
        conn.execute("DELETE FROM held_ranges")


def test_of_a_branch_set_aside_the_beginning_is_told(vault: Vault, device: bytes) -> None:
    """So that what it hangs on can be passed on with a signature."""
    with vault.store.writing() as conn:
        hashes = links(conn, device)
        going_on = split(conn, device, 2)
        items = written(2, 5)
        headers = [item.header for item in items]
        trunk = the_feed(conn, device)
        branch = fork_split.begin(conn, trunk, feeds.link(hashes[2], items[1].header))
        assert cut_off.quarantined(conn, branch) is None, "nothing has arrived"
        later = brought(vault, 4, b"l" * 32, items[2:])
        wait(conn, branch, later)
        assert cut_off.quarantined(conn, branch) is None, "nor its beginning"
        exact = brought(vault, 3, hashes[2], items[1:2], headers[2:3])
        wait(conn, branch, exact)
        assert cut_off.quarantined(conn, branch) == (headers[1:3], exact.signature)
        longer = brought(vault, 2, hashes[1], items[:3], headers[3:])
        wait(conn, branch, longer)
        assert cut_off.quarantined(conn, branch) == (headers[1:], longer.signature)
        for feed in (trunk, trunk._replace(held=0), going_on):
            part = brought(vault, feed.base + 1, b"p" * 32, written(feed.base + 1, feed.base + 1))
            if feed.held:
                wait(conn, feed, part)
            assert cut_off.quarantined(conn, feed) is None, "something of it counts, or it is no branch"
        conn.execute("DELETE FROM held_ranges")
