"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Sequence

from defenderdesk.bundle.writer import Source
from defenderdesk.vault import types
from defenderdesk.vault.replication import erasure_status, planning
from defenderdesk.vault.storage.store import Store


class ErasureStatus:
    """The door to `vault/replication`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def confirm(self, name: str) -> types.Change:
        """Stands behind an erasure that somebody else asked for. Raises `NotGrantedError`."""
        return erasure_status.confirm(self._store, name)

    def erasures(self) -> list[erasure_status.Erasure]:
        """Every erasure that is known here, the newest first."""
        return erasure_status.erasures(self._store)

    def swept(self, names: Sequence[str]) -> None:
        """The server has deleted what these erased."""
        erasure_status.swept(self._store, names)

    def to_sweep(self, desk_id: bytes) -> list[str]:
        """The erasures of a desk that are carried out here and whose content may still lie on the
        server, if this is the device that has it deleted: the one that erased, if an administrator's,
        else the first of the administrators' devices."""
        return erasure_status.to_sweep(self._store, desk_id)


class Replication:
    """The door to `vault/replication`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def chunk_source(self, name: bytes, size: int) -> Source:
        """The part that carries one attachment chunk."""
        return planning.chunk_source(self._store, name, size)
