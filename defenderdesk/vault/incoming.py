"""Receiving a bundle: verified, applied and remembered in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

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
from defenderdesk.ledger import changes, clock, feeds
from defenderdesk.vault import apply, members, outgoing, writing
from defenderdesk.vault.apply import Applied
from defenderdesk.vault.database import Connection
from defenderdesk.vault.store import Store

Progress = Callable[[int, int], None]


class ForkedError(DamagedError):
    """Two different histories of one device: a cloned disk or a restored backup went on writing."""

    code = "forked"
    text = "Two different histories of {member}'s device exist."
    next_step = (
        "Nothing was taken from this bundle. The device was cloned or restored from a backup: "
        "tell the office, which gives it a new identity."
    )


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
        num, held, chain = writing.feed_row(self.conn, self.workspace, desk, desk_id, author.device)
        last = part.detail["first"] + part.detail["count"] - 1
        if last <= held and self._same(num, part, data, author):
            return
        self._take(num, held, chain, ranges.unpack(data, part), author, desk, data, part)
        while True:
            num, held, chain = writing.feed_row(
                self.conn, self.workspace, desk, desk_id, author.device
            )
            row = self.conn.execute(
                "SELECT first, last, data, detail FROM held_ranges WHERE feed = ? AND first <= ? "
                "ORDER BY first LIMIT 1",
                (num, held + 1),
            ).fetchone()
            if row is None:
                break
            self.conn.execute(
                "DELETE FROM held_ranges WHERE feed = ? AND first = ? AND last = ?",
                (num, row[0], row[1]),
            )
            if row[1] <= held:
                continue
            detail = {**msgspec.msgpack.decode(row[3]), "device": author.device}
            kept = Part(manifest.FEED, len(row[2]), b"", detail)
            self._take(num, held, chain, ranges.unpack(row[2], kept), author, desk, row[2], kept)

    def _same(self, num: int, part: Part, data: bytes, author: Certificate) -> bool:
        """Whether a range that ends within what is held is the same history. Raises if not."""
        brought = ranges.unpack(data, part)
        row = self.conn.execute(
            "SELECT header FROM change_sets WHERE id = ?",
            (apply.set_id(num, part.detail["first"] + part.detail["count"] - 1),),
        ).fetchone()
        if row is None or bytes(row[0]) != brought.items[-1].header:
            raise ForkedError(member=author.member)
        return True

    def _take(
        self,
        num: int,
        held: int,
        chain: bytes,
        brought: ranges.Range,
        author: Certificate,
        desk: int,
        data: bytes,
        part: Part,
    ) -> None:
        """Verifies a range, then applies what is new of it, or keeps it while a gap is open."""
        verified = feeds.verify_range(brought.previous, brought.first, brought.items)
        signing.verify(
            author.signing_key, feeds.SIGNATURE, verified.hashes[-1], brought.signature,
            f"the changes of {author.member}",
        )  # fmt: skip
        last = brought.first + len(brought.items) - 1
        if brought.first > held + 1:
            detail = {k: v for k, v in part.detail.items() if k != "device"}
            self.conn.execute(
                "INSERT OR IGNORE INTO held_ranges VALUES (?, ?, ?, ?, ?)",
                (num, brought.first, last, data, msgspec.msgpack.encode(detail)),
            )
            return
        skip = held + 1 - brought.first
        joint = brought.previous if skip == 0 else verified.hashes[skip - 1]
        if joint != chain:
            raise ForkedError(member=author.member)
        self._apply(num, desk, author.device, brought, verified, skip)
        self.conn.execute(
            "UPDATE feeds SET held = ?, hash = ? WHERE num = ?", (last, verified.hashes[-1], num)
        )

    def _apply(
        self,
        num: int,
        desk: int,
        device: bytes,
        brought: ranges.Range,
        verified: feeds.Verified,
        skip: int,
    ) -> None:
        conn, report = self.conn, self.report
        rows = []
        flat: list[bytes] = []
        places: list[tuple[bytes, int, tuple[int, bytes, int], int]] = []
        highest = 0
        for at in range(skip, len(brought.items)):
            header, body = verified.headers[at], verified.bodies[at]
            item = brought.items[at]
            row = apply.set_id(num, header.seq)
            signature = brought.signature if at == len(brought.items) - 1 else None
            rows.append(
                (row, len(body.items), item.header, verified.hashes[at], signature, item.body)
            )
            stamp = (header.hlc, device, header.seq)
            highest = max(highest, header.hlc)
            for index, (record, data) in enumerate(body.items):
                if data is not None:
                    flat.append(data)
                    places.append((record, row, stamp, index))
        conn.executemany("INSERT INTO change_sets VALUES (?, ?, ?, ?, ?, ?)", rows)
        grouped: dict[bytes, list[Applied]] = {}
        for (record, row, stamp, index), (name, op, value, dots) in zip(
            places, changes.read_changes(flat, device), strict=True
        ):
            applied = Applied(row, stamp, index, name, op, value, dots)
            present = grouped.get(record)
            if present is None:
                grouped[record] = [applied]
            else:
                present.append(applied)
        vectors = self.vectors
        vectors[device] = verified.headers[-1].seq
        outcome = apply.apply(conn, desk, grouped, lambda d, seq: seq <= vectors.get(d, 0))
        report.change_sets += len(rows)
        report.changes += len(flat)
        report.conflicts += outcome.conflicts
        report.kinds |= outcome.kinds
        if len(report.records) < 10_000:
            report.records.update(signing.id_text(r) for r in outcome.records)
        now = self.store.now_ms()
        report.suspect_clock |= clock.is_suspect(highest, now)
        own = self.store.meta("clock", 0, conn)
        self.store.set_meta("clock", clock.observe(own, highest, now))

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


def receive(store: Store, source: BinaryIO, progress: Progress | None = None) -> Received:
    """Takes a bundle into the vault, whole or not at all."""
    with store.writing() as conn:
        report = Receiver(store, conn).receive(source, progress)
    if report.joined or report.devices:
        with store.write_lock:
            store.load_identity()
    return report
