"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from defenderdesk.vault.coercion import attempt_limit, travel
from defenderdesk.vault.keys import keyring_secret
from defenderdesk.vault.storage.store import Store


class Coercion:
    """The door to `vault/coercion`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def changed(self) -> bool:
        """Tells whether the key file names another limit than the one that was chosen here."""
        return attempt_limit.changed(self._store)

    def choose(self, current: str, limit: int) -> None:
        """So many destroy the keys from now on; 0: nothing is counted. Raises
        `WrongPassphraseError`, `UsageError`."""
        attempt_limit.choose(self._store, current, limit)

    def chosen(self) -> int:
        """The number of wrong passphrases in a row that destroy the keys; 0 for none."""
        return attempt_limit.chosen(self._store)

    def put_back(self) -> None:
        """Puts back what was chosen, and begins a sound count: the owner was told."""
        attempt_limit.put_back(self._store)

    def restarted(self) -> bool:
        """Tells whether the count was missing or damaged, and began anew."""
        return attempt_limit.restarted(self._store)

    def require_at_hand(self) -> None:
        """Raises `KeyringMissingError` where a passphrase would not open the vault on this computer, for
        its keyring does not give the secret that the key file asks for."""
        keyring_secret.require_at_hand(self._store)


class Travel:
    """The door to `vault/coercion`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check_ready(self, passphrase: str) -> None:
        """Raises `WrongPassphraseError` unless it is the vault's."""
        travel.check(self._store, passphrase)

    def home(self) -> None:
        """With its desks it takes new keys, also where it never wrote with the ones before: those went
        through a border, and may have been copied there."""
        travel.home(self._store)

    def tell(self) -> None:
        """Says in the membership that this device is about to travel; the next exchange tells it."""
        travel.tell(self._store)

    def unconfirmed(self) -> list[travel.Left]:
        """The work that no office device has confirmed, desk by desk; empty: the laptop can go."""
        return travel.unconfirmed(self._store)

    def welcome(self, device: str) -> None:
        """A person spoke with the owner: the device is back and may be given its desks again."""
        travel.welcome(self._store, device)
