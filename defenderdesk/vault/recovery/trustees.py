"""Recovery by administrators: M of N of them together open the vault of a colleague who lost
passphrase and recovery code.

A random 256-bit secret opens a key slot of its own. It is split by SLIP-39 (Trezor's reference
implementation), and each share is sealed to one administrator's device, as a record of the ledger
that this device signs. The key file says how many are needed, which round of shares they are, and
the hash of each share, so that the locked laptop, which knows nothing else, can tell a wrong one.
The shares alone open nothing: it takes this laptop's key file as well.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from defenderdesk.bundle.membership import Member
from defenderdesk.crypto import canonical, passphrase, signing
from defenderdesk.crypto.age import HybridRecipient, seal_bytes
from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.errors import (
    DamagedError,
    UsageError,
    VaultDamagedError,
)
from defenderdesk.vault.coercion import duress
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.keys import slots
from defenderdesk.vault.membership import administer
from defenderdesk.vault.records import apply, located, writing
from defenderdesk.vault.recovery.shares import KIND, VERSION, fit, shares
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit

MOST = 16
_HASH = b"defenderdesk.org/v1/recovery-share\x00"
_KEY = b"defenderdesk.org/v1/recovery-key\x00"
_CHOSEN = "helpers"
"""Setting of the vault: [how many are needed, the devices that were chosen, the round of it]."""
_NOBODY: list[Any] = [0, [], b""]
_NEXT = "helpers.next"
"""Setting of the vault: the same of shares of which not enough are known to have arrived yet, and
their slot, [device, desk, feed, save] of each, and a mark of the key that the slot wraps. The key
file keeps the slot before until then: else nobody could help in between."""


@dataclass(frozen=True)
class Round:
    """The part of the key file that is in the clear: which shares, how many are needed, their
    hashes."""

    name: bytes
    need: int
    hashes: tuple[bytes, ...]

    def pack(self) -> bytes:
        """As it stands in the key file."""
        return canonical.encode([VERSION, self.name, self.need, list(self.hashes)])

    @classmethod
    def unpack(cls, data: bytes) -> Round:
        """Raises `VaultDamagedError`."""
        try:
            version, name, need, hashes = canonical.decode(data)
            if (
                not canonical.is_version(version, VERSION)
                or type(name) is not bytes
                or len(name) != 16
                or type(need) is not int
                or not 2 <= need <= len(hashes) <= MOST
                or not all(type(h) is bytes and len(h) == 32 for h in hashes)
            ):
                raise ValueError("sizes")
        except (DamagedError, ValueError, TypeError) as error:
            raise VaultDamagedError(what="its key slots cannot be read") from error
        return cls(name, need, tuple(hashes))


@dataclass(frozen=True)
class Helper:
    """An administrator's device; `fit`: it can still help (it is there, and an administrator's);
    `arrived`: its own receipt says that the share which counts now is there."""

    device: str
    member: str
    name: str
    fit: bool = True
    arrived: bool = False


@dataclass(frozen=True)
class Standing:
    """The trustees of this laptop. `need` is 0 where it is switched off."""

    need: int
    helpers: tuple[Helper, ...]

    @property
    def enough(self) -> bool:
        """True if those who can help now are as many as are needed."""
        return sum(one.fit and one.arrived for one in self.helpers) >= self.need

    @property
    def left(self) -> bool:
        """True if those who still can, once their share has arrived, are as many as are needed."""
        return sum(one.fit for one in self.helpers) >= self.need


def round_of(profile: Path) -> Round | None:
    """The round that a (locked) vault's key file names; None where nobody helps."""
    for slot in slots.load(profile):
        if slot.kind == slots.ADMINISTRATORS:
            return Round.unpack(slot.note)
    return None


def share_hash(round_: bytes, share: str) -> bytes:
    """32 bytes that tell a share from any other, and nothing of it."""
    return hashlib.sha256(_HASH + round_ + share.encode()).digest()


def secret_of(shares: Sequence[str]) -> str:
    """The secret that opens the slot. The shares were checked by their hashes."""
    from shamir_mnemonic import combine_mnemonics
    from shamir_mnemonic.utils import MnemonicError

    try:
        return bytes(combine_mnemonics(shares)).hex()
    except (MnemonicError, ValueError) as error:
        raise DamagedError(what="the shares do not fit together") from error


# -- on the laptop that is helped ---------------------------------------------------------------


