"""Small things that a server keeps for somebody who is no device of the workspace: the join file of
an invitation, and deposits, handed out from a time on to whoever knows their name.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from defenderdesk.server import tables
from defenderdesk.server.database import Database
from defenderdesk.server.refused import Refused

MAX_DEPOSITS = 5000
"""Of one workspace."""


class Letterboxes:
    """For each invitation one join file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, letterbox: str, workspace: str) -> None:
        """Opens a letterbox for one join file and one reply."""
        with self._database.writing() as conn:
            row = conn.execute(
                sa.select(tables.letterboxes.c.workspace).where(tables.letterboxes.c.letterbox == letterbox)
            ).fetchone()
            if row is None:
                conn.execute(tables.letterboxes.insert().values(letterbox=letterbox, workspace=workspace))
            elif row[0] != workspace:
                raise Refused(403, "other-workspace", "this letterbox is another workspace's")

    def need(self, letterbox: str) -> None:
        """Refuses unless this letterbox was opened."""
        with self._database.reading() as conn:
            row = conn.execute(
                sa.select(tables.letterboxes.c.workspace).where(tables.letterboxes.c.letterbox == letterbox)
            ).fetchone()
        if row is None:
            raise Refused(404, "not-found", "there is no such letterbox")

    def put_request(self, letterbox: str, data: bytes) -> None:
        """Keeps the one join file; the same again is fine, another is not."""
        with self._database.writing() as conn:
            row = conn.execute(
                sa.select(tables.letterboxes.c.request).where(tables.letterboxes.c.letterbox == letterbox)
            ).fetchone()
            if row is None:
                raise Refused(404, "not-found", "there is no such letterbox")
            if row[0] is not None and bytes(row[0]) != data:
                raise Refused(409, "answered", "somebody has answered this invitation already")
            conn.execute(
                tables.letterboxes.update()
                .where(tables.letterboxes.c.letterbox == letterbox)
                .values(request=data)
            )

    def request(self, letterbox: str, workspace: str) -> bytes | None:
        """The join file, once there is one."""
        with self._database.reading() as conn:
            row = conn.execute(
                sa.select(tables.letterboxes.c.workspace, tables.letterboxes.c.request).where(
                    tables.letterboxes.c.letterbox == letterbox
                )
            ).fetchone()
        if row is None or row[0] != workspace:
            raise Refused(404, "not-found", "there is no such letterbox")
        return bytes(row[1]) if row[1] is not None else None


class Deposits:
    """Sealed bytes under a name that nobody guesses. What they are, the server is not told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, workspace: str, not_before: int, data: bytes | None) -> int:
        """Keeps `data` (None: what is there already) until it is asked for at `not_before`
        (seconds since 1970) or later. When it was first handed out; 0 for not yet."""
        table = tables.deposits
        with self._database.writing() as conn:
            row = conn.execute(
                sa.select(table.c.workspace, table.c.fetched).where(table.c.name == name)
            ).fetchone()
            if row is not None and row[0] != workspace:
                raise Refused(403, "other-workspace", "this deposit is another workspace's")
            if row is None:
                if data is None:
                    raise Refused(404, "not-found", "there is no such deposit")
                mine = sa.select(sa.func.count()).where(table.c.workspace == workspace)
                if int(conn.execute(mine).scalar() or 0) >= MAX_DEPOSITS:
                    raise Refused(409, "too-many", "the workspace has too many deposits")
                conn.execute(
                    table.insert().values(
                        name=name, workspace=workspace, not_before=not_before, fetched=0, data=data
                    )
                )
                return 0
            news = {"not_before": not_before} | ({} if data is None else {"data": data})
            conn.execute(table.update().where(table.c.name == name).values(**news))
            return int(row[1])

    def get(self, name: str) -> bytes:
        """The letter under a name, if its time has come. Until then it is as if there were none."""
        table, now = tables.deposits, int(time.time())
        with self._database.writing() as conn:
            row = conn.execute(
                sa.select(table.c.not_before, table.c.data, table.c.fetched).where(table.c.name == name)
            ).fetchone()
            if row is None or row[0] > now:
                raise Refused(404, "not-found", "there is nothing under this name")
            if not row[2]:
                conn.execute(table.update().where(table.c.name == name).values(fetched=now))
        return bytes(row[1])

    def drop(self, name: str, workspace: str) -> None:
        """Forgets a deposit of the workspace; one that is not there is forgotten already."""
        table = tables.deposits
        with self._database.writing() as conn:
            conn.execute(table.delete().where(table.c.name == name, table.c.workspace == workspace))
