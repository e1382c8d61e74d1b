"""Taking a request apart: its body, who signed it; and answering."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import sqlalchemy.exc
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from defenderdesk.server import auth
from defenderdesk.server.refused import Refused
from defenderdesk.server.speakers import Device
from defenderdesk.server.store import ServerStore

MAX_JSON = 1024 * 1024
PATIENCE = 120.0
"""Seconds without a byte of a body that was begun."""
Endpoint = Callable[[Request], Awaitable[Response]]


def answer(value: Any, status: int = 200) -> Response:
    """A JSON response."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def answering(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose refusals are answers."""

    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            said = {"error": refused.code, "message": refused.message, **refused.facts}
            return answer(said, status=refused.status)
        except ClientDisconnect:
            return Response(status_code=400)
        except (OSError, sqlalchemy.exc.OperationalError) as error:
            full = getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            if full or "full" in str(error):
                return answer({"error": "no-space", "message": "the server is full"}, 507)
            return answer({"error": "storage", "message": "the server cannot store now"}, 503)

    return run


async def read_body(request: Request, limit: int) -> bytes:
    """The body, never more than `limit` bytes of it in memory, nor longer than it comes: of a line
    that is gone nobody says so."""
    pieces, size, stream = [], 0, request.stream()
    while True:
        try:
            async with asyncio.timeout(PATIENCE):
                piece = await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise Refused(408, "timeout", "the rest of the request did not come") from error
        size += len(piece)
        if size > limit:
            raise Refused(413, "too-large", "the request is too large")
        pieces.append(piece)
    return b"".join(pieces)


class Gate:
    """Lets requests in by who signed them. `pin`: SHA-256 of the server's certificate."""

    def __init__(self, store: ServerStore, pin: str) -> None:
        self._store = store
        self._audience = f"{pin} {store.epoch}"

    async def verified(self, request: Request, key: bytes) -> auth.Verified:
        """The request's headers, signed by `key` for this server, and for this once."""
        path = bytes(request.scope["raw_path"]).decode("ascii", "replace")
        url = f"https://server{path}?{request.scope['query_string'].decode('ascii', 'replace')}"
        message = auth.Message(request.method, url, dict(request.headers))
        signed = await run_in_threadpool(auth.Verified, message, key)
        await run_in_threadpool(self._store.nonces.use, signed.nonce)
        return signed

    def workspace(self, request: Request) -> str:
        """The workspace that a request says it is of. Refuses one that is for another server."""
        audience, _, workspace = request.headers.get(auth.AUDIENCE, "").rpartition(" ")
        if audience != self._audience:
            raise Refused(401, "audience", "the request was signed for another server")
        return workspace

    async def known(self, request: Request, limit: int) -> tuple[Device, bytes]:
        """The device that signed the request, and its body; also one that may not speak any more."""
        name, workspace = auth.key_id(dict(request.headers)), self.workspace(request)
        device = await run_in_threadpool(self._store.speakers.device, workspace, name)
        if device is None:  # before a stranger's body is taken into memory
            raise Refused(403, "unknown-device", "the server does not know this device")
        signed = await self.verified(request, device.signing_key)
        body = await read_body(request, limit)
        await run_in_threadpool(signed.check, body)
        return device, body

    async def speaker(self, request: Request, limit: int) -> tuple[Device, bytes]:
        """A device that may speak, and the body."""
        device, body = await self.known(request, limit)
        if not device.speaks:
            told = await run_in_threadpool(self._store.speakers.notice, device)
            if told is not None:
                raise Refused(410, "removed", "this device was removed from its workspace")
            raise Refused(403, "unknown-device", "the server does not know this device")
        return device, body

    async def administrator(self, request: Request, limit: int = MAX_JSON) -> tuple[Device, bytes]:
        """A device that administers, and the body."""
        device, body = await self.speaker(request, limit)
        if not await run_in_threadpool(self._store.speakers.administers, device):
            raise Refused(403, "not-administrator", "only an administrator's device may")
        return device, body
