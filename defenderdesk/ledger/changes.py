"""Changes and change sets as bytes. The format is specified in `docs/format/change-set.md`.

A change is kept and carried as the bytes its author wrote; its commitment is a salted hash over
them. A change set is a signed *header*, which commits to its changes, and a *body*, which holds
them. A change whose content was erased leaves its commitment in the body, so that the header
(and with it the chain and the signature) still verifies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from defenderdesk.crypto import canonical
from defenderdesk.domain.values import MAX_TEXT, Value, is_value
from defenderdesk.errors import DamagedError, LimitError, Message, NewerError

VERSION = 1
SET, ADD, REMOVE, ERASE, NOTE = 0, 1, 2, 3, 4
OPS = ("set", "add", "remove", "erase", "note")
"""A note leaves no value in the record: it stands in its history alone, and nothing replaces it."""

MAX_BODY = 16 * 1024 * 1024
MAX_CHANGES = 20_000
"""Of one change set. An import of more is written as several."""
MAX_FIELD = 128

_COMMITMENT = b"defenderdesk.org/v1/change\x00"
_ROOT = b"defenderdesk.org/v1/changes\x00"
_STRUCTURE = "a change set is malformed"

Dot = tuple[bytes, int, int]
"""Names one change in the world: device (16 bytes), sequence number, index in its change set."""


class Change(NamedTuple):
    """One field of one record: set, added to, removed from, erased, or noted beside.

    `record`: 16 bytes. `replaces`: the changes whose values this one takes the place of.
    """

    record: bytes
    field: str
    op: int
    value: Value
    replaces: tuple[Dot, ...] = ()


class Header(NamedTuple):
    """The header that is chained and signed: sequence number (from 1), clock stamp, root of
    commitments."""

    seq: int
    hlc: int
    root: bytes


class Body(NamedTuple):
    """A change set's content as read: `items` hold (record, change bytes), or (record, None)
    for a change whose content was erased."""

    items: list[tuple[bytes, bytes | None]]
    groups: list[tuple[bytes, int, int]]
    """(record, first, end): the indices of changes that the body lists together, in order."""
    whole: bool
    """True if nothing of it was erased."""


def encode_change(change: Change, device: bytes) -> bytes:
    """The bytes of one change, written by `device`. Dots of its own feed are written short."""
    if change.op == SET and not change.replaces:
        return canonical.encode([change.field, change.value])
    dots = [
        [seq, index] if author == device else [author, seq, index]
        for author, seq, index in sorted(change.replaces)
    ]
    return canonical.encode([change.field, change.op, change.value, dots])


def salts_of(seed: bytes, count: int) -> bytes:
    """16 bytes of salt per change, from the body's 16-byte seed (SHAKE-256)."""
    return hashlib.shake_256(seed).digest(16 * count)


def commitment(salt: bytes, record: bytes, change: bytes) -> bytes:
    """The commitment to a change in the header: 32 bytes that say nothing without the salt."""
    return hashlib.sha256(_COMMITMENT + salt + record + change).digest()


def make(changes: Sequence[Change], device: bytes, seq: int, hlc: int, seed: bytes) -> tuple[bytes, bytes]:
    """(header, body) of a new change set. `changes` stand together by record; `seed`: 16 random
    bytes."""
    if not 0 < len(changes) <= MAX_CHANGES:
        raise LimitError(what=Message("a change set of {n} changes", n=len(changes)))
    salts = salts_of(seed, len(changes))
    groups: list[list[Any]] = []
    commitments = []
    last = None
    for index, change in enumerate(changes):
        data = encode_change(change, device)
        commitments.append(commitment(salts[16 * index : 16 * index + 16], change.record, data))
        if change.record != last:
            last = change.record
            groups.append([last, []])
        groups[-1][1].append(data)
    root = hashlib.sha256(_ROOT + b"".join(commitments)).digest()
    body = canonical.encode([seed, groups])
    if len(body) > MAX_BODY:
        raise LimitError(what="a change set of more than 16 MiB")
    return canonical.encode([VERSION, seq, hlc, root]), body


def read_headers(items: Sequence[bytes], most: int | None = None) -> list[Header]:
    """The headers of a range. `most`: see `canonical.decode_many`.
    Raises `DamagedError`, or `NewerError` for a later version."""
    headers = []
    for value in canonical.decode_many(items, _STRUCTURE, most):
        if type(value) is list and value and type(value[0]) is int and value[0] > VERSION:
            raise NewerError(what="a change set")
        if not (
            type(value) is list
            and len(value) == 4
            and canonical.is_version(value[0], VERSION)
            and type(value[1]) is int
            and 0 < value[1] < 2**48
            and type(value[2]) is int
            and 0 <= value[2] < 2**64
            and type(value[3]) is bytes
            and len(value[3]) == 32
        ):
            raise DamagedError(what=_STRUCTURE)
        headers.append(Header(value[1], value[2], value[3]))
    return headers


def read_bodies(items: Sequence[bytes], headers: Sequence[Header], most: int | None = None) -> list[Body]:
    """The bodies of a range, each checked against the root in its header."""
    bodies = []
    sha256, mark, join = hashlib.sha256, _COMMITMENT, b"".join
    for value, header in zip(canonical.decode_many(items, _STRUCTURE, most), headers, strict=True):
        if type(value) is not list or len(value) != 2 or type(value[1]) is not list:
            raise DamagedError(what=_STRUCTURE)
        content, groups, erased = _flatten(value[1])
        salts = _salts(value[0], content, erased)
        parts = [
            sha256(join((mark, salts[at : at + 16], record, data or b""))).digest()
            for at, (record, data) in zip(range(0, len(salts), 16), content, strict=True)
        ]
        for index, kept in erased.items():
            parts[index] = kept
        if sha256(_ROOT + b"".join(parts)).digest() != header.root:
            raise DamagedError(what="the content of a change set is not what its author signed")
        bodies.append(Body(content, groups, not erased))
    return bodies


