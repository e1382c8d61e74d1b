"""The server's requests; the protocol is specified in `docs/format/server.md`."""

from __future__ import annotations

import asyncio
import errno
import hmac
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import sqlalchemy.exc
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from defenderdesk.bundle import membership
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError
from defenderdesk.server import auth, values
from defenderdesk.server.refused import Refused
from defenderdesk.server.store import Device, ServerStore

PROTOCOL = 2
"""Version 1 signed requests for no server and every time. Who speaks it is told so by the greeting."""
MAX_JSON = 1024 * 1024
MAX_PIECE = 8 * 1024 * 1024
MAX_REQUEST = 64 * 1024
MAX_NOTICE = 8 * 1024 * 1024
MAX_SUCCESSOR = 4 * 1024
PATIENCE = 120.0
"""Seconds without a byte of a body that was begun."""
_BOX = re.compile(r"[0-9a-f]{32}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})\Z")
Endpoint = Callable[[Request], Awaitable[Response]]


def answer(value: Any, status: int = 200) -> Response:
    """A JSON response."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


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


class Server:
    """The routes over one store."""

    def __init__(self, store: ServerStore, pin: str = "") -> None:
        """`pin`: SHA-256 of the certificate, in hexadecimal; empty where there is none (in tests)."""
        self.store = store
        self._audience = f"{pin} {store.epoch}"

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            ("GET", "/v1/hello", self.hello),
            ("POST", "/v1/register", self.register),
            ("PUT", "/v1/devices", self.devices),
            ("PUT", "/v1/administrators", self.administrators),
            ("PUT", "/v1/devices/{device}/notice", self.remove),
            ("DELETE", "/v1/devices/{device}/notice", self.let_back),
            ("GET", "/v1/notice", self.notice),
            ("POST", "/v1/successor", self.successor),
            ("GET", "/v1/mailboxes/{box}", self.bundles),
            ("DELETE", "/v1/mailboxes/{box}", self.sweep),
            ("POST", "/v1/mailboxes/{box}/uploads", self.begin),
            ("GET", "/v1/mailboxes/{box}/{seq:int}", self.bundle),
            ("PATCH", "/v1/uploads/{upload}", self.append),
            ("POST", "/v1/uploads/{upload}/finish", self.finish),
            ("PUT", "/v1/letterboxes/{box}", self.open_letterbox),
            ("POST", "/v1/letterboxes/{box}/request", self.put_request),
            ("GET", "/v1/letterboxes/{box}/request", self.get_request),
            ("GET", "/v1/letterboxes/{box}/reply", self.reply),
            ("PUT", "/v1/deposits/{name}", self.put_deposit),
            ("GET", "/v1/deposits/{name}", self.deposit),
            ("DELETE", "/v1/deposits/{name}", self.drop_deposit),
        ]
        return Starlette(
            routes=[Route(path, _answering(endpoint), methods=[method]) for method, path, endpoint in routes]
        )

    # -- who speaks ------------------------------------------------------------------------

    async def _signed(self, request: Request, limit: int, *, removed: bool = False) -> tuple[Device, bytes]:
        """The device that signed the request, and its body. `removed`: also one that was shut
        out."""
        headers = dict(request.headers)
        name = auth.key_id(headers)
        device = await run_in_threadpool(self.store.device, name)
        if device is None:  # before a stranger's body is taken into memory
            raise Refused(403, "unknown-device", "the server does not know this device")
        signed = await self._verified(request, device.signing_key)
        body = await read_body(request, limit)
        await run_in_threadpool(signed.check, body)
        if not removed and await run_in_threadpool(self.store.notice, name) is not None:
            raise Refused(410, "removed", "this device was removed from its workspace")
        return device, body

    async def _verified(self, request: Request, key: bytes) -> auth.Verified:
        """The request's headers, signed by `key` for this server, and for this once."""
        path = bytes(request.scope["raw_path"]).decode("ascii", "replace")
        url = f"https://server{path}?{request.scope['query_string'].decode('ascii', 'replace')}"
        message = auth.Message(request.method, url, dict(request.headers))
        signed = await run_in_threadpool(auth.Verified, message, key, self._audience)
        await run_in_threadpool(self.store.nonces.use, signed.nonce)
        return signed

    async def _administrator(self, request: Request, limit: int = MAX_JSON) -> tuple[Device, bytes]:
        device, body = await self._signed(request, limit)
        if not device.administrator:
            raise Refused(403, "not-administrator", "only an administrator's device may")
        return device, body

    async def hello(self, request: Request) -> Response:
        """Says which server this is, and what time it is here."""
        return answer({"protocol": PROTOCOL, "epoch": self.store.epoch, "time": int(time.time())})

    async def register(self, request: Request) -> Response:
        """A workspace's first office device, with the server's token."""
        body = await read_body(request, MAX_REQUEST)
        value = values.an_object(body)
        token, workspace = str(value.get("token", "")), str(value.get("workspace", ""))
        key = values.key(value.get("signing_key"))
        if not hmac.compare_digest(token.encode(), self.store.token.encode()):
            raise Refused(403, "token", "the registration token is not this server's")
        if len(workspace) != 26:
            raise Refused(400, "malformed", "a workspace has an id of 26 characters")
        device = signing.id_text(membership.device_id(key))
        signed = await self._verified(request, key)
        await run_in_threadpool(signed.check, body)
        await run_in_threadpool(self.store.register, device, workspace, key, True)
        return answer({"device": device})

    async def devices(self, request: Request) -> Response:
        """Lets further devices of the administrator's workspace in."""
        device, body = await self._administrator(request)
        items = values.texts(body)
        for item in items[:20_000]:
            key = values.key(item)
            name = signing.id_text(membership.device_id(key))
            await run_in_threadpool(self.store.register, name, device.workspace, key, False)
        return answer({"devices": len(items)})

    async def administrators(self, request: Request) -> Response:
        """The devices of the workspace that may let others in, or shut them out."""
        device, body = await self._administrator(request)
        items = values.texts(body)
        if device.device not in items:
            raise Refused(400, "malformed", "the list lacks the device that sends it")
        await run_in_threadpool(self.store.set_administrators, device.workspace, items[:20_000])
        return answer({})

    async def remove(self, request: Request) -> Response:
        """Shuts a device out; the body is sealed to it."""
        device, body = await self._administrator(request, MAX_NOTICE)
        name = str(request.path_params["device"])
        if not body or name == device.device:
            raise Refused(400, "malformed", "a notice to another device is needed")
        await run_in_threadpool(self.store.remove, device.workspace, name, body)
        return answer({})

    async def let_back(self, request: Request) -> Response:
        """A device that was shut out may speak again: its removal does not count."""
        device, _ = await self._administrator(request)
        name = str(request.path_params["device"])
        await run_in_threadpool(self.store.let_back, device.workspace, name)
        return answer({})

    async def notice(self, request: Request) -> Response:
        """The word of the workspace to a device that it shut out."""
        device, _ = await self._signed(request, 0, removed=True)
        data = await run_in_threadpool(self.store.notice, device.device)
        if data is None:
            raise Refused(404, "not-found", "this device was not removed")
        return Response(data, media_type="application/octet-stream")

    async def successor(self, request: Request) -> Response:
        """A device took a new key, which may then do what the old one might. The old one is gone:
        it said so while it was there."""
        value = values.an_object(await read_body(request, MAX_SUCCESSOR))
        key, proof = values.key(value.get("signing_key")), values.raw(value.get("proof"), 64)
        device = await run_in_threadpool(self.store.device, str(value.get("device", "")))
        if device is None:
            raise Refused(403, "unknown-device", "the server does not know this device")
        try:
            membership.check_vouched(device.signing_key, key, proof)
        except DamagedError as error:
            raise Refused(401, "signature", "the old key did not sign this") from error
        name = signing.id_text(membership.device_id(key))
        await run_in_threadpool(self.store.register, name, device.workspace, key, device.administrator)
        told = await run_in_threadpool(self.store.notice, device.device)
        if told is not None:  # it is told what its old key would have been told
            await run_in_threadpool(self.store.remove, device.workspace, name, told)
            raise Refused(410, "removed", "this device was removed from its workspace")
        return answer({"device": name})

    # -- mailboxes ---------------------------------------------------------------------------

    async def _box(self, request: Request, limit: int) -> tuple[str, Device, bytes]:
        device, body = await self._signed(request, limit)
        box = values.match(_BOX, request.path_params["box"])
        await run_in_threadpool(self.store.claim, box, device.workspace)
        return box, device, body

    async def bundles(self, request: Request) -> Response:
        """The bundles of a mailbox after a sequence number."""
        box, _, _ = await self._box(request, 0)
        after = values.number(request.query_params.get("after", "0"))
        limit = min(500, max(1, values.number(request.query_params.get("limit", "200"))))
        found, last = await run_in_threadpool(self.store.bundles, box, after, limit)
        return answer({"bundles": found, "last": last})

    async def sweep(self, request: Request) -> Response:
        """An administrator has a mailbox's bundles deleted, up to a number."""
        device, _ = await self._administrator(request)
        box = values.match(_BOX, request.path_params["box"])
        through = values.number(request.query_params.get("through", ""))
        await run_in_threadpool(self.store.sweep, box, device.workspace, through)
        return answer({})

    async def bundle(self, request: Request) -> Response:
        """The bytes of a bundle, from where the client stands."""
        box, _, _ = await self._box(request, 0)
        return await self._send(request, box, request.path_params["seq"])

    async def _send(self, request: Request, box: str, seq: int) -> Response:
        size, sha256 = await run_in_threadpool(self.store.bundle, box, seq)
        start, end, status = 0, size, 200
        match = _RANGE.match(request.headers.get("range", ""))
        if match:
            start, status = int(match[1]), 206
            end = min(size, int(match[2]) + 1) if match[2] else size
            if start >= end:
                raise Refused(416, "range", "there is nothing there")
        headers = {
            "content-length": str(end - start),
            "content-range": f"bytes {start}-{end - 1}/{size}",
            "x-sha256": sha256,
        }
        return StreamingResponse(
            self.store.read(sha256, start, end), status, headers, "application/octet-stream"
        )

    async def begin(self, request: Request) -> Response:
        """Begins an upload, or says where it stands."""
        box, device, body = await self._box(request, MAX_JSON)
        value = values.an_object(body)
        size, sha256 = value.get("size"), values.match(_HASH, value.get("sha256"))
        if type(size) is not int:
            raise Refused(400, "malformed", "a size is needed")
        return answer(await run_in_threadpool(self.store.begin_upload, box, device.device, size, sha256))

    async def append(self, request: Request) -> Response:
        """A piece of an upload."""
        device, body = await self._signed(request, MAX_PIECE)
        name = values.match(_BOX, request.path_params["upload"])
        offset = values.number(request.query_params.get("offset", ""))
        stands = await run_in_threadpool(self.store.append, name, device.device, offset, body)
        return answer({"offset": stands})

    async def finish(self, request: Request) -> Response:
        """The upload is complete."""
        device, _ = await self._signed(request, MAX_JSON)
        name = values.match(_BOX, request.path_params["upload"])
        return answer({"seq": await run_in_threadpool(self.store.finish, name, device.device)})

    # -- letterboxes -----------------------------------------------------------------------------

    async def open_letterbox(self, request: Request) -> Response:
        """Opens a letterbox for an invitation."""
        device, _ = await self._administrator(request)
        box = values.match(_BOX, request.path_params["box"])
        await run_in_threadpool(self.store.letterboxes.open, box, device.workspace)
        return answer({})

    async def put_request(self, request: Request) -> Response:
        """A join file, from a device that nobody knows yet."""
        box = values.match(_BOX, request.path_params["box"])
        data = await read_body(request, MAX_REQUEST)
        if not data:
            raise Refused(400, "malformed", "a join file is needed")
        await run_in_threadpool(self.store.letterboxes.put_request, box, data)
        return answer({})

    async def get_request(self, request: Request) -> Response:
        """The join file, for the office."""
        device, _ = await self._administrator(request)
        box = values.match(_BOX, request.path_params["box"])
        data = await run_in_threadpool(self.store.letterboxes.request, box, device.workspace)
        if data is None:
            return Response(status_code=204)
        return Response(data, media_type="application/octet-stream")

    async def reply(self, request: Request) -> Response:
        """The first bundle, sealed to the device that asked."""
        box = values.match(_BOX, request.path_params["box"])
        await run_in_threadpool(self.store.letterboxes.need, box)
        return await self._send(request, box, 1)

    # -- deposits ---------------------------------------------------------------------------------

    async def put_deposit(self, request: Request) -> Response:
        """Keeps sealed bytes for whoever knows their name, from a time on; without a body, only
        the time changes. Says when it was first handed out."""
        device, body = await self._signed(request, MAX_REQUEST)
        name = values.match(_BOX, request.path_params["name"])
        not_before = values.number(request.query_params.get("not_before", "0"))
        fetched = await run_in_threadpool(
            self.store.deposits.put, name, device.workspace, not_before, body or None
        )
        return answer({"fetched": fetched})

    async def deposit(self, request: Request) -> Response:
        """A deposit, once its time has come; open to whoever knows its name."""
        name = values.match(_BOX, request.path_params["name"])
        data = await run_in_threadpool(self.store.deposits.get, name)
        return Response(data, media_type="application/octet-stream")

    async def drop_deposit(self, request: Request) -> Response:
        """Forgets a deposit of the workspace."""
        device, _ = await self._signed(request, 0)
        name = values.match(_BOX, request.path_params["name"])
        await run_in_threadpool(self.store.deposits.drop, name, device.workspace)
        return answer({})


def _answering(endpoint: Endpoint) -> Endpoint:
    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return answer({"error": refused.code, "message": refused.message}, status=refused.status)
        except ClientDisconnect:
            return Response(status_code=400)
        except (OSError, sqlalchemy.exc.OperationalError) as error:
            full = getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            if full or "full" in str(error):
                return answer({"error": "no-space", "message": "the server is full"}, 507)
            return answer({"error": "storage", "message": "the server cannot store now"}, 503)

    return run
