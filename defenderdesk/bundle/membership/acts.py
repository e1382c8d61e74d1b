"""One act of the membership log as bytes: form, names, signature.

An act is `signature (64) || statement`; the statement is canonical CBOR:
`[1, workspace, kind, [parent ids], author device, when (ms), detail]`. Its id is a hash of the
statement. `when` is for people; nothing is decided by it, since a clock can be bent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from defenderdesk.bundle.membership import limits
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError, NewerError

VERSION = 1
FOUND, DESK, ADMIT, ROLE = "found", "desk", "admit", "role"
GRANT, WITHDRAW, REMOVE, ROTATE = "grant", "withdraw", "remove", "rotate"
ACCEPT, QUORUM, ENDORSE, SUCCEED = "accept", "quorum", "endorse", "succeed"
ADMISSIONS = "admissions"
TRAVEL, RETURN = "travel", "return"

_SIGNATURE = b"defenderdesk.org/v1/membership-act"
_ID = b"defenderdesk.org/v1/membership-act-id\x00"
_SUCCESSION = b"defenderdesk.org/v1/membership-succession"
_CONSENT = b"defenderdesk.org/v1/membership-consent"
_VOUCH = b"defenderdesk.org/v1/successor"
_WORKSPACE = b"defenderdesk.org/v1/workspace"
_DEVICE = b"defenderdesk.org/v1/device"
_KEY = b"defenderdesk.org/v1/desk-key"
_BAD = "an act of the membership is malformed"


class Cut(NamedTuple):
    """The end to which a device's feed in a desk counts: the chain's hash there, and the device's
    own signature over it."""

    feed: bytes
    seq: int
    hash: bytes
    signature: bytes


class Act(NamedTuple):
    """One signed statement about the workspace. `detail`: per kind, see `_FORMS`; `data`: the
    act as carried; `id`: 32 bytes."""

    workspace: bytes
    kind: str
    parents: tuple[bytes, ...]
    author: bytes
    when: int
    detail: tuple[Any, ...]
    data: bytes
    id: bytes

    def verify(self, key: bytes) -> None:
        """Raises `DamagedError` unless `key` signed it."""
        signing.verify(key, _SIGNATURE, self.data[64:], self.data[:64], "an act of the membership")


def device_id(signing_key: bytes) -> bytes:
    """16 bytes that name a device."""
    return signing.fingerprint(_DEVICE, signing_key)


def workspace_id(founder_key: bytes, nonce: bytes) -> bytes:
    """16 bytes that name a workspace and commit to its founder's signing key."""
    return signing.fingerprint(_WORKSPACE, founder_key + nonce)


def key_name(desk: bytes, epoch: int, key: bytes) -> bytes:
    """16 bytes that commit to a desk's key without telling it (the key is 256 random bits)."""
    return signing.fingerprint(_KEY, desk + epoch.to_bytes(4, "big") + key)


def make(
    key: signing.SigningKey,
    workspace: bytes,
    kind: str,
    parents: Sequence[bytes],
    when: int,
    detail: Sequence[Any],
) -> bytes:
    """A new act as carried."""
    author = device_id(key.public)
    statement = canonical.encode([VERSION, workspace, kind, sorted(parents), author, when, list(detail)])
    return key.sign(_SIGNATURE, statement) + statement


def consent(workspace: bytes, key: signing.SigningKey, recipient: bytes, member: str) -> bytes:
    """A device's statement about itself when it asks to be let in: whose it is, and what it opens.
    Else an administrator could admit a colleague's laptop once more under their own name, and count
    two administrators as one."""
    return key.sign(_CONSENT, workspace + recipient + member.encode())


def check_consent(workspace: bytes, key: bytes, recipient: bytes, member: str, proof: bytes) -> None:
    """Raises `DamagedError` unless the device with this key says so itself."""
    said = workspace + recipient + member.encode()
    signing.verify(key, _CONSENT, said, proof, "a request to be let in")


def check_admission(act: Act) -> None:
    """Raises `DamagedError` unless the admitted device says so itself."""
    key, recipient, member, proof = (*act.detail[:3], act.detail[7])
    check_consent(act.workspace, key, recipient, member, proof)


def succession(workspace: bytes, device: bytes, key: signing.SigningKey, recipient: bytes) -> list[bytes]:
    """The detail of `SUCCEED`: `key` itself says whose place it takes, so that nobody can name a
    colleague's device as their own successor."""
    return [key.public, recipient, key.sign(_SUCCESSION, workspace + device + recipient)]


def check_succession(act: Act) -> None:
    """Raises `DamagedError` unless the new key says so itself."""
    key, recipient, proof = act.detail
    said = act.workspace + act.author + recipient
    signing.verify(key, _SUCCESSION, said, proof, "an act of the membership")


def vouch(old: signing.SigningKey, key: bytes) -> bytes:
    """The proof that a server is shown when `key` takes the old one's place, which is gone by
    then."""
    return old.sign(_VOUCH, key)


