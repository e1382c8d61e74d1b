"""The second secret of the passphrase slot, as the open vault knows it (decision 14).

The vault keeps the secret too, encrypted like everything in it: a new passphrase or duress
passphrase is then set without the keyring, and nothing is told to whom has the vault open that
they do not have already. The key file names the entry that it needs; whatever the vault remembers
beside it is of a change that a crash interrupted.
"""

from __future__ import annotations

from defenderdesk.errors import KeyringError, KeyringMissingError
from defenderdesk.vault.keys import os_keyring, slots
from defenderdesk.vault.storage.store import Store

KNOWN = "keyring"
"""Setting of the vault: [entry, secret] pairs; two while one replaces the other."""


def known(store: Store) -> dict[bytes, bytes]:
    """Entries and secrets that the vault remembers."""
    return {bytes(entry): bytes(secret) for entry, secret in store.meta(KNOWN, [])}


def held(store: Store) -> bytes:
    """The second secret that the key file asks for; empty where it asks for none. Raises
    `KeyringError`s."""
    entry = slots.load_keyring(store.profile)
    if not entry:
        return b""
    return known(store).get(entry) or os_keyring.fetch(entry)


def require_at_hand(store: Store) -> None:
    """Raises `KeyringMissingError` where a passphrase would not open the vault on this computer, for
    its keyring does not give the secret that the key file asks for."""
    entry = slots.load_keyring(store.profile)
    if not entry:
        return
    try:
        os_keyring.fetch(entry)
    except KeyringError as error:
        raise KeyringMissingError from error
