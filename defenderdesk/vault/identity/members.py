"""Workspace, desks, devices and their keys, as this vault knows them."""

from __future__ import annotations

import hmac
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Act, Roster
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import DeskKey, HybridIdentity
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import Message, NotGrantedError, UsageError
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Desk, Device

MAX_NAME = membership.MAX_NAME
_MAILBOX = b"defenderdesk.org/v1/mailbox"


def check_name(name: str, what: str) -> str:
    """A name without surrounding space. Raises `UsageError` when empty or too long."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise UsageError(
            what=Message("{what} needs a name of at most {most} characters", what=what, most=MAX_NAME)
        )
    return name


def make_keys(store: Store) -> tuple[SigningKey, HybridIdentity]:
    """This device's keys, made on first need."""
    if store.signing_key is None or store.identity is None:
        new_keys(store)
        store.load_identity()
    return store.require_signing_key(), store.require_identity()


def new_keys(store: Store, identity: HybridIdentity | None = None) -> tuple[SigningKey, HybridIdentity]:
    """Keys of a new device, kept as this one's; the caller loads them once all is written.
    `identity`: what opens what is sealed to it, where that stays."""
    signing_key, identity = SigningKey.generate(), identity or HybridIdentity.generate()
    with store.writing():
        store.set_meta("signing_seed", signing_key.seed)
        store.set_meta("identity_seed", identity.seed)
        store.set_meta("device", membership.device_id(signing_key.public))
    return signing_key, identity


def device_name() -> str:
    """A neutral name for this machine: its system, never its host name (which may tell who
    the owner is)."""
    return platform.system() or "computer"


def require_administrator(store: Store) -> None:
    """Raises `NotGrantedError` unless this device is an administrator's."""
    store.require_workspace()
    own = store.members.get(store.device)
    if own is None or own.role != membership.ADMINISTRATOR:
        raise NotGrantedError(what="only an administrator of the workspace may")


def keep_acts(conn: Connection, acts: Iterable[Act]) -> None:
    """Keeps checked acts, causes before what follows."""
    conn.executemany("INSERT OR IGNORE INTO acts (id, data) VALUES (?, ?)", [(a.id, a.data) for a in acts])


def act_data(conn: Connection) -> list[bytes]:
    """Every act kept, as carried, causes first."""
    return [row[0] for row in conn.execute("SELECT data FROM acts ORDER BY num")]


def mailbox(first_key: bytes) -> bytes:
    """16 bytes that name a desk's mailbox on a server, for who knows its first key."""
    return hmac.digest(first_key, _MAILBOX, "sha256")[:16]


def add_desk_row(
    conn: Connection, desk: bytes, name: str, box: bytes, keys: Sequence[tuple[int, bytes]]
) -> int:
    """Keeps a desk and its keys (epoch, 32 bytes); its row."""
    conn.execute("INSERT OR IGNORE INTO desks (id, name, box) VALUES (?, ?, ?)", (desk, name, box))
    num = int(conn.execute("SELECT num FROM desks WHERE id = ?", (desk,)).fetchone()[0])
    conn.executemany(
        "INSERT OR IGNORE INTO desk_keys VALUES (?, ?, ?, ?)",
        [(num, epoch, membership.key_name(desk, epoch, key), key) for epoch, key in keys],
    )
    return num


def desks(conn: Connection) -> tuple[Desk, ...]:
    """The desks this device holds."""
    with guard():
        rows = conn.execute("SELECT id, name FROM desks ORDER BY num").fetchall()
    return tuple(Desk(signing.id_text(raw), name) for raw, name in rows)


def devices(store: Store) -> list[Device]:
    """The devices of the workspace, itself first, the removed ones last."""
    names = dict(store.reader.execute("SELECT id, name FROM desks").fetchall())
    out = [
        Device(
            signing.id_text(device),
            m.member,
            m.name,
            m.role,
            device == store.device,
            tuple(names[d] for d in sorted(m.desks) if d in names),
            m.removed,
            signing.id_text(now) if (now := store.roster.heir(device)) != device else "",
            m.travelling,
        )
        for device, m in store.roster.devices.items()
    ]
    return sorted(out, key=lambda d: (not d.is_self, not d.present, d.member.casefold(), d.id))


@dataclass(frozen=True)
class Key:
    """One key of a desk. `name`: what the log calls it; `good`: nobody who lost the desk has it."""

    epoch: int
    name: bytes
    key: bytes
    good: bool


@dataclass(frozen=True)
class DeskKeys:
    """A desk's row, id, name, mailbox and keys, the one that seals last."""

    num: int
    id: bytes
    name: str
    box: bytes
    keys: tuple[Key, ...]

    @property
    def current(self) -> DeskKey:
        """The key that new bundles are sealed with."""
        return DeskKey(self.keys[-1].key)

    @property
    def sealing(self) -> Key:
        """The key that new bundles are sealed with, as the log names it."""
        return self.keys[-1]


def desk_keys(conn: Connection, roster: Roster) -> list[DeskKeys]:
    """The desks with their keys. A key that the log does not name opens, and never seals unless
    there is no other."""
    out = []
    for num, raw, name, box in conn.execute("SELECT num, id, name, box FROM desks ORDER BY num").fetchall():
        order = {key.name: (at, key.good) for at, key in enumerate(roster.keys.get(raw, ()))}
        keys = [
            Key(epoch, called, bytes(key), order.get(called, (-1, False))[1])
            for epoch, called, key in conn.execute(
                "SELECT epoch, name, key FROM desk_keys WHERE desk = ?", (num,)
            )
        ]
        keys.sort(key=lambda k: (order.get(k.name, (-1, False))[0], k.epoch, k.name))
        if keys:
            out.append(DeskKeys(num, raw, name, box, tuple(keys)))
    return out
