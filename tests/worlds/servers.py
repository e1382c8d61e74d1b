"""Callers that sign requests and send them straight into the server's application."""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, algorithms
from starlette.applications import Starlette

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.bundle.membership.roll import Roll
from defenderdesk.crypto import signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.server.app import Server
from defenderdesk.server.store import ServerStore

BOX = "0123456789abcdef" * 2
FOUNDER, NONCE = SigningKey(b"o" * 32), b"n" * 16
WORKSPACE = signing.id_text(membership.workspace_id(FOUNDER.public, NONCE))


class Body:
    """A body as it comes from a line: `pieces`, and then nothing more."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.taken = list(pieces), 0

    async def __call__(self) -> Any:
        if not self.pieces:
            await asyncio.Event().wait()
        self.taken += 1
        return {"type": "http.request", "body": self.pieces.pop(0), "more_body": True}


class Message:
    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = method, url, headers


class Caller:
    """Signs requests and sends them straight into the application."""

    def __init__(self, app: Starlette, key: SigningKey, workspace: str = "") -> None:
        self.app, self.key, self.workspace = app, key, workspace or WORKSPACE
        self.id = signing.id_text(membership.device_id(key.public))
        self.epoch = self.ask_epoch()

    def ask_epoch(self) -> str:
        hello = asyncio.run(ask(self.app, "GET", "/v1/hello", {}, b""))[1]
        return msgspec.json.decode(hello)["epoch"]

    def resolve_private_key(self, key_id: str) -> Any:
        return Ed25519PrivateKey.from_private_bytes(self.key.seed)

    def headers(
        self, method: str, path: str, body: bytes, age: int = 0, audience: str = "", nonce: str | None = ""
    ) -> dict[str, str]:
        headers = {
            "host": "server",
            "defenderdesk-server": f"{audience or ' ' + self.epoch} {self.workspace}",
        }
        message = Message(method, f"http://server{path}", headers)
        HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519,
            key_resolver=self,  # type: ignore[arg-type]
        ).sign(
            message,
            key_id=self.id,
            label="sig1",
            tag="defenderdesk",
            body=body,
            created=datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age),
            nonce=secrets.token_hex(16) if nonce == "" else nonce,
            covered_component_ids=("@method", "@path", "@query", "defenderdesk-server"),
        )
        return message.headers

    def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        if headers is None:
            headers = self.headers(method, path, body)
        return asyncio.run(ask(self.app, method, path, headers, body))

    def json(self, method: str, path: str, value: Any = None) -> Any:
        status, data = self.send(method, path, b"" if value is None else msgspec.json.encode(value))
        return status, msgspec.json.decode(data)


async def ask(
    app: Starlette, method: str, path: str, headers: dict[str, str], body: bytes | Body
) -> tuple[int, bytes]:
    route, _, query = path.partition("?")
    out: list[Any] = []
    sent = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if not sent:
            await asyncio.Event().wait()
        return sent.pop()

    async def send(message: Any) -> None:
        out.append(message)

    if isinstance(body, Body):
        receive = body
    scope = {
        "type": "http",
        "method": method,
        "path": route,
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "scheme": "http",
        "server": ("server", 80),
        "root_path": "",
        "http_version": "1.1",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }
    await app(scope, receive, send)
    return out[0]["status"], b"".join(m.get("body", b"") for m in out[1:])


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def registration(
    key: SigningKey,
    others: Sequence[bytes] = (),
    token: str = "",
    number: int = 1,
    before: bytes = rolls.NONE,
    administrators: Sequence[bytes] = (),
) -> dict[str, Any]:
    """What the founder of `WORKSPACE` registers it with."""
    made = rolls.make(
        key, signing.id_bytes(WORKSPACE), number, before, 1, administrators or [key.public], others
    )
    return {
        "roll": text(made),
        "nonce": text(NONCE),
        "keys": [text(key.public)],
        "acts": [],
        "token": token,
    }


def founded(store: ServerStore, key: SigningKey = FOUNDER, others: Sequence[bytes] = ()) -> Caller:
    """An office that registered its workspace with this server."""
    caller = Caller(Server(store).app(), key)
    status, said = caller.json("POST", "/v1/register", registration(key, others, store.new_token()))
    assert status == 200, said
    return caller


def current(caller: Caller) -> Roll:
    status, said = caller.json("GET", "/v1/roll")
    assert status == 200, said
    return rolls.read(base64.b64decode(said["roll"]))


def roll_on(
    caller: Caller,
    administrators: Sequence[bytes],
    others: Sequence[bytes] = (),
    said: Sequence[bytes] = (),
    on: Roll | None = None,
) -> tuple[int, str]:
    """Puts the next roll; (status, code of the refusal)."""
    on = on or current(caller)
    made = rolls.make(caller.key, on.workspace, on.number + 1, on.sha256, on.acts + 1, administrators, others)
    status, answer = caller.json("PUT", "/v1/roll", {"roll": text(made), "acts": [text(a) for a in said]})
    return status, answer.get("error", "")


def put(caller: Caller, data: bytes, box: str = BOX, piece: int = 10**6) -> int:
    sha256 = hashlib.sha256(data).hexdigest()
    status, begun = caller.json("POST", f"/v1/mailboxes/{box}/uploads", {"size": len(data), "sha256": sha256})
    assert status == 200
    if "seq" in begun:
        return begun["seq"]
    for at in range(begun["offset"], len(data), piece):
        path = f"/v1/uploads/{begun['upload']}?offset={at}"
        assert caller.send("PATCH", path, data[at : at + piece])[0] == 200
    status, done = caller.json("POST", f"/v1/uploads/{begun['upload']}/finish")
    assert status == 200
    return done["seq"]
