"""SQLCipher behind one `connect`: raw key, settings, migrations, and errors told apart.

`temp_store=MEMORY` keeps sorters and temporary tables off the disk; everything else that SQLite
writes (database, WAL) is encrypted by SQLCipher page by page.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from defenderdesk.errors import (
    EarlyVaultError,
    InUseError,
    LockedError,
    NewerError,
    StorageError,
    VaultDamagedError,
)
from defenderdesk.vault.storage import schema

Connection = Any
"""A `sqlcipher3.dbapi2.Connection`; the package has no type information."""

WRITER_CACHE_KIB = 48 * 1024
READER_CACHE_KIB = 6 * 1024
CHECKPOINT_PAGES = 8000
"""Pages of 4 KiB in the write-ahead log before a commit also moves them into the database."""

COPY_PAGES = 2048
"""Pages of 4 KiB copied between two looks whether to stop."""


def connect(path: Path, key: bytes, *, cache_kib: int = READER_CACHE_KIB) -> Connection:
    """An open connection to the database at `path`, in autocommit. Raises `WorldError`s."""
    with guard():
        conn = dbapi2.connect(os.fspath(path), isolation_level=None, check_same_thread=False)
        conn.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        conn.execute("PRAGMA temp_store = MEMORY")
        conn.execute(f"PRAGMA cache_size = -{cache_kib}")
        conn.execute("PRAGMA busy_timeout = 10000")
        conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        conn.execute("PRAGMA trusted_schema = OFF")
        return conn


def settle(conn: Connection) -> None:
    """Moves what the write-ahead log holds into the database and empties the log, where nobody is
    still reading: what was erased or written over should not outlive the day there. A disk that
    refuses hinders no closing."""
    with contextlib.suppress(dbapi2.Error):
        conn.execute("PRAGMA busy_timeout = 0")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def empty(conn: Connection) -> bool:
    """Tells whether nothing was ever made in it: new, or parted from the log that holds
    everything."""
    with guard():
        return not conn.execute("PRAGMA user_version").fetchone()[0]


def migrate(conn: Connection) -> None:
    """Brings the schema up to date, each step in its own transaction."""
    with guard():
        current = conn.execute("PRAGMA user_version").fetchone()[0]
        if current > schema.VERSION:
            raise NewerError(what="the vault")
        # Certificates name no past: no log can be made of them by one device alone.
        early = 0 < current < schema.LOG_OF_MEMBERSHIP
        if early and conn.execute("SELECT 1 FROM devices LIMIT 1").fetchone():
            raise EarlyVaultError
        for number in range(current, schema.VERSION):
            statements = schema.MIGRATIONS[number]
            conn.executescript(f"BEGIN IMMEDIATE; {statements}; PRAGMA user_version = {number + 1}; COMMIT;")


@contextmanager
def guard() -> Iterator[None]:
    """Turns the driver's and the system's errors into the world's, with what to do next."""
    try:
        yield
    except dbapi2.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise InUseError from error
        if any(word in text for word in ("full", "I/O", "readonly", "unable to open")):
            raise StorageError(what=text) from error
        # The vault was closed while this was being read, or while the search was being set up
        # for it (which does not say why it failed; damage says so by itself elsewhere).
        if "interrupted" in text or "vtable constructor failed" in text:
            raise LockedError from error
        if "malformed" in text:
            raise VaultDamagedError(what=text) from error
        raise
    except dbapi2.DatabaseError as error:
        text = str(error)
        if "not a database" in text or "malformed" in text or "corrupt" in text:
            raise VaultDamagedError(what=text) from error
        raise
    except OSError as error:
        raise StorageError(what=error.strerror or "the system refused") from error


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """One write transaction: committed whole when the block ends, else rolled back whole."""
    with guard():
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise


@contextmanager
def snapshot(conn: Connection) -> Iterator[None]:
    """One unchanging view for several reads."""
    with guard():
        conn.execute("BEGIN")
        try:
            conn.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
            yield
        finally:
            if conn.in_transaction:
                conn.execute("COMMIT")


def copy(conn: Connection, target: Path, key: bytes, look: Callable[[], object]) -> None:
    """Copies what `conn` sees into the empty file `target`, encrypted with `key`. Other
    connections go on writing. `look` is called now and then, and may raise to stop it."""
    with guard():
        other = dbapi2.connect(os.fspath(target), isolation_level=None)
        try:
            other.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            other.execute("PRAGMA temp_store = MEMORY")
            other.execute("PRAGMA journal_mode = OFF")
            other.execute("PRAGMA synchronous = OFF")
            conn.backup(other, pages=COPY_PAGES, progress=lambda *_: look())
        finally:
            other.close()


def cipher_info(conn: Connection) -> dict[str, str]:
    """Versions of what encrypts the vault, for the security check-up."""
    with guard():
        return {
            "cipher": conn.execute("PRAGMA cipher_version").fetchone()[0],
            "provider": conn.execute("PRAGMA cipher_provider").fetchone()[0],
            "provider_version": conn.execute("PRAGMA cipher_provider_version").fetchone()[0],
            "sqlite": dbapi2.sqlite_version,
        }
