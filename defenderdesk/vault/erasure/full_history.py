"""The full history of what records say: every text that the ledger still holds.

An earlier value is read by whoever opens the history, so an erasure that leaves it is none. Every
change set is read: about 100,000 changes a second were measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.domain.values import Value
from defenderdesk.ledger import changes
from defenderdesk.ledger.changes import ADD, SET
from defenderdesk.vault.records import forks
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.types import Progress

_AT_ONCE = 200
"""Change sets read before progress is told."""


def texts(conn: Connection, progress: Progress | None = None) -> Iterator[tuple[tuple[int, bytes], str, str]]:
    """((desk, record), field, text) of every value that was ever given."""
    [total] = conn.execute("SELECT count(*) FROM change_sets").fetchone()
    done = 0
    for num, desk, device in conn.execute("SELECT num, desk, device FROM feeds").fetchall():
        decode = forks.decoder(conn, desk, bytes(device))
        at = num << 40
        while rows := conn.execute(
            "SELECT id, header, body FROM change_sets WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
            (at, (num + 1) << 40, _AT_ONCE),
        ).fetchall():
            at = rows[-1][0]
            heads = changes.read_headers([header for _, header, _ in rows])
            for body in changes.read_bodies([body for *_, body in rows], heads):
                kept = [(owner, data) for owner, data in body.items if data is not None]
                decoded = decode([data for _, data in kept])
                for (owner, _), (field, op, value, _) in zip(kept, decoded, strict=True):
                    if op in (SET, ADD):
                        yield from (((desk, owner), field, text) for text in texts_of(value))
            done += len(rows)
            if progress:
                progress(done, max(total, 1))


def texts_of(value: Value) -> Iterator[str]:
    """The texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
