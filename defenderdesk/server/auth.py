"""Identifies who speaks: HTTP Message Signatures (RFC 9421) with the device's Ed25519 key.

The signature's `created` is by the *server's* clock, which `GET /v1/hello` tells, so that a
laptop whose clock is years off can work; an old request is refused after an hour.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from defenderdesk.server.refused import Refused

TAG = "defenderdesk"
COMPONENTS = ("@method", "@path", "@query", "content-digest")
MAX_AGE = datetime.timedelta(hours=1)


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
    """A request whose headers a device signed."""

    def __init__(self, message: Message, key: bytes) -> None:
        """Raises `Refused` unless `key` signed this request within the hour."""
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
            raise Refused(401, "signature", "the request's signature is wrong or old") from error

    def check(self, body: bytes) -> None:
        """Raises `Refused` unless this is the body whose digest was signed."""
        try:
            self._verifier.verify_body(self._message, self._results, body)
        except (HTTPMessageSignaturesException, ValueError) as error:
            raise Refused(401, "signature", "the request's signature is wrong or old") from error
