"""Making and unlocking a vault: in which order the lock is taken, the key derived, what was
interrupted finished, and the database opened."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock

from defenderdesk import files
from defenderdesk.crypto import passphrase as passphrases
from defenderdesk.errors import NoVaultError, UsageError, VaultExistsError
from defenderdesk.vault.coercion import attempt_limit, duress, travel
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.keys import creation, slots
from defenderdesk.vault.storage import lock
from defenderdesk.vault.storage.store import Store


def exists(profile: Path) -> bool:
    """Tells whether there is a vault in this profile."""
    return (profile / slots.NAME).exists()


def create(
    profile: Path, passphrase: str, language: str, unlock_seconds: float
) -> tuple[Store, FileLock, str]:
    """A new vault: its store, the lock that is held, and its recovery code. The key slots are
    written last: until then there is no vault, and a crash leaves nothing to trip over. Raises
    `VaultExistsError`, `UsageError`."""
    if exists(profile):
        raise VaultExistsError(where=profile)
    if not passphrase:
        raise UsageError(what="A vault needs a passphrase")
    files.make_folder(profile)
    held = lock.take(profile, 5)
    try:
        creation.begin(profile)
        key = os.urandom(32)
        code = slots.new_code()
        cost = passphrases.tune(unlock_seconds)
        own = slots.Slot.make(slots.PASSPHRASE, passphrase, key, cost)
        made = [
            *slots.shuffled(own, own.decoy()),
            slots.Slot.make(slots.RECOVERY, slots.normalise_code(code), key, cost),
        ]
        store = Store(profile, key)
        store.set_meta(duress.OWN, [own.wrapped])
        store.set_meta("setting.language", language)
        slots.save(profile, made)
        creation.done(profile)
    except BaseException:
        held.release()
        raise
    return store, held, code


def unlocked(profile: Path, wait: float, unlock: slots.Unlock) -> tuple[Store, FileLock]:
    """The store of a vault that `unlock` gives the key of, and the lock that is held. `wait`:
    seconds for another process to let go. Raises `NoVaultError`, and what `unlock` raises."""
    if not exists(profile):
        creation.require_no_database(profile)
        raise NoVaultError(where=profile)
    held = lock.take(profile, wait)
    try:
        key = unlock()
        attempt_limit.right(profile)
        travel.finish(profile, key)
        store = duress.begin(profile, key)
        if store is None:
            creation.require_database(profile)
            store = Store(profile, key, finished=True)
    except BaseException:
        held.release()
        raise
    files.remove_partials(profile)
    creation.done(profile)
    erase.go_on(store)
    return store, held
