"""Takes over the database of a server of protocol 1: lists of devices with a column for who
administers, mailboxes without a chain, a registration token for everybody.

Who spoke goes on speaking; nobody administers before the first roll with proof of its authority.
The token is used up. It happens in one transaction, whoever opens the database first.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from defenderdesk.bundle import mailbox_chain
from defenderdesk.bundle.membership import device_id
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.crypto import signing
from defenderdesk.server import tables
from defenderdesk.server.database import Database, insert

_GONE = ("devices", "removed", "mailboxes", "bundles", "uploads")


def from_lists(database: Database) -> None:
    """Moves what is there into the tables of today; nothing where there is nothing."""
    if not sa.inspect(database.engine).has_table("devices"):
        return
    with database.writing() as conn:
        if not sa.inspect(conn).has_table("devices"):
            return  # another process was first
        old = sa.MetaData()
        old.reflect(conn, only=_GONE)
        _speakers(conn, old)
        _mailboxes(conn, old)
        conn.execute(tables.settings.delete().where(tables.settings.c.name == "token"))
        for name in _GONE:
            old.tables[name].drop(conn)


def _all(conn: sa.Connection, old: sa.MetaData, name: str, *order: str) -> list[Any]:
    table = old.tables[name]
    return list(conn.execute(sa.select(table).order_by(*(table.c[one] for one in order))).fetchall())


def _speakers(conn: sa.Connection, old: sa.MetaData) -> None:
    notices = {row.device: bytes(row.notice) for row in _all(conn, old, "removed", "device")}
    for row in _all(conn, old, "devices", "device"):
        try:
            workspace = signing.id_bytes(row.workspace)
        except ValueError:
            continue  # no workspace has such an id: nobody can have been heard
        key = bytes(row.signing_key)
        made = insert(conn, tables.workspaces).values(
            workspace=row.workspace, number=0, roll=b"", standing=b""
        )
        conn.execute(made.on_conflict_do_nothing())
        conn.execute(
            tables.speakers.insert().values(
                workspace=row.workspace,
                device=row.device,
                signing_key=key,
                listed=-1 if row.device in notices else 0,
                place_of="",
                root=row.device,
                door=rolls.door(workspace, device_id(key)),
            )
        )
        if row.device in notices:
            conn.execute(
                tables.notices.insert().values(
                    workspace=row.workspace, device=row.device, notice=notices[row.device]
                )
            )


def _mailboxes(conn: sa.Connection, old: sa.MetaData) -> None:
    """Each number up to the last has an entry from now on: what was deleted of old left no hash,
    so its link is made of zeros."""
    bundles: dict[str, dict[int, Any]] = {}
    for row in _all(conn, old, "bundles", "mailbox", "seq"):
        bundles.setdefault(row.mailbox, {})[row.seq] = row
    held: dict[str, int] = {}
    for box in _all(conn, old, "mailboxes", "mailbox"):
        mine, chain = bundles.get(box.mailbox, {}), mailbox_chain.START
        last = max([int(box.last or 0), *mine])
        for seq in range(1, last + 1):
            size, sha256 = (mine[seq].size, mine[seq].sha256) if seq in mine else (0, "0" * 64)
            chain = mailbox_chain.link(chain, seq, sha256)
            conn.execute(
                tables.entries.insert().values(
                    workspace=box.workspace, box=box.mailbox, seq=seq, size=size, sha256=sha256, chain=chain
                )
            )
            if size:
                _use(conn, sha256)
                held[box.workspace] = held.get(box.workspace, 0) + int(size)
        conn.execute(
            tables.boxes.insert().values(workspace=box.workspace, box=box.mailbox, last=last, chain=chain)
        )
    _count(conn, "bytes", held)
    for table, what in ((tables.deposits, "deposits"), (tables.letterboxes, "letterboxes")):
        query = sa.select(table.c.workspace, sa.func.count()).group_by(table.c.workspace)
        _count(conn, what, {row[0]: int(row[1]) for row in conn.execute(query)})


def _use(conn: sa.Connection, sha256: str) -> None:
    table = tables.blobs
    made = insert(conn, table).values(sha256=sha256, uses=1)
    conn.execute(made.on_conflict_do_update(index_elements=[table.c.sha256], set_={"uses": table.c.uses + 1}))


def _count(conn: sa.Connection, what: str, counts: dict[str, int]) -> None:
    for workspace, n in counts.items():
        conn.execute(tables.usage.insert().values(workspace=workspace, device="", what=what, n=n))
