"""Verifying: every chain, signature, commitment and chunk of a vault, every act of its membership,
and that the records are what the change sets say. A bundle: the same of what it carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from defenderdesk.bundle import manifest, ranges
from defenderdesk.bundle.membership import Log, Roster
from defenderdesk.bundle.reader import Reader
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import DeskKey, Identity
from defenderdesk.crypto.canonical import MAX_NODES
from defenderdesk.errors import DamagedError, WorldError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.allowance import Allowance
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.ledger.merge import State
from defenderdesk.vault.identity import members
from defenderdesk.vault.records import apply, cut_off, forks, located
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

_BATCH, _BATCH_BYTES = 2000, 4 * 1024 * 1024


@dataclass
class Findings:
    """The result of a verification, in numbers, and every problem in a sentence. `crossed`: ids that
    several desks hold, each with their names: the records are sound, and one was made after the
    other by somebody who knew the id."""

    kind: str
    devices: int = 0
    feeds: int = 0
    change_sets: int = 0
    changes: int = 0
    erased: int = 0
    signatures: int = 0
    records: int = 0
    chunks: int = 0
    chunks_missing: int = 0
    sender: str = ""
    desk: str = ""
    crossed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """True if nothing was found wrong."""
        return not self.problems


def vault(store: Store, progress: Progress | None = None) -> Findings:
    """Verifies the whole vault from its own bytes; trusts no column that it can compute."""
    found = Findings("profile")
    with store.snapshot() as conn, guard():
        for check in ("PRAGMA cipher_integrity_check", "PRAGMA integrity_check"):
            for row in conn.execute(check):
                if row[0] != "ok":
                    found.problems.append(f"the database: {row[0]}")
        log = _membership(store, conn, found)
        states: dict[tuple[int, bytes], State] = {}
        total = conn.execute("SELECT count(*) FROM change_sets").fetchone()[0]
        for row in conn.execute(
            "SELECT f.num, f.desk, f.device, f.held, f.hash, d.id, "
            "coalesce(f.origin, f.device), f.base FROM feeds f "
            "JOIN desks d ON d.num = f.desk ORDER BY f.num"
        ).fetchall():
            found.feeds += 1
            try:
                _feed(conn, row, log.roster, states, found)
            except WorldError as error:
                found.problems.append(f"feed {signing.id_text(row[2])}: {error.describe()}")
            if progress:
                progress(found.change_sets, max(total, 1))
        _records(conn, states, found)
        found.crossed = [
            f"{signing.id_text(rid)}: {', '.join(desks)}" for rid, desks in located.crossed(conn)
        ]
        for name, present in conn.execute("SELECT hash, present FROM chunks").fetchall():
            if not present:
                found.chunks_missing += 1
                continue
            try:
                store.chunks.get(bytes(name))
                found.chunks += 1
            except WorldError as error:
                found.problems.append(f"chunk {bytes(name).hex()[:16]}: {error.describe()}")
    return found


def _membership(store: Store, conn: Connection, found: Findings) -> Log:
    log = Log(store.workspace)
    try:
        log.add(members.act_data(conn), bounded=False)
    except WorldError as error:
        found.problems.append(f"the membership: {error.describe()}")
    found.devices = len(log.roster.devices)
    return log


def _feed(
    conn: Connection,
    row: tuple[int, int, bytes, int, bytes, bytes, bytes, int],
    roster: Roster,
    states: dict[tuple[int, bytes], State],
    found: Findings,
) -> None:
    num, desk, device, held, last_hash, desk_id, origin, base = row
    author = roster.devices.get(origin)
    if author is None:
        raise DamagedError(what="its device is not of the workspace")
    decode = forks.decoder(conn, desk, device)
    chain = forks.chain_at(conn, num, base)
    seq = signed = base
    while True:
        rows, size = [], 0
        for one in conn.execute(
            "SELECT header, body, hash, signature FROM change_sets WHERE id > ? AND id <= ? "
            "ORDER BY id LIMIT ?",
            (apply.set_id(num, seq), apply.set_id(num, 2**apply.SEQ_BITS - 1), _BATCH),
        ):
            rows.append(one)
            size += len(one[1])
            if size > _BATCH_BYTES:
                break
        if not rows:
            break
        items = [ChangeSet(header, body) for header, body, _, _ in rows]
        verified = feeds.verify_range(chain, seq + 1, items)
        for at, (_, _, kept_hash, signature) in enumerate(rows):
            if kept_hash != verified.hashes[at]:
                raise DamagedError(what="the kept chain is not the computed one")
            if signature is not None:
                what = f"change set {seq + 1 + at}"
                signing.verify(author.signing_key, feeds.SIGNATURE, verified.hashes[at], signature, what)
                found.signatures += 1
                signed = seq + 1 + at
        _replay(desk, device, decode, verified, states, found)
        chain = verified.hashes[-1]
        seq += len(rows)
        found.change_sets += len(rows)
    if seq != held or chain != last_hash:
        raise DamagedError(what="it ends elsewhere than the vault says")
    if signed != held:  # its last link is signed through what follows it in a branch
        cut = roster.cuts.get((desk_id, device))
        through = any(
            b.base == held and (b.held > held or cut_off.quarantined(conn, b))
            for b in forks.branches(conn, desk, device)
        )
        if not through and (cut is None or (cut.seq, cut.hash) != (held, last_hash)):
            raise DamagedError(what="its last change set is not signed")


def _replay(
    desk: int,
    device: bytes,
    decode: forks.Decode,
    verified: feeds.Verified,
    states: dict[tuple[int, bytes], State],
    found: Findings,
) -> None:
    for head, body in zip(verified.headers, verified.bodies, strict=True):
        kept = [(at, rid, data) for at, (rid, data) in enumerate(body.items) if data is not None]
        found.changes += len(body.items)
        found.erased += len(body.items) - len(kept)
        stamp = (head.hlc, device, head.seq)
        decoded = decode([data for _, _, data in kept])
        for (at, rid, _), (name, op, value, dots) in zip(kept, decoded, strict=True):
            state = states.setdefault((desk, rid), State())
            state.apply(stamp, at, name, op, value, dots, lambda _device, _seq: False)


def _records(conn: Connection, states: dict[tuple[int, bytes], State], found: Findings) -> None:
    rows = conn.execute("SELECT desk, id, state FROM records")
    for desk, rid, packed in rows:
        expected = states.pop((desk, bytes(rid)), None)
        kept = State.unpack(packed)
        if expected is None or _entries(expected) != _entries(kept):
            found.problems.append(f"record {signing.id_text(rid)} is not what its change sets say")
        found.records += 1
    if states:
        found.problems.append(f"{len(states)} records of the change sets are missing")


def _entries(state: State) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: [(tuple(e.stamp), e.at, e.op, repr(e.value)) for e in entries]
        for name, entries in state.entries.items()
    }


def bundle(source: BinaryIO, store: Store | None) -> Findings:
    """Verifies a bundle without taking anything from it."""
    found = Findings("bundle")
    identities: list[Identity] = []
    known: Log | None = None
    names: dict[bytes, str] = {}
    if store is not None:
        known = store.log
        for desk in members.desk_keys(store.reader, store.roster):
            names[desk.id] = desk.name
            identities += [DeskKey(key.key) for key in desk.keys]
        if store.identity is not None:
            identities.append(store.identity)
    reader = Reader(source, identities)
    opened = reader.trust(None, (), known)
    trusted = opened.log.roster.devices
    found.devices = len(trusted)
    found.sender = opened.sender.member
    found.desk = names.get(opened.manifest.desk, signing.id_text(opened.manifest.desk))
    found.signatures = 1
    allowance = Allowance(sum(part.length for part in opened.manifest.parts), fresh=True)
    for part, data in reader.parts():
        if part.kind == manifest.CHUNK:
            found.chunks += 1
        elif part.kind == manifest.FEED:
            brought = ranges.unpack(data, part)
            verified = feeds.verify_range(brought.previous, brought.first, brought.items, MAX_NODES)
            author = trusted.get(brought.device)
            if author is None:
                found.problems.append("it carries changes of a device that is not known here")
                continue
            signing.verify(
                author.signing_key,
                feeds.SIGNATURE,
                ranges.signed_link(brought),
                brought.signature,
                f"the changes of {author.member}",
            )
            found.feeds += 1
            found.signatures += 1
            found.change_sets += len(brought.items)
            for body in verified.bodies:
                kept = [data for _, data in body.items if data is not None]
                found.changes += len(body.items)
                found.erased += len(body.items) - len(kept)
                allowance.take(changes.read_changes(kept, brought.device, MAX_NODES), author.member)
    reader.finish()
    return found
