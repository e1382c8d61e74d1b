"""Applying change sets to the records: the one way in, for a person's save and for an import.

Changes are grouped by record; each record is read once, written once and indexed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, groupby
from typing import Any, NamedTuple

from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.ledger.allowance import Allowance
from defenderdesk.ledger.changes import ADD, NOTE, SET, Decoded
from defenderdesk.ledger.merge import Stamp, State, is_light, pack_groups
from defenderdesk.vault.records import deletion, projection, search_index
from defenderdesk.vault.storage.chunks import TAG, chunks_of
from defenderdesk.vault.storage.database import Connection

SEQ_BITS = 40
_BATCH = 500
_CASE, _ATTACHMENT = kinds.CASE.name, kinds.ATTACHMENT.name


Applied = tuple[int, Stamp, int, Sequence[Decoded]]
"""Changes of one record on their way in, that stand together in a change set: its row id and stamp,
the index of the first there, and each as read. Plain tuples: an import makes them by the hundred
thousand."""


class Outcome(NamedTuple):
    """The result of an application: the records touched by id, their kinds, and how many registers
    came into conflict through it."""

    records: frozenset[bytes]
    kinds: frozenset[str]
    conflicts: int


def set_id(feed: int, seq: int) -> int:
    """The row id of a change set."""
    return feed << SEQ_BITS | seq


def feed_and_seq(row: int) -> tuple[int, int]:
    """The feed and sequence number that a change set's row id names."""
    return row >> SEQ_BITS, row & ((1 << SEQ_BITS) - 1)


class Row(NamedTuple):
    """A record as read for writing. `size`: bytes of its row."""

    num: int
    state: State
    history: bytes
    updated: int
    conflicts: int
    size: int


def load(conn: Connection, desk: int, ids: Sequence[bytes]) -> dict[bytes, Row]:
    """The records of `desk` among `ids`."""
    out = {}
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        marks = ",".join("?" * len(batch))
        for num, rid, state, history, updated, conflicts in conn.execute(
            "SELECT num, id, state, history, updated, conflicts FROM records "  # noqa: S608
            f"WHERE id IN ({marks}) AND desk = ?",
            (*batch, desk),
        ):
            size = len(state) + len(history)
            out[rid] = Row(num, State.unpack(state), history, updated, conflicts, size)
    return out


def next_num(conn: Connection) -> int:
    """The row number of the next new record."""
    return int(conn.execute("SELECT coalesce(max(num), 0) FROM records").fetchone()[0]) + 1


def apply(
    conn: Connection,
    desk: int,
    changes: dict[bytes, list[Applied]],
    seen: Callable[[bytes, int], bool],
    known: Mapping[bytes, Row | None] | None = None,
) -> Outcome:
    """Applies `changes` (by record id) inside the caller's transaction. `known`: records that the
    caller has read in it already (None: one that is not there); they are not read again."""
    known = known or {}
    present = {rid: row for rid, row in known.items() if row is not None}
    present |= load(conn, desk, [rid for rid in changes if rid not in known])
    rows = Rows(desk)
    rows.add_all(changes, present, next_num(conn), seen)
    rows.write(conn)
    return Outcome(frozenset(changes) | rows.also, frozenset(rows.kinds), rows.conflicts)


