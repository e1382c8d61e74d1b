"""Writing down what is done with a record. See `domain.custody`; reading is `vault.chain`.

An act is one small signed change set (about 300 bytes). It changes no value, moves no record up
in a list, is in no search, no conflict, and nothing that undo takes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.domain import custody
from defenderdesk.domain.custody import Before
from defenderdesk.domain.values import Value
from defenderdesk.ledger import branches, changes
from defenderdesk.ledger.branches import Seen
from defenderdesk.ledger.changes import NOTE, Change, Header
from defenderdesk.vault import types
from defenderdesk.vault.records import apply, forks, located, query, writing
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store

Facts = Mapping[str, str | int]
NOTHING: Facts = {}
_RECENT = 20
"""Change sets looked at for a look of the same device a moment ago."""


class Act(NamedTuple):
    """An act that is written down with a save."""

    record: str
    name: str
    facts: Facts = NOTHING
    detail: Facts = NOTHING


class Found(NamedTuple):
    """One change set of a record: its row, feed (the device, or a branch), header, and the
    record's changes in it: (index, change bytes), None for one whose content was erased."""

    row: int
    feed: bytes
    head: Header
    raw_header: bytes
    items: list[tuple[int, bytes | None]]

    @property
    def digest(self) -> str:
        """The part of its header that an act knows."""
        return header_digest(self.raw_header)


def header_digest(header: bytes) -> str:
    """The first 128 bits of a header's SHA-256, hexadecimal."""
    return hashlib.sha256(header).hexdigest()[:32]


def note(record: str, act: str, follows: list[Before], facts: Facts, detail: Facts) -> list[Change]:
    """The changes of one act."""
    rid = located.record_bytes(record)
    short = {k: v[: custody.MAX_TEXT] if isinstance(v, str) else v for k, v in detail.items()}
    out = [Change(rid, custody.FIELD, NOTE, custody.value(act, follows, facts))]
    if short:
        out.append(Change(rid, custody.DETAIL, NOTE, dict(short)))
    return out


def next_act(
    store: Store,
    conn: Connection,
    record: str,
    act: str,
    facts: Facts = NOTHING,
    detail: Facts = NOTHING,
) -> list[Change]:
    """The changes of an act on a record as it stands, inside the caller's transaction."""
    desk, rows = _place(conn, record)
    return note(record, act, uncovered(conn, desk, rows, record), facts, detail)


def write(
    store: Store, record: str, act: str, facts: Facts = NOTHING, detail: Facts = NOTHING
) -> types.Change:
    """Writes one act down. Raises where it cannot: then what it is about must not be done."""
    store.require_workspace()
    with store.writing() as conn:
        desk, rows = _place(conn, record)
        made = note(record, act, uncovered(conn, desk, rows, record), facts, detail)
        return writing.write(store, conn, desk, made)


def seen(store: Store, record: str) -> types.Change:
    """A look at a record's details, unless this device looked at it a moment ago."""
    store.require_workspace()
    with store.writing() as conn:
        desk, rows = _place(conn, record)
        now = store.now_ms()
        for found in of(conn, rows[-_RECENT:], record):
            recent = abs(now - (found.head.hlc >> 16)) < custody.VIEW_SPAN_MS
            if found.feed == store.device and recent and act_of(found) == custody.SEEN:
                return writing.NOTHING
        made = note(record, custody.SEEN, uncovered(conn, desk, rows, record), {}, {})
        return writing.write(store, conn, desk, made)


def _place(conn: Connection, record: str) -> tuple[int, list[int]]:
    """The desk of a record and the rows of its change sets, in the order they came here."""
    where = located.place(conn, record)
    return where.desk, set_rows(located.row(conn, where, "history")[0])


def desk_row(conn: Connection, record: str) -> int:
    """The row of the desk that a record is in. Raises `NotFoundError`."""
    return _place(conn, record)[0]


def set_rows(history: bytes) -> list[int]:
    """The rows of change sets that a record's history lists."""
    found = (int.from_bytes(history[i : i + 8], "big") for i in range(0, len(history), 8))
    return list(dict.fromkeys(found))


def all_of(conn: Connection, record: str) -> list[Found]:
    """Every change set of a record that is here. Raises `NotFoundError`."""
    return of(conn, _place(conn, record)[1], record)


def of(conn: Connection, rows: list[int], record: str) -> list[Found]:
    """These change sets, with what they hold of the record."""
    rid, out = located.record_bytes(record), []
    for row in rows:
        found = conn.execute(
            "SELECT c.header, c.body, f.device FROM change_sets c JOIN feeds f ON f.num = ? WHERE c.id = ?",
            (apply.feed_and_seq(row)[0], row),
        ).fetchone()
        if found is None:
            continue
        header, body, device = found
        [head] = changes.read_headers([header])
        [read] = changes.read_bodies([body], [head])
        items = [(at, data) for at, (owner, data) in enumerate(read.items) if owner == rid]
        out.append(Found(row, bytes(device), head, bytes(header), items))
    return out


def note_of(found: Found, field: str) -> Value:
    """The value of the note in that field, None where there is none."""
    kept = [data for _, data in found.items if data is not None]
    for name, op, value, _ in changes.read_changes(kept, found.feed):
        if op == NOTE and name == field:
            return value
    return None


def act_of(found: Found) -> str:
    """The act that a change set carries; empty where it carries none."""
    act = custody.read(note_of(found, custody.FIELD))
    return act.name if act else ""


def seen_in(conn: Connection, desk: int, found: Iterable[Found]) -> Seen:
    """Finds these change sets under the names that acts have for them: one that was written when
    a fork was not known calls what lies in a branch after the feed that it comes of."""
    held = [(one.feed, one.head.seq, one.digest) for one in found]
    return Seen(forks.tree(conn, desk), held)


def uncovered(conn: Connection, desk: int, rows: list[int], record: str) -> list[Before]:
    """The change sets of a record that no act names yet."""
    every = of(conn, rows, record)
    seen = seen_in(conn, desk, every)
    covered: set[tuple[bytes, int]] = set()
    present: list[tuple[bytes, Before]] = []
    for found in every:
        act = custody.read(note_of(found, custody.FIELD))
        for one in act.follows if act else ():
            if feed := seen.find(branches.named(one.device), one.seq, one.header):
                covered.add((feed, one.seq))
        name, seq = signing.id_text(found.feed), found.head.seq
        present.append((found.feed, Before(name, seq, found.digest, act.name if act else "")))
    return [one for feed, one in present if (feed, one.seq) not in covered]


def save(
    store: Store,
    edits: Sequence[types.Edit],
    desk: str | None = None,
    *,
    concurrent: bool = False,
    act: Act | None = None,
) -> types.Change:
    """Writes `edits` as one change set (see `writing.save`). `act`: what is done with a record by
    it, written down in the same change set."""
    if act is None:
        return writing.save(store, edits, desk, concurrent=concurrent)
    home = desk or query.get(store.reader, act.record).desk
    with store.writing() as conn:
        made = next_act(store, conn, act.record, act.name, act.facts, act.detail)
        return writing.save(store, edits, home, concurrent=concurrent, notes={act.record: made})
