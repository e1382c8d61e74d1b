"""A duress passphrase: given under force, it destroys the keys of the vault and opens an empty
one that looks ordinary.

It is a second passphrase slot (`vault.keys.slots`), which every file has: a decoy where nobody set
one. It wraps 32 random bytes that open the file's pad: the names of the workspace to show. When
it opens, the key slots are replaced (from then on the old vault is ciphertext without a key),
the old file's bytes are overwritten, the vault's files removed, and a new vault is founded. A
crash in between is gone on with at the next unlocking. Wrong passphrases destroy nothing, unless
an owner chose it (`vault.coercion.attempt_limit`): a stranger at the keyboard cannot wipe a vault.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from defenderdesk import files
from defenderdesk.crypto import passphrase as passphrases
from defenderdesk.crypto.passphrase import Cost
from defenderdesk.errors import StorageError, UsageError, WorldError, WrongPassphraseError
from defenderdesk.vault.keys import attempt_log, keyring_secret, os_keyring, slots
from defenderdesk.vault.keys.slots import Slot
from defenderdesk.vault.storage.store import Store

_CONTEXT = b"defenderdesk.org/v1/duress"
_ROOM = slots.PAD - 16
OWN = "own_slot"
"""Setting of the vault: the wrapped bytes of its own passphrase slot, so that it is told from the
other; both the old and the new while they are exchanged."""
PUT_BACK = "keys_put_back"
"""Setting of the vault: its key file was another than it wrote last, and nobody was told yet."""


@dataclass(frozen=True)
class Front:
    """The name of the empty workspace, and whose it is. `own`: in the key file of the empty
    vault, the wrapped bytes of its passphrase slot."""

    workspace: str
    member: str
    desk: str
    language: str
    own: bytes = b""


def _key(secret: bytes) -> bytes:
    return hmac.digest(secret, _CONTEXT, hashlib.sha256)


def _seal(secret: bytes, front: Front) -> bytes:
    names = [name[:40] for name in (front.workspace, front.member, front.desk, front.language)]
    packed = msgspec.msgpack.encode([*names, front.own])
    while len(packed) > _ROOM - 2:  # long names in a script of many bytes
        names = [name[: max(len(name) - 4, 1)] for name in names[:3]] + names[3:]
        packed = msgspec.msgpack.encode([*names, front.own])
    plain = len(packed).to_bytes(2, "big") + packed
    return passphrases.wrap(_key(secret), plain.ljust(_ROOM, b"\0"), _CONTEXT)


def _open(secret: bytes, pad: bytes) -> Front | None:
    plain = passphrases.unwrap(_key(secret), pad, _CONTEXT)
    if plain is None:
        return None
    return Front(*msgspec.msgpack.decode(plain[2 : 2 + int.from_bytes(plain[:2], "big")]))


def own_slot(store: Store, present: list[Slot]) -> Slot | None:
    """The passphrase slot that wraps this vault's key; None where the key file is another than
    the vault wrote last, and nobody who knows the passphrase opened it yet (`recognise`)."""
    known = [bytes(one) for one in store.meta(OWN, [])]
    found = [s for s in present if s.kind == slots.PASSPHRASE]
    if len(found) == 1:
        return found[0]
    return next((slot for slot in found if slot.wrapped in known), None)


def recognise(store: Store, secret: str) -> None:
    """Learns which slot is the own one, where the key file was put back from a copy. To be called
    with the passphrase that opened it."""
    with contextlib.suppress(WorldError):  # a full disk: at the next opening then
        if own_slot(store, slots.load(store.profile)) is None:
            own = proven(store, secret)
            store.set_meta(PUT_BACK, bool(store.meta(OWN, [])))
            store.set_meta(OWN, [own.wrapped])


def replace_own(
    store: Store,
    made: Slot,
    others: list[Slot],
    pad: bytes = b"",
    keyring: bytes | None = None,
) -> None:
    """Writes the slots with `made` as the vault's own. The vault knows both until it is done."""
    before = own_slot(store, slots.load(store.profile))
    known = [before.wrapped] if before else store.meta(OWN, [])
    store.set_meta(OWN, [*known, made.wrapped])
    passphrase = [s for s in others if s.kind == slots.PASSPHRASE] or [made.decoy()]
    rest = [s for s in others if s.kind != slots.PASSPHRASE]
    slots.save(store.profile, [*slots.shuffled(made, passphrase[0]), *rest], pad, keyring)
    with contextlib.suppress(StorageError):  # it is done: a full disk must not call it failed
        store.set_meta(OWN, [made.wrapped])


def change(store: Store, new: str, *, keyring: bool = True) -> None:
    """Replaces the passphrase; recovery code and duress passphrase stay. `keyring`: False for one
    that works without the machine's keyring from now on."""
    present = slots.load(store.profile)
    own = own_slot(store, present)
    if (found := slots.opened(present, new)) and found[0] == slots.DURESS:
        raise UsageError(what="This passphrase serves another purpose; choose a different one")
    second = keyring_secret.held(store) if keyring else b""
    cost, salt = (own.cost, own.salt) if own else (cost_of(present), b"")
    made = Slot.make(slots.PASSPHRASE, new, store.data_key, cost, salt, second=second)
    others, pad = [slot for slot in present if slot is not own], b""
    if own is None:  # whichever is the old passphrase's must go: both do, and it is said
        others = [slot for slot in others if slot.kind != slots.PASSPHRASE]
        pad = os.urandom(slots.PAD)
        store.set_meta(PUT_BACK, True)
    replace_own(store, made, others, pad, keyring=None if keyring else b"")