def eligible(store: Store) -> list[Helper]:
    """Administrators' devices that share a desk with this one."""
    own = store.members.get(store.device)
    if own is None:
        return []
    return [
        Helper(signing.id_text(device), member.member, member.name)
        for device, member in store.members.items()
        if device != store.device and fit(member) and member.desks & own.desks
    ]


def standing(store: Store) -> Standing:
    """The trustees, as this laptop arranged it."""
    in_force = round_of(store.profile)
    if in_force is None:
        return Standing(0, ())
    need, devices, _ = _latest(store)
    there = _arrived(store, in_force.name)
    out: dict[str, Helper] = {}
    for device in devices:
        member = store.roster.latest(bytes(device))
        latest = signing.id_text(member.device if member else bytes(device))
        out[latest] = Helper(
            latest,
            member.member if member else "?",
            member.name if member else "",
            fit(member),
            latest in there,
        )
    return Standing(need, tuple(out.values()))


def _arrived(store: Store, name: bytes) -> set[str]:
    """The devices (ids) that say they hold their share of a round of this laptop's."""
    out = set()
    for share in shares(store):
        if share.round != name or not rekey.followed(store, share.of):
            continue
        member = store.roster.latest(share.helper)
        if member is not None and _covered(store, member.device, share.record):
            out.add(signing.id_text(member.device))
    return out


def _covered(store: Store, device: bytes, record: str) -> bool:
    """Tells whether a device's own receipt covers the change set that made a record."""
    with store.snapshot() as conn:
        where = located.place(conn, record)
        [history] = located.row(conn, where, "history")
        num, seq = apply.feed_and_seq(int.from_bytes(history[:8], "big"))
        [feed] = conn.execute("SELECT device FROM feeds WHERE num = ?", (num,)).fetchone()
        receipt = planning.receipt_of(conn, device, where.desk)
    return receipt is not None and receipt.holds.get(bytes(feed), 0) >= seq


def _latest(store: Store) -> list[Any]:
    """[need, devices, round] of the shares that were made last."""
    waiting = store.meta(_NEXT)
    return list(waiting[:3]) if waiting else list(store.meta(_CHOSEN, _NOBODY))


def arrange(store: Store, need: int, devices: Sequence[str], *, at_once: bool = True) -> None:
    """Makes new shares for these devices, of which `need` open the vault. They reach their
    administrators with the next exchange. `at_once`: those before open nothing from then on; else
    from when enough of the new ones have arrived (`maintain`)."""
    from shamir_mnemonic import generate_mnemonics

    chosen = [administer.require_device(store, device) for device in dict.fromkeys(devices)]
    if not 2 <= need <= len(chosen) or len(chosen) > MOST:
        raise UsageError(what="At least two administrators must be needed, and as many chosen")
    own = store.members.get(store.device)
    allowed = {one.device for one in eligible(store)}
    if own is None or any(signing.id_text(m.device) not in allowed for m in chosen):
        raise UsageError(what="Only administrators who share a desk with this laptop can help")
    secret, name = os.urandom(32), os.urandom(16)
    split = generate_mnemonics(1, [(need, len(chosen))], secret, iteration_exponent=0)[0]
    made = Round(name, need, tuple(share_hash(name, share) for share in split))
    cost = duress.cost_of(slots.load(store.profile))
    slot = slots.Slot.make(slots.ADMINISTRATORS, secret.hex(), store.data_key, cost)
    slot = replace(slot, note=made.pack())
    arrangement = [need, [member.device for member in chosen], name]
    where: list[list[Any]] = []
    with store.writing() as conn:
        for member, share in zip(chosen, split, strict=True):
            desk = min(member.desks & own.desks)
            _write(store, made, member, share, signing.id_text(desk))
            [reached] = conn.execute(
                "SELECT f.held FROM feeds f JOIN desks d ON d.num = f.desk WHERE d.id = ? AND f.device = ?",
                (desk, store.device),
            ).fetchone()
            where.append([member.device, desk, store.device, reached])
        if at_once:
            store.set_meta(_CHOSEN, arrangement)
            store.set_meta(_NEXT, None)
        else:
            store.set_meta(_NEXT, [*arrangement, _packed(slot), where, _key_mark(store)])
    if at_once:
        _replace_slot(store, [slot])
        _drop_old(store, name)
    else:
        in_force = round_of(store.profile)
        _drop_old(store, name, in_force.name if in_force else b"")


