"""The graph of acts: which follows which, and what each is about.

Ancestors are bit masks over the acts' numbers here (a number is local; nothing that is decided
depends on it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act

Rank = tuple[int, bytes]
"""The age of an act: its depth in the graph, then its id. Smaller is older."""


class Known:
    """The acts with their ancestors, each found by whom or what it is about."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.number: dict[bytes, int] = {}
        self.past: list[int] = []
        self.depth: list[int] = []
        self.keys: dict[bytes, bytes] = {}
        self.admissions: dict[bytes, list[int]] = {}
        self.roles: dict[bytes, list[int]] = {}
        self.removals: dict[bytes, list[int]] = {}
        self.grants: dict[bytes, list[int]] = {}
        self.withdrawals: dict[bytes, list[int]] = {}
        self.travels: dict[bytes, list[int]] = {}
        self.returns: dict[bytes, list[int]] = {}
        self.desks: dict[bytes, list[int]] = {}
        self.made: dict[bytes, list[int]] = {}
        self.endorsements: dict[int, list[int]] = {}
        self.quorums: list[int] = []
        self.admissions_set: list[int] = []
        self.heirs: dict[bytes, list[bytes]] = {}
        """The devices that say that they took a device's place."""
        self.able: set[bytes] = set()
        """The devices that may administer at all: of no other the role has to be looked up."""
        self.parents = 0

    def copy(self) -> Self:
        """A graph that can be added to without touching this one."""
        other = type(self)()
        for name, value in vars(self).items():
            if isinstance(value, list):
                value = list(value)
            elif isinstance(value, set):
                value = set(value)
            elif isinstance(value, dict):
                value = {k: list(v) if isinstance(v, list) else v for k, v in value.items()}
            setattr(other, name, value)
        return other

    def all(self) -> int:
        """The mask of every act."""
        return (1 << len(self.acts)) - 1

    def heads(self) -> tuple[bytes, ...]:
        """The ids of the acts that no other follows."""
        return tuple(sorted(act.id for i, act in enumerate(self.acts) if not self.parents >> i & 1))

    def rank(self, number: int) -> Rank:
        """The age of this act."""
        return (self.depth[number], self.acts[number].id)

    def ancestors(self, act: Act) -> int:
        """The mask of an act's past, from the parents it names."""
        mask = 0
        for parent in act.parents:
            number = self.number[parent]
            mask |= self.past[number] | 1 << number
        return mask

    def append(self, act: Act) -> None:
        """Takes in an act whose parents are here."""
        number, detail = len(self.acts), act.detail
        past = self.ancestors(act)
        self.acts.append(act)
        self.number[act.id] = number
        self.past.append(past)
        self.depth.append(1 + max((self.depth[self.number[p]] for p in act.parents), default=-1))
        for parent in act.parents:
            self.parents |= 1 << self.number[parent]
        if act.kind in (acts.FOUND, acts.ADMIT, acts.SUCCEED):
            device = acts.device_id(detail[0])
            self.keys[device] = detail[0]
            self.admissions.setdefault(device, []).append(number)
            if act.kind == acts.SUCCEED:
                self.heirs.setdefault(act.author, []).append(device)
            if (
                act.kind == acts.FOUND
                or (act.kind == acts.ADMIT and detail[4] == limits.ADMINISTRATOR)
                or (act.kind == acts.SUCCEED and act.author in self.able)
            ):
                self._enable(device)
        elif act.kind == acts.ENDORSE:
            self.endorsements.setdefault(self.number[detail[0]], []).append(number)
        elif act.kind == acts.QUORUM:
            self.quorums.append(number)
        elif act.kind == acts.ADMISSIONS:
            self.admissions_set.append(number)
        elif act.kind == acts.TRAVEL:
            self.travels.setdefault(act.author, []).append(number)
        elif act.kind in (acts.DESK, acts.ROTATE):
            self.desks.setdefault(detail[0], []).append(number)
            if act.kind == acts.DESK:
                self.made.setdefault(act.author, []).append(number)
        else:
            about = {
                acts.RETURN: self.returns,
                acts.ROLE: self.roles,
                acts.REMOVE: self.removals,
                acts.GRANT: self.grants,
                acts.WITHDRAW: self.withdrawals,
            }.get(act.kind)
            if about is not None:
                about.setdefault(detail[0], []).append(number)
            if act.kind == acts.ROLE and detail[1] == limits.ADMINISTRATOR:
                self._enable(detail[0])

    def _enable(self, device: bytes) -> None:
        """A device was made an administrator's, and so those that take its place."""
        left = [device]
        while left:
            if (one := left.pop()) not in self.able:
                self.able.add(one)
                left += self.heirs.get(one, ())

    def known(self, device: bytes, past: int) -> bool:
        """Tells whether a device was admitted in `past`, in whatever way."""
        return any(past >> n & 1 for n in self.admissions.get(device, ()))

    # -- who a device is ------------------------------------------------------------------------

    def first(self, found: list[int]) -> list[int]:
        """Admissions, the one that counts most first: whom an administrator admitted is no other
        device's successor; then the oldest."""
        return sorted(found, key=lambda n: (self.acts[n].kind == acts.SUCCEED, self.rank(n)))


def bits(mask: int) -> Iterator[int]:
    """The numbers in a mask, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
