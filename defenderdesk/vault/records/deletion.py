"""A deletion is a value beside others: it hides what its author knew, and nothing else.

With a deletion stands what was known of the record and of all below it: the highest change set of
each feed that touched them. What somebody wrote in it without knowing of the deletion is not
covered; then the record stays in sight, and whether it goes is a conflict that a person settles.
Who writes in a record that they know to be deleted covers what they write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.ledger.changes import ADD, REMOVE, SET, Change
from defenderdesk.ledger.merge import Entry, Stamp, State
from defenderdesk.vault.storage.database import Connection

MOST = 5000
"""Records below one that are looked at; of more, what lies further down is not."""
_OUTSIDE = frozenset(
    {kinds.KIND, kinds.DELETED, kinds.DELETED_KNOWING, kinds.ERASED, kinds.ERASURE_CONFIRMED}
)
_MARK = kinds.DELETED_KNOWING.encode()
Known = Mapping[str, int]
"""Feed (its device's id) → the highest change set of it that is covered."""


Own = tuple[bytes, int]
"""(feed, number) of the change set that is about to be written."""


class Below(NamedTuple):
    """A record below another one."""

    num: int
    id: bytes
    state: bytes
    history: bytes


def hides(state: State) -> bool:
    """Tells whether somebody deleted the record, and it was not brought back."""
    return state.registers().get(kinds.DELETED) is True


def changes_of(conn: Connection, desk: int, rid: bytes, state: State, own: Own) -> list[Change]:
    """The changes that say what a deletion of the record covers: all that is here, and the change set
    that is about to be written."""
    covered = known_here(conn, desk, rid)
    covered[signing.id_text(own[0])] = own[1]
    return [*forgotten(rid, state), Change(rid, kinds.DELETED_KNOWING, ADD, dict(sorted(covered.items())))]


def forgotten(rid: bytes, state: State) -> list[Change]:
    """The changes that take back what was said to be covered."""
    return [
        Change(rid, kinds.DELETED_KNOWING, REMOVE, None, (entry.dot,))
        for entry in state.entries.get(kinds.DELETED_KNOWING, ())
    ]


def hidden(conn: Connection, desk: int, rid: bytes, state: State, own: Own) -> list[Change]:
    """The changes that delete a record."""
    dots = state.dots(kinds.DELETED, SET)
    return [Change(rid, kinds.DELETED, SET, True, dots), *changes_of(conn, desk, rid, state, own)]


def known_here(conn: Connection, desk: int, rid: bytes) -> dict[str, int]:
    """Tells what is held of a record and of all below it."""
    histories = [
        bytes(row[0])
        for row in conn.execute("SELECT history FROM records WHERE id = ? AND desk = ?", (rid, desk))
    ]
    histories += [one.history for one in below(conn, desk, rid)]
    highest: dict[int, int] = {}
    for history in histories:
        for at in range(0, len(history), 8):
            row = int.from_bytes(history[at : at + 8], "big")
            feed, seq = row >> 40, row & ((1 << 40) - 1)
            highest[feed] = max(highest.get(feed, 0), seq)
    out: dict[str, int] = {}
    for feed, seq in highest.items():
        found = conn.execute("SELECT device FROM feeds WHERE num = ?", (feed,)).fetchone()
        if found:
            out[signing.id_text(found[0])] = seq
    return out


def below(conn: Connection, desk: int, rid: bytes) -> Iterator[Below]:
    """All that belongs to a record, and what belongs to that."""
    left, seen = [rid], {rid}
    while left and len(seen) < MOST:
        for row in conn.execute(
            "SELECT num, id, state, history FROM records WHERE parent = ? AND desk = ?", (left.pop(), desk)
        ).fetchall():
            one = Below(row[0], bytes(row[1]), row[2], bytes(row[3]))
            if one.id not in seen:
                seen.add(one.id)
                left.append(one.id)
                yield one


def covered(state: State) -> Known | None:
    """Tells what the deletions of a record cover together; None where none of them says it (a program
    before this one deleted it)."""
    out: dict[str, int] = {}
    said = [entry.value for entry in state.entries.get(kinds.DELETED_KNOWING, ()) if entry.op == ADD]
    for value in said:
        for device, seq in value.items() if isinstance(value, dict) else ():
            if type(seq) is int:
                out[device] = max(out.get(device, 0), seq)
    return out if said else None


def unknown_to(known: Known, state: State, deleters: Mapping[bytes, int]) -> list[Entry]:
    """The entries that stand in a record and are not covered, the latest last."""
    texts: dict[bytes, int] = {}
    found = []
    for field, entries in state.entries.items():
        if field in _OUTSIDE:
            continue
        for entry in entries:
            device = entry.stamp[1]
            if device not in texts:
                texts[device] = known.get(signing.id_text(device), 0)
            if device in deleters and entry.stamp[2] > deleters[device]:
                continue  # who deleted it knew, whatever they wrote afterwards
            if entry.stamp[2] > texts[device] and (entry.op == ADD or entry.value is not None):
                found.append(entry)
    return sorted(found, key=lambda entry: entry.stamp)


def fields_meanwhile(state: State) -> frozenset[str]:
    """The fields of a deleted record that were written in without knowing of it."""
    known = covered(state) if hides(state) else None
    if known is None:
        return frozenset()
    unknown = {entry.dot for entry in unknown_to(known, state, _deleters(state))}
    return frozenset(name for name, entries in state.entries.items() if unknown & {e.dot for e in entries})


def _deleters(state: State) -> dict[bytes, int]:
    """The devices that deleted a record, and the change sets by which they did."""
    return {e.stamp[1]: e.stamp[2] for e in state.entries[kinds.DELETED] if e.value is True}


def written_meanwhile(
    conn: Connection, desk: int, rid: bytes, state: State, count: Callable[[int], None] | None = None
) -> Stamp | None:
    """The stamp of the latest that somebody wrote in a deleted record, or added below it, without
    knowing that it was deleted; None where nobody did. `count`: told the bytes that are looked
    through."""
    if not hides(state) or (known := covered(state)) is None:
        return None
    deleters = _deleters(state)
    stamps = [entry.stamp for entry in unknown_to(known, state, deleters)]
    for one in below(conn, desk, rid):
        if count is not None:
            count(len(one.state) + len(one.history))
        child = State.unpack(one.state)
        if not hides(child):
            stamps += [entry.stamp for entry in unknown_to(known, child, deleters)]
    return max(stamps, default=None)


def concerned(conn: Connection, desk: int, above: Iterable[bytes]) -> set[bytes]:
    """The deleted records among these and those that they belong to."""
    some = "SELECT EXISTS (SELECT 1 FROM records WHERE deleted = 1), "
    some += "EXISTS (SELECT 1 FROM records WHERE conflicts > 0)"
    found: set[bytes] = set()
    if not any(conn.execute(some).fetchone()):
        return found
    level, seen = set(above), set(above)
    while level:
        higher = set()
        ids = sorted(level)
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            for rid, parent, state in conn.execute(
                "SELECT id, parent, CASE WHEN deleted = 1 OR conflicts > 0 THEN state END FROM records "  # noqa: S608
                f"WHERE desk = ? AND id IN ({','.join('?' * len(part))})",
                (desk, *part),
            ):
                if state is not None and _MARK in state:
                    found.add(bytes(rid))
                if parent is not None and bytes(parent) not in seen:
                    higher.add(bytes(parent))
        seen |= higher
        level = higher
    return found
