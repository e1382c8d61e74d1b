"""Attachments of records: taken in, and given out."""

from __future__ import annotations

import io
import mimetypes
import os
import time
from pathlib import Path
from typing import BinaryIO, cast

from msgspec.structs import replace

from defenderdesk import files
from defenderdesk.crypto.digests import Digests, Measure
from defenderdesk.domain import custody as acts
from defenderdesk.domain import kinds
from defenderdesk.errors import Message, NotFoundError, StorageError, UsageError, VaultDamagedError
from defenderdesk.ledger.merge import State
from defenderdesk.vault import types
from defenderdesk.vault.custody import entries, timestamps
from defenderdesk.vault.records import apply, located, past, query, writing
from defenderdesk.vault.storage.chunks import MAX_CHUNK, Chunk, chunks_of, chunks_value
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit, Progress, Record

MAX_NAME = 200
TRIES = 3
"""Times that a file which changes is read."""
RECENT = 2_000_000_000
"""Nanoseconds: a file that was written so shortly before is read twice."""


def attach(store: Store, record: str, path: Path, attachment: str, progress: Progress | None) -> types.Change:
    """Encrypts the file at `path` into the vault, as an attachment of `record` under the given
    new id. The chunks are on the disk before the database names them. A file that changes while it
    is read is read again, until it stands still; one that does not is refused (`UsageError`): its
    digests would be those of no file that ever was."""
    try:
        with open(path, "rb", opener=files.regular) as source:
            for _ in range(TRIES):
                total = os.fstat(source.fileno()).st_size
                sealed = _seal_still(store, source, path, total, progress)
                if sealed is not None:
                    return _taken(store, record, path.name, sealed, attachment)
                source.seek(0)
    except IsADirectoryError as error:
        raise UsageError(what=Message("{name} is a folder", name=path.resolve().name)) from error
    except FileNotFoundError as error:
        raise UsageError(what=Message("There is no file {name}", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=error.strerror or "reading the file") from error
    raise UsageError(
        what=Message(
            "{name} changes while it is read. Wait until it is written to its end, or attach a copy of it",
            name=path.name,
        )
    )


Sealed = tuple[list[Chunk], Digests, int]
"""Chunks, digests of the whole, and its size."""


def _seal_still(
    store: Store, source: BinaryIO, path: Path, total: int, progress: Progress | None
) -> Sealed | None:
    """A file's content, sealed; None where the file was another after reading than before. What
    comes after the size that it had is not followed: it may never end."""
    before, began = _looks(source, path), time.time_ns()
    limited = _UpTo(source, total + 1)
    sealed = store.chunks.seal(cast(BinaryIO, limited), total, progress)
    still = _looks(source, path) == before and sealed[2] == total
    if still and began - before[1] < RECENT:  # its clock may be too coarse to tell
        source.seek(0)
        again = Measure()
        while part := source.read(MAX_CHUNK):
            again.update(part)
            if progress:
                progress(total, total)
        still = again.digests() == sealed[1] and _looks(source, path) == before
    if still:
        return sealed
    for chunk in sealed[0]:
        store.chunks.remove(chunk.hash)
    return None


def _looks(source: BinaryIO, path: Path) -> tuple[int, int, int, int]:
    """Size, times and identity of a file, as far as the system tells them."""
    found, named = os.fstat(source.fileno()), path.stat()
    return found.st_size, max(found.st_mtime_ns, found.st_ctime_ns), found.st_ino, named.st_ino


class _UpTo(io.RawIOBase):
    """A file's first bytes, never more than `left` of them."""

    def __init__(self, source: BinaryIO, left: int) -> None:
        self._source, self._left = source, left

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._source.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        return data


def attach_from(
    store: Store,
    record: str,
    source: BinaryIO,
    name: str,
    total: int,
    attachment: str,
    progress: Progress | None = None,
) -> types.Change:
    """As `attach`, from memory, or a file that nobody else writes, of `total` bytes."""
    return _taken(store, record, name, store.chunks.seal(source, total, progress), attachment)


def _taken(store: Store, record: str, name: str, sealed: Sealed, attachment: str) -> types.Change:
    with store.snapshot() as conn:
        where = located.place(conn, record)
        owner = query.at(conn, where).id
    chunks, digests, size = sealed
    name = files.shortened(name.encode("utf-8", "replace").decode(), MAX_NAME)
    edits = [
        Edit(attachment, kinds.KIND, kinds.ATTACHMENT.name),
        Edit(attachment, "of", owner),
        Edit(attachment, "name", name),
        Edit(attachment, "media_type", mimetypes.guess_type(name)[0] or "application/octet-stream"),
        Edit(attachment, "size", size),
        Edit(attachment, "sha256", digests.sha256),
        Edit(attachment, "sha512", digests.sha512),
        Edit(attachment, "chunks", chunks_value(chunks)),
    ]
    with store.writing() as conn:
        facts = {**digests._asdict(), "size": size}
        taken = entries.note(attachment, acts.INGESTED, [], facts, {})
        change = writing.save(store, edits, located.desk_text(conn, where.desk), notes={attachment: taken})
        conn.executemany(
            "UPDATE chunks SET present = 1 WHERE hash = ? AND desk = ?",
            [(chunk.hash, where.desk) for chunk in chunks],
        )
        timestamps.want(store, conn, where.desk, apply.feed_and_seq(int(change.change_set or 0))[1])
    return change


def chunks(record: Record) -> list[Chunk]:
    """The chunks of an attachment. Raises when the record is none, or is malformed."""
    if record.kind != kinds.ATTACHMENT.name:
        raise UsageError(what="This record is not an attachment")
    if "chunks" not in record.fields:
        raise UsageError(what="The content of this attachment was erased, or was never recorded")
    found = chunks_of(record.fields.get("chunks"))
    if found is None:
        raise VaultDamagedError(what="the attachment's list of parts is malformed")
    return found


def as_taken(store: Store, record: Record) -> Record:
    """An attachment as the change set that took it in has it, whatever somebody wrote over it later;
    as it stands where that is not held whole."""
    if record.kind != kinds.ATTACHMENT.name:
        return record
    with store.snapshot() as conn:
        state = State.unpack(located.row(conn, located.place(conn, record.id), "state")[0])
        standing = {e.stamp for name in (kinds.KIND, *kinds.EXHIBIT) for e in state.entries.get(name, ())}
        if len(standing) == 1:
            return record
        history = past.history(store, record.id, conn)
    made = next((entry.change_set for entry in reversed(history) if entry.field == kinds.KIND), "")
    first = {e.field: e.value for e in history if e.change_set == made and e.field in kinds.EXHIBIT}
    return replace(record, fields={**record.fields, **first}) if "sha256" in first else record


def require_content(store: Store, record: Record) -> list[Chunk]:
    """The chunks of an attachment, all of which are here. Raises `NotFoundError`."""
    parts = chunks(as_taken(store, record))
    lacking = [c for c in parts if not store.chunks.has(c.hash)]
    if lacking:
        raise NotFoundError(
            what=Message("content of this attachment yet ({n} parts to come)", n=len(lacking))
        )
    return parts


def fetch(store: Store, record: Record, out: BinaryIO, progress: Progress | None) -> Digests:
    """Writes an attachment's content to `out`, each chunk checked before it is written, and the
    whole against its digests at the end."""
    record = as_taken(store, record)
    parts = require_content(store, record)
    whole, done, total = Measure(), 0, sum(c.size for c in parts)
    for chunk in parts:
        plain = store.chunks.open(chunk)
        whole.update(plain)
        try:
            out.write(plain)
        except OSError as error:
            raise StorageError(what=error.strerror or "writing the file") from error
        done += len(plain)
        if progress:
            progress(done, total)
    digests = whole.digests()
    if record.fields.get("sha256") != digests.sha256 or (
        record.fields.get("sha512") not in (None, digests.sha512)
    ):
        raise VaultDamagedError(what="the attachment is not the file that was taken in")
    return digests


class _Nowhere(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def write(self, data: object) -> int:
        return 0


def measure(store: Store, record: Record, progress: Progress | None) -> types.Change:
    """Hashes an attachment's content as it lies here, and writes down that it was done now: for
    one that was taken in before both digests were."""
    digests = fetch(store, record, _Nowhere(), progress)  # type: ignore[arg-type]
    size = record.fields.get("size")
    facts = {**digests._asdict(), "size": size if isinstance(size, int) else 0}
    return entries.write(store, record.id, acts.MEASURED, facts)
