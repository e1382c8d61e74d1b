"""Speaking to the server: pinned TLS, signed requests, bounded answers.

urllib3 checks the certificate's SHA-256 (`assert_fingerprint`); without a pin nothing is spoken.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import secrets
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, algorithms
from urllib3.exceptions import (
    HTTPError,
    LocationParseError,
    LocationValueError,
    MaxRetryError,
    SSLError,
)
from urllib3.util.ssl_ import create_urllib3_context

from defenderdesk.crypto import plain_json, signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, LimitError, NoSafeLinkError, StorageError
from defenderdesk.sync import link_policy
from defenderdesk.sync.link_policy import Decision
from defenderdesk.sync.server.patience import ANSWER, LEAST_RATE, Patience, Watch

TAG = "defenderdesk"
AUDIENCE = "defenderdesk-server"
"""The header that says for which server a request is signed (its pin and its epoch), and of which
workspace it is."""
COMPONENTS = ("@method", "@path", "@query", AUDIENCE)
PROTOCOL = 2
TIMEOUT = urllib3.Timeout(connect=15, read=60)
MAX_ANSWER = 4 * 1024 * 1024
NOTICE = "/v1/notice"
MOST_VALUES = 200_000
"""Values in an answer: a page of a list has a few thousand."""
MAX_NOTICE = 8 * 1024 * 1024
BLOCK = 1024 * 1024


_REASONS = {
    "no-space": link_policy.FULL,
    "quota": link_policy.QUOTA,
    "token": link_policy.NOT_REGISTERED,
    "not-founder": link_policy.NO_PROOF,
    **dict.fromkeys(
        ("unknown-device", "unsigned", "signature", "other-workspace"), link_policy.UNKNOWN_DEVICE
    ),
}
"""The refusals after which nothing more can be asked, and why."""


class ServerError(Exception):
    """The server refused: HTTP status, its code, and what else it said."""

    def __init__(self, status: int, code: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.facts = status, code, facts or {}


@dataclass
class Hello:
    """The server's identity (`epoch`), its run since it was started (`generation`) and its time
    (seconds)."""

    epoch: str
    time: int
    generation: str = ""


class _Message:
    def __init__(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.method, self.url, self.headers = method, url, headers


class _Key:
    def __init__(self, key: SigningKey) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key.seed)

    def resolve_private_key(self, key_id: str) -> Any:
        """The device's own key."""
        return self._key

    def resolve_public_key(self, key_id: str) -> Any:
        """Not needed here."""
        raise NotImplementedError


