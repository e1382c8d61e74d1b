"""Whom an export is for, and the bundles it is cut into: for the folder, the file, the server."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from defenderdesk.bundle import manifest, writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.bundle.membership import Act
from defenderdesk.bundle.membership.acts import WITHDRAW
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient, Recipient, parse_recipient
from defenderdesk.errors import DamagedError, Message, NotFoundError, UsageError
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.replication import planning

ATTACHMENTS_PER_BUNDLE = 32 * 1024 * 1024
MAX_GRANTS = 400
"""Devices that one bundle brings a key to: an age header holds no more than about 600."""


@dataclass
class Audience:
    """Whom a bundle is for: what they hold, how it is sealed, whom the manifest names."""

    receipts: list[manifest.Receipt | None]
    seal: list[Recipient]
    named: tuple[bytes, ...] = ()


def resolve_device(vault: Vault, text: str) -> bytes | None:
    """A device by id, also by one that it had before it took new keys (people and scripts noted
    it), by a unique beginning of either, by member's name or device's name."""
    if len(text) >= 4:
        by_id = {
            one
            for device in vault.identity.roster.devices
            if signing.id_text(device).startswith(text.lower())
            for one in (device, *vault.identity.roster.heirs.get(device, ()))
            if one in vault.identity.members
        }
        if by_id:
            return _only(by_id, text)
    folded = text.casefold()
    named = {
        device
        for device, member in vault.identity.members.items()
        if folded in (member.member.casefold(), f"{member.member} ({member.name})".casefold())
    }
    return _only(named - {vault.identity.device} or named, text)


def _only(found: Set[bytes], text: str) -> bytes | None:
    if len(found) > 1:
        raise UsageError(what=Message("Several devices are called {name}; name one by its id", name=text))
    return next(iter(found), None)


def audience(vault: Vault, conn: Any, desk: DeskKeys, to: Sequence[str], everything: bool) -> Audience:
    """Whom an export is for. Raises `NotFoundError` for an unknown recipient."""
    devices: list[bytes] = []
    outside: list[Recipient] = []
    for text in to:
        if text.startswith("age1"):
            try:
                outside.append(parse_recipient(text))
            except DamagedError as error:
                raise UsageError(what=Message("{name}… is not an age recipient", name=text[:24])) from error
            continue
        device = resolve_device(vault, text)
        if device is None:
            raise NotFoundError(what=Message("device or member {name}", name=text))
        devices.append(device)
    if outside:
        sealed = [
            *outside,
            *(HybridRecipient(vault.identity.members[d].recipient) for d in devices),
        ]
        if len({r.postquantum for r in sealed}) > 1:
            raise UsageError(
                what="A classic age recipient cannot share a bundle with post-quantum ones; "
                "export to each by itself"
            )
        return Audience([None], sealed)
    if devices:
        receipts = [planning.receipt_of(conn, d, desk.num) for d in devices]
        return Audience([None] if everything else receipts, [desk.current], tuple(devices))
    others = [
        device
        for device, member in vault.identity.members.items()
        if device != vault.identity.device and desk.id in member.desks
    ]
    receipts = [planning.receipt_of(conn, d, desk.num) for d in others]
    return Audience([None] if everything or not others else receipts, [desk.current])


class Batches:
    """An export cut into bundles; shared by the folder, the file and the server."""

    def __init__(self, vault: Vault, conn: Any, desk: DeskKeys, whom: Audience, plan: planning.Plan) -> None:
        self.vault, self.conn, self.desk, self.whom, self.plan = vault, conn, desk, whom, plan
        own, log = vault.identity.device, vault.identity.log
        self.receipt = dataclasses.replace(
            planning.own_receipt(conn, desk, log.digest), since=log.beginnings(own, desk.id)
        )

    def manifest(self, parts: Sequence[manifest.Part], purpose: str = "exchange") -> Manifest:
        """The manifest of a bundle that holds these parts."""
        acts = members.act_data(self.conn) if self.plan.with_acts else []
        return Manifest(
            self.vault.identity.require_workspace(),
            self.desk.id,
            self.vault.identity.device,
            self.vault.now_ms(),
            self.whom.named,
            self.receipt,
            tuple(parts),
            tuple(acts),
            purpose,
        )

    def everything(
        self,
        extra: Sequence[Source] = (),
        purpose: str = "exchange",
        keep: Set[bytes] | None = None,
    ) -> tuple[Manifest, list[Source]]:
        """All of it as one bundle; `keep`: the content of these records only."""
        sources = [*extra, *planning.feed_sources(self.conn, self.plan.wanted, keep)]
        sources += [self.vault.replication.chunk_source(name, size) for name, size in self.plan.chunks]
        parts, sources = writer.measure(sources)
        return self.manifest(parts, purpose), sources

    # -- keys ---------------------------------------------------------------------------------

    def lacking(self) -> dict[bytes, bytes]:
        """The devices of the desk (device → recipient) that are not known to have the key which
        seals now. The first key came with their first bundle."""
        first = self.desk.sealing.epoch == 0
        wanted = self.whom.named or tuple(
            device
            for device, m in self.vault.identity.members.items()
            if device != self.vault.identity.device and self.desk.id in m.desks
        )
        out = {}
        for device in wanted:
            member = self.vault.identity.members[device]
            if member.travelling:
                continue
            receipt = planning.receipt_of(self.conn, device, self.desk.num)
            given = receipt or self._came_with(device)
            if first and given and not (member.returned and receipt is None):
                continue
            if receipt is None or receipt.key != self.receipt.key:
                out[device] = self.vault.identity.members[device].recipient
        return dict(list(out.items())[:MAX_GRANTS])

    def _came_with(self, device: bytes) -> bool:
        """Tells whether a device surely has the desk's first key. One that took another's place may
        be a copy from before the other made the desk, or was given it."""
        member = self.vault.identity.roster.devices[device]
        return self.desk.id in member.first_desks and len(member.line) == 1

    def grants(self) -> list[Source]:
        """The grants for those who lack the key; the bundle must then be sealed to them, too."""
        lacking = self.lacking()
        self.whom.seal += [HybridRecipient(r) for r in lacking.values()]
        return [self._grant(device, r) for device, r in lacking.items()]

    def _grant(self, device: bytes, recipient: bytes) -> Source:
        names = planning.grantable(
            self.vault.identity.roster,
            self.desk.id,
            self.vault.identity.log.keys_for(self.desk.id, device),
        )
        workspace = self.vault.identity.require_workspace()
        return planning.grant_source(self.desk, workspace, device, recipient, names)

    def key_bundle(self, lacking: dict[bytes, bytes]) -> tuple[Manifest, list[Source]]:
        """A bundle with the membership and the desk's key, for those who cannot open others."""
        parts, sources = writer.measure(self._grant(d, r) for d, r in lacking.items())
        self.plan.with_acts = True
        made = self.manifest(parts, manifest.KEYS)
        return dataclasses.replace(made, recipients=tuple(lacking)), sources

    def newcomers(self) -> dict[bytes, bytes]:
        """The devices that the desk was given and that do not hold it yet, as far as is known:
        they do not know its mailbox either. What one that lost it once said may be of before."""
        lost = {act.detail[0] for act in self.withdrawals()}
        return {
            device: recipient
            for device, recipient in self.lacking().items()
            if not lost.isdisjoint(self.vault.identity.roster.devices[device].line)
            or (not self._came_with(device) and planning.receipt_of(self.conn, device, self.desk.num) is None)
        }

    def withdrawals(self) -> list[Act]:
        """The acts that took the desk from a device."""
        return [
            act
            for act in self.vault.identity.log.acts
            if act.kind == WITHDRAW and act.detail[1] == self.desk.id
        ]

    # -- contents -----------------------------------------------------------------------------

    def changes(self) -> tuple[Manifest, list[Source]]:
        """The bundle of changes."""
        parts, sources = writer.measure(planning.feed_sources(self.conn, self.plan.wanted))
        return self.manifest(parts), sources

    def attachments(self) -> Iterator[list[tuple[bytes, int]]]:
        """The chunks, in batches of one bundle each."""
        batch: list[tuple[bytes, int]] = []
        size = 0
        for name, length in self.plan.chunks:
            if batch and size + length > ATTACHMENTS_PER_BUNDLE:
                yield batch
                batch, size = [], 0
            batch.append((name, length))
            size += length
        if batch:
            yield batch

    def attachment_bundle(self, batch: Sequence[tuple[bytes, int]]) -> tuple[Manifest, list[Source]]:
        """The bundle of one batch of chunks."""
        parts, sources = writer.measure(
            self.vault.replication.chunk_source(name, size) for name, size in batch
        )
        return self.manifest(parts), sources

    def label(self, content: str) -> str:
        """A short name of one bundle's content for one audience, that says nothing outside."""
        secret = hashlib.sha256(b"defenderdesk.org/v1/file-name\x00" + self.desk.box)
        for recipient in sorted(str(r) for r in self.whom.seal if not hasattr(r, "key")):
            secret.update(recipient.encode())
        for device in self.whom.named:
            secret.update(device)
        secret.update(self.vault.identity.device + content.encode())
        return secret.hexdigest()[:20]
