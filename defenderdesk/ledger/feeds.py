"""Feeds: one device's chain of change sets in one desk, and what a replica holds of them.

h(0) = SHA-256(domain, workspace, desk, device); h(n) = SHA-256(domain, h(n-1), header(n)). The
device signs h(n) at every save. So one signature over the last link authenticates a whole range,
and a range can be cut anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from defenderdesk.errors import DamagedError
from defenderdesk.ledger import changes
from defenderdesk.ledger.changes import Body, Header

SIGNATURE = b"defenderdesk.org/v1/feed-head"
_GENESIS = b"defenderdesk.org/v1/feed\x00"
_LINK = b"defenderdesk.org/v1/link\x00"

VersionVector = dict[bytes, int]
"""device (16 bytes) → how far its feed is held, without a gap, from 1."""


class ChangeSet(NamedTuple):
    """One change set as it is stored and carried."""

    header: bytes
    body: bytes


class Verified(NamedTuple):
    """A range whose chain and content were checked. `hashes[i]` is the chain after item i."""

    headers: list[Header]
    bodies: list[Body]
    hashes: list[bytes]


def genesis(workspace: bytes, desk: bytes, device: bytes) -> bytes:
    """The hash that the first change set of a feed follows (each id is 16 bytes)."""
    return hashlib.sha256(_GENESIS + workspace + desk + device).digest()


def link(previous: bytes, header: bytes) -> bytes:
    """The chain's hash behind `header`."""
    return hashlib.sha256(_LINK + previous + header).digest()


def verify_range(
    previous: bytes, first_seq: int, items: Sequence[ChangeSet], most: int | None = None
) -> Verified:
    """Checks a range that follows chain hash `previous`. The caller checks the signature over
    the last hash. `most`: values that its content may become. Raises `DamagedError`."""
    headers = changes.read_headers([item.header for item in items], most)
    hashes = []
    for offset, (header, item) in enumerate(zip(headers, items, strict=True)):
        if header.seq != first_seq + offset:
            raise DamagedError(what="a feed skips a change set")
        previous = link(previous, item.header)
        hashes.append(previous)
    bodies = changes.read_bodies([item.body for item in items], headers, most)
    return Verified(headers, bodies, hashes)


def lacks(mine: VersionVector, theirs: VersionVector) -> list[tuple[bytes, int, int]]:
    """The ranges (device, first, last) that `mine` covers and `theirs` does not, in order."""
    return [
        (device, theirs.get(device, 0) + 1, held)
        for device, held in sorted(mine.items())
        if held > theirs.get(device, 0)
    ]


def meet(one: VersionVector, two: VersionVector) -> VersionVector:
    """The part that both hold."""
    return {d: min(one[d], two[d]) for d in one.keys() & two.keys()}
