"""Telling a server who may speak: what follows from the membership, as a whole, signed by an
administrator's device (`bundle/membership/roll.py`); and word for those who may not any more.

The server learns keys and pseudonyms. A removed device learns from it, sealed and signed, that it
was removed, and destroys its keys where the office wished so: the server can withhold that, and
cannot invent it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator

import msgspec

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Log
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.bundle.membership.roll import Roll
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient, open_bytes, seal_bytes
from defenderdesk.errors import (
    DamagedError,
    NoSafeLinkError,
    NotForUsError,
    RemovedError,
    RevokedError,
    WorldError,
)
from defenderdesk.sync import alerts, link_policy
from defenderdesk.sync.bundles import notices
from defenderdesk.sync.server import farewell
from defenderdesk.sync.server.client import NOTICE, Client, ServerError
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import rekey

_ROLL, _SHUT_OUT, _VOUCHED = _TOLD = ("roll", "shut_out", "vouched")
"""The statements that a server was told, by its epoch."""
_ATTEMPTS = 4
"""Rolls that are made anew because another administrator's came first."""
_MOST_SAID = 1000
_SMALL = 4000
"""Keys that a registration may carry; the others follow with the next roll."""


def may_administer(vault: Vault) -> bool:
    """Tells whether this device is an administrator's."""
    own = vault.identity.members.get(vault.identity.device)
    return own is not None and own.role == membership.ADMINISTRATOR


def introduce(vault: Vault, client: Client, epoch: str, report: alerts.Seen) -> None:
    """Brings what the server knows to what the membership says, as far as this device knows it: what
    another knew who told it more recently is taken in first, and `confirm` follows."""
    _succeed(vault, client, epoch)
    if may_administer(vault) and not _renewed(vault, client):
        with unless_ended():
            _tell(vault, client, epoch, report, early=True)


def confirm(vault: Vault, client: Client, epoch: str, report: alerts.Seen) -> None:
    """The same once the mailboxes were read: where two administrators say different things, the one
    who knows more is right."""
    if may_administer(vault) and not _renewed(vault, client):
        with unless_ended():
            _tell(vault, client, epoch, report, early=False)


def _renewed(vault: Vault, client: Client) -> bool:
    """Tells whether this device took new keys since the exchange began: the next one tells of them."""
    return client.device != signing.id_text(vault.identity.device)


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
            "workspace": signing.id_text(vault.identity.require_workspace()),
            "device": signing.id_text(device),
            "signing_key": _text(key),
            "proof": _text(proof),
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


def _tell(vault: Vault, client: Client, epoch: str, report: alerts.Seen, *, early: bool) -> None:
    for _ in range(_ATTEMPTS):
        administrators, others = rolls.of(vault.identity.log)
        mark = hashlib.sha256(b"".join((*sorted(administrators), b"/", *sorted(others)))).digest()
        known: list[bytes] = vault.settings.get(f"{_ROLL}.{epoch}") or [b"", b""]
        held = _held(vault, client, bytes(known[0]))
        if held is None:
            _register(vault, client, administrators, others, 1, rolls.NONE)
            continue
        number, sha256, roll = held
        if roll is None:
            if bytes(known[1]) != mark:  # it is ours; what follows from the membership is new
                _put(vault, client, epoch, administrators, others, number, sha256)
                continue
            _shut_out(vault, client, epoch)
            return
        inside = vault.identity.require_signing_key().public in roll.keys
        if (set(administrators), set(others)) == (set(roll.administrators), set(roll.others)):
            vault.settings.put(f"{_ROLL}.{epoch}", [sha256, mark])
            _shut_out(vault, client, epoch)
            return
        if early and inside and roll.acts > len(vault.identity.log):
            return
        if not inside and early and not _followed(vault, roll):
            _claim(vault, client, roll, report)
        vault.settings.put(f"{_SHUT_OUT}.{epoch}", None)  # who put it may have put other notices
        if inside:  # who is shut out is told why from the first moment
            _shut_out(vault, client, epoch)
        _put(vault, client, epoch, administrators, others, number, sha256)
    _shut_out(vault, client, epoch)


def _held(vault: Vault, client: Client, known: bytes) -> tuple[int, bytes, Roll | None] | None:
    """(number, hash, roll) that the server goes by; the roll is None where its hash is `known`.
    None where it goes by none, or does not know this device."""
    try:
        value = client.json("GET", f"/v1/roll?known={known.hex()}")
    except NoSafeLinkError as error:
        if error.facts.get("reason") != link_policy.UNKNOWN_DEVICE:
            raise
        return None
    number, said, data = value.get("number"), value.get("sha256"), value.get("roll")
    try:
        if type(number) is not int or not isinstance(said, str) or not isinstance(data, str):
            raise DamagedError(what="the server's roll is malformed")
        sha256 = bytes.fromhex(said)
        if number == 0:
            return None
        if not data:
            if sha256 != known:
                raise DamagedError(what="the server's roll is malformed")
            return number, sha256, None
        roll = rolls.read(base64.b64decode(data, validate=True))
        if (roll.number, roll.sha256, roll.workspace) != (number, sha256, vault.identity.workspace):
            raise DamagedError(what="the server's roll is malformed")
    except (ValueError, WorldError) as error:
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    return number, sha256, roll


