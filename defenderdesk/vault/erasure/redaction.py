"""Taking the content of erased changes out of what is held, waits, or arrives (see `erasure`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from defenderdesk.ledger import changes
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import apply, forks, rebuild
from defenderdesk.vault.storage.chunks import chunks_of
from defenderdesk.vault.storage.database import Connection

_CHUNKS = "chunks"


class Mark(NamedTuple):
    """A change that is erased (feed, number, index), and of which record and field it is to be.
    No record: erased before that was kept."""

    device: bytes
    seq: int
    at: int
    record: bytes
    field: str


def held(conn: Connection, desk: int, marks: set[Mark]) -> tuple[set[bytes], set[bytes]]:
    """Takes the content out of the change sets that are held: the records they touch, and the
    chunks that they named."""
    records: set[bytes] = set()
    chunks: set[bytes] = set()
    by_set: dict[tuple[bytes, int], list[Mark]] = {}
    for mark in marks:
        by_set.setdefault((mark.device, mark.seq), []).append(mark)
    for (device, seq), named in by_set.items():
        for feed, row, header, body in _sets(conn, desk, device, seq):
            indices = _meant(header, body, feed, named)
            if not indices:
                continue
            chunks |= _chunks(header, body, feed, indices)
            records |= rebuild.touched(conn, [row])
            conn.execute("UPDATE change_sets SET body = ? WHERE id = ?", (changes.redact(body, indices), row))
    return records, chunks


def _sets(conn: Connection, desk: int, device: bytes, seq: int) -> Iterator[tuple[bytes, int, bytes, bytes]]:
    """(feed, row, header, body) of number `seq` of a feed. Who erased may not have known that the
    feed forked before it: then it is that number of each branch."""
    trunk = forks.feed(conn, desk, device)
    for feed in forks.within(conn, trunk) if trunk else ():
        for row, header, body in conn.execute(
            "SELECT id, header, body FROM change_sets WHERE id = ?",
            (apply.set_id(feed.num, seq),),
        ).fetchall():
            yield feed.device, row, header, body


def _meant(header: bytes, body: bytes, feed: bytes, marks: Iterable[Mark]) -> list[int]:
    """The indices of the changes of a change set that are erased: only those of the record and
    the field that whoever erased named. Else one could erase another's testimony under the name
    of a record of one's own, and whoever confirms would not see it."""
    [read] = changes.read_bodies([body], changes.read_headers([header]))
    out = []
    for mark in marks:
        owner, data = read.items[mark.at] if mark.at < len(read.items) else (b"", None)
        if data is None:
            continue
        [(name, *_)] = changes.read_changes([data], feed)
        if not mark.record or (mark.record, mark.field) == (owner, name):
            out.append(mark.at)
    return out


def _chunks(header: bytes, body: bytes, device: bytes, indices: Sequence[int]) -> set[bytes]:
    """The chunks that these changes name."""
    [read] = changes.read_bodies([body], changes.read_headers([header]))
    out: set[bytes] = set()
    for at in indices:
        [(name, _, value, _)] = changes.read_changes([read.items[at][1] or b""], device)
        if name == _CHUNKS:
            out.update(chunk.hash for chunk in chunks_of(value) or ())
    return out


def drop_chunks(conn: Connection, desk: int, chunks: set[bytes]) -> set[bytes]:
    """Those of them that no record of the desk names any more, which are the desk's no longer.
    Their files go once that is written down for good: a kill or a full disk before would take the
    attachment and leave the record."""
    if not chunks:
        return chunks
    named: set[bytes] = set()
    for (state,) in conn.execute("SELECT state FROM records WHERE desk = ? AND kind = 'attachment'", (desk,)):
        for entry in State.unpack(state).entries.get(_CHUNKS, ()):
            named.update(chunk.hash for chunk in chunks_of(entry.value) or ())
    conn.executemany(
        "DELETE FROM chunks WHERE hash = ? AND desk = ?",
        [(name, desk) for name in chunks - named],
    )
    return chunks - named


def redact_quarantined(conn: Connection, desk: int, marks: set[Mark]) -> None:
    """The same for ranges that wait, or were set aside."""
    from defenderdesk.bundle import ranges

    for num, first, last, data, packed, device in conn.execute(
        "SELECT h.feed, h.first, h.last, h.data, h.detail, f.device FROM held_ranges h "
        "JOIN feeds f ON f.num = h.feed WHERE f.desk = ?",
        (desk,),
    ).fetchall():
        feed = bytes(device)
        line = _line(conn, desk, feed)
        within = [mark for mark in marks if mark.device in line and first <= mark.seq <= last]
        if not within:
            continue
        detail = msgspec.msgpack.decode(packed)
        brought = forks.held_range(feed, data, packed)
        items = _redacted(brought.items, first, feed, within)
        made, new = ranges.pack(
            ranges.Range(feed, first, brought.previous, brought.signature, items, brought.tail)
        )
        detail["raw"] = new["raw"]
        conn.execute(
            "UPDATE held_ranges SET data = ?, detail = ? WHERE feed = ? AND first = ? AND last = ?",
            (made, msgspec.msgpack.encode(detail), num, first, last),
        )


def _line(conn: Connection, desk: int, device: bytes) -> list[bytes]:
    """A feed, and those that it is a branch of: an erasure may name it by any of them."""
    out, found = [device], forks.feed(conn, desk, device)
    while found is not None and found.parent is not None:
        out.append(bytes(found.parent))
        found = forks.feed(conn, desk, found.parent)
    return out


def _redacted(items: Sequence[ChangeSet], first: int, feed: bytes, marks: Iterable[Mark]) -> list[ChangeSet]:
    """The change sets of a feed from number `first` on, without the content that is erased."""
    out = list(items)
    by_seq: dict[int, list[Mark]] = {}
    for mark in marks:
        by_seq.setdefault(mark.seq, []).append(mark)
    for seq, named in by_seq.items():
        item = out[seq - first]
        indices = _meant(item.header, item.body, feed, named)
        out[seq - first] = ChangeSet(item.header, changes.redact(item.body, indices))
    return out


def arriving(
    conn: Connection, desk: int, device: bytes, first: int, items: Sequence[ChangeSet]
) -> Sequence[ChangeSet]:
    """Change sets on their way in, without what was erased before they came."""
    marks = [
        Mark(bytes(name), seq, at, bytes(record), field)
        for one in _line(conn, desk, device)
        for name, seq, at, record, field in conn.execute(
            "SELECT device, seq, at, record, field FROM erased "
            "WHERE desk = ? AND device = ? AND seq BETWEEN ? AND ?",
            (desk, one, first, first + len(items) - 1),
        )
    ]
    return _redacted(items, first, device, marks) if marks else items
