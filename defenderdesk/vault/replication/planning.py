"""Plans what goes into a bundle: the ranges and chunks that the receivers lack, read in one
snapshot."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from defenderdesk.bundle import manifest, ranges
from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import Roster
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridRecipient, seal_bytes
from defenderdesk.errors import VaultDamagedError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault.identity import members
from defenderdesk.vault.records import cut_off, forks
from defenderdesk.vault.records.apply import SEQ_BITS, set_id
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store

GRANT_VERSION = 1


class Wanted(NamedTuple):
    """A range of a feed that somebody lacks: the feed's row and name, first and last."""

    num: int
    feed: bytes
    first: int
    last: int


@dataclass
class Plan:
    """The ranges that receivers lack of feeds and `chunks` (hash, size). `parted`: feeds of which a
    receiver holds another history than this vault."""

    wanted: list[Wanted] = field(default_factory=list)
    chunks: list[tuple[bytes, int]] = field(default_factory=list)
    change_sets: int = 0
    changes: int = 0
    with_acts: bool = True
    parted: list[bytes] = field(default_factory=list)


def own_receipt(conn: Connection, desk: members.DeskKeys, roster: bytes) -> Receipt:
    """The receipt for what this vault holds of a desk; `roster`: the digest of its membership. Of a
    feed with another history whose beginning it lacks, it says that it holds nothing, and so is
    sent all."""
    holds, heads = {}, {}
    for feed, held, chain in conn.execute(
        "SELECT f.device, f.held, f.hash FROM feeds f LEFT JOIN suspects s "
        "ON s.desk = f.desk AND s.device = f.device WHERE f.desk = ? AND s.device IS NULL",
        (desk.num,),
    ):
        if held:
            holds[bytes(feed)] = held
            heads[bytes(feed)] = bytes(chain)[:16]
    missing = [
        bytes(row[0])
        for row in conn.execute(
            "SELECT hash FROM chunks WHERE desk = ? AND present = 0 ORDER BY hash LIMIT ?",
            (desk.num, manifest.MAX_MISSING + 1),
        )
    ]
    return Receipt(
        holds,
        tuple(missing[: manifest.MAX_MISSING]),
        len(missing) > manifest.MAX_MISSING,
        roster,
        heads,
        desk.sealing.name,
    )


def save_receipt(conn: Connection, device: bytes, desk: int, created: int, receipt: Receipt) -> None:
    """Keeps a device's receipt, unless a later one is kept: by its clock, or, where that was set
    meanwhile, by what it holds."""
    kept = receipt_of(conn, device, desk)
    more = kept is not None and _holds_more(receipt, kept)
    data = msgspec.msgpack.encode(
        [
            list(receipt.holds.items()),
            receipt.missing,
            receipt.missing_all,
            receipt.roster,
            list(receipt.heads.items()),
            receipt.key,
        ]
    )
    conn.execute(
        "INSERT INTO receipts VALUES (?, ?, ?, ?) ON CONFLICT (device, desk) DO UPDATE SET "
        "created = excluded.created, receipt = excluded.receipt "
        "WHERE excluded.created > created OR ?",
        (device, desk, created, data, more),
    )
    _confirm(conn, desk, receipt)


def _holds_more(receipt: Receipt, kept: Receipt) -> bool:
    """Tells whether a receipt says more than another one and nothing less; no older one does."""
    return len(receipt.holds) + sum(receipt.holds.values()) > len(kept.holds) + sum(
        kept.holds.values()
    ) and all(receipt.holds.get(feed, 0) >= held for feed, held in kept.holds.items())


def confirm_feeds(conn: Connection, desk: int, receipt: Receipt) -> None:
    """Marks the feeds that a receipt covers as held elsewhere."""
    conn.executemany(
        "UPDATE feeds SET confirmed = max(confirmed, min(held, ?)) WHERE desk = ? AND device = ?",
        [(seq, desk, device) for device, seq in receipt.holds.items()],
    )


def _confirm(conn: Connection, desk: int, receipt: Receipt) -> None:
    """Marks what another device says it holds: it is no longer on this device alone."""
    confirm_feeds(conn, desk, receipt)
    if receipt.missing_all:
        return
    missing = set(receipt.missing)
    confirmed = [
        (name, desk)
        for (name,) in conn.execute(
            "SELECT c.hash FROM chunks c JOIN feeds f ON f.num = c.feed WHERE c.desk = ? "
            "AND c.confirmed = 0 AND c.seq <= f.confirmed",
            (desk,),
        ).fetchall()
        if name not in missing
    ]
    conn.executemany("UPDATE chunks SET confirmed = 1 WHERE hash = ? AND desk = ?", confirmed)


def receipt_of(conn: Connection, device: bytes, desk: int) -> Receipt | None:
    """The last receipt of a device, None if it never gave one."""
    row = conn.execute(
        "SELECT receipt FROM receipts WHERE device = ? AND desk = ?", (device, desk)
    ).fetchone()
    return _unpacked(row[0]) if row else None


