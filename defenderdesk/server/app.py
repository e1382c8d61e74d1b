"""The server's requests; the protocol is specified in `docs/format/server.md`."""

from __future__ import annotations

import re
import time

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from defenderdesk.server import values
from defenderdesk.server.boxes import Box
from defenderdesk.server.refused import Refused
from defenderdesk.server.requests import MAX_JSON, Gate, answer, answering, read_body
from defenderdesk.server.rolls_api import RollRequests
from defenderdesk.server.speakers import Device
from defenderdesk.server.store import ServerStore

PROTOCOL = 2
"""Version 1 signed requests for no server and every time. Who speaks it is told so by the greeting."""
MAX_PIECE = 8 * 1024 * 1024
MAX_REQUEST = 64 * 1024
_BOX = re.compile(r"[0-9a-f]{32}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})\Z")


class Server:
    """The routes over one store."""

    def __init__(self, store: ServerStore, pin: str = "") -> None:
        """`pin`: SHA-256 of the certificate, in hexadecimal; empty where there is none (in tests)."""
        self.store = store
        self._gate = Gate(store, pin)

    def app(self) -> Starlette:
        """The ASGI application."""
        who = RollRequests(self.store, self._gate)
        routes = [
            ("GET", "/v1/hello", self.hello),
            ("POST", "/v1/register", who.register),
            ("GET", "/v1/roll", who.roll),
            ("PUT", "/v1/roll", who.put),
            ("PUT", "/v1/devices/{device}/notice", who.put_notice),
            ("GET", "/v1/notice", who.notice),
            ("PUT", "/v1/farewell", who.put_farewell),
            ("GET", "/v1/devices/{device}/farewell", who.farewell),
            ("POST", "/v1/successor", who.successor),
            ("GET", "/v1/mailboxes/{box}", self.bundles),
            ("DELETE", "/v1/mailboxes/{box}", self.sweep),
            ("POST", "/v1/mailboxes/{box}/uploads", self.begin),
            ("GET", "/v1/mailboxes/{box}/{seq}", self.bundle),
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
        made = Starlette(
            routes=[Route(path, answering(endpoint), methods=[method]) for method, path, endpoint in routes]
        )
        made.router.redirect_slashes = False  # nobody is sent anywhere
        return made

    async def hello(self, request: Request) -> Response:
        """Says which server this is, and what time it is here."""
        generation = await run_in_threadpool(lambda: self.store.generation)
        return answer(
            {
                "protocol": PROTOCOL,
                "epoch": self.store.epoch,
                "generation": generation,
                "time": int(time.time()),
            }
        )

    # -- mailboxes ---------------------------------------------------------------------------

    async def _box(self, request: Request, limit: int) -> tuple[Box, Device, bytes]:
        device, body = await self._gate.speaker(request, limit)
        box = values.match(_BOX, request.path_params["box"])
        return Box(device.workspace, box), device, body

    async def bundles(self, request: Request) -> Response:
        """The entries of a mailbox after a sequence number."""
        box, _, _ = await self._box(request, 0)
        after = values.number(request.query_params.get("after", "0"))
        limit = min(500, max(1, values.number(request.query_params.get("limit", "200"))))
        return answer(await run_in_threadpool(self.store.boxes.listed, box, after, limit))

    async def sweep(self, request: Request) -> Response:
        """An administrator has the bytes of a mailbox's bundles deleted, up to a number."""
        device, _ = await self._gate.administrator(request)
        box = Box(device.workspace, values.match(_BOX, request.path_params["box"]))
        through = values.number(request.query_params.get("through", ""))
        await run_in_threadpool(self.store.boxes.sweep, box, through)
        return answer({})

    async def bundle(self, request: Request) -> Response:
        """The bytes of a bundle, from where the client stands."""
        box, _, _ = await self._box(request, 0)
        return await self._send(request, box, values.number(request.path_params["seq"]))

    async def _send(self, request: Request, box: Box, seq: int) -> Response:
        size, sha256 = await run_in_threadpool(self.store.boxes.bundle, box, seq)
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
        body = self.store.blobs.read(sha256, start, end)
        return StreamingResponse(body, status, headers, "application/octet-stream")

    async def begin(self, request: Request) -> Response:
        """Begins an upload, or says where it stands."""
        box, device, body = await self._box(request, MAX_JSON)
        value = values.an_object(body)
        size, sha256 = value.get("size"), values.match(_HASH, value.get("sha256"))
        if type(size) is not int:
            raise Refused(400, "malformed", "a size is needed")
        return answer(await run_in_threadpool(self.store.boxes.begin, box, device.device, size, sha256))

    async def append(self, request: Request) -> Response:
        """A piece of an upload."""
        device, body = await self._gate.speaker(request, MAX_PIECE)
        name = values.match(_BOX, request.path_params["upload"])
        offset = values.number(request.query_params.get("offset", ""))
        stands = await run_in_threadpool(self.store.boxes.append, *_whose(device), name, offset, body)
        return answer({"offset": stands})

    async def finish(self, request: Request) -> Response:
        """The upload is complete."""
        device, _ = await self._gate.speaker(request, MAX_JSON)
        name = values.match(_BOX, request.path_params["upload"])
        return answer({"seq": await run_in_threadpool(self.store.boxes.finish, *_whose(device), name)})

    # -- letterboxes -----------------------------------------------------------------------------

    async def open_letterbox(self, request: Request) -> Response:
        """Opens a letterbox for an invitation."""
        device, _ = await self._gate.administrator(request)
        box = values.match(_BOX, request.path_params["box"])
        await run_in_threadpool(self.store.letterboxes.open, box, *_whose(device))
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
        device, _ = await self._gate.administrator(request)
        box = values.match(_BOX, request.path_params["box"])
        data = await run_in_threadpool(self.store.letterboxes.request, box, device.workspace)
        if data is None:
            return Response(status_code=204)
        return Response(data, media_type="application/octet-stream")

    async def reply(self, request: Request) -> Response:
        """The first bundle, sealed to the device that asked."""
        box = values.match(_BOX, request.path_params["box"])
        workspace = await run_in_threadpool(self.store.letterboxes.workspace, box)
        return await self._send(request, Box(workspace, box), 1)

    # -- deposits ---------------------------------------------------------------------------------

    async def put_deposit(self, request: Request) -> Response:
        """Keeps sealed bytes for whoever knows their name, from a time on; without a body, only
        the time changes. Says when it was first handed out."""
        device, body = await self._gate.speaker(request, MAX_REQUEST)
        name = values.match(_BOX, request.path_params["name"])
        not_before = values.number(request.query_params.get("not_before", "0"))
        fetched = await run_in_threadpool(
            self.store.deposits.put, name, *_whose(device), not_before, body or None
        )
        return answer({"fetched": fetched})

    async def deposit(self, request: Request) -> Response:
        """A deposit, once its time has come; open to whoever knows its name."""
        name = values.match(_BOX, request.path_params["name"])
        data = await run_in_threadpool(self.store.deposits.get, name)
        return Response(data, media_type="application/octet-stream")

    async def drop_deposit(self, request: Request) -> Response:
        """Forgets a deposit of the workspace."""
        device, _ = await self._gate.speaker(request, 0)
        name = values.match(_BOX, request.path_params["name"])
        await run_in_threadpool(self.store.deposits.drop, name, device.workspace)
        return answer({})


def _whose(device: Device) -> tuple[str, str]:
    return device.workspace, device.device
