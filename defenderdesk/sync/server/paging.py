"""Walking through what a server lists of a mailbox: the one loop, for every mailbox.

Each entry is chained to those below it. A server that was set back to an older day, and perhaps
filled again by others, shows another chain at the place where this device stands. That is said once,
the walk begins anew, and a server that does it twice in one walk is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from defenderdesk.bundle import mailbox_chain
from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client

PAGE = 200
MAX_BUNDLE = 4 * 1024**3
MAX_GAP = 1000
"""Numbers that a list may leave out at once; a hole that is larger is no list."""
_HASH = re.compile(r"[0-9a-f]{64}\Z")


class Listed(NamedTuple):
    """A bundle as a server lists it: its number in the mailbox, its size in bytes (0: they were
    deleted), its SHA-256, the link of the chain at it."""

    seq: int
    size: int
    sha256: str
    chain: bytes


class Page(NamedTuple):
    """One page of a list, whose `last` number was said with it. `set_back`: nothing of what was
    read before counts, it begins anew."""

    bundles: list[Listed]
    last: int
    set_back: bool = False


def pages(client: Client, box: str, cursor: int, chain: bytes) -> Iterator[Page]:
    """The entries of a mailbox after `cursor`, where its chain is `chain` (empty: not known), page
    by page. Raises `NoSafeLinkError` for a list that is none; what stood before the fault is given
    first."""
    anew = False
    while True:
        answer = client.json("GET", f"/v1/mailboxes/{box}?after={cursor}&limit={PAGE}")
        found, last = answer.get("bundles"), answer.get("last")
        if not isinstance(found, list) or type(last) is not int or last < 0:
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        at = _link(answer.get("chain"))
        if last < cursor or at is None or (chain and at != chain):
            if anew:
                raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
            cursor, chain, anew = 0, mailbox_chain.START, True
            yield Page([], last, True)
            continue
        chain = at
        bundles: list[Listed] = []
        for item in found[:PAGE]:
            one = _listed(item, cursor, chain)
            if one is None or one.seq > last:
                break
            bundles.append(one)
            cursor, chain = one.seq, one.chain
        yield Page(bundles, last)
        if len(bundles) < len(found):
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        if not found:
            return


def entry(client: Client, box: str, seq: int) -> Listed | None:
    """One entry of a mailbox's list; None where the list leaves it out."""
    answer = client.json("GET", f"/v1/mailboxes/{box}?after={seq - 1}&limit=1")
    found = answer.get("bundles")
    if not isinstance(found, list):
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
    at = _link(answer.get("chain")) or b""
    one = _listed(found[0], seq - 1, at) if found else None
    return one if one is not None and one.seq == seq else None


def _listed(item: Any, cursor: int, before: bytes) -> Listed | None:
    """One entry of a list, after `cursor`, linked to what stands `before` it; None where it is
    none. To what a list leaves out nothing can be linked: that number is asked for again."""
    if not isinstance(item, dict):
        return None
    seq, size, sha256, chain = item.get("seq"), item.get("size"), item.get("sha256"), _link(item.get("chain"))
    if (
        type(seq) is not int
        or not cursor < seq <= min(cursor + MAX_GAP, 2**53)
        or type(size) is not int
        or not 0 <= size <= MAX_BUNDLE
        or not isinstance(sha256, str)
        or not _HASH.match(sha256)
        or chain is None
        or (seq == cursor + 1 and chain != mailbox_chain.link(before, seq, sha256))
    ):
        return None
    return Listed(seq, size, sha256, chain)


def _link(value: Any) -> bytes | None:
    return bytes.fromhex(value) if isinstance(value, str) and _HASH.match(value) else None
