"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from datetime import datetime

from defenderdesk.bundle.membership import Member
from defenderdesk.vault.emergency import packages, steps
from defenderdesk.vault.emergency.packages import Emergency
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Change


class Emergencies:
    """The door to `vault/emergency`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all_of(self, case: str = "") -> list[packages.Emergency]:
        """Every package (of a case) whose content was not erased, the newest first. Hiding the record
        ends nothing: who wants that says why."""
        return packages.all_of(self._store, case)

    def need(self, record: str) -> packages.Emergency:
        """As `read`. Raises `EmergencyError` for a package that cannot be used."""
        return packages.need(self._store, record)

    def read(self, record: str) -> packages.Emergency | None:
        """A package by its record's id; None where there is none."""
        return packages.read(self._store, record)

    def away(self, found: Emergency) -> list[str]:
        """Persons who cannot release it until they are back: their laptops travel."""
        return steps.away(self._store, found)

    def begin_drill(self, record: str) -> str:
        """Begins a drill: everybody is asked as if it were real, and told that it is not. Its id."""
        return steps.begin_drill(self._store, record)

    def by_server(self, found: Emergency) -> Change:
        """The server handed out what it kept for missed check-ins."""
        return steps.by_server(self._store, found)

    def can_release(self, found: Emergency) -> bool:
        """Tells whether this laptop holds a piece that opens."""
        return steps.can_release(self._store, found)

    def check_in(self, record: str, note: str = "") -> Change:
        """They were heard from: the next check-in is counted from now. It stops every alarm."""
        return steps.check_in(self._store, record, note)

    def devices_of(self, desk: str, member: str) -> list[Member]:
        """A person's laptops that hold a desk; nothing is sealed for one that travels."""
        return steps.devices_of(self._store, desk, member)

    def end(self, record: str, reason: str) -> Change:
        """It is never to be released (any more): the pieces are erased on every laptop, so that the
        partner's file stays shut for good once all have heard of it."""
        return steps.end(self._store, record, reason)

    def end_drill(self, record: str, said: str) -> Change:
        """The partner said the drill's words. Raises `EmergencyError` for other words."""
        return steps.end_drill(self._store, record, said)

    def handed(self, record: str, note: str = "") -> Change:
        """The partner has the file."""
        return steps.handed(self._store, record, note)

    def maintain(self) -> int:
        """Seals this person's pieces to a laptop of theirs that has come since, and erases what came of
        a package that had ended; how many."""
        return steps.maintain(self._store)

    def lost(self, found: Emergency) -> list[str]:
        """Persons who can no longer release it: no laptop that got their piece is there any more."""
        return steps.lost(self._store, found)

    def note_share(self, found: Emergency) -> Change | None:
        """Once it is released, what the partner got is a share like any other: it stands in the case's
        shares, and can be asked back. None where it is written down already, or held no share."""
        return steps.note_share(self._store, found)

    def now(self) -> datetime:
        """This machine's time."""
        return steps.now(self._store)

    def persons(self, desk: str) -> list[str]:
        """Those who could hold a piece: the members of a desk, each once."""
        return steps.persons(self._store, desk)

    def piece_step(
        self, desk: str, member: str, terms: bytes, index: int, piece: str, drill: str
    ) -> dict[str, str]:
        """A person's pieces, sealed to their laptops, as a step holds them: of a package of these
        `terms` and no other. Its note says to which laptops."""
        return steps.piece_step(self._store, desk, member, terms, index, piece, drill)

    def release(self, record: str, reason: str = "", drill: str = "") -> Change:
        """This person's release: their piece, sealed to the partner. Of a drill, the drill's piece.
        Raises `EmergencyError` where this laptop holds no piece."""
        return steps.release(self._store, record, reason, drill)

    def stop_drill(self, record: str) -> Change:
        """The drill is broken off; it does not count as done."""
        return steps.stop_drill(self._store, record)

    def wait(self, record: str, until: datetime, note: str = "") -> Change:
        """Nothing is released by itself before `until`, at most seven days ahead."""
        return steps.wait(self._store, record, until, note)
