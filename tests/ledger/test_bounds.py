"""Bounds of the ledger, on both sides of each, and the clock's."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from defenderdesk.crypto import canonical
from defenderdesk.domain.values import MAX_TEXT
from defenderdesk.errors import DamagedError, LimitError
from defenderdesk.ledger import changes, clock, feeds
from defenderdesk.ledger.changes import MAX_BODY, MAX_CHANGES, SET, Change, Header

DEVICE, RECORD, SEED = b"d" * 16, b"r" * 16, b"s" * 16
NOW = 1_790_000_000_000


def many(count: int) -> list[Change]:
    return [Change(RECORD, "f", SET, None)] * count


def test_a_change_set_holds_something_and_not_too_much() -> None:
    changes.make(many(MAX_CHANGES), DEVICE, 1, 1, SEED)
    for wrong in ([], many(MAX_CHANGES + 1)):
        with pytest.raises(LimitError, match="a change set of"):
            changes.make(wrong, DEVICE, 1, 1, SEED)


def test_a_change_set_of_16_mib_is_written_and_one_byte_more_is_not() -> None:
    fill = [Change(RECORD, "f", SET, "x" * (MAX_TEXT - 9))] * 16
    rest = MAX_BODY - len(changes.make(fill, DEVICE, 1, 1, SEED)[1]) - 40
    exact = [*fill, Change(RECORD, "f", SET, "x" * rest)]
    short = MAX_BODY - len(changes.make(exact, DEVICE, 1, 1, SEED)[1])
    exact[-1] = Change(RECORD, "f", SET, "x" * (rest + short))
    assert len(changes.make(exact, DEVICE, 1, 1, SEED)[1]) == MAX_BODY
    exact[-1] = Change(RECORD, "f", SET, "x" * (rest + short + 1))
    with pytest.raises(LimitError, match="16 MiB"):
        changes.make(exact, DEVICE, 1, 1, SEED)


def erased(count: int) -> tuple[bytes, Header]:
    """A body of so many erased changes, and the header over it."""
    gone = bytes(32)
    root = hashlib.sha256(b"defenderdesk.org/v1/changes\x00" + gone * count).digest()
    body = canonical.encode([[None] * count, [[RECORD, [[gone]] * count]]])
    return body, Header(1, 1, root)


def test_a_body_of_more_changes_than_one_holds_is_refused() -> None:
    body, header = erased(MAX_CHANGES)
    assert len(changes.read_bodies([body], [header])[0].items) == MAX_CHANGES
    body, header = erased(MAX_CHANGES + 1)
    with pytest.raises(DamagedError):
        changes.read_bodies([body], [header])


@pytest.mark.parametrize("long", [False, True], ids=["short form", "long form"])
def test_a_text_of_a_million_characters_is_read_and_one_more_is_not(long: bool) -> None:
    def read(size: int) -> object:
        items = ["f", 0, "x" * size, []] if long else ["f", "x" * size]
        return changes.read_changes([canonical.encode(items)], DEVICE)

    assert read(MAX_TEXT) == [("f", SET, "x" * MAX_TEXT, ())]
    with pytest.raises(DamagedError):
        read(MAX_TEXT + 1)


def test_all_changes_of_a_set_are_read_and_none_changes_what_another_is() -> None:
    given = [["a", "1"], ["b", 2], ["c", "3"], ["d", 0, "4", [[1, 0], [b"o" * 16, 2, 3]]]]
    read = changes.read_changes([canonical.encode(one) for one in given], DEVICE)
    assert read == [
        ("a", SET, "1", ()),
        ("b", SET, 2, ()),
        ("c", SET, "3", ()),
        ("d", SET, "4", ((DEVICE, 1, 0), (b"o" * 16, 2, 3))),
    ]
    with pytest.raises(DamagedError):  # none is passed over because one before it was in order
        changes.read_changes([canonical.encode(["a", "1"]), canonical.encode([1, "1"])], DEVICE)


def test_a_header_says_number_clock_and_root_each_in_its_place() -> None:
    root = hashlib.sha256(b"root").digest()
    data = canonical.encode([changes.VERSION, 5, 7, root])
    assert changes.read_headers([data]) == [Header(5, 7, root)]


def test_salts_are_those_of_their_place() -> None:
    assert changes.salts_of(SEED, 3) == hashlib.shake_256(SEED).digest(48)
    header, body = changes.make(many(3), DEVICE, 1, 1, SEED)
    once = changes.redact(body, [1])
    assert changes.redact(changes.redact(body, [0]), [1]) == changes.redact(body, [0, 1])
    assert changes.redact(once, [1]) == once and changes.redact(once, []) == once
    [read] = changes.read_bodies([once], changes.read_headers([header]))
    assert [data is None for _, data in read.items] == [False, True, False]


def test_a_stamp_follows_the_last_and_never_leaves_64_bits() -> None:
    assert clock.tick(0, NOW) == NOW << 16
    assert clock.tick(NOW << 16, NOW) == (NOW << 16) + 1
    assert clock.tick(0, 0) == 1 and clock.tick(0, -5) == 1, "before 1970 it is 1970"
    ahead = (NOW + clock.MAX_DRIFT_MS) << 16
    assert clock.tick(ahead, NOW) == ahead + 1, "a day ahead is believed"
    assert clock.tick(ahead + (1 << 16), NOW) == NOW << 16, "more is not"
    assert clock.tick(2**64 - 1, 2**48) == 2**64 - 1
    assert clock.tick(0, 2**48) == 2**64 - 1


def test_a_stamp_is_suspect_from_more_than_a_day_on() -> None:
    day = NOW + clock.MAX_DRIFT_MS
    assert not clock.is_suspect(day << 16 | 0xFFFF, NOW) and clock.is_suspect((day + 1) << 16, NOW)
    assert clock.MAX_DRIFT_MS == 86_400_000


def test_a_stamp_as_a_time() -> None:
    assert clock.moment(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert clock.moment(NOW << 16 | 5) == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def test_what_others_lack_and_what_both_hold() -> None:
    one, two, three = b"1" * 16, b"2" * 16, b"3" * 16
    mine, theirs = {two: 5, one: 3, three: 1}, {one: 3, two: 2}
    assert feeds.lacks(mine, theirs) == [(two, 3, 5), (three, 1, 1)]
    assert feeds.lacks({one: 3}, {one: 4}) == [] == feeds.lacks({}, mine)
    assert feeds.meet(mine, theirs) == {one: 3, two: 2}
