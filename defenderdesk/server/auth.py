"""Identifies who speaks: HTTP Message Signatures (RFC 9421) with the device's Ed25519 key.

A signature is for one server (its pin and epoch, in a header that is covered), for one request, and
for once (its nonce is kept until it would be too old anyway). `created` is by the *server's* clock,
which `GET /v1/hello` tells, so that a laptop whose clock is years off can work.
"""

from __future__ import annotations

import datetime
import re
import time
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from defenderdesk.server.refused import Refused

TAG = "defenderdesk"
AUDIENCE = "defenderdesk-server"
"""The header that says for which server, and of which workspace, a request was signed: `<pin> <epoch>
<workspace>`."""
COMPONENTS = ("@method", "@path", "@query", "content-digest", AUDIENCE)
MAX_AGE = datetime.timedelta(minutes=10)
_NONCE = re.compile(r"[0-9a-f]{32}\Z")
_CREATED = re.compile(r";created=(\d{1,12})(?=[;,]|\Z)")


@dataclass
class Message:
    """A request as the library wants it."""

    method: str
    url: str
    headers: dict[str, str]


class _OneKey:
    """Resolves every key id to one key; the caller looked it up."""

    def __init__(self, key: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(key)

    def resolve_public_key(self, key_id: str) -> Any:
        """The key."""
        return self._key

    def resolve_private_key(self, key_id: str) -> Any:
        """There is none here."""
        raise NotImplementedError


def key_id(headers: dict[str, str]) -> str:
    """The device that a request says it is from; nothing is proven yet."""
    field = headers.get("signature-input", "")
    _, _, rest = field.partition('keyid="')
    name, _, _ = rest.partition('"')
    if not name or len(name) > 64:
        raise Refused(401, "unsigned", "the request is not signed")
    return name


class Verified:
    """A request whose headers a device signed. `nonce`: 32 hexadecimal digits that it is to use
    once."""

    def __init__(self, message: Message, key: bytes) -> None:
        """Raises `Refused` unless `key` signed this request of late, and its audience with it."""
        self._message = message
        self._verifier = HTTPMessageVerifier(
            signature_algorithm=algorithms.ED25519,
            key_resolver=_OneKey(key),  # type: ignore[arg-type]
        )
        try:
            self._results = self._verifier.verify(
                message, max_age=MAX_AGE, expect_tag=TAG, require_components=COMPONENTS
            )
        except (HTTPMessageSignaturesException, ValueError) as error:
            if _old(message.headers):
                raise Refused(401, "stale", "the request was signed too long ago") from error
            raise Refused(401, "signature", "the request's signature is wrong") from error
        nonces = {result.nonce for result in self._results}
        self.nonce = nonces.pop() or ""
        if nonces or not _NONCE.match(self.nonce):
            raise Refused(401, "signature", "the request carries no nonce")

    def check(self, body: bytes) -> None:
        """Raises `Refused` unless this is the body whose digest was signed."""
        try:
            self._verifier.verify_body(self._message, self._results, body)
        except (HTTPMessageSignaturesException, ValueError) as error:
            raise Refused(401, "signature", "the request's signature is wrong or old") from error


def _old(headers: dict[str, str]) -> bool:
    """Tells whether the date alone may be what is wrong: then the client greets once more."""
    found = _CREATED.search(headers.get("signature-input", ""))
    return found is not None and abs(time.time() - int(found[1])) >= MAX_AGE.total_seconds() / 2
