"""The server's store: who may speak (SQLAlchemy, SQLite by default) and sealed bundles
(obstore, a folder by default).

A bundle arrives as an upload, piece by piece, each piece on the disk before it is acknowledged.
When it is complete and its SHA-256 is right it becomes a blob, and last a row: a crash leaves an
unfinished upload or a whole bundle.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import obstore
import sqlalchemy as sa
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from defenderdesk.server import tables
from defenderdesk.server.database import Database, insert
from defenderdesk.server.drops import Deposits, Letterboxes
from defenderdesk.server.nonces import Nonces
from defenderdesk.server.refused import Refused

MAX_BUNDLE = 4 * 1024**3
UPLOAD_DAYS = 7
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Device:
    """A device that may speak: its id, workspace, key, and whether it may add others."""

    device: str
    workspace: str
    signing_key: bytes
    administrator: bool


class ServerStore:
    """The data of one server, in `folder` (by default) with a database at `url`."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._uploads = folder / "uploads"
        self._uploads.mkdir(mode=0o700, exist_ok=True)
        self._blob_folder = folder / "blobs"
        self._blob_folder.mkdir(mode=0o700, exist_ok=True)
        self._blobs = LocalStore(str(self._blob_folder), mkdir=True)
        self._database = Database(url or f"sqlite:///{folder / 'server.db'}")
        self._lock = threading.Lock()
        self.nonces = Nonces(self._database)
        self.letterboxes = Letterboxes(self._database)
        self.deposits = Deposits(self._database)
        self.epoch = self._setting("epoch", 16).hex()
        self.token = self._setting("token", 18).hex()
        self.forget_old_uploads()

    def close(self) -> None:
        """Lets the database go."""
        self._database.close()

    def _setting(self, name: str, size: int) -> bytes:
        """A random value of this database, made once, whoever comes first."""
        with self._database.writing() as conn:
            made = insert(conn, tables.settings).values(name=name, value=secrets.token_bytes(size))
            conn.execute(made.on_conflict_do_nothing())
            return bytes(
                conn.execute(
                    sa.select(tables.settings.c.value).where(tables.settings.c.name == name)
                ).scalar_one()
            )

    # -- who may speak ---------------------------------------------------------------------

    def device(self, device: str) -> Device | None:
        """A registered device."""
        with self._database.reading() as conn:
            row = conn.execute(sa.select(tables.devices).where(tables.devices.c.device == device)).fetchone()
        return Device(row[0], row[1], bytes(row[2]), row[3]) if row else None

    def register(self, device: str, workspace: str, key: bytes, administrator: bool) -> None:
        """Adds a device; one that is known stays as it is."""
        with self._database.writing() as conn:
            known = conn.execute(
                sa.select(tables.devices.c.workspace).where(tables.devices.c.device == device)
            ).fetchone()
            if known is None:
                conn.execute(
                    tables.devices.insert().values(
                        device=device,
                        workspace=workspace,
                        signing_key=key,
                        administrator=administrator,
                    )
                )
            elif known[0] != workspace:
                raise Refused(403, "other-workspace", "this device belongs to another workspace")

    def set_administrators(self, workspace: str, devices: list[str]) -> None:
        """Exactly these devices of the workspace may let others in from now on."""
        mine = tables.devices.c.workspace == workspace
        with self._database.writing() as conn:
            conn.execute(tables.devices.update().where(mine).values(administrator=False))
            for start in range(0, len(devices), 500):
                some = tables.devices.c.device.in_(devices[start : start + 500])
                conn.execute(tables.devices.update().where(mine, some).values(administrator=True))

    def remove(self, workspace: str, device: str, notice: bytes) -> None:
        """Shuts a device of the workspace out, and keeps the sealed notice that tells it why."""
        known = self.device(device)
        if known is None or known.workspace != workspace:
            raise Refused(404, "not-found", "there is no such device")
        with self._database.writing() as conn:
            conn.execute(tables.removed.delete().where(tables.removed.c.device == device))
            conn.execute(tables.removed.insert().values(device=device, notice=notice))

    def let_back(self, workspace: str, device: str) -> None:
        """Shuts a device of the workspace out no more."""
        known = self.device(device)
        if known is None or known.workspace != workspace:
            raise Refused(404, "not-found", "there is no such device")
        with self._database.writing() as conn:
            conn.execute(tables.removed.delete().where(tables.removed.c.device == device))

    def notice(self, device: str) -> bytes | None:
        """The notice to a removed device; None for one that was not removed."""
        with self._database.reading() as conn:
            row = conn.execute(
                sa.select(tables.removed.c.notice).where(tables.removed.c.device == device)
            ).fetchone()
        return bytes(row[0]) if row else None

    # -- mailboxes ---------------------------------------------------------------------------

    def claim(self, mailbox: str, workspace: str) -> None:
        """A mailbox belongs to the workspace that first names it."""
        with self._database.writing() as conn:
            row = conn.execute(
                sa.select(tables.mailboxes.c.workspace).where(tables.mailboxes.c.mailbox == mailbox)
            ).fetchone()
            if row is None:
                conn.execute(tables.mailboxes.insert().values(mailbox=mailbox, workspace=workspace, last=0))
            elif row[0] != workspace:
                raise Refused(403, "other-workspace", "this mailbox is another workspace's")

    def bundles(self, mailbox: str, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """(bundles after a sequence number, the last one's number)."""
        with self._database.reading() as conn:
            last = conn.execute(
                sa.select(tables.mailboxes.c.last).where(tables.mailboxes.c.mailbox == mailbox)
            ).scalar()
            rows = conn.execute(
                sa.select(tables.bundles.c.seq, tables.bundles.c.size, tables.bundles.c.sha256)
                .where(tables.bundles.c.mailbox == mailbox, tables.bundles.c.seq > after)
                .order_by(tables.bundles.c.seq)
                .limit(limit)
            ).fetchall()
        return [{"seq": r[0], "size": r[1], "sha256": r[2]} for r in rows], int(last or 0)

    def sweep(self, mailbox: str, workspace: str, through: int) -> None:
        """Deletes a mailbox's bundles up to a number. The number of the next one goes on."""
        mine = (tables.bundles.c.mailbox == mailbox) & (tables.bundles.c.seq <= through)
        with self._lock, self._database.writing() as conn:
            owner = conn.execute(
                sa.select(tables.mailboxes.c.workspace).where(tables.mailboxes.c.mailbox == mailbox)
            ).fetchone()
            if owner is None or owner[0] != workspace:
                raise Refused(404, "not-found", "there is no such mailbox")
            gone = [r[0] for r in conn.execute(sa.select(tables.bundles.c.sha256).where(mine)).fetchall()]
            conn.execute(tables.bundles.delete().where(mine))
            kept = {
                row[0]
                for start in range(0, len(gone), 500)
                for row in conn.execute(
                    sa.select(tables.bundles.c.sha256).where(
                        tables.bundles.c.sha256.in_(gone[start : start + 500])
                    )
                ).fetchall()
            }
            for sha256 in set(gone) - kept:  # under the lock: the same bytes may just be finished
                with contextlib.suppress(FileNotFoundError):
                    self._blobs.delete(_blob(sha256))

    def bundle(self, mailbox: str, seq: int) -> tuple[int, str]:
        """(size, SHA-256) of one bundle."""
        with self._database.reading() as conn:
            row = conn.execute(
                sa.select(tables.bundles.c.size, tables.bundles.c.sha256).where(
                    tables.bundles.c.mailbox == mailbox, tables.bundles.c.seq == seq
                )
            ).fetchone()
        if row is None:
            raise Refused(404, "not-found", "there is no such bundle")
        return int(row[0]), str(row[1])

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` to `end` (exclusive) of a blob, in blocks."""
        while start < end:
            step = min(BLOCK, end - start)
            yield bytes(obstore.get_range(self._blobs, _blob(sha256), start=start, length=step))
            start += step

    # -- uploads -------------------------------------------------------------------------------

    def begin_upload(self, mailbox: str, device: str, size: int, sha256: str) -> dict[str, Any]:
        """{"seq"} if the bundle is here already, else {"upload", "offset"} to go on from."""
        if not 0 < size <= MAX_BUNDLE:
            raise Refused(413, "too-large", "the bundle is too large")
        with self._database.writing() as conn:
            seq = conn.execute(
                sa.select(tables.bundles.c.seq).where(
                    tables.bundles.c.mailbox == mailbox, tables.bundles.c.sha256 == sha256
                )
            ).scalar()
            if seq is not None:
                return {"seq": seq}
            same = (
                (tables.uploads.c.mailbox == mailbox)
                & (tables.uploads.c.device == device)
                & (tables.uploads.c.sha256 == sha256)
                & (tables.uploads.c.size == size)
            )
            name = conn.execute(sa.select(tables.uploads.c.upload).where(same)).scalar()
            if name is None:
                name = secrets.token_hex(16)
                conn.execute(
                    tables.uploads.insert().values(
                        upload=name,
                        mailbox=mailbox,
                        device=device,
                        size=size,
                        sha256=sha256,
                        created=time.time(),
                    )
                )
        path = self._uploads / name
        return {"upload": name, "offset": path.stat().st_size if path.exists() else 0}

    def _upload(self, name: str, device: str) -> Any:
        with self._database.reading() as conn:
            row = conn.execute(sa.select(tables.uploads).where(tables.uploads.c.upload == name)).fetchone()
        if row is None or row.device != device:
            raise Refused(404, "not-found", "there is no such upload")
        return row

    def append(self, name: str, device: str, offset: int, data: bytes) -> int:
        """Adds a piece at `offset`; the new offset, once it is on the disk."""
        row = self._upload(name, device)
        path = self._uploads / name
        with self._lock, open(path, "ab") as out:
            present = out.tell()
            if offset != present:
                raise Refused(409, "offset", f"the upload stands at {present}")
            if present + len(data) > row.size:
                raise Refused(413, "too-large", "the upload is larger than was said")
            try:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            except OSError:
                out.truncate(present)
                raise
            return present + len(data)

    def finish(self, name: str, device: str) -> int:
        """Makes a complete upload a bundle of its mailbox; its sequence number."""
        row = self._upload(name, device)
        path = self._uploads / name
        digest = hashlib.sha256()
        with open(path, "rb") as source:
            while block := source.read(BLOCK):
                digest.update(block)
            size = source.tell()
        if size != row.size:
            raise Refused(409, "incomplete", f"the upload stands at {size}")
        if digest.hexdigest() != row.sha256:
            self._forget(name)
            raise Refused(422, "damaged", "the bytes are not what was said; begin again")
        self._put_blob(row.sha256, path)
        with self._database.writing() as conn:
            if not (self._blob_folder / _blob(row.sha256)).exists():  # swept meanwhile
                self._put_blob(row.sha256, path)
            last = conn.execute(
                sa.select(tables.mailboxes.c.last).where(tables.mailboxes.c.mailbox == row.mailbox)
            ).scalar()
            present = conn.execute(
                sa.select(tables.bundles.c.seq).where(
                    tables.bundles.c.mailbox == row.mailbox, tables.bundles.c.sha256 == row.sha256
                )
            ).scalar()
            seq = int(present or int(last or 0) + 1)
            if present is None:
                conn.execute(
                    tables.bundles.insert().values(mailbox=row.mailbox, seq=seq, size=size, sha256=row.sha256)
                )
                conn.execute(
                    tables.mailboxes.update()
                    .where(tables.mailboxes.c.mailbox == row.mailbox)
                    .values(last=seq)
                )
            conn.execute(tables.uploads.delete().where(tables.uploads.c.upload == name))
        path.unlink(missing_ok=True)
        return seq

    def _put_blob(self, sha256: str, path: Path) -> None:
        """A local blob is on the disk before the database names it."""
        try:
            obstore.put(self._blobs, _blob(sha256), path)
        except BaseError as error:  # it has no errors of the system of its own
            full = "StorageFull" in str(error) or "No space" in str(error)
            raise OSError(errno.ENOSPC if full else errno.EIO, "a blob was not stored") from error
        kept = self._blob_folder / _blob(sha256)
        for target in (kept, kept.parent):
            fd = os.open(target, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    def _forget(self, name: str) -> None:
        with self._database.writing() as conn:
            conn.execute(tables.uploads.delete().where(tables.uploads.c.upload == name))
        (self._uploads / name).unlink(missing_ok=True)

    def forget_old_uploads(self) -> None:
        """Removes uploads that nobody finished, and pieces that belong to none."""
        oldest = time.time() - UPLOAD_DAYS * 86400
        with self._database.writing() as conn:
            conn.execute(tables.uploads.delete().where(tables.uploads.c.created < oldest))
            known = {row[0] for row in conn.execute(sa.select(tables.uploads.c.upload))}
        for path in self._uploads.iterdir():
            if path.name not in known:
                path.unlink(missing_ok=True)


def _blob(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