Content = list[tuple[bytes, bytes | None]]
Groups = list[tuple[bytes, int, int]]


def _flatten(value: list[Any]) -> tuple[Content, Groups, dict[int, bytes]]:
    """(record, change bytes) in order, which of them stand together, and the commitments of erased
    ones by index."""
    content: Content = []
    groups: Groups = []
    erased: dict[int, bytes] = {}
    for group in value:
        if type(group) is not list or len(group) != 2:
            raise DamagedError(what=_STRUCTURE)
        record, items = group
        if type(record) is not bytes or len(record) != 16 or type(items) is not list or not items:
            raise DamagedError(what=_STRUCTURE)
        groups.append((record, len(content), len(content) + len(items)))
        for item in items:
            if type(item) is bytes:
                content.append((record, item))
            elif type(item) is list and len(item) == 1 and type(item[0]) is bytes and len(item[0]) == 32:
                erased[len(content)] = item[0]
                content.append((record, None))
            else:
                raise DamagedError(what=_STRUCTURE)
    if not 0 < len(content) <= MAX_CHANGES:
        raise DamagedError(what=_STRUCTURE)
    return content, groups, erased


def _salts(value: Any, content: Content, erased: dict[int, bytes]) -> bytes:
    """The salts: derived from the seed, or, where content was erased, given one by one."""
    if type(value) is bytes and len(value) == 16 and not erased:
        return salts_of(value, len(content))
    if (
        erased
        and type(value) is list
        and len(value) == len(content)
        and all(
            (salt is None) if at in erased else (type(salt) is bytes and len(salt) == 16)
            for at, salt in enumerate(value)
        )
    ):
        return b"".join(salt or bytes(16) for salt in value)
    raise DamagedError(what=_STRUCTURE)


def redact(body: bytes, erase: Iterable[int]) -> bytes:
    """`body` without the content of the changes at these indices. The header stays valid."""
    gone = set(erase)
    seed, groups = canonical.decode(body, _STRUCTURE)
    content, _, erased = _flatten(groups)
    joined = _salts(seed, content, erased)
    salts: list[bytes | None] = []
    new_groups: list[list[Any]] = []
    index = 0
    for record, items in groups:
        kept: list[Any] = []
        for _ in items:
            data = content[index][1]
            salt = joined[16 * index : 16 * index + 16]
            if data is None or index in gone:
                salts.append(None)
                kept.append([erased[index] if data is None else commitment(salt, record, data)])
            else:
                salts.append(salt)
                kept.append(data)
            index += 1
        new_groups.append([record, kept])
    if all(salt is not None for salt in salts):
        return body
    return canonical.encode([salts, new_groups])


Decoded = tuple[str, int, Value, Any]
"""A change as read: field, op, value, replaced dots."""


def read_changes(items: Sequence[bytes], device: bytes, most: int | None = None) -> list[Decoded]:
    """Decodes change bytes of `device`, dots made whole. The same bytes are read once (`country`
    is one of few, `status` nearly always the same): whoever uses a value does not alter it."""
    once = dict.fromkeys(items)
    if 4 * len(once) > 3 * len(items):
        return _read_each(items, device, most)
    read = dict(zip(once, _read_each(list(once), device, most), strict=True))
    return [read[item] for item in items]


def _read_each(items: Sequence[bytes], device: bytes, most: int | None) -> list[Decoded]:
    """As `read_changes`, each for itself."""
    out: list[Decoded] = []
    append = out.append
    no_dots: tuple[Dot, ...] = ()
    for value in canonical.decode_many(items, _STRUCTURE, most):
        if type(value) is not list:
            raise DamagedError(what=_STRUCTURE)
        if len(value) == 2:
            name, content = value
            # Text that CBOR gave is valid UTF-8 already: only its length is left to check.
            if type(name) is str and type(content) is str and len(content) <= MAX_TEXT:
                if 0 < len(name) <= MAX_FIELD:
                    append((name, SET, content, no_dots))
                    continue
                raise DamagedError(what=_STRUCTURE)
            op, dots = SET, no_dots
        elif len(value) == 4:
            name, op, content, raw = value
            if type(op) is not int or not 0 <= op <= NOTE:
                raise NewerError(what="a change of an unknown operation")
            dots = _dots(raw, device) if raw != [] else no_dots
        else:
            raise DamagedError(what=_STRUCTURE)
        if type(name) is not str or not 0 < len(name) <= MAX_FIELD:
            raise DamagedError(what=_STRUCTURE)
        if not is_value(content):
            raise DamagedError(what="a change holds a value that is not used")
        append((name, op, content, dots))
    return out


def _dots(raw: Any, device: bytes) -> tuple[Dot, ...]:
    if type(raw) is not list:
        raise DamagedError(what=_STRUCTURE)
    dots = []
    for dot in raw:
        if type(dot) is not list:
            raise DamagedError(what=_STRUCTURE)
        author, seq, index = (device, *dot) if len(dot) == 2 else dot if len(dot) == 3 else (0,) * 3
        if (
            type(author) is not bytes
            or len(author) != 16
            or type(seq) is not int
            or type(index) is not int
            or not 0 < seq < 2**48
            or not 0 <= index < MAX_CHANGES
        ):
            raise DamagedError(what=_STRUCTURE)
        dots.append((author, seq, index))
    return tuple(dots)
