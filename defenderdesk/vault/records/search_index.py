"""The words of records, for full-text search: at once as long as they are few, else later.

Indexing is the dearest part of taking records in: a second for three megabytes of text. What a write
brings is indexed with it up to a bound; the rest waits in `unindexed`, and goes in before the next search,
or in slices between which saves go on (`catch_up`). What waits has no words in the index: those of
before go with the write, so that nothing is found that was erased, deleted, or left with a desk.
"""

from __future__ import annotations

import time
from itertools import islice

from defenderdesk.domain import kinds
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import projection
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

AT_ONCE = 4 * 1024 * 1024
"""Bytes of records whose words one write, or one bundle, indexes with it."""
_ROW = 400
"""Bytes that a record counts as at least."""
_SLICE = 1024 * 1024
_ROWS = 2000
"""Bytes and records that are indexed between two saves."""
_PATIENCE = 0.2
"""Seconds that a search waits for a write of someone else."""


class Budget:
    """The part of a write whose words are indexed with it."""

    def __init__(self) -> None:
        self._left = AT_ONCE

    def take(self, size: int) -> bool:
        """Tells whether a record of so many bytes is indexed at once."""
        self._left -= max(size, _ROW)
        return self._left >= 0


def waiting(conn: Connection) -> int:
    """The number of records whose words are not in the index yet."""
    with guard():
        return int(conn.execute("SELECT count(*) FROM unindexed").fetchone()[0])


def catch_up(store: Store, budget: float | None = None, progress: Progress | None = None) -> bool:
    """Indexes what waits, in slices; whether nothing waits any more. `budget`: seconds after which a
    search goes on with what there is. `progress(done, total)` may raise to stop between two slices."""
    until = None if budget is None else time.monotonic() + budget
    total = 0
    while left := waiting(store.reader):
        total = max(total, left)
        if progress:
            progress(total - left, total)
        if until is not None and time.monotonic() > until:
            return False
        if until is None:
            store.write_lock.acquire()
        elif not store.write_lock.acquire(timeout=_PATIENCE):
            return False
        try:
            with store.writing() as conn:
                _slice(conn)
        finally:
            store.write_lock.release()
    if progress and total:
        progress(total, total)
    return True


def _slice(conn: Connection) -> None:
    nums = [num for (num,) in conn.execute("SELECT num FROM unindexed ORDER BY num LIMIT ?", (_ROWS,))]
    done, size = 0, 0
    for num in nums:
        done += 1
        row = conn.execute("SELECT kind, deleted, state FROM records WHERE num = ?", (num,)).fetchone()
        if row is not None and not row[1]:
            size += len(row[2])
            if words := text_of(row[0], State.unpack(row[2])):
                conn.execute("INSERT OR REPLACE INTO found (rowid, content) VALUES (?, ?)", (num, words))
        if size > _SLICE:
            break
    conn.executemany("DELETE FROM unindexed WHERE num = ?", [(num,) for num in islice(nums, done)])


def text_of(kind: str, state: State) -> str:
    """The words of a record that stands, with those of values that stand beside the shown ones."""
    more = [e.value for name in state.conflicts() for e in state.entries[name] if name != kinds.DELETED]
    return projection.search_text(state.registers(), state.sets(), kind, more)
