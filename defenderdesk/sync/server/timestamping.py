"""Trusted timestamps (RFC 3161): asking the authorities that this device was told to ask.

None is preset: an authority is an address and a root certificate that the organisation chose and
compared. A request holds one hash of a signature and a nonce. It takes the route of the link
policy (directly, or SOCKS with names resolved there), never around it, and nothing is asked while
synchronising is paused. HTTP is as good as HTTPS here: the answer is believed only if it is signed
under the chosen root and repeats the nonce, whoever stood between; over HTTPS the server's name is
not relied on either. Who listens learns that this address asks for timestamps.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from defenderdesk.crypto import timestamp
from defenderdesk.crypto.timestamp import Root
from defenderdesk.errors import (
    DamagedError,
    DefenderDeskError,
    Message,
    NoSafeLinkError,
    UsageError,
)
from defenderdesk.sync import link_policy
from defenderdesk.vault import Vault
from defenderdesk.vault.custody.timestamps import Head

SETTING = "authorities"
MAX_AUTHORITIES = 8
TIMEOUT = urllib3.Timeout(connect=15, read=20, total=30)
PATIENCE = 60.0
"""Seconds for one answer as a whole."""
WRONG_CLOCK = timedelta(days=1)
TYPE = "application/timestamp-query"


@dataclass(frozen=True)
class Authority:
    """One that may be asked: what we call it, where it is, its root certificate (PEM)."""

    name: str
    address: str
    root: str

    def read_root(self) -> Root:
        """Its root certificate. Raises `UsageError`."""
        return timestamp.read_root(self.root.encode())


@dataclass
class StampReport:
    """The result of asking: tokens kept, and by authority why there is none. `clock`: an
    authority's time is more than a day from this device's."""

    kept: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    clock: bool = False


def authorities(vault: Vault) -> list[Authority]:
    """The authorities that are set on this device."""
    found = vault.setting(SETTING)
    out = []
    for item in found if isinstance(found, list) else []:
        if isinstance(item, list) and len(item) == 3 and all(isinstance(t, str) for t in item):
            out.append(Authority(*item))  # type: ignore[arg-type]
    return out


def add(vault: Vault, authority: Authority) -> Root:
    """Sets one more, or another in place of one of its name. Raises `UsageError`."""
    name = " ".join(authority.name.split())[:100]
    if not name or not _address(authority.address):
        raise UsageError(what="An authority needs a name and an address (http:// or https://)")
    root = authority.read_root()
    kept = [one for one in authorities(vault) if one.name != name]
    if len(kept) >= MAX_AUTHORITIES:
        raise UsageError(what=Message("There are {n} authorities already", n=len(kept)))
    _set(vault, [*kept, Authority(name, authority.address.strip(), authority.root)])
    return root


def remove(vault: Vault, name: str) -> None:
    """Asks this one no more; its tokens stay."""
    kept = [one for one in authorities(vault) if one.name != name]
    if len(kept) == len(authorities(vault)):
        raise UsageError(what=Message("There is no authority {name}", name=name))
    _set(vault, kept)


def _set(vault: Vault, chosen: list[Authority]) -> None:
    vault.set_setting(SETTING, [[one.name, one.address, one.root] for one in chosen])


def _address(text: str) -> bool:
    try:
        parts = urlsplit(text.strip())
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def waiting(vault: Vault) -> int:
    """The number of tokens that are still to be asked for."""
    kept = vault.timestamps()
    return sum(len(vault.custody.waiting(a.name, a.read_root(), kept)) for a in authorities(vault))


def stamp(vault: Vault, stop: Callable[[], None] | None = None) -> StampReport:
    """Asks every authority for what it has not stamped yet. One that does not answer, or answers
    wrongly, hinders no other; it is asked again next time. `stop` may raise to end it."""
    report = StampReport()
    chosen = authorities(vault)
    if not chosen or not vault.identity.workspace:
        return report
    route = link_policy.route(str(vault.setting("route") or ""), vault.setting("paused") is True)
    if not route.safe:
        report.failed = {one.name: route.reason for one in chosen}
        return report
    kept = vault.timestamps()
    for authority in chosen:
        for head in vault.custody.waiting(authority.name, authority.read_root(), kept):
            if stop:
                stop()
            try:
                _one(vault, authority, head, route.route, report)
            except DefenderDeskError as error:
                facts = error.facts
                report.failed[authority.name] = str(facts.get("reason") or facts.get("what"))
                if isinstance(error, NoSafeLinkError):
                    break  # silent: not waited for once more for every desk
    return report


def _one(vault: Vault, authority: Authority, head: Head, route: str, report: StampReport) -> None:
    root = authority.read_root()
    asked = timestamp.request(head.signature)
    answer = ask(authority.address, asked.data, route)
    token = timestamp.check(answer, head.signature, [root], asked.nonce)
    now = datetime.fromtimestamp(vault.now_ms() / 1000, UTC)
    report.clock |= abs(token.time - now) > WRONG_CLOCK
    vault.custody.keep(head, authority.name, answer, root.der, token.time)
    report.kept += 1


def ask(address: str, data: bytes, route: str) -> bytes:
    """An authority's whole answer, bounded in size and time: one that answers byte by byte is
    left alone with its thread. Raises `NoSafeLinkError`, `DamagedError`."""
    answers: queue.SimpleQueue[bytes | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(_ask(address, data, route))
        except BaseException as error:  # handed on, and raised by who waits
            answers.put(error)

    threading.Thread(target=work, name="timestamp", daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except queue.Empty as error:
        raise NoSafeLinkError(reason=link_policy.AUTHORITY_SILENT) from error
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _ask(address: str, data: bytes, route: str) -> bytes:
    options: dict[str, Any] = {
        "cert_reqs": "CERT_NONE",  # the token's own signature, under the chosen root, is the check
        "assert_hostname": False,
        "timeout": TIMEOUT,
        "retries": False,
        "maxsize": 1,
    }
    if route == link_policy.DIRECT:
        pool: Any = urllib3.PoolManager(**options)
    else:
        from urllib3.contrib.socks import SOCKSProxyManager

        pool = SOCKSProxyManager(route, **options)
    headers = {"content-type": TYPE, "user-agent": "defenderdesk", "accept-encoding": "identity"}
    try:
        response = pool.request(
            "POST",
            address.strip(),
            body=data,
            headers=headers,
            preload_content=False,
            redirect=False,
            decode_content=False,
        )
        try:
            answer: bytes = response.read(timestamp.MAX_ANSWER + 1)
        finally:
            response.close()
    except (HTTPError, OSError, ValueError) as error:
        raise NoSafeLinkError(reason=link_policy.AUTHORITY_SILENT) from error
    finally:
        pool.clear()
    if response.status != 200 or not answer:
        raise NoSafeLinkError(reason=link_policy.AUTHORITY_SILENT)
    if len(answer) > timestamp.MAX_ANSWER:
        raise DamagedError(what="a timestamp is too large")
    return answer
