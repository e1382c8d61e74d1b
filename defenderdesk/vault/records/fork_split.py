"""Making branches of a forked feed (see `forks`)."""

from __future__ import annotations

from defenderdesk.ledger.branches import branch_id
from defenderdesk.vault.records import apply, rebuild
from defenderdesk.vault.records.forks import Feed, chain_at, feed
from defenderdesk.vault.storage.database import Connection


def split(conn: Connection, trunk: Feed, base: int, link: bytes) -> Feed:
    """Ends a feed at `base`; what it holds beyond goes on as a branch, whose first chain hash is
    `link`. Returns the branch."""
    name = branch_id(trunk.origin, link)
    made = conn.execute(
        "INSERT INTO feeds (desk, device, held, hash, confirmed, origin, parent, base) "
        "SELECT desk, ?1, held, hash, confirmed, ?2, device, ?3 FROM feeds WHERE num = ?4",
        (name, trunk.origin, base, trunk.num),
    ).lastrowid
    first, last = apply.set_id(trunk.num, base + 1), apply.set_id(trunk.num, trunk.held)
    moved = [
        row[0] for row in conn.execute("SELECT id FROM change_sets WHERE id BETWEEN ? AND ?", (first, last))
    ]
    renamed = {old: apply.set_id(made, apply.feed_and_seq(old)[1]) for old in moved}
    conn.executemany(
        "UPDATE change_sets SET id = ? WHERE id = ?", [(new, old) for old, new in renamed.items()]
    )
    conn.execute("UPDATE chunks SET feed = ?1 WHERE feed = ?2 AND seq > ?3", (made, trunk.num, base))
    conn.execute(
        "UPDATE feeds SET parent = ?1 WHERE desk = ?2 AND parent = ?3 AND base > ?4",
        (name, trunk.desk, trunk.device, base),
    )
    conn.executemany("UPDATE erasures SET id = ? WHERE id = ?", [(new, old) for old, new in renamed.items()])
    conn.execute("DELETE FROM held_ranges WHERE feed = ?", (trunk.num,))
    chain = chain_at(conn, trunk.num, base)
    conn.execute(
        "UPDATE feeds SET held = ?1, confirmed = min(confirmed, ?1), hash = ?2 WHERE num = ?3",
        (base, chain, trunk.num),
    )
    rebuild.replay(conn, trunk.desk, rebuild.touched(conn, renamed.values()), renamed)
    found = feed(conn, trunk.desk, name)
    assert found is not None
    return found


def begin(conn: Connection, trunk: Feed, link: bytes) -> Feed:
    """The branch of a feed that begins where the feed ends; made if it is not there."""
    name = branch_id(trunk.origin, link)
    conn.execute(
        "INSERT OR IGNORE INTO feeds (desk, device, held, hash, origin, parent, base) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (trunk.desk, name, trunk.held, trunk.hash, trunk.origin, trunk.device, trunk.held),
    )
    found = feed(conn, trunk.desk, name)
    assert found is not None
    return found
