"""The log: acts in the order of their causes, each checked as far as its own past tells.

Whether an act may be made is a matter of what its author knew (its ancestors), which is the same
everywhere and forever: an act that was never allowed is refused here. Whether it still counts
beside what others did at the same time is a matter of `standing`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from defenderdesk.bundle.membership import acts, limits, shares
from defenderdesk.bundle.membership.acts import Act
from defenderdesk.bundle.membership.roster import Index, Roster
from defenderdesk.bundle.membership.stale_authority import has_stale_authority
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError, LimitError
from defenderdesk.ledger import feeds

_ROSTER = b"defenderdesk.org/v1/roster\x00"
_NOT_ALLOWED = "an act of the membership is not from an administrator"


class Log:
    """The acts of one workspace. Adding is all or nothing per call."""

    def __init__(self, workspace: bytes, items: Iterable[bytes] = (), *, trusted: bool = False):
        self.workspace = workspace
        self._index = Index()
        self._roster: Roster | None = None
        self.left_out: set[bytes] = set()
        """The acts that the last addition left out, since they are beyond their author's share."""
        self._add(list(items), trusted, bounded=False)

    def copy(self) -> Log:
        """The same acts, to be added to on trial."""
        other = Log(self.workspace)
        other._index = self._index.copy()
        return other

    def __len__(self) -> int:
        return len(self._index.acts)

    def __contains__(self, act: bytes) -> bool:
        return act in self._index.number

    @property
    def acts(self) -> Sequence[Act]:
        """Every act, causes before what follows."""
        return self._index.acts

    @property
    def heads(self) -> tuple[bytes, ...]:
        """The ids of the acts that no other follows."""
        return self._index.heads()

    @property
    def digest(self) -> bytes:
        """16 bytes that are equal where the same acts are known."""
        joined = b"".join(sorted(act.id for act in self.acts))
        return hashlib.sha256(_ROSTER + joined).digest()[:16]

    @property
    def roster(self) -> Roster:
        """The roster that follows from all acts."""
        if self._roster is None:
            self._roster = self._index.roster()
        return self._roster

    def add(self, items: Iterable[bytes], *, bounded: bool = True) -> list[Act]:
        """Adds acts as carried, in any order; returns those that were new, in causal order.
        Raises `DamagedError` if one does not hold or lacks what it follows; the log is then as
        it was. `bounded`: what is beyond its author's share is left out; not so for what was taken in
        already, or is made here."""
        trial = self.copy()
        added = trial._add(list(items), False, bounded)
        self._index, self._roster, self.left_out = trial._index, None, trial.left_out
        return added

    def keys_for(self, desk: bytes, device: bytes) -> set[bytes] | None:
        """The names of a desk's keys that a device may be given; None: all."""
        member = self.roster.devices.get(device)
        if member is None or not member.since:
            return None
        return self._index.keys_since(desk, device)

    def may_renew(self, device: bytes) -> bool:
        """Tells whether a device may still take a new identity without being asked for."""
        return len(self._index.line(device, self._index.all())) < limits.MAX_RENEWALS

    def has_stale_authority(self, device: bytes) -> bool:
        """Tells whether a device's key could sign on a past in which fewer had to agree than
        now."""
        return has_stale_authority(self._index, device)

    def beginnings(self, device: bytes, desk: bytes) -> tuple[bytes, ...]:
        """The acts since which a device holds what it holds of a desk: that let it in, gave it the
        desk, or said that it is back from a journey; of those that follow one another, the last."""
        return tuple(sorted(self.acts[number].id for number in self._beginnings(device, desk)))

    def _beginnings(self, device: bytes, desk: bytes) -> list[int]:
        index = self._index
        found = [*index.admissions.get(device, ()), *index.returns.get(device, ())]
        found += [n for n in index.grants.get(device, ()) if self.acts[n].detail[1] == desk]
        return [n for n in found if not any(index.past[other] >> n & 1 for other in found)]

    def predates(self, device: bytes, desk: bytes, since: Sequence[bytes], digest: bytes) -> bool:
        """Tells whether what a device says of itself (it knew the acts `since`) is of before it was
        let in, given the desk, or back from a journey: it may have lost since then all that it
        held. Programs of before say no acts: of those the digest of all they knew is compared,
        where anything happened to the device at all."""
        index = self._index
        if not since:
            begun = len(index.returns.get(device, ())) + len(index.withdrawals.get(device, ()))
            return bool(begun) and digest != self.digest
        knew = 0
        for act in since:
            if act not in index.number:
                return False  # it knows more than is known here
            knew |= index.past[index.number[act]] | 1 << index.number[act]
        return any(not knew >> n & 1 for n in self._beginnings(device, desk))

    def diverged(self, news: Iterable[Act]) -> set[bytes]:
        """Of those who made these acts, the devices whose acts do not all follow one another: a
        copy acts as well, or somebody who has the key."""
        index, authors = self._index, {act.author for act in news}
        last: dict[bytes, int] = {}
        out: set[bytes] = set()
        for number in sorted(range(len(index.acts)), key=index.depth.__getitem__):
            author = index.acts[number].author
            if author not in authors:
                continue
            if author in last and not index.past[number] >> last[author] & 1:
                out.add(author)
            last[author] = number
        return out

    def with_past(self, act: bytes) -> list[Act]:
        """An act and what its author knew, causes first."""
        number = self._index.number[act]
        mask = self._index.past[number] | 1 << number
        return [one for at, one in enumerate(self.acts) if mask >> at & 1]

    def proof(self, device: bytes) -> list[Act]:
        """The acts by which a device came in, up to the founder: its admission, what gave its
        author the authority, the admissions of those; nobody else is named."""
        index = self._index
        wanted, found = [device], dict[int, None]()
        seen: set[bytes] = set()
        while wanted:
            one = wanted.pop()
            if one in seen:
                continue
            seen.add(one)
            admitted = index.ever_admitted(one, index.all()) or index.admissions.get(one, [])
            for number in index.support[admitted[0]] if admitted else ():
                found[number] = None
                wanted.append(index.acts[number].author)
        return [index.acts[number] for number in sorted(found)]

    def removals(self, device: bytes) -> list[Act]:
        """The acts that removed a device and count, and those of who stood behind them."""
        index = self._index
        found = [
            one
            for n in index.removals.get(device, ())
            if index.valid(n, index.all())
            for one in (n, *index.endorsements.get(n, ()))
        ]
        return [self.acts[n] for n in found]

    def undone(self, device: bytes) -> list[Act]:
        """The acts that removed a device once, and do not count any more."""
        index, every = self._index, self._index.all()
        return [
            self.acts[n]
            for n in index.removals.get(device, ())
            if index.complete(n, every) and not index.valid(n, every)
        ]

    def at_least(self, act: bytes) -> int:
        """The earliest (ms) that an act can have been made, by the clocks of all that it follows:
        the one of its author may be years behind."""
        return max(one.when for one in self.with_past(act))

    def make(self, key: signing.SigningKey, kind: str, detail: Sequence[Any], when: int) -> Act:
        """A new act on top of all known ones, signed and added."""
        heads = self.heads
        if len(heads) > limits.MAX_PARENTS:
            heads = heads[: limits.MAX_PARENTS]
        made = acts.make(key, self.workspace, kind, heads, when, detail)
        [act] = self.add([made], bounded=False)
        return act

    def _add(self, items: list[bytes], trusted: bool, bounded: bool) -> list[Act]:
        index = self._index
        pending: dict[bytes, Act] = {}
        for data in items:
            act = acts.read(data)
            if act.workspace != self.workspace:
                raise DamagedError(what="an act of the membership is of another workspace")
            if act.id not in index.number:
                pending[act.id] = act
        ordered: Iterable[Act] = in_order(pending, index.number)
        self.left_out = set()
        if bounded and pending:
            ordered = list(ordered)
            self.left_out = shares.left_out(index, ordered)
            pending = {name: act for name, act in pending.items() if name not in self.left_out}
            if len(pending) + len(index.acts) > limits.MAX_ACTS + limits.RESERVE:
                raise LimitError(what="a membership of too many acts")
            ordered = [act for act in ordered if act.id in pending]
        added = []
        for act in ordered:
            if not trusted:
                self._check(act)
            index.append(act)
            added.append(act)
        if len(added) < len(pending):
            raise DamagedError(what="an act of the membership follows one that is missing")
        if added:
            self._roster = None
        return added

    def _check(self, act: Act) -> None:
        """Raises `DamagedError` unless the act's author might make it, knowing what it names."""
        index = self._index
        if act.kind == acts.FOUND:
            key, nonce = act.detail[0], act.detail[4]
            if act.parents or index.acts or acts.device_id(key) != act.author:
                raise DamagedError(what=_NOT_ALLOWED)
            if acts.workspace_id(key, nonce) != self.workspace:
                raise DamagedError(what="an act claims to found a workspace that it did not")
            act.verify(key)
            return
        signer = index.keys.get(act.author)
        if signer is None or not act.parents:
            raise DamagedError(what=_NOT_ALLOWED)
        act.verify(signer)
        if not index.may(act):
            raise DamagedError(what=_NOT_ALLOWED)
        if act.kind == acts.SUCCEED:
            acts.check_succession(act)
        elif act.kind == acts.ADMIT:
            acts.check_admission(act)
        past = index.ancestors(act)
        for _, cut in acts.cuts(act):
            if cut.seq and index.known(cut.feed, past):
                signing.verify(
                    index.keys[cut.feed],
                    feeds.SIGNATURE,
                    cut.hash,
                    cut.signature,
                    "the end of a feed",
                )


def in_order(pending: dict[bytes, Act], known: dict[bytes, int]) -> Iterable[Act]:
    """The pending acts, causes first; what lacks a cause is left out."""
    waits: dict[bytes, list[bytes]] = {}
    missing: dict[bytes, int] = {}
    ready = []
    for act in pending.values():
        lacking = [p for p in act.parents if p not in known]
        missing[act.id] = len(lacking)
        for parent in lacking:
            waits.setdefault(parent, []).append(act.id)
        if not lacking:
            ready.append(act.id)
    ready.sort(reverse=True)
    while ready:
        name = ready.pop()
        yield pending[name]
        for follower in waits.get(name, ()):
            missing[follower] -= 1
            if not missing[follower]:
                ready.append(follower)