class Rows:
    """The rows that an application will write, gathered record by record. `change_sets`: rows that
    are written with it. `bounds`: of what arrives, what it may come to and whose it is.
    `words`: how much may still be indexed with it. `above`: what the records belong to;
    `deleted`: those that somebody deleted;
    `also`: records that came into sight, or out of it, by what was written elsewhere.

    Rows hold `bytearray` and no `bool`, and what is mostly NULL is so in the statement: the driver
    takes a twentieth of a microsecond for a value of a type it knows, and a whole one for each
    `bytes`, `bool` and `None`, which it offers to adapters first.
    """

    def __init__(
        self,
        desk: int,
        change_sets: Sequence[tuple[Any, ...]] = (),
        bounds: tuple[Allowance, str] | None = None,
        words: search_index.Budget | None = None,
    ) -> None:
        self.desk = desk
        self._bounds = bounds
        self._words = words or search_index.Budget()
        self.change_sets = change_sets
        self.inserts: list[tuple[Any, ...]] = []
        self.alone: list[tuple[Any, ...]] = []
        self.updates: list[tuple[Any, ...]] = []
        self.new_texts: list[tuple[int, str]] = []
        self.texts: list[tuple[int, str]] = []
        self.unindexed: list[tuple[int]] = []
        self.wordless: list[tuple[int]] = []
        self.new_cases: list[tuple[Any, ...]] = []
        self.cases: list[tuple[Any, ...]] = []
        self.hidden: list[tuple[int]] = []
        self.touched: dict[bytes, int] = {}
        self.above: set[bytes] = set()
        self.deleted: set[bytes] = set()
        self.also: set[bytes] = set()
        self.attachments: list[tuple[list[Value], int]] = []
        self.kinds: set[str] = set()
        self.conflicts = 0

    def add_all(
        self,
        changes: dict[bytes, list[Applied]],
        present: dict[bytes, Row],
        num: int,
        seen: Callable[[bytes, int], bool],
    ) -> None:
        """All of `changes`; new records get row numbers from `num` on."""
        for rid, runs in changes.items():
            row = present.get(rid)
            if row is None:
                self._add(num, rid, runs, None, seen)
                num += 1
            else:
                self._add(row.num, rid, runs, row, seen)

    def _add(
        self,
        num: int,
        rid: bytes,
        runs: list[Applied],
        row: Row | None,
        seen: Callable[[bytes, int], bool],
    ) -> None:
        """One record: `row` is what stands of it, None where it is new."""
        fresh = _fresh(runs) if row is None else None
        more: list[Value] = []
        sets: projection.Sets = {}
        conflicts = 0
        if fresh is not None:
            registers, sets, packed = fresh
            updated = runs[0][1][0]
            history = runs[0][0].to_bytes(8, "big")
        else:
            state = row.state if row else State()
            updated, history, before = (row.updated, row.history, row.conflicts) if row else (0, b"", 0)
            gone = len(state.gone)
            for _, stamp, first, changes in runs:
                for at, (field, op, value, replaces) in enumerate(changes, first):
                    state.apply(stamp, at, field, op, value, replaces, seen)
                    if op != NOTE:  # who looked at it has not changed it
                        updated = max(updated, stamp[0])
            history += b"".join(set_row.to_bytes(8, "big") for set_row, _ in groupby(run[0] for run in runs))
            registers, sets = state.registers(), state.sets()
            disputed = state.conflicts()
            conflicts = len(disputed)
            self.conflicts += max(0, conflicts - before)
            more = [e.value for name in disputed for e in state.entries[name]]
            packed = state.pack()
            if self._bounds is not None:
                allowance, member = self._bounds
                allowance.gone(gone, len(state.gone), member)
                if not is_light(packed):
                    allowance.standing(state.weight_of(runs[-1][1][1]), member)
        self._put(
            num,
            rid,
            row is None,
            registers,
            sets,
            more,
            (_signed(updated), conflicts, packed, history),
            runs[-1][0],
            row is not None and all(change[1] == NOTE for run in runs for change in run[3]),
        )

    def rebuilt(
        self, num: int, rid: bytes, state: State, history: bytes, updated: int, *, disputed: bool = False
    ) -> None:
        """A record that is there already, whose rows are made anew from its state. `disputed`: as in
        `_put`."""
        fields = state.conflicts()
        self._put(
            num,
            rid,
            False,
            state.registers(),
            state.sets(),
            [e.value for name in fields for e in state.entries[name]],
            (_signed(updated), len(fields), state.pack(), history),
            int.from_bytes(history[-8:], "big"),
            disputed=disputed,
        )

    def _put(
        self,
        num: int,
        rid: bytes,
        new: bool,
        registers: projection.Registers,
        sets: projection.Sets,
        more: list[Value],
        kept: tuple[int, int, bytes, bytes],
        origin: int,
        note_only: bool = False,
        disputed: bool = False,
    ) -> None:
        """A record's rows. `kept`: updated, conflicts, packed state, history; `origin`: the change
        set that names its chunks; `note_only`: it was looked at, and is as it was; `disputed`: it
        was deleted, and is in sight until somebody decides (`deletion`)."""
        time, conflicts, packed, history = kept
        kind = projection.kind(registers)
        self.kinds.add(kind)
        parent = projection.parent(registers, kind)
        deleted = registers.get(kinds.DELETED) is True and not disputed
        conflicts += disputed
        if registers.get(kinds.DELETED) is True:
            self.deleted.add(rid)
        if parent is not None:
            self.above.add(parent)
        above = parent if parent is None else bytearray(parent)
        rest = (time, conflicts, int(deleted), bytearray(packed), bytearray(history))
        later = not deleted and not self._words.take(len(packed))
        text = "" if deleted or later else projection.search_text(registers, sets, kind, more)
        if new and parent is None:
            self.alone.append((num, bytearray(rid), self.desk, kind, *rest))
        elif new:
            self.inserts.append((num, bytearray(rid), self.desk, kind, above, *rest))
        if new:
            if text:
                self.new_texts.append((num, text))
        else:
            self.updates.append((kind, above, *rest, num))
            if note_only:
                return  # nothing else of it is another
            if later:
                self.wordless.append((num,))
            else:
                self.texts.append((num, text))
        if later:
            self.unindexed.append((num,))
        if kind == _CASE:
            if deleted:
                self.hidden.append((num,))
            else:
                columns = (
                    num,
                    bytearray(rid),
                    self.desk,
                    *projection.case_columns(registers),
                    time,
                )
                (self.new_cases if new else self.cases).append(columns)
        elif parent is not None and self.touched.get(parent, -1) < time:
            self.touched[parent] = time
        if kind == _ATTACHMENT:
            chunks = registers.get("chunks")
            self.attachments.append(([chunks, *more], origin))

    def write(self, conn: Connection, *, again: bool = False) -> None:
        """Writes the rows, each table once. `again`: of a deletion that was decided."""
        many = conn.executemany
        signed = [row for row in self.change_sets if row[4] is not None]
        unsigned = [(*row[:4], row[5]) for row in self.change_sets if row[4] is None]
        many("INSERT INTO change_sets VALUES (?,?,?,?,NULL,?)", unsigned)
        many("INSERT INTO change_sets VALUES (?,?,?,?,?,?)", signed)
        insert(conn, "records", self.alone, "(?,?,?,?,NULL,?,?,?,?,?)")
        insert(conn, "records", self.inserts)
        many(
            "UPDATE records SET kind=?, parent=?, updated=?, conflicts=?, deleted=?, state=?, "
            "history=? WHERE num=?",
            self.updates,
        )
        many("INSERT INTO found (rowid, content) VALUES (?, ?)", self.new_texts)
        many("INSERT OR REPLACE INTO found (rowid, content) VALUES (?, ?)", self.texts)
        many("DELETE FROM found WHERE rowid = ?", self.wordless)
        many("INSERT OR IGNORE INTO unindexed VALUES (?)", self.unindexed)
        insert(conn, "cases", self.new_cases)
        many("INSERT OR REPLACE INTO cases VALUES (?,?,?,?,?,?,?,?,?,?)", self.cases)
        many("DELETE FROM cases WHERE num = ?", self.hidden)
        many(
            "UPDATE cases SET updated = max(updated, ?1) "
            "WHERE num = (SELECT num FROM records WHERE id = ?2 AND desk = ?3)",
            [(time, rid, self.desk) for rid, time in self.touched.items()],
        )
        for values, origin in self.attachments:
            for value in values:
                _register_chunks(conn, self.desk, value, origin)
        if not again:
            self._decide_deletions(conn)

    def _decide_deletions(self, conn: Connection) -> None:
        """Brings what was deleted and written in meanwhile into sight, and hides it again when that
        was decided: it depends on what lies below, which may come later."""
        todo = self.deleted | deletion.concerned(conn, self.desk, self.above)
        count: Callable[[int], None] | None = None
        if self._bounds is not None:
            allowance, member = self._bounds
            count = partial(allowance.rewritten, member=member)
        more = Rows(self.desk, words=self._words)
        for rid in sorted(todo):
            num, packed, history, time, hidden = conn.execute(
                "SELECT num, state, history, updated, deleted FROM records WHERE id = ? AND desk = ?",
                (rid, self.desk),
            ).fetchone()
            state = State.unpack(packed)
            disputed = deletion.written_meanwhile(conn, self.desk, rid, state, count) is not None
            in_sight = not hidden
            if deletion.hides(state) and disputed != in_sight:
                more.rebuilt(num, rid, state, bytes(history), time, disputed=disputed)
                more.conflicts += disputed
                self.also.add(rid)
        if self.also:
            more.write(conn, again=True)
            self.kinds |= more.kinds
            self.conflicts += more.conflicts


