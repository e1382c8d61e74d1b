"""What is laid before one device's door on the server: desks that it was given and whose mailbox it
does not know yet, and word that one was taken from it, which it could not open any more.

Each device has a mailbox of its own for that, named after it; everything in it is sealed to that
device and made by an administrator's.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

from defenderdesk.bundle import writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto.age import HybridRecipient
from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import exchange, introduction, policy, said
from defenderdesk.sync.batches import Audience, Batches
from defenderdesk.sync.client import Client
from defenderdesk.sync.homecoming import take_one
from defenderdesk.sync.transfer import PAGE, upload
from defenderdesk.vault import Vault, files, members, outgoing

_BOX = b"defenderdesk.org/v1/device-box"


def box_of(workspace: bytes, device: bytes) -> str:
    """The name of a device's own mailbox."""
    return hashlib.sha256(_BOX + workspace + device).hexdigest()[:32]


def look(vault: Vault, client: Client, epoch: str, report: said.Seen) -> None:
    """Takes in what lies there."""
    store = vault.store
    box, name = box_of(store.need_workspace(), store.device), f"doorstep.{epoch}"
    cursor, anew = int(store.meta(name, 0)), False
    folder = vault.profile / "sync"
    files.make_folder(folder)
    while True:
        page = client.json("GET", f"/v1/mailboxes/{box}?after={cursor}&limit={PAGE}")
        found, last = page.get("bundles"), page.get("last")
        if not isinstance(found, list) or not isinstance(last, int):
            raise NoSafeLinkError(reason=policy.MISBEHAVES)
        if last < cursor:  # rolled back: what it still has is read again, once
            if anew or last < 0:
                raise NoSafeLinkError(reason=policy.MISBEHAVES)
            cursor, anew = 0, True
            continue
        if not found:
            return
        for item in found:
            cursor, received = take_one(vault, client, folder, box, item, cursor)
            if received is not None:
                exchange.add_seen(report, received)
        store.set_meta(name, cursor)


def bring(vault: Vault, client: Client, epoch: str) -> None:
    """Lays before each door what this administrator's device knows to be lacking there, once."""
    if not introduction.may_administer(vault):
        return
    store, name = vault.store, f"brought.{epoch}"
    done: list[bytes] = store.meta(name, [])
    with store.snapshot() as conn:
        for desk in members.desk_keys(conn, store.roster):
            batches = Batches(vault, conn, desk, Audience([None], []), outgoing.Plan())
            wanted = {
                hashlib.sha256(device + batches.receipt.key).digest()[:16]: device
                for device in batches.newcomers()
            }
            for mark, device in wanted.items():
                if mark not in done:
                    recipient = store.members[device].recipient
                    _lay(vault, client, device, *batches.key_bundle({device: recipient}))
                    done = _noted(vault, name, done, mark)
            for mark, device in batches.left().items():
                if mark not in done:
                    _lay(vault, client, device, *batches.farewell(device))
                    done = _noted(vault, name, done, mark)


def _noted(vault: Vault, name: str, done: list[bytes], mark: bytes) -> list[bytes]:
    kept = [*done, mark][-5000:]
    vault.store.set_meta(name, kept)
    return kept


def _lay(
    vault: Vault, client: Client, device: bytes, contents: Manifest,
    sources: list[Source],
) -> None:  # fmt: skip
    store, out = vault.store, BytesIO()
    seal: list[Any] = [HybridRecipient(store.roster.devices[device].recipient)]
    writer.write(out, contents, sources, store.need_signing_key(), seal, None)
    data = out.getvalue()
    box = box_of(store.need_workspace(), device)
    upload(client, box, BytesIO(data), len(data), hashlib.sha256(data).hexdigest(), None)
