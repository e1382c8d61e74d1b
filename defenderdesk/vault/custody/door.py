"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from defenderdesk.crypto.digests import Digests
from defenderdesk.crypto.timestamp import Root
from defenderdesk.vault import types
from defenderdesk.vault.custody import attachments, segments, timestamps
from defenderdesk.vault.storage.chunks import Chunk
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress, Record


class Custody:
    """The door to `vault/custody`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def feeds(self, conn: Connection, desk: bytes) -> segments.Feeds:
        """The feeds of a desk, for stretches of them with the signatures over them."""
        return segments.Feeds(self._store, conn, desk)

    def attach_from(
        self,
        record: str,
        source: BinaryIO,
        name: str,
        total: int,
        attachment: str,
        progress: Progress | None = None,
    ) -> types.Change:
        """As `attach`, from an open file (or memory) of `total` bytes."""
        return attachments.attach_from(self._store, record, source, name, total, attachment, progress)

    def fetch(self, record: Record, out: BinaryIO, progress: Progress | None) -> Digests:
        """Writes an attachment's content to `out`, each chunk checked before it is written, and the
        whole against its digests at the end."""
        return attachments.fetch(self._store, record, out, progress)

    def as_taken(self, record: Record) -> Record:
        """An attachment as the change set that took it in has it, whatever was written over it."""
        return attachments.as_taken(self._store, record)

    def require_content(self, record: Record) -> list[Chunk]:
        """The chunks of an attachment, all of which are here. Raises `NotFoundError`."""
        return attachments.require_content(self._store, record)

    def covering(
        self, conn: Connection, kept: Iterable[timestamps.Stamp], desk: str, feed: str, seq: int
    ) -> list[timestamps.Stamp]:
        """Of each authority the earliest token that holds over what a feed had when `seq` was: over
        the feed itself or a branch of it, which goes on with its chain; `device` then names that
        branch. An authority is a name and a root."""
        return timestamps.covering(self._store, conn, kept, desk, feed, seq)

    def keep(
        self, head: timestamps.Head, authority: str, token: bytes, root: bytes, time: datetime
    ) -> types.Change:
        """Keeps a token that was checked."""
        return timestamps.keep(self._store, head, authority, token, root, time)

    def waiting(self, authority: str, root: Root, kept: Iterable[timestamps.Stamp]) -> list[timestamps.Head]:
        """The heads that this authority is still to be asked about. Only a token that holds under
        its root counts: anyone in the desk can write a record that looks like one."""
        return timestamps.waiting(self._store, authority, root, kept)
