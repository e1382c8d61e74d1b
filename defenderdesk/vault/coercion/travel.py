"""Travel mode: before a border everything leaves the laptop; after it, it comes back.

What the office has confirmed by receipt is deleted with the data key that opened it; what it has
not confirmed is named first. The laptop keeps its identity and the server's address: an ordinary
vault with nothing in it. While it travels nobody seals anything for it, and it cannot fetch its
keys back by itself, whoever forces its owner: an administrator or coordinator, who spoke with
them, says that it is back. Then the next exchange brings everything, and it takes a new identity.

In the order that a crash leaves one or the other vault: the new database is written whole beside
the old one, then the key file is replaced (which is the end of the old one), then the files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from defenderdesk import files
from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import acts
from defenderdesk.errors import Message, NotFoundError, NotGrantedError, UsageError, WorldError
from defenderdesk.vault.coercion import duress
from defenderdesk.vault.identity import members, rekey
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.keys import keyring_secret, os_keyring, slots
from defenderdesk.vault.storage import database, registry
from defenderdesk.vault.storage.store import Store

if TYPE_CHECKING:
    from defenderdesk.bundle.manifest import Receipt

NAME = "vault.db.travel"
TRAVELLED = "travelled"
BOXES = "travel_boxes"
NEUTRAL = "DefenderDesk"
"""The name of the workspace while it is away."""
OFFICE = (membership.DESK_OFFICER, membership.COORDINATOR, membership.ADMINISTRATOR)
"""The roles whose receipts count: a laptop that may be at the same border is no office."""


@dataclass(frozen=True)
class Left:
    """The work in a desk that would be lost: no office has confirmed it."""

    desk: str
    change_sets: int
    attachments: int


def unconfirmed(store: Store) -> list[Left]:
    """The work that no office device has confirmed, desk by desk; empty: the laptop can go."""
    from defenderdesk.vault.replication import planning

    out = []
    with store.snapshot() as conn:
        for desk in members.desk_keys(conn, store.roster):
            offices = [
                receipt
                for device, member in store.members.items()
                if device != store.device
                and member.role in OFFICE
                and desk.id in member.desks
                and (receipt := planning.receipt_of(conn, device, desk.num)) is not None
            ]
            sets, chunks = _lacking(conn, desk, offices)
            sets += _waits(store, conn, desk, offices)
            if sets or chunks:
                out.append(Left(desk.name, sets, chunks))
    return out


def _lacking(conn: database.Connection, desk: DeskKeys, offices: list[Receipt]) -> tuple[int, int]:
    """(change sets, attachment chunks) that no single office holds together with its chain."""
    from defenderdesk.vault.replication import planning

    parted = [set(planning.diverged(conn, desk.num, receipt)) for receipt in offices]
    sets = 0
    for feed, held in conn.execute("SELECT device, held FROM feeds WHERE desk = ?", (desk.num,)).fetchall():
        best = max(
            (
                receipt.holds.get(bytes(feed), 0)
                for receipt, other in zip(offices, parted, strict=True)
                if bytes(feed) not in other
            ),
            default=0,
        )
        sets += max(0, held - best)
    chunks = 0
    for name, feed, seq in conn.execute(
        "SELECT c.hash, f.device, c.seq FROM chunks c JOIN feeds f ON f.num = c.feed "
        "WHERE c.desk = ? AND c.present = 1",
        (desk.num,),
    ):
        there = any(
            r.holds.get(bytes(feed), 0) >= seq and not r.missing_all and bytes(name) not in r.missing
            for r in offices
        )
        chunks += not there
    return sets, chunks


def _waits(store: Store, conn: database.Connection, desk: DeskKeys, offices: list[Receipt]) -> int:
    """Change sets that came before what they follow, which is lost perhaps: no office holds them.
    What removed devices wrote on waits as well, and is in no receipt."""
    waits = 0
    for feed, origin, held, first, last in conn.execute(
        "SELECT f.device, coalesce(f.origin, f.device), f.held, h.first, h.last FROM held_ranges h "
        "JOIN feeds f ON f.num = h.feed WHERE f.desk = ? AND h.last > f.held",
        (desk.num,),
    ).fetchall():
        if store.roster.may_write(bytes(origin), desk.id):
            best = max((r.holds.get(bytes(feed), 0) for r in offices), default=0)
            waits += max(0, last - max(first - 1, held, best))
    return waits


def tell(store: Store) -> None:
    """Says in the membership that this device is about to travel; the next exchange tells it."""
    _need_here(store)
    own = store.members.get(store.device)
    if own is None:
        raise NotGrantedError(what="this laptop is not of a workspace")
    if own.travelling:
        return
    with store.writing() as conn:
        log = store.log.copy()
        made = log.make(store.require_signing_key(), acts.TRAVEL, [], store.now_ms())
        members.keep_acts(conn, [made])
        store.load_members(conn)


def check(store: Store, passphrase: str) -> None:
    """Raises `WrongPassphraseError` unless it is the vault's."""
    duress.proven(store, passphrase)


