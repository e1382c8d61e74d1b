"""The mailbox of one device on the server: desks that it was given and whose mailbox it
does not know yet, and word that one was taken from it, which it could not open any more.

Each device has a mailbox of its own for that, named after it; everything in it is sealed to that
device and made by an administrator's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from defenderdesk import files
from defenderdesk.bundle import writer
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.bundle.membership import limits, roll
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient
from defenderdesk.sync import alerts
from defenderdesk.sync.bundles.notices import Word
from defenderdesk.sync.bundles.plan import Audience, Batches
from defenderdesk.sync.server import paging, registration
from defenderdesk.sync.server.client import Client
from defenderdesk.sync.server.transfer import upload
from defenderdesk.sync.server.travel_return import take_one
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.replication import planning
from defenderdesk.vault.types import Snapshot

TOLD_OF_A_DESK = 3
"""Devices of each desk that an administrator without it tells of the membership."""


def look(vault: Vault, client: Client, epoch: str, report: alerts.Seen) -> None:
    """Takes in what lies there."""
    box = roll.door(vault.identity.require_workspace(), vault.identity.device)
    name = f"doorstep.{epoch}.{box}"  # with new keys there is another door
    folder = vault.profile / files.SYNC
    files.make_folder(folder)
    for page in paging.pages(client, box, int(vault.settings.get(name, 0))):
        for one in page.bundles:
            received = take_one(vault, client, folder, box, one)
            if received is not None:
                alerts.add_seen(report, received)
        vault.settings.put(name, page.bundles[-1].seq if page.bundles else 0)


def bring(vault: Vault, client: Client, epoch: str) -> None:
    """Lays before each door what this device knows to be lacking there: an administrator's device,
    and where none holds the desk, those that answer for it."""
    name = f"brought.{epoch}"
    done: list[bytes] = vault.settings.get(name, [])
    administers = registration.may_administer(vault)
    with vault.snapshot() as conn:
        for desk in members.desk_keys(conn, vault.identity.roster):
            leads = vault.identity.device in administer.leaders(
                conn, vault.identity.log, desk, vault.identity.device
            )
            if not (administers or leads):
                continue
            batches = Batches(vault, conn, desk, Audience([None], []), planning.Plan())
            word, receipt = Word(batches), batches.receipt
            wanted = {  # again under another membership: it may have come while it did not count
                _mark(device, receipt.key, receipt.roster): device for device in batches.newcomers()
            }
            for mark, device in wanted.items():
                if mark not in done:
                    recipient = vault.identity.members[device].recipient
                    _lay(vault, client, device, *batches.key_bundle({device: recipient}))
                    done = _noted(vault, name, done, mark)
            for device, taken in word.overtaken().items():
                mark = _mark(device, taken)
                if mark not in done:
                    _lay(vault, client, device, *word.word_to(device, taken))
                    done = _noted(vault, name, done, mark)
            for mark, device in word.left().items() if administers else ():
                if mark not in done:
                    _lay(vault, client, device, *word.farewell(device))
                    done = _noted(vault, name, done, mark)
        if administers:
            for desk_id, device in _elsewhere(vault):
                mark = _mark(device, desk_id, vault.identity.log.digest)
                if mark not in done:
                    _lay(vault, client, device, _membership(vault, conn, desk_id, device), [])
                    done = _noted(vault, name, done, mark)


def _elsewhere(vault: Vault) -> Iterator[tuple[bytes, bytes]]:
    """(desk, device) of who would not hear of a removal: of each desk that this device does not
    hold a few of the highest role; they tell the others."""
    held = {signing.id_bytes(desk.id) for desk in vault.info().desks}
    for desk in vault.identity.roster.keys.keys() - held:
        holding = [m for m in vault.identity.members.values() if desk in m.desks and not m.travelling]
        holding.sort(key=lambda m: (-limits.ROLES.index(m.role), m.device))
        for member in holding[:TOLD_OF_A_DESK]:
            if member.device != vault.identity.device:
                yield desk, member.device


def _membership(vault: Vault, conn: Snapshot, desk: bytes, device: bytes) -> Manifest:
    """The membership alone, for a device of a desk that is not held here."""
    receipt = Receipt({}, (), False, vault.identity.log.digest)
    return Manifest(
        vault.identity.require_workspace(),
        desk,
        vault.identity.device,
        vault.now_ms(),
        (device,),
        receipt,
        (),
        tuple(members.act_data(conn)),
        "exchange",
    )


def _mark(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def _noted(vault: Vault, name: str, done: list[bytes], mark: bytes) -> list[bytes]:
    kept = [*done, mark][-5000:]
    vault.settings.put(name, kept)
    return kept


def _lay(
    vault: Vault,
    client: Client,
    device: bytes,
    contents: Manifest,
    sources: list[Source],
) -> None:
    out = BytesIO()
    seal: list[Any] = [HybridRecipient(vault.identity.roster.devices[device].recipient)]
    writer.write(out, contents, sources, vault.identity.require_signing_key(), seal, None)
    data = out.getvalue()
    box = roll.door(vault.identity.require_workspace(), device)
    upload(client, box, BytesIO(data), len(data), hashlib.sha256(data).hexdigest(), None)
