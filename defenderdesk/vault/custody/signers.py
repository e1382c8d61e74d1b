"""The part that a custody package carries of this vault's membership: the vault's side of
`bundle.evidence.signers`, and with it the only place to change when membership is kept
otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from defenderdesk.bundle.evidence import signers
from defenderdesk.bundle.membership import Log
from defenderdesk.vault.identity import members
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store


def carry(conn: Connection, workspace: bytes, devices: Iterable[bytes]) -> list[bytes]:
    """The proof of membership of these devices, up to the workspace's founder."""
    return signers.carry(Log(workspace, members.act_data(conn), trusted=True), devices)


def signing_key(store: Store, device: bytes) -> bytes | None:
    """The signing key of a device that this vault knows, a branch of its feed by its own name."""
    author = store.authors.get(device)
    return author.signing_key if author else None


def member(store: Store, device: bytes) -> str:
    """The member whose device it is; empty where this vault does not know it."""
    author = store.authors.get(device)
    return author.member if author else ""
