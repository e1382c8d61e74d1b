"""Walking through what a server lists of a mailbox: the one loop, for every mailbox.

A server that was set back to an older day lists less than was read already. That is said once, the
walk begins anew, and a server that does it twice in one walk is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client

PAGE = 200
MAX_BUNDLE = 4 * 1024**3


class Listed(NamedTuple):
    """A bundle as a server lists it: its number in the mailbox, its size in bytes (0: they were
    deleted), its SHA-256."""

    seq: int
    size: int
    sha256: str


class Page(NamedTuple):
    """One page of a list. `set_back`: nothing of what was read before counts, it begins anew."""

    bundles: list[Listed]
    set_back: bool = False


def pages(client: Client, box: str, cursor: int) -> Iterator[Page]:
    """The entries of a mailbox after `cursor`, page by page. Raises `NoSafeLinkError` for a list
    that is none; what stood before the fault is given first."""
    anew = False
    while True:
        answer = client.json("GET", f"/v1/mailboxes/{box}?after={cursor}&limit={PAGE}")
        found, last = answer.get("bundles"), answer.get("last")
        if not isinstance(found, list) or not isinstance(last, int) or last < 0:
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        if last < cursor:
            if anew:
                raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
            cursor, anew = 0, True
            yield Page([], True)
            continue
        if not found:
            return
        bundles: list[Listed] = []
        for item in found:
            one = _listed(item, cursor)
            if one is None:
                break
            bundles.append(one)
            cursor = one.seq
        yield Page(bundles)
        if len(bundles) < len(found):
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)


def _listed(item: Any, cursor: int) -> Listed | None:
    """One entry of a list, after `cursor`; None where it is none."""
    if isinstance(item, dict):
        seq, size, sha256 = item.get("seq"), item.get("size"), item.get("sha256")
        if (
            isinstance(seq, int)
            and cursor < seq < 2**53
            and isinstance(size, int)
            and 0 <= size <= MAX_BUNDLE
            and isinstance(sha256, str)
            and len(sha256) == 64
            and sha256.isalnum()
        ):
            return Listed(seq, size, sha256)
    return None
