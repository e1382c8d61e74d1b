"""Sealed bytes in a folder, by their SHA-256, and the count of who uses them.

The count's row is held while a file comes or goes, so that the same bytes may be finished in one
mailbox while they are deleted from another. A crash leaves a file without use, never a use without
its file.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import obstore
import sqlalchemy as sa
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from defenderdesk.server import tables
from defenderdesk.server.database import Database, insert

BLOCK = 1024 * 1024
SENT = 64 * 1024
"""Bytes that are handed to a connection at a time: what a slow reader must take within its time."""


class Blobs:
    """The blobs in `folder`."""

    def __init__(self, folder: Path, database: Database) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._database = folder, database
        self._store = LocalStore(str(folder), mkdir=True)

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` to `end` (exclusive) of a blob, in blocks."""
        while start < end:
            step = min(SENT, end - start)
            yield bytes(obstore.get_range(self._store, _name(sha256), start=start, length=step))
            start += step

    def here(self, sha256: str) -> bool:
        """Tells whether the bytes are there."""
        return (self._folder / _name(sha256)).exists()

    def put(self, sha256: str, path: Path) -> None:
        """Stores a file's bytes; they are on the disk before the database names them."""
        try:
            obstore.put(self._store, _name(sha256), path)
        except BaseError as error:  # it has no errors of the system of its own
            full = "StorageFull" in str(error) or "No space" in str(error)
            raise OSError(errno.ENOSPC if full else errno.EIO, "a blob was not stored") from error
        kept = self._folder / _name(sha256)
        for target in (kept, kept.parent):
            fd = os.open(target, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    def use(self, conn: sa.Connection, sha256: str, path: Path) -> None:
        """Counts one more use, within the caller's write; the bytes are there at its end."""
        table = tables.blobs
        made = insert(conn, table).values(sha256=sha256, uses=1)
        conn.execute(
            made.on_conflict_do_update(index_elements=[table.c.sha256], set_={"uses": table.c.uses + 1})
        )
        if not self.here(sha256):
            self.put(sha256, path)

    def let_go(self, conn: sa.Connection, names: Iterable[str]) -> None:
        """Counts one use less of each, within the caller's write; `clean` follows it."""
        table = tables.blobs
        for sha256 in sorted(names):
            conn.execute(table.update().where(table.c.sha256 == sha256).values(uses=table.c.uses - 1))

    def clean(self) -> None:
        """Deletes what nobody uses any more."""
        table = tables.blobs
        with self._database.reading() as conn:
            unused = [row[0] for row in conn.execute(sa.select(table.c.sha256).where(table.c.uses <= 0))]
        for sha256 in unused:
            with self._database.writing() as conn:
                gone = table.delete().where(table.c.sha256 == sha256, table.c.uses <= 0)
                if conn.execute(gone).rowcount == 1:  # the row is held until the file is gone
                    with contextlib.suppress(FileNotFoundError):
                        self._store.delete(_name(sha256))


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
