"""The manifest of a bundle: what it holds, from whom, for whom. Specified in
`docs/format/bundle.md`; deterministic CBOR, signed by the sender's device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from defenderdesk.bundle import membership
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError, LimitError, Message, NewerError

VERSION = 1
MAGIC = b"DDBUNDL\x01"
SIGNATURE = b"defenderdesk.org/v1/bundle"

MAX_MANIFEST = 24 * 1024 * 1024
MAX_PART = 32 * 1024 * 1024
MAX_PARTS = 100_000
UNPACKED, UNPACKED_A_BYTE = 64 * 1024 * 1024, 64
"""Bytes that the ranges of one bundle may unpack to: so many, and for each byte carried so many more."""
MAX_UNPACKED, MAX_UNPACKED_A_BYTE = 128 * 1024 * 1024, 3
"""As above, for bundles that are large themselves; the smaller of both holds."""
MAX_RECIPIENTS = 20_000
MAX_MISSING = 2_000
"""Attachment chunks that a receipt names as missing; beyond that it says so with `missing_all`."""

MAX_SINCE = 64
"""Acts that a receipt names as those that it was made after."""

FEED, CHUNK, GRANT = "feed", "chunk", "grant"
EXCHANGE, FIRST_CONTACT, KEYS = "exchange", "first-contact", "keys"
_BAD = "the list of contents of a bundle is malformed"


@dataclass(frozen=True)
class Part:
    """One part: its kind, its length and SHA-256 as carried, and what its kind needs to know.

    feed: `device`, `first`, `count`, `raw` (length before compression); of a branch of a forked
    feed also `feed` (its name), `parent` and `base`.
    chunk: none (named by its SHA-256). grant: `device`.
    """

    kind: str
    length: int
    sha256: bytes
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """The sender's holdings of the desk: feeds without gaps, and chunks it still lacks.
    `roster`: a digest of the membership that it knows."""

    holds: dict[bytes, int]
    missing: tuple[bytes, ...] = ()
    missing_all: bool = False
    roster: bytes = b""
    heads: dict[bytes, bytes] = field(default_factory=dict)
    """Feed → the first 16 bytes of the chain's hash behind what it holds of it."""
    key: bytes = b""
    """The name of the desk's key that the sender seals with."""
    since: tuple[bytes, ...] = ()
    """The acts since which the sender holds what it holds (`Log.beginnings`), as it knew them: a
    receipt of before the desk was given back, or of before a journey, counts no more."""


@dataclass(frozen=True)
class Manifest:
    """`created` in ms. `recipients`: device ids; empty when sealed to a desk or a partner.
    `acts`: of the membership. `purpose`: "exchange", "first-contact" (to a device that a person
    just approved), or "keys" (a desk's new key, to the devices that are still to have it)."""

    workspace: bytes
    desk: bytes
    sender: bytes
    created: int
    recipients: tuple[bytes, ...]
    receipt: Receipt
    parts: tuple[Part, ...]
    acts: tuple[bytes, ...] = ()
    purpose: str = EXCHANGE

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
                "heads": [[feed, head] for feed, head in sorted(self.receipt.heads.items())],
                "key": self.receipt.key,
                "since": list(self.receipt.since),
                "acts": list(self.acts),
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
    if not canonical.is_version(version, VERSION):
        raise DamagedError(what=_BAD)
    try:
        parts = tuple(_part(item) for item in _list(value["parts"], MAX_PARTS))
        _check_unpacked(parts)
        holds = {}
        for item in _list(value["holds"], membership.MAX_MEMBERS):
            device, seq = item
            holds[_bytes(device, 16)] = _number(seq, 2**48)
        heads = {}
        for item in _list(value["heads"], membership.MAX_MEMBERS):
            feed, head = item
            heads[_bytes(feed, 16)] = _bytes(head, 16)
        key = value["key"]
        return Manifest(
            workspace=_bytes(value["workspace"], 16),
            desk=_bytes(value["desk"], 16),
            sender=_bytes(value["sender"], 16),
            created=_number(value["created"], 2**48),
            recipients=tuple(_bytes(r, 16) for r in _list(value["recipients"], MAX_RECIPIENTS)),
            receipt=Receipt(
                holds,
                tuple(_bytes(m, 32) for m in _list(value["missing"], MAX_MISSING)),
                value["missing_all"] is True,
                _bytes(value["roster"], 16),
                heads,
                _bytes(key, 16) if key else b"",
                tuple(_bytes(act, 32) for act in _list(value.get("since", []), MAX_SINCE)),
            ),
            parts=parts,
            acts=tuple(
                act if type(act) is bytes else _fail()
                for act in _list(value["acts"], membership.MAX_ACTS + membership.RESERVE)
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
        raise LimitError(what=Message("one part of {length} bytes", length=length))
    part = Part(kind, _number(length, MAX_PART + 1), _bytes(sha256, 32), detail)
    if kind == FEED:
        _bytes(detail["device"], 16)
        if _number(detail["first"], 2**48) < 1 or _number(detail["count"], 2**32) < 1:
            raise DamagedError(what=_BAD)
        if _number(detail["raw"], 2**48) > MAX_PART:
            raise LimitError(what="one part that unpacks to more than 32 MiB")
        if "parent" in detail:
            _bytes(detail["feed"], 16)
            _bytes(detail["parent"], 16)
            if _number(detail["base"], 2**48) >= detail["first"]:
                raise DamagedError(what=_BAD)
    elif kind == GRANT:
        _bytes(detail["device"], 16)
    return part


def _check_unpacked(parts: tuple[Part, ...]) -> None:
    """Raises `LimitError` where the ranges together would become too much. Each has a bound of its
    own, but there may be many, and a few bytes make each."""
    carried = sum(part.length for part in parts if part.kind == FEED)
    unpacked = sum(part.detail["raw"] for part in parts if part.kind == FEED)
    if unpacked > min(UNPACKED + UNPACKED_A_BYTE * carried, MAX_UNPACKED + MAX_UNPACKED_A_BYTE * carried):
        raise LimitError(
            what=Message("{carried} bytes that unpack to {unpacked}", carried=carried, unpacked=unpacked)
        )


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
