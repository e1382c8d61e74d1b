"""Authority over time: the devices that were let in, their roles, their desks.

Asked for any set of known acts; which of them count is for whoever derives from this to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act
from defenderdesk.bundle.membership.graph import Known

Place = tuple[bytes, list[int], list[int]]
"""One of a line of devices that took each other's place, see `Authority.line`."""
DEFAULT_QUORUM = 2


class Authority(Known):
    """The acts, and what they come to in any set of them."""

    def __init__(self) -> None:
        super().__init__()
        self.support: list[tuple[int, ...]] = []
        """An act and what it rests on: what gave its author the authority, and so on."""
        self._lines: dict[tuple[bytes, int], list[Place]] = {}

    def append(self, act: Act) -> None:
        """Takes in an act whose parents are here."""
        super().append(act)
        self._lines.clear()

    def valid(self, number: int, mask: int) -> bool:
        """Tells whether an act counts when exactly the acts in `mask` are known."""
        raise NotImplementedError

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

    def replaced(self, device: bytes, mask: int) -> bool:
        """Tells whether another took this device's place."""
        return any(
            self.acts[n].author == device and self.valid(n, mask)
            for heir in self.heirs.get(device, ())
            for n in self.admissions[heir]
            if self.acts[n].kind == acts.SUCCEED and mask >> n & 1
        )

    def before(self, number: int, since: list[int]) -> bool:
        """Tells whether an act was made without knowing of any of these successions."""
        return not any(self.past[number] >> one & 1 for one in since)

    def role(self, device: bytes, mask: int, *, ever: bool = False) -> str:
        """A device's role; empty where it is not of the workspace. Of roles that were given at
        the same time the one that may least."""
        if not (self.ever_admitted(device, mask) if ever else self.admitted(device, mask)):
            return ""
        for one, found, since in self.line(device, mask):
            given = [n for n in self.roles.get(one, ()) if self.before(n, since) and self.valid(n, mask)]
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

    def rests(self, device: bytes, mask: int, *, administers: bool) -> tuple[int, ...]:
        """The acts that a device's authority rests on, the nearest first; none where it has none.

        What everybody may do rests on the admission alone. `administers`: for what only an
        administrator may, on what made an administrator of it, or of a device whose place it took;
        a role that gave what was there already is passed over: else the needless word of somebody
        who is removed would void it."""
        needless: tuple[int, ...] = ()
        for one, found, since in self.line(device, mask) if administers else ():
            given = [n for n in self.roles.get(one, ()) if self.before(n, since) and self.valid(n, mask)]
            last = [n for n in given if not any(self.past[m] >> n & 1 for m in given)]
            if any(not self._gives(n) for n in given):
                if all(map(self._gives, last)):
                    needless = needless or (*since, *self.support[min(last, key=self.rank)])
                break
            if given and not needless:
                needless = (*since, *self.support[min(given, key=self.rank)])
            if bringing := [n for n in found if self._first_role(n) == limits.ADMINISTRATOR]:
                return (*since, *self.support[min(bringing, key=self.rank)])
            if found:
                break
        if needless:
            return needless
        admitted = self.ever_admitted(device, mask)
        return self.support[min(admitted, key=self.rank)] if admitted else ()

    def _gives(self, role: int) -> bool:
        return bool(self.acts[role].detail[1] == limits.ADMINISTRATOR)

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
        """Tells whether a device was granted a desk; a withdrawal wins over a grant at the same
        time, also where it was meant for the device whose place this one took."""
        given: list[int] = []
        gone: list[int] = []
        for one, found, since in self.line(device, mask):
            given += [n for n in self._granting(one, desk, found) if self.before(n, since)]
            gone += [
                n
                for n in self.withdrawals.get(one, ())
                if self.acts[n].detail[1] == desk and self.before(n, since)
            ]
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
            for device in self.able
            if self.role(device, mask) == limits.ADMINISTRATOR
        }

    def quorum(self, mask: int) -> int:
        """The number of administrators that a dangerous act asks for; of several decisions at the
        same time the one that asks for most. Two, unless the office chose otherwise."""
        return self._chosen(self.quorums, mask, DEFAULT_QUORUM)

    def doorkeepers(self, mask: int) -> int:
        """The number of administrators that it takes to let in anybody who is no administrator.
        One, unless the office chose otherwise."""
        return self._chosen(self.admissions_set, mask, 1)

    def _chosen(self, choices: list[int], mask: int, default: int) -> int:
        given = [n for n in choices if self.valid(n, mask)]
        last = [n for n in given if not any(self.past[m] >> n & 1 for m in given)]
        return max((self.acts[n].detail[0] for n in last), default=default)
