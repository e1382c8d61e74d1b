"""Branches of forked feeds: what they are called, and which comes of which.

A feed of which two histories exist ends where they part, at its *base*; each goes on as a branch.
Branches can fork in turn. Specified in `docs/format/change-set.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from defenderdesk.crypto import signing

_BRANCH = b"defenderdesk.org/v1/branch\x00"


class Branch(NamedTuple):
    """The beginning of a branch: behind number `base` of the feed `parent`."""

    parent: bytes
    base: int


Branches = Mapping[bytes, Branch]
"""The branches of a desk's feeds, by name."""


def branch_id(device: bytes, first_link: bytes) -> bytes:
    """16 bytes that name the branch of a device's feed whose first change set gives this chain
    hash. The feed it comes of does not enter: that one may itself turn out to be forked later."""
    return hashlib.sha256(_BRANCH + device + first_link).digest()[:16]


def named(text: str) -> bytes:
    """The feed that an act or a timestamp names; empty for what is no name."""
    try:
        return signing.id_bytes(text)
    except ValueError:
        return b""


def lineage(branches: Branches, feed: bytes) -> list[bytes]:
    """A feed, the one it comes of, and so on; the last is the device's own. What lies in the
    feed may have been called after any of these: after each until a fork came to light."""
    out = [feed]
    while (branch := branches.get(out[-1])) is not None:
        out.append(branch.parent)
    return out


def origin(branches: Branches, feed: bytes) -> bytes:
    """The device that signs a feed."""
    return lineage(branches, feed)[-1]


def parting(branches: Branches) -> dict[bytes, list[bytes]]:
    """By feed: the branches that begin where it ends, in the order of their names."""
    out: dict[bytes, list[bytes]] = {}
    for name, branch in sorted(branches.items()):
        out.setdefault(branch.parent, []).append(name)
    return out


def labels(branches: Branches) -> dict[bytes, str]:
    """Numbers for people: 1, 2, and 2.1 for what comes of 2."""
    below = parting(branches)
    out: dict[bytes, str] = {}
    todo: list[tuple[bytes, str]] = [(feed, "") for feed in below if feed not in branches]
    while todo:
        feed, label = todo.pop()
        for number, name in enumerate(below.get(feed, ()), 1):
            out[name] = f"{label}.{number}" if label else str(number)
            todo.append((name, out[name]))
    return out


class Way(NamedTuple):
    """One of the histories that go on from where a feed parts: its number for people, its name,
    and the numbers of the entries of a record that lie in it."""

    label: str
    name: bytes
    entries: tuple[int, ...]


class Fork(NamedTuple):
    """The place where histories of a device part: behind `base` of `label` (empty: its feed);
    `entries`: of a record, what lies before, in what they share."""

    device: bytes
    label: str
    base: int
    entries: tuple[int, ...]
    ways: tuple[Way, ...]


def around(branches: Branches, feeds: Iterable[bytes]) -> dict[bytes, Branch]:
    """The branches in which these feeds lie, and those that begin where these do."""
    below = parting(branches)
    out: dict[bytes, Branch] = {}
    for feed in feeds:
        for name in lineage(branches, feed)[:-1]:
            out |= {sibling: branches[sibling] for sibling in below[branches[name].parent]}
    return out


def told(branches: Branches, entries: Iterable[tuple[bytes, int]]) -> list[Fork]:
    """The forks, those of one device together, each before those that come of it; `entries`:
    (feed, number)."""
    numbered = labels(branches)
    within: dict[bytes, list[int]] = {}
    for feed, seq in sorted(entries):
        within.setdefault(feed, []).append(seq)
    out = []
    for parent, names in parting(branches).items():
        ways = [Way(numbered[n], n, tuple(within.get(n, ()))) for n in names]
        base, before = branches[names[0]].base, tuple(within.get(parent, ()))
        device, label = origin(branches, parent), numbered.get(parent, "")
        out.append(Fork(device, label, base, before, tuple(ways)))
    return sorted(out, key=lambda fork: (fork.device, fork.label))


class Seen:
    """Finds the change set that somebody saw under the name its feed had for them."""

    def __init__(self, branches: Branches, held: Iterable[tuple[bytes, int, str]]) -> None:
        """`held`: (feed, number, digest) of the change sets that are here."""
        self._found: dict[tuple[int, str], list[bytes]] = {}
        self._lineages: dict[bytes, frozenset[bytes]] = {}
        self._named: set[tuple[bytes, int]] = set()
        for feed, seq, digest in held:
            self._found.setdefault((seq, digest), []).append(feed)
            self._named.add((feed, seq))
            if feed not in self._lineages:
                self._lineages[feed] = frozenset(lineage(branches, feed))

    def find(self, feed: bytes, seq: int, digest: str) -> bytes | None:
        """The feed in which it lies now; None: it is not here."""
        for held in self._found.get((seq, digest), ()):
            if feed in self._lineages[held]:
                return held
        return None

    def differs(self, feed: bytes, seq: int) -> bool:
        """Tells whether there is one of that number in that very feed, another than was seen."""
        return (feed, seq) in self._named
