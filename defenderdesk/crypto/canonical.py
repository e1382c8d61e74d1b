"""Deterministic CBOR (RFC 8949 section 4.2): one value, one encoding.

What is signed or hashed is verified over the bytes as received and never re-encoded for that.
Reading is strict all the same, so that two programs can never read two meanings from the same
bytes: no duplicate keys, no indefinite lengths, no floats, no tags, only shortest forms, nothing
behind the end. `cbor2` lets some of these pass, so what was read is encoded again and compared.
What grows on the way is refused while it is read: tags (a reference to what stood before makes
gigabytes of 200 bytes), and maps as keys (hashed anew at each depth: 40 bytes take for ever).

A byte can become seventy: an empty list is one byte here and 72 in memory. So what has many bytes is
counted before it is read (`bound`), and refused where it would become more than `MAX_NODES` values.

`decode_many` reads thousands of small items at the price of one call: the items are joined with
a marker behind each that is random to this process. If an item were not exactly one CBOR item
(half of one, or two), the markers would not stand at every second place; and since no sender can
know the marker, none can fake it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import cbor2

from defenderdesk.errors import DamagedError, LimitError, Message

_MARK = secrets.token_bytes(8)
_MARK_ENCODED = b"\x48" + _MARK
_MAX_DEPTH = 40
MAX_NODES = 1_000_000
"""Values within values (each list, map, key, text, number is one) that are made of one call."""
_UNCOUNTED = 64 * 1024 * 1024
"""Bytes of memory that something may become without being counted."""
_LIST, _OTHER = 72, 22
"""The most bytes of memory that one byte becomes: of a list or map, and of anything else."""
_LISTS = bytes(range(0x80, 0xBC))
"""The first bytes of lists and maps. Others are in other places: so they count too many, never too few."""
_TAGS = (*range(6), 25, 28, 29, 30, 35, 36, 37, 43, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
"""The tags that cbor2 knows by itself; a test goes through all of them."""


def _refuse(*_: Any) -> Any:
    raise ValueError("a tag")


_STRICT: dict[str, Any] = {
    "allow_indefinite": False,
    "allow_duplicate_keys": False,
    "strict_hashable_types": True,
    "max_depth": _MAX_DEPTH,
    "semantic_decoders": dict.fromkeys(_TAGS, _refuse),
    "tag_hook": _refuse,
}
_JUMP = [0] * 256
"""By first byte: the length of an item that is over with it, or of which only the head is skipped
(lists, maps, tags); 0: a string of 24 bytes or more, or nothing that there is."""
for _major in range(8):
    for _short in range(24):
        _JUMP[_major << 5 | _short] = 1 + (_short if _major in (2, 3) else 0)
    if _major not in (2, 3):
        for _step in range(4):
            _JUMP[_major << 5 | 24 + _step] = 1 + (1 << _step)
_PLAIN = (bytes, str, int, bool, type(None))


def is_version(value: Any, *versions: int) -> bool:
    """Tells whether a decoded value is one of these versions. `true` is equal to 1 in Python, and is
    none."""
    return type(value) is int and value in versions


def encode(value: Any) -> bytes:
    """The one encoding of `value` (None, bool, int, str, bytes, list, tuple, dict)."""
    return cbor2.dumps(value, canonical=True)


def bound(data: bytes, most: int = MAX_NODES) -> None:
    """Raises `LimitError` if `data` would become more than `most` values. Made of the heads of the
    items alone, before any value is made; what is no CBOR is left to the decoder to refuse."""
    if _OTHER * len(data) <= _UNCOUNTED:
        lists = len(data) - len(data.translate(None, _LISTS))
        if _OTHER * len(data) + (_LIST - _OTHER) * lists <= _UNCOUNTED:
            return
    at = count = 0
    end, jump = len(data), _JUMP
    while at < end:
        head = data[at]
        count += 1
        if count > most:
            raise LimitError(what=Message("a structure of more than {most} values", most=most))
        if step := jump[head]:
            at += step
            continue
        width = 1 << (head & 31) - 24 if head >> 5 in (2, 3) and 24 <= head & 31 < 28 else 0
        if not width:
            return
        at += 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big")


def decode(data: bytes, what: str = "a structure is not canonical CBOR") -> Any:
    """The value that `data` encodes. Raises `DamagedError` unless `data` is canonical CBOR, and
    `LimitError` where it would become more than is made at once."""
    bound(data)
    try:
        value = cbor2.loads(data, **_STRICT)
        if cbor2.dumps(value, canonical=True) != data:
            raise DamagedError(what=what)
        check_plain(value)
    except DamagedError:
        raise
    except Exception as error:  # cbor2 raises its own tree, ValueError, OverflowError, TypeError
        raise DamagedError(what=what) from error
    return value


def decode_many(items: Sequence[bytes], what: str, most: int | None = None) -> list[Any]:
    """Decodes each of `items` in two calls for all of them. As `decode`, but that a float or an
    undefined may be among the values: the caller looks at the type of each. `most`: values that they
    may become together; None for what was taken in already."""
    if not items:
        return []
    count = 2 * len(items)
    joined = _array_head(count) + _MARK_ENCODED.join((*items, b""))
    if most is not None:
        bound(joined, most + count)
    try:
        values = cbor2.loads(joined, **_STRICT)
        if len(values) != count or values[1::2].count(_MARK) != len(items):
            raise DamagedError(what=what)
        if cbor2.dumps(values, canonical=True) != joined:
            raise DamagedError(what=what)
    except DamagedError:
        raise
    except Exception as error:
        raise DamagedError(what=what) from error
    return values[0::2]  # type: ignore[no-any-return]


def _array_head(count: int) -> bytes:
    if count < 24:
        return bytes([0x80 | count])
    if count < 0x100:
        return bytes([0x98, count])
    if count < 0x10000:
        return b"\x99" + count.to_bytes(2, "big")
    return b"\x9a" + count.to_bytes(4, "big")


def check_plain(value: Any, depth: int = 0) -> None:
    """Raises `DamagedError` if `value` holds anything but plain CBOR types (no float, tag…)."""
    kind = type(value)
    if kind in _PLAIN:
        if kind is int and not -(2**63) <= value < 2**64:
            raise DamagedError(what="a number is too large")
        return
    if depth > _MAX_DEPTH:
        raise DamagedError(what="a structure is nested too deeply")
    if kind is list:
        for item in value:
            check_plain(item, depth + 1)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str and type(key) is not bytes:
                raise DamagedError(what="a map has a key of a kind that is not used")
            check_plain(item, depth + 1)
    else:
        raise DamagedError(what="a structure holds a type that is not used")
