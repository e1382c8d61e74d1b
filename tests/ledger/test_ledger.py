"""Change sets, feeds and clocks: what verifies, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.crypto import canonical
from defenderdesk.errors import DamagedError, NewerError, WorldError
from defenderdesk.ledger import changes, clock, feeds
from defenderdesk.ledger.changes import Change

DEVICE = b"d" * 16
RECORD = b"r" * 16


def chain(count: int, first: int = 1) -> list[feeds.ChangeSet]:
    return [
        feeds.ChangeSet(
            *changes.make(
                [Change(RECORD, "title", 0, f"t{n}"), Change(RECORD, "note", 0, "n")],
                DEVICE,
                n,
                n << 16,
                bytes([n]) * 16,
            )
        )
        for n in range(first, first + count)
    ]


def test_a_range_verifies_and_any_other_order_does_not() -> None:
    genesis = feeds.genesis(b"w" * 16, b"k" * 16, DEVICE)
    items = chain(5)
    whole = feeds.verify_range(genesis, 1, items)
    assert [h.seq for h in whole.headers] == [1, 2, 3, 4, 5]
    rest = feeds.verify_range(whole.hashes[1], 3, items[2:])
    assert rest.hashes[-1] == whole.hashes[-1]
    for wrong in (items[1:], items[::-1], items[:2] + items[3:]):
        with pytest.raises(DamagedError):
            feeds.verify_range(genesis, 1, wrong)


def test_content_that_was_not_committed_to_is_refused() -> None:
    first, second = chain(2)
    with pytest.raises(DamagedError, match="not what its author signed"):
        feeds.verify_range(b"", 1, [feeds.ChangeSet(first.header, second.body)])


def test_every_flipped_bit_of_a_body_is_seen() -> None:
    (item,) = chain(1)
    for position in range(len(item.body)):
        torn = bytearray(item.body)
        torn[position] ^= 1 << (position % 8)
        with pytest.raises(DamagedError):
            feeds.verify_range(b"", 1, [feeds.ChangeSet(item.header, bytes(torn))])


def test_erased_content_leaves_the_chain_valid() -> None:
    (item,) = chain(1)
    before = feeds.verify_range(b"", 1, [item])
    redacted = changes.redact(item.body, [1])
    after = feeds.verify_range(b"", 1, [feeds.ChangeSet(item.header, redacted)])
    assert after.hashes == before.hashes
    assert after.bodies[0].items[0] == before.bodies[0].items[0]
    assert after.bodies[0].items[1] == (RECORD, None)
    assert b"note" not in redacted
    again = changes.redact(redacted, [0])
    assert feeds.verify_range(b"", 1, [feeds.ChangeSet(item.header, again)]).hashes
    assert changes.redact(item.body, []) == item.body


def test_dots_are_written_short_and_read_whole() -> None:
    other = b"o" * 16
    change = Change(RECORD, "f", changes.ADD, [1, {"a": None}], ((DEVICE, 3, 0), (other, 9, 2)))
    data = changes.encode_change(change, DEVICE)
    [(name, op, value, dots)] = changes.read_changes([data], DEVICE)
    assert (name, op, value) == ("f", changes.ADD, [1, {"a": None}])
    assert set(dots) == {(DEVICE, 3, 0), (other, 9, 2)}


def test_a_newer_version_says_so() -> None:
    with pytest.raises(NewerError):
        changes.read_headers([canonical.encode([2, 1, 1, bytes(32)])])
    with pytest.raises(NewerError):
        changes.read_changes([canonical.encode(["f", 9, None, []])], DEVICE)


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_readers_of_hostile_bytes_raise_nothing_else(items: list[bytes]) -> None:
    for reader in (
        lambda: changes.read_headers(items),
        lambda: changes.read_changes(items, DEVICE),
        lambda: changes.read_bodies(items, [changes.Header(1, 1, bytes(32))] * len(items)),
    ):
        try:
            reader()
        except WorldError:
            pass


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.binary(max_size=17),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(_PLAIN)
def test_readers_of_wellformed_nonsense_raise_nothing_else(value: object) -> None:
    data = canonical.encode(value)
    for reader in (
        lambda: changes.read_headers([data]),
        lambda: changes.read_changes([data], DEVICE),
        lambda: changes.read_bodies([data], [changes.Header(1, 1, bytes(32))]),
    ):
        try:
            reader()
        except WorldError:
            pass


def test_the_clock_never_blocks_and_never_drags() -> None:
    now = 1_700_000_000_000
    last = clock.tick(0, now)
    assert clock.tick(last, now) == last + 1, "two saves in one millisecond stay in order"
    assert clock.tick(last, now - 5000) == last + 1, "a clock set back a little goes on in order"
    year = 365 * 24 * 3600 * 1000
    ahead = clock.tick(last, now + year)
    assert clock.tick(ahead, now) >> 16 == now, "a clock that was wrong is right again"
    far = (now + year) << 16
    assert clock.is_suspect(far, now)
    assert clock.observe(last, far, now) == last
    assert clock.observe(last, last + 70000, now) == last + 70000
    assert clock.moment(2**64 - 1).year == 9999 or clock.moment(2**64 - 1).year > 9000
