"""The roster, which follows from the log: who is of the workspace now, with what, and what
waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act, Cut
from defenderdesk.bundle.membership.validity import Graph


@dataclass(frozen=True)
class Member:
    """A member's device. Ids are 16 bytes; `desks`: the ones it was granted.

    `removed`: an administrator ended it, `destroy` with the wish that it destroy its keys at the
    next contact. `successor`: the device that took its place.
    """

    device: bytes
    signing_key: bytes
    recipient: bytes
    member: str
    name: str
    role: str
    desks: frozenset[bytes]
    removed: bool = False
    destroy: bool = False
    successor: bytes = b""
    first_desks: frozenset[bytes] = frozenset()
    """The desks whose first key it has without being given it."""
    lost: frozenset[bytes] = frozenset()
    """The desks that it was granted once and holds no more."""
    since: int = 0
    """Its history begins then (ms); 0: it was given all."""
    travelling: bool = False
    """It left everything with the office, and is given nothing until somebody says it is back."""
    returned: bytes = b""
    """The act that says it is back; empty: it never travelled."""
    line: tuple[bytes, ...] = ()
    """It, and those whose place it took, the latest first: what they wrote, it wrote."""

    @property
    def present(self) -> bool:
        """True if it is still to read and write."""
        return not self.removed and not self.successor


@dataclass(frozen=True)
class DeskKeyName:
    """A key of a desk as the log names it. `good`: made by someone who knew of everybody who had
    lost the desk."""

    epoch: int
    name: bytes
    good: bool


@dataclass(frozen=True)
class Proposal:
    """A dangerous act that waits for more administrators. `behind`: who stands behind it."""

    act: Act
    behind: frozenset[str]
    need: int


@dataclass
class Roster:
    """The standing of a workspace. `devices`: every device that ever was of it."""

    name: str = ""
    quorum: int = 0
    admissions: int = 1
    """The number of administrators that it takes to let anybody in."""
    devices: dict[bytes, Member] = field(default_factory=dict)
    keys: dict[bytes, list[DeskKeyName]] = field(default_factory=dict)
    proposals: list[Proposal] = field(default_factory=list)
    cuts: dict[tuple[bytes, bytes], Cut] = field(default_factory=dict)
    """(desk, feed) → how far the feed of a device without the desk counts."""
    heirs: dict[bytes, list[bytes]] = field(default_factory=dict)
    """Device → all that took its place, directly or one after another."""

    def latest(self, device: bytes) -> Member | None:
        """The device that took this one's place, through all of them; itself where none did. Two
        hostile ones may name each other: neither is present then."""
        member, seen = self.devices.get(device), set[bytes]()
        while member is not None and member.successor and member.device not in seen:
            seen.add(member.device)
            member = self.devices.get(member.successor)
        return member

    def heir(self, device: bytes) -> bytes:
        """The present name of a device, removed or not: of copies always the same one."""
        heirs = self.heirs.get(device, ())
        return next((one for one in heirs if one not in self.heirs), device)

    def may_write(self, device: bytes, desk: bytes) -> bool:
        """Tells whether what a device writes in a desk is taken in without bounds: also what one
        wrote before others took its place, where one of those was given the desk again."""
        member = self.devices.get(device)
        if member is None or member.removed:
            return False
        heirs = (self.devices[one] for one in self.heirs.get(device, ()))
        return desk in member.desks or any(not h.removed and desk in h.desks for h in heirs)

    def bound(self, desk: bytes, feed: bytes, origin: bytes, held: int) -> int | None:
        """The end to which a feed that `origin` writes may be taken in; None: without bound. Of a
        device that lost the desk, and whose end nobody has stated yet, what is held already."""
        if self.may_write(origin, desk):
            return None
        cut = self.cuts.get((desk, feed))
        return cut.seq if cut else held


class Index(Graph):
    """The graph, and the standing that follows from all of it."""

    def roster(self) -> Roster:
        """The standing when every act here is known."""
        every = self.all()
        out = Roster(quorum=self.quorum(every), admissions=self.doorkeepers(every))
        successors: dict[bytes, bytes] = {}
        found = [(n, device) for device in self.admissions for n in self.admitted(device, every)]
        for number, device in sorted(found, key=lambda one: self.rank(one[0])):
            if self.acts[number].kind == acts.SUCCEED:  # of two copies the same one everywhere
                successors.setdefault(self.acts[number].author, device)
        for device in sorted(self.admissions):
            if member := self._member(device, every, successors.get(device, b"")):
                out.devices[device] = member
                for one in member.line[1:]:
                    out.heirs.setdefault(one, []).append(device)
        for number in sorted(range(len(self.acts)), key=self.rank):  # not as they arrived
            act = self.acts[number]
            if act.kind == acts.FOUND:
                out.name = act.detail[5]
            elif act.kind == acts.SUCCEED:
                self._renewed(act, out)
        for heirs in out.heirs.values():
            heirs.sort()
        for desk in self.desks:
            out.keys[desk] = self._keys(desk, every)
        for number, act in enumerate(self.acts):
            if self.complete(number, every) or not self._still_open(number, every):
                continue
            behind = frozenset(self.behind(number, every))
            out.proposals.append(Proposal(act, behind, self.needed(number, every)))
        out.proposals.sort(key=lambda p: (p.act.when, p.act.id))
        self._cut(out, every)
        return out

    @staticmethod
    def _renewed(act: Act, out: Roster) -> None:
        """A removed device that took new keys without knowing of that is removed under them as
        well: else its work would be a stranger's, and it would never be told."""
        before, device = out.devices.get(act.author), acts.device_id(act.detail[0])
        if before is None or not before.removed or device in out.devices:
            return
        out.devices[device] = replace(
            before,
            device=device,
            signing_key=act.detail[0],
            recipient=act.detail[1],
            name="",
            line=(device, *before.line),
        )
        for one in before.line:
            out.heirs.setdefault(one, []).append(device)

    def _member(self, device: bytes, mask: int, successor: bytes) -> Member | None:
        found = self.ever_admitted(device, mask)
        if not found:
            return None
        act = self.acts[found[0]]
        removals = [n for n in self.removals.get(device, ()) if self.valid(n, mask)]
        name = "" if act.kind == acts.SUCCEED else act.detail[3]
        admitted = [n for n in self.line(device, mask)[-1][1] if self.acts[n].kind == acts.ADMIT]
        since = int(self.acts[admitted[0]].detail[6]) if admitted else 0
        granted = self.granted(device, mask)
        held = frozenset(d for d in granted if self.holds(device, d, mask))
        return Member(
            device,
            act.detail[0],
            act.detail[1],
            self.member(device, mask),
            name,
            self.role(device, mask, ever=True),
            held,
            bool(removals),
            any(self.acts[n].detail[1] for n in removals),
            successor,
            self._first_desks(device, mask),
            frozenset(granted - held if not removals else granted),
            since,
            *self._travel(device, mask),
            tuple(one for one, *_ in self.line(device, mask)),
        )

    def _first_desks(self, device: bytes, mask: int) -> frozenset[bytes]:
        """The desks whose first key a device has without being given it: made by itself or by one
        whose place it took, or come with their admission, and never taken from it."""
        out: set[bytes] = set()
        for one, found, _ in self.line(device, mask):
            out.update(self.acts[n].detail[0] for n in self.made.get(one, ()))
            for number in found:
                if self.acts[number].kind == acts.ADMIT:
                    out.update(self.acts[number].detail[5])
        for one, _, _ in self.line(device, mask):
            out -= {self.acts[n].detail[1] for n in self.withdrawals.get(one, ())}
        return frozenset(out)

    def _travel(self, device: bytes, mask: int) -> tuple[bool, bytes]:
        """(whether it travels, the last act that says it is back). A journey ends with a return
        that knew of it."""
        returns = [n for n in self.returns.get(device, ()) if self.valid(n, mask)]
        away = any(
            self.valid(n, mask) and not any(self.past[r] >> n & 1 for r in returns)
            for n in self.travels.get(device, ())
        )
        last = max(returns, key=self.rank, default=-1)
        return away, self.acts[last].id if last >= 0 else b""

    def keys_since(self, desk: bytes, device: bytes) -> set[bytes]:
        """The names of a desk's keys that were made by who knew of a device's admission."""
        found = self.ever_admitted(device, self.all())
        out = set()
        for number in self.desks.get(desk, ()):
            act = self.acts[number]
            if found and self.past[number] >> found[0] & 1:
                out.add(act.detail[1] if act.kind == acts.DESK else act.detail[2])
        return out

    def lost(self, desk: bytes, mask: int) -> int:
        """Mask of the acts by which somebody lost a desk."""
        out = 0
        for device, numbers in self.removals.items():
            for number in numbers:
                if self.valid(number, mask) and self.holds(device, desk, self.past[number]):
                    out |= 1 << number
        for numbers in self.withdrawals.values():
            for number in numbers:
                if self.acts[number].detail[1] == desk and self.valid(number, mask):
                    out |= 1 << number
        return out

    def _keys(self, desk: bytes, mask: int) -> list[DeskKeyName]:
        lost = self.lost(desk, mask)
        out = []
        for number in self.desks[desk]:
            if not self.valid(number, mask):
                continue
            act = self.acts[number]
            epoch, name = (0, act.detail[1]) if act.kind == acts.DESK else act.detail[1:3]
            out.append(DeskKeyName(epoch, name, lost & ~self.past[number] == 0))
        return sorted(out, key=lambda key: (key.good, key.epoch, key.name))

    def _still_open(self, number: int, mask: int) -> bool:
        """Tells whether a proposal still makes sense: its author still administers, and nobody was
        removed or appointed meanwhile."""
        act = self.acts[number]
        if self.role(act.author, mask) != limits.ADMINISTRATOR:
            return False
        if act.kind == acts.REMOVE:
            return bool(self.admitted(act.detail[0], mask))
        if act.kind == acts.ROLE:
            return self.role(act.detail[0], mask) not in ("", act.detail[1])
        if act.kind == acts.ADMIT:
            return not self.admitted(acts.device_id(act.detail[0]), mask)
        return True

    def _cut(self, out: Roster, mask: int) -> None:
        """The furthest cut of each feed whose device may no longer write in the desk. Branches
        of a forked feed are cut by their own names."""
        for number, act in enumerate(self.acts):
            if act.kind not in (acts.ROTATE, acts.ACCEPT) or not self.valid(number, mask):
                continue
            for desk, cut in acts.cuts(act):
                if out.may_write(cut.feed, desk):
                    continue
                best = out.cuts.get((desk, cut.feed))
                if best is None or (cut.seq, best.hash) > (best.seq, cut.hash):
                    out.cuts[(desk, cut.feed)] = cut