_ROWS_A_STATEMENT = 20


def insert(conn: Connection, table: str, rows: list[tuple[Any, ...]], one: str = "") -> None:
    """Inserts whole rows, several per statement: measured a fifth quicker than one by one. `one`:
    the values of one row, where some are no parameter."""
    if not rows:
        return
    one = one or "(" + ",".join("?" * len(rows[0])) + ")"
    whole = len(rows) - len(rows) % _ROWS_A_STATEMENT
    for size, part in ((_ROWS_A_STATEMENT, rows[:whole]), (1, rows[whole:])):
        conn.executemany(
            f"INSERT INTO {table} VALUES " + ",".join([one] * size),  # noqa: S608
            [tuple(chain.from_iterable(part[at : at + size])) for at in range(0, len(part), size)],
        )


def _fresh(runs: list[Applied]) -> tuple[projection.Registers, projection.Sets, bytes] | None:
    """Registers, sets and packed state of a new record that one change set makes, each register
    once: what nearly every import is made of. None: go the long way."""
    if len(runs) != 1:
        return None
    _, stamp, first, changes = runs[0]
    registers: projection.Registers = {}
    sets: projection.Sets = {}
    group: list[Any] = [stamp]
    for at, (field, op, value, replaces) in enumerate(changes, first):
        if replaces:
            return None
        if op == SET and field not in registers and field not in sets:
            registers[field] = value
        elif op == ADD and type(value) is str and field not in registers:
            present = sets.setdefault(field, [])
            if value in present:
                return None
            present.append(value)
        else:
            return None
        group += (field, at, op, value)
    packed = pack_groups([group])
    if None in registers.values():
        registers = {k: v for k, v in registers.items() if v is not None}
    return registers, sets, packed


def _signed(stamp: int) -> int:
    """A clock stamp as SQLite's signed 64-bit integer; what is beyond (year 6429) is capped."""
    return min(stamp, 2**63 - 1)


def _register_chunks(conn: Connection, desk: int, value: Value, origin: int) -> None:
    feed, seq = feed_and_seq(origin)
    for chunk in chunks_of(value) or ():
        conn.execute(
            "INSERT OR IGNORE INTO chunks (hash, desk, size, present, feed, seq) VALUES (?, ?, ?, 0, ?, ?)",
            (chunk.hash, desk, chunk.size + TAG, feed, seq),
        )
