"""Importing a range of one feed: verified, then applied slice by slice.

(A second thread for the writing was measured and made it slower: SQLite's driver asks for
Python's lock back at every row.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

import msgspec

from defenderdesk.bundle import ranges
from defenderdesk.bundle.manifest import Part
from defenderdesk.bundle.membership import Member, Roster
from defenderdesk.crypto import signing
from defenderdesk.crypto.canonical import MAX_NODES
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import changes, clock, feeds
from defenderdesk.ledger.allowance import Allowance
from defenderdesk.ledger.branches import branch_id
from defenderdesk.vault.erasure import erase, redaction
from defenderdesk.vault.records import apply, cut_off, fork_split, forks, writing
from defenderdesk.vault.records.apply import Applied, Rows
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.records.search_index import Budget
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store

SLICE = 1024 * 1024
"""Bytes of change sets that are verified, decoded and written together."""


class FeedImport:
    """Takes ranges of one device's feed in one desk, inside the caller's transaction.

    `forked`: another history of the device came to light; `beyond`: it brought what this replica
    did not hold of the feed; `aside`: change sets that a device wrote after it was removed.
    `allowance`: what the bundle may still bring; `words`: how much of it is indexed at once."""

    def __init__(
        self,
        store: Store,
        conn: Connection,
        roster: Roster,
        desk: int,
        desk_id: bytes,
        author: Member,
        vectors: dict[bytes, int],
        *,
        feed: bytes = b"",
        allowance: Allowance | None = None,
        words: Budget | None = None,
    ) -> None:
        self.store, self.conn, self.roster = store, conn, roster
        self.desk, self.desk_id, self.author, self.vectors = desk, desk_id, author, vectors
        self.allowance, self._words = allowance or Allowance(), words or Budget()
        name = feed or author.device
        writing.feed_row(conn, store.meta("workspace", b"", conn), desk, desk_id, name)
        self.change_sets = self.changes = self.conflicts = self.aside = 0
        self.kinds: set[str] = set()
        self.records: set[bytes] = set()
        self.suspect_clock = self.forked = self.beyond = False
        self._next_num = 0
        self._was_empty = False
        self._turn(name)

    def _turn(self, name: bytes) -> None:
        """Goes on with the feed of that name (the device's own, or a branch)."""
        found = forks.feed(self.conn, self.desk, name)
        assert found is not None
        self.feed: Feed = found
        self.num, self.device = found.num, found.device
        self.held, self.chain = found.held, found.hash
        self._decode = forks.decoder(self.conn, self.desk, name, MAX_NODES)
        self._find_end()

    def _find_end(self, brought: ranges.Range | None = None) -> None:
        """The number up to which the feed counts (of a device that lost the desk)."""
        at = self.feed._replace(held=self.held)
        self.end = cut_off.of(self.conn, self.roster, self.desk_id, at, brought)
        self.bound = self.end.seq if self.end else None

    # -- ranges --------------------------------------------------------------------------------

    def take(self, brought: ranges.Range, data: bytes, part: Part) -> None:
        """Applies what is new of a range; keeps it whole while a gap before it is open."""
        hashes = ranges.links(brought)
        if "parent" in part.detail and not (
            self._find_branch(brought, hashes, part) or self._goes_on(brought, hashes)
        ):
            self._suspect(brought)
            return
        last = brought.first + len(brought.items) - 1
        if brought.first > self.held + 1:
            if not self._follow(brought):
                self._hold(brought, last, data, part)
                return
        elif not self._fits(brought) and not self._follow(brought):
            self._suspect(brought)
            return
        parted = self._parted(brought, hashes)
        if parted:
            self._part(parted, brought, hashes)
        elif last > self.held:
            self._extend(brought, hashes)
        if last <= self.held:
            return
        self._find_end(brought)
        if part.detail.get("partial") is True and _lacks_content(brought):
            self.conn.execute("UPDATE feeds SET partial = ? WHERE num = ?", (last, self.num))
        if self.bound is not None and last > self.bound:
            self.aside += last - max(self.held, self.bound)
            self._hold(brought, last, data, part)
        self._apply(brought, last)
        self.conn.execute("DELETE FROM suspects WHERE desk = ? AND device = ?", (self.desk, self.device))

    def take_held(self) -> None:
        """Applies kept ranges that now follow what is held."""
        self._find_end()
        while self.bound is None or self.held < self.bound:
            row = self.conn.execute(
                "SELECT first, last, data, detail FROM held_ranges WHERE feed = ? AND first <= ? "
                "AND last > ? ORDER BY first LIMIT 1",
                (self.num, self.held + 1, self.held),
            ).fetchone()
            if row is None:
                break
            _, last, data, packed = row
            brought = forks.held_range(self.author.device, data, packed)
            if self._parted(brought, ranges.links(brought)):
                self._suspect(brought)
                break
            self._apply(brought, last)
        self.conn.execute("DELETE FROM held_ranges WHERE feed = ? AND last <= ?", (self.num, self.held))

    def _hold(self, brought: ranges.Range, last: int, data: bytes, part: Part) -> None:
        chain = brought.previous
        for start, end in _slices(brought.items):
            items = brought.items[start:end]
            held = feeds.verify_range(chain, brought.first + start, items, MAX_NODES)
            chain = held.hashes[-1]
            for body in held.bodies:
                kept = [content for _, content in body.items if content is not None]
                self.allowance.take(changes.read_changes(kept, self.device, MAX_NODES), self.author.member)
        self._check_signature(ranges.signed_link(brought), brought.signature)
        detail = {k: part.detail[k] for k in ("first", "count", "raw")}
        self.conn.execute(
            "INSERT OR IGNORE INTO held_ranges VALUES (?, ?, ?, ?, ?)",
            (self.num, brought.first, last, data, msgspec.msgpack.encode(detail)),
        )

    def _check_signature(self, chain: bytes, signature: bytes) -> None:
        signing.verify(
            self.author.signing_key,
            feeds.SIGNATURE,
            chain,
            signature,
            f"the changes of {self.author.member}",
        )

    # -- two histories -------------------------------------------------------------------------

    def _suspect(self, brought: ranges.Range) -> None:
        """Another history exists, and its beginning is not here: until it comes, this replica
        says that it holds nothing of the feed, so that everybody sends all of theirs. That it exists is
        no claim of whoever sent it: its device signed it. Raises `DamagedError` where it did not."""
        self._check_signature(ranges.signed_link(brought), brought.signature)
        self.forked = True
        self.conn.execute("INSERT OR IGNORE INTO suspects VALUES (?, ?)", (self.desk, self.device))

    def _fits(self, brought: ranges.Range) -> bool:
        """Tells whether a range goes on with what is held of this feed."""
        at = brought.first - 1
        return at >= self.feed.base and (forks.chain_at(self.conn, self.num, at) == brought.previous)

    def _goes_on(self, brought: ranges.Range, hashes: Sequence[bytes]) -> bool:
        """Tells whether a range is of the history that is here, whatever its sender calls it."""
        return self._fits(brought) and not self._parted(brought, hashes)

    def _follow(self, brought: ranges.Range) -> bool:
        """Turns to the branch that a range goes on with, if there is one."""
        for branch in forks.within(self.conn, self.feed):
            at = brought.first - 1
            if (
                branch.base <= at <= branch.held
                and branch.device != self.device
                and (forks.chain_at(self.conn, branch.num, at) == brought.previous)
            ):
                self._turn(branch.device)
                return True
        return False

    def _find_branch(self, brought: ranges.Range, hashes: Sequence[bytes], part: Part) -> bool:
        """Turns to the branch that a part names; makes it where its beginning fits."""
        name, parent, base = part.detail["feed"], part.detail["parent"], part.detail["base"]
        if forks.feed(self.conn, self.desk, name) is None:
            trunk = forks.feed(self.conn, self.desk, parent)
            if trunk is None or trunk.held < base or brought.first != base + 1:
                return False
            if forks.chain_at(self.conn, trunk.num, base) != brought.previous:
                return False
            if branch_id(trunk.origin, hashes[0]) != name:
                raise DamagedError(what="a branch of a feed is not what its name says")
            if trunk.held > base:
                link = forks.chain_at(self.conn, trunk.num, base + 1)
                if link == hashes[0]:  # what was one history here is a branch of two
                    fork_split.split(self.conn, trunk, base, link)
                    self.forked = True
                    self._turn(name)
                    return True
                fork_split.split(self.conn, trunk, base, link)
            refreshed = forks.feed(self.conn, self.desk, parent)
            assert refreshed is not None
            fork_split.begin(self.conn, refreshed, hashes[0])
            self.forked = True
        self._turn(name)
        return True

    def _parted(self, brought: ranges.Range, hashes: Sequence[bytes]) -> int:
        """The first change set in which the range differs from what is held; 0: in none."""
        last = min(brought.first + len(hashes) - 1, self.held)
        if last < brought.first:
            return 0
        kept = {
            apply.feed_and_seq(row)[1]: bytes(chain)
            for row, chain in self.conn.execute(
                "SELECT id, hash FROM change_sets WHERE id BETWEEN ? AND ? ORDER BY id",
                (apply.set_id(self.num, brought.first), apply.set_id(self.num, last)),
            )
        }
        if kept.get(last) == hashes[last - brought.first]:
            return 0
        for seq in range(brought.first, last + 1):
            if seq in kept and kept[seq] != hashes[seq - brought.first]:
                return seq
        return 0

    def _part(self, seq: int, brought: ranges.Range, hashes: Sequence[bytes]) -> None:
        """Two histories part at `seq`: both become branches; goes on with the new one."""
        self._check_signature(ranges.signed_link(brought), brought.signature)
        self.forked = True
        trunk = self.feed
        fork_split.split(self.conn, trunk, seq - 1, forks.chain_at(self.conn, trunk.num, seq))
        ended = forks.feed(self.conn, self.desk, trunk.device)
        assert ended is not None
        branch = fork_split.begin(self.conn, ended, hashes[seq - brought.first])
        self._turn(branch.device)

    def _extend(self, brought: ranges.Range, hashes: Sequence[bytes]) -> None:
        """Goes on in a branch: what follows the end of a feed that was forked belongs to one."""
        self.beyond = True
        while any(b.base == self.held for b in forks.branches(self.conn, self.desk, self.device)):
            at = self.held + 1 - brought.first
            if at >= len(hashes):
                return
            self._turn(fork_split.begin(self.conn, self.feed, hashes[at]).device)
            parted = self._parted(brought, hashes)
            if parted:
                self._part(parted, brought, hashes)

    # -- applying ------------------------------------------------------------------------------

    def _apply(self, brought: ranges.Range, last: int) -> None:
        """Applies a range that fits, as far as the device's work counts."""
        chain, highest = brought.previous, 0
        self._next_num = apply.next_num(self.conn)
        self._was_empty = self._next_num == 1
        stop = last if self.bound is None else max(self.held, min(last, self.bound))
        cut = self.end.cut if self.end else None
        at_stop = self.chain
        for start, end in _slices(brought.items):
            seq = brought.first + start
            verified = feeds.verify_range(chain, seq, brought.items[start:end], MAX_NODES)
            chain = verified.hashes[-1]
            count = max(0, min(end - start, stop - seq + 1))
            skip = max(0, self.held + 1 - seq)
            if skip < count:
                signature = None
                if seq + count - 1 == last and not brought.tail:
                    signature = brought.signature
                elif cut and seq + count - 1 == cut.seq:
                    signature = cut.signature
                at_stop = verified.hashes[count - 1]
                within = feeds.Verified(
                    verified.headers[:count], verified.bodies[:count], verified.hashes[:count]
                )
                items = brought.items[start : start + count]
                highest = max(highest, self._slice(items, within, skip, signature))
        for header in brought.tail:
            chain = feeds.link(chain, header)
        self._check_signature(chain, brought.signature)
        if cut and stop == cut.seq and at_stop != cut.hash:
            raise DamagedError(what="the work of a removed device ends elsewhere than was stated")
        self.held, self.chain = stop, at_stop
        self.conn.execute("UPDATE feeds SET held = ?, hash = ? WHERE num = ?", (stop, at_stop, self.num))
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
        first = verified.headers[0].seq
        left = redaction.arriving(self.conn, self.desk, device, first, items)
        if left is not items:
            items = left
            bodies = changes.read_bodies([i.body for i in items], verified.headers)
            verified = verified._replace(bodies=bodies)
        bodies = verified.bodies[skip:]
        flat = [data for body in bodies for _, data in body.items if data is not None]
        read = self._decode(flat)
        self.allowance.take(read, self.author.member)
        erasing = changes.ERASE in set(map(_op_of, read))
        done = 0
        grouped: dict[bytes, list[Applied]] = {}
        last = len(items) - 1
        for at, body in enumerate(bodies, skip):
            header, item = verified.headers[at], items[at]
            row = apply.set_id(self.num, header.seq)
            rows.append(
                (
                    row,
                    len(body.items),
                    bytearray(item.header),
                    bytearray(verified.hashes[at]),
                    signature if at == last else None,
                    bytearray(item.body),
                )
            )
            stamp = (header.hlc, device, header.seq)
            highest = max(highest, header.hlc)
            for record, start, end in _standing(body):
                run = (row, stamp, start, read[done : (done := done + end - start)])
                if (place := grouped.get(record)) is None:
                    grouped[record] = [run]
                else:
                    place.append(run)
        self.allowance.records(grouped, len(read), self.author.member)
        wanted = grouped.keys() & self.records if self._was_empty else grouped.keys()
        standing = apply.load(self.conn, self.desk, list(wanted))
        self.allowance.rewritten(sum(row.size for row in standing.values()), self.author.member)
        vectors = self.vectors
        vectors[device] = verified.headers[-1].seq
        made = Rows(self.desk, rows, (self.allowance, self.author.member), self._words)
        made.add_all(grouped, standing, self._next_num, lambda d, seq: seq <= vectors.get(d, 0))
        made.write(self.conn)
        if erasing:
            self._note_erasures(verified.headers[skip:], bodies)
        self._next_num += len(grouped) - len(standing)
        self.kinds |= made.kinds
        self.conflicts += made.conflicts
        self.records |= grouped.keys()
        self.change_sets += len(rows)
        self.changes += len(flat)
        return highest

    def _note_erasures(self, headers: Sequence[changes.Header], bodies: Sequence[changes.Body]) -> None:
        for head, body in zip(headers, bodies, strict=True):
            read = self._decode([data for _, data in body.items if data is not None])
            if any(change[1] == changes.ERASE for change in read):
                erase.note(self.conn, [apply.set_id(self.num, head.seq)])


def _lacks_content(brought: ranges.Range) -> bool:
    """Tells whether something of a range was left out: that it was given in part is not believed
    where all of it is here, and it is passed on."""
    headers = changes.read_headers([item.header for item in brought.items])
    bodies = changes.read_bodies([item.body for item in brought.items], headers)
    return not all(body.whole for body in bodies)


_op_of = itemgetter(1)
"""The operation of a change as read."""


def _standing(body: changes.Body) -> Iterable[tuple[bytes, int, int]]:
    """The groups of a body, without the changes whose content was erased."""
    if body.whole:
        return body.groups
    return [
        (record, at, at + 1)
        for record, start, end in body.groups
        for at in range(start, end)
        if body.items[at][1] is not None
    ]


def _slices(items: Sequence[feeds.ChangeSet]) -> Iterator[tuple[int, int]]:
    start, size = 0, 0
    for at, item in enumerate(items):
        size += len(item.body)
        if size >= SLICE:
            yield start, at + 1
            start, size = at + 1, 0
    if start < len(items):
        yield start, len(items)
