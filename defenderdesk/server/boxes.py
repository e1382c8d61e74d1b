"""Mailboxes: lists of sealed bundles, each entry chained to those below it; and uploads into them.

A bundle arrives as an upload, piece by piece, each piece on the disk before it is acknowledged.
When it is complete and its SHA-256 is right it becomes a blob, and last an entry: a crash leaves an
unfinished upload or a whole bundle. What is deleted leaves its number, its hash and its link of the
chain: a list has no holes, and whoever holds what is gone can tell that it is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from defenderdesk.bundle import mailbox_chain
from defenderdesk.server import quotas, tables
from defenderdesk.server.blobs import BLOCK, Blobs
from defenderdesk.server.database import Database, insert
from defenderdesk.server.refused import Refused

MAX_BUNDLE = 4 * 1024**3
UPLOAD_DAYS = 7
_CLEAN_EVERY = 3600.0


class Box(NamedTuple):
    """A mailbox of a workspace, whether it has anything in it or not."""

    workspace: str
    name: str


class Boxes:
    """Every mailbox of the server."""

    def __init__(self, folder: Path, database: Database, blobs: Blobs) -> None:
        self._uploads = folder
        self._uploads.mkdir(mode=0o700, exist_ok=True)
        self._database, self._blobs = database, blobs
        self._cleaned = 0.0

    # -- reading ------------------------------------------------------------------------------------

    def listed(self, box: Box, after: int, limit: int) -> dict[str, Any]:
        """The entries after a number, the last one's number, and the chain at `after` (null where
        the list does not reach so far). Of a mailbox that nobody wrote to it is an empty one."""
        table = tables.entries
        mine = _in(table, box)
        with self._database.reading() as conn:
            row = conn.execute(sa.select(tables.boxes).where(_in(tables.boxes, box))).fetchone()
            last = int(row.last) if row else 0
            at: bytes | None = mailbox_chain.START if after == 0 else None
            if 0 < after <= last:
                at = conn.execute(sa.select(table.c.chain).where(mine, table.c.seq == after)).scalar()
            rows = conn.execute(
                sa.select(table).where(mine, table.c.seq > after).order_by(table.c.seq).limit(limit)
            ).fetchall()
        found = [
            {"seq": r.seq, "size": r.size, "sha256": r.sha256, "chain": bytes(r.chain).hex()} for r in rows
        ]
        return {"bundles": found, "last": last, "chain": bytes(at).hex() if at else None}

    def bundle(self, box: Box, seq: int) -> tuple[int, str]:
        """(size, SHA-256) of one bundle."""
        table = tables.entries
        with self._database.reading() as conn:
            row = conn.execute(
                sa.select(table.c.size, table.c.sha256).where(_in(table, box), table.c.seq == seq)
            ).fetchone()
        if row is None or not row.size or not self._blobs.here(row.sha256):
            raise Refused(404, "not-found", "there is no such bundle")
        return int(row.size), str(row.sha256)

    # -- deleting -----------------------------------------------------------------------------------

    def sweep(self, box: Box, through: int) -> None:
        """Deletes the bytes of a mailbox's bundles up to a number; the entries stay, of size 0."""
        table = tables.entries
        mine = _in(table, box) & (table.c.seq <= through) & (table.c.size > 0)
        with self._database.writing() as conn:
            if self._hold(conn, box) is None:
                raise Refused(404, "not-found", "there is no such mailbox")
            rows = conn.execute(sa.select(table.c.sha256, table.c.size).where(mine)).fetchall()
            conn.execute(table.update().where(mine).values(size=0))
            self._blobs.let_go(conn, [row.sha256 for row in rows])
            quotas.give(conn, box.workspace, "", "bytes", sum(row.size for row in rows))
        self._blobs.clean()

    # -- uploads ------------------------------------------------------------------------------------

    def begin(self, box: Box, device: str, size: int, sha256: str) -> dict[str, Any]:
        """{"seq"} if the bundle is here already, else {"upload", "offset"} to go on from."""
        if not 0 < size <= MAX_BUNDLE:
            raise Refused(413, "too-large", "the bundle is too large")
        self._forget_old()
        table = tables.begun
        with self._database.writing() as conn:
            self._open(conn, box, device)
            if (seq := self._seq(conn, box, sha256)) is not None:
                return {"seq": seq}
            values = {**box._asdict(), "device": device, "size": size, "sha256": sha256}
            values["box"] = values.pop("name")
            made = insert(conn, table).values(
                upload=secrets.token_hex(16), created=int(time.time()), **values
            )
            if conn.execute(made.on_conflict_do_nothing()).rowcount == 1:
                quotas.take(conn, box.workspace, device, "begun")
                quotas.take(conn, box.workspace, device, "bytes", size)
            same = sa.and_(*(table.c[name] == value for name, value in values.items()))
            name = str(conn.execute(sa.select(table.c.upload).where(same)).scalar_one())
        path = self._uploads / name
        return {"upload": name, "offset": path.stat().st_size if path.exists() else 0}

    def append(self, workspace: str, device: str, name: str, offset: int, data: bytes) -> int:
        """Adds a piece at `offset`; the new offset, once it is on the disk."""
        row = self._upload(workspace, device, name)
        path = self._uploads / name
        with open(path, "ab") as out:
            present = out.tell()
        if offset != present:
            raise Refused(409, "offset", f"the upload stands at {present}")
        if present + len(data) > row.size:
            raise Refused(413, "too-large", "the upload is larger than was said")
        with open(path, "r+b") as out:  # two that bring the same piece write the same bytes
            out.seek(offset)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        return present + len(data)

    def finish(self, workspace: str, device: str, name: str) -> int:
        """Makes a complete upload a bundle of its mailbox; its sequence number."""
        row = self._upload(workspace, device, name)
        path, box = self._uploads / name, Box(workspace, row.box)
        size, digest = _digest(path)
        if size != row.size:
            raise Refused(409, "incomplete", f"the upload stands at {size}")
        if digest != row.sha256:
            self._forget(row)
            raise Refused(422, "damaged", "the bytes are not what was said; begin again")
        self._blobs.put(row.sha256, path)
        with self._database.writing() as conn:
            held = self._hold(conn, box)
            seq = self._seq(conn, box, row.sha256)
            if seq is None and held is not None:
                seq = int(held.last) + 1
                chain = mailbox_chain.link(bytes(held.chain), seq, row.sha256)
                self._blobs.use(conn, row.sha256, path)
                conn.execute(
                    tables.entries.insert().values(
                        workspace=workspace, box=box.name, seq=seq, size=size, sha256=row.sha256, chain=chain
                    )
                )
                conn.execute(
                    tables.boxes.update().where(_in(tables.boxes, box)).values(last=seq, chain=chain)
                )
                self._drop(conn, row, keep_bytes=True)
            else:
                self._drop(conn, row)
        if seq is None:
            raise Refused(404, "not-found", "there is no such mailbox")
        path.unlink(missing_ok=True)
        return seq

    def _open(self, conn: sa.Connection, box: Box, device: str) -> None:
        """Makes a mailbox's row. Those of devices and letterboxes are known by their names; of
        others each device may begin a few."""
        made = insert(conn, tables.boxes).values(
            workspace=box.workspace, box=box.name, last=0, chain=mailbox_chain.START
        )
        if conn.execute(made.on_conflict_do_nothing()).rowcount == 0:
            return
        for table, named in (
            (tables.speakers, tables.speakers.c.door == box.name),
            (tables.letterboxes, tables.letterboxes.c.letterbox == box.name),
        ):
            known = sa.select(sa.literal(1)).where(table.c.workspace == box.workspace, named).limit(1)
            if conn.execute(known).scalar():
                return
        quotas.take(conn, box.workspace, device, "boxes")

    @staticmethod
    def _hold(conn: sa.Connection, box: Box) -> Any:
        """The row of a mailbox, which nobody else changes until the caller's write ends."""
        return conn.execute(
            sa.select(tables.boxes).where(_in(tables.boxes, box)).with_for_update()
        ).fetchone()

    @staticmethod
    def _seq(conn: sa.Connection, box: Box, sha256: str) -> int | None:
        table = tables.entries
        found = conn.execute(
            sa.select(table.c.seq).where(_in(table, box), table.c.sha256 == sha256, table.c.size > 0).limit(1)
        ).scalar()
        return None if found is None else int(found)

    def _upload(self, workspace: str, device: str, name: str) -> Any:
        with self._database.reading() as conn:
            row = conn.execute(sa.select(tables.begun).where(tables.begun.c.upload == name)).fetchone()
        if row is None or (row.workspace, row.device) != (workspace, device):
            raise Refused(404, "not-found", "there is no such upload")
        return row

    @staticmethod
    def _drop(conn: sa.Connection, row: Any, *, keep_bytes: bool = False) -> None:
        gone = tables.begun.delete().where(tables.begun.c.upload == row.upload)
        if conn.execute(gone).rowcount == 1:
            quotas.give(conn, row.workspace, row.device, "begun")
            if not keep_bytes:
                quotas.give(conn, row.workspace, row.device, "bytes", row.size)

    def _forget(self, row: Any) -> None:
        with self._database.writing() as conn:
            self._drop(conn, row)
        (self._uploads / row.upload).unlink(missing_ok=True)

    def _forget_old(self) -> None:
        if time.monotonic() - self._cleaned > _CLEAN_EVERY or not self._cleaned:
            self._cleaned = time.monotonic()
            self.forget_old_uploads()

    def forget_old_uploads(self) -> None:
        """Removes uploads that nobody finished, and pieces that belong to none."""
        oldest = int(time.time()) - UPLOAD_DAYS * 86400
        with self._database.writing() as conn:
            old = sa.select(tables.begun).where(tables.begun.c.created < oldest)
            for row in conn.execute(old).fetchall():
                self._drop(conn, row)
            known = {row[0] for row in conn.execute(sa.select(tables.begun.c.upload))}
            quotas.clean(conn)
        for path in self._uploads.iterdir():
            if path.name not in known and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def _in(table: sa.Table, box: Box) -> sa.ColumnElement[bool]:
    return (table.c.workspace == box.workspace) & (table.c.box == box.name)


def _digest(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    if not path.exists():
        return 0, ""
    with open(path, "rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
        return source.tell(), digest.hexdigest()
