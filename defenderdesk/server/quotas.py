"""Quotas: the part of the server that one workspace, and one device of it, may take."""

from __future__ import annotations

import time

import sqlalchemy as sa

from defenderdesk.server import tables
from defenderdesk.server.database import insert
from defenderdesk.server.refused import Refused

_WORKSPACE = {
    "bytes": 256 * 1024**3,
    "begun": 2_000,
    "boxes": 2_000,
    "deposits": 5_000,
    "letterboxes": 20_000,
}
_DEVICE = {"begun": 32, "boxes": 64}
_DEVICE_DAILY = {"bytes": 32 * 1024**3, "deposits": 1_000, "letterboxes": 500}
"""The part of a day, where nothing tells later whose it was."""


def take(conn: sa.Connection, workspace: str, device: str, what: str, n: int = 1) -> None:
    """Counts `n` more, within the caller's write. Raises `Refused`, which undoes it."""
    _add(conn, workspace, "", what, n, _WORKSPACE[what])
    if what in _DEVICE:
        _add(conn, workspace, device, what, n, _DEVICE[what])
    if what in _DEVICE_DAILY:
        _add(conn, workspace, device, _today(what), n, _DEVICE_DAILY[what])


def give(conn: sa.Connection, workspace: str, device: str, what: str, n: int = 1) -> None:
    """Counts `n` less, of the workspace and, where it is known, of the device."""
    table = tables.usage
    mine = table.c.device == ""
    if device and what in _DEVICE:
        mine |= table.c.device == device
    conn.execute(
        table.update()
        .where(table.c.workspace == workspace, table.c.what == what, mine)
        .values(n=sa.case((table.c.n > n, table.c.n - n), else_=0))
    )


def clean(conn: sa.Connection) -> None:
    """Forgets the days before."""
    table = tables.usage
    for what in _DEVICE_DAILY:
        old = table.c.what.startswith(f"{what}.") & (table.c.what != _today(what))
        conn.execute(table.delete().where(old))


def _today(what: str) -> str:
    return f"{what}.{int(time.time()) // 86400}"


def _add(conn: sa.Connection, workspace: str, device: str, what: str, n: int, most: int) -> None:
    table = tables.usage
    made = insert(conn, table).values(workspace=workspace, device=device, what=what, n=n)
    more = made.on_conflict_do_update(
        index_elements=[table.c.workspace, table.c.device, table.c.what],
        set_={"n": table.c.n + n},
        where=table.c.n + n <= most,
    )
    if n > most or conn.execute(more).rowcount < 1:
        code = "too-many" if what.startswith("deposits") else "quota"  # one letter stops no exchange
        raise Refused(409, code, "this workspace or device has used up its part of the server")