def _unpacked(data: bytes) -> Receipt:
    holds, missing, missing_all, roster, heads, key = msgspec.msgpack.decode(data)
    return Receipt(dict(holds), tuple(missing), missing_all, roster, dict(heads), key)


def said_last(conn: Connection, device: bytes, desk: int) -> tuple[int, Receipt] | None:
    """(when, in ms of its clock, the receipt) that a device gave last, also where it counts no more
    because the desk was taken from it; None where it never gave one."""
    for table in ("receipts", "last_receipts"):
        row = conn.execute(
            f"SELECT created, receipt FROM {table} WHERE device = ? AND desk = ?",  # noqa: S608
            (device, desk),
        ).fetchone()
        if row:
            return int(row[0]), _unpacked(row[1])
    return None


def diverged(conn: Connection, desk: int, receipt: Receipt) -> list[bytes]:
    """The feeds of which a receipt's device holds another history than this vault, as far as
    both hold it."""
    out = []
    for feed, head in receipt.heads.items():
        row = conn.execute(
            "SELECT c.hash FROM feeds f JOIN change_sets c ON c.id = (f.num << 40 | ?) "
            "WHERE f.desk = ? AND f.device = ?",
            (receipt.holds.get(feed, 0), desk, feed),
        ).fetchone()
        if row and bytes(row[0])[:16] != head:
            out.append(feed)
    return out


def plan(conn: Connection, desk: members.DeskKeys, mine: Receipt, receipts: Sequence[Receipt | None]) -> Plan:
    """The plan of all that any receiver lacks (one without a receipt lacks everything); `mine`: this
    vault's own receipt. Of a feed that parted, everything goes out."""
    theirs: feeds.VersionVector = dict(mine.holds)
    missing: set[bytes] = set()
    missing_all, rosters_equal = False, True
    out = Plan()
    for receipt in receipts:
        theirs = feeds.meet(theirs, receipt.holds) if receipt else {}
        rosters_equal &= receipt is not None and receipt.roster == mine.roster
        if receipt:
            missing.update(receipt.missing)
            missing_all |= receipt.missing_all
            for feed in diverged(conn, desk.num, receipt):
                theirs.pop(feed, None)
                out.parted.append(feed)
    out.with_acts = not rosters_equal
    rows = {
        bytes(feed): (num, base)
        for num, feed, base in conn.execute(
            "SELECT num, device, max(base, partial) FROM feeds WHERE desk = ?", (desk.num,)
        )
    }
    holds: feeds.VersionVector = dict(
        conn.execute("SELECT device, held FROM feeds WHERE desk = ? AND held > 0", (desk.num,)).fetchall()
    )
    lacking = feeds.lacks(holds, theirs)
    lacking.sort(key=lambda item: (rows[item[0]][1], item[0]))  # what branches begin in, first
    for feed, first, last in lacking:
        num, base = rows[feed]
        first = max(first, base + 1)
        if first > last:
            continue
        out.wanted.append(Wanted(num, feed, first, last))
        sets, count = conn.execute(
            "SELECT count(*), coalesce(sum(count), 0) FROM change_sets WHERE id BETWEEN ? AND ?",
            (set_id(num, first), set_id(num, last)),
        ).fetchone()
        out.change_sets += sets
        out.changes += count
    known = {rows[feed][0]: seq for feed, seq in theirs.items() if feed in rows}
    for name, size, num, seq in conn.execute(
        "SELECT hash, size, feed, seq FROM chunks WHERE desk = ? AND present = 1 ORDER BY feed, seq, hash",
        (desk.num,),
    ):
        if missing_all or name in missing or seq > known.get(num, 0):
            out.chunks.append((bytes(name), size))
    return out


def feed_sources(
    conn: Connection, wanted: Sequence[Wanted], keep: Set[bytes] | None = None
) -> Iterator[Source]:
    """The parts that carry these ranges. `conn` must see one snapshot until they are written.
    `keep`: only these records' content; the rest as commitments, so that all still verifies."""
    for num, feed, first, last in wanted:
        for start, end in cuts(conn, num, first, last):
            make = functools.partial(_range_bytes, conn, num, feed, start, end, keep)
            data, detail = packed(conn, num, feed, start, end, keep)
            yield Source(manifest.FEED, detail, make, first=data)


