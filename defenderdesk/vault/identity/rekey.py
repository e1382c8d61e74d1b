"""A new identity for a device of which two histories exist, or whose key could decide too much.

A restored backup or a cloned laptop has the keys of a device that went on elsewhere. Whichever of
the two sees it first takes new keys and says so in the log, with the old key: it keeps its member,
role and desks, and nobody needs to be asked. What both wrote stays.

An administrator's key from the days when fewer had to agree could still sign as of then, in the
hands of a thief with a program of their own (`bundle/membership/stale_authority.py`). Before anybody hears
that more have to agree now, the device takes a new key and destroys that one.

What was sealed to the keys before, and to them alone (a piece of an emergency package, a share of a
colleague's recovery), is still opened with them for a while, so that it can be sealed anew.
"""

from __future__ import annotations

from defenderdesk.bundle.membership import Log, acts
from defenderdesk.crypto.age import HybridIdentity
from defenderdesk.vault.identity import members
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store

FORMER = "successions"
"""[[device, key of the one that took its place, what its key said of that]], the oldest first, for
a server that knows an older one only: the keys themselves are gone."""

_OPENERS = "former_identities"
"""[[what opened what was sealed to an identity before, since when it is one of before]]."""
KEPT_FOR = 90 * 24 * 3600 * 1000
"""Milliseconds that it is kept: long enough to hear from every colleague once."""
_MOST = 8


def succeed(store: Store, conn: Connection, log: Log, *, copied: bool = True) -> bool:
    """Takes a new identity inside the caller's write; False where this device may not any more.
    The caller loads the identity once the write is done. `copied`: somebody else may have the
    keys, so what opens what is sealed to it is new as well."""
    own = log.roster.devices.get(store.device)
    if own is None or own.removed or not log.may_renew(store.device):
        return False
    old, before, now = store.require_signing_key(), store.require_identity(), store.now_ms()
    key, identity = members.new_keys(store, None if copied else before)
    detail = acts.succession(log.workspace, store.device, key, identity.recipient.public)
    made = log.make(old, acts.SUCCEED, detail, now)
    members.keep_acts(conn, [made])
    vouched = [store.device, key.public, acts.vouch(old, key.public)]
    store.set_meta(FORMER, [*store.meta(FORMER, [], conn), vouched])
    if copied:
        kept = [*store.meta(_OPENERS, [], conn), [before.seed, now]]
        store.set_meta(_OPENERS, kept[-_MOST:])
    return True


def rekey_if_stale(store: Store) -> bool:
    """Takes a new signing key where the one of now could decide what more must agree to today;
    whether it did. To be called before anything of the membership leaves this laptop."""
    own = store.members.get(store.device)
    if own is None or own.travelling or not store.log.has_stale_authority(store.device):
        return False
    with store.writing() as conn:
        renewed = succeed(store, conn, store.log.copy(), copied=False)
        store.set_meta("clean_wanted", True)  # nor in a free page of the database
    store.load_identity()
    return renewed


def names(store: Store) -> tuple[bytes, ...]:
    """The ids that this device has and had: who writes to it may not know yet of its new keys."""
    own = store.roster.devices.get(store.device)
    return own.line if own else (store.device,)


def openers(store: Store) -> list[HybridIdentity]:
    """The identities that open what was sealed to this device, or to one whose place it took of
    late."""
    former = reversed(store.meta(_OPENERS, []))
    return [
        store.require_identity(),
        *(HybridIdentity.from_seed(bytes(seed)) for seed, _ in former),
    ]


def forget(store: Store) -> None:
    """Forgets identities that were replaced long ago."""
    kept, now = store.meta(_OPENERS, []), store.now_ms()
    young = [one for one in kept if abs(now - one[1]) < KEPT_FOR]
    if len(young) < len(kept):
        store.set_meta(_OPENERS, young)


def followed(store: Store, device: bytes) -> bool:
    """Tells whether this device is the one, or took its place."""
    latest = store.roster.latest(device)
    return latest is not None and latest.device == store.device