def _packed(slot: slots.Slot) -> list[Any]:
    cost = [slot.cost.memory_kib, slot.cost.passes, slot.cost.lanes]
    return [cost, slot.salt, slot.wrapped, slot.note]


def _key_mark(store: Store) -> bytes:
    """Says whether a slot wraps the key that the vault has now (a journey changes it)."""
    return hashlib.sha256(_KEY + store.data_key).digest()[:16]


def _take_next(store: Store) -> bool:
    """The shares that were made last count once as many as are needed have arrived; whether they
    do now."""
    waiting = store.meta(_NEXT)
    if not waiting or waiting[5] != _key_mark(store):
        return False
    if sum(_received(store, *one) for one in waiting[4]) < waiting[0]:
        return False
    cost, salt, wrapped, note = waiting[3]
    _replace_slot(store, [slots.Slot(slots.ADMINISTRATORS, passphrase.Cost(*cost), salt, wrapped, note)])
    with store.writing():
        store.set_meta(_CHOSEN, waiting[:3])
        store.set_meta(_NEXT, None)
    _drop_old(store, waiting[2])
    return True


def _received(store: Store, device: bytes, desk: bytes, feed: bytes, reached: int) -> bool:
    """Tells whether a holder's own receipt says that their share arrived; a server's word is
    none."""
    latest = store.roster.latest(device)
    with store.snapshot() as conn:
        found = conn.execute("SELECT num FROM desks WHERE id = ?", (desk,)).fetchone()
        receipt = planning.receipt_of(conn, latest.device, found[0]) if latest and found else None
    return receipt is not None and receipt.holds.get(feed, 0) >= reached


def _write(store: Store, made: Round, member: Member, share: str, desk: str) -> None:
    content = canonical.encode([VERSION, made.name, store.device, member.device, share])
    sealed = seal_bytes(content, [HybridRecipient(member.recipient)])
    record = writing.new_id()
    fields: dict[str, Value] = {
        kinds.KIND: KIND,
        "of": signing.id_text(store.device),
        "helper": signing.id_text(member.device),
        "round": signing.id_text(made.name),
        "need": made.need,
        "sealed": base64.b64encode(sealed).decode(),
    }
    writing.save(store, [Edit(record, field, value) for field, value in fields.items()], desk)


def _replace_slot(store: Store, made: list[slots.Slot]) -> None:
    present = slots.load(store.profile)
    slots.save(store.profile, [*(s for s in present if s.kind != slots.ADMINISTRATORS), *made])


def _drop_old(store: Store, *names: bytes) -> None:
    for share in shares(store):
        if share.of == store.device and share.round not in names:
            writing.save(store, [Edit(share.record, kinds.DELETED, True)])


def stop(store: Store) -> None:
    """Nobody can help from now on."""
    _replace_slot(store, [])
    store.set_meta(_CHOSEN, _NOBODY)
    store.set_meta(_NEXT, None)
    _drop_old(store)


def renew(store: Store, *, at_once: bool = True) -> bool:
    """New shares for those who still can help, after the ones before were used, or because somebody
    left. False where they are fewer than needed: then the arrangement stays, and a person must
    choose. `at_once`: see `arrange`."""
    found = standing(store)
    able = [one.device for one in found.helpers if one.fit]
    allowed = {one.device for one in eligible(store)}
    able = [device for device in able if device in allowed]
    if not found.need or len(able) < found.need:
        return False
    arrange(store, found.need, able, at_once=at_once)
    return True


def maintain(store: Store) -> bool:
    """New shares where somebody who held one has left, is no administrator any more, or has a new
    identity; and where the ones of now never reached the key file, which a kill cut off. They
    count, and those before no more, once enough of them have arrived: until then those before help.

    Not where only the key changed that signs: their shares open as before, and new ones help
    nobody until they were exchanged."""
    if _take_next(store):
        return True
    found, waiting = standing(store), store.meta(_NEXT)
    _, devices, name = _latest(store)
    opens = all(_opens(store, bytes(device)) for device in devices)
    made = round_of(store.profile)
    whole = waiting[5] == _key_mark(store) if waiting else made is not None and made.name == name
    if not found.need or (whole and opens and all(one.fit for one in found.helpers)):
        return False
    return renew(store, at_once=False)


def _opens(store: Store, device: bytes) -> bool:
    """Tells whether what was sealed to a device opens with what it has now."""
    then, now = store.roster.devices.get(device), store.roster.latest(device)
    return then is not None and now is not None and then.recipient == now.recipient
