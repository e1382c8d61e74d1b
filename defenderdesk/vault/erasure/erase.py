"""Erasing content for good: consent was withdrawn, or something should never have been written.

An erasure is a change set that names the changes whose content goes. It is carried out wherever it
arrives: the bodies of the change sets lose those changes (their headers commit to salted hashes,
so every chain and signature still verifies), records and search are built anew, chunks of
attachments are deleted, and the database is rewritten so that nothing is left in free pages. What
arrives later still whole is redacted on its way in.

Anyone of the desk may ask for it, and what is asked for is hidden at once. It is carried out only
if a coordinator or an administrator asked, or confirms: else one stolen laptop could destroy
the testimony of a whole desk on everybody's disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from defenderdesk import files
from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Roster
from defenderdesk.crypto import signing
from defenderdesk.domain import custody, kinds
from defenderdesk.domain.values import Value
from defenderdesk.errors import InUseError, StorageError, UsageError
from defenderdesk.ledger import changes
from defenderdesk.ledger.changes import ADD, ERASE, NOTE, SET, Change, Dot
from defenderdesk.ledger.merge import State
from defenderdesk.vault import types
from defenderdesk.vault.erasure import redaction, share_digests
from defenderdesk.vault.lookup import indexes
from defenderdesk.vault.records import apply, forks, located, rebuild, writing
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store

ERASED, CONFIRMED = kinds.ERASED, kinds.ERASURE_CONFIRMED
MAX_REASON = 500
MAY = (membership.COORDINATOR, membership.ADMINISTRATOR)
_KEPT = frozenset({kinds.KIND, ERASED, CONFIRMED})
_WANTED, _LEAVING = "clean_wanted", "chunks_leaving"


Of = Callable[[str, Value], bool]
"""Tells whether this value of a field is to go; what it had taken the place of stands again."""


def erase(
    store: Store,
    records: Sequence[str],
    reason: str,
    fields: Sequence[str] = (),
    also: Sequence[tuple[str, str]] = (),
    of: Of | None = None,
) -> types.Change:
    """Erases the content of records: of these fields (with every value they ever
    had, or those that `of` names), or of all. Whole records are hidden as well. `also`: (record,
    field) of any desk, erased with them (see `mentions`); each desk gets an erasure of its own,
    all of them or none. Raises `NotFoundError`, `UsageError`."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON:
        raise UsageError(what="An erasure needs a reason, of at most 500 characters")
    wanted = {record: frozenset(fields) for record in records}
    for record, name in also:
        if wanted.get(record, {name}):  # a whole record goes with every field
            wanted[record] = wanted.get(record, frozenset()) | {name}
    by_desk: dict[int, list[Change]] = {}
    with store.writing() as conn:
        leaving: dict[int, dict[str, frozenset[str]]] = {}
        for record, names in wanted.items():
            desk, found = _leaving(conn, record, reason, names, of)
            by_desk.setdefault(desk, []).extend(found)
            leaving.setdefault(desk, {})[record.partition(located.AT)[0]] = names
        for desk, share, state, kept in share_digests.keeping(conn, leaving):
            dots = _written(conn, desk, share, None).get(share_digests.CONTENT, [])
            by_desk.setdefault(desk, []).extend(
                (
                    Change(share, share_digests.CONTENT, ERASE, None, tuple(dots)),
                    Change(share, share_digests.CONTENT, SET, kept, state.dots(share_digests.CONTENT, SET)),
                )
            )
        done = [writing.write(store, conn, desk, found) for desk, found in by_desk.items() if found]
        if not done:
            raise UsageError(what="There is nothing left to erase")
        note(conn, [int(change.change_set or 0) for change in done])
        carry_out(store, conn, store.roster)
    return done[0]


def _leaving(
    conn: Connection, record: str, reason: str, fields: frozenset[str], of: Of | None
) -> tuple[int, list[Change]]:
    """The desk of a record, and the changes that erase these fields of it, or all."""
    desk, rid, _ = where = located.place(conn, record)
    state = State.unpack(located.row(conn, where, "state")[0])
    out = [
        Change(rid, name, ERASE, None, tuple(dots))
        for name, dots in sorted(_written(conn, desk, rid, of).items())
        if name not in _KEPT and (not fields or name in fields)
    ]
    if {change.field for change in out} - {kinds.DELETED}:  # that alone is what an erasure left
        out.append(Change(rid, ERASED, SET, reason, state.dots(ERASED, SET)))
        if not fields:
            out.append(Change(rid, kinds.DELETED, SET, True))
        return desk, out
    return desk, []


