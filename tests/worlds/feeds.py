"""One laptop's feed, read, split and gone on with by hand."""

from __future__ import annotations

from collections.abc import Sequence

from defenderdesk.bundle import ranges
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import fork_split, forks
from defenderdesk.vault.records.forks import Feed
from defenderdesk.vault.storage.database import Connection
from tests.worlds.records import new_case

DESK = 1


def six_titles(vault: Vault) -> str:
    """A case whose title was written six times, each time in the place of the one before."""
    case = new_case(vault, "Title 1")
    for number in range(2, 7):
        vault.save([Edit(case, "title", f"Title {number}")])
    return case


def the_feed(conn: Connection, device: bytes) -> Feed:
    """The feed of that name, which is there."""
    found = forks.feed(conn, DESK, device)
    assert found is not None
    return found


def links(conn: Connection, device: bytes) -> list[bytes]:
    """The chain's hashes of a feed that was not split yet, that before the first among them."""
    feed = the_feed(conn, device)
    return [forks.chain_at(conn, feed.num, seq) for seq in range(feed.held + 1)]


def split(conn: Connection, device: bytes, base: int) -> Feed:
    """The branch that a feed goes on in behind `base`."""
    trunk = the_feed(conn, device)
    return fork_split.split(conn, trunk, base, forks.chain_at(conn, trunk.num, base + 1))


def written(first: int, last: int, title: str = "Of the copy") -> list[ChangeSet]:
    """Change sets of these numbers, as somebody with the same keys could have made them."""
    device = b"d" * 16
    out = []
    for seq in range(first, last + 1):
        items = [Change(b"r" * 16, "title", SET, f"{title} {seq}")]
        out.append(ChangeSet(*changes.make(items, device, seq, seq << 16, b"s" * 16)))
    return out


def brought(
    vault: Vault, first: int, previous: bytes, items: Sequence[ChangeSet], tail: Sequence[bytes] = ()
) -> ranges.Range:
    """A range of this laptop's feed, rightly signed."""
    chain = previous
    for header in [*(item.header for item in items), *tail]:
        chain = feeds.link(chain, header)
    signature = vault.store.require_signing_key().sign(feeds.SIGNATURE, chain)
    return ranges.Range(vault.store.device, first, previous, signature, list(items), list(tail))
