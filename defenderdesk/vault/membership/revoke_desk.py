"""A desk that was taken from this device leaves it: a device holds only the desks it was granted.

It goes with its keys, once nothing of this device's own work in it is here alone: what nobody else
has received stays until it was handed over, and is named.
"""

from __future__ import annotations

from typing import Any

from defenderdesk.bundle.membership import Roster
from defenderdesk.ledger import changes, clock
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.records import apply, rebuild
from defenderdesk.vault.storage import database, registry
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Waiting

_LEFT = "left."
"""The extent of this device's own work in a desk when the desk left it: [save, hash of all]."""


def leave(store: Store, conn: Connection, roster: Roster) -> list[tuple[str, int]]:
    """Removes the desks that this device does not hold any more. Returns those that stay for now:
    (name, change sets that nobody else has received)."""
    own = roster.devices.get(store.device)
    if own is None or not own.present:
        return []
    stay = []
    mine = own.line
    whose = f"coalesce(origin, device) IN ({', '.join('?' * len(mine))})"
    for num, desk, name in conn.execute("SELECT num, id, name FROM desks").fetchall():
        if bytes(desk) in own.desks:
            continue
        [alone] = conn.execute(
            "SELECT coalesce(sum(held - max(confirmed, base)), 0) FROM feeds "  # noqa: S608
            f"WHERE desk = ? AND {whose} AND held > max(confirmed, base)",
            (num, *mine),
        ).fetchone()
        [unsent] = conn.execute(  # of those that were handed over, with an attachment that was not
            "SELECT count(DISTINCT c.feed << 40 | c.seq) FROM chunks c JOIN feeds f "  # noqa: S608
            f"ON f.num = c.feed WHERE f.desk = ? AND {whose} "
            "AND c.present = 1 AND c.confirmed = 0 AND c.seq <= f.confirmed",
            (num, *mine),
        ).fetchone()
        if alone + unsent:
            stay.append((name, int(alone + unsent)))
            continue
        _remove(store, conn, num)
    return stay


def waiting(store: Store) -> Waiting:
    """Work of this device that no other device and no server has confirmed yet, also of
    before it took a new key."""
    mine = rekey.names(store)
    with database.guard():
        feeds = store.reader.execute(
            "SELECT sum(c.count), min(c.id) FROM feeds f JOIN change_sets c "  # noqa: S608
            "ON c.id > (f.num << 40 | f.confirmed) AND c.id <= (f.num << 40 | f.held) "
            f"WHERE coalesce(f.origin, f.device) IN ({', '.join('?' * len(mine))}) "
            "GROUP BY f.num",
            mine,
        ).fetchall()
        chunks = store.reader.execute(
            "SELECT count(*) FROM chunks WHERE present = 1 AND confirmed = 0"
        ).fetchone()[0]
        times = [
            changes.read_headers([row[0]])[0].hlc
            for _, first in feeds
            for row in store.reader.execute("SELECT header FROM change_sets WHERE id = ?", (first,))
        ]
    oldest = clock.moment(min(times)) if times else None
    return Waiting(sum(int(count) for count, _ in feeds), int(chunks), oldest)


def leave_now(store: Store) -> None:
    """As `leave`, once what was here alone has been handed over."""
    own = store.roster.devices.get(store.device)
    desks = store.reader.execute("SELECT id FROM desks").fetchall()
    if own is not None and any(bytes(row[0]) not in own.desks for row in desks):
        with store.writing() as conn:
            leave(store, conn, store.roster)


def forget_receipts(conn: Connection, roster: Roster) -> None:
    """Forgets receipts: what somebody held of a desk that was taken from them counts no more: given
    it back, they need all of it."""
    for num, desk in conn.execute("SELECT num, id FROM desks").fetchall():
        for (device,) in conn.execute("SELECT device FROM receipts WHERE desk = ?", (num,)).fetchall():
            member = roster.devices.get(bytes(device))
            if member is None or bytes(desk) not in member.desks:
                _forget(conn, device, num)


def forget_receipts_of(conn: Connection, roster: Roster, device: bytes, desk: bytes) -> None:
    """As `forget_receipts`, where one hears of the taking and of the giving back at once."""
    member = roster.devices.get(device)
    line = member.line if member else (device,)
    for (num,) in conn.execute("SELECT num FROM desks WHERE id = ?", (desk,)).fetchall():
        for one in {*line, *roster.heirs.get(device, ())}:
            _forget(conn, one, num)


def _forget(conn: Connection, device: bytes, num: int) -> None:
    """Takes a receipt out of what counts; it stays as the last that the laptop said."""
    conn.execute(
        "INSERT OR REPLACE INTO last_receipts SELECT device, desk, created, receipt FROM receipts "
        "WHERE desk = ? AND device = ?",
        (num, device),
    )
    conn.execute("DELETE FROM receipts WHERE desk = ? AND device = ?", (num, device))


def brought_back(store: Store, conn: Connection, num: int, desk: bytes) -> bool:
    """Tells whether what is held of this device's own work in a desk is what went with the desk, to
    the last save: it was given back, and nobody wrote on in its name."""
    return bool(_own(store, conn, num) == store.meta(_LEFT + desk.hex(), None, conn))


def _own(store: Store, conn: Connection, num: int) -> list[Any] | None:
    row = conn.execute(
        "SELECT held, hash FROM feeds WHERE desk = ? AND device = ?", (num, store.device)
    ).fetchone()
    return [row[0], bytes(row[1])] if row and row[0] else None


def _remove(store: Store, conn: Connection, num: int) -> None:
    [desk] = conn.execute("SELECT id FROM desks WHERE num = ?", (num,)).fetchone()
    store.set_meta(_LEFT + bytes(desk).hex(), _own(store, conn, num))
    feeds = [row[0] for row in conn.execute("SELECT num FROM feeds WHERE desk = ?", (num,))]
    for feed in feeds:
        span = (apply.set_id(feed, 0), apply.set_id(feed + 1, 0) - 1)
        conn.execute("DELETE FROM change_sets WHERE id BETWEEN ? AND ?", span)
        conn.execute("DELETE FROM erasures WHERE id BETWEEN ? AND ?", span)
        conn.execute("DELETE FROM held_ranges WHERE feed = ?", (feed,))
    for (record,) in conn.execute("SELECT num FROM records WHERE desk = ?", (num,)).fetchall():
        rebuild.forget(conn, record)
    names = [bytes(row[0]) for row in conn.execute("SELECT hash FROM chunks WHERE desk = ?", (num,))]
    for table in ("chunks", "feeds", "receipts", "last_receipts", "suspects", "erased", "desk_keys"):
        conn.execute(f"DELETE FROM {table} WHERE desk = ?", (num,))  # noqa: S608
    for name in names:
        if not conn.execute("SELECT 1 FROM chunks WHERE hash = ?", (name,)).fetchone():
            store.chunks.remove(name)
    [box] = conn.execute("SELECT box FROM desks WHERE num = ?", (num,)).fetchone()
    # Given back one day, it is read from the beginning.
    for pattern in registry.patterns_of_desk(bytes(box).hex()):
        conn.execute("DELETE FROM meta WHERE name LIKE ?", (pattern,))
    conn.execute("DELETE FROM desks WHERE num = ?", (num,))
    store.set_meta("clean_wanted", True)