def _written(conn: Connection, desk: int, rid: bytes, of: Of | None) -> dict[str, list[Dot]]:
    """Field → every change that ever gave it a value (one that `of` names), as far as the content
    is held."""
    out: dict[str, list[Dot]] = {}
    [history] = conn.execute("SELECT history FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
    for row in sorted({int.from_bytes(history[i : i + 8], "big") for i in range(0, len(history), 8)}):
        for _, device, seq, at, name, op, value, _ in _changes_of(conn, row, rid):
            if of is not None and not (op in (SET, ADD) and of(name, value)):
                continue
            if op in (SET, ADD) or (op == NOTE and name == custody.DETAIL):
                out.setdefault(name, []).append((device, seq, at))
    return out


def _changes_of(
    conn: Connection, row: int, rid: bytes | None
) -> Iterator[tuple[bytes, bytes, int, int, str, int, Value, tuple[Dot, ...]]]:
    """(record, feed, seq, index, field, op, value, replaces) of what is held of a change set."""
    feed, seq = apply.feed_and_seq(row)
    found = conn.execute(
        "SELECT c.header, c.body, f.device, f.desk FROM change_sets c JOIN feeds f ON f.num = ? "
        "WHERE c.id = ?",
        (feed, row),
    ).fetchone()
    if found is None:
        return
    header, body, device, desk = found
    [read] = changes.read_bodies([body], changes.read_headers([header]))
    kept = [
        (at, owner, data)
        for at, (owner, data) in enumerate(read.items)
        if data is not None and rid in (None, owner)
    ]
    decoded = forks.decoder(conn, desk, bytes(device))([data for *_, data in kept])
    for (at, owner, _), (name, op, value, dots) in zip(kept, decoded, strict=True):
        yield owner, bytes(device), seq, at, name, op, value, tuple(dots)


# -- carrying out ------------------------------------------------------------------------------


def note(conn: Connection, rows: Iterable[int]) -> None:
    """Remembers change sets that erase, until they are carried out."""
    conn.executemany("INSERT OR IGNORE INTO erasures (id) VALUES (?)", [(row,) for row in rows])


def carry_out(store: Store, conn: Connection, roster: Roster) -> int:
    """Carries out what may be: how many erasures. The caller has the database rewritten."""
    done = 0
    for row, desk in conn.execute(
        "SELECT e.id, f.desk FROM erasures e JOIN feeds f ON f.num = e.id >> 40 WHERE e.done = 0"
    ).fetchall():
        if not behind(conn, roster, row, desk):
            continue
        marks = {
            redaction.Mark(*dot, owner, name)
            for owner, *_, name, op, _, found in _changes_of(conn, row, None)
            if op == ERASE
            for dot in found
        }
        conn.executemany(
            "INSERT OR IGNORE INTO erased VALUES (?, ?, ?, ?, ?, ?)",
            [(desk, *mark) for mark in marks],
        )
        records, chunks = redaction.held(conn, desk, marks)
        redaction.redact_quarantined(conn, desk, marks)
        rebuild.replay(conn, desk, records)
        if leaving := redaction.drop_chunks(conn, desk, chunks):
            store.set_meta(_LEAVING, sorted({*store.meta(_LEAVING, [], conn), *leaving}))
        conn.execute("UPDATE erasures SET done = 1 WHERE id = ?", (row,))
        done += 1
    if done:
        store.set_meta(_WANTED, True)
    return done


def behind(conn: Connection, roster: Roster, row: int, desk: int) -> list[tuple[bytes, int]]:
    """Those who stand behind an erasure and may: (feed, number) of the change sets of which one,
    beside the erasure, is enough to have it carried out. It is the erasure itself where its author
    may."""
    feed, seq = apply.feed_and_seq(row)
    device, origin = conn.execute(
        "SELECT device, coalesce(origin, device) FROM feeds WHERE num = ?", (feed,)
    ).fetchone()
    out = []
    author = roster.devices.get(origin)
    if author is not None and author.role in MAY:
        out.append((bytes(device), seq))
    name = f"{signing.id_text(device)}.{seq}"
    for rid in rebuild.touched(conn, [row]):
        found = conn.execute("SELECT state FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
        for entry in State.unpack(found[0]).entries.get(CONFIRMED, ()) if found else ():
            _, by, number = entry.stamp
            who = roster.devices.get(_origin(conn, desk, by))
            if entry.value == name and who is not None and who.role in MAY:
                out.append((by, number))
    return out


def _origin(conn: Connection, desk: int, feed: bytes) -> bytes:
    """The device whose feed this is, also where it is a branch of one."""
    row = conn.execute("SELECT origin FROM feeds WHERE desk = ? AND device = ?", (desk, feed)).fetchone()
    return bytes(row[0]) if row and row[0] else feed


def written_since(conn: Connection, row: int, desk: int) -> list[bytes]:
    """The records that an erasure took whole, are hidden, and hold something all the same: somebody
    who had not heard of it wrote on."""
    out = []
    for rid in sorted(rebuild.touched(conn, [row])):
        whole = any(
            (name, op, value) == (kinds.DELETED, SET, True)
            for *_, name, op, value, _ in _changes_of(conn, row, rid)
        )
        found = (
            whole
            and conn.execute("SELECT state FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
        )
        if found:
            entries = State.unpack(found[0]).entries
            standing = {name for name, values in entries.items() if values}
            if kinds.DELETED in standing and standing - _KEPT - {kinds.DELETED}:
                out.append(rid)
    return out


def clean(store: Store) -> bool:
    """Rewrites database and search so that what was erased is in no free page and no old segment,
    and removes its chunks and what was sealed before and not sent yet; whether there was anything
    to do. Takes as long as copying the database; within a larger write it is left for later."""
    if not unclean(store) or store.writer.in_transaction:
        return False
    with store.writing() as conn:
        indexes.forget_stale(conn)
        for name in store.meta(_LEAVING, [], conn):
            if not conn.execute("SELECT 1 FROM chunks WHERE hash = ?", (name,)).fetchone():
                store.chunks.remove(name)
    files.remove_unsent(store.profile)
    with store.write_lock, guard():
        conn = store.writer
        conn.execute("INSERT INTO found (found) VALUES ('optimize')")
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.set_meta(_LEAVING, [])
        store.set_meta(_WANTED, False)
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def unclean(store: Store) -> bool:
    """Tells whether something was erased and still lies in free pages, or as a file."""
    return bool(store.meta(_WANTED, False))


def go_on(store: Store) -> None:
    """Ends the cleaning that a killed process left. A disk too full for it keeps nobody out."""
    with contextlib.suppress(StorageError, InUseError):
        clean(store)
