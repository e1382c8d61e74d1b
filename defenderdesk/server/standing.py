"""The standing of a workspace's administrators: whose rolls a server takes.

A roll takes keys away as well as it adds them, so a thief with one administrator's laptop could
shut all others out. Therefore whoever stood in the rolls earlier can come back: an administrator
whom a later one left out may put the next roll all the same, until that one was removed by two
others whom it named itself, or somebody named who was there before it. That is what the membership
says as well (`docs/format/membership.md`), as far as it can be seen without names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from defenderdesk.bundle.membership import acts
from defenderdesk.bundle.membership.acts import Act, device_id
from defenderdesk.bundle.membership.roll import Lineage, Roll
from defenderdesk.errors import WorldError
from defenderdesk.server.refused import Refused

SITS, LEFT_OUT, FALLEN = 0, 1, 2
VOICES = 2
"""Administrators that it takes to end one who was there before them."""
Line = Callable[[bytes], list[bytes]]
"""A key → itself and those whose place it took, the latest first."""


@dataclass
class Seat:
    """One administrator's key. `rank`: 0 for the founder's, then in the order of the rolls;
    `named_by`: the rank of the earliest who named it; `against`: the ranks of whose rolls left it
    out."""

    rank: int
    named_by: int
    state: int = SITS
    against: list[int] = field(default_factory=list)


@dataclass
class Standing:
    """The seats of a workspace by key."""

    seats: dict[bytes, Seat] = field(default_factory=dict)
    next: int = 0

    def encode(self) -> bytes:
        """Bytes for the database."""
        rows = [[key, s.rank, s.named_by, s.state, s.against] for key, s in self.seats.items()]
        return msgspec.msgpack.encode([self.next, rows])

    @classmethod
    def decode(cls, data: bytes) -> Standing:
        """Reads what `encode` wrote."""
        if not data:
            return cls()
        following, rows = msgspec.msgpack.decode(data)
        return cls({bytes(key): Seat(*rest) for key, *rest in rows}, following)

    def seat(self, line: list[bytes]) -> Seat | None:
        """The seat of a key, or of the one whose place it took."""
        return next((self.seats[key] for key in line if key in self.seats), None)

    def may_claim(self, line: list[bytes]) -> bool:
        """Tells whether a key that no roll lists may put the next one: left out by later ones."""
        seat = self.seat(line)
        return seat is not None and seat.state == LEFT_OUT and min(seat.against) > seat.rank

    # -- a new roll -----------------------------------------------------------------------------

    def begin(self, new: Roll, line: Line, found: Lineage) -> None:
        """The roll of an author that proved where its authority comes from, whether the server has
        heard of it or not: the first of a workspace, or by who holds the founder's place."""
        succeeded = [acts.read(data).kind == acts.SUCCEED for data in found.acts]
        founder = all(succeeded)
        fresh = not self.seats
        if fresh:  # who stood in the membership first comes first here as well
            for key in new.administrators:
                self._sit(key, 0)
        seat = self.seat([*line(new.author), *reversed(found.keys)])
        if seat is None and founder:
            seat = self.seats[new.author] = Seat(min(s.rank for s in self.seats.values()) - 1, 0)
        if seat is None or seat.state == FALLEN or not (founder or fresh):
            raise Refused(403, "not-administrator", "another administrator registered this workspace")
        for key, over in zip(found.keys, succeeded, strict=False):
            if over and key not in self.seats:  # who has it may not begin another line with it
                self.seats[key] = Seat(seat.rank, seat.named_by, FALLEN)
        self.seats.setdefault(new.author, seat)
        seat.state, seat.against = SITS, []
        self._follow(new, seat, line, [])

    def follow(self, current: Roll, new: Roll, line: Line, said: Iterable[bytes]) -> None:
        """A roll on top of the one of now. `said`: acts that show who appointed and ended whom.
        Raises `Refused` where its author may not."""
        mine = line(new.author)
        seat = self.seat(mine)
        sits = any(key in current.administrators for key in mine)
        if seat is None or seat.state == FALLEN or not (sits or self.may_claim(mine)):
            raise Refused(403, "not-administrator", "only an administrator's device may")
        seat.state, seat.against = SITS, []
        self._follow(new, seat, line, self._checked(new, said))

    def _follow(self, new: Roll, author: Seat, line: Line, said: list[Act]) -> None:
        for key in new.administrators:
            seat = self.seats.get(key)
            if seat is None or seat.state == FALLEN:
                before = self.seat(line(key)[1:])
                if before is not None and before.state != FALLEN:  # in the place of one that sits
                    seat = self.seats[key] = Seat(before.rank, before.named_by)
                else:
                    seat = self._sit(key, author.rank)
            seat.state, seat.against = SITS, []
            seat.named_by = min(seat.named_by, author.rank)
        self._name(said)
        listed = set(new.administrators)
        followed = {key for one in listed for key in line(one)[1:]}
        for key, seat in self.seats.items():
            if key in listed or seat.state == FALLEN or seat is author:
                continue
            if key in followed:  # its authority went on to the key that took its place
                seat.state = FALLEN
                continue
            seat.against = sorted({*seat.against, author.rank, *self._against(key, said)})
            voices = [r for r in seat.against if self._counts(r, seat)]
            over = author.rank < seat.rank or len(voices) >= VOICES
            seat.state = FALLEN if over else LEFT_OUT

    def _counts(self, rank: int, seat: Seat) -> bool:
        """Tells whether a voice against a seat is one's own that the seat, or somebody before it,
        had named: nobody multiplies voices by naming keys."""
        return any(s.rank == rank != seat.rank and s.named_by <= seat.rank for s in self.seats.values())

    def _sit(self, key: bytes, named_by: int) -> Seat:
        seat = self.seats[key] = Seat(self.next, min(named_by, self.next))
        self.next += 1
        return seat

    # -- what acts show ---------------------------------------------------------------------------

    def _checked(self, new: Roll, said: Iterable[bytes]) -> list[Act]:
        """Of the acts, those that are of the workspace and signed by one that has a seat."""
        known = {device_id(key): key for key in (*self.seats, *new.administrators)}
        out = []
        for data in said:
            try:
                act = acts.read(data)
                if act.workspace != new.workspace or act.author not in known:
                    continue
                act.verify(known[act.author])
                if act.kind == acts.SUCCEED:
                    acts.check_succession(act)
            except WorldError:
                continue
            out.append(act)
        return out

    def _name(self, said: list[Act]) -> None:
        """Notes who appointed whom, and stood behind it; who took whose place."""
        seats = {device_id(key): seat for key, seat in self.seats.items()}
        for about, speaker in _spoken(
            said, lambda act: acts.appointed(act) if act.kind == acts.ROLE else b""
        ):
            if about in seats and speaker in seats:
                seats[about].named_by = min(seats[about].named_by, seats[speaker].rank)
        for act in said:
            new = seats.get(device_id(act.detail[0])) if act.kind == acts.SUCCEED else None
            old = seats.get(act.author)
            if new is not None and old is not None and old.rank < new.rank and old.state != FALLEN:
                new.rank, new.named_by = old.rank, min(old.named_by, new.named_by)

    def _against(self, key: bytes, said: list[Act]) -> set[int]:
        """The ranks of those who removed a key's device, or stood behind that."""
        device = device_id(key)
        seats = {device_id(one): seat for one, seat in self.seats.items()}
        found = _spoken(said, lambda act: act.detail[0] if act.kind == acts.REMOVE else b"")
        return {seats[s].rank for about, s in found if about == device and s in seats and s != device}


def _spoken(said: list[Act], of: Callable[[Act], bytes]) -> list[tuple[bytes, bytes]]:
    """(device that an act is about, device that made or endorsed it)."""
    about = {act.id: of(act) for act in said if of(act)}
    out = [(about[act.id], act.author) for act in said if act.id in about]
    return out + [
        (about[act.detail[0]], act.author)
        for act in said
        if act.kind == acts.ENDORSE and act.detail[0] in about
    ]
