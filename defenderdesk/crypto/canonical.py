"""Deterministic CBOR (RFC 8949 section 4.2): one value, one encoding.

What is signed or hashed is verified over the bytes as received and never re-encoded for that.
Reading is strict all the same, so that two programs can never read two meanings from the same
bytes: no duplicate keys, no indefinite lengths, no floats, no tags, only shortest forms, nothing
behind the end. `cbor2` lets some of these pass, so what was read is encoded again and compared.
What grows on the way is refused while it is read: tags (a reference to what stood before makes
gigabytes of 200 bytes), and maps as keys (hashed anew at each depth: 40 bytes take for ever).

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

from defenderdesk.errors import DamagedError

_MARK = secrets.token_bytes(8)
_MARK_ENCODED = b"\x48" + _MARK
_MAX_DEPTH = 40
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
_PLAIN = (bytes, str, int, bool, type(None))


def is_version(value: Any, version: int) -> bool:
    """Tells whether a decoded value is that version. `true` is equal to 1 in Python, and is none."""
    return type(value) is int and value == version


def encode(value: Any) -> bytes:
    """The one encoding of `value` (None, bool, int, str, bytes, list, tuple, dict)."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, what: str = "a structure is not canonical CBOR") -> Any:
    """The value that `data` encodes. Raises `DamagedError` unless `data` is canonical CBOR."""
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


def decode_many(items: Sequence[bytes], what: str) -> list[Any]:
    """Decodes each of `items` in two calls for all of them. As `decode`, but that a float or an
    undefined may be among the values: the caller looks at the type of each."""
    if not items:
        return []
    count = 2 * len(items)
    joined = _array_head(count) + _MARK_ENCODED.join((*items, b""))
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
