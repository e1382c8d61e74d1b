"""Uploading a bundle piece by piece."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from defenderdesk.errors import NoSafeLinkError, OurError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client, ServerError
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
    if isinstance(begun.get("seq"), int):
        return int(begun["seq"])
    name, offset = begun.get("upload"), begun.get("offset")
    if not isinstance(name, str) or not isinstance(offset, int) or not 0 <= offset <= size:
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
    if not isinstance(done.get("seq"), int):
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
    return int(done["seq"])


def client_append(client: Client, name: str, offset: int, data: bytes) -> int:
    """Sends one piece; where the upload stands then."""
    try:
        answer = client.request("PATCH", f"/v1/uploads/{name}?offset={offset}", data)
        value = msgspec.json.decode(answer)
        return int(value["offset"])
    except (ServerError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
