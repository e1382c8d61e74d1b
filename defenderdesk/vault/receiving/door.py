"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from defenderdesk.vault.receiving import receive, verification
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress


class Receiving:
    """The door to `vault/receiving`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def receive(
        self,
        source: BinaryIO,
        progress: Progress | None = None,
        kept: Callable[[receive.Received], None] | None = None,
    ) -> receive.Received:
        """Takes a bundle into the vault, whole or not at all. `kept`: writes beside it what its
        receiver wants to keep of what it brought."""
        return receive.receive(self._store, source, progress, kept)

    def verify(self, progress: Progress | None = None) -> verification.Findings:
        """Verifies the whole vault from its own bytes; trusts no column that it can compute."""
        return verification.vault(self._store, progress)

    def verify_bundle(self, source: BinaryIO) -> verification.Findings:
        """Verifies a bundle without taking anything from it."""
        return verification.bundle(source, self._store)
