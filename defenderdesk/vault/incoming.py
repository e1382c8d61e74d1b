"""Receiving a bundle: verified, applied and remembered in one transaction, or not at all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from defenderdesk.bundle import manifest, membership, ranges
from defenderdesk.bundle.manifest import Part
from defenderdesk.bundle.membership import Certificate
from defenderdesk.bundle.reader import Opened, Reader
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import DeskKey, open_bytes
from defenderdesk.errors import (
    DamagedError,
    NewerError,
    NotForUsError,
    UnknownDeviceError,
)
from defenderdesk.vault import members, outgoing
from defenderdesk.vault.database import Connection
from defenderdesk.vault.feed_import import FeedImport
from defenderdesk.vault.store import Store

Progress = Callable[[int, int], None]
MAX_NAMED = 2000
"""Records that a report names; after more, a view reads anew what it shows."""


@dataclass
class Received:
    """What one bundle brought. `changes`: single changes applied; `missing`: (device, first,
    last) of change sets that must still arrive before what came can be shown."""

    sender: str = ""
    desk: str = ""
    change_sets: int = 0
    changes: int = 0
    records: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    conflicts: int = 0
    chunks: int = 0
    devices: int = 0
    desks: int = 0
    missing: list[tuple[str, int, int]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    suspect_clock: bool = False
    joined: bool = False

    @property
    def nothing_new(self) -> bool:
        """Whether everything in it was here already."""
        return not (self.changes or self.chunks or self.devices or self.desks or self.missing)


class Receiver:
    """Takes one bundle into the vault, inside the caller's transaction."""

    def __init__(self, store: Store, conn: Connection) -> None:
        self.store = store
        self.conn = conn
        self.report = Received()
        self.trusted: dict[bytes, Certificate] = dict(store.members)
        self.vectors: dict[bytes, int] = {}

    def receive(self, source: BinaryIO, progress: Progress | None) -> Received:
        """Reads the whole bundle. Raises a `WorldError`; the caller then rolls back."""
        with no_collection():
            return self._receive(source, progress)

    def _receive(self, source: BinaryIO, progress: Progress | None) -> Received:
        store, report = self.store, self.report
        desks = members.desk_keys(self.conn)
        desk_identities = [(desk, DeskKey(key)) for desk in desks for _, key in desk.keys]
        identities: list[Any] = [identity for _, identity in desk_identities]
        if store.identity is not None:
            identities.append(store.identity)
        if not identities:
            raise NotForUsError
        reader = Reader(source, identities)
        expected = store.workspace or store.meta("pending_workspace", b"", self.conn)
        if not expected:
            raise NotForUsError
        opened = reader.trust(expected, store.device, store.members)
        contents = opened.manifest
        for desk, identity in desk_identities:
            if reader.opened_by is identity and desk.id != contents.desk:
                raise DamagedError(what="it is sealed for another desk than it says")
        self._accept_members(opened)
        report.sender = opened.sender.member
        self.workspace = contents.workspace
        desk_num: int | None = None
        for part, data in reader.parts(progress):
            if part.kind == manifest.GRANT:
                self._grant(part, data, opened)
                continue
            if desk_num is None:
                desk_num = self._desk(contents.desk)
            if part.kind == manifest.FEED:
                self._feed(part, data, desk_num, contents.desk)
            elif part.kind == manifest.CHUNK:
                self._chunk(part, data, desk_num)
            else:
                report.skipped.append(part.kind)
        reader.finish()
        desk_num = self._desk(contents.desk) if desk_num is None else desk_num
        if contents.sender != store.device:
            outgoing.save_receipt(
                self.conn, contents.sender, desk_num, contents.created, contents.receipt
            )
        self._note_missing(desk_num)
        return report

    # -- members and keys ---------------------------------------------------------------------

    def _accept_members(self, opened: Opened) -> None:
        store = self.store
        if not store.workspace:
            own = opened.newcomers.get(store.device)
            if own is None or opened.sender.role != membership.ADMINISTRATOR:
                raise NotForUsError
            founder = next((c for c, _ in opened.newcomers.values() if c.nonce), None)
            store.set_meta("workspace", opened.manifest.workspace)
            store.set_meta("workspace_name", founder.workspace_name if founder else "")
            self.report.joined = True
        for device, (cert, data) in opened.newcomers.items():
            members.add_certificate(self.conn, device, data)
            self.trusted[device] = cert
            self.report.devices += 1

    def _grant(self, part: Part, data: bytes, opened: Opened) -> None:
        if part.detail["device"] != self.store.device:
            return
        if opened.sender.role != membership.ADMINISTRATOR:
            raise DamagedError(what="a desk was granted by someone who may not")
        what = "a grant of a desk is malformed"
        value = canonical.decode(open_bytes(data, [self.store.need_identity()]), what)
        if type(value) is list and value and type(value[0]) is int and value[0] > 1:
            raise NewerError(what="a grant of a desk")
        if type(value) is not list or len(value) != 5 or value[0] != outgoing.GRANT_VERSION:
            raise DamagedError(what=what)
        _, workspace, desk, name, keys = value
        if (
            workspace != opened.manifest.workspace
            or type(desk) is not bytes
            or len(desk) != 16
            or type(name) is not str
            or len(name) > membership.MAX_NAME
            or type(keys) is not list
            or not keys
            or len(keys) > 10_000
        ):
            raise DamagedError(what=what)
        for item in keys:
            if (
                type(item) is not list
                or len(item) != 2
                or type(item[0]) is not int
                or not 0 <= item[0] < 2**31
                or type(item[1]) is not bytes
                or len(item[1]) != 32
            ):
                raise DamagedError(what=what)
        before = self.conn.execute("SELECT count(*) FROM desks").fetchone()[0]
        members.add_desk_row(self.conn, desk, name, [(item[0], item[1]) for item in keys])
        after = self.conn.execute("SELECT count(*) FROM desks").fetchone()[0]
        self.report.desks += after - before

    def _desk(self, desk: bytes) -> int:
        row = self.conn.execute("SELECT num, name FROM desks WHERE id = ?", (desk,)).fetchone()
        if row is None:
            raise NotForUsError
        self.report.desk = row[1]
        if not self.vectors:
            self.vectors = {
                bytes(device): held
                for device, held in self.conn.execute(
                    "SELECT device, held FROM feeds WHERE desk = ?", (row[0],)
                )
            }
        return int(row[0])

    # -- feeds --------------------------------------------------------------------------------

    def _feed(self, part: Part, data: bytes, desk: int, desk_id: bytes) -> None:
        author = self.trusted.get(part.detail["device"])
        if author is None:
            raise UnknownDeviceError(
                what="it carries changes of a device that was never introduced"
            )
        feed = FeedImport(self.store, self.conn, desk, desk_id, author, self.vectors)
        feed.take(ranges.unpack(data, part), data, part)
        feed.take_held()
        report = self.report
        report.change_sets += feed.change_sets
        report.changes += feed.changes
        report.conflicts += feed.conflicts
        report.kinds |= feed.kinds
        report.suspect_clock |= feed.suspect_clock
        if len(report.records) + len(feed.records) <= MAX_NAMED:
            report.records.update(signing.id_text(record) for record in feed.records)

    # -- attachments ----------------------------------------------------------------------------

    def _chunk(self, part: Part, data: bytes, desk: int) -> None:
        row = self.conn.execute(
            "SELECT size, present FROM chunks WHERE hash = ? AND desk = ?", (part.sha256, desk)
        ).fetchone()
        if row is None or row[0] != len(data):
            self.report.skipped.append("chunk")
            return
        self.store.chunks.put(part.sha256, data)
        if not row[1]:
            self.conn.execute(
                "UPDATE chunks SET present = 1 WHERE hash = ? AND desk = ?", (part.sha256, desk)
            )
            self.report.chunks += 1

    def _note_missing(self, desk: int) -> None:
        for device, held, first in self.conn.execute(
            "SELECT f.device, f.held, min(h.first) FROM held_ranges h JOIN feeds f "
            "ON f.num = h.feed WHERE f.desk = ? GROUP BY f.num",
            (desk,),
        ):
            cert = self.trusted.get(bytes(device))
            self.report.missing.append((cert.member if cert else "", held + 1, first - 1))


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the cyclic garbage collector: an import makes hundreds of thousands of tuples and
    no cycles, and going through them again and again would take a third of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def receive(store: Store, source: BinaryIO, progress: Progress | None = None) -> Received:
    """Takes a bundle into the vault, whole or not at all."""
    with store.writing() as conn:
        report = Receiver(store, conn).receive(source, progress)
    if report.joined or report.devices:
        with store.write_lock:
            store.load_identity()
    return report
