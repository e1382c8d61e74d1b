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
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defenderdesk.bundle import manifest, membership, writer
from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridRecipient, open_bytes, seal_bytes
from defenderdesk.errors import (
    DamagedError,
    MoreMustAgreeError,
    NewerError,
    NoSpaceError,
    NotForUsError,
    NotFoundError,
    Says,
    UsageError,
)
from defenderdesk.sync import link_policy
from defenderdesk.sync.bundles.exchange import Progress
from defenderdesk.sync.bundles.plan import Audience, Batches
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members, rekey
from defenderdesk.vault.membership import administer
from defenderdesk.vault.records import writing
from defenderdesk.vault.replication import history_cut_off, planning
from defenderdesk.vault.storage import files

INVITATION_SUFFIX, JOIN_SUFFIX = ".ddinvite", ".ddjoin"
VERSION = 1
_MAX_FILE = 64 * 1024
_INVITE_MAGIC = b"DDINVIT\x01"
_INVITE = b"defenderdesk.org/v1/invitation"
_JOIN = b"defenderdesk.org/v1/join"
_PROOF = b"defenderdesk.org/v1/join-proof\x00"
_WORDS = b"defenderdesk.org/v1/words\x00"
WORD_COUNT = 6
"""66 bits: nobody who stands between the two can try enough keys to meet them."""
_WORD_LISTS = {"en": "english", "fr": "french", "es": "spanish"}


@dataclass(frozen=True)
class Invitation:
    """What an invitation file says. `token`: 16 secret bytes; `server`: address or empty."""

    workspace: bytes
    workspace_name: str
    desk: bytes
    desk_name: str
    signing_key: bytes
    recipient: bytes
    token: bytes
    language: str
    server: str
    digest: bytes = b""


@dataclass(frozen=True)
class JoinReport:
    """After `join`: the words to compare, and the workspace that was asked."""

    words: list[str]
    workspace: str
    desk: str


@dataclass(frozen=True)
class JoinRequest:
    """What a join file asks for: compare the words before you approve."""

    member: str
    words: list[str]
    desk: str
    device: str
    signing_key: bytes
    recipient: bytes
    desk_id: bytes
    token: bytes
    consent: bytes


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


def read_small(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=files.regular) as source:
            data = source.read(_MAX_FILE + 1)
    except FileNotFoundError as error:
        raise NotFoundError(what=Says("file {name}", name=path.name)) from error
    except IsADirectoryError as error:
        raise UsageError(what=Says("{name} is a folder", name=path.name)) from error
    except OSError as error:
        raise NoSpaceError(what=error.strerror or "reading the file") from error
    if len(data) > _MAX_FILE:
        raise DamagedError(what="it is too large for what it should be")
    return data


def invite(vault: Vault, out: Path, desk: str | None = None) -> None:
    """Writes an invitation to one desk. It opens nothing by itself; whoever has it can ask."""
    store = vault.store
    members.need_administrator(store)
    files.outside(vault.profile, out)
    with store.snapshot() as conn:
        num = writing.desk_number(store, conn, desk)
        keys = next(d for d in members.desk_keys(conn, store.roster) if d.num == num)
    token = os.urandom(16)
    info = vault.info()
    statement = canonical.encode(
        [
            VERSION,
            store.workspace,
            info.workspace,
            keys.id,
            keys.name,
            store.need_signing_key().public,
            store.need_identity().recipient.public,
            token,
            info.language,
            link_policy.public_address(str(vault.setting("server", "") or "")),
        ]
    )
    with store.writing():
        pending = store.meta("invitations", {}, store.writer)
        digest = hashlib.sha256(statement).digest()
        pending[signing.id_text(token)] = [keys.id, digest, info.language, b""]
        store.set_meta("invitations", dict(list(pending.items())[-200:]))
    signature = store.need_signing_key().sign(_INVITE, statement)
    files.write(out, _INVITE_MAGIC + signature + statement)


