"""Canonical CBOR: what is refused, and that it is refused before it costs anything."""

from __future__ import annotations

import cbor2
import pytest

from defenderdesk.crypto import canonical
from defenderdesk.errors import DamagedError


def head(major: int, number: int) -> bytes:
    """The head of an item, in its shortest form."""
    for size, mark in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 256**size:
            return bytes([major << 5 | mark]) + number.to_bytes(size, "big")
    raise ValueError(number)


def refused(data: bytes, *, many: bool = True) -> None:
    for items in ([data], [data, b"\x01"]) if many else ():
        with pytest.raises(DamagedError):
            canonical.decode_many(items, "x")
    with pytest.raises(DamagedError):
        canonical.decode(data)


def test_every_tag_is_refused() -> None:
    """Also those that cbor2 resolves by itself: none may ever be left to it."""
    numbers = {*range(1100), *range(1100, 70_000, 7), 43000, 55799, 2**32, 2**64 - 1}
    for tag in sorted(numbers):
        for content in (b"\x01", b"\x41a", b"\x61a", b"\x80", b"\x82\x01\x02", b"\xa0"):
            with pytest.raises(DamagedError):
                canonical.decode(head(6, tag) + content)


@pytest.mark.timeout(20)
def test_references_make_no_gigabytes() -> None:
    """Lists of two references to the list before: 2^38 items in 300 bytes."""
    lists = b"\xd8\x1c\x80" + b"".join(b"\xd8\x1c\x82" + 2 * (b"\xd8\x1d" + head(0, n)) for n in range(38))
    refused(head(4, 39) + lists)
    text = b"\x5a\x00\x0f\x42\x40" + bytes(1_000_000)
    refused(b"\xd9\x01\x00" + head(4, 1001) + text + b"\xd8\x19\x00" * 1000)


@pytest.mark.timeout(20)
def test_maps_as_keys_take_no_time() -> None:
    """`cbor2` encodes the keys of a map twice, and so on at each depth."""
    for depth in (2, 20, 38):
        refused(b"\xa1" * depth + bytes(depth + 1))
        refused(b"\x81" + b"\xa1" * depth + b"\x40" * (depth + 1))
    refused(b"\xa1\x80\x00")


def test_keys_are_texts_or_bytes() -> None:
    for key in (b"\x00", b"\x20", b"\xf5", b"\xf6"):
        refused(b"\xa1" + key + b"\x00")
    for value in ({"a": 1}, {b"a": {"b": [1, b"", None, True]}}):
        assert canonical.decode(canonical.encode(value)) == value


def test_what_is_not_the_one_encoding() -> None:
    for data in (
        b"\x18\x01",
        b"\x9f\xff",
        b"\xbf\xff",
        b"\x5f\xff",
        b"\xa2\x61b\x00\x61a\x00",
        b"\xa2\x61a\x00\x61a\x00",
        b"\x01\x01",
        b"",
        b"\x1b\x00\x00\x00\x00\x00\x00\x00\x01",
        b"\x81" * 41 + b"\x00",
    ):
        refused(data)
    for data in (b"\xf9\x00\x00", b"\xf7", b"\xe0", b"\x82\x01\xf9\x7e\x00"):
        refused(data, many=False)
    assert cbor2.loads(b"\x18\x01") == 1, "cbor2 alone would have taken it"