class Client:
    """A connection to the server of `decision`, speaking as `device` of `workspace` (none: unsigned)."""

    def __init__(
        self,
        decision: Decision,
        device: bytes | None = None,
        key: SigningKey | None = None,
        workspace: bytes = b"",
    ) -> None:
        if not decision.safe or decision.address is None:
            raise NoSafeLinkError(reason=decision.reason)
        self.decision = decision
        self.address = decision.address
        self._device = signing.id_text(device) if device else ""
        self._workspace = signing.id_text(workspace) if workspace else ""
        self._signer = (
            HTTPMessageSigner(
                signature_algorithm=algorithms.ED25519,
                key_resolver=_Key(key),  # type: ignore[arg-type]
            )
            if key
            else None
        )
        options: dict[str, Any] = {
            "cert_reqs": "CERT_NONE",  # the pin below is the check, and it is never left out
            # our own: urllib3's would read every authority of the system first, for nothing
            "ssl_context": create_urllib3_context(cert_reqs=ssl.CERT_NONE),
            "assert_fingerprint": self.address.pin,
            "assert_hostname": False,
            "timeout": TIMEOUT,
            "retries": False,
            "maxsize": 1,
        }
        self._proxied = decision.route != link_policy.DIRECT
        if self._proxied:
            from urllib3.contrib.socks import SOCKSProxyManager

            self._pool: Any = SOCKSProxyManager(decision.route, **options)
        else:
            self._pool = urllib3.PoolManager(**options)
        self._hello: Hello | None = None
        self._greeted = 0.0
        self.patience = Patience()
        self._watch: Watch | None = None

    @property
    def device(self) -> str:
        """The id of the device that it speaks as: the vault's, until that takes new keys."""
        return self._device

    @property
    def time(self) -> int:
        """The server's time when it was greeted (seconds since 1970)."""
        return self._hello.time if self._hello else 0

    @property
    def generation(self) -> str:
        """The server's run: another one may have begun from a backup."""
        return self._hello.generation if self._hello else ""

    def close(self) -> None:
        """Closes the connections (clearing alone leaves that to the collector, and an error that
        is still held keeps them open)."""
        with contextlib.suppress(LocationParseError, LocationValueError):
            self._pool.connection_from_url(self.address.origin).close()
        self._pool.clear()

    def hello(self) -> Hello:
        """Greets; from then on requests are signed for this server, and dated by its clock."""
        value = self.json("GET", "/v1/hello", signed=False)
        epoch, now, protocol = value.get("epoch"), value.get("time"), value.get("protocol")
        if type(protocol) is int and 0 < protocol != PROTOCOL:
            raise NoSafeLinkError(reason=link_policy.OLDER if protocol < PROTOCOL else link_policy.NEWER)
        if (
            protocol != PROTOCOL
            or not isinstance(epoch, str)
            or not re.fullmatch(r"[0-9a-f]{32}", epoch)
            or type(now) is not int
            or not 0 < now < 2**40
        ):
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        run = str(value.get("generation", ""))[:64]
        self._hello, self._greeted = Hello(epoch, now, run), time.monotonic()
        return self._hello

    def json(
        self, method: str, path: str, value: Any = None, *, signed: bool = True, raw: bytes = b""
    ) -> dict[str, Any]:
        """A request whose answer is a JSON object. `raw`: a body that is no JSON."""
        body = raw if value is None else msgspec.json.encode(value)
        data = self.request(method, path, body, signed=signed)
        try:
            answer = plain_json.loads(data, MOST_VALUES)
        except (DamagedError, LimitError) as error:
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
        if not isinstance(answer, dict):
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        return answer

    def request(self, method: str, path: str, body: bytes = b"", *, signed: bool = True) -> bytes:
        """A request; its whole (bounded) answer. Raises `ServerError` for a refusal."""
        with self._open(method, path, body, {}, signed) as response:
            return self._whole(response, MAX_NOTICE if path == NOTICE else MAX_ANSWER)

    def download(self, path: str, start: int, *, signed: bool = True) -> Iterator[bytes]:
        """The bytes behind `path` from `start` on."""
        headers = {"range": f"bytes={start}-"} if start else {}
        with self._open("GET", path, b"", headers, signed) as response:
            if start and response.status != 206:
                raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
            began, have = time.monotonic(), 0
            while data := response.read1(BLOCK):
                have += len(data)
                self.patience.rate(began, have)
                yield data

    @contextlib.contextmanager
    def _open(
        self, method: str, path: str, body: bytes, headers: dict[str, str], signed: bool
    ) -> Iterator[Any]:
        response = None
        try:
            response = self._ask(method, path, body, headers, signed)
            if response.status >= 300:
                refusal = _refusal(response.status, self._whole(response))
                if not (isinstance(refusal, ServerError) and refusal.code == "stale" and signed):
                    raise refusal
                response.close()
                self._greet_again()
                response = self._ask(method, path, body, headers, signed)
                if response.status >= 300:
                    raise _refusal(response.status, self._whole(response))
            yield response
        except SSLError as error:
            raise NoSafeLinkError(reason=_why(error)) from error
        except MaxRetryError as error:
            raise NoSafeLinkError(reason=_why(error)) from error
        except (HTTPError, LocationParseError, OSError) as error:
            if isinstance(error, OSError) and not isinstance(error, (ConnectionError, TimeoutError)):
                raise
            raise NoSafeLinkError(reason=self._not_reached(error)) from error
        finally:
            if response is not None:
                response.close()

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str], signed: bool) -> Any:
        """Sends one request; its answer, of which only the head was read."""
        self.patience.check()
        url = self.address.origin + path
        headers = {**headers, "user-agent": "defenderdesk", "accept-encoding": "identity"}
        if signed:
            self._sign(method, url, headers, body)
        if self._watch is None:
            self._watch = Watch(self._pool.connection_from_url(self.address.origin))
        with self._watch.within(ANSWER + len(body) / LEAST_RATE):
            response = self._pool.request(
                method,
                url,
                body=body or None,
                headers=headers,
                preload_content=False,
                redirect=False,
                decode_content=False,
            )
        if self._watch.expired:  # what came of the head may look like all of it
            response.close()
            raise NoSafeLinkError(reason=link_policy.TOO_SLOW)
        return response

    def _whole(self, response: Any, most: int = MAX_ANSWER) -> bytes:
        pieces, size, began = [], 0, time.monotonic()
        while data := response.read1(64 * 1024):
            size += len(data)
            self.patience.rate(began, size)
            if size > most:
                raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
            pieces.append(data)
        return b"".join(pieces)

    def _greet_again(self) -> None:
        """The laptop slept, or the server's clock was set: its time is asked for once more."""
        known = self._hello
        if known is None or self.hello().epoch != known.epoch:
            raise NoSafeLinkError(reason=link_policy.NOT_REACHED)

    def _not_reached(self, error: Exception) -> str:
        text = str(error)
        if self._watch is not None and self._watch.expired:
            return link_policy.TOO_SLOW
        if self._proxied and ("SOCKS" in text or "proxy" in text.lower()):
            return link_policy.NO_ROUTE
        return link_policy.WRONG_IDENTITY if "ingerprint" in text else link_policy.NOT_REACHED

    def _sign(self, method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        if self._signer is None or self._hello is None:
            raise NoSafeLinkError(reason=link_policy.NOT_REACHED)
        now = self._hello.time + int(time.monotonic() - self._greeted)
        headers[AUDIENCE] = f"{self.address.pin} {self._hello.epoch} {self._workspace}"
        self._signer.sign(
            _Message(method, url, headers),
            key_id=self._device,
            created=datetime.datetime.fromtimestamp(now, datetime.UTC),
            nonce=secrets.token_hex(16),
            covered_component_ids=COMPONENTS,
            tag=TAG,
            label="sig1",
            body=body,
        )


def _why(error: Exception) -> str:
    return link_policy.WRONG_IDENTITY if "ingerprint" in str(error) else link_policy.NOT_REACHED


def _refusal(status: int, data: bytes) -> Exception:
    try:
        value = plain_json.loads(data, MOST_VALUES)
    except (DamagedError, LimitError):
        value = None
    facts = value if isinstance(value, dict) else {}
    code = str(facts.get("error", ""))
    if code in _REASONS:
        return NoSafeLinkError(reason=_REASONS[code])
    if status >= 500 or not code:
        return NoSafeLinkError(reason=link_policy.MISBEHAVES)
    return ServerError(status, code, facts)


def disk(error: OSError) -> StorageError:
    """A local file could not be written."""
    return StorageError(what=error.strerror or str(error))
