"""Importing a range of one feed: verified, then applied slice by slice.

(A second thread for the writing was measured and made it slower: SQLite's driver asks for
Python's lock back at every row.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from defenderdesk.bundle import manifest, ranges
from defenderdesk.bundle.manifest import Part
from defenderdesk.bundle.membership import Certificate
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import changes, clock, feeds
from defenderdesk.vault import apply, writing
from defenderdesk.vault.apply import Applied, Rows
from defenderdesk.vault.database import Connection
from defenderdesk.vault.store import Store

SLICE = 1024 * 1024
"""Bytes of change sets that are verified, decoded and written together."""


class ForkedError(DamagedError):
    """Two different histories of one device: a cloned disk or a restored backup went on writing."""

    code = "forked"
    text = "Two different histories of {member}'s device exist."
    next_step = (
        "Nothing was taken from this bundle. The device was cloned or restored from a backup: "
        "tell the office, which gives it a new identity."
    )


class FeedImport:
    """Takes ranges of one device's feed in one desk, inside the caller's transaction."""

    def __init__(
        self,
        store: Store,
        conn: Connection,
        desk: int,
        desk_id: bytes,
        author: Certificate,
        vectors: dict[bytes, int],
    ) -> None:
        self.store, self.conn, self.desk, self.author = store, conn, desk, author
        self.device = author.device
        self.vectors = vectors
        self.num, self.held, self.chain = writing.feed_row(
            conn, store.workspace or author.workspace, desk, desk_id, self.device
        )
        self.change_sets = self.changes = self.conflicts = 0
        self.kinds: set[str] = set()
        self.records: set[bytes] = set()
        self.suspect_clock = False
        self._next_num = 0
        self._was_empty = False

    # -- ranges --------------------------------------------------------------------------------

    def take(self, brought: ranges.Range, data: bytes, part: Part) -> None:
        """Applies what is new of a range; keeps it whole while a gap before it is open."""
        last = brought.first + len(brought.items) - 1
        if last <= self.held:
            self._compare(last, brought)
        elif brought.first > self.held + 1:
            self._hold(brought, last, data, part)
        else:
            self._apply(brought, last)

    def take_held(self) -> None:
        """Applies kept ranges that now follow what is held."""
        while True:
            row = self.conn.execute(
                "SELECT first, last, data, detail FROM held_ranges WHERE feed = ? AND first <= ? "
                "ORDER BY first LIMIT 1",
                (self.num, self.held + 1),
            ).fetchone()
            if row is None:
                return
            first, last, data, packed = row
            self.conn.execute(
                "DELETE FROM held_ranges WHERE feed = ? AND first = ? AND last = ?",
                (self.num, first, last),
            )
            if last > self.held:
                detail = {**msgspec.msgpack.decode(packed), "device": self.device}
                part = Part(manifest.FEED, len(data), b"", detail)
                self._apply(ranges.unpack(data, part), last)

    def _compare(self, last: int, brought: ranges.Range) -> None:
        """A range that ends within what is held must be the same history."""
        row = self.conn.execute(
            "SELECT header FROM change_sets WHERE id = ?", (apply.set_id(self.num, last),)
        ).fetchone()
        if row is None or bytes(row[0]) != brought.items[-1].header:
            raise ForkedError(member=self.author.member)

    def _hold(self, brought: ranges.Range, last: int, data: bytes, part: Part) -> None:
        verified = feeds.verify_range(brought.previous, brought.first, brought.items)
        self._check_signature(verified.hashes[-1], brought.signature)
        detail = {k: v for k, v in part.detail.items() if k != "device"}
        self.conn.execute(
            "INSERT OR IGNORE INTO held_ranges VALUES (?, ?, ?, ?, ?)",
            (self.num, brought.first, last, data, msgspec.msgpack.encode(detail)),
        )

    def _check_signature(self, chain: bytes, signature: bytes) -> None:
        signing.verify(
            self.author.signing_key, feeds.SIGNATURE, chain, signature,
            f"the changes of {self.author.member}",
        )  # fmt: skip

    # -- applying ------------------------------------------------------------------------------

    def _apply(self, brought: ranges.Range, last: int) -> None:
        chain, highest = brought.previous, 0
        if brought.first == self.held + 1 and chain != self.chain:
            raise ForkedError(member=self.author.member)
        self._next_num = apply.next_num(self.conn)
        self._was_empty = self._next_num == 1
        for start, end in _slices(brought.items):
            seq = brought.first + start
            items = brought.items[start:end]
            verified = feeds.verify_range(chain, seq, items)
            chain = verified.hashes[-1]
            if (
                seq <= self.held < seq + len(items)
                and verified.hashes[self.held - seq] != self.chain
            ):
                raise ForkedError(member=self.author.member)
            skip = max(0, self.held + 1 - seq)
            if skip < len(items):
                signature = brought.signature if end == len(brought.items) else None
                highest = max(highest, self._slice(items, verified, skip, signature))
        self._check_signature(chain, brought.signature)
        self.held, self.chain = last, chain
        self.conn.execute(
            "UPDATE feeds SET held = ?, hash = ? WHERE num = ?", (last, chain, self.num)
        )
        now = self.store.now_ms()
        self.suspect_clock |= clock.is_suspect(highest, now)
        own = self.store.meta("clock", 0, self.conn)
        self.store.set_meta("clock", clock.observe(own, highest, now))

    def _slice(
        self,
        items: Sequence[feeds.ChangeSet],
        verified: feeds.Verified,
        skip: int,
        signature: bytes | None,
    ) -> int:
        """Decodes one slice and hands its rows on; returns its highest clock stamp."""
        rows, highest, device = [], 0, self.device
        bodies = verified.bodies[skip:]
        flat = [data for body in bodies for _, data in body.items if data is not None]
        decoded = iter(changes.read_changes(flat, device))
        grouped: dict[bytes, list[Applied]] = {}
        last = len(items) - 1
        for at, body in enumerate(bodies, skip):
            header, item = verified.headers[at], items[at]
            row = apply.set_id(self.num, header.seq)
            rows.append(
                (
                    row, len(body.items), item.header, verified.hashes[at],
                    signature if at == last else None, item.body,
                )
            )  # fmt: skip
            stamp = (header.hlc, device, header.seq)
            highest = max(highest, header.hlc)
            last_record: bytes | None = None
            place: list[Applied] = []
            for index, (record, data) in enumerate(body.items):
                if data is None:
                    continue
                if record is not last_record:  # a body lists a record's changes together
                    last_record = record
                    place = grouped.setdefault(record, [])
                place.append((row, stamp, index, *next(decoded)))
        wanted = grouped.keys() & self.records if self._was_empty else grouped.keys()
        standing = apply.load(self.conn, self.desk, list(wanted))
        vectors = self.vectors
        vectors[device] = verified.headers[-1].seq
        made = Rows(self.desk, rows)
        made.add_all(grouped, standing, self._next_num, lambda d, seq: seq <= vectors.get(d, 0))
        made.write(self.conn)
        self._next_num += len(grouped) - len(standing)
        self.kinds |= made.kinds
        self.conflicts += made.conflicts
        self.records |= grouped.keys()
        self.change_sets += len(rows)
        self.changes += len(flat)
        return highest


def _slices(items: Sequence[feeds.ChangeSet]) -> Iterator[tuple[int, int]]:
    start, size = 0, 0
    for at, item in enumerate(items):
        size += len(item.body)
        if size >= SLICE:
            yield start, at + 1
            start, size = at + 1, 0
    if start < len(items):
        yield start, len(items)
