"""Claims of colleagues about what lies on a server: whose they are, and when they are let go.

A receipt says how far its sender holds everybody's work. Whoever sends through a mailbox sends what they
hold, so what a receipt names and the mailbox did not bring was held back; or the receipt is false. Each
claim is kept with its claimant and with where it stood in the list. It is refuted by the one it is about,
whose own later receipt knows of less; and it is let go where its claimant has read what is lacking here,
and goes on speaking without sending it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from defenderdesk.bundle.manifest import Receipt
from defenderdesk.sync.alerts import NOT_SENT

TURNS = 3
"""Bundles that a claimant may send, after it could read what is lacking here, without what it says it has:
as often as it answers a lack (`mailbox_state.ANSWERS`)."""
_MOST = 5000

UNKNOWN = "unknown"
"""Reason why a claim is let go: the one it is about knows of no such work. The other: `NOT_SENT`."""

Key = tuple[bytes, bytes]
"""(claimant's device, feed)."""


class Refuted(NamedTuple):
    """A claim that was let go, and why."""

    claimant: bytes
    feed: bytes
    why: str


@dataclass
class Claim:
    """`number`: how far its claimant says it holds the feed; `at`: the number of the bundle in the list
    in which it first said more than came, `raised`: in which it said this number; `turns`: bundles that
    it sent without it."""

    number: int
    at: int
    raised: int
    turns: int = 0


@dataclass
class Claims:
    """The claims about one mailbox. `own`: feed → [how far its own device says it goes, the number of
    that bundle]; `refuted`: claims that were let go, by number: nobody is believed again what they
    could not show; `spoke`: the last bundle of this device in the list."""

    standing: dict[Key, Claim] = field(default_factory=dict)
    own: dict[bytes, list[int]] = field(default_factory=dict)
    refuted: dict[Key, int] = field(default_factory=dict)
    spoke: int = 0

    @classmethod
    def of(cls, value: list[Any]) -> Claims:
        """Reads what `value` kept."""
        if not value:
            return cls()
        standing, own, refuted, spoke = value
        return cls(
            {(bytes(who), bytes(feed)): Claim(*said) for who, feed, *said in standing},
            {bytes(feed): list(said) for feed, *said in own},
            {(bytes(who), bytes(feed)): number for who, feed, number in refuted},
            spoke,
        )

    def value(self) -> list[Any]:
        """A plain value to keep."""
        return [
            [
                [*key, one.number, one.at, one.raised, one.turns]
                for key, one in list(self.standing.items())[-_MOST:]
            ],
            [[feed, *said] for feed, said in sorted(self.own.items())],
            [[*key, number] for key, number in list(self.refuted.items())[-_MOST:]],
            self.spoke,
        ]

    def hear(self, sender: bytes, seq: int, receipt: Receipt, is_of: Callable[[bytes, bytes], bool]) -> None:
        """Takes a receipt, of the bundle `seq`. `is_of(feed, device)`: the feed is that laptop's, under
        whatever keys."""
        for key, one in self.standing.items():
            if key[0] == sender and one.at < self.spoke < seq:
                one.turns += 1
        for feed, number in receipt.holds.items():
            if is_of(feed, sender):
                if seq >= self.own.get(feed, [0, 0])[1]:
                    self.own[feed] = [number, seq]
                continue
            key = (sender, feed)
            before = self.standing.get(key)
            if before is None or before.number < number:
                first, turns = (before.at, before.turns) if before else (seq, 0)
                self.standing[key] = Claim(number, first, seq, turns)
            else:  # it says less now, and what counts is what it said last
                before.number = number

    def check(
        self, held: dict[bytes, int], counts: Callable[[bytes, bytes], bool], *, whole: bool
    ) -> Iterator[Refuted]:
        """Lets go of what came, of what is refuted, and of what does not count; yields each that is
        refuted, once. `held`: what is here, by feed. `counts(claimant, feed)`. `whole`: the list has no
        hole, in which what the claimant sent could be."""
        for key, number in list(self.refuted.items()):
            if number <= held.get(key[1], 0):  # it came after all
                del self.refuted[key]
        for key, one in list(self.standing.items()):
            claimant, feed = key
            if one.number <= held.get(feed, 0) or not counts(claimant, feed):
                del self.standing[key]
                continue
            known, when = self.own.get(feed, [0, 0])
            if when > one.raised and known < one.number:
                why = UNKNOWN
            elif whole and one.turns >= TURNS:
                why = NOT_SENT
            else:
                continue
            del self.standing[key]
            if key not in self.refuted:
                yield Refuted(claimant, feed, why)
            self.refuted[key] = one.number

    def refute(self, feed: bytes) -> Iterator[Refuted]:
        """Lets go of what is claimed about a feed of this laptop's own, which knows how far it goes."""
        for key in [key for key in self.standing if key[1] == feed]:
            one = self.standing.pop(key)
            if key not in self.refuted:
                yield Refuted(*key, UNKNOWN)
            self.refuted[key] = one.number

    def digest(self) -> bytes:
        """Bytes that change with what is claimed and lacking here, and with what was refuted: then this
        device speaks, so that who has it sends it, and who knows better says so."""
        return repr((sorted(self.open()), sorted(self.refuted))).encode()

    def open(self) -> Iterator[tuple[bytes, bytes]]:
        """(feed, claimant) of the claims that stand, but for those of whoever claimed falsely about the
        same feed before."""
        for claimant, feed in self.standing:
            if (claimant, feed) not in self.refuted:
                yield feed, claimant