def check_vouched(old: bytes, key: bytes, proof: bytes) -> None:
    """Raises `DamagedError` unless the old key said so."""
    signing.verify(old, _VOUCH, key, proof, "a device's successor")


def appointed(act: Act) -> bytes:
    """The device that an act makes an administrator's; empty where it makes none so."""
    if act.kind == ADMIT and act.detail[4] == limits.ADMINISTRATOR:
        return device_id(act.detail[0])
    appoints = act.kind == ROLE and act.detail[1] == limits.ADMINISTRATOR
    return bytes(act.detail[0]) if appoints else b""


def read(data: bytes) -> Act:
    """The act in `data`, its form checked, its signature not yet."""
    if not 64 < len(data) <= limits.MAX_ACT:
        raise DamagedError(what=_BAD)
    value = canonical.decode(data[64:], _BAD)
    if type(value) is not list or not value or type(value[0]) is not int:
        raise DamagedError(what=_BAD)
    if value[0] > VERSION:
        raise NewerError(what="an act of the membership")
    if not canonical.is_version(value[0], VERSION) or len(value) != 7:
        raise DamagedError(what=_BAD)
    _, workspace, kind, parents, author, when, detail = value
    if not (
        _sized(workspace, 16)
        and type(kind) is str
        and type(parents) is list
        and len(parents) <= limits.MAX_PARENTS
        and all(_sized(parent, 32) for parent in parents)
        and parents == sorted(set(parents))
        and _sized(author, 16)
        and type(when) is int
        and 0 <= when < 2**48
        and type(detail) is list
    ):
        raise DamagedError(what=_BAD)
    forms = _FORMS.get(kind)
    if forms is None:
        raise NewerError(what="an act of the membership")
    if len(detail) != len(forms) or not all(form(item) for form, item in zip(forms, detail, strict=True)):
        raise DamagedError(what=_BAD)
    name = hashlib.sha256(_ID + data[64:]).digest()
    return Act(workspace, kind, tuple(parents), author, when, tuple(detail), data, name)


def cuts(act: Act) -> list[tuple[bytes, Cut]]:
    """(desk, cut) that a rotation or an acceptance states."""
    if act.kind == ROTATE:
        return [(act.detail[0], Cut(*item)) for item in act.detail[3]]
    if act.kind == ACCEPT:
        return [(act.detail[0], Cut(*act.detail[1]))]
    return []


def _sized(value: Any, size: int) -> bool:
    return type(value) is bytes and len(value) == size


def _bytes(size: int) -> Callable[[Any], bool]:
    return lambda value: _sized(value, size)


def _name(value: Any) -> bool:
    return type(value) is str and len(value) <= limits.MAX_NAME


def _role(value: Any) -> bool:
    return value in limits.ROLES


def _flag(value: Any) -> bool:
    return type(value) is bool


def _number(limit: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and 0 <= value < limit


def _desks(value: Any) -> bool:
    return type(value) is list and len(value) <= limits.MAX_DESKS and all(_sized(desk, 16) for desk in value)


def _cut(value: Any) -> bool:
    return (
        type(value) is list
        and len(value) == 4
        and _sized(value[0], 16)
        and type(value[1]) is int
        and 0 <= value[1] < 2**40
        and _sized(value[2], 32)
        and _sized(value[3], 64 if value[1] else 0)
    )


def _cut_list(value: Any) -> bool:
    return type(value) is list and len(value) <= limits.MAX_MEMBERS and all(map(_cut, value))


_KEYS = (_bytes(32), _bytes(limits.RECIPIENT_SIZE))
_FORMS: dict[str, tuple[Callable[[Any], bool], ...]] = {
    # signing key, recipient, member, device's name, nonce, workspace's name
    FOUND: (*_KEYS, _name, _name, _bytes(16), _name),
    DESK: (_bytes(16), _bytes(16)),  # desk, name of its first key
    # signing key, recipient, member, device's name, role, desks, history from (ms; 0: all), the
    # device's own signature
    ADMIT: (*_KEYS, _name, _name, _role, _desks, _number(2**48), _bytes(64)),
    ROLE: (_bytes(16), _role),  # device, role
    GRANT: (_bytes(16), _bytes(16)),  # device, desk
    WITHDRAW: (_bytes(16), _bytes(16)),  # device, desk
    REMOVE: (_bytes(16), _flag),  # device, whether it shall destroy its keys
    ROTATE: (_bytes(16), _number(2**31), _bytes(16), _cut_list),  # desk, epoch, key's name, cuts
    ACCEPT: (_bytes(16), _cut),  # desk, cut
    QUORUM: (_number(100),),  # how many administrators act together
    ADMISSIONS: (_number(100),),  # how many let anybody in
    ENDORSE: (_bytes(32),),  # the act that is endorsed
    SUCCEED: (*_KEYS, _bytes(64)),  # signing key, recipient, the new key's own signature
    TRAVEL: (),  # the device itself: it holds nothing from now on, and is to be given nothing
    RETURN: (_bytes(16),),  # device
}
