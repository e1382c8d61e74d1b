"""The roll: which keys may speak to a server for a workspace, and which of them administer.

A server knows no names and no roles, so it cannot follow the membership itself. What follows from
it is told to it as a whole, signed by a device that administered according to the roll before; the
first by one that proves, with acts in which nobody is named, that its authority comes from the key
that founded the workspace. Specified in `docs/format/server.md`.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from defenderdesk.bundle.membership import acts, limits
from defenderdesk.bundle.membership.acts import Act, device_id
from defenderdesk.bundle.membership.log import Log
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError, NewerError

VERSION = 1
_SIGNATURE = b"defenderdesk.org/v1/roll"
_DOOR = b"defenderdesk.org/v1/device-box"
_BAD = "the roll of a workspace is malformed"
NONE = bytes(32)
"""The hash that the first roll follows."""
MAX_ADMINISTRATORS = 1000
MAX_PATH = 300


class Roll(NamedTuple):
    """The keys that may speak from now on. `administrators`: signing keys, the longest there first; `others`:
    signing keys; `before`: the hash of the roll that it takes the place of; `acts`: how many acts
    its author knew; `data`: as carried; `sha256`: its own hash."""

    workspace: bytes
    number: int
    before: bytes
    author: bytes
    acts: int
    administrators: tuple[bytes, ...]
    others: tuple[bytes, ...]
    data: bytes
    sha256: bytes

    @property
    def keys(self) -> frozenset[bytes]:
        """Every key that may speak."""
        return frozenset((*self.administrators, *self.others))


def make(
    key: signing.SigningKey,
    workspace: bytes,
    number: int,
    before: bytes,
    known: int,
    administrators: Sequence[bytes],
    others: Iterable[bytes],
) -> bytes:
    """A roll as carried: signature (64) ‖ statement."""
    statement = canonical.encode(
        [VERSION, workspace, number, before, key.public, known, list(administrators), sorted(others)]
    )
    return key.sign(_SIGNATURE, statement) + statement


def read(data: bytes) -> Roll:
    """The roll in `data`, its form and its author's signature checked. Raises `DamagedError`."""
    value = canonical.decode(data[64:], _BAD)
    if type(value) is list and value and type(value[0]) is int and value[0] > VERSION:
        raise NewerError(what="the roll of a workspace")
    if type(value) is not list or len(value) != 8 or not canonical.is_version(value[0], VERSION):
        raise DamagedError(what=_BAD)
    _, workspace, number, before, author, known, administrators, others = value
    if not (
        _sized(workspace, 16)
        and _number(number)
        and number > 0
        and _sized(before, 32)
        and _sized(author, signing.PUBLIC_KEY_SIZE)
        and _number(known)
        and _keys(administrators, MAX_ADMINISTRATORS)
        and _keys(others, limits.MAX_MEMBERS)
        and author in administrators
        and len({*administrators, *others}) == len(administrators) + len(others)
    ):
        raise DamagedError(what=_BAD)
    signing.verify(author, _SIGNATURE, data[64:], data[:64], "the roll of a workspace")
    return Roll(
        workspace,
        number,
        before,
        author,
        known,
        tuple(administrators),
        tuple(others),
        data,
        hashlib.sha256(data).digest(),
    )


def of(log: Log) -> tuple[list[bytes], list[bytes]]:
    """(administrators, others) as they follow from the membership and nothing else. A device whose
    place another took may still speak, to hear of that, and administers no more."""
    made: dict[bytes, int] = {}
    for number, act in enumerate(log.acts):
        if act.kind in (acts.FOUND, acts.ADMIT, acts.SUCCEED):
            made.setdefault(device_id(act.detail[0]), number)
    there = [m for m in log.roster.devices.values() if not m.removed]
    there.sort(key=lambda m: (made.get(m.device, len(made)), m.device))
    able = [m.signing_key for m in there if m.present and m.role == limits.ADMINISTRATOR]
    return able, [m.signing_key for m in there if m.signing_key not in set(able)]


def door(workspace: bytes, device: bytes) -> str:
    """The name of a device's own mailbox at a server."""
    return hashlib.sha256(_DOOR + workspace + device).hexdigest()[:32]


# -- where authority comes from --------------------------------------------------------------


class Lineage(NamedTuple):
    """The way of a key's authority from the founder's: `keys` from that one to this, and between
    each two the act by which one appointed the other or was followed by it. `nonce`: of the
    founding act, so that the workspace's id is theirs."""

    nonce: bytes
    keys: tuple[bytes, ...]
    acts: tuple[bytes, ...]


def lineage(log: Log, device: bytes) -> Lineage | None:
    """The shortest lineage of a device; None where the acts that brought it in name somebody."""
    founding = next((act for act in log.acts if act.kind == acts.FOUND), None)
    if founding is None:
        return None
    keys = {m.device: m.signing_key for m in log.roster.devices.values()}
    steps: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for act in log.acts:
        to = _leads_to(act)
        if to in keys:
            steps.setdefault(act.author, []).append((to, act.data))
    founder = device_id(founding.detail[0])
    paths: dict[bytes, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {founder: ((founding.detail[0],), ())}
    waiting = [founder]
    while waiting and device not in paths:
        one = waiting.pop(0)
        for to, data in steps.get(one, ()):
            if to not in paths:
                before, made = paths[one]
                paths[to] = ((*before, keys[to]), (*made, data))
                waiting.append(to)
    if device not in paths:
        return None
    return Lineage(founding.detail[4], *paths[device])


def check_lineage(workspace: bytes, found: Lineage) -> None:
    """Raises `DamagedError` unless the last key's authority comes from the workspace's founder."""
    keys = found.keys
    if not keys or len(keys) != len(found.acts) + 1 or len(keys) > MAX_PATH:
        raise DamagedError(what=_BAD)
    if acts.workspace_id(keys[0], found.nonce) != workspace:
        raise DamagedError(what="an act claims to found a workspace that it did not")
    for (one, other), data in zip(itertools.pairwise(keys), found.acts, strict=True):
        act = acts.read(data)
        if act.workspace != workspace or act.author != device_id(one) or _leads_to(act) != device_id(other):
            raise DamagedError(what="an act of the membership is not from an administrator")
        act.verify(one)
        if act.kind == acts.SUCCEED:
            acts.check_succession(act)


def _leads_to(act: Act) -> bytes:
    """The device that an act without names makes an administrator's, or its author's successor."""
    if act.kind == acts.SUCCEED:
        return device_id(act.detail[0])
    return acts.appointed(act) if act.kind == acts.ROLE else b""


def evidence(log: Log) -> list[bytes]:
    """The acts without names that a server needs to see who stands behind an administrator and who
    ended one: appointments, removals of administrators, endorsements of both, successions."""
    able = {m.device for m in log.roster.devices.values() if m.role == limits.ADMINISTRATOR}
    wanted: dict[bytes, Act] = {}
    for act in log.acts:
        appoints = act.kind == acts.ROLE and acts.appointed(act)
        removes = act.kind == acts.REMOVE and act.detail[0] in able
        follows = act.kind == acts.SUCCEED and act.author in able
        if appoints or removes or follows or (act.kind == acts.ENDORSE and act.detail[0] in wanted):
            wanted[act.id] = act
    return [act.data for act in wanted.values()]


def _sized(value: object, size: int) -> bool:
    return type(value) is bytes and len(value) == size


def _number(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**48


def _keys(value: object, most: int) -> bool:
    return (
        type(value) is list
        and len(value) <= most
        and all(_sized(key, signing.PUBLIC_KEY_SIZE) for key in value)
    )
