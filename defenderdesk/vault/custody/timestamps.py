"""Trusted timestamps as the vault keeps them: what waits for one, and the tokens that came.

A token is over a device's signature of its feed's head; it covers everything the device had
written in that desk until then. It is a record (kind `timestamp`), so every replica has it. Which
authorities are asked is set on each device (`sync.server.timestamping` asks them).
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from defenderdesk.crypto import signing, timestamp
from defenderdesk.crypto.timestamp import MAX_ANSWER, MAX_ROOT, Root
from defenderdesk.domain.kinds import KIND, TIMESTAMP
from defenderdesk.errors import WorldError
from defenderdesk.ledger import branches, feeds
from defenderdesk.vault import types
from defenderdesk.vault.custody import signers
from defenderdesk.vault.records import apply, forks, writing
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit, Record

_SAME, _FRACTION = timedelta(0), timedelta(seconds=1)
_WANTED = "stamp.wanted."


@dataclass(frozen=True)
class Stamp:
    """A kept token. `device` (26 characters) signed `signature` over its feed up to `seq`.
    `time` and `authority` are as the record says them; only the token proves them."""

    authority: str
    device: str
    seq: int
    signature: bytes
    time: datetime
    token: bytes
    root: bytes
    desk: str = ""


@dataclass(frozen=True)
class Head:
    """The head of this device's feed in a desk: what a timestamp is asked over."""

    desk: str
    seq: int
    signature: bytes


def want(store: Store, conn: Connection, desk: int, seq: int) -> None:
    """Notes that what this device wrote up to `seq` in a desk is to be stamped when a link
    allows."""
    if store.meta(f"{_WANTED}{desk}", 0, conn) < seq:
        store.set_meta(f"{_WANTED}{desk}", seq)


def waiting(store: Store, authority: str, root: Root, kept: Iterable[Stamp]) -> list[Head]:
    """The heads that this authority is still to be asked about. Only a token that holds under
    its root counts: anyone in the desk can write a record that looks like one."""
    device = signing.id_text(store.device) if store.device else ""
    mine: dict[str, list[Stamp]] = {}
    for stamp in kept:
        if stamp.device == device and stamp.authority == authority and stamp.root == root.der:
            mine.setdefault(stamp.desk, []).append(stamp)
    out = []
    with guard():
        rows = store.reader.execute(
            "SELECT f.num, f.desk, d.id, f.held FROM feeds f JOIN desks d ON d.num = f.desk "
            "WHERE f.device = ? AND f.held > 0 ORDER BY f.num",
            (store.device,),
        ).fetchall()
        for num, desk, desk_id, held in rows:
            name = signing.id_text(desk_id)
            wanted = store.meta(f"{_WANTED}{desk}", 0)
            if not wanted or any(
                stamp.seq >= wanted and proves(store, store.reader, stamp) for stamp in mine.get(name, ())
            ):
                continue
            row = store.reader.execute(
                "SELECT signature FROM change_sets WHERE id = ?", (apply.set_id(num, held),)
            ).fetchone()
            if row and row[0] is not None:
                out.append(Head(name, held, bytes(row[0])))
    return out


def keep(store: Store, head: Head, authority: str, token: bytes, root: bytes, time: datetime) -> types.Change:
    """Keeps a token that was checked."""
    record = signing.id_text(os.urandom(16))
    edits = [
        Edit(record, KIND, TIMESTAMP.name),
        Edit(record, "authority", authority),
        Edit(record, "device", signing.id_text(store.device)),
        Edit(record, "seq", head.seq),
        Edit(record, "signature", base64.b64encode(head.signature).decode()),
        Edit(record, "time", time.isoformat()),
        Edit(record, "token", base64.b64encode(token).decode()),
        Edit(record, "root", base64.b64encode(root).decode()),
    ]
    return writing.save(store, edits, head.desk)


def read(records: Iterable[Record]) -> list[Stamp]:
    """The tokens among records; what is malformed or too large is none. The earliest first."""
    out = []
    for record in records:
        seq = record.fields.get("seq")
        texts = [record.text(name) for name in ("signature", "token", "root")]
        if record.deleted or type(seq) is not int or any(len(t) > 2 * MAX_ANSWER for t in texts):
            continue
        try:
            signature, token, root = (base64.b64decode(t, validate=True) for t in texts)
            moment = datetime.fromisoformat(record.text("time"))
        except (binascii.Error, ValueError):
            continue
        if moment.tzinfo is None or len(token) > MAX_ANSWER or len(root) > MAX_ROOT:
            continue
        device, name = record.text("device"), record.text("authority")[:200]
        out.append(Stamp(name, device, seq, signature, moment, token, root, record.desk))
    return sorted(out, key=lambda stamp: (stamp.time, stamp.authority))


def proves(store: Store, conn: Connection, stamp: Stamp) -> bool:
    """Tells whether a kept token holds: the signature is the device's over its feed as it is here,
    and the token is over it and under the root beside it. Whether to trust that root is not
    asked."""
    return lies_in(store, conn, stamp) is not None


def lies_in(store: Store, conn: Connection, stamp: Stamp) -> bytes | None:
    """The feed over which a kept token holds: the one it names, or a branch of it (a token is
    not asked for anew when a fork comes to light); None where it does not hold."""
    try:
        named, desk = signing.id_bytes(stamp.device), signing.id_bytes(stamp.desk)
    except ValueError:
        return None
    row = conn.execute("SELECT num FROM desks WHERE id = ?", (desk,)).fetchone()
    trunk = forks.feed(conn, row[0], named) if row else None
    key = signers.signing_key(store, trunk.origin) if trunk else None
    if trunk is None or key is None or not 0 < stamp.seq < 2**apply.SEQ_BITS:
        return None
    for feed in forks.within(conn, trunk):
        found = conn.execute(
            "SELECT hash FROM change_sets WHERE id = ?", (apply.set_id(feed.num, stamp.seq),)
        ).fetchone()
        if found is None:
            continue
        try:
            signing.verify(key, feeds.SIGNATURE, found[0], stamp.signature, "a timestamp")
            token = timestamp.check(stamp.token, stamp.signature, [timestamp.read_root(stamp.root)])
        except (WorldError, ValueError, OverflowError):
            continue
        # A program before this one kept the second without its fraction, which is a second less.
        return feed.device if token.time - stamp.time in (_SAME, _FRACTION) else None
    return None


def covering(
    store: Store, conn: Connection, kept: Iterable[Stamp], desk: str, feed: str, seq: int
) -> list[Stamp]:
    """Of each authority the earliest token that holds over what a feed had when `seq` was: over
    the feed itself or a branch of it, which goes on with its chain; `device` then names that
    branch. An authority is a name and a root."""
    best: dict[tuple[str, bytes], Stamp] = {}
    [num] = conn.execute("SELECT num FROM desks WHERE id = ?", (signing.id_bytes(desk),)).fetchone()
    tree, name = forks.tree(conn, num), signing.id_bytes(feed)
    device = branches.origin(tree, name)
    for stamp in kept:
        key = (stamp.authority, stamp.root)
        if stamp.desk != desk or stamp.seq < seq or key in best:
            continue
        if branches.origin(tree, branches.named(stamp.device)) != device:
            continue
        where = lies_in(store, conn, stamp)
        if where is not None and name in branches.lineage(tree, where):
            best[key] = replace(stamp, device=signing.id_text(where))
    return list(best.values())
