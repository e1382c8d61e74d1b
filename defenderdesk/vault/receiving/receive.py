"""Receiving a bundle: verified, applied and remembered in one transaction, or not at all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from defenderdesk.bundle import manifest, membership, ranges
from defenderdesk.bundle.manifest import Manifest, Part
from defenderdesk.bundle.membership.acts import RETURN, TRAVEL, WITHDRAW
from defenderdesk.bundle.reader import Opened, Reader
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import DeskKey, open_bytes
from defenderdesk.errors import (
    DamagedError,
    NewerError,
    NotForUsError,
    UnknownDeviceError,
)
from defenderdesk.ledger.allowance import Allowance
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import members, rekey
from defenderdesk.vault.membership import administer, remove_device, revoke_desk
from defenderdesk.vault.records.search_index import Budget
from defenderdesk.vault.replication import planning
from defenderdesk.vault.replication.import_feed import FeedImport
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

MAX_NAMED = 2000
"""Records that a report names; after more, a view reads anew what it shows."""


@dataclass
class Received:
    """The contents of one bundle that was taken in. `manifest`: its list of contents, verified;
    `changes`: single changes applied; `missing`: (device, first, last) of change sets that must
    still arrive before what came can be shown. `aside`: change sets that removed members' devices
    wrote on (by member). `forked`: members of whose device two histories came to light; `parted`:
    of whose device the sender holds another history than is held here. `renewed`: this device was
    the forked one, and has a new identity now. `removed_sender`: a removed device made it after
    its removal."""

    manifest: Manifest
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
    acts: int = 0
    removed_sender: bool = False
    aside: dict[str, int] = field(default_factory=dict)
    forked: list[str] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)
    renewed: bool = False
    new_identity: bool = False
    taken: list[tuple[str, int]] = field(default_factory=list)
    """Desks that were taken from this device, and saves in them that are here alone."""

    @property
    def nothing_new(self) -> bool:
        """True if everything in it was here already."""
        return not (self.changes or self.chunks or self.acts or self.desks or self.missing or self.aside)


class Receiver:
    """Takes one bundle into the vault, inside the caller's transaction."""

    report: Received
    """The report of what it brought; there once its sender is verified."""

    def __init__(self, store: Store, conn: Connection) -> None:
        self.store = store
        self.conn = conn
        self.log = store.log
        self.vectors: dict[bytes, int] = {}
        self.cloned = self.elsewhere = False
        self.allowance, self.words = Allowance(), Budget()

    def receive(self, source: BinaryIO, progress: Progress | None) -> Received:
        """Reads the whole bundle. Raises a `WorldError`; the caller then rolls back."""
        with no_collection():
            return self._receive(source, progress)

    def _receive(self, source: BinaryIO, progress: Progress | None) -> Received:
        store = self.store
        desks = members.desk_keys(self.conn, store.roster)
        desk_identities = [(desk, DeskKey(key.key)) for desk in desks for key in desk.keys]
        identities: list[Any] = [identity for _, identity in desk_identities]
        if store.identity is not None:  # an office may not know yet that a new one took its place
            identities += rekey.openers(store)
        if not identities:
            raise NotForUsError
        reader = Reader(source, identities)
        expected = store.workspace or store.meta("pending_workspace", b"", self.conn)
        if not expected:
            raise NotForUsError
        opened = reader.trust(expected, rekey.names(store), store.log)
        contents = opened.manifest
        self.report = report = Received(contents)
        for desk, identity in desk_identities:
            if reader.opened_by is identity and desk.id != contents.desk:
                raise DamagedError(what="it is sealed for another desk than it says")
        self._accept_members(opened)
        report.sender = opened.sender.member
        report.removed_sender = opened.sender.removed and self._sent_on(opened)
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
        if desk_num is None and self._is_only_word(contents.desk):
            if opened.news:
                administer.follow(store, self.conn, self.log, lead=False)
            return report
        desk_num = self._desk(contents.desk) if desk_num is None else desk_num
        if (
            contents.sender != store.device
            and opened.sender.present
            and (not opened.sender.travelling)
            and contents.desk in opened.sender.desks
        ):
            report.parted = [
                self._member(feed) for feed in planning.diverged(self.conn, desk_num, contents.receipt)
            ]
            said = contents.receipt
            stale = self.log.predates(contents.sender, contents.desk, said.since, said.roster)
            if not stale and (said.key or said.holds):  # else it brought word, no more
                planning.save_receipt(self.conn, contents.sender, desk_num, contents.created, said)
        own = self.log.roster.devices.get(store.device)
        # Also where a copy took its place and nothing parted: no key would be sealed to it then.
        if self.cloned or (own is not None and own.successor):
            renewed = rekey.succeed(store, self.conn, self.log)
            known = not self.elsewhere and own is not None and not own.successor
            report.renewed = renewed and not (known or store.meta(travel.TRAVELLED, False, self.conn))
            report.new_identity = renewed
            store.set_meta(travel.TRAVELLED, False)
        if report.forked:  # of a removed device only the history that was known then counts
            remove_device.cut(store, self.conn, self.log.roster)
        if opened.news:
            administer.follow(store, self.conn, self.log, lead=False)
            report.taken = revoke_desk.leave(store, self.conn, self.log.roster)
        else:
            erase.carry_out(store, self.conn, self.log.roster)
        self._note_missing(desk_num)
        return report

    def _is_only_word(self, desk: bytes) -> bool:
        """Tells whether this device was removed, and hears of it by the bundle of a desk that it
        does not hold any more. While it travels only the wish to destroy its keys is heard: the
        names of colleagues are to stay away from it."""
        if self.conn.execute("SELECT 1 FROM desks WHERE id = ?", (desk,)).fetchone():
            return False
        own = self.log.roster.devices.get(self.store.device)
        away = self.store.meta(travel.TRAVELLED, False, self.conn)
        return own is not None and own.removed and (own.destroy or not away)

    def _sent_on(self, opened: Opened) -> bool:
        """Tells whether a removed device made this bundle after its removal, as far as that shows:
        by its clock, or by work of its own beyond where that ends. What it sent before is ordinary
        data of the desk: whoever comes in, or back, reads all of it."""
        line = opened.sender.line or (opened.sender.device,)
        said, desk = opened.manifest.receipt, opened.manifest.desk
        cuts = ((feed, self.log.roster.cuts.get((desk, feed))) for feed in line)
        if any(cut is not None and said.holds.get(feed, 0) > cut.seq for feed, cut in cuts):
            return True
        when = [self.log.at_least(act.id) for one in line for act in self.log.removals(one)]
        return not when or opened.manifest.created > min(when)

    # -- members and keys ---------------------------------------------------------------------

    def _accept_members(self, opened: Opened) -> None:
        store, known = self.store, self.store.roster.devices
        roster = opened.log.roster
        if not store.workspace:
            own = roster.devices.get(store.device)
            sender = opened.sender
            if own is None or not sender.present or sender.role != membership.ADMINISTRATOR:
                raise NotForUsError
            store.set_meta("workspace", opened.manifest.workspace)
            store.set_meta("workspace_name", roster.name)
            self.report.joined = True
        members.keep_acts(self.conn, opened.news)
        if roster.name != store.meta("workspace_name", "", self.conn):
            store.set_meta("workspace_name", roster.name)
        for act in opened.news:
            if act.kind in (TRAVEL, RETURN):  # who travels holds nothing any more
                gone = act.author if act.kind == TRAVEL else act.detail[0]
                self.conn.execute("DELETE FROM receipts WHERE device = ?", (gone,))
            elif act.kind == WITHDRAW:
                revoke_desk.forget_receipts_of(self.conn, roster, *act.detail)
        self.log = opened.log
        if not self.report.joined and not store.meta(travel.TRAVELLED, False, self.conn):
            # what this device is said to have done, and has not: a copy did, or its backup's past
            done = any(act.author == store.device for act in opened.news)
            self.cloned, self.elsewhere = self.cloned or done, self.elsewhere or done
        for device in self.log.diverged(opened.news):
            member = self._member(device)
            if member and member not in self.report.forked:
                self.report.forked.append(member)
        self.report.acts = len(opened.news)
        if self.log.left_out:
            self.report.skipped.append("acts")
        self.report.devices = len(roster.devices.keys() - known.keys())

    def _grant(self, part: Part, data: bytes, opened: Opened) -> None:
        latest = self.log.roster.latest(part.detail["device"])
        if latest is None or latest.device != self.store.device:
            return
        what = "a grant of a desk is malformed"
        value = canonical.decode(open_bytes(data, rekey.openers(self.store)), what)
        if type(value) is list and value and type(value[0]) is int and value[0] > 1:
            raise NewerError(what="a grant of a desk")
        if (
            type(value) is not list
            or len(value) != 6
            or not canonical.is_version(value[0], planning.GRANT_VERSION)
        ):
            raise DamagedError(what=what)
        _, workspace, desk, name, box, keys = value
        if (
            workspace != opened.manifest.workspace
            or type(desk) is not bytes
            or len(desk) != 16
            or type(name) is not str
            or len(name) > membership.MAX_NAME
            or type(box) is not bytes
            or len(box) != 16
            or type(keys) is not list
            or not keys
            or len(keys) > 10_000
        ):
            raise DamagedError(what=what)
        named = {key.name for key in self.log.roster.keys.get(desk, ())}
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
        # The sender may not know yet of what made one of them void.
        keys = [one for one in keys if membership.key_name(desk, one[0], one[1]) in named]
        if not keys:
            raise DamagedError(what="a desk was granted with a key that is not its own")
        if not self.log.roster.may_write(self.store.device, desk):
            self.report.skipped.append(part.kind)
            return
        before = self.conn.execute("SELECT count(*) FROM desks").fetchone()[0]
        members.add_desk_row(self.conn, desk, name, box, [(item[0], item[1]) for item in keys])
        after = self.conn.execute("SELECT count(*) FROM desks").fetchone()[0]
        self.report.desks += after - before

    def _member(self, feed: bytes) -> str:
        """The member whose device writes a feed, or wrote the feed that it is a branch of."""
        row = self.conn.execute("SELECT origin FROM feeds WHERE device = ?", (feed,)).fetchone()
        device = bytes(row[0]) if row and row[0] else feed
        found = self.log.roster.devices.get(device)
        return found.member if found else ""

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
            carried = sum(part.length for part in self.report.manifest.parts)
            self.allowance = Allowance(carried, fresh=not any(self.vectors.values()))
        return int(row[0])

    # -- feeds --------------------------------------------------------------------------------

    def _feed(self, part: Part, data: bytes, desk: int, desk_id: bytes) -> None:
        author = self.log.roster.devices.get(part.detail["device"])
        if author is None:
            raise UnknownDeviceError(what="it carries changes of a device that was never introduced")
        feed = FeedImport(
            self.store,
            self.conn,
            self.log.roster,
            desk,
            desk_id,
            author,
            self.vectors,
            allowance=self.allowance,
            words=self.words,
        )
        feed.take(ranges.unpack(data, part), data, part)
        feed.take_held()
        report = self.report
        if feed.aside:
            report.aside[author.member] = report.aside.get(author.member, 0) + feed.aside
        if feed.forked and author.member not in report.forked:
            report.forked.append(author.member)
        if author.device == self.store.device and (feed.forked or feed.beyond):
            self.cloned = True
            if feed.forked or not revoke_desk.brought_back(self.store, self.conn, desk, desk_id):
                self.elsewhere = True
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
            if first > held + 1:
                self.report.missing.append((self._member(bytes(device)), held + 1, first - 1))


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


def receive(
    store: Store,
    source: BinaryIO,
    progress: Progress | None = None,
    kept: Callable[[Received], None] | None = None,
) -> Received:
    """Takes a bundle into the vault, whole or not at all. `kept`: writes beside it what its
    receiver wants to keep of what it brought."""
    with store.writing() as conn:
        report = Receiver(store, conn).receive(source, progress)
        if kept is not None:
            kept(report)
    if report.joined or report.acts or report.forked or report.new_identity:
        with store.write_lock:
            store.load_identity()
    return report
