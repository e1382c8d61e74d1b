"""The requests about who may speak."""

from __future__ import annotations

import base64
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.bundle.membership.roll import Lineage, Roll
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError, WorldError
from defenderdesk.server import values
from defenderdesk.server.refused import Refused
from defenderdesk.server.requests import Gate, answer, read_body
from defenderdesk.server.store import ServerStore

MAX_REGISTRATION = 256 * 1024
MAX_ROLL = 4 * 1024 * 1024
MAX_NOTICE = 8 * 1024 * 1024
MAX_SUCCESSOR = 4 * 1024
MAX_FAREWELL = 1024
MAX_SAID = 2000


class RollRequests:
    """Registration, rolls, successors, notices."""

    def __init__(self, store: ServerStore, gate: Gate) -> None:
        self._speakers, self._gate = store.speakers, gate

    async def register(self, request: Request) -> Response:
        """A workspace's first roll, with proof of where its author's authority comes from."""
        workspace = self._gate.workspace(request)
        body = await read_body(request, MAX_REGISTRATION)
        value = values.an_object(body)
        new = await run_in_threadpool(_roll, value, workspace)
        keys = tuple(values.key(key) for key in values.some(value, "keys", rolls.MAX_PATH))
        acts = tuple(values.data(act) for act in values.some(value, "acts", rolls.MAX_PATH))
        found = Lineage(values.raw(value.get("nonce"), 16), keys, acts)
        try:
            await run_in_threadpool(rolls.check_lineage, new.workspace, found)
        except WorldError as error:
            raise Refused(403, "not-founder", "the workspace's founder gave this key no authority") from error
        if keys[-1] != new.author:
            raise Refused(403, "not-founder", "another key signed the roll")
        signed = await self._gate.verified(request, new.author)
        await run_in_threadpool(signed.check, body)
        await run_in_threadpool(self._speakers.register, new, found, str(value.get("token", "")))
        return answer({"number": new.number})

    async def roll(self, request: Request) -> Response:
        """The roll of now, for those who may put the next."""
        device, _ = await self._gate.known(request, 0)
        number, current = await run_in_threadpool(self._speakers.roll, device)
        if current is None:
            return answer({"number": number, "sha256": rolls.NONE.hex(), "roll": ""})
        same = request.query_params.get("known") == current.sha256.hex()
        data = "" if same else base64.b64encode(current.data).decode()
        return answer({"number": number, "sha256": current.sha256.hex(), "roll": data})

    async def put(self, request: Request) -> Response:
        """An administrator's word of who may speak from now on."""
        device, body = await self._gate.known(request, MAX_ROLL)
        value = values.an_object(body)
        new = await run_in_threadpool(_roll, value, device.workspace)
        said = [values.data(act) for act in values.some(value, "acts", MAX_SAID)]
        await run_in_threadpool(self._speakers.put, device, new, said)
        return answer({"number": new.number})

    async def put_notice(self, request: Request) -> Response:
        """The word to a device that the roll leaves out; the body is sealed to it."""
        device, body = await self._gate.administrator(request, MAX_NOTICE)
        name = str(request.path_params["device"])
        if not body or name == device.device:
            raise Refused(400, "malformed", "a notice to another device is needed")
        await run_in_threadpool(self._speakers.put_notice, device.workspace, name, body)
        return answer({})

    async def notice(self, request: Request) -> Response:
        """The word of the workspace to a device that may not speak any more."""
        device, _ = await self._gate.known(request, 0)
        data = await run_in_threadpool(self._speakers.notice, device)
        if data is None:
            raise Refused(404, "not-found", "this device was not removed")
        return Response(data, media_type="application/octet-stream")

    async def put_farewell(self, request: Request) -> Response:
        """The answer of a device that read its notice; it is signed, for its office."""
        device, body = await self._gate.known(request, MAX_FAREWELL)
        if not body:
            raise Refused(400, "malformed", "an answer is needed")
        await run_in_threadpool(self._speakers.put_farewell, device, body)
        return answer({})

    async def farewell(self, request: Request) -> Response:
        """That answer, for an administrator's device."""
        device, _ = await self._gate.administrator(request, 0)
        name = str(request.path_params["device"])
        data = await run_in_threadpool(self._speakers.farewell, device.workspace, name)
        if data is None:
            raise Refused(404, "not-found", "it left no answer")
        return Response(data, media_type="application/octet-stream")

    async def successor(self, request: Request) -> Response:
        """A device took a new key, which may then do what the old one might. The old one is gone:
        it said so while it was there."""
        value = values.an_object(await read_body(request, MAX_SUCCESSOR))
        key, proof = values.key(value.get("signing_key")), values.raw(value.get("proof"), 64)
        workspace, name = str(value.get("workspace", "")), str(value.get("device", ""))
        device = await run_in_threadpool(self._speakers.device, workspace, name)
        if device is None:
            raise Refused(403, "unknown-device", "the server does not know this device")
        try:
            membership.check_vouched(device.signing_key, key, proof)
        except DamagedError as error:
            raise Refused(401, "signature", "the old key did not sign this") from error
        new = await run_in_threadpool(self._speakers.succeed, device, key)
        if not device.speaks:  # it is told what its old key would have been told
            raise Refused(410, "removed", "this device was removed from its workspace")
        return answer({"device": new})


def _roll(value: dict[str, Any], workspace: str) -> Roll:
    try:
        new = rolls.read(values.data(value.get("roll")))
    except WorldError as error:
        raise Refused(400, "malformed", "the roll is malformed, or its author did not sign it") from error
    if signing.id_text(new.workspace) != workspace:
        raise Refused(403, "other-workspace", "the roll is another workspace's")
    return new
