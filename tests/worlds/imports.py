"""A laptop that takes in what is said to follow its own work, range by range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from defenderdesk.bundle import manifest, ranges
from defenderdesk.bundle.membership import Cut, Roster
from defenderdesk.ledger import feeds
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault import Vault
from defenderdesk.vault.replication.import_feed import FeedImport
from defenderdesk.vault.storage.database import Connection
from tests.worlds.feeds import DESK, brought, links, six_titles, the_feed


@dataclass
class World:
    """A laptop that holds six change sets of its own, and takes in what is said to follow them."""

    vault: Vault
    conn: Connection
    chain: list[bytes]
    desk: bytes

    @property
    def device(self) -> bytes:
        return self.vault.store.device

    def importing(self, *cuts: Cut, removed: bool = False, feed: bytes = b"") -> FeedImport:
        roster = self.vault.store.roster
        author = roster.devices[self.device]
        if cuts or removed:
            roster = Roster(cuts={(self.desk, cut.feed): cut for cut in cuts})
        vectors = dict(self.conn.execute("SELECT device, held FROM feeds").fetchall())
        return FeedImport(self.vault.store, self.conn, roster, DESK, self.desk, author, vectors, feed=feed)

    def part(self, first: int, previous: bytes, items: list[ChangeSet]) -> ranges.Range:
        return brought(self.vault, first, previous, items)

    def take(self, into: FeedImport, part: ranges.Range, **detail: object) -> FeedImport:
        data, told = ranges.pack(part)
        into.take(part, data, manifest.Part(manifest.FEED, len(data), b"", {**told, **detail}))
        return into

    def own(self, first: int, last: int) -> list[ChangeSet]:
        rows = self.conn.execute("SELECT header, body FROM change_sets ORDER BY id").fetchall()
        return [ChangeSet(bytes(h), bytes(b)) for h, b in rows[first - 1 : last]]

    def waiting(self) -> list[tuple[int, int]]:
        rows = self.conn.execute("SELECT first, last FROM held_ranges ORDER BY first").fetchall()
        return [(first, last) for first, last in rows]

    def suspects(self) -> int:
        return int(self.conn.execute("SELECT count(*) FROM suspects").fetchone()[0])

    def held(self, feed: bytes = b"") -> int:
        return the_feed(self.conn, feed or self.device).held


@pytest.fixture
def world(vault: Vault) -> Iterator[World]:
    six_titles(vault)
    with vault.store.writing() as conn:
        [desk] = conn.execute("SELECT id FROM desks").fetchone()
        yield World(vault, conn, links(conn, vault.store.device), bytes(desk))
        conn.execute("DELETE FROM held_ranges")


def behind(previous: bytes, items: list[ChangeSet]) -> list[bytes]:
    out = []
    for item in items:
        previous = feeds.link(previous, item.header)
        out.append(previous)
    return out
