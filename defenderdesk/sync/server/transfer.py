"""Carrying a bundle: up piece by piece, down into a file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec

from defenderdesk.crypto.digests import sha256_of
from defenderdesk.errors import NoSafeLinkError, OurError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client, ServerError, disk
from defenderdesk.sync.server.paging import Listed
from defenderdesk.vault.types import Progress

FIRST_PIECE = 128 * 1024
PIECES = (32 * 1024, 4 * 1024 * 1024)
"""Bytes of the smallest and the largest piece. What a cut line had of a piece is lost: so the first
is small; they grow while the line carries them within `QUICK` seconds (an answer over Tor alone
takes one), and shrink over `SLOW`."""
QUICK, SLOW = 4.0, 16.0


def upload(client: Client, box: str, source: Any, size: int, sha256: str, progress: Progress | None) -> int:
    """Uploads a file into a mailbox from where it stands; the bundle's number there."""
    begun = client.json("POST", f"/v1/mailboxes/{box}/uploads", {"size": size, "sha256": sha256})
    if type(begun.get("seq")) is int:
        return int(begun["seq"])
    name, offset = begun.get("upload"), begun.get("offset")
    if not isinstance(name, str) or type(offset) is not int or not 0 <= offset <= size:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
    source.seek(offset)
    piece = FIRST_PIECE
    while offset < size:
        data = source.read(piece)
        began = time.monotonic()
        if not data:
            raise OurError(what="a bundle became shorter while it was sent")
        answer = client_append(client, name, offset, data)
        if answer != offset + len(data):
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        offset, took = answer, time.monotonic() - began
        client.patience.earn(len(data))
        if took < QUICK:
            piece = min(piece * 2, PIECES[1])
        elif took > SLOW:
            piece = max(piece // 2, PIECES[0])
        if progress:
            progress(offset, size)
    try:
        done = client.json("POST", f"/v1/uploads/{name}/finish")
    except ServerError as error:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    if type(done.get("seq")) is not int:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
    return int(done["seq"])


def download(client: Client, folder: Path, box: str, one: Listed, progress: Progress | None) -> Path | None:
    """A listed bundle's file, complete and as listed, begun anew or gone on with; None if the server
    sends something else."""
    seq, size, sha256, _ = one
    path = folder / f"{box}-{seq}-{sha256[:16]}.part"
    try:
        have = path.stat().st_size if path.exists() else 0
        if have > size:
            path.unlink()
            have = 0
        if have < size:
            with open(path, "ab") as out:
                for data in client.download(f"/v1/mailboxes/{box}/{seq}", have):
                    have += len(data)
                    if have > size:
                        break
                    out.write(data)
                    if progress:
                        progress(have, size)
        if have < size:
            raise NoSafeLinkError(reason=link_policy.NOT_REACHED)
        with open(path, "rb") as source:
            digest = sha256_of(source)
    except ServerError:
        return None
    except OSError as error:
        raise disk(error) from error
    if have != size or digest != sha256:
        path.unlink(missing_ok=True)
        return None
    return path


class _Stands(msgspec.Struct):
    """The answer to a piece: where the upload stands."""

    offset: int


def client_append(client: Client, name: str, offset: int, data: bytes) -> int:
    """Sends one piece; where the upload stands then."""
    try:
        answer = client.request("PATCH", f"/v1/uploads/{name}?offset={offset}", data)
        return msgspec.json.decode(answer, type=_Stands).offset
    except (ServerError, ValueError, RecursionError) as error:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
