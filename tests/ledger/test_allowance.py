"""What one bundle may bring, on both sides of each bound; and that what is here already has none."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from defenderdesk.crypto import canonical
from defenderdesk.domain.values import nodes
from defenderdesk.errors import DamagedError, LimitError
from defenderdesk.ledger import changes
from defenderdesk.ledger.allowance import Allowance
from defenderdesk.ledger.changes import SET
from defenderdesk.ledger.merge import State

DEVICE = b"d" * 16


def test_values_are_counted_with_keys_and_all_that_they_hold() -> None:
    assert [nodes(v) for v in (None, "text", 5, [], {})] == [1] * 5
    assert nodes([1, [2, 3], {"a": 1, "b": [1, 2]}]) == 12


def one(value: Any = None, dots: int = 0) -> changes.Decoded:
    return ("f", SET, value, tuple((DEVICE, 1, n) for n in range(dots)))


@pytest.mark.parametrize(
    ("most", "beyond", "words"),
    [
        (lambda: one([0] * 199_999), lambda: one([0] * 200_000), "a value of Mole"),
        (lambda: one(dots=100_000), lambda: one(dots=100_001), "one change of Mole"),
    ],
    ids=["value", "dots"],
)
def test_one_change(most: Callable[[], Any], beyond: Callable[[], Any], words: str) -> None:
    Allowance().take([most()], "Mole")
    with pytest.raises(LimitError, match=words):
        Allowance().take([beyond()], "Mole")


def test_changes_of_a_bundle_grow_with_what_was_carried() -> None:
    few, many = Allowance(), Allowance(32 * 1000)
    for each, most in ((few, 1_000_000), (many, 1_001_000)):
        each.take([one()] * most, "Mole")
        with pytest.raises(LimitError, match="changes by Mole"):
            each.take([one()], "Mole")


def test_a_first_bundle_may_bring_the_work_of_years() -> None:
    left = Allowance(fresh=True)
    for _ in range(16):
        left.take([one()] * 1_000_000, "Mole")
    with pytest.raises(LimitError, match="changes by Mole"):
        left.take([one()], "Mole")


def test_values_within_values_of_a_bundle() -> None:
    left = Allowance()
    for _ in range(10):
        left.take([one([0] * 100_007)], "Mole")  # itself one, and eight for the change
    with pytest.raises(LimitError, match="values within values by Mole"):
        left.take([one([0] * 8)], "Mole")


def test_records_of_a_bundle_and_changes_of_one() -> None:
    grouped = {n.to_bytes(16, "big"): [(0, (0, DEVICE, 0), 0, [one()])] for n in range(100_000)}
    left = Allowance(128)
    left.records(grouped, 100_000, "Mole")
    left.records(grouped, 100_000, "Mole")
    left.records({bytes(16): []}, 0, "Mole")
    with pytest.raises(LimitError, match="records by Mole"):
        left.records({bytes(16): []}, 0, "Mole")
    left = Allowance()
    half = {bytes(16): [(0, (0, DEVICE, 0), 0, [one()] * 50_000)]}
    left.records(half, 50_000, "Mole")
    left.records(half, 50_000, "Mole")
    with pytest.raises(LimitError, match="one record by Mole"):
        left.records({bytes(16): [(0, (0, DEVICE, 0), 0, [one()] * 1_001)]}, 1_001, "Mole")


def test_what_is_gone_before_it_came() -> None:
    left = Allowance()
    left.gone(0, 100_000, "Mole")
    left.gone(200_000, 200_000, "Mole")
    left.gone(100_000, 101_000, "Mole")
    with pytest.raises(LimitError, match="not there, by Mole"):
        left.gone(101_000, 101_001, "Mole")


def test_only_what_one_device_wrote_weighs() -> None:
    state = State()
    for seq in range(1, 4):
        state.apply((seq, DEVICE, seq), 0, "f", SET, "x" * 1000, (), lambda _d, _s: False)
    state.apply((9, b"o" * 16, 1), 0, "f", SET, [1, 2], (), lambda _d, _s: False)
    assert state.weight_of(DEVICE) == 3 * (250 + 4000)
    assert state.weight_of(b"o" * 16) == 250 + 3 * 72
    Allowance().standing(64 * 1024 * 1024, "Mole")
    with pytest.raises(LimitError, match="by Mole"):
        Allowance().standing(64 * 1024 * 1024 + 1, "Mole")


# -- counted before anything is made ----------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [0] * 500,
        [[[]] * 3, {"a": [None, True], "bcd": {}}, "x" * 23, "x" * 24, "y" * 300, "z" * 70_000],
        [b"", b"1" * 24, -1, -(2**40), 2**63, 23, 24, 255, 256, 65536, 2**32],
        {str(n): n for n in range(300)},
        ["é" * 100_000],
    ],
)
def test_heads_are_counted_as_values_are(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    monkeypatch.setattr(canonical, "_UNCOUNTED", 0)
    data = canonical.encode(value)
    canonical.bound(data, nodes(value))
    with pytest.raises(LimitError):
        canonical.bound(data, nodes(value) - 1)


def test_what_cannot_become_much_is_not_counted() -> None:
    """The first sight is for speed: it lets pass nothing that would take more than 64 MiB."""
    canonical.bound(b"\x80" * 900_000, 1)
    for data in (b"\x80" * 1_000_000, b"\x00" * 3_100_000, b"\xa0" * 1_000_000):
        with pytest.raises(LimitError):
            canonical.bound(data, 1)


@pytest.mark.parametrize("head", [b"\x9b", b"\xbb", b"\x7b", b"\x5b", b"\x1c", b"\xff", b"\x7f", b"\xd8"])
def test_counting_ends_whatever_the_bytes_are(head: bytes) -> None:
    """Sizes beyond the end, and what is no head at all, are left to the decoder to refuse."""
    began = time.monotonic()
    canonical.bound(head + b"\xff" * 4_000_000)
    with pytest.raises(DamagedError):
        canonical.decode(head + b"\xff" * 4_000_000)
    assert time.monotonic() - began < 5


def test_what_was_taken_in_before_is_read_however_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "_UNCOUNTED", 0)
    wide = cbor2.dumps(["f", [0] * 5000], canonical=True)
    assert changes.read_changes([wide], DEVICE) == [("f", SET, [0] * 5000, ())]
    with pytest.raises(LimitError):
        changes.read_changes([wide], DEVICE, most=5000)
