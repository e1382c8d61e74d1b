"""Which acts count: the graph of acts, who had which authority when, and removal that wins.

The rules:

1. An act may be made if its author had the authority for it *in the act's own past* (`may`).
2. A removal voids what the removed device did without knowing of it *outside the removal's own
   past*, and all that rests on that: what was causally before the removal stays valid. A role that
   ends an administration voids so what only an administrator may.
3. Two removals that void each other: the one by the longer-standing administrator counts.
4. A dangerous act counts once as many administrators stand behind it as its own past asked for,
   and as it had to, where that past leaves out that several made somebody an administrator.
5. A device that took another's place has the role and the desks that the other would have, also
   after what was decided about the other by those who did not know of it yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act
from defenderdesk.bundle.membership.graph import Known, Rank, bits

Place = tuple[bytes, list[int], list[int]]
"""One of a line of devices that took each other's place, see `Graph.line`."""
EVERYBODYS = (acts.ROTATE, acts.SUCCEED, acts.TRAVEL)
"""What a device may do in every role: that it administers no more does not touch it."""


class Graph(Known):
    """The acts, and which of them count."""

    def __init__(self) -> None:
        super().__init__()
        self.support: list[tuple[int, ...]] = []
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
        self._effective: dict[tuple[int, int], dict[bytes, list[int]]] = {}
        self._lines: dict[tuple[bytes, int], list[Place]] = {}

    def append(self, act: Act) -> None:
        """Takes in an act whose parents are here."""
        past = self.ancestors(act)
        number = len(self.acts)
        backing = self.backing(act.author, past)
        self.support.append((number, *self.support[backing]) if backing >= 0 else (number,))
        self.doers.append(
            frozenset({act.author}) | (self.doers[backing] if backing >= 0 else set())
        )
        self.who.append(self.member(act.author, past))
        self.need.append(self._need(act, past))
        demotes = (
            act.kind == acts.ROLE
            and act.detail[1] != limits.ADMINISTRATOR
            and self.role(act.detail[0], past) == limits.ADMINISTRATOR
        )
        super().append(act)
        self._lines.clear()
        if self.need[number] > 1 and limits.ADMINISTRATOR in act.detail:
            whom = acts.device_id(act.detail[0]) if act.kind == acts.ADMIT else act.detail[0]
            self.appointments.setdefault(whom, []).append(number)
        if act.kind == acts.ENDORSE:
            self.voices |= 1 << number
        if act.kind == acts.REMOVE or demotes:
            self.strikes |= 1 << number

    # -- what counts ----------------------------------------------------------------------------

    def valid(self, number: int, mask: int) -> bool:
        """Whether an act counts when exactly the acts in `mask` are known."""
        if not mask >> number & 1 or not self.complete(number, mask):
            return False
        effective = self.effective(mask)
        if self.strikes >> number & 1:
            return number in effective.get(self.acts[number].detail[0], ())
        return not self._against(number, effective)

    def complete(self, number: int, mask: int) -> bool:
        """Whether enough administrators stand behind a dangerous act."""
        need = self.needed(number, mask)
        return need <= 1 or len(self.behind(number, mask)) >= need

    def needed(self, number: int, mask: int) -> int:
        """How many must stand behind an act: what its own past asks for. Who leaves out of it
        that several made somebody an administrator does not end that alone."""
        past, need = self.past[number], self.need[number]
        hidden = any(
            self._agreed(one, mask) and not self._agreed(one, past)
            for one in self._appointments(number)
        )
        return max(need, self.grave(number)) if hidden else need

    def _appointments(self, number: int) -> list[int]:
        """The appointments of whom an act is about; of those alone it is asked often."""
        detail = self.acts[number].detail
        return self.appointments.get(detail[0], []) if self.appointments and detail else []

    def grave(self, number: int) -> int:
        """How many a removal or a role would need if whom it is about administered. Every device
        has to be looked at for that, so only where somebody asks."""
        if number not in self._grave:
            self._grave[number] = self._need(self.acts[number], self.past[number], grave=True)
        return self._grave[number]

    def _agreed(self, number: int, mask: int) -> bool:
        """Whether enough stand behind an act, by all voices."""
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
            out.setdefault(self.acts[strike].detail[0], []).append(strike)
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
        """Whether a removal, where it counts, voids an act: the act or what it rests on was done
        by the removed device outside the removal's past, and without knowing that it counts."""
        target, past = self.acts[strike].detail[0], self.past[strike]
        spared = (
            EVERYBODYS
            if self.acts[strike].kind == acts.ROLE and self.acts[number].kind in EVERYBODYS
            else ()
        )
        return any(
            n != strike
            and self.acts[n].author == target
            and not past >> n & 1
            and self.acts[n].kind not in spared
            and not (
                self.past[n] >> strike & 1
                and strike in self.effective(self.past[n]).get(target, ())
            )
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

    # -- authority ------------------------------------------------------------------------------

    def admitted(self, device: bytes, mask: int) -> list[int]:
        """The admissions of a device that count, oldest first; none once it was removed."""
        if any(self.valid(n, mask) for n in self.removals.get(device, ())):
            return []
        return self.ever_admitted(device, mask)

    def ever_admitted(self, device: bytes, mask: int) -> list[int]:
        """The admissions of a device that count, whether it was removed since or not."""
        found = [n for n in self.admissions.get(device, ()) if self.valid(n, mask)]
        return self.first(found)

    def line(self, device: bytes, mask: int) -> list[Place]:
        """A device, and those whose place it took, one after another: (device, its admissions
        that count, the successions that lead from it to the first of them here). An act about
        one of them counts unless it knows of one of those successions (`before`)."""
        if (key := (device, mask)) in self._lines:
            return self._lines[key]
        out: list[Place] = []
        seen: set[bytes] = set()
        since: list[int] = []
        while device not in seen:
            seen.add(device)
            found = self.ever_admitted(device, mask)
            renewed = bool(found) and self.acts[found[0]].kind == acts.SUCCEED
            admitted = [n for n in found if self.acts[n].kind != acts.SUCCEED]
            out.append((device, admitted, since))
            if not renewed:
                break
            since = [*since, found[0]]
            device = self.acts[found[0]].author
        self._lines[key] = out
        return out

    def before(self, number: int, since: list[int]) -> bool:
        """Whether an act was made without knowing of any of these successions."""
        return not any(self.past[number] >> one & 1 for one in since)

    def role(self, device: bytes, mask: int, *, ever: bool = False) -> str:
        """A device's role; empty where it is not of the workspace. Of roles that were given at
        the same time the one that may least."""
        if not (self.ever_admitted(device, mask) if ever else self.admitted(device, mask)):
            return ""
        for one, found, since in self.line(device, mask):
            given = [
                n for n in self.roles.get(one, ()) if self.before(n, since) and self.valid(n, mask)
            ]
            last = [n for n in given if not any(self.past[m] >> n & 1 for m in given)]
            if last:
                return min((str(self.acts[n].detail[1]) for n in last), key=limits.ROLES.index)
            if found:  # to admit somebody again takes nothing from them
                return max(map(self._first_role, found), key=limits.ROLES.index)
        return limits.RESEARCHER  # in a circle of successions, or after one whose first is void

    def member(self, device: bytes, mask: int) -> str:
        """The member whose device this is, by the oldest admission that counts; empty for nobody's
        and for two that name each other."""
        found = self.line(device, mask)[-1][1]
        return str(self.acts[found[0]].detail[2]) if found else ""

    def _first_role(self, admission: int) -> str:
        act = self.acts[admission]
        return limits.ADMINISTRATOR if act.kind == acts.FOUND else str(act.detail[4])

    def backing(self, device: bytes, mask: int) -> int:
        """The act from which a device has its authority; -1 where it has none."""
        given = [
            n for n in self.roles.get(device, ())
            if self.acts[n].detail[1] == limits.ADMINISTRATOR and self.valid(n, mask)
        ]  # fmt: skip
        found = given or self.ever_admitted(device, mask)
        return min(found, key=self.rank) if found else -1

    def granted(self, device: bytes, mask: int) -> set[bytes]:
        """Every desk that a device, or one whose place it took, ever was granted."""
        out: set[bytes] = set()
        for one, found, _ in self.line(device, mask):
            out.update(self.acts[n].detail[0] for n in self.made.get(one, ()))
            out.update(self.acts[n].detail[1] for n in self.grants.get(one, ()))
            for number in found:
                if self.acts[number].kind == acts.ADMIT:
                    out.update(self.acts[number].detail[5])
        return out

    def holds(self, device: bytes, desk: bytes, mask: int) -> bool:
        """Whether a device was granted a desk; a withdrawal wins over a grant at the same time,
        also where it was meant for the device whose place this one took."""
        given: list[int] = []
        gone: list[int] = []
        for one, found, since in self.line(device, mask):
            given += [n for n in self._granting(one, desk, found) if self.before(n, since)]
            gone += [
                n for n in self.withdrawals.get(one, ())
                if self.acts[n].detail[1] == desk and self.before(n, since)
            ]  # fmt: skip
        given = [n for n in given if self.valid(n, mask)]
        gone = [n for n in gone if self.valid(n, mask)]
        return any(all(self.past[number] >> n & 1 for n in gone) for number in given)

    def _granting(self, device: bytes, desk: bytes, found: list[int]) -> Iterator[int]:
        for number in self.desks.get(desk, ()):
            act = self.acts[number]
            if act.kind == acts.DESK and act.author == device:
                yield number
        for number in found:
            if self.acts[number].kind == acts.ADMIT and desk in self.acts[number].detail[5]:
                yield number
        for number in self.grants.get(device, ()):
            if self.acts[number].detail[1] == desk:
                yield number

    def administrators(self, mask: int) -> set[str]:
        """The members who administer, each once however many laptops they have."""
        return {
            self.member(device, mask)
            for device in self.admissions
            if self.role(device, mask) == limits.ADMINISTRATOR
        }

    def quorum(self, mask: int) -> int:
        """How many administrators a dangerous act asks for; of several decisions at the same
        time the one that asks for most. Two, unless the office chose otherwise."""
        given = [n for n in self.quorums if self.valid(n, mask)]
        last = [n for n in given if not any(self.past[m] >> n & 1 for m in given)]
        return max((self.acts[n].detail[0] for n in last), default=DEFAULT_QUORUM)

    def _need(self, act: Act, past: int, *, grave: bool = False) -> int:
        """How many administrators must stand behind an act, as its own past says. Never more
        than there are; to remove an administrator, the removed one is not asked."""
        who = self.member(act.author, past)
        others = ""
        if act.kind == acts.REMOVE:
            if not grave and self.role(act.detail[0], past) != limits.ADMINISTRATOR:
                return 1
            others = self.member(act.detail[0], past)
            if others == who:
                return 1
        elif act.kind == acts.ADMIT:
            if act.detail[4] != limits.ADMINISTRATOR:
                return 1
        elif act.kind == acts.ROLE:
            now = limits.ADMINISTRATOR if grave else self.role(act.detail[0], past)
            if limits.ADMINISTRATOR not in (act.detail[1], now):
                return 1
            if act.detail[1] != limits.ADMINISTRATOR:
                others = self.member(act.detail[0], past)
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
        if kind == acts.QUORUM:
            return bool(detail[0] >= 1)
        if kind == acts.ACCEPT:
            return True
        if kind == acts.ROLE and detail[0] == act.author:  # else nobody might be left who may
            return False
        return self.known(detail[0], past)


DEFAULT_QUORUM = 2