def read_invitation(data: bytes) -> Invitation:
    """The invitation in `data`, its signature checked against the key it names."""
    what = "it is not an invitation"
    head = len(_INVITE_MAGIC)
    if not data.startswith(_INVITE_MAGIC):
        raise DamagedError(what=what)
    statement = data[head + 64 :]
    value = canonical.decode(statement, "the invitation is damaged")
    if type(value) is list and value and type(value[0]) is int and value[0] > VERSION:
        raise NewerError(what="an invitation")
    if type(value) is not list or len(value) != 10 or value[0] != VERSION:
        raise DamagedError(what=what)
    _, workspace, name, desk, desk_name, key, recipient, token, language, server = value
    sized = ((workspace, 16), (desk, 16), (key, 32), (recipient, 1216), (token, 16))
    texts = (name, desk_name, language, server)
    if not all(type(v) is bytes and len(v) == size for v, size in sized) or not all(
        type(t) is str and len(t) <= 500 for t in texts
    ):
        raise DamagedError(what=what)
    signing.verify(key, _INVITE, statement, data[head : head + 64], "the invitation")
    digest = hashlib.sha256(statement).digest()
    return Invitation(
        workspace, name, desk, desk_name, key, recipient, token, language, server, digest
    )


def join(vault: Vault, invitation: Path, member: str, out: Path) -> JoinReport:
    """Answers an invitation with a join file. The vault waits for its first bundle from then."""
    store = vault.store
    if store.workspace:
        raise UsageError(what="This vault already belongs to a workspace")
    asked = read_invitation(read_small(invitation))
    member = members.check_name(member, "A member")
    files.outside(vault.profile, out)
    data, words = make_join(vault, asked, member)
    files.write(out, data)
    return JoinReport(words, asked.workspace_name, asked.desk_name)


def make_join(vault: Vault, asked: Invitation, member: str) -> tuple[bytes, list[str]]:
    """(the join file's bytes, the words to compare). Remembers what is waited for."""
    store = vault.store
    signing_key, identity = members.make_keys(store)
    proof = hashlib.sha256(_PROOF + asked.token + asked.digest + signing_key.public).digest()
    statement = canonical.encode(
        [
            VERSION,
            asked.workspace,
            asked.desk,
            member,
            signing_key.public,
            identity.recipient.public,
            asked.token,
            proof,
            acts.consent(asked.workspace, signing_key, identity.recipient.public, member),
        ]
    )
    signature = signing_key.sign(_JOIN, statement)
    words = words_of(asked.digest, statement, asked.language)
    with store.writing():
        store.set_meta("pending_workspace", asked.workspace)
        store.set_meta("pending_name", asked.workspace_name)
        store.set_meta("pending_member", member)
        store.set_meta("pending_words", words)
        if asked.server:
            vault.set_setting("server", asked.server)
    return seal_bytes(signature + statement, [HybridRecipient(asked.recipient)]), words


def read_join(vault: Vault, path: Path) -> JoinRequest:
    """What a join file asks for, checked; nothing is granted yet."""
    return check_join(vault, read_small(path))


def check_join(vault: Vault, data: bytes) -> JoinRequest:
    """The request in a join file's bytes. Raises if it does not answer one of our invitations."""
    store = vault.store
    members.need_administrator(store)
    opened = open_bytes(data, [store.need_identity()])
    what = "it is not a join file"
    if len(opened) < 65:
        raise DamagedError(what=what)
    value = canonical.decode(opened[64:], what)
    if type(value) is list and value and type(value[0]) is int and value[0] > VERSION:
        raise NewerError(what="a join file")
    if type(value) is not list or len(value) != 9 or value[0] != VERSION:
        raise DamagedError(what=what)
    _, workspace, desk, member, key, recipient, token, proof, consent = value
    sized = (
        (workspace, 16), (desk, 16), (key, 32), (recipient, 1216), (token, 16), (proof, 32),
        (consent, 64),
    )  # fmt: skip
    if (
        not all(type(v) is bytes and len(v) == size for v, size in sized)
        or type(member) is not str
        or not 0 < len(member) <= membership.MAX_NAME
    ):
        raise DamagedError(what=what)
    signing.verify(key, _JOIN, opened[64:], opened[:64], "the join file")
    acts.check_consent(workspace, key, recipient, member, consent)
    HybridRecipient(recipient)
    if workspace != store.workspace:
        raise NotForUsError
    known: Any = store.meta("invitations", {}).get(signing.id_text(token))
    if known is None or known[0] != desk:
        raise DamagedError(what="it answers no invitation of this device")
    if known[3] and known[3] != membership.device_id(key):
        raise DamagedError(what="this invitation was already answered by another device")
    right = hashlib.sha256(_PROOF + token + known[1] + key).digest()
    if not hmac.compare_digest(right, proof):
        raise DamagedError(what="it does not prove that it read the invitation")
    with store.snapshot() as conn:
        names = {d.id: d.name for d in members.desk_keys(conn, store.roster)}
    return JoinRequest(
        member, words_of(known[1], opened[64:], known[2]), names.get(desk, ""),
        signing.id_text(membership.device_id(key)), key, recipient, desk, token, consent,
    )  # fmt: skip


