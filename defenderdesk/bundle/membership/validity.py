"""Validity of acts: what an author might do, who stands behind it, and removal that wins.

The rules:

1. An act may be made if its author had the authority for it *in the act's own past* (`may`).
2. A removal voids what the removed device did without knowing of it *outside the removal's own
   past*, and all that rests on that: what was causally before the removal stays valid. A role that
   ends an administration voids so what only an administrator may.
   What is taken from a device is taken from those whose place it took as well: whoever has a copy
   of the former keys would go on with them.
3. Two removals that void each other: the one by the longer-standing administrator counts.
4. A dangerous act counts once as many administrators stand behind it as its own past asked for,
   and as it had to, where that past leaves out that several made somebody an administrator.
5. A device that took another's place has the role and the desks that the other would have, also
   after what was decided about the other by those who did not know of it yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act
from defenderdesk.bundle.membership.authority import Authority
from defenderdesk.bundle.membership.graph import Rank, bits

EVERYBODYS = (acts.ROTATE, acts.SUCCEED, acts.TRAVEL)
"""An act that a device may do in every role: that it administers no more does not touch it."""


class Graph(Authority):
    """The acts, and which of them count."""

    def __init__(self) -> None:
        super().__init__()
        self.need: list[int] = []
        self.doers: list[frozenset[bytes]] = []
        """The devices that made an act and what it rests on."""
        self._grave: dict[int, int] = {}
        self.who: list[str] = []
        """The member who made an act, as its own past says."""
        self.appointments: dict[bytes, list[int]] = {}
        """The acts by several that make a device an administrator's."""
        self.strikes = 0
        """Mask of the acts that void others: removals, and roles that end an administration."""
        self.voices = 0
        """Mask of the endorsements."""
        self.struck: dict[int, tuple[bytes, ...]] = {}
        """Of each of these whom it is about: the device, and those whose place it took."""
        self._effective: dict[tuple[int, int], dict[bytes, list[int]]] = {}

    def append(self, act: Act) -> None:
        """Takes in an act whose parents are here."""
        past = self.ancestors(act)
        number = len(self.acts)
        rests = self.rests(act.author, past, administers=act.kind not in EVERYBODYS)
        self.support.append((number, *rests))
        self.doers.append(frozenset({act.author, *(self.acts[n].author for n in rests)}))
        self.who.append(self.member(act.author, past))
        self.need.append(self._need(act, past))
        about = self._about(act, past)
        demotes = (
            act.kind == acts.ROLE
            and act.detail[1] != limits.ADMINISTRATOR
            and self.role(act.detail[0], past) == limits.ADMINISTRATOR
        )
        super().append(act)
        self._takes(act, number, about)
        if self.need[number] > 1 and (whom := acts.appointed(act)):
            self.appointments.setdefault(whom, []).append(number)
        if act.kind == acts.ENDORSE:
            self.voices |= 1 << number
        if act.kind == acts.REMOVE or demotes:
            self.strikes |= 1 << number
            self.struck[number] = about

    def _about(self, act: Act, past: int) -> tuple[bytes, ...]:
        """From whom an act takes something: the device, and those whose place it took."""
        if act.kind not in (acts.REMOVE, acts.WITHDRAW, acts.ROLE):
            return ()
        line = [one for one, _, _ in self.line(act.detail[0], past)]
        if act.kind == acts.ROLE:  # what it gives is given to the device alone
            given = limits.ROLES.index(act.detail[1])
            line[1:] = [
                one for one in line[1:] if (role := self.role(one, past)) and limits.ROLES.index(role) > given
            ]
        return tuple(line)

    def _takes(self, act: Act, number: int, about: tuple[bytes, ...]) -> None:
        where = {
            acts.REMOVE: self.removals,
            acts.WITHDRAW: self.withdrawals,
            acts.ROLE: self.roles,
        }.get(act.kind)
        if where is not None:
            for one in about[1:]:
                where.setdefault(one, []).append(number)

    # -- what counts ----------------------------------------------------------------------------

    def valid(self, number: int, mask: int) -> bool:
        """Tells whether an act counts when exactly the acts in `mask` are known."""
        if not mask >> number & 1 or not self.complete(number, mask):
            return False
        effective = self.effective(mask)
        if self.strikes >> number & 1:
            return number in effective.get(self.acts[number].detail[0], ())
        return not self._against(number, effective)

    def complete(self, number: int, mask: int) -> bool:
        """Tells whether enough administrators stand behind a dangerous act."""
        need = self.needed(number, mask)
        return need <= 1 or len(self.behind(number, mask)) >= need

    def needed(self, number: int, mask: int) -> int:
        """The number that must stand behind an act: what its own past asks for. Who leaves out of
        it that several made somebody an administrator does not end that alone."""
        past, need = self.past[number], self.need[number]
        hidden = any(
            self._agreed(one, mask) and not self._agreed(one, past) for one in self._appointments(number)
        )
        return max(need, self.grave(number)) if hidden else need

    def _appointments(self, number: int) -> list[int]:
        """The appointments of whom an act is about; of those alone it is asked often."""
        detail = self.acts[number].detail
        return self.appointments.get(detail[0], []) if self.appointments and detail else []

    def grave(self, number: int) -> int:
        """The number that a removal or a role would need if whom it is about administered. Every
        device has to be looked at for that, so only where somebody asks."""
        if number not in self._grave:
            self._grave[number] = self._need(self.acts[number], self.past[number], grave=True)
        return self._grave[number]

    def _agreed(self, number: int, mask: int) -> bool:
        """Tells whether enough stand behind an act, by all voices."""
        voices = [e for e in self.endorsements.get(number, ()) if mask >> e & 1]
        found = {self.who[voice] for voice in (number, *voices)}
        return bool(mask >> number & 1) and len(found) >= self.need[number]

    def behind(self, number: int, mask: int) -> set[str]:
        """The members who made or endorsed an act, as far as `mask` goes."""
        voices = [e for e in self.endorsements.get(number, ()) if mask >> e & 1]
        if not self.strikes >> number & 1:  # which removals count is decided by all voices
            voices = [voice for voice in voices if self.valid(voice, mask)]
        return {self.who[voice] for voice in (number, *voices)}

    def effective(self, mask: int) -> dict[bytes, list[int]]:
        """The removals (and demotions) that count when the acts in `mask` are known, by whom they
        are about."""
        key = (mask & self.strikes, mask & self.voices)
        found = self._effective.get(key)
        if found is None:
            strikes = [n for n in bits(key[0]) if self.complete(n, mask)]
            found = self._effective[key] = self._by_target(self._settle(strikes))
        return found

    def _by_target(self, strikes: Iterable[int]) -> dict[bytes, list[int]]:
        out: dict[bytes, list[int]] = {}
        for strike in strikes:
            for device in self.struck[strike]:
                out.setdefault(device, []).append(strike)
        return out

    def _against(self, number: int, strikes: dict[bytes, list[int]]) -> set[int]:
        """Of these removals, those that void an act."""
        return {
            strike
            for device in self.doers[number]
            for strike in strikes.get(device, ())
            if strike != number and self._voids(strike, number)
        }

    def _voids(self, strike: int, number: int) -> bool:
        """Tells whether a removal, where it counts, voids an act: the act or what it rests on was
        done by the removed device, or one whose place it took, outside the removal's past, and
        without knowing that it counts."""
        target, past = self.acts[strike].detail[0], self.past[strike]
        struck = self.struck[strike]
        spared = (
            EVERYBODYS if self.acts[strike].kind == acts.ROLE and self.acts[number].kind in EVERYBODYS else ()
        )
        return any(
            n != strike
            and self.acts[n].author in struck
            and not past >> n & 1
            and self.acts[n].kind not in spared
            and not (self.past[n] >> strike & 1 and strike in self.effective(self.past[n]).get(target, ()))
            for n in self.support[number]
        )

    def _settle(self, strikes: list[int]) -> tuple[int, ...]:
        """Of removals that void one another, those that count: first those that nobody voids,
        then what follows from them; of a circle, the one by whoever stands longest."""
        by_target = self._by_target(strikes)
        against = {one: self._against(one, by_target) for one in strikes}
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
        first = self.line(self.acts[number].author, self.past[number])[-1][1]
        return (self.rank(first[0] if first else number), self.rank(number))

    # -- what an act needs ----------------------------------------------------------------------

    def _need(self, act: Act, past: int, *, grave: bool = False) -> int:
        """The number of administrators that must stand behind an act, as its own past says. Never
        more than there are; to remove an administrator, the removed one is not asked."""
        who = self.member(act.author, past)
        others, asked = "", 0
        if act.kind == acts.REMOVE:
            if not grave and self.role(act.detail[0], past) != limits.ADMINISTRATOR:
                return 1
            others = self.member(act.detail[0], past)
            if others == who:
                return 1
        elif act.kind == acts.ADMIT:
            asked = self.doorkeepers(past)
            if act.detail[4] == limits.ADMINISTRATOR:
                asked = max(asked, self.quorum(past))
            if asked <= 1:
                return 1
        elif act.kind == acts.ADMISSIONS:  # whom one could let in, one could not have to ask
            asked = max(self.quorum(past), self.doorkeepers(past))
        elif act.kind == acts.ROLE:
            now = limits.ADMINISTRATOR if grave else self.role(act.detail[0], past)
            if limits.ADMINISTRATOR not in (act.detail[1], now):
                return 1
            if act.detail[1] != limits.ADMINISTRATOR:
                others = self.member(act.detail[0], past)
        elif act.kind != acts.QUORUM:
            return 1
        able = self.administrators(past) - {others} | {who}
        return max(1, min(asked or self.quorum(past), len(able)))

    def may(self, act: Act) -> bool:
        """Tells whether the author might make this act, knowing what it names as its past."""
        past = self.ancestors(act)
        role = self.role(act.author, past)
        if not role:
            return False
        kind, detail = act.kind, act.detail
        if kind != acts.SUCCEED and self.replaced(act.author, past):
            return False
        if kind == acts.TRAVEL:
            return True
        if kind == acts.SUCCEED:
            fresh = not self.known(acts.device_id(detail[0]), past)
            return fresh and len(self.line(act.author, past)) < limits.MAX_RENEWALS
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
            return number >= 0 and bool(past >> number & 1) and self.grave(number) > 1
        if kind in (acts.QUORUM, acts.ADMISSIONS):
            return bool(detail[0] >= 1)
        if kind == acts.ACCEPT:
            return True
        if kind == acts.ROLE and detail[0] == act.author:  # else nobody might be left who may
            return False
        return self.known(detail[0], past)
