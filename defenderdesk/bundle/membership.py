"""Device certificates: an administrator's signed statement that a device is a member's.

A workspace is named by a hash of its founder's signing key, so the chain of certificates needs
no other root. Specified in `docs/format/membership.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError, NewerError

VERSION = 1
RECIPIENT_SIZE = 1216
"""Bytes of a hybrid age recipient (ML-KEM-768 1184 + X25519 32)."""
ADMINISTRATOR = "administrator"
RESEARCHER = "researcher"
ROLES = ("researcher", "desk officer", "coordinator", ADMINISTRATOR)
MAX_NAME = 200
MAX_CERTIFICATE = 64 * 1024
MAX_MEMBERS = 20_000

_SIGNATURE = b"defenderdesk.org/v1/certificate"
_WORKSPACE = b"defenderdesk.org/v1/workspace"
_DEVICE = b"defenderdesk.org/v1/device"
_ROSTER = b"defenderdesk.org/v1/roster\x00"
_BAD = "a device certificate is malformed"


@dataclass(frozen=True)
class Certificate:
    """What an administrator's device states of a device. Ids are 16 bytes, `issued` in ms.

    `nonce` stands in the founder's own certificate only, and `workspace_name` with it.
    """

    workspace: bytes
    signing_key: bytes
    recipient: bytes
    member: str
    name: str
    role: str
    desks: tuple[bytes, ...]
    issued: int
    issuer: bytes
    nonce: bytes = b""
    workspace_name: str = ""

    @property
    def device(self) -> bytes:
        """The device's id: a hash of its signing key."""
        return device_id(self.signing_key)

    def statement(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.encode(
            [
                VERSION,
                self.workspace,
                self.signing_key,
                self.recipient,
                self.member,
                self.name,
                self.role,
                list(self.desks),
                self.issued,
                self.issuer,
                self.nonce,
                self.workspace_name,
            ]
        )

    def sign(self, key: signing.SigningKey) -> bytes:
        """The certificate as carried: the issuer's signature, then the statement."""
        statement = self.statement()
        return key.sign(_SIGNATURE, statement) + statement


def device_id(signing_key: bytes) -> bytes:
    """16 bytes that name a device."""
    return signing.fingerprint(_DEVICE, signing_key)


def workspace_id(founder_key: bytes, nonce: bytes) -> bytes:
    """16 bytes that name a workspace and commit to its founder's signing key."""
    return signing.fingerprint(_WORKSPACE, founder_key + nonce)


def read(data: bytes) -> Certificate:
    """The certificate in `data`, its form checked, its signature not yet."""
    if not 64 < len(data) <= MAX_CERTIFICATE:
        raise DamagedError(what=_BAD)
    value = canonical.decode(data[64:], _BAD)
    if type(value) is list and value and type(value[0]) is int and value[0] > VERSION:
        raise NewerError(what="a device certificate")
    if type(value) is not list or len(value) != 12 or value[0] != VERSION:
        raise DamagedError(what=_BAD)
    _, workspace, key, recipient, member, name, role, desks, issued, issuer, nonce, title = value
    sizes = ((workspace, 16), (key, 32), (recipient, RECIPIENT_SIZE), (issuer, 16))
    if not (
        all(type(field) is bytes and len(field) == size for field, size in sizes)
        and all(type(t) is str and len(t) <= MAX_NAME for t in (member, name, role, title))
        and type(desks) is list
        and all(type(desk) is bytes and len(desk) == 16 for desk in desks)
        and type(issued) is int
        and 0 <= issued < 2**48
        and type(nonce) is bytes
        and len(nonce) in (0, 16)
    ):
        raise DamagedError(what=_BAD)
    return Certificate(
        workspace, key, recipient, member, name, role, tuple(desks), issued, issuer, nonce, title
    )


def check(data: bytes, known: Mapping[bytes, Certificate]) -> Certificate:
    """The certificate, if its issuer is the founder or an administrator in `known`."""
    cert = read(data)
    if cert.nonce:
        if cert.issuer != cert.device or cert.role != ADMINISTRATOR:
            raise DamagedError(what=_BAD)
        if workspace_id(cert.signing_key, cert.nonce) != cert.workspace:
            raise DamagedError(what="a certificate claims to found a workspace that it did not")
        issuer_key = cert.signing_key
    else:
        issuer = known.get(cert.issuer)
        if issuer is None or issuer.role != ADMINISTRATOR or issuer.workspace != cert.workspace:
            raise DamagedError(what="a device certificate is not from an administrator")
        issuer_key = issuer.signing_key
    signing.verify(issuer_key, _SIGNATURE, data[64:], data[:64], "a device certificate")
    return cert


def check_all(
    items: Iterable[bytes], workspace: bytes, known: Mapping[bytes, Certificate]
) -> dict[bytes, tuple[Certificate, bytes]]:
    """The certificates of `workspace` among `items` that hold (device → certificate and its
    bytes), in any order of issue. Raises `DamagedError` if one does not hold."""
    trusted = dict(known)
    found: dict[bytes, tuple[Certificate, bytes]] = {}
    pending = list(items)
    while pending:
        left = []
        for data in pending:
            cert = read(data)
            if cert.workspace != workspace:
                raise DamagedError(what="a device certificate is of another workspace")
            if not cert.nonce and cert.issuer not in trusted:
                left.append(data)
                continue
            cert = check(data, trusted)
            present = trusted.get(cert.device)
            if present is None or cert.issued > present.issued:
                trusted[cert.device] = cert
                found[cert.device] = (cert, data)
        if len(left) == len(pending):
            raise DamagedError(what="a device certificate is not from an administrator")
        pending = left
    return found


def roster(certificates: Iterable[bytes]) -> bytes:
    """16 bytes that are equal where the same certificates are known."""
    digests = sorted(hashlib.sha256(data).digest() for data in certificates)
    return hashlib.sha256(_ROSTER + b"".join(digests)).digest()[:16]
