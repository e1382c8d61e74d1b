"""Merge: whatever the order, duplication and partition, every replica ends in the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import ADD, REMOVE, SET, Change
from defenderdesk.ledger.merge import State

FIELDS = ("title", "place", "acts")
DEVICES = [bytes([n]) * 16 for n in (1, 2, 3)]
RECORDS = [bytes([n]) * 16 for n in (9, 10)]


@dataclass
class Replica:
    """A vault without a disk: feeds applied in their own order, each change set once."""

    device: bytes
    vector: dict[bytes, int] = field(default_factory=dict)
    feeds: dict[bytes, list[feeds.ChangeSet]] = field(default_factory=dict)
    records: dict[bytes, State] = field(default_factory=dict)
    clock: int = 0

    def receive(self, device: bytes, item: feeds.ChangeSet) -> None:
        feed = self.feeds.setdefault(device, [])
        seq = changes.read_headers([item.header])[0].seq
        if seq != len(feed) + 1:
            return  # a duplicate, or behind a gap: to be sent again
        verified = feeds.verify_range(b"", seq, [item])
        feed.append(item)
        self.vector[device] = seq
        header = verified.headers[0]
        pairs = verified.bodies[0].items
        decoded = changes.read_changes([data for _, data in pairs if data is not None], device)
        for index, ((record, _), (name, op, value, dots)) in enumerate(zip(pairs, decoded, strict=True)):
            self.records.setdefault(record, State()).apply(
                (header.hlc, device, seq), index, name, op, value, dots, self.seen
            )

    def seen(self, device: bytes, seq: int) -> bool:
        return seq <= self.vector.get(device, 0)

    def write(self, edits: list[tuple[bytes, str, int, int]], hlc: int) -> None:
        out = []
        for record, name, op, number in sorted(edits):
            state = self.records.get(record, State())
            if op == REMOVE and not state.dots(name, ADD, number):
                op = ADD
            replaces = state.dots(name, ADD if op == REMOVE else op, number)
            if any(c.record == record and c.field == name for c in out):
                continue
            out.append(Change(record, name, op, None if op == REMOVE else number, replaces))
        seq = len(self.feeds.get(self.device, [])) + 1
        made = changes.make(out, self.device, seq, hlc, bytes(16))
        self.receive(self.device, feeds.ChangeSet(*made))

    def canonical(self) -> list[tuple[bytes, bytes]]:
        return sorted((record, state.canonical()) for record, state in self.records.items())


_edit = st.tuples(
    st.sampled_from(RECORDS),
    st.sampled_from(FIELDS),
    st.sampled_from([SET, ADD, REMOVE]),
    st.integers(0, 2),
)
_step = st.one_of(
    st.tuples(
        st.just("write"), st.integers(0, 2), st.lists(_edit, min_size=1, max_size=4), st.integers(0, 5)
    ),
    st.tuples(st.just("send"), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
)


@given(st.lists(_step, max_size=25), st.randoms(use_true_random=False))
def test_any_order_duplication_and_partition_gives_the_same_bytes(steps, random) -> None:
    replicas = [Replica(device) for device in DEVICES]
    for kind, *args in steps:
        if kind == "write":
            who, edits, hlc = args
            replicas[who].write(edits, hlc)
        else:
            source, target, whose = args
            for item in replicas[source].feeds.get(DEVICES[whose], []):
                replicas[target].receive(DEVICES[whose], item)
    everything = [
        (device, item) for replica in replicas for device, feed in replica.feeds.items() for item in feed
    ]
    replicas.append(Replica(b"x" * 16))
    for replica in replicas:
        replica_queue = everything * 2
        while True:
            before = dict(replica.vector)
            random.shuffle(replica_queue)
            for device, item in replica_queue:
                replica.receive(device, item)
            if replica.vector == before:
                break
    states = {tuple(replica.canonical()) for replica in replicas}
    assert len(states) == 1
    for state in replicas[0].records.values():
        assert not state.gone, "nothing is missing, so nothing waits to be taken away"
        again = State.unpack(state.pack())
        assert again.canonical() == state.canonical()


def _apply(state: State, stamp, op, value, replaces=(), seen=lambda d, s: False, name="f") -> None:
    state.apply(stamp, 0, name, op, value, replaces, seen)


def test_concurrent_values_all_stay_and_the_later_is_shown() -> None:
    one, two = (5, DEVICES[0], 1), (7, DEVICES[1], 1)
    state = State()
    _apply(state, two, SET, "b")
    _apply(state, one, SET, "a")
    assert state.conflicts() == ["f"] and state.registers() == {"f": "b"}
    _apply(state, (8, DEVICES[2], 1), SET, "c", state.dots("f", SET))
    assert state.conflicts() == [] and state.registers() == {"f": "c"}


def test_the_same_value_twice_is_no_conflict_but_true_and_one_are() -> None:
    state = State()
    _apply(state, (5, DEVICES[0], 1), SET, 1)
    _apply(state, (5, DEVICES[1], 1), SET, 1)
    assert state.conflicts() == []
    _apply(state, (5, DEVICES[2], 1), SET, True)
    assert state.conflicts() == ["f"]


def test_a_removed_value_added_elsewhere_at_the_same_time_stays() -> None:
    state = State()
    _apply(state, (1, DEVICES[0], 1), ADD, "x")
    dots = state.dots("f", ADD, "x")
    _apply(state, (2, DEVICES[1], 1), ADD, "x")
    _apply(state, (3, DEVICES[2], 1), REMOVE, None, dots)
    assert state.sets() == {"f": ["x"]}


def test_what_is_replaced_before_it_arrives_does_not_come_back() -> None:
    state = State()
    _apply(state, (9, DEVICES[1], 1), SET, "new", [(DEVICES[0], 4, 0)])
    assert state.gone
    _apply(state, (3, DEVICES[0], 4), SET, "old")
    assert state.registers() == {"f": "new"} and not state.gone


def test_a_null_clears_a_register() -> None:
    state = State()
    _apply(state, (1, DEVICES[0], 1), SET, "x")
    _apply(state, (2, DEVICES[0], 2), SET, None, state.dots("f", SET))
    assert state.registers() == {}


def test_a_device_that_replaces_its_own_future_gives_one_state_everywhere() -> None:
    """A hostile change names a later one of the same device; how ranges are cut must not matter."""
    device = DEVICES[0]

    def run(vector: dict[bytes, int]) -> bytes:
        state = State()
        seen = lambda d, s: s <= vector.get(d, 0)  # noqa: E731
        state.apply((1, device, 1), 0, "f", SET, "a", [(device, 2, 0)], seen)
        state.apply((2, device, 2), 0, "f", SET, "b", [], seen)
        return state.canonical()

    assert run({}) == run({device: 2})