def depart(store: Store, passphrase: str, *, anyway: bool = False) -> None:
    """Empties the vault. The caller closes it and opens it anew. Raises `UsageError` while
    something is unconfirmed (unless `anyway`) and for one that travels, `WrongPassphraseError`."""
    _need_here(store)
    left = unconfirmed(store)
    if left and not anyway:
        raise UsageError(
            what=Message(
                "{n} saves and {m} parts of attachments are on no office’s laptop yet",
                n=sum(one.change_sets for one in left),
                m=sum(one.attachments for one in left),
            )
        )
    slot = duress.proven(store, passphrase)
    kept = {name: store.meta(name, None) for name in registry.travelling()}
    kept |= {BOXES: _boxes(store), "workspace_name": NEUTRAL}
    key = os.urandom(32)
    own = slots.Slot.make(slots.PASSPHRASE, passphrase, key, slot.cost)
    _write(store.profile, key, {**kept, duress.OWN: [own.wrapped], TRAVELLED: True})
    entries = list(keyring_secret.known(store))
    duress.replace_keys(store.profile, own)
    for entry in entries:
        os_keyring.forget(entry)
    store.close()
    finish(store.profile, key)


def _need_here(store: Store) -> None:
    """Raises `UsageError` where everything left already: nobody would find the way back."""
    if store.meta(TRAVELLED, False) and not store.reader.execute("SELECT 1 FROM desks").fetchone():
        raise UsageError(what="The vault is empty. A coordinator must say that you are back")


def _boxes(store: Store) -> list[tuple[bytes, str, int]]:
    """(mailbox, name of its state, how far it was read): where the way back will be found."""
    out = []
    with store.snapshot() as conn:
        boxes = [bytes(row[0]) for row in conn.execute("SELECT box FROM desks")]
        for name, value in conn.execute(
            "SELECT name, value FROM meta WHERE name LIKE 'mailbox.%'"
        ).fetchall():
            box = bytes.fromhex(name.rpartition(".")[2])
            if box in boxes:
                out.append((box, name, int(msgspec.msgpack.decode(value)["cursor"])))
    return out


def _write(profile: Path, key: bytes, values: dict[str, object]) -> None:
    path = profile / NAME
    for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
        (profile / name).unlink(missing_ok=True)
    conn = database.connect(path, key)
    try:
        database.migrate(conn)
        with database.transaction(conn):
            conn.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [(n, msgspec.msgpack.encode(v)) for n, v in values.items() if v is not None],
            )
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        conn.close()
    files.sync_folder(profile)


def finish(profile: Path, key: bytes) -> None:
    """Puts the empty database in its place, where a departure got as far as the keys; removes it
    where it did not."""
    path = profile / NAME
    if not path.exists():
        return
    try:
        database.connect(path, key).close()
    except WorldError:
        path.unlink(missing_ok=True)  # the old keys still count: nothing has left
        return
    for name in ("vault.db-wal", "vault.db-shm", f"{NAME}-wal", f"{NAME}-shm"):
        (profile / name).unlink(missing_ok=True)
    os.replace(path, profile / "vault.db")
    duress.sweep(profile, keep_database=True)


def welcome(store: Store, device: str) -> None:
    """A person spoke with the owner: the device is back and may be given its desks again."""
    from defenderdesk.vault.membership import administer

    own = store.members.get(store.device)
    if own is None or own.role not in (membership.ADMINISTRATOR, membership.COORDINATOR):
        raise NotGrantedError(what="only a coordinator or an administrator may say who is back")
    member = administer.require_device(store, device)
    if member.device == store.device:
        raise NotFoundError(what=Message("device {device}", device=device))
    with store.writing() as conn:
        log = store.log.copy()
        made = log.make(store.require_signing_key(), acts.RETURN, [member.device], store.now_ms())
        members.keep_acts(conn, [made])
        conn.execute("DELETE FROM receipts WHERE device = ?", (member.device,))
        store.load_members(conn)


def home(store: Store) -> None:
    """With its desks it takes new keys, also where it never wrote with the ones before: those went
    through a border, and may have been copied there."""
    if not store.meta(TRAVELLED, False):
        return
    with store.writing() as conn:
        if not conn.execute("SELECT 1 FROM desks").fetchone():
            return
        rekey.succeed(store, conn, store.log.copy())
        store.set_meta(TRAVELLED, False)
    store.load_identity()


def away(store: Store) -> Iterator[membership.Member]:
    """The devices that travel."""
    return (m for m in store.members.values() if m.travelling)
