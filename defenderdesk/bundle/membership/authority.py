"""Which acts count: the graph of acts, who had which authority when, and removal that wins.

Ancestors are bit masks over the acts' numbers here (a number is local; nothing that is decided
depends on it). The rules:

1. An act may be made if its author had the authority for it *in the act's own past* (`may`).
2. A removal voids what the removed device did without knowing of it *outside the removal's own
   past*, and all that rests on that: what was causally before the removal stays valid.
3. Two removals that void each other: the one by the longer-standing administrator counts.
4. A dangerous act counts once as many administrators stand behind it as its own past asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act

Rank = tuple[int, bytes]
"""How long an act stands: its depth in the graph, then its id. Smaller is older."""


class Graph:
    """The acts with their ancestors, and what each is about."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.number: dict[bytes, int] = {}
        self.past: list[int] = []
        self.depth: list[int] = []
        self.support: list[tuple[int, ...]] = []
        self.need: list[int] = []
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
        self.strikes = 0
        """Mask of the acts that void others: removals, and roles that end an administration."""
        self.voices = 0
        """Mask of the endorsements."""
        self.parents = 0
        self._effective: dict[tuple[int, int], tuple[int, ...]] = {}

    def copy(self) -> Graph:
        """A graph that can be added to without touching this one."""
        other = type(self)()
        for name, value in vars(self).items():
            if isinstance(value, list):
                value = list(value)
            elif isinstance(value, dict) and name != "_effective":
                value = {k: list(v) if isinstance(v, list) else v for k, v in value.items()}
            elif name == "_effective":
                value = dict(value)
            setattr(other, name, value)
        return other

    def all(self) -> int:
        """The mask of every act."""
        return (1 << len(self.acts)) - 1

    def heads(self) -> tuple[bytes, ...]:
        """The ids of the acts that no other follows."""
        return tuple(sorted(act.id for i, act in enumerate(self.acts) if not self.parents >> i & 1))

    def rank(self, number: int) -> Rank:
        """How long this act stands."""
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
        past = self.ancestors(act)
        number = len(self.acts)
        kind, detail = act.kind, act.detail
        backing = self.backing(act.author, past)
        self.support.append((number, *self.support[backing]) if backing >= 0 else (number,))
        self.need.append(self._need(act, past))
        demotes = (
            kind == acts.ROLE
            and detail[1] != limits.ADMINISTRATOR
            and self.role(detail[0], past) == limits.ADMINISTRATOR
        )
        self.acts.append(act)
        self.number[act.id] = number
        self.past.append(past)
        self.depth.append(1 + max((self.depth[self.number[p]] for p in act.parents), default=-1))
        for parent in act.parents:
            self.parents |= 1 << self.number[parent]
        if kind in (acts.FOUND, acts.ADMIT, acts.SUCCEED):
            device = acts.device_id(detail[0])
            self.keys[device] = detail[0]
            self.admissions.setdefault(device, []).append(number)
        elif kind == acts.ENDORSE:
            self.endorsements.setdefault(self.number[detail[0]], []).append(number)
            self.voices |= 1 << number
        elif kind == acts.QUORUM:
            self.quorums.append(number)
        elif kind == acts.TRAVEL:
            self.travels.setdefault(act.author, []).append(number)
        elif kind in (acts.DESK, acts.ROTATE):
            self.desks.setdefault(detail[0], []).append(number)
            if kind == acts.DESK:
                self.made.setdefault(act.author, []).append(number)
        else:
            about = {
                acts.RETURN: self.returns,
                acts.ROLE: self.roles, acts.REMOVE: self.removals,
                acts.GRANT: self.grants, acts.WITHDRAW: self.withdrawals,
            }.get(kind)  # fmt: skip
            if about is not None:
                about.setdefault(detail[0], []).append(number)
        if kind == acts.REMOVE or demotes:
            self.strikes |= 1 << number

    # -- what counts ----------------------------------------------------------------------------

    def valid(self, number: int, mask: int) -> bool:
        """Whether an act counts when exactly the acts in `mask` are known."""
        if not mask >> number & 1 or not self.complete(number, mask):
            return False
        effective = self.effective(mask)
        if self.strikes >> number & 1:
            return number in effective
        return not any(self._voids(strike, number) for strike in effective)

    def complete(self, number: int, mask: int) -> bool:
        """Whether enough administrators stand behind a dangerous act."""
        return self.need[number] <= 1 or len(self.behind(number, mask)) >= self.need[number]

    def behind(self, number: int, mask: int) -> set[str]:
        """The members who made or endorsed an act, as far as `mask` goes."""
        voices = [e for e in self.endorsements.get(number, ()) if mask >> e & 1]
        if not self.strikes >> number & 1:  # which removals count is decided by all voices
            voices = [voice for voice in voices if self.valid(voice, mask)]
        return {self.member(self.acts[voice].author) for voice in (number, *voices)}

    def effective(self, mask: int) -> tuple[int, ...]:
        """The removals (and demotions) that count when the acts in `mask` are known."""
        key = (mask & self.strikes, mask & self.voices)
        if not key[0]:
            return ()
        found = self._effective.get(key)
        if found is None:
            found = self._effective[key] = self._settle(
                [n for n in bits(key[0]) if self.complete(n, mask)]
            )
        return found

    def _voids(self, strike: int, number: int) -> bool:
        """Whether a removal, where it counts, voids an act: the act or what it rests on was done
        by the removed device outside the removal's past."""
        target, past = self.acts[strike].detail[0], self.past[strike]
        return any(
            n != strike and self.acts[n].author == target and not past >> n & 1
            for n in self.support[number]
        )

    def _settle(self, strikes: list[int]) -> tuple[int, ...]:
        """Of removals that void one another, those that count: first those that nobody voids,
        then what follows from them; of a circle, the one by whoever stands longest."""
        against = {
            one: {two for two in strikes if two != one and self._voids(two, one)} for one in strikes
        }
        counts: set[int] = set()
        open_ = set(strikes)
        while open_:
            free = [one for one in open_ if not against[one] & (open_ | counts)]
            if not free:
                circle = [one for one in open_ if self._in_circle(one, against, open_)]
                free = [min(circle, key=self._seniority)]
                open_ -= against[free[0]]
            counts.update(free)
            open_ -= set(free)
            open_ -= {one for one in open_ if against[one] & counts}
        return tuple(sorted(counts))

    @staticmethod
    def _in_circle(start: int, against: dict[int, set[int]], open_: set[int]) -> bool:
        seen: set[int] = set()
        left = list(against[start] & open_)
        while left:
            one = left.pop()
            if one == start:
                return True
            if one not in seen:
                seen.add(one)
                left += against[one] & open_
        return False

    def _seniority(self, number: int) -> tuple[Rank, Rank]:
        author = self.acts[number].author
        return (min(self.rank(a) for a in self.admissions[author]), self.rank(number))

    # -- authority ------------------------------------------------------------------------------

    def member(self, device: bytes) -> str:
        """The member whose device this is, by its first admission."""
        found = self.admissions.get(device)
        if not found:
            return ""
        act = self.acts[min(found, key=self.rank)]
        return self.member(act.author) if act.kind == acts.SUCCEED else str(act.detail[2])

    def admitted(self, device: bytes, mask: int) -> list[int]:
        """The admissions of a device that count, oldest first; none once it was removed."""
        if any(self.valid(n, mask) for n in self.removals.get(device, ())):
            return []
        return self.ever_admitted(device, mask)

    def ever_admitted(self, device: bytes, mask: int) -> list[int]:
        """The admissions of a device that count, whether it was removed since or not."""
        found = [n for n in self.admissions.get(device, ()) if self.valid(n, mask)]
        return sorted(found, key=self.rank)

    def role(self, device: bytes, mask: int, *, ever: bool = False) -> str:
        """A device's role; empty where it is not of the workspace. Of roles that were given at
        the same time the one that may least."""
        found = self.ever_admitted(device, mask) if ever else self.admitted(device, mask)
        if not found:
            return ""
        given = [n for n in self.roles.get(device, ()) if self.valid(n, mask)]
        last = [n for n in given if not any(self.past[m] >> n & 1 for m in given)]
        roles = [self.acts[n].detail[1] for n in last] or [self._first_role(n) for n in found]
        return str(min(roles, key=limits.ROLES.index))

    def _first_role(self, admission: int) -> str:
        act = self.acts[admission]
        if act.kind == acts.FOUND:
            return limits.ADMINISTRATOR
        if act.kind == acts.SUCCEED:
            return self.role(act.author, self.past[admission])
        return str(act.detail[4])

    def backing(self, device: bytes, mask: int) -> int:
        """The act from which a device has its authority; -1 where it has none."""
        given = [
            n for n in self.roles.get(device, ())
            if self.acts[n].detail[1] == limits.ADMINISTRATOR and self.valid(n, mask)
        ]  # fmt: skip
        found = given or self.ever_admitted(device, mask)
        return min(found, key=self.rank) if found else -1

    def granted(self, device: bytes, mask: int) -> set[bytes]:
        """Every desk that a device ever was granted."""
        found = {
            self.acts[n].detail[0] for n in self.made.get(device, ())
        } | {self.acts[n].detail[1] for n in self.grants.get(device, ())}  # fmt: skip
        for number in self.ever_admitted(device, mask):
            act = self.acts[number]
            if act.kind == acts.ADMIT:
                found.update(act.detail[5])
            elif act.kind == acts.SUCCEED:
                found |= self.granted(act.author, self.past[number])
        return found

    def holds(self, device: bytes, desk: bytes, mask: int) -> bool:
        """Whether a device was granted a desk; a withdrawal wins over a grant at the same time."""
        gone = [
            n for n in self.withdrawals.get(device, ())
            if self.acts[n].detail[1] == desk and self.valid(n, mask)
        ]  # fmt: skip
        for number in self._granting(device, desk, mask):
            act = self.acts[number]
            taken = gone
            if act.kind == acts.SUCCEED:
                taken = gone + [
                    n for n in self.withdrawals.get(act.author, ())
                    if self.acts[n].detail[1] == desk and self.valid(n, mask)
                ]  # fmt: skip
            if all(self.past[number] >> n & 1 for n in taken):
                return True
        return False

    def _granting(self, device: bytes, desk: bytes, mask: int) -> Iterator[int]:
        for number in self.desks.get(desk, ()):
            act = self.acts[number]
            if act.kind == acts.DESK and act.author == device and self.valid(number, mask):
                yield number
        for number in self.ever_admitted(device, mask):
            act = self.acts[number]
            if act.kind == acts.ADMIT:
                if desk in act.detail[5]:
                    yield number
            elif act.kind == acts.SUCCEED and self.holds(act.author, desk, self.past[number]):
                yield number
        for number in self.grants.get(device, ()):
            if self.acts[number].detail[1] == desk and self.valid(number, mask):
                yield number

    def administrators(self, mask: int) -> set[str]:
        """The members who administer, each once however many laptops they have."""
        return {
            self.member(device)
            for device in self.admissions
            if self.role(device, mask) == limits.ADMINISTRATOR
        }

    def quorum(self, mask: int) -> int:
        """How many administrators a dangerous act asks for; of several decisions at the same
        time the one that asks for most. Two, unless the office chose otherwise."""
        given = [n for n in self.quorums if self.valid(n, mask)]
        last = [n for n in given if not any(self.past[m] >> n & 1 for m in given)]
        return max((self.acts[n].detail[0] for n in last), default=DEFAULT_QUORUM)

    def _need(self, act: Act, past: int) -> int:
        """How many administrators must stand behind an act, as its own past says. Never more
        than there are; to remove an administrator, the removed one is not asked."""
        who = self.member(act.author)
        others = ""
        if act.kind == acts.REMOVE:
            if self.role(act.detail[0], past) != limits.ADMINISTRATOR:
                return 1
            others = self.member(act.detail[0])
            if others == who:
                return 1
        elif act.kind == acts.ADMIT:
            if act.detail[4] != limits.ADMINISTRATOR:
                return 1
        elif act.kind == acts.ROLE:
            if limits.ADMINISTRATOR not in (act.detail[1], self.role(act.detail[0], past)):
                return 1
            others = "" if act.detail[1] == limits.ADMINISTRATOR else self.member(act.detail[0])
        elif act.kind != acts.QUORUM:
            return 1
        able = self.administrators(past) - {others} | {who}
        return max(1, min(self.quorum(past), len(able)))

    def may(self, act: Act) -> bool:
        """Whether the author might make this act, knowing what it names as its past."""
        past = self.ancestors(act)
        role = self.role(act.author, past)
        if not role:
            return False
        kind, detail = act.kind, act.detail
        if kind == acts.TRAVEL:
            return True
        if kind == acts.SUCCEED:
            return not self.known(acts.device_id(detail[0]), past)
        if kind == acts.ROTATE:
            known = any(past >> n & 1 for n in self.desks.get(detail[0], ()))
            return known and self.holds(act.author, detail[0], past)
        if kind == acts.RETURN:
            able = role in (limits.ADMINISTRATOR, limits.COORDINATOR)
            return able and act.author != detail[0] and self.known(detail[0], past)
        if role != limits.ADMINISTRATOR:
            return False
        if kind == acts.ADMIT:
            device = acts.device_id(detail[0])
            return not any(past >> n & 1 for n in self.removals.get(device, ()))
        if kind == acts.DESK:
            return not any(past >> n & 1 for n in self.desks.get(detail[0], ()))
        if kind == acts.ENDORSE:
            number = self.number.get(detail[0], -1)
            return number >= 0 and bool(past >> number & 1) and self.need[number] > 1
        if kind == acts.QUORUM:
            return bool(detail[0] >= 1)
        if kind == acts.ACCEPT:
            return True
        return self.known(detail[0], past)

    def known(self, device: bytes, past: int) -> bool:
        """Whether a device was admitted in `past`, in whatever way."""
        return any(past >> n & 1 for n in self.admissions.get(device, ()))


DEFAULT_QUORUM = 2


def bits(mask: int) -> Iterator[int]:
    """The numbers in a mask, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