def words_of(invitation: bytes, join_statement: bytes, language: str) -> list[str]:
    """The six words to compare, from the hashes of both statements (BIP 39's word lists)."""
    from mnemonic import Mnemonic

    digest = hashlib.sha256(_WORDS + invitation + hashlib.sha256(join_statement).digest()).digest()
    words = Mnemonic(_WORD_LISTS.get(language[:2], "english")).wordlist
    number = int.from_bytes(digest[:9], "big") >> (72 - 11 * WORD_COUNT)
    return [words[number >> (11 * i) & 2047] for i in reversed(range(WORD_COUNT))]


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
    store = vault.store
    with store.snapshot() as conn:
        contents, sources, changes, chunks = first_contact(vault, conn, request, history)
        with files.whole(out) as target:
            writer.write(
                target, contents, sources, store.need_signing_key(),
                [HybridRecipient(request.recipient)], progress,
            )  # fmt: skip
    finish(vault, request)
    return ApproveReport(
        request.words, request.member, request.device, request.desk, changes, chunks, out
    )


def admit(vault: Vault, request: JoinRequest, since_ms: int = 0) -> None:
    """Admits the device; `since_ms`: its history begins then (0: all). Raises
    `MoreMustAgreeError` while more administrators must agree: the request stays good."""
    rekey.outgrow(vault.store)  # a first bundle brings the whole membership
    admitted = administer.admit(
        vault.store, request.signing_key, request.recipient, request.member, request.consent,
        [request.desk_id], since=since_ms,
    )  # fmt: skip
    if not admitted:
        raise MoreMustAgreeError(what=request.member)


def finish(vault: Vault, request: JoinRequest) -> None:
    """The invitation was answered; it serves the same device again, and nobody else."""
    store = vault.store
    with store.writing():
        pending = store.meta("invitations", {}, store.writer)
        known = pending.get(signing.id_text(request.token))
        if known:
            known[3] = membership.device_id(request.signing_key)
        store.set_meta("invitations", pending)


def first_contact(
    vault: Vault, conn: Any, request: JoinRequest, history: bool
) -> tuple[manifest.Manifest, list[writer.Source], int, int]:
    """The first bundle of a device: (manifest, sources, changes, attachment chunks)."""
    store = vault.store
    keys = next(d for d in members.desk_keys(conn, store.roster) if d.id == request.desk_id)
    device = membership.device_id(request.signing_key)
    mine = planning.own_receipt(conn, keys, store.log.digest)
    receipt = None if history else Receipt(mine.holds)
    plan = planning.plan(conn, keys, mine, [receipt])
    plan.with_acts = True
    whom = Audience([receipt], [HybridRecipient(request.recipient)], (device,))
    member = store.roster.devices[device]
    keep = history_cut_off.records_since(conn, keys.num, member.since) if member.since else None
    if keep is not None:
        kept = history_cut_off.chunks_of(conn, keys.num, keep)
        plan.chunks = [(name, size) for name, size in plan.chunks if name in kept]
    names = planning.grantable(store.roster, keys.id, store.log.keys_for(keys.id, device))
    grant = planning.grant_source(keys, store.workspace, device, request.recipient, names)
    batches = Batches(vault, conn, keys, whom, plan)
    contents, sources = batches.everything([grant], manifest.FIRST_CONTACT, keep)
    return contents, sources, plan.changes, len(plan.chunks)
