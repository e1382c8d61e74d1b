"""A device's place in a mailbox's list: how far it has read, the link of the chain there, and the
numbers below that it still lacks, because the server hid or damaged them. They are tried again in
every exchange, so that no lie of a server leaves a hole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from defenderdesk.bundle import mailbox_chain
from defenderdesk.sync.server import paging
from defenderdesk.sync.server.client import Client
from defenderdesk.sync.server.paging import Listed

MOST_LACKING = 2000
AT_ONCE = 100
"""Lacking numbers that one exchange tries again."""
Take = Callable[[Listed], bool | None]
"""Takes in one entry: False where the server does not send what it listed, None to stop here."""


@dataclass
class Place:
    """`chain`: the link at `cursor`; empty where an earlier program did not note it."""

    cursor: int = 0
    chain: bytes = mailbox_chain.START
    lacks: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, value: Any) -> Place:
        """Reads what `value` kept; a number alone is a cursor of an earlier program."""
        if type(value) is int:
            return cls(value, b"" if value else mailbox_chain.START)
        return cls(int(value[0]), bytes(value[1]), [int(n) for n in value[2]])

    def value(self) -> list[Any]:
        """A plain value to keep."""
        return [self.cursor, self.chain, self.lacks]

    def lack(self, seq: int) -> None:
        """Notes that a number did not come."""
        if seq not in self.lacks:
            self.lacks = [*self.lacks, seq][-MOST_LACKING:]

    def read(
        self,
        client: Client,
        box: str,
        take: Take,
        save: Callable[[], None],
        set_back: Callable[[], None] = lambda: None,
        healed: Callable[[], None] = lambda: None,
    ) -> int | None:
        """Takes in what is lacking below the place and what is listed beyond it; the last number of
        the list, None where `take` stopped. `set_back`: the list is not the one that was read, and
        all is read anew; `healed`: what was lacking came."""
        for seq in self.lacks[:AT_ONCE]:
            one = paging.entry(client, box, seq)
            taken = take(one) if one is not None else False
            if taken is None:
                return None
            if taken:
                self.lacks.remove(seq)
                if one is not None and one.size:
                    healed()
                save()
        last = 0
        for page in paging.pages(client, box, self.cursor, self.chain):
            last = page.last
            if page.set_back:
                self.cursor, self.chain, self.lacks = 0, mailbox_chain.START, []
                set_back()
                save()
            for one in page.bundles:
                for seq in range(self.cursor + 1, one.seq):  # left out of this list
                    self.lack(seq)
                taken = take(one)
                if taken is None:
                    return None
                if not taken:
                    self.lack(one.seq)
                self.cursor, self.chain = one.seq, one.chain
                save()
        return last
