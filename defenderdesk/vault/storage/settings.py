"""Small things that a device keeps by name, encrypted with everything else and never exchanged."""

from __future__ import annotations

from typing import Any

from defenderdesk.vault.storage.store import UNSET, Store


class Settings:
    """Named values of an open vault."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str, default: Any = UNSET) -> Any:
        """A named value, else `default`, else the registry's (`storage.registry`); within a write of
        this thread, as that write sees it."""
        return self._store.meta(name, default)

    def put(self, name: str, value: Any) -> None:
        """Sets a named value (inside the running write, or in one of its own)."""
        self._store.set_meta(name, value)
