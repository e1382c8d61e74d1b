"""The attempt limit, which an owner may choose: so many wrong passphrases in a row destroy the keys
(decision 21).

By default nothing is counted and nothing destroyed. The number stands in the key file, readable
before anything opens; the vault remembers what was chosen, and so sees when somebody else changed
it. Each try is on the disk before it is made (`vault.keys.attempt_log`). The last one is made only
when it is asked for by name; one that was interrupted destroys nothing, and closes the door to
passphrases.

Not counted: the recovery code and the secret of administrators, which nobody guesses (130 and 256
bits) and which are the way out; a passphrase given inside the open vault; a backup. Whoever
copies the disk guesses at the copy, uncounted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from defenderdesk.errors import LockedError, Message, StorageError, UsageError, WrongPassphraseError
from defenderdesk.vault.coercion import duress
from defenderdesk.vault.keys import attempt_log, os_keyring, slots
from defenderdesk.vault.storage.store import Store

FEW = 3
"""So many are left, or fewer: then it is shown."""


class FewTriesError(WrongPassphraseError):
    """The same, where wrong passphrases are counted and few are left."""

    code = "few-tries"
    text = "This passphrase does not open the vault. Tries left before its keys are destroyed: {n}."
    next_step = "Take your time. The recovery code opens the vault as well, and is not counted."


class LastTryError(LockedError):
    """One try is left; nothing was tried yet."""

    code = "last-try"
    text = "This is the last try: if this passphrase is wrong as well, the keys of this vault are destroyed."
    next_step = (
        "Nothing was tried yet. Use the recovery code, which is not counted; or, if you are sure, "
        "the last try (--last-try)."
    )


class NoTriesError(LockedError):
    """The last try began and did not end: nothing is destroyed by that, and nothing is tried."""

    code = "no-tries"
    text = "The last try was interrupted. No passphrase is tried any more; nothing is destroyed."
    next_step = "Use the recovery code, or the help of administrators; then the count begins anew."


class DestroyedError(LockedError):
    """So many wrong passphrases as the owner chose: the key slots are destroyed."""

    code = "keys-destroyed"
    text = "{n} wrong passphrases in a row: the keys of this vault are destroyed, as its owner chose."
    next_step = (
        "Nothing on this laptop can be read any more. What the office holds comes back when you "
        "join anew; a backup can be restored."
    )


def left(profile: Path) -> int | None:
    """Tries left where they are few; None where they are not, or where nothing is counted."""
    limit = slots.load_limit(profile)
    rest = max(limit - attempt_log.count(profile), 0) if limit else FEW + 1
    return rest if rest <= FEW else None


def unlock(profile: Path, secret: str, *, last: bool = False) -> bytes:
    """The data key, by passphrase (see `duress.unlock`). `last`: also if it is the last try. The
    caller holds the profile's lock. Raises `WrongPassphraseError`s, `LastTryError`,
    `NoTriesError`, `DestroyedError`."""
    if not secret:
        raise WrongPassphraseError  # no vault has it: a key pressed too early is no try
    slots.load(profile)  # a key file that cannot be read is said before anything counts
    return counted(profile, lambda: duress.unlock(profile, secret), last=last)


def counted(profile: Path, attempt: Callable[[], bytes], *, last: bool = False) -> bytes:
    """The result of `attempt`, as a try of those that the owner allowed."""
    limit = slots.load_limit(profile)
    if not limit:
        return attempt()
    tried = attempt_log.count(profile)
    if tried >= limit:
        raise NoTriesError
    if tried == limit - 1 and not last:
        raise LastTryError
    place = attempt_log.mark(profile)
    try:
        found = attempt()
    except WrongPassphraseError as error:
        rest = limit - tried - 1
        if not rest:
            destroy(profile)
            raise DestroyedError(n=limit) from error
        if rest <= FEW:
            raise FewTriesError(n=rest) from error
        raise
    except Exception:  # a locked keyring, no memory: whether it was right, nobody learnt
        attempt_log.unmark(profile, place)
        raise
    attempt_log.clear(profile)
    return found


def right(profile: Path) -> None:
    """Somebody proved that they may: the count begins anew."""
    if slots.load_limit(profile):
        attempt_log.clear(profile)


def destroy(profile: Path) -> None:
    """The end of the keys, and of what they opened."""
    entry = slots.load_keyring(profile)
    duress.destroy(profile)
    if entry:
        os_keyring.forget_soon(entry)


# -- in the open vault ---------------------------------------------------------------------------


def chosen(store: Store) -> int:
    """The number of wrong passphrases in a row that destroy the keys; 0 for none."""
    return slots.load_limit(store.profile)


def choose(store: Store, current: str, limit: int) -> None:
    """So many destroy the keys from now on; 0: nothing is counted. Raises
    `WrongPassphraseError`, `UsageError`."""
    if limit and not slots.FEWEST <= limit <= slots.MOST:
        raise UsageError(
            what=Message(
                "Between {few} and {many} wrong passphrases can be chosen",
                few=slots.FEWEST,
                many=slots.MOST,
            )
        )
    duress.proven(store, current)
    if limit:
        attempt_log.begin(store.profile)
    store.set_meta(attempt_log.CHOSEN, [*store.meta(attempt_log.CHOSEN, [0]), limit])
    _save(store.profile, limit)
    with contextlib.suppress(StorageError):  # it is done: a full disk must not call it failed
        store.set_meta(attempt_log.CHOSEN, [limit])
    if not limit:
        attempt_log.remove(store.profile)


def _save(profile: Path, limit: int) -> None:
    slots.save(profile, slots.load(profile), limit=limit)


def changed(store: Store) -> bool:
    """Tells whether the key file names another limit than the one that was chosen here."""
    return chosen(store) not in store.meta(attempt_log.CHOSEN, [0])


def restarted(store: Store) -> bool:
    """Tells whether the count was missing or damaged, and began anew."""
    return bool(chosen(store)) and attempt_log.anew(store.profile)


def put_back(store: Store) -> None:
    """Puts back what was chosen, and begins a sound count: the owner was told."""
    if changed(store):
        limit = int(store.meta(attempt_log.CHOSEN, [0])[-1])
        if limit:
            attempt_log.begin(store.profile)
        _save(store.profile, limit)
    elif chosen(store):
        attempt_log.told(store.profile)
