"""What goes into a bundle: the ranges and chunks that the receivers lack, read in one snapshot."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from defenderdesk.bundle import manifest, membership, ranges
from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridRecipient, seal_bytes
from defenderdesk.ledger import feeds
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault import members
from defenderdesk.vault.apply import set_id
from defenderdesk.vault.database import Connection
from defenderdesk.vault.store import Store

GRANT_VERSION = 1


@dataclass
class Plan:
    """What receivers lack: `wanted` feeds (row, device, first, last), `chunks` (hash, size)."""

    wanted: list[tuple[int, bytes, int, int]] = field(default_factory=list)
    chunks: list[tuple[bytes, int]] = field(default_factory=list)
    change_sets: int = 0
    changes: int = 0
    with_certificates: bool = True


def own_receipt(conn: Connection, desk: int) -> Receipt:
    """What this vault holds of a desk."""
    holds = {
        bytes(device): held
        for device, held in conn.execute("SELECT device, held FROM feeds WHERE desk = ?", (desk,))
        if held
    }
    missing = [
        bytes(row[0])
        for row in conn.execute(
            "SELECT hash FROM chunks WHERE desk = ? AND present = 0 ORDER BY hash LIMIT ?",
            (desk, manifest.MAX_MISSING + 1),
        )
    ]
    return Receipt(
        holds,
        tuple(missing[: manifest.MAX_MISSING]),
        len(missing) > manifest.MAX_MISSING,
        membership.roster(members.certificates(conn)),
    )


def save_receipt(
    conn: Connection, device: bytes, desk: int, created: int, receipt: Receipt
) -> None:
    """Keeps a device's receipt, unless a later one is kept."""
    data = msgspec.msgpack.encode(
        [list(receipt.holds.items()), receipt.missing, receipt.missing_all, receipt.roster]
    )
    conn.execute(
        "INSERT INTO receipts VALUES (?, ?, ?, ?) ON CONFLICT (device, desk) DO UPDATE SET "
        "created = excluded.created, receipt = excluded.receipt "
        "WHERE excluded.created > created",
        (device, desk, created, data),
    )
    _confirm(conn, desk, receipt)


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
    if row is None:
        return None
    holds, missing, missing_all, roster = msgspec.msgpack.decode(row[0])
    return Receipt(dict(holds), tuple(missing), missing_all, roster)


def plan(conn: Connection, desk: int, receipts: Sequence[Receipt | None]) -> Plan:
    """What any of the receivers lacks (a receiver without a receipt lacks everything)."""
    mine = own_receipt(conn, desk)
    theirs: feeds.VersionVector = dict(mine.holds)
    missing: set[bytes] = set()
    missing_all, rosters_equal = False, True
    for receipt in receipts:
        theirs = feeds.meet(theirs, receipt.holds) if receipt else {}
        rosters_equal &= receipt is not None and receipt.roster == mine.roster
        if receipt:
            missing.update(receipt.missing)
            missing_all |= receipt.missing_all
    out = Plan(with_certificates=not rosters_equal)
    rows = {
        bytes(device): num
        for num, device in conn.execute("SELECT num, device FROM feeds WHERE desk = ?", (desk,))
    }
    for device, first, last in feeds.lacks(mine.holds, theirs):
        num = rows[device]
        out.wanted.append((num, device, first, last))
        sets, changes = conn.execute(
            "SELECT count(*), coalesce(sum(count), 0) FROM change_sets WHERE id BETWEEN ? AND ?",
            (set_id(num, first), set_id(num, last)),
        ).fetchone()
        out.change_sets += sets
        out.changes += changes
    known = {rows[device]: seq for device, seq in theirs.items() if device in rows}
    for name, size, num, seq in conn.execute(
        "SELECT hash, size, feed, seq FROM chunks WHERE desk = ? AND present = 1 "
        "ORDER BY feed, seq, hash",
        (desk,),
    ):
        if missing_all or name in missing or seq > known.get(num, 0):
            out.chunks.append((bytes(name), size))
    return out


def feed_sources(
    conn: Connection, wanted: Sequence[tuple[int, bytes, int, int]]
) -> Iterator[Source]:
    """The parts that carry these ranges. `conn` must see one snapshot until they are written."""
    for num, device, first, last in wanted:
        for start, end in _cuts(conn, num, first, last):
            make = functools.partial(_range_bytes, conn, num, device, start, end)
            data, detail = _packed(conn, num, device, start, end)
            yield Source(manifest.FEED, detail, make, first=data)


def _cuts(conn: Connection, num: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cuts a range into parts that each end at a signed change set."""
    start, size, signed, size_at_signed = first, 0, 0, 0
    cuts: list[tuple[int, int]] = []
    for row, length, has_signature in conn.execute(
        "SELECT id, length(header) + length(body) + 12, signature IS NOT NULL FROM change_sets "
        "WHERE id BETWEEN ? AND ? ORDER BY id",
        (set_id(num, first), set_id(num, last)),
    ):
        seq = row - set_id(num, 0)
        if size + length > ranges.TARGET and signed >= start:
            cuts.append((start, signed))
            start, size = signed + 1, size - size_at_signed
        size += length
        if has_signature:
            signed, size_at_signed = seq, size
    if start <= last:
        cuts.append((start, last))
    yield from cuts


def _packed(
    conn: Connection, num: int, device: bytes, first: int, last: int
) -> tuple[bytes, dict[str, object]]:
    rows = conn.execute(
        "SELECT header, body FROM change_sets WHERE id BETWEEN ? AND ? ORDER BY id",
        (set_id(num, first), set_id(num, last)),
    ).fetchall()
    signature = conn.execute(
        "SELECT signature FROM change_sets WHERE id = ?", (set_id(num, last),)
    ).fetchone()[0]
    if first == 1:
        desk_id, workspace = conn.execute(
            "SELECT d.id, (SELECT value FROM meta WHERE name = 'workspace') FROM feeds f "
            "JOIN desks d ON d.num = f.desk WHERE f.num = ?",
            (num,),
        ).fetchone()
        previous = feeds.genesis(msgspec.msgpack.decode(workspace), desk_id, device)
    else:
        previous = conn.execute(
            "SELECT hash FROM change_sets WHERE id = ?", (set_id(num, first - 1),)
        ).fetchone()[0]
    items = [ChangeSet(header, body) for header, body in rows]
    return ranges.pack(ranges.Range(device, first, previous, signature, items))


def _range_bytes(conn: Connection, num: int, device: bytes, first: int, last: int) -> bytes:
    return _packed(conn, num, device, first, last)[0]


def chunk_source(store: Store, name: bytes, size: int) -> Source:
    """The part that carries one attachment chunk."""
    return Source(manifest.CHUNK, {}, functools.partial(store.chunks.get, name), known=(size, name))


def grant_source(
    desk: members.DeskKeys, workspace: bytes, device: bytes, recipient: bytes
) -> Source:
    """The part that gives a desk's keys to one device."""
    data = canonical.encode(
        [GRANT_VERSION, workspace, desk.id, desk.name, [list(item) for item in desk.keys]]
    )
    sealed = seal_bytes(data, [HybridRecipient(recipient)])
    return Source(manifest.GRANT, {"device": device}, lambda: sealed)
