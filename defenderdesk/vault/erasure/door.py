"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Sequence

from defenderdesk.vault import types
from defenderdesk.vault.erasure import erase, mentions
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress


class Erasure:
    """The door to `vault/erasure`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def clean(self) -> bool:
        """Rewrites database and search so that what was erased is in no free page and no old segment,
        and removes its chunks and what was sealed before and not sent yet; whether there was anything
        to do. Takes as long as copying the database; within a larger write it is left for later."""
        return erase.clean(self._store)

    def erase(
        self,
        records: Sequence[str],
        reason: str,
        fields: Sequence[str] = (),
        also: Sequence[tuple[str, str]] = (),
        of: erase.Of | None = None,
    ) -> types.Change:
        """Erases the content of records: of these fields (with every value they ever
        had, or those that `of` names), or of all. Whole records are hidden as well. `also`: (record,
        field) of any desk, erased with them (see `mentions`); each desk gets an erasure of its own,
        all of them or none. Raises `NotFoundError`, `UsageError`."""
        return erase.erase(self._store, records, reason, fields, also, of)

    def unclean(self) -> bool:
        """Tells whether something was erased and still lies in free pages, or as a file."""
        return erase.unclean(self._store)

    def find(
        self, names: Sequence[str], leaving: mentions.Leaving, progress: Progress | None = None
    ) -> mentions.Found:
        """The fields of other records that hold, or held, one of these names or a word of one."""
        return mentions.find(self._store, names, leaving, progress)

    def names_of(self, leaving: mentions.Leaving) -> list[str]:
        """The names of those, now and earlier, who are erased: the records by their naming fields;
        a case by its reference and by who is in it."""
        return mentions.names_of(self._store, leaving)
