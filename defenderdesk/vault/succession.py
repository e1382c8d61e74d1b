"""A new identity for a device of which two histories exist.

A restored backup or a cloned laptop has the keys of a device that went on elsewhere. Whichever of
the two sees it first takes new keys and says so in the log, with the old key: it keeps its member,
role and desks, and nobody needs to be asked. What both wrote stays.
"""

from __future__ import annotations

from defenderdesk.bundle.membership import Log, acts
from defenderdesk.vault import members
from defenderdesk.vault.database import Connection
from defenderdesk.vault.store import Store

FORMER = "former_seeds"
"""Signing seeds of the identities before, until the server knows the new one."""


def succeed(store: Store, conn: Connection, log: Log) -> bool:
    """Takes a new identity inside the caller's write; False where this device may not any more.
    The caller loads the identity once the write is done."""
    own = log.roster.devices.get(store.device)
    if own is None or own.removed:
        return False
    old = store.need_signing_key()
    key, identity = members.new_keys(store)
    made = log.make(old, acts.SUCCEED, [key.public, identity.recipient.public], store.now_ms())
    members.keep_acts(conn, [made])
    store.set_meta(FORMER, [*store.meta(FORMER, [], conn), old.seed])
    return True
