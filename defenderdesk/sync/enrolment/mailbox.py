"""Enrolment through the server: the invitation's token names a letterbox, the laptop leaves its
join file there, the office its first bundle. The words are compared all the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from defenderdesk import files
from defenderdesk.bundle import writer
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient
from defenderdesk.crypto.digests import sha256_of
from defenderdesk.errors import (
    DamagedError,
    NoSafeLinkError,
    NotForUsError,
    NotFoundError,
    NotOpenYetError,
)
from defenderdesk.sync import link_policy
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.enrolment import approval, join_request
from defenderdesk.sync.enrolment import invitation as invitations
from defenderdesk.sync.enrolment.join_request import JoinReport, JoinRequest
from defenderdesk.sync.server import connect, paging, transfer
from defenderdesk.sync.server.client import Client, ServerError, disk
from defenderdesk.vault import Vault, types

_LETTERBOX = b"defenderdesk.org/v1/letterbox\x00"


def box_of(token: bytes) -> str:
    """The letterbox that belongs to an invitation's token."""
    return hashlib.sha256(_LETTERBOX + token).hexdigest()[:32]


def pending(vault: Vault, client: Client | None = None) -> list[tuple[JoinRequest, bytes]]:
    """Opens the letterboxes of outstanding invitations; the requests that lie in them."""
    own = client is None
    if client is None:
        client, _ = connect.connect(vault)
    found = []
    try:
        for token, known in vault.settings.get("invitations", {}).items():
            if known[3]:
                continue
            box = box_of(signing.id_bytes(token))
            client.json("PUT", f"/v1/letterboxes/{box}")
            data = client.request("GET", f"/v1/letterboxes/{box}/request")
            if data:
                try:
                    found.append((approval.check_join(vault, data), data))
                except (DamagedError, NotForUsError):
                    continue
    finally:
        if own:
            client.close()
    return found


def approve(
    vault: Vault,
    request: JoinRequest,
    progress: types.Progress | None = None,
    since_ms: int = 0,
) -> None:
    """Lets the device in, and leaves its first bundle in the letterbox. `since_ms`: its history
    begins then (0: all)."""
    approval.admit(vault, request, since_ms)
    folder = vault.profile / "sync"
    files.make_folder(folder)
    path = folder / "first-contact.ddbundle"
    with vault.snapshot() as conn:
        contents, sources, _, _ = approval.first_contact(vault, conn, request, True)
        with files.whole(path) as target:
            writer.write(
                target,
                contents,
                sources,
                vault.identity.require_signing_key(),
                [HybridRecipient(request.recipient)],
                None,
            )
    client, _ = connect.connect(vault)
    try:
        with open(path, "rb") as source:
            digest = sha256_of(source)
            size = source.tell()
            box = box_of(request.token)
            transfer.upload(client, box, source, size, digest, progress)
    except OSError as error:
        raise disk(error) from error
    finally:
        client.close()
        path.unlink(missing_ok=True)
    approval.finish(vault, request)


def ask(vault: Vault, invitation: Path, member: str) -> JoinReport:
    """Leaves a join file in the letterbox of an invitation that names a server."""
    join_request.require_new(vault)
    asked = invitations.read_invitation(invitations.read_small(invitation))
    if not asked.server:
        raise NoSafeLinkError(reason=link_policy.NO_SERVER)
    data, words = join_request.make_join(vault, asked, member)
    client, _ = connect.connect(vault, asked.server)
    try:
        client.request("POST", f"/v1/letterboxes/{box_of(asked.token)}/request", data, signed=False)
    except ServerError as error:
        if error.code == "not-found":
            raise NotOpenYetError from error
        raise DamagedError(what="this invitation was already answered by another device") from error
    finally:
        client.close()
    vault.settings.put("pending_token", asked.token)
    return JoinReport(words, asked.workspace_name, asked.desk_name)


def collect(vault: Vault) -> receiving.ReceiveReport | None:
    """Takes in the first bundle, once the office has approved; None before that."""
    token = vault.settings.get("pending_token", b"")
    if not token:
        raise NotFoundError(what="question to an office that waits for an answer")
    folder = vault.profile / "sync"
    files.make_folder(folder)
    path = folder / "first-contact.part"
    client, _ = connect.connect(vault)
    try:
        have = path.stat().st_size if path.exists() else 0
        with open(path, "ab") as out:
            for data in client.download(f"/v1/letterboxes/{box_of(token)}/reply", have, signed=False):
                have += len(data)
                if have > paging.MAX_BUNDLE:
                    raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
                out.write(data)
    except ServerError as error:
        if error.status == 416:
            pass
        elif error.code == "not-found":
            return None
        else:
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    except OSError as error:
        raise disk(error) from error
    finally:
        client.close()
    try:
        report = receiving.receive(vault, path)
    finally:
        path.unlink(missing_ok=True)
    return report
