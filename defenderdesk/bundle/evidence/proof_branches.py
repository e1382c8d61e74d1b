"""Verifying the branches in a custody package: that each begins where the feed it comes of ends,
and is the one that its name says. The signatures over them are `check`'s.

Of a feed that is a branch or ends in branches the package holds one stretch without a gap, so
that every entry is shown to lie in that history and in no other.
"""

from __future__ import annotations

from collections.abc import Callable

from defenderdesk.bundle.evidence.proof_format import Proof, Segment
from defenderdesk.errors import Message
from defenderdesk.ledger import branches, feeds

Who = Callable[[bytes], str]


def flaws(proof: Proof, who: Who) -> list[Message]:
    """Flaws of the branches of a proof, in sentences."""
    stretches: dict[bytes, list[Segment]] = {}
    for segment in proof.segments:
        stretches.setdefault(segment.device, []).append(segment)
    out: list[Message] = []
    for parent, names in branches.parting(proof.branches).items():
        whose = who(branches.origin(proof.branches, parent))
        bases = {proof.branches[name].base for name in names}
        if len(bases) > 1:
            out.append(Message("The histories of {who} are said to part at several places.", who=whose))
            continue
        if len(names) < 2:
            out.append(Message("Another history of {who} is said to exist, and is not shown.", who=whose))
        end = _end(proof, parent, bases.pop(), stretches)
        if end is None:
            out.append(
                Message(
                    "The package does not hold what the histories of {who} share, up to where they part.",
                    who=whose,
                )
            )
            continue
        for name in names:
            flaw = _branch(proof, name, end, stretches, whose)
            if flaw:
                out.append(flaw)
    return out


def _end(proof: Proof, parent: bytes, base: int, stretches: dict[bytes, list[Segment]]) -> bytes | None:
    """The hash where a feed ends and its branches begin; None where that is not shown."""
    found = stretches.get(parent, [])
    if base == 0:  # they share nothing
        return None if found else feeds.genesis(proof.workspace, proof.desk, parent)
    if len(found) != 1 or found[0].last != base:
        return None
    return _hash(found[0])


def _hash(segment: Segment) -> bytes:
    """The chain's hash behind a stretch."""
    chain = segment.previous
    for header in segment.headers:
        chain = feeds.link(chain, header)
    return chain


def _branch(
    proof: Proof, name: bytes, end: bytes, stretches: dict[bytes, list[Segment]], whose: str
) -> Message | None:
    """Flaws of one branch of a feed that ends with hash `end`."""
    found = stretches.get(name, [])
    if len(found) != 1:
        return Message("A history of {who} is named, and is not in the package.", who=whose)
    [segment] = found
    if segment.first != proof.branches[name].base + 1 or segment.previous != end:
        return Message("A history of {who} does not begin where it parts from the other.", who=whose)
    first = feeds.link(segment.previous, segment.headers[0])
    if branches.branch_id(branches.origin(proof.branches, name), first) != name:
        return Message("A history of {who} is not the one that its name says.", who=whose)
    return None
