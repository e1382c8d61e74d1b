"""The manifest of a bundle: what it holds, from whom, for whom. Specified in
`docs/format/bundle.md`; deterministic CBOR, signed by the sender's device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from defenderdesk.bundle import membership
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError, LimitError, NewerError, Says

VERSION = 1
MAGIC = b"DDBUNDL\x01"
SIGNATURE = b"defenderdesk.org/v1/bundle"

MAX_MANIFEST = 48 * 1024 * 1024
MAX_PART = 32 * 1024 * 1024
MAX_PARTS = 100_000
MAX_MISSING = 2_000
"""Attachment chunks that a receipt names as missing; beyond that it says so with `missing_all`."""

FEED, CHUNK, GRANT = "feed", "chunk", "grant"
_BAD = "the list of contents of a bundle is malformed"


@dataclass(frozen=True)
class Part:
    """One part: its kind, its length and SHA-256 as carried, and what its kind needs to know.

    feed: `device`, `first`, `count`, `raw` (length before compression).
    chunk: none (named by its SHA-256). grant: `device`.
    """

    kind: str
    length: int
    sha256: bytes
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """What the sender holds of the desk: feeds without gaps, and chunks it still lacks."""

    holds: dict[bytes, int]
    missing: tuple[bytes, ...] = ()
    missing_all: bool = False
    roster: bytes = b""


@dataclass(frozen=True)
class Manifest:
    """`created` in ms. `recipients`: device ids; empty when sealed to a desk or a partner.
    `purpose`: "exchange", or "first-contact" (to a device that a person just approved)."""

    workspace: bytes
    desk: bytes
    sender: bytes
    created: int
    recipients: tuple[bytes, ...]
    receipt: Receipt
    parts: tuple[Part, ...]
    certificates: tuple[bytes, ...] = ()
    purpose: str = "exchange"

    def encode(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.encode(
            {
                "version": VERSION,
                "workspace": self.workspace,
                "desk": self.desk,
                "sender": self.sender,
                "created": self.created,
                "recipients": list(self.recipients),
                "purpose": self.purpose,
                "holds": [[device, seq] for device, seq in sorted(self.receipt.holds.items())],
                "missing": list(self.receipt.missing),
                "missing_all": self.receipt.missing_all,
                "roster": self.receipt.roster,
                "certificates": list(self.certificates),
                "parts": [[p.kind, p.length, p.sha256, p.detail] for p in self.parts],
            }
        )


def read(data: bytes) -> Manifest:
    """The manifest in `data`, its form and bounds checked, its signature not yet. Keys from a
    later minor version are ignored."""
    value = canonical.decode(data, _BAD)
    if type(value) is not dict:
        raise DamagedError(what=_BAD)
    version = value.get("version")
    if type(version) is int and version > VERSION:
        raise NewerError(what="a bundle")
    if version != VERSION:
        raise DamagedError(what=_BAD)
    try:
        parts = tuple(_part(item) for item in _list(value["parts"], MAX_PARTS))
        holds = {}
        for item in _list(value["holds"], membership.MAX_MEMBERS):
            device, seq = item
            holds[_bytes(device, 16)] = _number(seq, 2**48)
        return Manifest(
            workspace=_bytes(value["workspace"], 16),
            desk=_bytes(value["desk"], 16),
            sender=_bytes(value["sender"], 16),
            created=_number(value["created"], 2**48),
            recipients=tuple(_bytes(r, 16) for r in _list(value["recipients"], 20_000)),
            receipt=Receipt(
                holds,
                tuple(_bytes(m, 32) for m in _list(value["missing"], MAX_MISSING)),
                value["missing_all"] is True,
                _bytes(value["roster"], 16),
            ),
            parts=parts,
            certificates=tuple(
                c if type(c) is bytes else _fail()
                for c in _list(value["certificates"], membership.MAX_MEMBERS)
            ),
            purpose=value["purpose"] if type(value["purpose"]) is str else _fail(),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise DamagedError(what=_BAD) from error


def _part(item: Any) -> Part:
    kind, length, sha256, detail = item
    if type(kind) is not str or type(detail) is not dict:
        raise DamagedError(what=_BAD)
    if type(length) is int and length > MAX_PART:
        raise LimitError(what=Says("one part of {length} bytes", length=length))
    part = Part(kind, _number(length, MAX_PART + 1), _bytes(sha256, 32), detail)
    if kind == FEED:
        _bytes(detail["device"], 16)
        if _number(detail["first"], 2**48) < 1 or _number(detail["count"], 2**32) < 1:
            raise DamagedError(what=_BAD)
        if _number(detail["raw"], 2**48) > MAX_PART:
            raise LimitError(what="one part that unpacks to more than 32 MiB")
    elif kind == GRANT:
        _bytes(detail["device"], 16)
    return part


def _list(value: Any, limit: int) -> list[Any]:
    if type(value) is not list:
        raise DamagedError(what=_BAD)
    if len(value) > limit:
        raise LimitError(what="a list of contents that is too long")
    return value


def _bytes(value: Any, size: int) -> bytes:
    if type(value) is not bytes or len(value) != size:
        raise DamagedError(what=_BAD)
    return value


def _number(value: Any, limit: int) -> int:
    if type(value) is not int or not 0 <= value < limit:
        raise DamagedError(what=_BAD)
    return value


def _fail() -> Any:
    raise DamagedError(what=_BAD)


def verify_signature(key: bytes, data: bytes, signature: bytes) -> None:
    """Raises `DamagedError` unless the sender's device signed these manifest bytes."""
    signing.verify(key, SIGNATURE, data, signature, "the bundle")
