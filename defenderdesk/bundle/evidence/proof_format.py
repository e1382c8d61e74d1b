"""The proof in a custody package: its form. `bundle.evidence.check` says what it proves.

Specified in `docs/format/custody.md`. A proof is one canonical CBOR structure: who is a member,
stretches of the devices' chains with the bodies that concern one record (all else in them
redacted), the devices' signatures, trusted timestamps over these, and where a device's chain
forks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from defenderdesk.crypto import canonical
from defenderdesk.crypto.timestamp import MAX_ANSWER, MAX_ROOT
from defenderdesk.errors import DamagedError, LimitError, NewerError
from defenderdesk.ledger import changes
from defenderdesk.ledger.branches import Branch

FORMAT = "defenderdesk-custody"
PLAIN, FORKED = 1, 2
"""Versions: without branches, and with them. Old packages stay what they are."""
MAX_PROOF = 64 * 1024 * 1024
MAX_HEADERS = 1_000_000
MAX_SEGMENTS = 20_000
MAX_TOKENS = 1000
MAX_BRANCHES = 1000
MAX_HEADER = 128
_BAD = "the proof is malformed"
NOBODY = bytes(16)
"""Stands for every other record in a redacted body: the ids of a case's records are nobody's."""


@dataclass(frozen=True)
class Segment:
    """A stretch of one feed: consecutive headers behind chain hash `previous`, the first of
    number `first`. `bodies` and `signatures` by number; the last one is signed, unless branches
    begin there. `device`: the feed's name, which is its device's or a branch's."""

    device: bytes
    first: int
    previous: bytes
    headers: list[bytes]
    bodies: dict[int, bytes] = field(default_factory=dict)
    signatures: dict[int, bytes] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The number of the last header."""
        return self.first + len(self.headers) - 1


@dataclass(frozen=True)
class Stamped:
    """A token over the signature of feed `device` behind number `seq`; `root`: DER."""

    device: bytes
    seq: int
    authority: str
    token: bytes
    root: bytes


@dataclass(frozen=True)
class Proof:
    """Everything that is to be verified. `package`: names this package in its closing act;
    `branches`: those that the entries lie in, and beside each the others that begin there."""

    workspace: bytes
    desk: bytes
    record: bytes
    package: bytes
    members: list[bytes]
    segments: list[Segment]
    stamps: list[Stamped]
    branches: dict[bytes, Branch] = field(default_factory=dict)


def encode(proof: Proof) -> bytes:
    """The proof as bytes."""
    parted = sorted((b.base, name, b.parent) for name, b in proof.branches.items())
    return canonical.encode(
        [
            FORMAT,
            FORKED if parted else PLAIN,
            proof.workspace,
            proof.desk,
            proof.record,
            proof.package,
            proof.members,
            [
                [
                    s.device,
                    s.first,
                    s.previous,
                    s.headers,
                    [list(b) for b in sorted(s.bodies.items())],
                    [list(b) for b in sorted(s.signatures.items())],
                ]
                for s in proof.segments
            ],
            [[s.device, s.seq, s.authority, s.token, s.root] for s in proof.stamps],
            *([[[name, parent, base] for base, name, parent in parted]] if parted else []),
        ]
    )


def decode(data: bytes) -> Proof:
    """The proof in `data`, its form checked and nothing else. Raises `DamagedError`."""
    if len(data) > MAX_PROOF:
        raise LimitError(what="a proof of more than 64 MiB")
    value = canonical.decode(data, _BAD)
    if type(value) is not list or len(value) < 2 or value[0] != FORMAT:
        raise DamagedError(what=_BAD)
    if type(value[1]) is int and value[1] > FORKED:
        raise NewerError(what="a custody package")
    if type(value[1]) is not int or {PLAIN: 9, FORKED: 10}.get(value[1]) != len(value):
        raise DamagedError(what=_BAD)
    workspace, desk, record, package = (_bytes(one, 16) for one in value[2:6])
    members = [_bytes(one) for one in _list(value[6], MAX_SEGMENTS)]
    segments = [_segment(one) for one in _list(value[7], MAX_SEGMENTS)]
    if sum(len(s.headers) for s in segments) > MAX_HEADERS:
        raise LimitError(what="a proof of too many change sets")
    stamps = [_stamp(one) for one in _list(value[8], MAX_TOKENS)]
    parted = _branches(value[9]) if value[1] == FORKED else {}
    forked = parted.keys() | {branch.parent for branch in parted.values()}
    if any(not s.bodies and s.device not in forked for s in segments):
        raise DamagedError(what=_BAD)
    return Proof(workspace, desk, record, package, members, segments, stamps, parted)


def _branches(value: Any) -> dict[bytes, Branch]:
    """The branches, in the order of (base, name): so that none comes of itself."""
    out: dict[bytes, Branch] = {}
    last = (-1, b"")
    for one in _list(value, MAX_BRANCHES, 1):
        name, parent, base = _list(one, 3, 3)
        if type(base) is not int or not 0 <= base < 2**48 or (base, _bytes(name, 16)) <= last:
            raise DamagedError(what=_BAD)
        last = (base, name)
        if name in out:
            raise DamagedError(what=_BAD)
        out[name] = Branch(_bytes(parent, 16), base)
    if any(b.parent in out and out[b.parent].base >= b.base for b in out.values()):
        raise DamagedError(what=_BAD)
    return out


def _segment(value: Any) -> Segment:
    device, first, previous, headers, bodies, signatures = _list(value, 6, 6)
    out = Segment(
        _bytes(device, 16),
        _number(first),
        _bytes(previous, 32),
        [_bytes(h, most=MAX_HEADER) for h in _list(headers, MAX_HEADERS, 1)],
        _by_number(bodies, changes.MAX_BODY),
        _by_number(signatures, 64),
    )
    inside = range(out.first, out.last + 1)
    if any(n not in inside for n in (*out.bodies, *out.signatures)):
        raise DamagedError(what=_BAD)
    return out


def _by_number(value: Any, most: int) -> dict[int, bytes]:
    out: dict[int, bytes] = {}
    for one in _list(value, MAX_HEADERS):
        number, data = _list(one, 2, 2)
        if _number(number) <= max(out, default=0):
            raise DamagedError(what=_BAD)
        out[number] = _bytes(data, most=most)
    return out


def _stamp(value: Any) -> Stamped:
    device, seq, authority, token, root = _list(value, 5, 5)
    if type(authority) is not str or len(authority) > 200:
        raise DamagedError(what=_BAD)
    return Stamped(
        _bytes(device, 16),
        _number(seq),
        authority,
        _bytes(token, most=MAX_ANSWER),
        _bytes(root, most=MAX_ROOT),
    )


def _list(value: Any, most: int, least: int = 0) -> list[Any]:
    if type(value) is not list or not least <= len(value) <= most:
        raise DamagedError(what=_BAD)
    return value


def _bytes(value: Any, size: int | None = None, most: int = MAX_PROOF) -> bytes:
    if type(value) is not bytes or len(value) > most or (size is not None and len(value) != size):
        raise DamagedError(what=_BAD)
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value < 2**48:
        raise DamagedError(what=_BAD)
    return value


def redacted(body: bytes, record: bytes, keep: Iterable[int]) -> bytes:
    """`body` with the content of the changes `keep` alone, which are of `record`. The ids of
    other records are taken out with it; the header stays valid."""
    seed, groups = canonical.decode(body, _BAD)
    count = sum(len(items) for _, items in groups)
    kept = set(keep)
    cut = changes.redact(body, (at for at in range(count) if at not in kept))
    seed, groups = canonical.decode(cut, _BAD)
    return canonical.encode([seed, [[rid if rid == record else NOBODY, items] for rid, items in groups]])
