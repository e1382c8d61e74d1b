"""Workspace, desks, devices and their keys, as this vault knows them."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Certificate
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import DeskKey, HybridIdentity
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import NotGrantedError, Says, UsageError
from defenderdesk.vault.database import Connection, guard
from defenderdesk.vault.store import Store
from defenderdesk.vault.types import Desk, Device

MAX_NAME = membership.MAX_NAME


def check_name(name: str, what: str) -> str:
    """A name without surrounding space. Raises `UsageError` when empty or too long."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise UsageError(
            what=Says("{what} needs a name of at most {most} characters", what=what, most=MAX_NAME)
        )
    return name


def make_keys(store: Store) -> tuple[SigningKey, HybridIdentity]:
    """This device's keys, made on first need."""
    if store.signing_key is None or store.identity is None:
        signing_key, identity = SigningKey.generate(), HybridIdentity.generate()
        with store.writing():
            store.set_meta("signing_seed", signing_key.seed)
            store.set_meta("identity_seed", identity.seed)
            store.set_meta("device", membership.device_id(signing_key.public))
        store.load_identity()
    return store.need_signing_key(), store.need_identity()


def device_name() -> str:
    """A neutral name for this machine: its system, never its host name (which may tell who
    the owner is)."""
    return platform.system() or "computer"


def found(store: Store, workspace: str, member: str, desk: str) -> None:
    """Founds a workspace: this device becomes its first administrator's."""
    if store.workspace:
        raise UsageError(what="This vault already belongs to a workspace")
    workspace, member = check_name(workspace, "A workspace"), check_name(member, "A member")
    desk = check_name(desk, "A desk")
    signing_key, identity = make_keys(store)
    nonce = os.urandom(16)
    workspace_id = membership.workspace_id(signing_key.public, nonce)
    desk_id = os.urandom(16)
    cert = Certificate(
        workspace_id, signing_key.public, identity.recipient.public, member, device_name(),
        membership.ADMINISTRATOR, (desk_id,), store.now_ms(), store.device, nonce, workspace,
    )  # fmt: skip
    with store.writing() as conn:
        add_certificate(conn, cert.device, cert.sign(signing_key))
        add_desk_row(conn, desk_id, desk, [(0, os.urandom(32))])
        store.set_meta("workspace", workspace_id)
        store.set_meta("workspace_name", workspace)
    store.load_identity()


def add_desk(store: Store, name: str) -> Desk:
    """A new desk, held by this device alone until it is granted to others."""
    need_administrator(store)
    name = check_name(name, "A desk")
    if any(d.name.casefold() == name.casefold() for d in desks(store.reader)):
        raise UsageError(what="There is already a desk of that name")
    desk_id = os.urandom(16)
    with store.writing() as conn:
        add_desk_row(conn, desk_id, name, [(0, os.urandom(32))])
    return Desk(signing.id_text(desk_id), name)


def need_administrator(store: Store) -> None:
    """Raises `NotGrantedError` unless this device is an administrator's."""
    store.need_workspace()
    cert = store.members.get(store.device)
    if cert is None or cert.role != membership.ADMINISTRATOR:
        raise NotGrantedError(what="only an administrator of the workspace may")


def add_certificate(conn: Connection, device: bytes, data: bytes) -> None:
    """Keeps a checked certificate."""
    conn.execute("INSERT OR REPLACE INTO devices VALUES (?, ?)", (device, data))


def add_desk_row(conn: Connection, desk: bytes, name: str, keys: list[tuple[int, bytes]]) -> None:
    """Keeps a desk and its keys (epoch, 32 bytes)."""
    conn.execute("INSERT OR IGNORE INTO desks (id, name) VALUES (?, ?)", (desk, name))
    num = conn.execute("SELECT num FROM desks WHERE id = ?", (desk,)).fetchone()[0]
    conn.executemany(
        "INSERT OR IGNORE INTO desk_keys VALUES (?, ?, ?)",
        [(num, epoch, key) for epoch, key in keys],
    )


def desks(conn: Connection) -> tuple[Desk, ...]:
    """The desks this device holds."""
    with guard():
        rows = conn.execute("SELECT id, name FROM desks ORDER BY num").fetchall()
    return tuple(Desk(signing.id_text(raw), name) for raw, name in rows)


def devices(store: Store) -> list[Device]:
    """The devices of the workspace that this one knows, itself first."""
    names = dict(store.reader.execute("SELECT id, name FROM desks").fetchall())
    out = [
        Device(
            signing.id_text(device), cert.member, cert.name, cert.role, device == store.device,
            tuple(names[d] for d in cert.desks if d in names),
        )
        for device, cert in store.members.items()
    ]  # fmt: skip
    return sorted(out, key=lambda d: (not d.is_self, d.member.casefold(), d.id))


def certificates(conn: Connection) -> list[bytes]:
    """Every certificate kept, as carried."""
    return [row[0] for row in conn.execute("SELECT certificate FROM devices ORDER BY id")]


@dataclass(frozen=True)
class DeskKeys:
    """A desk's row, id, name and keys by epoch."""

    num: int
    id: bytes
    name: str
    keys: tuple[tuple[int, bytes], ...]

    @property
    def current(self) -> DeskKey:
        """The key that new bundles are sealed with."""
        return DeskKey(max(self.keys)[1])


def desk_keys(conn: Connection) -> list[DeskKeys]:
    """The desks with their keys."""
    out = []
    for num, raw, name in conn.execute("SELECT num, id, name FROM desks ORDER BY num").fetchall():
        keys = conn.execute(
            "SELECT epoch, key FROM desk_keys WHERE desk = ? ORDER BY epoch", (num,)
        ).fetchall()
        out.append(DeskKeys(num, raw, name, tuple((e, bytes(k)) for e, k in keys)))
    return out


def certify(
    store: Store, signing_key: bytes, recipient: bytes, member: str, desk: bytes
) -> Certificate:
    """Makes and keeps a certificate for a colleague's device, as a researcher of one desk."""
    need_administrator(store)
    device = membership.device_id(signing_key)
    if device == store.device:
        raise UsageError(what="This is this device's own request")
    before = store.members.get(device)
    granted = (*before.desks, desk) if before and desk not in before.desks else (desk,)
    cert = Certificate(
        store.need_workspace(), signing_key, recipient, check_name(member, "A member"), "",
        before.role if before else membership.RESEARCHER, granted, store.now_ms(), store.device,
    )  # fmt: skip
    with store.writing() as conn:
        add_certificate(conn, device, cert.sign(store.need_signing_key()))
        store.load_members(conn)
    return cert
