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
from defenderdesk.sync.server.paging import Listed
from defenderdesk.sync.server.place import Place
from defenderdesk.sync.server.transfer import upload
from defenderdesk.sync.server.travel_return import LIED, take_one
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.replication import planning
from defenderdesk.vault.types import Snapshot

_MOST = 5000
TOLD_OF_A_DESK = 3
"""Devices of each desk that an administrator without it tells of the membership."""


def look(vault: Vault, client: Client, epoch: str, report: alerts.Seen) -> None:
    """Takes in what lies there."""
    box = roll.door(vault.identity.require_workspace(), vault.identity.device)
    name = f"doorstep.{epoch}.{box}"  # with new keys there is another door
    folder = vault.profile / files.SYNC
    files.make_folder(folder)
    place = Place.of(vault.settings.get(name, 0))

    def take(one: Listed) -> bool:
        received = take_one(vault, client, folder, box, one)
        if received:
            alerts.add_seen(report, received)
        return received is not LIED

    place.read(client, box, take, lambda: vault.settings.put(name, place.value()))


def bring(vault: Vault, client: Client, epoch: str) -> None:
    """Lays before each door what this device knows to be lacking there: an administrator's device,
    and where none holds the desk, those that answer for it."""
    done = _Brought(vault, client, epoch)
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
                    done.note(mark, _lay(vault, client, device, *batches.key_bundle({device: recipient})))
            for device, taken in word.overtaken().items():
                mark = _mark(device, taken)
                if mark not in done:
                    done.note(mark, _lay(vault, client, device, *word.word_to(device, taken)))
            for mark, device in word.left().items() if administers else ():
                if mark not in done:
                    done.note(mark, _lay(vault, client, device, *word.farewell(device)))
        if administers:
            for desk_id, device in _elsewhere(vault):
                mark = _mark(device, desk_id, vault.identity.log.digest)
                if mark not in done:
                    done.note(
                        mark, _lay(vault, client, device, _membership(vault, conn, desk_id, device), [])
                    )


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


class _Brought:
    """The words that were laid before doors, and where: with each run of the server that is new it is looked
    whether it lies there still, for a backup may have been put back meanwhile."""

    def __init__(self, vault: Vault, client: Client, epoch: str) -> None:
        self._vault, self._name = vault, f"brought.{epoch}"
        kept: list[Any] = vault.settings.get(self._name, [])
        self._run = client.generation
        self._laid: dict[bytes, list[Any]] = {}
        run = ""
        for one in kept:
            if isinstance(one, str):
                run = one
            elif isinstance(one, bytes):  # of an earlier program, which did not note where
                self._laid[one] = ["", 0, ""]
            else:
                self._laid[bytes(one[0])] = list(one[1:])
        if run != self._run:
            self._look(client)
            self._keep()

    def __contains__(self, mark: bytes) -> bool:
        return mark in self._laid

    def note(self, mark: bytes, where: list[Any]) -> None:
        """Notes what was laid: mailbox, number there, SHA-256."""
        self._laid[mark] = where
        self._keep()

    def _look(self, client: Client) -> None:
        there: dict[str, dict[int, str]] = {}
        for box, seq, _ in self._laid.values():
            if seq and box not in there:
                first = min(n for other, n, _ in self._laid.values() if other == box)
                pages = paging.pages(client, box, first - 1, b"")
                there[box] = {one.seq: one.sha256 for page in pages for one in page.bundles}
        self._laid = {
            mark: [box, seq, sha256]
            for mark, (box, seq, sha256) in self._laid.items()
            if not seq or there[box].get(seq) == sha256
        }

    def _keep(self) -> None:
        laid = [[mark, *where] for mark, where in self._laid.items()]
        self._vault.settings.put(self._name, [self._run, *laid[-_MOST:]])


def _lay(
    vault: Vault,
    client: Client,
    device: bytes,
    contents: Manifest,
    sources: list[Source],
) -> list[Any]:
    out = BytesIO()
    seal: list[Any] = [HybridRecipient(vault.identity.roster.devices[device].recipient)]
    writer.write(out, contents, sources, vault.identity.require_signing_key(), seal, None)
    data = out.getvalue()
    box = roll.door(vault.identity.require_workspace(), device)
    sha256 = hashlib.sha256(data).hexdigest()
    return [box, upload(client, box, BytesIO(data), len(data), sha256, None), sha256]
