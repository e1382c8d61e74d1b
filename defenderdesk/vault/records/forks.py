"""Forked feeds: one device, two histories (a restored backup or a cloned laptop went on writing).

Both are kept. The feed ends where they part, at its *base*; each goes on as a *branch*, a feed of
its own whose name is a hash of the device's and of its first link, so that every replica calls it
the same, whichever of several forks it saw first. A change of the feed's device that another
device replaced after the base could mean either branch: it replaces in neither, and both values
stand until a person settles it.

Here feeds and branches are read; `fork_split` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.branches import Branch
from defenderdesk.vault.records import apply
from defenderdesk.vault.storage.database import Connection

if TYPE_CHECKING:  # few vaults keep a range that waits: what reads one is loaded then
    from defenderdesk.bundle import ranges

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


def tree(conn: Connection, desk: int) -> dict[bytes, Branch]:
    """Every branch of a desk's feeds."""
    return {
        bytes(name): Branch(bytes(parent), base)
        for name, parent, base in conn.execute(
            "SELECT device, parent, base FROM feeds WHERE desk = ? AND parent IS NOT NULL", (desk,)
        )
    }


def within(conn: Connection, trunk: Feed) -> list[Feed]:
    """A feed and every branch that comes of it."""
    out = [trunk]
    for branch in branches(conn, trunk.desk, trunk.device):
        out += within(conn, branch)
    return out


def decoder(conn: Connection, desk: int, device: bytes, most: int | None = None) -> Decode:
    """Reads the changes of a feed (`most`: values that those which arrive may become). What a branch
    says of its own past lies in the feed that it comes of."""
    trunks: list[tuple[int, bytes]] = []
    here = feed(conn, desk, device)
    while here is not None and here.parent is not None:
        trunks.append((here.base, here.parent))
        here = feed(conn, desk, here.parent)
    if not trunks:
        return lambda items: changes.read_changes(items, device, most)

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
            for name, op, value, dots in changes.read_changes(items, device, most)
        ]

    return read


def chain_at(conn: Connection, num: int, seq: int) -> bytes:
    """The chain's hash behind change set `seq` of a feed; of 0 (or of where a branch begins) the
    hash that the first one follows. Also of what was set aside: a branch may hang on it."""
    row = conn.execute("SELECT hash FROM change_sets WHERE id = ?", (apply.set_id(num, seq),)).fetchone()
    if row:
        return bytes(row[0])
    workspace, desk, device, parent, base = conn.execute(
        "SELECT (SELECT value FROM meta WHERE name = 'workspace'), d.id, f.device, f.parent, "
        "f.base FROM feeds f JOIN desks d ON d.num = f.desk WHERE f.num = ?",
        (num,),
    ).fetchone()
    if seq > base and (aside := _quarantined_link(conn, num, seq)):
        return aside
    if parent is None:
        return feeds.genesis(msgspec.msgpack.decode(workspace), desk, device)
    [trunk] = conn.execute(
        "SELECT p.num FROM feeds p JOIN feeds f ON p.desk = f.desk AND p.device = f.parent WHERE f.num = ?",
        (num,),
    ).fetchone()
    return chain_at(conn, trunk, base)


def _quarantined_link(conn: Connection, num: int, seq: int) -> bytes | None:
    for data, packed in conn.execute(
        "SELECT data, detail FROM held_ranges WHERE feed = ?1 AND first <= ?2 AND last >= ?2",
        (num, seq),
    ):
        from defenderdesk.bundle import ranges

        brought = held_range(b"", data, packed)
        return ranges.links(brought)[seq - brought.first]
    return None


def held_range(origin: bytes, data: bytes, packed: bytes) -> ranges.Range:
    """A range that waits or was set aside, as `held_ranges` keeps it; `origin` signed it."""
    from defenderdesk.bundle import manifest, ranges

    detail = {**msgspec.msgpack.decode(packed), "device": origin}
    return ranges.unpack(data, manifest.Part(manifest.FEED, len(data), b"", detail))
