"""The part of a mailbox that is to be read again: bundles that came before their key or before
their sender was known, and attachments of work that was set aside and counts by now."""

from __future__ import annotations

from typing import Any

from defenderdesk.bundle import manifest
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.vault import Vault
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.replication import held

MOST = 1000
Entry = list[Any]
"""[number, size, SHA-256, what could be opened then, chunks that nothing named: none means all]"""


def means(vault: Vault, desk: DeskKeys) -> bytes:
    """A digest of what decides whether a bundle can be opened here."""
    with vault.snapshot() as conn:
        return held.opening_digest(conn, desk, vault.identity.log.digest)


def unnamed(vault: Vault, desk: DeskKeys, contents: Manifest) -> list[bytes]:
    """The chunks of a bundle that no work here names, so that they were not kept."""
    with vault.snapshot() as conn:
        return [
            part.sha256
            for part in contents.parts
            if part.kind == manifest.CHUNK and held.chunk_is_here(conn, desk.num, part.sha256) is None
        ]


def ready(vault: Vault, desk: DeskKeys, entry: Entry) -> bool:
    """Tells whether reading it again may bring more."""
    *_, before, names = entry
    if names:
        with vault.snapshot() as conn:
            return any(held.chunk_is_here(conn, desk.num, bytes(n)) is False for n in names)
    return bool(before != means(vault, desk))
