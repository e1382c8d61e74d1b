"""A field in which many values stand: the same bytes as by the plain rule, and no slower each."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.crypto import canonical
from defenderdesk.ledger import merge
from defenderdesk.ledger.changes import ADD, NOTE, REMOVE, SET, Dot
from defenderdesk.ledger.merge import Entry, State

DEVICES = [bytes([n]) * 16 for n in (1, 2, 3)]


class Plain:
    """The rule of `docs/format/change-set.md` at its plainest: entries by (field, dot)."""

    def __init__(self) -> None:
        self.standing: dict[tuple[str, Dot], tuple[object, ...]] = {}
        self.gone: set[tuple[str, Dot]] = set()

    def apply(self, stamp, at, field, op, value, replaces, seen) -> None:
        own = (stamp[1], stamp[2], at)
        for dot in set(replaces):
            known = dot < own if dot[0] == own[0] else seen(dot[0], dot[1])
            stood = self.standing.pop((field, dot), None) is not None
            if not stood and not known and dot != own:
                self.gone.add((field, dot))
        if (field, own) in self.gone:
            self.gone.discard((field, own))
        elif op in (SET, ADD):
            self.standing[field, own] = (stamp, at, op, value)

    def canonical(self) -> bytes:
        fields: dict[str, list[tuple[object, ...]]] = {}
        for (field, _), entry in self.standing.items():
            fields.setdefault(field, []).append(entry)
        return canonical.encode(
            [
                [
                    [f, [[list(s), a, o, v] for s, a, o, v in sorted(es, key=lambda e: e[:2])]]
                    for f, es in sorted(fields.items())
                ],
                [[field, list(dot)] for field, dot in sorted(self.gone)],
            ]
        )


_change = st.tuples(
    st.integers(0, 2),  # who
    st.integers(0, 9),  # by what clock
    st.sampled_from(["title", "acts"]),
    st.sampled_from([SET, SET, ADD, REMOVE, NOTE]),
    st.integers(0, 2),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 30)), max_size=3),  # replaces
)


@given(st.lists(_change, max_size=60), st.integers(0, 4), st.sets(st.integers(0, 60)))
def test_many_values_give_the_bytes_of_the_plain_rule(history, many, looks) -> None:
    """`many`: from how few a field is kept by dot. `looks`: after which changes it is read, or
    put away and taken out again."""
    state, plain, count = State(), Plain(), [0, 0, 0]

    def seen(device: bytes, seq: int) -> bool:
        return seq <= count[DEVICES.index(device)]

    with patch.object(merge, "MANY", many):
        for number, (who, hlc, field, op, value, replaces) in enumerate(history):
            stamp = (hlc, DEVICES[who], count[who] + 1)
            dots = [(DEVICES[device], seq, 0) for device, seq in replaces]
            state.apply(stamp, 0, field, op, value, dots, seen)
            plain.apply(stamp, 0, field, op, value, dots, seen)
            count[who] += 1
            if number in looks:
                assert state.canonical() == plain.canonical()
                state = State.unpack(state.pack())
        assert state.canonical() == plain.canonical()
        assert State.unpack(state.pack()).canonical() == plain.canonical()


class Counted(int):
    """A clock that counts how often it is compared."""

    asked = 0

    def __lt__(self, other: object) -> bool:
        Counted.asked += 1
        return int(self) < other  # type: ignore[operator]


def test_each_of_many_values_is_put_in_order_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once more for every value that comes after it, nor asked again by whatever goes."""
    asked = [0]

    def dot(entry: Entry) -> Dot:
        asked[0] += 1
        return (entry.stamp[1], entry.stamp[2], entry.at)

    monkeypatch.setattr(Entry, "dot", property(dot))
    for replacing in (False, True):
        Counted.asked, asked[0], state = 0, 0, State()
        for seq in range(1, 3001):
            stamp = (Counted(seq), DEVICES[0], seq)
            dots = [(DEVICES[0], seq - 1, 0)] if replacing and seq % 2 else []
            state.apply(stamp, 0, "title", SET, str(seq), dots, lambda _device, _seq: True)
        assert len(state.entries["title"]) == (1501 if replacing else 3000)
        assert Counted.asked < 20_000 and asked[0] < 20_000
