"""The end of a removed device's work, and what the device wrote beyond it.

The log says how far each feed of a device without the desk counts (a *cut*: what the ones who
removed it held; see `cut_off`). What lies beyond is set aside: verified, kept, not shown; an
administrator can take it in. What a replica had applied already is taken out again, so that all
show the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from defenderdesk.bundle.membership import Cut, Member, Roster
from defenderdesk.ledger import feeds
from defenderdesk.vault.records import apply, cut_off, forks, rebuild
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.replication import planning
from defenderdesk.vault.replication.import_feed import FeedImport
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store


def cut(store: Store, conn: Connection, roster: Roster) -> None:
    """Ends every feed where its device's work ends, and goes on with those whose end was moved.
    A branch hangs on the feed that it parted from: it is set aside before that one is, and goes on
    after it."""
    found = _feeds(store, conn, roster)
    for desk, desk_id, feed, _ in found:
        end = cut_off.of(conn, roster, desk_id, feed)
        if end is not None and feed.held > end.seq:
            _quarantine(conn, feed.num, desk, feed.device, end.seq, feed.held)
    for desk, desk_id, before, author in reversed(found):
        feed = forks.feed(conn, desk, before.device) or before
        end = cut_off.of(conn, roster, desk_id, feed)
        if held_in_quarantine(conn, feed.num, feed.held) and (end is None or end.seq > feed.held):
            vectors: feeds.VersionVector = dict(
                conn.execute("SELECT device, held FROM feeds WHERE desk = ?", (desk,)).fetchall()
            )
            FeedImport(store, conn, roster, desk, desk_id, author, vectors, feed=feed.device).take_held()
        if end and end.cut:  # what is passed on needs a signature where it ends now
            conn.execute(
                "UPDATE change_sets SET signature = ? WHERE id = ? AND hash = ? AND signature IS NULL",
                (end.cut.signature, apply.set_id(feed.num, end.seq), end.cut.hash),
            )


def _feeds(store: Store, conn: Connection, roster: Roster) -> list[tuple[int, bytes, Feed, Member]]:
    """(desk, its id, feed, author), the branches before what they parted from. Not this device's
    own: what is here alone is shown until somebody else has it (`revoke_desk`)."""
    out = []
    for desk, desk_id, device in conn.execute(
        "SELECT f.desk, d.id, f.device FROM feeds f JOIN desks d ON d.num = f.desk "
        "ORDER BY f.base DESC, f.parent IS NULL, f.num"
    ).fetchall():
        feed = forks.feed(conn, desk, device)
        author = roster.devices.get(feed.origin) if feed else None
        if feed is None or author is None:
            continue
        latest = roster.latest(feed.origin)
        if latest is None or latest.device != store.device:
            out.append((desk, bytes(desk_id), feed, author))
    return out


def _quarantine(conn: Connection, num: int, desk: int, device: bytes, end: int, held: int) -> None:
    for first, last in planning.cuts(conn, num, end + 1, held):
        data, detail = planning.packed(conn, num, device, first, last)
        kept = {k: v for k, v in detail.items() if k != "device"}
        conn.execute(
            "INSERT OR IGNORE INTO held_ranges VALUES (?, ?, ?, ?, ?)",
            (num, first, last, data, msgspec.msgpack.encode(kept)),
        )
    drop(conn, num, desk, end)


def drop(conn: Connection, num: int, desk: int, end: int) -> None:
    """Takes the change sets of a feed after `end` out, and what they did."""
    first, last = apply.set_id(num, end + 1), apply.set_id(num, 2**apply.SEQ_BITS - 1)
    sets = [r[0] for r in conn.execute("SELECT id FROM change_sets WHERE id BETWEEN ? AND ?", (first, last))]
    records = rebuild.touched(conn, sets)
    conn.execute("DELETE FROM change_sets WHERE id BETWEEN ? AND ?", (first, last))
    conn.execute("DELETE FROM erasures WHERE id BETWEEN ? AND ?", (first, last))
    conn.execute(
        "UPDATE feeds SET held = ?1, confirmed = min(confirmed, ?1), hash = ?2 WHERE num = ?3",
        (end, forks.chain_at(conn, num, end), num),
    )
    rebuild.replay(conn, desk, records)


def held_in_quarantine(conn: Connection, num: int, held: int) -> bool:
    """Tells whether ranges beyond what is held wait for this feed."""
    return bool(
        conn.execute("SELECT 1 FROM held_ranges WHERE feed = ? AND last > ? LIMIT 1", (num, held)).fetchone()
    )


def count_quarantined(conn: Connection, device: bytes) -> int:
    """The number of change sets that a device wrote beyond its end, as far as they have arrived."""
    return sum(
        last - held
        for held, last in conn.execute(
            "SELECT f.held, max(h.last) FROM held_ranges h JOIN feeds f ON f.num = h.feed "
            "WHERE coalesce(f.origin, f.device) = ? AND h.last > f.held GROUP BY f.num",
            (device,),
        )
    )


def ends_with_quarantined(store: Store, device: bytes) -> Iterator[tuple[bytes, Cut]]:
    """(desk, cut) of where the feeds of a device would end with all that was set aside."""
    conn = store.reader
    for num, desk, feed, held in conn.execute(
        "SELECT f.num, d.id, f.device, f.held FROM feeds f JOIN desks d ON d.num = f.desk "
        "WHERE coalesce(f.origin, f.device) = ?",
        (device,),
    ).fetchall():
        end: Cut | None = None
        reached = held
        for first, last, data, packed in conn.execute(
            "SELECT first, last, data, detail FROM held_ranges WHERE feed = ? AND last > ? ORDER BY first",
            (num, held),
        ):
            if first > reached + 1:
                break
            brought = forks.held_range(device, data, packed)
            chain = brought.previous
            for item in brought.items:
                chain = feeds.link(chain, item.header)
            reached = max(reached, last)
            end = Cut(feed, last, chain, brought.signature)
        if end:
            yield desk, end
