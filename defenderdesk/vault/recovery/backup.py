"""Backing up: the whole vault as one sealed file, while the program is used.

The database is copied at one moment (SQLite's backup, from a reading snapshot, so writers go on)
into an encrypted file of the profile, and from there streamed out with the attachment chunks. What
was written is read back from the stick before the file gets its name; the name appears when all of
it is there and right.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from defenderdesk import files
from defenderdesk.crypto.age import Opener, Sealer
from defenderdesk.errors import BackupDamagedError, DamagedError, Message, UsageError
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.keys import slots
from defenderdesk.vault.recovery.sealed_backup import (
    CHUNK,
    DATABASE,
    DESCRIPTION,
    Description,
    Parts,
    VaultKeys,
    head,
    looks_like_one,
)
from defenderdesk.vault.storage import database, schema
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

SUFFIX = ".ddbackup"
_LAST = "backup"
_PIECE = 1024 * 1024
_TRIES = 3


@dataclass(frozen=True)
class Made:
    """A backup that was written: when (milliseconds since 1970), where, how large."""

    created: int
    where: str
    size: int
    attachments: int


def last(store: Store) -> Made | None:
    """The last backup that this vault made of itself; None before the first."""
    found = store.meta(_LAST)
    return Made(*found) if found else None


def write(store: Store, out: Path, progress: Progress | None = None) -> Made:
    """Writes the backup `out`, whole or not at all, and reads it back. Replaces nothing but a
    backup. Raises `UsageError`, `StorageError`, `BackupDamagedError`, `Cancelled`."""
    files.outside(store.profile, out)
    _replaceable(out)
    for attempt in range(_TRIES):
        try:
            made = _write(store, out, progress)
            break
        except _Gone as gone:  # an erasure took it away since the moment of the copy: begin anew
            if attempt == _TRIES - 1:
                raise gone.error from None
    store.set_meta(_LAST, [made.created, made.where, made.size, made.attachments])
    return made


class _Gone(Exception):
    """A chunk that was there at the moment of the copy is not any more."""

    def __init__(self, error: DamagedError) -> None:
        self.error = error


def _replaceable(out: Path) -> None:
    if not out.exists():
        return
    with contextlib.suppress(OSError), open(out, "rb") as source:
        if looks_like_one(source):
            return
    raise UsageError(what=Message("{name} is no backup and is not replaced", name=out.name))


def _write(store: Store, out: Path, progress: Progress | None) -> Made:
    erase.clean(store)  # what was erased a moment ago is in no free page of the copy
    copy = store.profile / f".backup.{secrets.token_hex(4)}{files.PARTIAL}"
    keys = (store.profile / slots.NAME).read_bytes()
    recipient = VaultKeys(keys, store.data_key)
    try:
        _copy_database(store, copy, progress)
        names, plan, attachments = _plan(store, copy)
        steps = _Steps(progress, 2 * plan.total)
        with files.whole(out) as sealed:
            with Sealer(sealed, [recipient]) as sealer:
                digest = _stream(store, copy, names, plan, sealer, steps)
            sealed.flush()
            os.fsync(sealed.fileno())
            size = sealed.tell()
            _verify(Path(sealed.name), recipient, digest, names, steps)
    finally:
        with contextlib.suppress(OSError):
            copy.unlink(missing_ok=True)
    return Made(plan.created, str(out.absolute()), size, attachments)


def _copy_database(store: Store, copy: Path, progress: Progress | None) -> None:
    """The database at this moment, encrypted with the same key. Writers are not held up."""
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with store.snapshot() as conn:
        database.copy(conn, copy, store.data_key, lambda: progress and progress(0, 1))


class _Steps:
    """Progress over the whole: written, then read back."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, max(total, 1), 0

    def __call__(self, size: int) -> None:
        self._done += size
        if self._progress:
            self._progress(min(self._done, self._total), self._total)


def _plan(store: Store, copy: Path) -> tuple[list[bytes], Description, int]:
    """(names of the chunks, what the file will say of itself, how many attachments)."""
    conn: Connection = database.connect(copy, store.data_key)
    try:
        with database.guard():
            rows = conn.execute(
                "SELECT hash, max(size) FROM chunks WHERE present = 1 GROUP BY hash ORDER BY hash"
            ).fetchall()
            attachments = conn.execute(
                "SELECT count(*) FROM records WHERE kind = 'attachment' AND deleted = 0"
            ).fetchone()[0]
            conn.execute("PRAGMA journal_mode = DELETE")  # no log beside it: one file is all of it
    finally:
        conn.close()
    plan = Description(
        store.now_ms(),
        schema.VERSION,
        copy.stat().st_size,
        len(rows),
        sum(int(size) for _, size in rows),
    )
    return [bytes(name) for name, _ in rows], plan, int(attachments)


def _stream(
    store: Store, copy: Path, names: list[bytes], plan: Description, out: Sealer, steps: _Steps
) -> bytes:
    """Writes the parts; the database's SHA-256."""
    packed = plan.pack()
    out.write(head(DESCRIPTION, len(packed)) + packed)
    out.write(head(DATABASE, plan.database))
    digest = hashlib.sha256()
    with open(copy, "rb") as source:
        while piece := source.read(_PIECE):
            digest.update(piece)
            out.write(piece)
            steps(len(piece))
    for name in names:
        data = _chunk(store, name)
        out.write(head(CHUNK, len(data)))
        out.write(data)
        steps(len(data))
    return digest.digest()


def _chunk(store: Store, name: bytes) -> bytes:
    try:
        return store.chunks.get(name)
    except DamagedError as error:
        with database.guard():
            held = store.reader.execute(
                "SELECT 1 FROM chunks WHERE hash = ? AND present = 1", (name,)
            ).fetchone()
        if not held:
            raise _Gone(error) from error
        raise


def _verify(path: Path, keys: VaultKeys, digest: bytes, names: list[bytes], steps: _Steps) -> None:
    """Reads what was written, from the medium where the system lets us."""
    with open(path, "rb") as source:
        _from_the_medium(source)
        try:
            parts = Parts(Opener(source, [keys]))
            found = hashlib.sha256()
            for piece in parts.database():
                found.update(piece)
                steps(len(piece))
            if found.digest() != digest:
                raise DamagedError(what="its database is not what was written")
            expected = iter(names)
            for data in parts.chunks():
                if hashlib.sha256(data).digest() != next(expected, b""):
                    raise DamagedError(what="a part of an attachment is not what was written")
                steps(len(data))
        except DamagedError as error:
            raise BackupDamagedError(what=error.facts["what"]) from error


def _from_the_medium(source: BinaryIO) -> None:
    """Asks the system to forget what it kept of the file in memory."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