def _register(
    vault: Vault, client: Client, administrators: list[bytes], others: list[bytes], number: int, before: bytes
) -> None:
    """Registers the workspace, with proof that this device's authority comes from its founder."""
    log, key = vault.identity.log, vault.identity.require_signing_key()
    found = rolls.lineage(log, vault.identity.device)
    if found is None:
        raise NoSafeLinkError(reason=link_policy.NO_PROOF)
    some = others[: max(0, _SMALL - len(administrators))]
    workspace = vault.identity.require_workspace()
    roll = rolls.make(key, workspace, number, before, len(log), administrators, some)
    value = {
        "roll": _text(roll),
        "nonce": _text(found.nonce),
        "keys": [_text(one) for one in found.keys],
        "acts": [_text(act) for act in found.acts],
        "token": client.address.token,
    }
    try:
        client.json("POST", "/v1/register", value)
    except NoSafeLinkError as error:
        if error.facts.get("reason") == link_policy.NOT_REGISTERED and not client.address.token:
            raise NoSafeLinkError(reason=link_policy.UNKNOWN_DEVICE) from error
        raise
    except ServerError as error:
        known, said = error.facts.get("number"), error.facts.get("sha256")
        again = error.code == "superseded" and before == rolls.NONE
        if not (again and type(known) is int and isinstance(said, str) and len(said) == 64):
            raise
        try:
            _register(vault, client, administrators, others, known + 1, bytes.fromhex(said))
        except ValueError as wrong:
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from wrong
    if client.address.token:  # it is used up
        vault.set_setting("server", client.address.public())


def _put(
    vault: Vault,
    client: Client,
    epoch: str,
    administrators: list[bytes],
    others: list[bytes],
    number: int,
    before: bytes,
) -> None:
    """Puts the next roll; nothing where another administrator's came first."""
    log, key = vault.identity.log, vault.identity.require_signing_key()
    workspace = vault.identity.require_workspace()
    roll = rolls.make(key, workspace, number + 1, before, len(log), administrators, others)
    said = rolls.evidence(log)[-_MOST_SAID:]
    value = {"roll": _text(roll), "acts": [_text(act) for act in said]}
    try:
        client.json("PUT", "/v1/roll", value)
    except ServerError as error:
        if error.code != "superseded":
            raise


def _followed(vault: Vault, roll: Roll) -> bool:
    """Tells whether the roll lists a key whose place this device took: it is known by that."""
    own = vault.identity.roster.devices.get(vault.identity.device)
    line = own.line if own else ()
    return any(membership.device_id(key) in line for key in roll.keys)


def _claim(vault: Vault, client: Client, roll: Roll, report: alerts.Seen) -> None:
    """Another administrator's roll leaves this device out. Where that was decided, its notice says
    so, and is obeyed; else this device puts its own again, and says who it was."""
    try:
        obey(vault, client)
    except NoSafeLinkError as error:
        if error.facts.get("reason") != link_policy.MISBEHAVES:
            raise
    author = vault.identity.roster.devices.get(membership.device_id(roll.author))
    who = author.member if author else signing.id_text(membership.device_id(roll.author))[:8]
    if who not in report.shut_out:
        report.shut_out.append(who)


def _shut_out(vault: Vault, client: Client, epoch: str) -> None:
    """Lays word for every removed device that the server may know."""
    name = f"{_SHUT_OUT}.{epoch}"
    gone = {signing.id_text(d): m for d, m in vault.identity.roster.devices.items() if m.removed}
    done: list[str] = [text for text in vault.settings.get(name) or [] if text in gone]
    for text, member in gone.items():
        if text in done:
            continue
        try:
            client.json("PUT", f"/v1/devices/{text}/notice", raw=notice(vault.identity.log, member))
        except ServerError as error:
            if error.code != "not-found":  # it never spoke to this server
                raise
        done = [*done, text]
        vault.settings.put(name, done)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


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
        word = farewell.of(vault)  # signed while there is a key, said once it is gone
        vault.destroy()
        farewell.leave(client, word)
        raise RevokedError
    vault.identity.keep_acts(news)
    raise RemovedError


def _acts(data: bytes) -> list[bytes]:
    try:
        value = msgspec.msgpack.decode(data, type=list[bytes])  # anything else ends it at once
    except (ValueError, RecursionError) as error:
        raise DamagedError(what="the notice of a removal is malformed") from error
    if len(value) > membership.MAX_ACTS:
        raise DamagedError(what="the notice of a removal is malformed")
    return value
