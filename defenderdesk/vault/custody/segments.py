"""Stretches of a desk's feeds with the signatures over them, and which branches of forked feeds
are needed to show a change set: what a custody package takes out of the vault."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

from defenderdesk.ledger import branches
from defenderdesk.ledger.branches import Branch
from defenderdesk.vault.records import cut_off, forks
from defenderdesk.vault.records.apply import SEQ_BITS, feed_and_seq, set_id
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store

BESIDE = 10
"""Histories beside the needed one that are shown where they part."""


class Row(NamedTuple):
    """One change set of a stretch; its body is read by itself, where it is wanted."""

    seq: int
    header: bytes
    signature: bytes | None


class Feeds:
    """The feeds of one desk. `conn` must see one snapshot while this is used."""

    def __init__(self, store: Store, conn: Connection, desk: bytes) -> None:
        self._conn, self._desk, self._cuts = conn, desk, store.roster.cuts
        self._num: int = conn.execute("SELECT num FROM desks WHERE id = ?", (desk,)).fetchone()[0]
        self.tree = forks.tree(conn, self._num)
        self._below = branches.parting(self.tree)

    def _feed(self, name: bytes) -> Feed:
        found = forks.feed(self._conn, self._num, name)
        assert found is not None
        return found

    def previous(self, name: bytes, first: int) -> bytes:
        """The chain's hash before number `first` of a feed."""
        return forks.chain_at(self._conn, self._feed(name).num, first - 1)

    def signed(self, name: bytes, seq: int) -> int:
        """The first number from `seq` on that is signed in this very feed; 0: none is."""
        feed = self._feed(name)
        [row] = self._conn.execute(
            "SELECT min(id) FROM change_sets WHERE id BETWEEN ? AND ? AND signature IS NOT NULL",
            (set_id(feed.num, seq), set_id(feed.num, 2**SEQ_BITS - 1)),
        ).fetchone()
        if row is not None:
            return feed_and_seq(row)[1]
        if feed.held >= seq and self._cut(feed):
            return feed.held
        return max((row.seq for row in self._quarantined(feed) if row.seq >= seq), default=0)

    def _cut(self, feed: Feed) -> bytes | None:
        """The signature where the feed of a removed device ends, as whoever removed it kept it."""
        for name in branches.lineage(self.tree, feed.device):
            cut = self._cuts.get((self._desk, name))
            if cut and (cut.seq, cut.hash) == (feed.held, feed.hash):
                return cut.signature
        return None

    def _quarantined(self, feed: Feed) -> list[Row]:
        """The beginning of a history of which nothing counts (its device was removed), up to a
        signature. It shows that there is that history, and nothing of what it says."""
        found = cut_off.quarantined(self._conn, feed)
        if found is None:
            return []
        headers, signature = found
        rows = [Row(seq, header, None) for seq, header in enumerate(headers, feed.base + 1)]
        return [*rows[:-1], rows[-1]._replace(signature=signature)]

    def rows(self, name: bytes, first: int, last: int) -> list[Row]:
        """The change sets of a feed from `first` to `last`."""
        feed = self._feed(name)
        if aside := self._quarantined(feed):
            return [row for row in aside if first <= row.seq <= last]
        found = self._conn.execute(
            "SELECT id, header, signature FROM change_sets WHERE id BETWEEN ? AND ? ORDER BY id",
            (set_id(feed.num, first), set_id(feed.num, last)),
        ).fetchall()
        out = [Row(feed_and_seq(row)[1], *rest) for row, *rest in found]
        if out and out[-1].seq == feed.held and out[-1].signature is None:
            out[-1] = out[-1]._replace(signature=self._cut(feed))
        return out

    def body(self, name: bytes, seq: int) -> bytes:
        """The body of a change set that is held."""
        [found] = self._conn.execute(
            "SELECT body FROM change_sets WHERE id = ?", (set_id(self._feed(name).num, seq),)
        ).fetchone()
        return bytes(found)

    def needed(self, numbers: Mapping[bytes, int]) -> dict[bytes, Branch]:
        """The branches in which these numbers lie or through which they are signed, and beside
        each the others that begin there: only two show that histories part. `numbers`: of a feed
        the furthest one."""
        wanted = set(numbers)
        while True:
            chosen = branches.around(self.tree, wanted)
            ends = wanted | chosen.keys()
            ends -= {branch.parent for branch in chosen.values()}
            more: set[bytes] = set()
            for name in ends:
                begin = chosen[name].base + 1 if name in chosen else 1
                if not self.signed(name, numbers.get(name, begin)):
                    more.update(filter(self._is_here, self._below.get(name, ())))
            if more <= wanted:
                break
            wanted |= more
        return self._shown(chosen, wanted)

    def _shown(self, chosen: Mapping[bytes, Branch], wanted: Set[bytes]) -> dict[bytes, Branch]:
        """Those that are needed, and beside them some that are here at all. Not every one: who
        holds a device's keys can make any number of histories."""
        within = {name for one in wanted for name in branches.lineage(self.tree, one)}
        out = {name: branch for name, branch in chosen.items() if name in within}
        siblings: dict[bytes, int] = {}
        for name, branch in chosen.items():
            if name in within or siblings.get(branch.parent, 0) >= BESIDE:
                continue
            if self._is_here(name):
                siblings[branch.parent] = siblings.get(branch.parent, 0) + 1
                out[name] = branch
        return out

    def _is_here(self, name: bytes) -> bool:
        feed = self._feed(name)
        return feed.held > feed.base or bool(self._quarantined(feed))