def cost_of(present: list[Slot]) -> Cost:
    """The cost of a passphrase in this file: both slots name the same."""
    return next(slot.cost for slot in present if slot.kind == slots.PASSPHRASE)


def set_duress(store: Store, current: str, duress: str, front: Front) -> None:
    """Makes `duress` the duress passphrase, in place of one before. Raises
    `WrongPassphraseError` if `current` is not the passphrase."""
    if not duress or passphrases.same(duress, current):
        raise UsageError(what="The duress passphrase must differ from the passphrase")
    own, rest = _proven(store, current)
    secret = os.urandom(32)
    other = Slot.make(slots.PASSPHRASE, duress, secret, own.cost, own.salt, inside=slots.DURESS)
    replace_own(store, own, [other, *rest], _seal(secret, front))


def clear_duress(store: Store, current: str) -> None:
    """From now on no passphrase destroys anything. Raises `WrongPassphraseError`."""
    own, rest = _proven(store, current)
    replace_own(store, own, [own.decoy(), *rest], os.urandom(slots.PAD))


def proven(store: Store, current: str) -> Slot:
    """The vault's own slot, if `current` is its passphrase. Raises `WrongPassphraseError`."""
    second = keyring_secret.held(store)
    found = slots.opened(slots.load(store.profile), current, (lambda: second) if second else None)
    if found is None or found[0] != slots.PASSPHRASE:
        raise WrongPassphraseError
    return found[1]


def _proven(store: Store, current: str) -> tuple[Slot, list[Slot]]:
    """The own slot, made anew with another salt, and the slots that are no passphrase's."""
    present = slots.load(store.profile)
    second = keyring_secret.held(store)
    found = slots.opened(present, current, (lambda: second) if second else None)
    if found is None or found[0] != slots.PASSPHRASE:
        raise WrongPassphraseError
    own = Slot.make(slots.PASSPHRASE, current, store.data_key, found[1].cost, second=second)
    return own, [slot for slot in present if slot.kind != slots.PASSPHRASE]


# -- when it is given ------------------------------------------------------------------------


def unlock(profile: Path, secret: str) -> bytes:
    """The data key, by passphrase; by the duress passphrase the key of an empty vault that
    `begin` then makes. The caller holds the profile's lock."""
    present, entry = slots.load(profile), slots.load_keyring(profile)
    found = slots.opened(present, secret, slots.second_of(profile))
    if found is None:
        raise WrongPassphraseError
    inside, slot, content = found
    if inside == slots.PASSPHRASE:
        return content
    front = _open(content, slots.load_pad(profile)) or Front("-", "-", "-", "en")
    key = os.urandom(32)
    own = Slot.make(slots.PASSPHRASE, secret, key, slot.cost)
    made = [*slots.shuffled(own, own.decoy()), _nobody(own)]
    pad, limit = _seal(key, replace(front, own=own.wrapped)), slots.load_limit(profile)
    _put(profile / slots.NAME, slots.encode(made, pad, limit=limit))
    if entry:  # a copy of the folder made before then opens with the recovery code alone
        os_keyring.forget_soon(entry)
    return key


def _nobody(own: Slot) -> Slot:
    """A recovery slot whose code nobody knows."""
    return Slot(slots.RECOVERY, own.cost, os.urandom(16), os.urandom(48))


def _put(path: Path, content: bytes) -> None:
    """Replaces the key file whole, then overwrites its old bytes where they lay (what a solid
    state disk keeps beneath is out of reach: the threat model says so). On a full disk it is
    written over in place: a torn key file destroys as well."""
    with open(path, "r+b") as old:
        size = os.fstat(old.fileno()).st_size
        try:
            files.write(path, content)
        except StorageError:
            old.write(content)
            old.truncate()
        else:
            old.write(os.urandom(size))
        with contextlib.suppress(OSError):
            old.flush()
            os.fsync(old.fileno())


def replace_keys(profile: Path, own: Slot) -> None:
    """Puts a new vault's own slot in place of every slot of the one before, which is its end."""
    made = [*slots.shuffled(own, own.decoy()), _nobody(own)]
    limit = slots.load_limit(profile)
    _put(profile / slots.NAME, slots.encode(made, os.urandom(slots.PAD), limit=limit))


def destroy(profile: Path) -> None:
    """Destroys every key slot, then removes the rest. The caller holds the profile's lock, and has
    closed the vault."""
    path = profile / slots.NAME
    _put(path, os.urandom(max(path.stat().st_size, 4096)))
    path.unlink()
    sweep(profile)
    attempt_log.remove(profile)


def sweep(profile: Path, *, keep_database: bool = False) -> None:
    """Removes what belonged to a vault whose keys are gone."""
    for name in () if keep_database else ("vault.db", "vault.db-wal", "vault.db-shm"):
        (profile / name).unlink(missing_ok=True)
    for name in ("chunks", "sync"):
        shutil.rmtree(profile / name, ignore_errors=True)
    files.remove_partials(profile)  # among them may be a copy of the vault, with its key file
    files.sync_folder(profile)


def begin(profile: Path, key: bytes) -> Store | None:
    """The empty vault, where the slots say that it is yet to be made; None for any other."""
    front = _open(key, slots.load_pad(profile))
    if front is None:
        return None
    sweep(profile)
    store = Store(profile, key)
    try:
        store.set_meta(OWN, [front.own])
        store.set_meta(attempt_log.CHOSEN, [slots.load_limit(profile)])
        store.set_meta("setting.language", front.language)
        from defenderdesk.vault.membership import administer

        administer.found(store, front.workspace, front.member, front.desk)
        slots.save(profile, slots.load(profile), os.urandom(slots.PAD))
    except BaseException:
        store.close()
        raise
    return store
