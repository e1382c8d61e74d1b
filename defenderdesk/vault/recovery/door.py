"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from defenderdesk.bundle.membership import Member
from defenderdesk.vault.recovery import backup, shares, trustees
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress


class Recovery:
    """The door to `vault/recovery`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last(self) -> backup.Made | None:
        """The last backup that this vault made of itself; None before the first."""
        return backup.last(self._store)

    def write(self, out: Path, progress: Progress | None = None) -> backup.Made:
        """Writes the backup `out`, whole or not at all, and reads it back. Replaces nothing but a
        backup. Raises `UsageError`, `StorageError`, `BackupDamagedError`, `Cancelled`."""
        return backup.write(self._store, out, progress)

    def for_round(self, name: bytes) -> tuple[shares.Share, Member]:
        """This device's share of a round, and whom it helps. Raises `NotHelpedError`."""
        return shares.for_round(self._store, name)

    def opened(self, share: shares.Share) -> str:
        """The share itself. Raises `NotHelpedError` where it does not open or is not what it says."""
        return shares.opened(self._store, share)

    def arrange(self, need: int, devices: Sequence[str], *, at_once: bool = True) -> None:
        """Makes new shares for these devices, of which `need` open the vault. They reach their
        administrators with the next exchange. `at_once`: those before open nothing from then on; else
        from when enough of the new ones have arrived (`maintain`)."""
        trustees.arrange(self._store, need, devices, at_once=at_once)

    def eligible(self) -> list[trustees.Helper]:
        """Administrators' devices that share a desk with this one."""
        return trustees.eligible(self._store)

    def maintain(self) -> bool:
        """New shares where somebody who held one has left, is no administrator any more, or has a new
        identity; and where the ones of now never reached the key file, which a kill cut off. They
        count, and those before no more, once enough of them have arrived: until then those before help."""
        return trustees.maintain(self._store)

    def renew(self, *, at_once: bool = True) -> bool:
        """New shares for those who still can help, after the ones before were used, or because somebody
        left. False where they are fewer than needed: then the arrangement stays, and a person must
        choose. `at_once`: see `arrange`."""
        return trustees.renew(self._store, at_once=at_once)

    def standing(self) -> trustees.Standing:
        """The trustees, as this laptop arranged it."""
        return trustees.standing(self._store)

    def stop(self) -> None:
        """Nobody can help from now on."""
        trustees.stop(self._store)
