"""Tying the passphrase to this machine's keyring, and untying it (decision 14).

A crash in between leaves the old key file or the new one, and a vault that knows the secrets of
both.
"""

from __future__ import annotations

import contextlib
import os

from defenderdesk.errors import StorageError, WrongPassphraseError
from defenderdesk.vault.coercion import duress
from defenderdesk.vault.keys import keyring_secret, os_keyring, slots
from defenderdesk.vault.keys.slots import Slot
from defenderdesk.vault.storage.store import Store


def _own(store: Store, current: str) -> tuple[Slot, list[Slot]]:
    """The slot that `current` opens, and the others. Raises `WrongPassphraseError`."""
    present, second = slots.load(store.profile), keyring_secret.held(store)
    found = slots.opened(present, current, (lambda: second) if second else None)
    if found is None or found[0] != slots.PASSPHRASE:
        raise WrongPassphraseError
    return found[1], [slot for slot in present if slot is not found[1]]


def turn_on(store: Store, current: str) -> None:
    """Ties the passphrase to this machine's keyring, anew where it was already."""
    own, others = _own(store, current)
    secret, before = os.urandom(32), keyring_secret.known(store)
    entry = os_keyring.put(secret)
    store.set_meta(keyring_secret.KNOWN, [*before.items(), (entry, secret)])
    made = Slot.make(slots.PASSPHRASE, current, store.data_key, own.cost, own.salt, second=secret)
    duress.replace_own(store, made, others, keyring=entry)
    with contextlib.suppress(StorageError):  # it is done: a full disk must not call it failed
        store.set_meta(keyring_secret.KNOWN, [(entry, secret)])
    for old in before:
        os_keyring.forget(old)


def turn_off(store: Store, current: str) -> None:
    """The passphrase works alone from now on."""
    own, others = _own(store, current)
    made = Slot.make(slots.PASSPHRASE, current, store.data_key, own.cost, own.salt)
    duress.replace_own(store, made, others, keyring=b"")
    forget(store)


def forget(store: Store) -> None:
    """Forgets the secrets that no key file asks for any more, here and in the keyring."""
    before = keyring_secret.known(store)
    with contextlib.suppress(StorageError):
        store.set_meta(keyring_secret.KNOWN, [])
    for old in before:
        os_keyring.forget(old)
