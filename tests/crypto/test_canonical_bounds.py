"""Canonical CBOR at the edges of what one call reads, and what stands in plain values."""

from __future__ import annotations

import pytest

from defenderdesk.crypto import canonical
from defenderdesk.errors import DamagedError


@pytest.mark.parametrize("count", [0, 1, 11, 12, 127, 128, 129, 32_767, 32_768, 40_000])
def test_any_number_of_items_is_read_in_one_call(count: int) -> None:
    """Twice as many, with the markers, stand in one array: its head grows at 24, 256, 65,536."""
    items = [canonical.encode(number) for number in range(count)]
    assert canonical.decode_many(items, "x") == list(range(count))


def test_a_marker_that_a_sender_knew_would_change_nothing() -> None:
    """Even with the marker itself, an item that is two items is seen."""
    mark = canonical._MARK_ENCODED
    for wrong in (
        [b"\x01\x02"],
        [b"\x01" + mark + b"\x02"],
        [b"\x82\x01", b"\x02"],
        [b"\x01\x02", b""],
        [b"", b"\x01\x02"],
        [b"", b"\x01"],
    ):
        with pytest.raises(DamagedError):
            canonical.decode_many(wrong, "x")
    assert canonical.decode_many([mark, b"\x01"], "x") == [canonical._MARK, 1]


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (2**64 - 1, True),
        (2**64, False),
        (-(2**63), True),
        (-(2**63) - 1, False),
        ([2**64], False),
        ({"a": [-(2**63) - 1]}, False),
        (True, True),
        (None, True),
        ({b"a": 1}, True),
        ({1: 1}, False),
        ({None: 1}, False),
        ({(): 1}, False),
        (1.5, False),
        ([1.5], False),
        ({"a": 1.5}, False),
        ((1,), False),
        ({"a": (1,)}, False),
        ({1, 2}, False),
        (bytearray(b"x"), False),
    ],
)
def test_what_a_plain_value_may_hold(value: object, right: bool) -> None:
    if right:
        canonical.check_plain(value)
        return
    with pytest.raises(DamagedError):
        canonical.check_plain(value)


@pytest.mark.parametrize("inner", [lambda v: [v], lambda v: {"a": v}], ids=["list", "map"])
def test_a_plain_value_is_forty_deep_and_no_deeper(inner) -> None:
    value: object = 1
    for _ in range(41):
        value = inner(value)
    canonical.check_plain(value)
    with pytest.raises(DamagedError, match="too deeply"):
        canonical.check_plain(inner(value))


def test_numbers_of_more_than_64_bits_are_refused_as_they_come() -> None:
    for data in ("1bffffffffffffffff", "3b7fffffffffffffff"):
        canonical.decode(bytes.fromhex(data))
    for data in ("3b8000000000000000", "3bffffffffffffffff", "813b8000000000000000"):
        with pytest.raises(DamagedError):
            canonical.decode(bytes.fromhex(data))
