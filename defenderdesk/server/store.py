"""The store of one server: who may speak, mailboxes, what waits for strangers (SQLAlchemy, SQLite by
default), and sealed bytes (obstore, a folder by default)."""

from __future__ import annotations

import secrets
from pathlib import Path

import sqlalchemy as sa

from defenderdesk.server import migrate, tables, tokens
from defenderdesk.server.blobs import Blobs
from defenderdesk.server.boxes import Boxes
from defenderdesk.server.database import Database, insert
from defenderdesk.server.drops import Deposits, Letterboxes
from defenderdesk.server.nonces import Nonces
from defenderdesk.server.speakers import Speakers


class ServerStore:
    """The data of one server, in `folder` (by default) with a database at `url`."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = Database(url or f"sqlite:///{folder / 'server.db'}")
        migrate.from_lists(self._database)
        self.nonces = Nonces(self._database)
        self.speakers = Speakers(self._database)
        self.blobs = Blobs(folder / "blobs", self._database)
        self.boxes = Boxes(folder / "uploads", self._database, self.blobs)
        self.letterboxes = Letterboxes(self._database)
        self.deposits = Deposits(self._database)
        self.epoch = self._setting("epoch", secrets.token_bytes(16)).hex()

    def clean(self) -> None:
        """Deletes what a crash, or nobody's coming back, left over."""
        self.blobs.clean()
        self.boxes.forget_old_uploads()

    def close(self) -> None:
        """Lets the database go."""
        self._database.close()

    def new_token(self) -> str:
        """A token that lets one workspace register, once."""
        return tokens.issue(self._database)

    # -- settings --------------------------------------------------------------------------------

    @property
    def generation(self) -> str:
        """One run of this server, 32 hexadecimal digits: after a backup was put back it is another."""
        return self._setting("generation", secrets.token_bytes(16)).hex()

    def begin_generation(self) -> None:
        """The server starts: it may have been another before."""
        self._set("generation", secrets.token_bytes(16))

    @property
    def address(self) -> str:
        """The address that the server said last when it started; empty where it never did."""
        return self._setting("address", b"").decode()

    def set_address(self, address: str) -> None:
        """The address that clients use, without a token."""
        self._set("address", address.encode())

    def _setting(self, name: str, first: bytes) -> bytes:
        """A value of this database, `first` where there is none yet, whoever comes first."""
        table = tables.settings
        query = sa.select(table.c.value).where(table.c.name == name)
        with self._database.reading() as conn:
            found = conn.execute(query).scalar()
        if found is None:
            with self._database.writing() as conn:
                made = insert(conn, table).values(name=name, value=first)
                conn.execute(made.on_conflict_do_nothing())
                found = conn.execute(query).scalar_one()
        return bytes(found)

    def _set(self, name: str, value: bytes) -> None:
        table = tables.settings
        with self._database.writing() as conn:
            made = insert(conn, table).values(name=name, value=value)
            conn.execute(made.on_conflict_do_update(index_elements=[table.c.name], set_={"value": value}))
