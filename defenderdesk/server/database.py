"""The server's database: SQLite by default, any that SQLAlchemy speaks to by its address.

Nothing rests on a lock of this process: a write is one transaction, in which unique keys, row
counts and rows that are held decide. SQLite lets one writer in at a time, from whatever process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from defenderdesk.server import tables


class Database:
    """Connections to the database at `url`; its tables are made where they are missing."""

    def __init__(self, url: str | sa.URL) -> None:
        self._engine = sa.create_engine(url)
        self._hasty = self._engine
        if self._engine.dialect.name == "sqlite":
            self._hasty = sa.create_engine(url)
            for engine, level in ((self._engine, "FULL"), (self._hasty, "NORMAL")):
                sa.event.listen(engine, "connect", _connected(level))
                sa.event.listen(engine, "begin", _begin)
        tables.META.create_all(self._engine)

    @property
    def engine(self) -> sa.Engine:
        """The engine itself, for what changes tables."""
        return self._engine

    def close(self) -> None:
        """Lets every connection go."""
        self._engine.dispose()
        self._hasty.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One snapshot."""
        with self._engine.connect() as conn, conn.begin():
            yield conn

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, on the disk at its end; undone where the block raises."""
        with self._engine.connect() as conn:
            writing = conn.execution_options(writing=True)
            with writing.begin():
                yield writing

    @contextlib.contextmanager
    def hasty(self) -> Iterator[sa.Connection]:
        """One transaction, the last of which a power cut may lose: it waits for no disk."""
        with self._hasty.connect() as conn:
            writing = conn.execution_options(writing=True)
            with writing.begin():
                yield writing


def insert(conn: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that can say what happens ON CONFLICT."""
    return (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(table)


def _connected(level: str) -> Any:
    def run(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 20000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {level}")
        cursor.close()

    return run


def _begin(conn: sa.Connection) -> None:
    writing = conn.get_execution_options().get("writing")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
