"""Telling a server who may speak: an administrator's device lets the workspace's devices in and
shuts the removed ones out; a device with a new identity introduces itself with the old one.

The server learns keys and pseudonyms. A removed device learns from it, sealed and signed, that it
was removed, and destroys its keys where the office wished so: the server can withhold that, and
cannot invent it.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Log
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient, open_bytes, seal_bytes
from defenderdesk.errors import (
    DamagedError,
    NoSafeLinkError,
    NotForUsError,
    RemovedError,
    RevokedError,
)
from defenderdesk.sync import link_policy
from defenderdesk.sync.bundles import notices
from defenderdesk.sync.server.client import NOTICE, Client, ServerError
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import rekey

_INTRODUCED, _ADMINISTRATORS, _SHUT_OUT, _LET_BACK, _VOUCHED = _TOLD = (
    "introduced",
    "administrators",
    "shut_out",
    "let_back",
    "vouched",
)
"""The statements that a server was told, by its epoch."""


def may_administer(vault: Vault) -> bool:
    """Tells whether this device is an administrator's."""
    own = vault.identity.members.get(vault.identity.device)
    return own is not None and own.role == membership.ADMINISTRATOR


def introduce(vault: Vault, client: Client, epoch: str) -> None:
    """Brings the server's list of devices to what the membership says."""
    _succeed(vault, client, epoch)
    if may_administer(vault):
        with unless_ended():
            _let_in(vault, client, epoch)
            _shut_out(vault, client, epoch)
            _let_back(vault, client, epoch)


def anew(vault: Vault, epoch: str) -> bool:
    """The server forgot (it was set back to an older day): who may speak, who was shut out and who
    took whose place is told once more. False where it was told nothing yet."""
    names = [f"{what}.{epoch}" for what in _TOLD]
    if not any(vault.settings.get(name) for name in names):
        return False
    with vault.transaction():
        for name in names:
            vault.settings.put(name, None)
    return True


@contextlib.contextmanager
def unless_ended() -> Iterator[None]:
    """Surrounds what only an administrator's device may ask for: where a colleague ended that, the
    server knows it first, and this device must still be able to learn it."""
    try:
        yield
    except ServerError as error:
        if error.code != "not-administrator":
            raise


def _succeed(vault: Vault, client: Client, epoch: str) -> None:
    """Each new key with what the one before said of it: the server may know only the oldest."""
    name = f"{_VOUCHED}.{epoch}"
    vouched, told = vault.settings.get(rekey.FORMER, []), vault.settings.get(name) or 0
    for device, key, proof in vouched[told:]:
        value = {
            "device": signing.id_text(device),
            "signing_key": base64.b64encode(key).decode(),
            "proof": base64.b64encode(proof).decode(),
        }
        try:
            client.json("POST", "/v1/successor", value, signed=False)
        except ServerError:  # it was removed; what that means is said when the new one speaks
            continue
        except NoSafeLinkError as error:
            if error.facts.get("reason") != link_policy.UNKNOWN_DEVICE:
                raise
    if told < len(vouched):
        vault.settings.put(name, len(vouched))


def _let_in(vault: Vault, client: Client, epoch: str) -> None:
    key = base64.b64encode(vault.identity.require_signing_key().public).decode()
    name = f"{_INTRODUCED}.{epoch}"
    known: list[str] = vault.settings.get(name) or []
    mine = signing.id_text(vault.identity.device)
    if client.address.token and mine not in known:
        client.json(
            "POST",
            "/v1/register",
            {
                "workspace": signing.id_text(vault.identity.require_workspace()),
                "signing_key": key,
                "token": client.address.token,
            },
        )
        known = [*known, mine]
    new = [d for d in vault.identity.members if signing.id_text(d) not in known]
    if new:
        keys = [base64.b64encode(vault.identity.members[d].signing_key).decode() for d in new]
        client.json("PUT", "/v1/devices", keys)
        known = [*known, *(signing.id_text(d) for d in new)]
    vault.settings.put(name, known)
    able = sorted(
        signing.id_text(d) for d, m in vault.identity.members.items() if m.role == membership.ADMINISTRATOR
    )
    name = f"{_ADMINISTRATORS}.{epoch}"
    if vault.settings.get(name) != able:
        client.json("PUT", "/v1/administrators", able)
        vault.settings.put(name, able)


def _shut_out(vault: Vault, client: Client, epoch: str) -> None:
    name = f"{_SHUT_OUT}.{epoch}"
    done: list[str] = vault.settings.get(name) or []
    for device, member in vault.identity.roster.devices.items():
        text = signing.id_text(device)
        if not member.removed or text in done:
            continue
        try:
            client.json("PUT", f"/v1/devices/{text}/notice", raw=notice(vault.identity.log, member))
        except ServerError as error:
            if error.code != "not-found":  # it never spoke to this server
                raise
        done = [*done, text]
        vault.settings.put(name, done)


def _let_back(vault: Vault, client: Client, epoch: str) -> None:
    """Whom somebody shut out whose removal of them does not count (a thief with an administrator's
    laptop): the server would go on telling them to destroy their keys."""
    name, shut = f"{_LET_BACK}.{epoch}", f"{_SHUT_OUT}.{epoch}"
    done: list[bytes] = vault.settings.get(name) or []
    for device, member in vault.identity.roster.devices.items():
        undone = [] if member.removed else [a.id for a in vault.identity.log.undone(device)]
        if set(undone) <= set(done):
            continue
        text = signing.id_text(device)
        try:
            client.json("DELETE", f"/v1/devices/{text}/notice")
        except ServerError as error:
            if error.code != "not-found":
                raise
        done = [*done, *undone]
        with vault.transaction():
            vault.settings.put(shut, [one for one in vault.settings.get(shut) or [] if one != text])
            vault.settings.put(name, done)


def notice(log: Log, member: membership.Member) -> bytes:
    """The notice to a removed device, sealed to it."""
    told = [act.data for act in notices.of_removal(log, member)]
    return seal_bytes(msgspec.msgpack.encode(told), [HybridRecipient(member.recipient)])


def obey(vault: Vault, client: Client) -> None:
    """The server says that this device was removed. Raises `RemovedError`, or `RevokedError`
    once the keys are destroyed; `NoSafeLinkError` if no administrator signed anything of it."""
    try:
        items = _acts(open_bytes(client.request("GET", NOTICE), vault.identity.openers()))
        log = vault.identity.log.copy()
        news = log.add(items)
    except (DamagedError, NotForUsError, ServerError) as error:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    own = log.roster.devices.get(vault.identity.device)
    if own is None or not own.removed:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
    if own.destroy:
        vault.destroy()
        raise RevokedError
    vault.identity.keep_acts(news)
    raise RemovedError


def _acts(data: bytes) -> list[bytes]:
    try:
        value: Any = msgspec.msgpack.decode(data)
    except (ValueError, RecursionError) as error:  # also: no UTF-8, nested deeply
        raise DamagedError(what="the notice of a removal is malformed") from error
    if (
        not isinstance(value, list)
        or len(value) > membership.MAX_ACTS
        or not all(isinstance(item, bytes) for item in value)
    ):
        raise DamagedError(what="the notice of a removal is malformed")
    return value
