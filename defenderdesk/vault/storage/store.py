"""The store that every part of an open vault shares: connections, identity, one write at a time."""

from __future__ import annotations

import contextlib
import copy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from defenderdesk import files, hardening
from defenderdesk.bundle.membership import Log, Member, Roster
from defenderdesk.crypto.age import HybridIdentity
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DatabaseMissingError, LockedError, NoWorkspaceError
from defenderdesk.vault.storage import database, registry
from defenderdesk.vault.storage.chunks import ChunkStore
from defenderdesk.vault.storage.database import Connection

UNSET: Any = object()
"""No default was given."""


class Store:
    """An open vault's insides. Reads from any thread; writes one at a time."""

    def __init__(self, profile: Path, key: bytes, *, finished: bool = False) -> None:
        """`finished`: there is a vault, so an empty database is none of its own. Raises
        `WorldError`s, among them `DatabaseMissingError`."""
        self.profile = profile
        self._key = key
        self._path = profile / "vault.db"
        self._local = threading.local()
        self._connections: list[tuple[int, Connection]] = []  # with the thread that reads
        self._snapshots: set[Connection] = set()
        self._guard = threading.Lock()
        self._writing_thread = 0
        self.write_lock = threading.RLock()
        hardening.keep_in_memory(key)
        files.private(self._path)
        self._writer: Connection | None = database.connect(
            self._path, key, cache_kib=database.WRITER_CACHE_KIB
        )
        if finished and database.empty(self._writer):
            self._writer.close()
            raise DatabaseMissingError(where=profile)
        database.migrate(self._writer)
        self.chunks = ChunkStore(profile / "chunks")
        self.log = Log(b"")
        self.members: dict[bytes, Member] = {}
        self.authors: dict[bytes, Member] = {}
        self.signing_key: SigningKey | None = None
        self.identity: HybridIdentity | None = None
        self.load_identity()

    @property
    def data_key(self) -> bytes:
        """The vault's data key, to wrap it anew."""
        if self._writer is None:
            raise LockedError
        return self._key

    # -- connections -----------------------------------------------------------------------

    @property
    def writer(self) -> Connection:
        """The one writing connection; hold `write_lock`."""
        if self._writer is None:
            raise LockedError
        return self._writer

    @property
    def reader(self) -> Connection:
        """This thread's reading connection; within a write of this thread the one that writes, so
        that an operation sees what it saved."""
        conn = getattr(self._local, "conn", None)
        if self._writer is None:
            raise LockedError
        if self._writing_thread == threading.get_ident():
            return self._writer
        if conn is None:
            conn = self._connect()
            with database.guard():
                conn.execute("PRAGMA query_only = ON")
            self._local.conn = conn
            with self._guard:
                if self._writer is None:
                    raise LockedError
                self._connections.append((threading.get_ident(), conn))
        return conn

    def _connect(self) -> Connection:
        """A connection more; the key is read while nobody can be taking it away."""
        with self._guard:
            if self._writer is None:
                raise LockedError
            key = self._key
        return database.connect(self._path, key)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction on the one writing connection."""
        with self.write_lock:
            conn = self.writer
            if conn.in_transaction:  # part of a larger write of the same thread
                yield conn
                return
            self._writing_thread = threading.get_ident()
            try:
                with database.transaction(conn):
                    yield conn
            finally:
                self._writing_thread = 0

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A reading connection of its own that sees one unchanging state; within a write of this
        thread the one that writes: nobody else changes what it sees."""
        if self._writing_thread == threading.get_ident():
            yield self.writer
            return
        conn = self._connect()
        self._snapshots.add(conn)
        try:
            with database.snapshot(conn):
                yield conn
        finally:
            self._snapshots.discard(conn)
            conn.close()

    def interrupt(self, spare: int = 0) -> None:
        """Stops what SQLite is doing for anyone at this moment; a write is rolled back whole.
        `spare`: the thread whose reads and writes go on. What lies between two statements is not
        caught: who wants it to end calls this again and again."""
        with self._guard:
            stopped = [conn for thread, conn in self._connections if thread != spare]
            stopped += self._snapshots
            if self._writer is not None and self._writing_thread not in (0, spare):
                stopped.append(self._writer)
        for conn in stopped:
            with contextlib.suppress(Exception):  # it was closed in this moment
                conn.interrupt()

    def close(self) -> None:
        """Closes every connection; keys are let go.

        A reading connection may be in the middle of a question of another thread: to close it
        under that thread's hands crashes the process. It is told to stop, and let go; it closes
        when the last who holds it does, at once where nobody is asking."""
        with self.write_lock:
            with self._guard:
                writer, self._writer = self._writer, None
                self._key = b""
                for _, conn in self._connections:
                    conn.interrupt()
                self._connections.clear()
            self._local = threading.local()
            if writer is not None:
                database.settle(writer)
                writer.close()
            self.signing_key = None
            self.identity = None

    # -- small things by name ----------------------------------------------------------------

    def meta(self, name: str, default: Any = UNSET, conn: Connection | None = None) -> Any:
        """A named value of the vault, else `default`, else the registry's."""
        with database.guard():
            row = (conn or self.reader).execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is not None:
            return msgspec.msgpack.decode(row[0])
        # A later program may have kept what this one does not know; it is there, and stays.
        entry = registry.entry_of(name)
        return copy.deepcopy(entry.default) if default is UNSET else default

    def set_meta(self, name: str, value: Any) -> None:
        """Sets a named value (inside the running write, or in one of its own). Raises `OurError`
        for a name or a type that the registry does not know."""
        packed = msgspec.msgpack.encode(registry.checked(name, value))
        with self.writing() as conn:
            conn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, packed))

    # -- identity ---------------------------------------------------------------------------

    def load_identity(self) -> None:
        """Reads this device's keys and the membership it knows."""
        conn = self.writer
        seed = self.meta("signing_seed", conn=conn)
        self.signing_key = SigningKey(seed) if seed else None
        age = self.meta("identity_seed", conn=conn)
        self.identity = HybridIdentity.from_seed(age) if age else None
        self.workspace: bytes = self.meta("workspace", b"", conn=conn)
        self.device: bytes = self.meta("device", b"", conn=conn)
        self.load_members(conn)

    def load_members(self, conn: Connection) -> None:
        """Reads the membership (its acts were checked when they were kept). `members`: the
        devices that are of the workspace now; `authors`: whoever wrote or may have written a
        feed, branches of forked feeds by their own names."""
        with database.guard():
            items = [row[0] for row in conn.execute("SELECT data FROM acts ORDER BY num")]
            branches = conn.execute("SELECT device, origin FROM feeds WHERE origin IS NOT NULL").fetchall()
        self.log = Log(self.workspace, items, trusted=True)
        known = self.log.roster.devices
        self.members = {device: member for device, member in known.items() if member.present}
        self.authors = dict(known)
        self.authors.update({b: known[origin] for b, origin in branches if origin in known})

    @property
    def roster(self) -> Roster:
        """The standing of the workspace, as far as this device knows."""
        return self.log.roster

    def require_workspace(self) -> bytes:
        """The workspace's id. Raises `NoWorkspaceError` before it is founded or joined."""
        if not self.workspace:
            raise NoWorkspaceError
        return self.workspace

    def require_signing_key(self) -> SigningKey:
        """This device's signing key."""
        if self.signing_key is None:
            raise LockedError
        return self.signing_key

    def require_identity(self) -> HybridIdentity:
        """This device's age identity."""
        if self.identity is None:
            raise LockedError
        return self.identity

    @staticmethod
    def now_ms() -> int:
        """The machine's clock in milliseconds since 1970."""
        return time.time_ns() // 1_000_000
