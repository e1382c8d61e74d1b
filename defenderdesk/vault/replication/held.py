"""Holdings, as an exchange asks for them: feeds, chunks, and what could be opened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Set

from defenderdesk.bundle.manifest import Receipt
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.storage.database import Connection


def receipt_of_own(conn: Connection, desk: DeskKeys, line: Set[bytes], held: Receipt, aside: bool) -> Receipt:
    """The receipt for what is held here of the work of one device (`line`: what it is and was
    called), and of nobody else's. `held`: this device's receipt; `aside`: something of theirs was
    set aside."""
    own = {
        bytes(feed): num
        for feed, num, origin in conn.execute(
            "SELECT device, num, coalesce(origin, device) FROM feeds WHERE desk = ?", (desk.num,)
        )
        if bytes(origin) in line
    }
    chunks = {
        bytes(name)
        for num in own.values()
        for (name,) in conn.execute("SELECT hash FROM chunks WHERE feed = ?", (num,))
    }
    # Saves that were set aside are here all the same. Their attachments are not taken in before
    # they are accepted: they must not leave the laptop until then.
    holds = {feed: count for feed, count in held.holds.items() if feed in own}
    for feed, num in own.items():
        for first, last in conn.execute(
            "SELECT first, last FROM held_ranges WHERE feed = ? ORDER BY first", (num,)
        ):
            if first <= holds.get(feed, 0) + 1:
                holds[feed] = max(holds.get(feed, 0), last)
    return Receipt(
        holds,
        tuple(name for name in held.missing if name in chunks),
        held.missing_all or aside,
        held.roster,
    )


def holds_desk(conn: Connection, desk: bytes) -> bool:
    """Tells whether a desk is here: a bundle that came may have taken it away."""
    return conn.execute("SELECT 1 FROM desks WHERE id = ?", (desk,)).fetchone() is not None


def held_of_feeds(conn: Connection, desk: int) -> dict[bytes, int]:
    """The number up to which each feed of a desk is held."""
    rows = conn.execute("SELECT device, held FROM feeds WHERE desk = ?", (desk,)).fetchall()
    return {bytes(device): int(held) for device, held in rows}


def branched_feeds(conn: Connection) -> set[bytes]:
    """The feeds of which two histories exist."""
    rows = conn.execute("SELECT parent FROM feeds WHERE parent IS NOT NULL")
    return {bytes(row[0]) for row in rows}


def chunks_present(conn: Connection, desk: int) -> list[tuple[bytes, int]]:
    """(hash, size) of every chunk of a desk that is here, in the order of the work that names them."""
    rows = conn.execute(
        "SELECT hash, size FROM chunks WHERE desk = ? AND present = 1 ORDER BY feed, seq, hash",
        (desk,),
    )
    return [(bytes(name), int(size)) for name, size in rows]


def chunk_is_here(conn: Connection, desk: int, name: bytes) -> bool | None:
    """Tells whether a chunk that the desk's work names is here; None where nothing names it."""
    row = conn.execute("SELECT present FROM chunks WHERE hash = ? AND desk = ?", (name, desk)).fetchone()
    return None if row is None else bool(row[0])


def opening_digest(conn: Connection, desk: DeskKeys, membership: bytes) -> bytes:
    """A digest of what decides whether a bundle can be opened here: the desk's keys, and who is
    known (`membership`: the digest of the log of acts)."""
    digest = hashlib.sha256(membership)
    for epoch, key in conn.execute(
        "SELECT epoch, key FROM desk_keys WHERE desk = ? ORDER BY epoch, key", (desk.num,)
    ):
        digest.update(int(epoch).to_bytes(4, "big") + bytes(key))
    return digest.digest()[:16]


def confirm_chunks(conn: Connection, desk: int, names: Iterable[bytes]) -> None:
    """These chunks are no longer on this device alone."""
    conn.executemany(
        "UPDATE chunks SET confirmed = 1 WHERE hash = ? AND desk = ?",
        [(name, desk) for name in names],
    )
