"""An invitation: what an office gives a colleague, by a channel that it trusts."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from defenderdesk import files
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import (
    DamagedError,
    Message,
    NewerError,
    NotFoundError,
    StorageError,
    UsageError,
)
from defenderdesk.sync import link_policy
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members

VERSION = 1
_MAX_FILE = 64 * 1024
_INVITE_MAGIC = b"DDINVIT\x01"
_INVITE = b"defenderdesk.org/v1/invitation"


@dataclass(frozen=True)
class Invitation:
    """The contents of an invitation file. `token`: 16 secret bytes; `server`: address or empty."""

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


def read_small(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=files.regular) as source:
            data = source.read(_MAX_FILE + 1)
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except IsADirectoryError as error:
        raise UsageError(what=Message("{name} is a folder", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=error.strerror or "reading the file") from error
    if len(data) > _MAX_FILE:
        raise DamagedError(what="it is too large for what it should be")
    return data


def invite(vault: Vault, out: Path, desk: str | None = None) -> None:
    """Writes an invitation to one desk. It opens nothing by itself; whoever has it can ask."""
    vault.identity.require_administrator()
    files.outside(vault.profile, out)
    with vault.snapshot() as conn:
        num = vault.desk_number(conn, desk)
        keys = next(d for d in members.desk_keys(conn, vault.identity.roster) if d.num == num)
    token = os.urandom(16)
    info = vault.info()
    statement = canonical.encode(
        [
            VERSION,
            vault.identity.workspace,
            info.workspace,
            keys.id,
            keys.name,
            vault.identity.require_signing_key().public,
            vault.identity.require_identity().recipient.public,
            token,
            info.language,
            link_policy.public_address(str(vault.setting("server", "") or "")),
        ]
    )
    with vault.transaction():
        pending = vault.settings.get("invitations", {})
        digest = hashlib.sha256(statement).digest()
        pending[signing.id_text(token)] = [keys.id, digest, info.language, b""]
        vault.settings.put("invitations", dict(list(pending.items())[-200:]))
    signature = vault.identity.require_signing_key().sign(_INVITE, statement)
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
    if type(value) is not list or len(value) != 10 or not canonical.is_version(value[0], VERSION):
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
    return Invitation(workspace, name, desk, desk_name, key, recipient, token, language, server, digest)
