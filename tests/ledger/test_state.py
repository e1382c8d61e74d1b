"""The state of one record, change by change: what `test_merge` finds true of many at once."""

from __future__ import annotations

from defenderdesk.ledger.changes import ADD, ERASE, NOTE, REMOVE, SET
from defenderdesk.ledger.merge import State, identity

ONE, TWO, THREE = b"1" * 16, b"2" * 16, b"3" * 16


def never(_device: bytes, _seq: int) -> bool:
    return False


def always(_device: bytes, _seq: int) -> bool:
    return True


def stamp(clock: int, device: bytes, seq: int) -> tuple[int, bytes, int]:
    return (clock, device, seq)


def test_a_change_that_others_replaced_before_it_came_stays_away() -> None:
    state = State()
    state.apply(stamp(2, TWO, 1), 0, "f", SET, "new", [(ONE, 5, 3)], never)
    assert state.gone == {("f", (ONE, 5, 3))}
    state.apply(stamp(1, ONE, 5), 3, "f", SET, "old", (), never)
    assert state.registers() == {"f": "new"} and state.gone == set()
    state.apply(stamp(3, ONE, 6), 3, "f", SET, "beside", (), never)
    assert state.conflicts() == ["f"]


def test_what_is_gone_is_so_in_its_field_alone() -> None:
    state = State()
    state.apply(stamp(2, TWO, 1), 0, "f", SET, "new", [(ONE, 5, 3)], never)
    state.apply(stamp(1, ONE, 5), 3, "g", SET, "old", (), never)
    assert state.registers() == {"f": "new", "g": "old"}


def test_an_erasure_or_a_note_that_was_replaced_is_forgotten_when_it_comes() -> None:
    for op in (REMOVE, ERASE, NOTE):
        state = State()
        state.apply(stamp(2, TWO, 1), 0, "f", SET, "new", [(ONE, 5, 3)], never)
        state.apply(stamp(1, ONE, 5), 3, "f", op, None, (), never)
        assert state.gone == set(), op
        assert state.registers() == {"f": "new"}


def test_a_note_leaves_no_value() -> None:
    state = State()
    for op in (NOTE, ERASE, REMOVE):
        state.apply(stamp(1, ONE, 1), 0, "f", op, "x", (), never)
    assert state.entries == {} and state.registers() == {} == state.sets()


def test_what_was_applied_before_is_not_remembered_as_gone() -> None:
    state = State()
    state.apply(stamp(2, TWO, 1), 0, "f", SET, "new", [(ONE, 5, 3)], always)
    assert state.gone == set()
    asked: list[tuple[bytes, int]] = []
    state.apply(
        stamp(3, TWO, 2),
        1,
        "f",
        SET,
        "newer",
        [(ONE, 6, 1), (TWO, 1, 0), (TWO, 2, 0)],
        lambda device, seq: asked.append((device, seq)) or False,
    )
    assert asked == [(ONE, 6)], "of its own feed it follows from the number"
    assert state.gone == {("f", (ONE, 6, 1))} and state.registers() == {"f": "newer"}


def test_of_its_own_feed_only_what_comes_later_is_gone() -> None:
    state = State()
    given = [(ONE, 2, 1), (ONE, 2, 2), (ONE, 3, 0), (ONE, 1, 9)]
    state.apply(stamp(1, ONE, 2), 1, "f", SET, "x", given, never)
    assert state.gone == {("f", (ONE, 2, 2)), ("f", (ONE, 3, 0))}
    assert state.registers() == {"f": "x"}, "a change does not replace itself"


def test_what_stands_is_replaced_and_is_not_gone_as_well() -> None:
    state = State()
    state.apply(stamp(1, ONE, 1), 0, "f", SET, "a", (), never)
    state.apply(stamp(2, TWO, 1), 0, "f", SET, "b", (), never)
    state.apply(stamp(3, THREE, 1), 0, "f", SET, "c", [(ONE, 1, 0), (ONE, 2, 0)], never)
    assert [entry.value for entry in state.entries["f"]] == ["b", "c"]
    assert state.gone == {("f", (ONE, 2, 0))}
    state.apply(stamp(4, ONE, 3), 0, "f", REMOVE, None, [(TWO, 1, 0), (THREE, 1, 0)], never)
    assert "f" not in state.entries


def test_registers_sets_and_conflicts() -> None:
    state = State()
    state.apply(stamp(1, ONE, 1), 0, "one", SET, "a", (), never)
    state.apply(stamp(2, TWO, 1), 0, "same", SET, "a", (), never)
    state.apply(stamp(1, ONE, 2), 0, "same", SET, "a", (), never)
    state.apply(stamp(3, TWO, 2), 0, "set", ADD, "x", (), never)
    state.apply(stamp(2, ONE, 3), 0, "set", ADD, "y", (), never)
    state.apply(stamp(1, ONE, 4), 0, "set", ADD, "x", (), never)
    state.apply(stamp(9, ONE, 5), 0, "both", ADD, "z", (), never)
    state.apply(stamp(8, ONE, 6), 0, "both", SET, "r", (), never)
    state.apply(stamp(7, ONE, 7), 0, "type", SET, 1, (), never)
    state.apply(stamp(7, TWO, 3), 0, "type", SET, True, (), never)
    state.apply(stamp(1, TWO, 4), 0, "none", SET, "old", (), never)
    state.apply(stamp(2, TWO, 5), 0, "none", SET, None, (), never)
    assert state.registers() == {"one": "a", "same": "a", "both": "r", "type": True}
    assert state.sets() == {"set": ["x", "y"], "both": ["z"]}
    assert sorted(state.conflicts()) == ["none", "type"]


def test_a_new_value_replaces_of_its_own_sort_alone() -> None:
    state = State()
    state.apply(stamp(1, ONE, 1), 0, "f", SET, "r", (), never)
    state.apply(stamp(1, ONE, 2), 0, "f", ADD, "x", (), never)
    state.apply(stamp(1, ONE, 3), 0, "f", ADD, "y", (), never)
    state.apply(stamp(1, ONE, 4), 0, "f", SET, "x", (), never)
    assert state.dots("f", SET) == ((ONE, 1, 0), (ONE, 4, 0))
    assert state.dots("f", ADD, "x") == ((ONE, 2, 0),)
    assert state.dots("f", ADD, "z") == () == state.dots("g", SET)


def test_a_state_comes_back_as_it_was_stored() -> None:
    state = State()
    for device, clock in ((TWO, 5), (ONE, 5), (THREE, 1)):
        state.apply(stamp(clock, device, 1), 0, "f", SET, device.decode(), (), never)
        state.apply(stamp(clock, device, 1), 1, "g", SET, [device.decode()], (), never)
    state.apply(stamp(9, THREE, 2), 0, "h", SET, "x", [(ONE, 7, 2), (TWO, 8, 1)], never)
    again = State.unpack(state.pack())
    assert again.canonical() == state.canonical() and again.gone == state.gone
    assert again.entries == state.entries
    assert [entry.stamp[1] for entry in again.entries["f"]] == [THREE, ONE, TWO]


def test_identity_tells_what_python_does_not() -> None:
    assert identity(1) != identity(True) != identity("1") and identity({"a": 1}) == identity({"a": 1})