def cuts(conn: Connection, num: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cuts a range into parts that each end at a signed change set (the last one, where a feed
    was cut between two, needs a `tail`)."""
    start, size, signed, size_at_signed = first, 0, 0, 0
    found: list[tuple[int, int]] = []
    for row, length, has_signature in conn.execute(
        "SELECT id, length(header) + length(body) + 12, signature IS NOT NULL FROM change_sets "
        "WHERE id BETWEEN ? AND ? ORDER BY id",
        (set_id(num, first), set_id(num, last)),
    ):
        seq = row - set_id(num, 0)
        if size + length > ranges.TARGET and signed >= start:
            found.append((start, signed))
            start, size = signed + 1, size - size_at_signed
        size += length
        if has_signature:
            signed, size_at_signed = seq, size
    if start <= last:
        found.append((start, last))
    yield from found


def packed(
    conn: Connection,
    num: int,
    feed: bytes,
    first: int,
    last: int,
    keep: Set[bytes] | None = None,
) -> tuple[bytes, dict[str, object]]:
    """(bytes, detail) of the part that carries change sets `first` to `last` of a feed."""
    rows = conn.execute(
        "SELECT header, body FROM change_sets WHERE id BETWEEN ? AND ? ORDER BY id",
        (set_id(num, first), set_id(num, last)),
    ).fetchall()
    origin, parent, base, desk = conn.execute(
        "SELECT coalesce(origin, device), parent, base, desk FROM feeds WHERE num = ?", (num,)
    ).fetchone()
    tail, signature = _signed_end(conn, desk, num, feed, last)
    items = [ChangeSet(header, body if keep is None else _only(header, body, keep)) for header, body in rows]
    previous = forks.chain_at(conn, num, first - 1)
    data, detail = ranges.pack(ranges.Range(origin, first, previous, signature, items, tail))
    if parent is not None:
        detail |= {"feed": feed, "parent": parent, "base": base}
    if keep is not None:
        detail["partial"] = True
    return data, detail


def _only(header: bytes, body: bytes, keep: Set[bytes]) -> bytes:
    """A change set's body with the content of these records only."""
    [read] = changes.read_bodies([body], changes.read_headers([header]))
    gone = [at for at, (record, data) in enumerate(read.items) if data is not None and record not in keep]
    return changes.redact(body, gone) if gone else body


def _signed_end(conn: Connection, desk: int, num: int, feed: bytes, last: int) -> tuple[list[bytes], bytes]:
    """The headers that lead from `last` to a signed change set, and its signature: none where
    `last` is signed itself; else through one of the branches that begin there, even one that is
    set aside."""
    # Nearly always `last` itself; each row that is looked at beyond it costs as many again.
    found = conn.execute(
        "SELECT id, signature FROM change_sets WHERE id BETWEEN ? AND ? "
        "AND signature IS NOT NULL ORDER BY id LIMIT 1",
        (set_id(num, last), set_id(num, 2**SEQ_BITS - 1)),
    ).fetchone()
    if found:
        return _headers(conn, set_id(num, last + 1), found[0]), bytes(found[1])
    end = conn.execute("SELECT held FROM feeds WHERE num = ?", (num,)).fetchone()[0]
    tail = _headers(conn, set_id(num, last + 1), set_id(num, end))
    for branch in forks.branches(conn, desk, feed):
        if branch.base == end and branch.held > end:
            more, signature = _signed_end(conn, desk, branch.num, branch.device, end + 1)
            first = set_id(branch.num, end + 1)
            return [*tail, *_headers(conn, first, first), *more], signature
        if quarantined := cut_off.quarantined(conn, branch):  # its device was removed; its key signed all
            return [*tail, *quarantined[0]], quarantined[1]
    raise VaultDamagedError(what="a feed ends without a signature")


def _headers(conn: Connection, first: int, last: int) -> list[bytes]:
    """The headers of change sets by row."""
    rows = conn.execute("SELECT header FROM change_sets WHERE id BETWEEN ? AND ? ORDER BY id", (first, last))
    return [row[0] for row in rows]


def _range_bytes(
    conn: Connection, num: int, feed: bytes, first: int, last: int, keep: Set[bytes] | None
) -> bytes:
    return packed(conn, num, feed, first, last, keep)[0]


def chunk_source(store: Store, name: bytes, size: int) -> Source:
    """The part that carries one attachment chunk."""
    return Source(manifest.CHUNK, {}, functools.partial(store.chunks.get, name), known=(size, name))


def grantable(roster: Roster, desk: bytes, names: Set[bytes] | None) -> Set[bytes]:
    """Of these keys (None: all), those that the log names. A key whose renewal came to nothing may
    still lie here to open with; whoever is given it would refuse the whole bundle."""
    named = {key.name for key in roster.keys.get(desk, ())}
    return named if names is None else named & names


def grant_source(
    desk: members.DeskKeys,
    workspace: bytes,
    device: bytes,
    recipient: bytes,
    names: Set[bytes] | None = None,
) -> Source:
    """The part that gives a desk's keys to one device; `names`: only these."""
    keys = [[k.epoch, k.key] for k in desk.keys if names is None or k.name in names]
    data = canonical.encode([GRANT_VERSION, workspace, desk.id, desk.name, desk.box, keys])
    sealed = seal_bytes(data, [HybridRecipient(recipient)])
    return Source(manifest.GRANT, {"device": device}, lambda: sealed)
