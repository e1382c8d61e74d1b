"""Small things that a server keeps for somebody who is no device of the workspace: the join file of
an invitation, and deposits, handed out from a time on to whoever knows their name.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from defenderdesk.server import quotas, tables
from defenderdesk.server.database import Database, insert
from defenderdesk.server.refused import Refused


class Letterboxes:
    """For each invitation one join file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, letterbox: str, workspace: str, device: str) -> None:
        """Opens a letterbox for one join file and one reply."""
        table = tables.letterboxes
        with self._database.writing() as conn:
            made = insert(conn, table).values(letterbox=letterbox, workspace=workspace)
            if conn.execute(made.on_conflict_do_nothing()).rowcount == 1:
                quotas.take(conn, workspace, device, "letterboxes")
            elif self._workspace(conn, letterbox) != workspace:
                raise Refused(403, "other-workspace", "this letterbox is another workspace's")

    def workspace(self, letterbox: str) -> str:
        """The workspace that opened a letterbox. Refuses where none did."""
        with self._database.reading() as conn:
            found = self._workspace(conn, letterbox)
        if found is None:
            raise Refused(404, "not-found", "there is no such letterbox")
        return found

    @staticmethod
    def _workspace(conn: sa.Connection, letterbox: str) -> str | None:
        table = tables.letterboxes
        found = conn.execute(sa.select(table.c.workspace).where(table.c.letterbox == letterbox)).scalar()
        return None if found is None else str(found)

    def put_request(self, letterbox: str, data: bytes) -> None:
        """Keeps the one join file; the same again is fine, another is not."""
        table = tables.letterboxes
        mine = table.c.letterbox == letterbox
        self.workspace(letterbox)
        with self._database.writing() as conn:
            free = mine & (table.c.request.is_(None) | (table.c.request == data))
            if conn.execute(table.update().where(free).values(request=data)).rowcount < 1:
                raise Refused(409, "answered", "somebody has answered this invitation already")

    def request(self, letterbox: str, workspace: str) -> bytes | None:
        """The join file, once there is one."""
        table = tables.letterboxes
        with self._database.reading() as conn:
            row = conn.execute(
                sa.select(table.c.workspace, table.c.request).where(table.c.letterbox == letterbox)
            ).fetchone()
        if row is None or row[0] != workspace:
            raise Refused(404, "not-found", "there is no such letterbox")
        return bytes(row[1]) if row[1] is not None else None


class Deposits:
    """Sealed bytes under a name that nobody guesses. What they are, the server is not told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, workspace: str, device: str, not_before: int, data: bytes | None) -> int:
        """Keeps `data` (None: what is there already) until it is asked for at `not_before`
        (seconds since 1970) or later. When it was first handed out; 0 for not yet."""
        table = tables.deposits
        mine = (table.c.name == name) & (table.c.workspace == workspace)
        news = {"not_before": not_before} | ({} if data is None else {"data": data})
        with self._database.writing() as conn:
            if data is not None:
                made = insert(conn, table).values(name=name, workspace=workspace, fetched=0, **news)
                if conn.execute(made.on_conflict_do_nothing()).rowcount == 1:
                    quotas.take(conn, workspace, device, "deposits")
                    return 0
            if conn.execute(table.update().where(mine).values(**news)).rowcount < 1:
                known = conn.execute(sa.select(table.c.name).where(table.c.name == name)).scalar()
                if known is None:
                    raise Refused(404, "not-found", "there is no such deposit")
                raise Refused(403, "other-workspace", "this deposit is another workspace's")
            return int(conn.execute(sa.select(table.c.fetched).where(mine)).scalar_one())

    def get(self, name: str) -> bytes:
        """The letter under a name, if its time has come. Until then it is as if there were none."""
        table, now = tables.deposits, int(time.time())
        with self._database.writing() as conn:
            there = (table.c.name == name) & (table.c.not_before <= now)
            conn.execute(table.update().where(there, table.c.fetched == 0).values(fetched=now))
            data = conn.execute(sa.select(table.c.data).where(there)).scalar()
        if data is None:
            raise Refused(404, "not-found", "there is nothing under this name")
        return bytes(data)

    def drop(self, name: str, workspace: str) -> None:
        """Forgets a deposit of the workspace; one that is not there is forgotten already."""
        table = tables.deposits
        with self._database.writing() as conn:
            gone = table.delete().where(table.c.name == name, table.c.workspace == workspace)
            if conn.execute(gone).rowcount:
                quotas.give(conn, workspace, "", "deposits")
