"""Shares of the log: how much of what everybody must keep for ever one laptop may fill.

Every laptop keeps every act, so the least of members could fill the log until nobody can be let in
or removed. What a laptop says *unanswered* is therefore bounded; what goes beyond is left out, with
all that follows it, and comes in once an administrator makes an act that knows of it. So what an
administrator does always fits, and all laptops hold the same once one of them acted.

Nothing is refused for it: two laptops may each have taken another part of what a third one said, and
must still be able to speak with each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act
from defenderdesk.bundle.membership.graph import Known, bits


def left_out(index: Known, news: Iterable[Act]) -> set[bytes]:
    """Of new acts (causes first) those that are beyond the share of who made them, or follow such."""
    news = list(news)
    former = _former(index, news)
    able = _able(index, news)
    roots = {author: _root(former, author) for author in {act.author for act in (*index.acts, *news)}}
    able_roots = {_root(former, device) for device in able}
    counts = {roots[act.author]: _Share(roots[act.author] in able_roots) for act in news}
    by_anybody = _answered(index, news, roots, able_roots, b"")
    answered = {
        root: _answered(index, news, roots, able_roots, root) if share.able else by_anybody
        for root, share in counts.items()
    }
    for act in index.acts:
        root = roots[act.author]
        if root in counts and act.id not in answered[root]:
            counts[root].add(act)
    out: set[bytes] = set()
    total = len(index.acts)
    for act in news:
        share = counts[roots[act.author]]
        if act.id in answered[roots[act.author]]:
            total += 1
        elif (
            share.full(act)
            or (not share.able and total >= limits.MAX_ACTS)
            or not out.isdisjoint(act.parents)
        ):
            out.add(act.id)
        else:
            share.add(act)
            total += 1
    return out


class _Share:
    """The acts of one laptop that nobody answered."""

    def __init__(self, able: bool) -> None:
        self.able = able
        self.left = limits.ABLE_SHARE if able else limits.SHARE
        self.bytes_left = limits.ABLE_SHARE_BYTES if able else limits.SHARE_BYTES

    def full(self, act: Act) -> bool:
        """Tells whether there is no room for one more."""
        return self.left < 1 or self.bytes_left < len(act.data)

    def add(self, act: Act) -> None:
        """Counts one more."""
        self.left -= 1
        self.bytes_left -= len(act.data)


def _former(index: Known, news: Iterable[Act]) -> dict[bytes, bytes]:
    """By device: the one whose place it says that it took."""
    out = {heir: device for device, heirs in index.heirs.items() for heir in heirs}
    out |= {acts.device_id(act.detail[0]): act.author for act in news if act.kind == acts.SUCCEED}
    return out


def _root(former: Mapping[bytes, bytes], device: bytes) -> bytes:
    """The first of a line of devices that took each other's place."""
    seen = set()
    while device in former and device not in seen:
        seen.add(device)
        device = former[device]
    return device


def _able(index: Known, news: Iterable[Act]) -> set[bytes]:
    """The devices that ever may have administered. Who only claims so is refused with all it sends."""
    out = set(index.able)
    for act in news:
        if act.kind == acts.FOUND:
            out.add(acts.device_id(act.detail[0]))
        elif device := acts.appointed(act):
            out.add(device)
    return out


def _answered(
    index: Known, news: list[Act], roots: Mapping[bytes, bytes], able: set[bytes], root: bytes
) -> set[bytes]:
    """The acts that an administrator other than this laptop made, or knew of when making one."""
    out: set[bytes] = set()
    for act in reversed(news):
        if act.id in out or (roots[act.author] in able and roots[act.author] != root):
            out.add(act.id)
            out.update(act.parents)
    mask = 0
    for number in range(len(index.acts) - 1, -1, -1):
        act = index.acts[number]
        if act.id in out or (roots[act.author] in able and roots[act.author] != root):
            mask |= index.past[number] | 1 << number
    return out | {index.acts[number].id for number in bits(mask)}
