"""The end of the feed of a device that lost its desk, branches among them.

The log states an end (a *cut*) of the feed as whoever removed the device held it. Where a fork
of that feed comes to light only afterwards, the end lies in one of the branches: in it the work
counts up to there, as it did before; in the others nothing does until it is taken in. So the
holder of a copy of a removed laptop can neither add to what counts nor take from it.
"""

from __future__ import annotations

from typing import NamedTuple

from defenderdesk.bundle import ranges
from defenderdesk.bundle.membership import Cut, Roster
from defenderdesk.ledger import branches, feeds
from defenderdesk.vault.records import apply, forks
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.storage.database import Connection


class End(NamedTuple):
    """The number up to which a feed counts, and the cut that says so; None: only that it goes no
    further than what is held, or than where it parted."""

    seq: int
    cut: Cut | None


def of(
    conn: Connection,
    roster: Roster,
    desk_id: bytes,
    feed: Feed,
    brought: ranges.Range | None = None,
) -> End | None:
    """The end of a feed; None: it does not. `brought`: a range of it that is on its way in."""
    seq = roster.bound(desk_id, feed.device, feed.origin, feed.held)
    if seq is None:
        return None
    end = End(seq, roster.cuts.get((desk_id, feed.device)))
    if feed.parent is None:
        return end
    above = branches.lineage(forks.tree(conn, feed.desk), feed.device)[1:]
    stated = [cut for name in above if (cut := roster.cuts.get((desk_id, name)))]
    if stated and end.cut is None:
        end = End(feed.base, None)
    for cut in stated:
        if cut.seq > max(end.seq, feed.base) and _leads_to(conn, feed, cut, brought):
            end = End(cut.seq, cut)
    return end


def _leads_to(conn: Connection, feed: Feed, cut: Cut, brought: ranges.Range | None) -> bool:
    """Tells whether a feed, or a branch of it, is the history in which a cut lies."""
    if brought is not None and _has(brought, cut):
        return True
    for one in forks.within(conn, feed):
        row = conn.execute(
            "SELECT hash FROM change_sets WHERE id = ?", (apply.set_id(one.num, cut.seq),)
        ).fetchone()
        if row and bytes(row[0]) == cut.hash:
            return True
        for data, packed in conn.execute(
            "SELECT data, detail FROM held_ranges WHERE feed = ?1 AND first <= ?2 AND last >= ?2",
            (one.num, cut.seq),
        ):
            if _has(forks.held_range(one.origin, data, packed), cut):
                return True
    return False


def _has(brought: ranges.Range, cut: Cut) -> bool:
    chain = brought.previous
    headers = [*(item.header for item in brought.items), *brought.tail]
    for seq, header in enumerate(headers, brought.first):
        chain = feeds.link(chain, header)
        if seq == cut.seq:
            return chain == cut.hash
    return False


def quarantined(conn: Connection, feed: Feed) -> tuple[list[bytes], bytes] | None:
    """The beginning of a branch of which nothing counts: its headers up to a signature, and that.
    None where something counts, or nothing has arrived."""
    if feed.parent is None or feed.held > feed.base:
        return None
    kept = conn.execute(
        "SELECT data, detail FROM held_ranges WHERE feed = ?1 AND first <= ?2 AND last >= ?2 "
        "ORDER BY first LIMIT 1",
        (feed.num, feed.base + 1),
    ).fetchone()
    if kept is None:
        return None
    brought = forks.held_range(feed.origin, *kept)
    headers = [*(item.header for item in brought.items), *brought.tail]
    return headers[feed.base + 1 - brought.first :], brought.signature
