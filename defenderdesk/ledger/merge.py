"""Merge: the state of a record is a function of the *set* of changes, whatever their order.

Each field holds *entries*: values together with the change (dot) that wrote them. A change first
takes away the entries it replaces, then (set, add) puts its own. A register with several entries
of different values is in conflict; all of them stay until a person settles it. A replaced change
that has not arrived yet is remembered as *gone*, so that it does not come back when it does.

The only thing this needs to know of the feeds is whether a change set has been applied already
(`seen`); feeds are applied in their own order, each change set once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from defenderdesk.crypto import canonical
from defenderdesk.domain.values import Value, nodes
from defenderdesk.ledger.changes import ADD, SET, Dot

Stamp = tuple[int, bytes, int]
"""(clock, device, sequence number) of a change set. Its order picks the value that is shown."""


class Entry(NamedTuple):
    """One standing value: which change set wrote it, its index there, SET or ADD, the value."""

    stamp: Stamp
    at: int
    op: int
    value: Value

    @property
    def dot(self) -> Dot:
        """The change that wrote it."""
        return (self.stamp[1], self.stamp[2], self.at)


MANY = 16
"""Entries of a field from which on it is kept by dot while changes are applied."""


class State:
    """The state of one record: `entries` by field, and the dots known to be `gone`.

    Nearly every field holds one entry, in a short list that is always in order. A field that
    comes to hold many (a colleague's device that never replaces, or one that means harm) is kept
    by dot while changes are applied, and put in order when it is read: each change then costs the
    same, however many stand there already.
    """

    __slots__ = ("_by_dot", "_entries", "gone")

    def __init__(self) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self._by_dot: dict[str, dict[Dot, Entry]] = {}
        self.gone: set[tuple[str, Dot]] = set()

    @property
    def entries(self) -> dict[str, list[Entry]]:
        """The standing entries by field, each field's in the order of their stamps."""
        if self._by_dot:
            for field, standing in self._by_dot.items():
                self._entries[field] = sorted(standing.values(), key=_order)
            self._by_dot = {}
        return self._entries

    def apply(
        self,
        stamp: Stamp,
        index: int,
        field: str,
        op: int,
        value: Value,
        replaces: Iterable[Dot],
        seen: Callable[[bytes, int], bool],
    ) -> None:
        """Applies one change. `seen(device, seq)`: whether that change set of another device was
        applied before. Of the writing device itself, what comes earlier in its feed was."""
        if replaces:
            self._replace((stamp[1], stamp[2], index), field, replaces, seen)
        if op in (SET, ADD):
            if self.gone:
                key = (field, (stamp[1], stamp[2], index))
                if key in self.gone:
                    self.gone.discard(key)
                    return
            self._put(field, Entry(stamp, index, op, value))
        elif self.gone:
            self.gone.discard((field, (stamp[1], stamp[2], index)))

    def _put(self, field: str, entry: Entry) -> None:
        """Lets one more entry stand."""
        if self._by_dot and (many := self._by_dot.get(field)) is not None:
            many[entry.dot] = entry
            return
        present = self._entries.get(field)
        if present is None:
            self._entries[field] = [entry]
        elif len(present) < MANY:
            present.append(entry)
            present.sort(key=_order)
        else:
            many = self._by_dot[field] = {one.dot: one for one in present}
            many[entry.dot] = entry

    def _replace(
        self,
        own: Dot,
        field: str,
        replaces: Iterable[Dot],
        seen: Callable[[bytes, int], bool],
    ) -> None:
        dots = set(replaces)
        many = self._many(field)
        if many is not None:
            dots -= {dot for dot in dots if many.pop(dot, None) is not None}
            if not many:
                del self._by_dot[field], self._entries[field]
        elif present := self._entries.get(field):
            kept = [entry for entry in present if entry.dot not in dots]
            dots -= {entry.dot for entry in present}
            if kept:
                self._entries[field] = kept
            else:
                del self._entries[field]
        for dot in dots:
            if dot[0] == own[0]:
                known = dot < own
            else:
                known = seen(dot[0], dot[1])
            if not known and dot != own:
                self.gone.add((field, dot))

    def _many(self, field: str) -> dict[Dot, Entry] | None:
        """The entries of a field by dot, where they are many."""
        many = self._by_dot.get(field) if self._by_dot else None
        if many is None and len(present := self._entries.get(field, ())) > MANY:
            many = self._by_dot[field] = {one.dot: one for one in present}
        return many

    # -- reading ---------------------------------------------------------------------------

    def registers(self) -> dict[str, Value]:
        """The shown value of each register: the one of the highest stamp. Null is unset."""
        out: dict[str, Value] = {}
        for field, entries in self.entries.items():
            for entry in reversed(entries):
                if entry.op == SET:
                    if entry.value is not None:
                        out[field] = entry.value
                    break
        return out

    def sets(self) -> dict[str, list[Value]]:
        """The values of each set, each once, in the order of their first stamp."""
        out: dict[str, list[Value]] = {}
        for field, entries in self.entries.items():
            values: dict[bytes, Value] = {}
            for entry in entries:
                if entry.op == ADD:
                    values.setdefault(identity(entry.value), entry.value)
            if values:
                out[field] = list(values.values())
        return out

    def conflicts(self) -> list[str]:
        """The registers in which different values stand beside each other."""
        out = []
        for field, entries in self.entries.items():
            if len(entries) > 1:
                values = [entry.value for entry in entries if entry.op == SET]
                if len(values) > 1 and len({identity(value) for value in values}) > 1:
                    out.append(field)
        return out

    def dots(self, field: str, op: int, value: Value = None) -> tuple[Dot, ...]:
        """The dots that a new change of `field` replaces: every entry of a register; of a set,
        those that hold `value`."""
        entries = self.entries.get(field, ())
        if op == SET:
            return tuple(entry.dot for entry in entries if entry.op == SET)
        wanted = identity(value)
        return tuple(e.dot for e in entries if e.op == ADD and identity(e.value) == wanted)

    def weight_of(self, device: bytes) -> int:
        """The bytes of memory, at most, that the standing values of one device come to."""
        return sum(
            _ENTRY + (4 * len(e.value) if isinstance(e.value, str) else _NODE * nodes(e.value))
            for entries in self.entries.values()
            for e in entries
            if e.stamp[1] == device
        )

    # -- storing ---------------------------------------------------------------------------

    def pack(self) -> bytes:
        """The state as stored (msgpack, local to a vault, not an exchange format)."""
        groups: dict[Stamp, list[Any]] = {}
        for field, entries in self.entries.items():
            for entry in entries:
                group = groups.get(entry.stamp)
                if group is None:
                    group = groups[entry.stamp] = [entry.stamp]
                group += (field, entry.at, entry.op, entry.value)
        gone = [(field, *dot) for field, dot in self.gone]
        return pack_groups(list(groups.values()), gone)

    @classmethod
    def unpack(cls, data: bytes) -> State:
        """The state that `pack` stored."""
        state = cls()
        entries = state._entries
        groups, gone = msgspec.msgpack.decode(data)
        many = len(groups) > 1
        for group in groups:
            stamp = tuple(group[0])
            for at in range(1, len(group), 4):
                field, index, op, value = group[at : at + 4]
                present = entries.get(field)
                if present is None:
                    entries[field] = [Entry(stamp, index, op, value)]
                else:
                    present.append(Entry(stamp, index, op, value))
        if many:
            for present in entries.values():
                if len(present) > 1:
                    present.sort(key=_order)
        state.gone = {(field, (device, seq, index)) for field, device, seq, index in gone}
        return state

    def canonical(self) -> bytes:
        """The state as bytes that are equal wherever the same change sets were applied."""
        return canonical.encode(
            [
                [
                    [field, [[list(e.stamp), e.at, e.op, e.value] for e in self.entries[field]]]
                    for field in sorted(self.entries)
                ],
                [[field, list(dot)] for field, dot in sorted(self.gone)],
            ]
        )


_ENTRY, _NODE = 250, 72
_LIGHT, _OTHER = 64 * 1024 * 1024, 22
_LISTS = bytes([*range(0x80, 0xA0), *range(0xDC, 0xE0)])


def is_light(packed: bytes) -> bool:
    """Tells at a glance that a stored state cannot become much: as `canonical.bound`, of msgpack."""
    if _OTHER * len(packed) > _LIGHT:
        return False
    lists = len(packed) - len(packed.translate(None, _LISTS))
    return _OTHER * len(packed) + (_NODE - _OTHER) * lists <= _LIGHT


_encode = msgspec.msgpack.Encoder().encode


def pack_groups(groups: list[list[Any]], gone: Sequence[Any] = ()) -> bytes:
    """The stored form: per change set its stamp, then field, index, op, value of each entry."""
    return _encode((groups, gone))


_order = itemgetter(0, 1)
"""Of an entry: its stamp, and its place in the change set."""


def identity(value: Value) -> bytes:
    """Bytes that are equal for equal values (and tell `1` from `true`, which Python does not)."""
    return canonical.encode(value)
