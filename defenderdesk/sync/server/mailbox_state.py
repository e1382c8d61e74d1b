"""The state of one desk's mailbox on one server, as a device knows it: how far it has read, and
what it believes to lie there.

It believes nothing for good. What it sent must be listed with its number; what colleagues' receipts
lack although they had read past it is sent once more, whoever deleted or lost it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from defenderdesk.bundle import manifest
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.sync.server.claims import Claims
from defenderdesk.sync.server.place import Place

ANSWERS = 3
"""Times that the same lack of the same colleague is answered: they may have a reason of their own."""
_MOST = 5000
_SENT = 500


@dataclass
class State:
    """`holds`: feed → [last change set, number of the bundle that brought it]; `chunks`: chunk →
    number of its bundle; `sent`: hashes of this device's bundles; `unseen`: those not listed yet,
    by number; `claims`: what colleagues said they hold; `named`: feed → what was said to be
    missing of it; `gone`: entries that were passed without their bytes; `answered`: lack → times;
    `again`, `keys`, `said`, `roster`: see `mailbox.Mailbox`."""

    place: Place = field(default_factory=Place)
    holds: dict[bytes, list[int]] = field(default_factory=dict)
    chunks: dict[bytes, int] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    unseen: dict[int, str] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    named: dict[bytes, int] = field(default_factory=dict)
    gone: int = 0
    answered: dict[bytes, int] = field(default_factory=dict)
    again: list[list[Any]] = field(default_factory=list)
    keys: dict[str, list[bytes]] = field(default_factory=dict)
    said: bytes = b""
    roster: bytes = b""

    @classmethod
    def of(cls, value: dict[str, Any]) -> State:
        """Reads what `value` kept, or an earlier program, which noted no numbers and no chain."""
        place = value.get("place")
        return cls(
            Place.of(value.get("cursor", 0) if place is None else place),
            {bytes(f): [int(n), int(at[0]) if at else 0] for f, n, *at in value.get("holds", [])},
            dict(_chunk(one) for one in value.get("chunks", [])),
            list(value.get("sent", [])),
            {int(n): str(s) for n, s in value.get("unseen", [])},
            Claims.of(value.get("claims", [])),  # a program of before kept no claimants: let go
            {bytes(f): int(n) for f, n in value.get("named", [])},
            int(value.get("gone", 0)),
            {bytes(f): int(n) for f, n in value.get("answered", [])},
            list(value.get("again", [])),
            dict(value.get("keys", {})),
            bytes(value.get("said", b"")),
            bytes(value.get("roster", b"")),
        )

    def value(self) -> dict[str, Any]:
        """A plain value to keep. `cursor` is what an empty vault on a journey goes by."""
        return {
            "cursor": self.place.cursor,
            "place": self.place.value(),
            "holds": [[f, *n] for f, n in sorted(self.holds.items())],
            "chunks": [[c, at] for c, at in sorted(self.chunks.items())],
            "sent": self.sent[-_SENT:],
            "unseen": list(self.unseen.items()),
            "claims": self.claims.value(),
            "named": sorted(self.named.items()),
            "gone": self.gone,
            "answered": list(self.answered.items())[-_MOST:],
            "again": self.again,
            "keys": self.keys,
            "said": self.said,
            "roster": self.roster,
        }

    def anew(self, place: Place | None = None) -> State:
        """The state of a list that begins anew: what is known of people stays."""
        claims = Claims(refuted=self.claims.refuted)
        return State(place or Place(), claims=claims, named=self.named, answered=self.answered)

    def receipt(self) -> Receipt:
        """The server as if it were a device. Chunks it lacks are told apart by `chunks`."""
        return Receipt({feed: n for feed, (n, _) in self.holds.items()}, roster=bytes(16))

    # -- what lies there -------------------------------------------------------------------------

    def note(self, contents: Manifest, seq: int, marks: list[bytes]) -> None:
        """Notes that what a bundle holds lies on the server, under a number."""
        if contents.purpose == manifest.KEYS:
            name = contents.receipt.key.hex()
            self.keys = {name: [*self.keys.get(name, ()), *marks]}
        for part in contents.parts:
            if part.kind == manifest.FEED:
                detail = part.detail
                feed, first = detail.get("feed", detail["device"]), detail["first"]
                held, at = self.holds.get(feed, [0, 0])
                end = first + detail["count"] - 1
                if first <= max(held, detail.get("base", 0)) + 1 and end >= held:
                    self.holds[feed] = [end, max(at, seq)]
            elif part.kind == manifest.CHUNK:
                self.chunks[part.sha256] = max(seq, self.chunks.get(part.sha256, 0))

    def uploaded(self, seq: int, sha256: str) -> None:
        """A bundle of this device's was acknowledged; the list must show it."""
        self.sent = [*self.sent, sha256][-_SENT:]
        self.claims.spoke = max(self.claims.spoke, seq)
        if seq > self.place.cursor:
            self.unseen[seq] = sha256

    def seen(self, seq: int, sha256: str) -> bool:
        """Tells whether an entry is what this device believes it to be."""
        return self.unseen.pop(seq, sha256) == sha256

    def forgotten(self, last: int) -> bool:
        """Tells whether the list, read to its end at `last`, lacks what this device sent."""
        return any(n <= self.place.cursor or n > last for n in self.unseen)

    def lacking(self, sender: bytes, seq: int, receipt: Receipt, feeds: set[bytes]) -> bool:
        """A colleague's receipt, in the bundle of that number, lacks what lay there before: it is
        believed to be there no more, and goes out again. `feeds`: those that the colleague is to
        hold. Whether anything is lacking."""
        found = False
        for feed in sorted(feeds & self.holds.keys()):
            (held, at), theirs = self.holds[feed], receipt.holds.get(feed, 0)
            if theirs < held and at < seq and self._answer(sender, feed, theirs):
                self.holds[feed], found = [theirs, at], True
        for chunk in receipt.missing:
            if self.chunks.get(chunk, seq) < seq and self._answer(sender, chunk, 0):
                del self.chunks[chunk]
                found = True
        return found

    def _answer(self, sender: bytes, what: bytes, theirs: int) -> bool:
        mark = hashlib.sha256(sender + what + theirs.to_bytes(8, "big")).digest()[:12]
        times = self.answered.pop(mark, 0)
        self.answered[mark] = times + 1
        return times < ANSWERS


def _chunk(one: Any) -> tuple[bytes, int]:
    return (bytes(one), 0) if isinstance(one, bytes) else (bytes(one[0]), int(one[1]))
