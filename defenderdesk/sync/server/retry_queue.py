"""What of a mailbox is to be read again: bundles that came before their key or before their sender
was known, and attachments of work that was set aside and counts by now."""

from __future__ import annotations

import hashlib
from typing import Any

from defenderdesk.bundle import manifest
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.storage.store import Store

MOST = 1000
Entry = list[Any]
"""[number, size, SHA-256, what could be opened then, chunks that nothing named: none means all]"""


def means(store: Store, desk: DeskKeys) -> bytes:
    """A digest of what decides whether a bundle can be opened here: the desk's keys, and who is
    known."""
    digest = hashlib.sha256(store.log.digest)
    for epoch, key in store.reader.execute(
        "SELECT epoch, key FROM desk_keys WHERE desk = ? ORDER BY epoch, key", (desk.num,)
    ):
        digest.update(int(epoch).to_bytes(4, "big") + bytes(key))
    return digest.digest()[:16]


def unnamed(store: Store, desk: DeskKeys, contents: Manifest) -> list[bytes]:
    """The chunks of a bundle that no work here names, so that they were not kept."""
    return [
        part.sha256
        for part in contents.parts
        if part.kind == manifest.CHUNK and not _chunk(store, desk, part.sha256)
    ]


def ready(store: Store, desk: DeskKeys, entry: Entry) -> bool:
    """Whether reading it again may bring more."""
    *_, before, names = entry
    if names:
        return any((found := _chunk(store, desk, n)) and not found[0] for n in names)
    return bool(before != means(store, desk))


def _chunk(store: Store, desk: DeskKeys, name: bytes) -> Any:
    return store.reader.execute(
        "SELECT present FROM chunks WHERE hash = ? AND desk = ?", (bytes(name), desk.num)
    ).fetchone()
