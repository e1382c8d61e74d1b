"""What a custody package carries of this vault's membership: the vault's side of
`bundle.custody_members`, and with it the only place to change when membership is kept otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from defenderdesk.bundle import custody_members
from defenderdesk.vault.database import Connection
from defenderdesk.vault.store import Store


def carry(conn: Connection, devices: Iterable[bytes]) -> list[bytes]:
    """The proof of membership of these devices, up to the workspace's founder."""
    rows = conn.execute("SELECT id, certificate FROM devices").fetchall()
    return custody_members.carry({bytes(d): bytes(c) for d, c in rows}, devices)


def signing_key(store: Store, device: bytes) -> bytes | None:
    """The signing key of a device that this vault knows."""
    cert = store.members.get(device)
    return cert.signing_key if cert else None


def member(store: Store, device: bytes) -> str:
    """Whose device it is; empty where this vault does not know it."""
    cert = store.members.get(device)
    return cert.member if cert else ""
