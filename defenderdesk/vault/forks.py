"""Forked feeds: one device, two histories (a restored backup or a cloned laptop went on writing).

Both are kept. The feed ends where they part, at its *base*; each goes on as a *branch*, a feed of
its own whose name is a hash of the feed's and of its first link, so that every replica calls it
the same. A change of the feed's device that another device replaced after the base could mean
either branch: it replaces in neither, and both values stand until a person settles it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from defenderdesk.ledger import changes
from defenderdesk.vault import apply, refold
from defenderdesk.vault.database import Connection

_BRANCH = b"defenderdesk.org/v1/branch\x00"

Decode = Callable[[Sequence[bytes]], list[tuple[str, int, Any, Any]]]


class Feed(NamedTuple):
    """A feed's row. `origin`: the device that signs it; `parent`, `base`: where a branch begins."""

    num: int
    desk: int
    device: bytes
    held: int
    hash: bytes
    origin: bytes
    parent: bytes | None
    base: int


_COLUMNS = "num, desk, device, held, hash, coalesce(origin, device), parent, base"


def branch_id(feed: bytes, first_link: bytes) -> bytes:
    """16 bytes that name the branch of `feed` whose first change set gives this chain hash."""
    return hashlib.sha256(_BRANCH + feed + first_link).digest()[:16]


def feed(conn: Connection, desk: int, device: bytes) -> Feed | None:
    """The feed of that name in a desk."""
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM feeds WHERE desk = ? AND device = ?",  # noqa: S608
        (desk, device),
    ).fetchone()
    return Feed(*row) if row else None


def branches(conn: Connection, desk: int, device: bytes) -> list[Feed]:
    """The branches that begin in a feed."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM feeds WHERE desk = ? AND parent = ? ORDER BY device",  # noqa: S608
        (desk, device),
    ).fetchall()
    return [Feed(*row) for row in rows]


def within(conn: Connection, trunk: Feed) -> list[Feed]:
    """A feed and every branch that comes of it."""
    out = [trunk]
    for branch in branches(conn, trunk.desk, trunk.device):
        out += within(conn, branch)
    return out


def split(conn: Connection, trunk: Feed, base: int, link: bytes) -> Feed:
    """Ends a feed at `base`; what it holds beyond goes on as a branch, whose first chain hash is
    `link`. Returns the branch."""
    name = branch_id(trunk.device, link)
    made = conn.execute(
        "INSERT INTO feeds (desk, device, held, hash, confirmed, origin, parent, base) "
        "SELECT desk, ?1, held, hash, confirmed, ?2, device, ?3 FROM feeds WHERE num = ?4",
        (name, trunk.origin, base, trunk.num),
    ).lastrowid
    first, last = apply.set_id(trunk.num, base + 1), apply.set_id(trunk.num, trunk.held)
    moved = [
        row[0]
        for row in conn.execute(
            "SELECT id FROM change_sets WHERE id BETWEEN ? AND ?", (first, last)
        )
    ]
    renamed = {old: apply.set_id(made, apply.feed_and_seq(old)[1]) for old in moved}
    conn.executemany(
        "UPDATE change_sets SET id = ? WHERE id = ?", [(new, old) for old, new in renamed.items()]
    )
    conn.execute(
        "UPDATE chunks SET feed = ?1 WHERE feed = ?2 AND seq > ?3", (made, trunk.num, base)
    )
    conn.execute(
        "UPDATE feeds SET parent = ?1 WHERE desk = ?2 AND parent = ?3 AND base > ?4",
        (name, trunk.desk, trunk.device, base),
    )
    conn.executemany(
        "UPDATE erasures SET id = ? WHERE id = ?", [(new, old) for old, new in renamed.items()]
    )
    conn.execute(
        "UPDATE erased SET device = ?1 WHERE desk = ?2 AND device = ?3 AND seq > ?4",
        (name, trunk.desk, trunk.device, base),
    )
    conn.execute("DELETE FROM held_ranges WHERE feed = ?", (trunk.num,))
    kept = conn.execute(
        "SELECT hash FROM change_sets WHERE id = ?", (apply.set_id(trunk.num, base),)
    ).fetchone()
    from defenderdesk.vault.removal import chain_at

    chain = bytes(kept[0]) if kept else chain_at(conn, trunk.num, base)
    conn.execute(
        "UPDATE feeds SET held = ?1, confirmed = min(confirmed, ?1), hash = ?2 WHERE num = ?3",
        (base, chain, trunk.num),
    )
    refold.refold(conn, trunk.desk, refold.touched(conn, renamed.values()), renamed)
    found = feed(conn, trunk.desk, name)
    assert found is not None
    return found


def begin(conn: Connection, trunk: Feed, link: bytes) -> Feed:
    """The branch of a feed that begins where the feed ends; made if it is not there."""
    name = branch_id(trunk.device, link)
    conn.execute(
        "INSERT OR IGNORE INTO feeds (desk, device, held, hash, origin, parent, base) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (trunk.desk, name, trunk.held, trunk.hash, trunk.origin, trunk.device, trunk.held),
    )
    found = feed(conn, trunk.desk, name)
    assert found is not None
    return found


def decoder(conn: Connection, desk: int, device: bytes) -> Decode:
    """Reads the changes of a feed. What a branch says of its own past lies in the feed that it
    comes of."""
    trunks: list[tuple[int, bytes]] = []
    here = feed(conn, desk, device)
    while here is not None and here.parent is not None:
        trunks.append((here.base, here.parent))
        here = feed(conn, desk, here.parent)
    if not trunks:
        return lambda items: changes.read_changes(items, device)

    def owner(dot: changes.Dot) -> changes.Dot:
        author = dot[0]
        if author == device:
            for base, parent in trunks:
                if dot[1] > base:
                    break
                author = parent
        return (author, dot[1], dot[2])

    def read(items: Sequence[bytes]) -> list[tuple[str, int, Any, Any]]:
        return [
            (name, op, value, tuple(owner(dot) for dot in dots))
            for name, op, value, dots in changes.read_changes(items, device)
        ]

    return read
