"""Enrolment in its simple form: invitation, join file, approval; the same short words on both
sides tell the two people that nobody stands between them.

1. The office writes an invitation: workspace, desk, the office device's keys, a secret token.
2. The laptop answers with a join file, sealed to the office: its keys, its member's name, and
   proof that it read the invitation.
3. Both compare six words (they are made of the hashes of invitation and join file), by voice or
   in person. The office approves: it admits the device and writes its first bundle.

Specified in `docs/format/membership.md`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defenderdesk import files
from defenderdesk.bundle import manifest, membership, writer
from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridRecipient, open_bytes
from defenderdesk.errors import (
    DamagedError,
    MoreMustAgreeError,
    NewerError,
    NotForUsError,
)
from defenderdesk.sync.bundles.plan import Audience, Batches
from defenderdesk.sync.enrolment.invitation import VERSION, read_small
from defenderdesk.sync.enrolment.join_request import JOIN, PROOF, JoinRequest, words_of
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.replication import history_cut_off, planning
from defenderdesk.vault.types import Progress

INVITATION_SUFFIX, JOIN_SUFFIX = ".ddinvite", ".ddjoin"


@dataclass(frozen=True)
class ApproveReport:
    """After `approve`: who was let in, and what the first bundle carries."""

    words: list[str]
    member: str
    device: str
    desk: str
    changes: int
    attachments: int
    bundle: Path


def read_join(vault: Vault, path: Path) -> JoinRequest:
    """The request of a join file, checked; nothing is granted yet."""
    return check_join(vault, read_small(path))


def check_join(vault: Vault, data: bytes) -> JoinRequest:
    """The request in a join file's bytes. Raises if it does not answer one of our invitations."""
    vault.identity.require_administrator()
    opened = open_bytes(data, [vault.identity.require_identity()])
    what = "it is not a join file"
    if len(opened) < 65:
        raise DamagedError(what=what)
    value = canonical.decode(opened[64:], what)
    if type(value) is list and value and type(value[0]) is int and value[0] > VERSION:
        raise NewerError(what="a join file")
    if type(value) is not list or len(value) != 9 or not canonical.is_version(value[0], VERSION):
        raise DamagedError(what=what)
    _, workspace, desk, member, key, recipient, token, proof, consent = value
    sized = (
        (workspace, 16),
        (desk, 16),
        (key, 32),
        (recipient, 1216),
        (token, 16),
        (proof, 32),
        (consent, 64),
    )
    if (
        not all(type(v) is bytes and len(v) == size for v, size in sized)
        or type(member) is not str
        or not 0 < len(member) <= membership.MAX_NAME
    ):
        raise DamagedError(what=what)
    signing.verify(key, JOIN, opened[64:], opened[:64], "the join file")
    acts.check_consent(workspace, key, recipient, member, consent)
    HybridRecipient(recipient)
    if workspace != vault.identity.workspace:
        raise NotForUsError
    known: Any = vault.settings.get("invitations", {}).get(signing.id_text(token))
    if known is None or known[0] != desk:
        raise DamagedError(what="it answers no invitation of this device")
    if known[3] and known[3] != membership.device_id(key):
        raise DamagedError(what="this invitation was already answered by another device")
    right = hashlib.sha256(PROOF + token + known[1] + key).digest()
    if not hmac.compare_digest(right, proof):
        raise DamagedError(what="it does not prove that it read the invitation")
    with vault.snapshot() as conn:
        names = {d.id: d.name for d in members.desk_keys(conn, vault.identity.roster)}
    return JoinRequest(
        member,
        words_of(known[1], opened[64:], known[2]),
        names.get(desk, ""),
        signing.id_text(membership.device_id(key)),
        key,
        recipient,
        desk,
        token,
        consent,
    )


def approve(
    vault: Vault,
    join_file: Path,
    out: Path,
    *,
    history: bool = True,
    since_ms: int = 0,
    progress: Progress | None = None,
) -> ApproveReport:
    """Admits the device that asks, and writes its first bundle: the membership, the desk's
    keys, and (`history`) everything the desk holds, or the cases that were worked on since then
    (`since_ms`). The two people compared the words before."""
    request = read_join(vault, join_file)
    files.outside(vault.profile, out)
    admit(vault, request, since_ms)
    with vault.snapshot() as conn:
        contents, sources, changes, chunks = first_contact(vault, conn, request, history)
        with files.whole(out) as target:
            writer.write(
                target,
                contents,
                sources,
                vault.identity.require_signing_key(),
                [HybridRecipient(request.recipient)],
                progress,
            )
    finish(vault, request)
    return ApproveReport(request.words, request.member, request.device, request.desk, changes, chunks, out)


def admit(vault: Vault, request: JoinRequest, since_ms: int = 0) -> None:
    """Admits the device; `since_ms`: its history begins then (0: all). Raises
    `MoreMustAgreeError` while more administrators must agree: the request stays good."""
    vault.identity.rekey_if_stale()  # a first bundle brings the whole membership
    admitted = vault.members.admit(
        request.signing_key,
        request.recipient,
        request.member,
        request.consent,
        [request.desk_id],
        since=since_ms,
    )
    if not admitted:
        raise MoreMustAgreeError(what=request.member)


def finish(vault: Vault, request: JoinRequest) -> None:
    """The invitation was answered; it serves the same device again, and nobody else."""
    with vault.transaction():
        pending = vault.settings.get("invitations", {})
        known = pending.get(signing.id_text(request.token))
        if known:
            known[3] = membership.device_id(request.signing_key)
        vault.settings.put("invitations", pending)


def first_contact(
    vault: Vault, conn: Any, request: JoinRequest, history: bool
) -> tuple[manifest.Manifest, list[writer.Source], int, int]:
    """The first bundle of a device: (manifest, sources, changes, attachment chunks)."""
    keys = next(d for d in members.desk_keys(conn, vault.identity.roster) if d.id == request.desk_id)
    device = membership.device_id(request.signing_key)
    mine = planning.own_receipt(conn, keys, vault.identity.log.digest)
    receipt = None if history else Receipt(mine.holds)
    plan = planning.plan(conn, keys, mine, [receipt])
    plan.with_acts = True
    whom = Audience([receipt], [HybridRecipient(request.recipient)], (device,))
    member = vault.identity.roster.devices[device]
    keep = history_cut_off.records_since(conn, keys.num, member.since) if member.since else None
    if keep is not None:
        kept = history_cut_off.chunks_of(conn, keys.num, keep)
        plan.chunks = [(name, size) for name, size in plan.chunks if name in kept]
    names = planning.grantable(vault.identity.roster, keys.id, vault.identity.log.keys_for(keys.id, device))
    grant = planning.grant_source(keys, vault.identity.workspace, device, request.recipient, names)
    batches = Batches(vault, conn, keys, whom, plan)
    contents, sources = batches.everything([grant], manifest.FIRST_CONTACT, keep)
    return contents, sources, plan.changes, len(plan.chunks)
