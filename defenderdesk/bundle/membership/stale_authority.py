"""Stale authority: a device's key that could decide what now takes more administrators.

What an act names as its past is its author's word: a modified program can sign as of a day on
which one administrator was enough, or on which two agreed to a removal that three must agree to
now. No reader can tell such an act from an honest one that was made then. But a key can sign only
on a past that admits it. So a device whose key knew easier days takes a new one, admitted by an
act that follows all of today's, and destroys the old one.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.validity import Graph


def has_stale_authority(graph: Graph, device: bytes) -> bool:
    """Tells whether there is a past on which `device` administers, and in which fewer
    administrators had to agree than by all that is known."""
    every = graph.all()
    if graph.role(device, every) != limits.ADMINISTRATOR:
        return False
    now = _asked(graph, every)
    return any(
        any(then < today for then, today in zip(_asked(graph, past), now, strict=True))
        for past in _pasts(graph)
        if graph.role(device, past) == limits.ADMINISTRATOR
    )


def _asked(graph: Graph, mask: int) -> tuple[int, int, int]:
    """(how many it takes to make somebody an administrator, to end one, to let anybody in)."""
    quorum, many = graph.quorum(mask), len(graph.administrators(mask))
    admissions = min(graph.doorkeepers(mask), many)
    return max(1, min(quorum, many)), max(1, min(quorum, many - 1)), max(1, admissions)


def _pasts(graph: Graph) -> Iterator[int]:
    """The pasts in which the number that has to agree may differ: before and after each act that
    touches it, and one in which all who were removed are gone already."""
    gone = 0
    for number in range(len(graph.acts)):
        if not _touches(graph, number):
            continue
        past = graph.past[number]
        if graph.strikes >> number & 1:  # with the voices by which it counts
            for one in (number, *graph.endorsements.get(number, ())):
                gone |= graph.past[one] | 1 << one
        yield past
        yield past | 1 << number
    yield gone


def _touches(graph: Graph, number: int) -> bool:
    act = graph.acts[number]
    if act.kind in (acts.FOUND, acts.ADMIT, acts.SUCCEED):
        return acts.device_id(act.detail[0]) in graph.able
    if act.kind in (acts.ROLE, acts.REMOVE):
        return act.detail[0] in graph.able
    return act.kind in (acts.QUORUM, acts.ADMISSIONS, acts.ENDORSE)
