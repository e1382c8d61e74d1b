"""Changes become records: the short way and the long one come to the same rows, each table once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from defenderdesk.crypto import signing
from defenderdesk.domain.values import Value
from defenderdesk.ledger.changes import ADD, ERASE, NOTE, REMOVE, SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault import Vault
from defenderdesk.vault.records import apply
from defenderdesk.vault.records.apply import Applied, Outcome
from defenderdesk.vault.storage.chunks import TAG, Chunk, chunks_value
from defenderdesk.vault.storage.database import Connection

DESK, A, B = 1, b"a" * 16, b"b" * 16
R = b"r" * 16
Items = list[tuple[str, int, Any, Any]]


@pytest.fixture
def conn(vault: Vault) -> Iterator[Connection]:
    with vault.store.writing() as conn:
        yield conn
        for table in ("records", "cases", "chunks", "found"):
            conn.execute(f"DELETE FROM {table}")


def run(seq: int, items: Items, hlc: int = 0, device: bytes = A, first: int = 0, feed: int = 7) -> Applied:
    return (apply.set_id(feed, seq), (hlc or seq << 16, device, seq), first, items)


def put(conn: Connection, *runs: Applied, record: bytes = R, known: Any = None) -> Outcome:
    return apply.apply(conn, DESK, {record: list(runs)}, lambda _d, _s: True, known)


def row(conn: Connection, record: bytes = R) -> dict[str, Any]:
    names = ("num", "kind", "parent", "updated", "conflicts", "deleted", "state", "history")
    found = conn.execute(f"SELECT {', '.join(names)} FROM records WHERE id = ?", (record,)).fetchone()
    return dict(zip(names, found, strict=True))


def case_updated(conn: Connection, record: bytes = R) -> int | None:
    found = conn.execute("SELECT updated FROM cases WHERE id = ?", (record,)).fetchone()
    return int(found[0]) if found else None


def found(conn: Connection, word: str) -> int:
    return int(conn.execute("SELECT count(*) FROM found WHERE found MATCH ?", (word,)).fetchone()[0])


NEW: list[Items] = [
    [("kind", SET, "case", ()), ("title", SET, "One", ())],
    [("kind", SET, "case", ()), ("title", SET, "One", ()), ("title", SET, "Two", ())],
    [("title", SET, None, ()), ("kind", SET, "case", ())],
    [("tags", ADD, "x", ()), ("tags", ADD, "y", ()), ("kind", SET, "case", ())],
    [("tags", ADD, "x", ()), ("tags", ADD, "x", ())],
    [("tags", ADD, "x", ()), ("tags", SET, "y", ())],
    [("tags", SET, "x", ()), ("tags", ADD, "y", ())],
    [("tags", ADD, 5, ()), ("tags", ADD, "5", ())],
    [("title", SET, "One", ((B, 1, 0),))],
    [("tags", ADD, "x", ()), ("tags", REMOVE, None, ((A, 1, 0),))],
    [("title", SET, "One", ()), ("title", ERASE, None, ((A, 1, 0),))],
    [("seen", NOTE, "x", ()), ("kind", SET, "case", ())],
    [("kind", ADD, "case", ())],
    [("kind", NOTE, "case", ())],
    [("kind", REMOVE, "case", ())],
    [("title", SET, ["a", {"b": 1}], ()), ("deleted", SET, True, ())],
]


@pytest.mark.parametrize("items", NEW, ids=range(len(NEW)))
@pytest.mark.parametrize("first", [0, 3])
def test_the_short_way_and_the_long_one(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, items: Items, first: int
) -> None:
    state = State()
    for at, (field, op, value, replaces) in enumerate(items, first):
        state.apply((1 << 16, A, 1), at, field, op, value, replaces, lambda _d, _s: True)
    out = put(conn, run(1, items, first=first))
    short = row(conn)
    texts = conn.execute("SELECT count(*) FROM found").fetchone()[0]
    listed = conn.execute("SELECT * FROM cases").fetchall()
    for table in ("records", "cases", "found"):
        conn.execute(f"DELETE FROM {table}")
    monkeypatch.setattr(apply, "_fresh", lambda _: None)
    assert put(conn, run(1, items, first=first))[:2] == out[:2]
    long = row(conn)
    assert State.unpack(short.pop("state")).canonical() == State.unpack(long.pop("state")).canonical()
    assert State.unpack(row(conn)["state"]).canonical() == state.canonical()
    assert short == long and short["history"] == apply.set_id(7, 1).to_bytes(8, "big")
    assert texts == conn.execute("SELECT count(*) FROM found").fetchone()[0]
    assert listed == conn.execute("SELECT * FROM cases").fetchall()
    work = any(op != NOTE for _, op, _, _ in items)
    assert short["updated"] == (1 << 16 if work else 0) and out.records == {R}


def test_the_short_way_is_taken_where_it_may_be() -> None:
    """It is for what nearly every import is made of: one change set, each register once."""
    short = [at for at, items in enumerate(NEW) if apply._fresh([run(1, items)]) is not None]
    assert short == [0, 2, 3, 12, 15]
    assert apply._fresh([run(1, NEW[0]), run(2, NEW[3])]) is None and apply._fresh([]) is None
    [registers, sets, _] = apply._fresh([run(1, NEW[2])]) or ()
    assert registers == {"kind": "case"} and sets == {}, "nothing is no value"
    [registers, sets, _] = apply._fresh([run(1, NEW[3])]) or ()
    assert registers == {"kind": "case"} and sets == {"tags": ["x", "y"]}


def test_what_is_not_here_yet_and_was_replaced_is_waited_for(conn: Connection) -> None:
    """Also where the record begins with what replaces it: its value must not come back by itself."""
    items: Items = [("kind", SET, "case", ()), ("title", SET, "Two", ((B, 1, 0),))]
    for seen, waits in ((True, set()), (False, {("title", (B, 1, 0))})):
        conn.execute("DELETE FROM records")
        conn.execute("DELETE FROM cases")
        apply.apply(conn, DESK, {R: [run(1, items)]}, lambda _d, _s, seen=seen: seen)
        assert State.unpack(row(conn)["state"]).gone == waits


def test_a_record_that_begins_with_a_look_was_never_worked_on(conn: Connection) -> None:
    put(conn, run(1, [("seen", NOTE, "x", ())]))
    assert row(conn)["updated"] == 0
    put(conn, run(2, [("kind", SET, "attachment", ()), ("chunks", SET, "rubbish", ())]))
    assert row(conn)["updated"] == 2 << 16 and conn.execute("SELECT count(*) FROM chunks").fetchone() == (0,)


def test_a_record_of_several_change_sets_at_once(conn: Connection) -> None:
    put(
        conn,
        run(1, [("kind", SET, "case", ())], hlc=5),
        run(1, [("title", SET, "One", ())], hlc=5, first=4),
        run(2, [("title", SET, "Two", ((A, 1, 4),))], hlc=9),
        run(3, [("seen", NOTE, "x", ())], hlc=12),
    )
    got = row(conn)
    assert got["updated"] == 9, "a look is no work"
    assert [apply.feed_and_seq(int.from_bytes(got["history"][i : i + 8], "big")) for i in (0, 8, 16)] == [
        (7, 1),
        (7, 2),
        (7, 3),
    ]
    assert len(got["history"]) == 24 and State.unpack(got["state"]).registers()["title"] == "Two"
    assert case_updated(conn) == 9


def test_conflicts_are_those_that_came(conn: Connection) -> None:
    put(conn, run(1, [("kind", SET, "case", ()), ("title", SET, "A", ()), ("status", SET, "A", ())]))
    put(conn, run(1, [("kind", SET, "case", ()), ("title", SET, "A", ())]), record=b"s" * 16)
    assert put(conn, run(2, [("title", SET, "B", ())])).conflicts == 1
    assert put(conn, run(3, [("title", SET, "C", ())])).conflicts == 0, "it was one already"
    assert put(conn, run(4, [("status", SET, "B", ())])).conflicts == 1
    assert row(conn)["conflicts"] == 2
    every = ((A, 1, 1), (A, 2, 0), (A, 3, 0))
    assert put(conn, run(5, [("title", SET, "D", every)])).conflicts == 0
    assert row(conn)["conflicts"] == 1
    both = {one: [run(6, [("title", SET, "X", ())], device=B, feed=8)] for one in (R, b"s" * 16)}
    assert apply.apply(conn, DESK, both, lambda _d, _s: True).conflicts == 2
    assert found(conn, "D") == 1 and found(conn, "X") == 2, "what stands beside is found as well"


def test_what_is_known_is_not_read_again(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    put(conn, run(1, [("kind", SET, "case", ())]))
    known = apply.load(conn, DESK, [R])
    assert apply.load(conn, DESK + 1, [R]) == {}
    asked: list[list[bytes]] = []
    real = apply.load

    def load(conn: Connection, desk: int, ids: Any) -> Any:
        asked.append(list(ids))
        return real(conn, desk, ids)

    monkeypatch.setattr(apply, "load", load)
    put(conn, run(2, [("title", SET, "One", ())]), known=known)
    put(conn, run(3, [("kind", SET, "case", ())]), record=b"s" * 16, known={b"s" * 16: None})
    put(conn, run(4, [("title", SET, "Two", ())], device=B))
    assert asked == [[], [], [R]]
    assert row(conn)["conflicts"] == 1 and row(conn, b"s" * 16)["num"] == row(conn)["num"] + 1


@pytest.mark.parametrize("count", [1, 19, 20, 21, 45, 501])
def test_as_many_as_come(conn: Connection, count: int) -> None:
    ids = [number.to_bytes(16, "big") for number in range(count)]
    parents = [None if number % 2 else signing.id_text(R) for number in range(count)]
    put(conn, run(1, [("kind", SET, "case", ())]))
    changes = {
        one: [run(1, [("kind", SET, "event" if up else "case", ()), ("case", SET, up, ())])]
        for one, up in zip(ids, parents, strict=True)
    }
    out = apply.apply(conn, DESK, changes, lambda _d, _s: True)
    assert out == (frozenset(ids), {"case", "event"} if count > 1 else {"event"}, 0)
    rows = conn.execute(
        "SELECT id, kind, parent, num FROM records WHERE id != ? ORDER BY id", (R,)
    ).fetchall()
    assert [r[3] for r in sorted(rows, key=lambda r: r[3])] == list(range(2, count + 2))
    assert [(bytes(r[0]), r[1], r[2]) for r in rows] == [
        (one, "event", R) if up else (one, "case", None) for one, up in zip(ids, parents, strict=True)
    ]
    assert len(apply.load(conn, DESK, ids)) == count
    assert conn.execute("SELECT count(*) FROM cases").fetchone()[0] == 1 + count // 2
    assert apply.next_num(conn) == count + 2


def test_the_first_record_has_the_first_number(conn: Connection) -> None:
    assert apply.next_num(conn) == 1
    put(conn, run(1, [("kind", SET, "case", ())]))
    assert row(conn)["num"] == 1


@pytest.mark.parametrize("times", list(itertools.permutations((5, 9, 7))))
def test_a_case_is_as_new_as_the_newest_that_belongs_to_it(conn: Connection, times: tuple[int, ...]) -> None:
    put(conn, run(1, [("kind", SET, "case", ())], hlc=6))
    belongs: Items = [("kind", SET, "event", ()), ("case", SET, signing.id_text(R), ())]
    changes = {bytes([n]) * 16: [run(2, belongs, hlc=hlc)] for n, hlc in enumerate(times)}
    apply.apply(conn, DESK, changes, lambda _d, _s: True)
    assert case_updated(conn) == 9
    put(conn, run(3, [("note", SET, "x", ())], hlc=8), record=bytes([0]) * 16)
    assert case_updated(conn) == 9, "and never older"
    put(conn, run(4, [("seen", NOTE, "x", ())], hlc=20), record=bytes([0]) * 16)
    assert case_updated(conn) == 9, "a look is no work"
    apply.apply(conn, DESK + 1, {B: [run(5, belongs, hlc=30, feed=9)]}, lambda _d, _s: True)
    assert case_updated(conn) == 9, "nor what another desk has"


def test_what_is_hidden_is_neither_listed_nor_found(conn: Connection) -> None:
    put(conn, run(1, [("kind", SET, "case", ()), ("title", SET, "Kigali", ())]))
    assert case_updated(conn) and found(conn, "kigali") == 1
    put(conn, run(2, [("deleted", SET, "yes", ())]))
    assert case_updated(conn) and row(conn)["deleted"] == 0, "only true hides"
    put(conn, run(3, [("deleted", SET, True, ((A, 2, 0),))]))
    assert case_updated(conn) is None and found(conn, "kigali") == 0 and row(conn)["deleted"] == 1
    put(conn, run(4, [("deleted", SET, False, ((A, 3, 0),))]))
    assert case_updated(conn) == 4 << 16 and found(conn, "kigali") == 1
    put(conn, run(1, [("kind", SET, "case", ()), ("deleted", SET, True, ())]), record=B)
    assert case_updated(conn, B) is None


def test_a_look_leaves_everything_as_it_was(conn: Connection) -> None:
    put(conn, run(1, [("kind", SET, "case", ()), ("title", SET, "Kigali", ())]))
    conn.execute("DELETE FROM found")
    conn.execute("DELETE FROM cases")
    put(conn, run(2, [("seen", NOTE, "x", ())]))
    assert found(conn, "kigali") == 0 and case_updated(conn) is None and len(row(conn)["history"]) == 16
    put(conn, run(3, [("seen", NOTE, "x", ()), ("status", SET, "open", ())]))
    assert found(conn, "kigali") == 1 and case_updated(conn) == 3 << 16


def test_chunks_are_known_by_whoever_names_them_first(conn: Connection) -> None:
    names = [bytes([n]) * 32 for n in range(3)]
    values: list[Value] = [chunks_value([Chunk(name, b"k" * 32, 5)]) for name in names]
    put(conn, run(4, [("kind", SET, "attachment", ()), ("chunks", SET, values[0], ())]))
    put(conn, run(5, [("chunks", SET, values[1], ())], device=B, feed=8), run(6, [("x", SET, 1, ())], feed=8))
    put(conn, run(9, [("kind", SET, "case", ()), ("chunks", SET, values[2], ())]), record=B)
    rows = conn.execute("SELECT hash, size, present, feed, seq FROM chunks ORDER BY hash").fetchall()
    assert [(bytes(r[0]), *r[1:]) for r in rows] == [
        (names[0], 5 + TAG, 0, 7, 4),
        (names[1], 5 + TAG, 0, 8, 6),
    ], "beside the shown value, and of attachments only"


def test_a_clock_beyond_what_the_database_holds_is_its_last(conn: Connection) -> None:
    put(conn, run(1, [("kind", SET, "case", ())], hlc=2**64 - 1))
    assert row(conn)["updated"] == 2**63 - 1 == case_updated(conn)
    assert [apply._signed(one) for one in (2**63 - 2, 2**63 - 1, 2**63)] == [2**63 - 2, *[2**63 - 1] * 2]


def test_rows_are_named_by_feed_and_number() -> None:
    for feed, seq in ((1, 1), (7, 2**40 - 1), (0, 0)):
        assert apply.feed_and_seq(apply.set_id(feed, seq)) == (feed, seq)
    assert apply.set_id(3, 5) == 3 * 2**40 + 5
