"""A desk that was taken: what stays until somebody else has it, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import Roster
from defenderdesk.crypto import signing
from defenderdesk.ledger import changes, clock
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.membership import revoke_desk
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage.database import Connection
from tests.worlds.feeds import six_titles, split
from tests.worlds.records import new_case

TABLES = ("change_sets", "feeds", "records", "cases", "chunks", "erasures", "held_ranges", "receipts")


@pytest.fixture
def conn(vault: Vault) -> Iterator[Connection]:
    six_titles(vault)
    with vault.store.writing() as conn:
        yield conn
        conn.execute("DELETE FROM held_ranges")


def without(vault: Vault, *desks: bytes, **more: object) -> Roster:
    """The roster of now, but that this device holds only these desks."""
    own = vault.store.roster.devices[vault.store.device]
    return Roster(devices={own.device: replace(own, desks=frozenset(desks), **more)})  # type: ignore[arg-type]


def leave(vault: Vault, conn: Connection, roster: Roster | None = None) -> list[tuple[str, int]]:
    return revoke_desk.leave(vault.store, conn, roster or without(vault))


def desks(conn: Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT name FROM desks ORDER BY num")]


def test_what_nobody_else_has_received_stays_and_is_counted(vault: Vault, conn: Connection) -> None:
    for confirmed, left in ((0, 6), (4, 2), (5, 1)):
        conn.execute("UPDATE feeds SET confirmed = ?", (confirmed,))
        assert leave(vault, conn) == [("Great Lakes desk", left)] and desks(conn) == ["Great Lakes desk"]
    conn.execute("UPDATE feeds SET confirmed = 6")
    branch = split(conn, vault.store.device, 4)
    conn.execute("UPDATE feeds SET confirmed = 0 WHERE num = ?", (branch.num,))
    assert leave(vault, conn) == [("Great Lakes desk", 2)], "of a branch what lies behind its base"
    conn.execute("UPDATE feeds SET origin = ?, confirmed = 9 WHERE num = ?", (b"o" * 16, branch.num))
    conn.execute("UPDATE feeds SET confirmed = 0 WHERE num = ?", (branch.num,))
    assert leave(vault, conn) == [], "another's work is not its own"
    assert desks(conn) == []


def test_an_attachment_that_was_not_handed_over_stays_too(vault: Vault, conn: Connection) -> None:
    [feed] = conn.execute("SELECT num FROM feeds").fetchone()
    conn.execute("UPDATE feeds SET confirmed = 6")

    def chunk(n: int, seq: int, present: int = 1, confirmed: int = 0, of: int = feed) -> None:
        conn.execute(
            "INSERT INTO chunks (hash, desk, size, present, feed, seq, confirmed) VALUES (?, 1, 5, ?, ?, ?, ?)",
            (bytes([n]) * 32, present, of, seq, confirmed),
        )

    chunk(1, 2), chunk(2, 2), chunk(3, 3), chunk(4, 4, present=0), chunk(5, 5, confirmed=1)
    assert leave(vault, conn) == [("Great Lakes desk", 2)], "by save"
    conn.execute("UPDATE feeds SET confirmed = 5")
    chunk(6, 6)
    assert leave(vault, conn) == [("Great Lakes desk", 3)], "a save that was not, counts once"
    conn.execute("UPDATE feeds SET confirmed = 4")
    assert leave(vault, conn) == [("Great Lakes desk", 4)]
    conn.execute("DELETE FROM chunks")


def test_only_desks_that_were_taken_leave(vault: Vault, conn: Connection) -> None:
    conn.execute("UPDATE feeds SET confirmed = 6")
    held = bytes(conn.execute("SELECT id FROM desks").fetchone()[0])
    conn.execute("INSERT INTO desks VALUES (2, ?, 'Second', ?)", (b"2" * 16, b"b" * 16))
    conn.execute("INSERT INTO desks VALUES (3, ?, 'Third', ?)", (b"3" * 16, b"c" * 16))
    assert leave(vault, conn, without(vault, held, b"3" * 16)) == []
    assert desks(conn) == ["Great Lakes desk", "Third"]
    assert leave(vault, conn, Roster()) == [] and leave(vault, conn, without(vault, removed=True)) == []
    assert desks(conn) == ["Great Lakes desk", "Third"], "who is not of the workspace is told otherwise"


def test_nothing_of_it_is_left(vault: Vault, conn: Connection) -> None:
    store = vault.store
    (vault.profile.parent / "photo").write_bytes(b"photo")
    [box] = (bytes(row[0]) for row in conn.execute("SELECT box FROM desks"))
    for one in (box, bytes(16)):
        store.set_meta(f"mailbox.e.{one.hex()}", {"cursor": 1})
    case = new_case(vault, "With a photo")
    vault.attach(case, vault.profile.parent / "photo")
    [name] = (bytes(row[0]) for row in conn.execute("SELECT hash FROM chunks"))
    assert store.chunks.has(name)
    [num] = conn.execute("SELECT num FROM feeds").fetchone()
    conn.execute("INSERT INTO held_ranges VALUES (?, 90, 91, x'', x'')", (num,))
    conn.execute("INSERT INTO erasures (id) VALUES (?)", (num << 40 | 2,))
    planning.save_receipt(conn, b"o" * 16, 1, 5, Receipt({store.device: 99}, roster=bytes(16)))
    conn.execute("UPDATE feeds SET confirmed = held")
    conn.execute("UPDATE chunks SET confirmed = 1")
    own = conn.execute("SELECT held, hash FROM feeds").fetchone()
    desk = bytes(conn.execute("SELECT id FROM desks").fetchone()[0])
    assert not revoke_desk.brought_back(store, conn, 1, desk)
    assert leave(vault, conn) == []
    for table in (*TABLES, "desks", "desk_keys", "suspects", "erased"):
        assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert not store.chunks.has(name) and store.meta("clean_wanted", False, conn) is True
    assert store.meta(f"left.{desk.hex()}", None, conn) == [own[0], bytes(own[1])]
    found = [store.meta(f"mailbox.e.{one.hex()}", None, conn) for one in (box, bytes(16))]
    assert found == [None, {"cursor": 1}], "given back, it is read from the beginning"
    # given back: the same, to the last save
    conn.execute("INSERT INTO desks VALUES (1, ?, 'Back', ?)", (desk, b"b" * 16))
    assert not revoke_desk.brought_back(store, conn, 1, desk)
    for held, chain, same in (
        (own[0], own[1], True),
        (own[0] - 1, own[1], False),
        (own[0], b"x" * 32, False),
    ):
        conn.execute("DELETE FROM feeds")
        conn.execute(
            "INSERT INTO feeds (desk, device, held, hash) VALUES (1, ?, ?, ?)", (store.device, held, chain)
        )
        assert revoke_desk.brought_back(store, conn, 1, desk) is same
    conn.execute("DELETE FROM feeds")


def test_a_desk_that_must_stay_keeps_no_other_and_neighbours_keep_all(vault: Vault) -> None:
    """The feeds of two desks have numbers that follow each other."""
    six_titles(vault)
    for number, name in ((2, "Second"), (3, "Third")):
        vault.add_desk(name)
        for title in "ab":
            made = vault.new_id()
            vault.save([Edit(made, "kind", "case"), Edit(made, "title", f"{title} {number}")], desk=name)
    with vault.store.writing() as conn:
        conn.execute("UPDATE feeds SET confirmed = held WHERE desk = 2")
        third = bytes(conn.execute("SELECT id FROM desks WHERE num = 3").fetchone()[0])
        assert leave(vault, conn, without(vault, third)) == [("Great Lakes desk", 6)]
        assert desks(conn) == ["Great Lakes desk", "Third"]
        counts = conn.execute("SELECT id >> 40, count(*) FROM change_sets GROUP BY 1").fetchall()
        assert [tuple(row) for row in counts] == [(1, 6), (3, 2)]
        conn.execute("UPDATE feeds SET confirmed = held")
        assert leave(vault, conn, without(vault, third)) == [] and desks(conn) == ["Third"]
        assert conn.execute("SELECT count(*) FROM change_sets").fetchone() == (2,)


def test_what_another_desk_holds_as_well_stays(vault: Vault, conn: Connection) -> None:
    store, name = vault.store, b"n" * 32
    store.chunks.put(name, b"content")
    held = bytes(conn.execute("SELECT id FROM desks").fetchone()[0])
    conn.execute("INSERT INTO desks VALUES (2, ?, 'Second', ?)", (b"2" * 16, b"b" * 16))
    conn.execute("INSERT INTO feeds (desk, device, held, hash) VALUES (2, ?, 0, ?)", (b"o" * 16, b"h" * 32))
    [other] = conn.execute("SELECT num FROM feeds WHERE desk = 2").fetchone()
    for desk in (1, 2):
        conn.execute(
            "INSERT INTO chunks (hash, desk, size, present, feed, seq) VALUES (?, ?, 5, 1, ?, 1)",
            (name, desk, other),
        )
    before = {t: conn.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("change_sets", "records")}
    assert leave(vault, conn, without(vault, held)) == []
    assert store.chunks.has(name) and desks(conn) == ["Great Lakes desk"]
    for table, count in before.items():
        assert conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == count
    conn.execute("DELETE FROM chunks")


def test_a_desk_without_own_work_leaves_no_trace_of_any(vault: Vault) -> None:
    with vault.store.writing() as conn:
        desk = bytes(conn.execute("SELECT id FROM desks").fetchone()[0])
        assert revoke_desk._own(vault.store, conn, 1) is None
        conn.execute(
            "INSERT INTO feeds (desk, device, held, hash) VALUES (1, ?, 0, ?)",
            (vault.store.device, b"h" * 32),
        )
        assert revoke_desk._own(vault.store, conn, 1) is None
        assert leave(vault, conn) == []
        assert vault.store.meta(f"left.{desk.hex()}", None, conn) is None


def test_it_is_looked_at_only_where_a_desk_was_taken(vault: Vault) -> None:
    six_titles(vault)
    with vault.store.writing() as conn:
        conn.execute("UPDATE feeds SET confirmed = 6")
    revoke_desk.leave_now(vault.store)
    assert len(vault.info().desks) == 1
    real = vault.store.roster
    for roster, left in ((Roster(), 1), (without(vault), 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(vault.store), "roster", property(lambda _, found=roster: found))
            revoke_desk.leave_now(vault.store)
        assert vault.store.reader.execute("SELECT count(*) FROM desks").fetchone() == (left,)
    assert real is vault.store.roster


# -- what waits ------------------------------------------------------------------------------------


def test_work_that_waits_is_counted_with_its_oldest_day(vault: Vault) -> None:
    store = vault.store
    assert revoke_desk.waiting(store) == revoke_desk.Waiting(0, 0, None)
    case = six_titles(vault)
    vault.save([Edit(case, "status", "open"), Edit(case, "country", "RW")])
    rows = store.reader.execute("SELECT header FROM change_sets ORDER BY id").fetchall()
    times = [changes.read_headers([bytes(row[0])])[0].hlc for row in rows]

    def confirmed(seq: int) -> tuple[int, int, object]:
        with store.writing() as conn:
            conn.execute("UPDATE feeds SET confirmed = ?", (seq,))
        found = revoke_desk.waiting(store)
        return found.changes, found.attachments, found.oldest

    assert confirmed(0) == (9, 0, clock.moment(times[0]))
    assert confirmed(5) == (3, 0, clock.moment(times[5]))
    assert confirmed(7) == (0, 0, None)
    with store.writing() as conn:
        for n, present, sent in ((1, 1, 0), (2, 1, 0), (3, 0, 0), (4, 1, 1)):
            conn.execute(
                "INSERT INTO chunks (hash, desk, size, present, feed, seq, confirmed) VALUES (?, 1, 5, ?, 1, 1, ?)",
                (bytes([n]) * 32, present, sent),
            )
    assert confirmed(7)[1] == 2
    with store.writing() as conn:
        conn.execute("UPDATE feeds SET origin = ?, confirmed = 0", (b"o" * 16,))
        conn.execute("DELETE FROM chunks")
    assert revoke_desk.waiting(store) == revoke_desk.Waiting(0, 0, None), "another's work waits elsewhere"


# -- receipts --------------------------------------------------------------------------------------


def test_receipts_of_who_has_the_desk_no_more_are_forgotten(vault: Vault) -> None:
    store, held, gone = vault.store, b"h" * 16, b"g" * 16
    own = store.roster.devices[store.device]
    desk = signing.id_bytes(vault.info().desks[0].id)
    roster = Roster(
        devices={
            held: replace(own, device=held, line=(held,)),
            gone: replace(own, device=gone, desks=frozenset([b"2" * 16]), line=(gone, b"f" * 16)),
        },
        heirs={b"f" * 16: [gone]},
    )

    def kept(forget: object) -> set[tuple[bytes, int]]:
        with store.writing() as conn:
            conn.execute("INSERT OR IGNORE INTO desks VALUES (2, ?, 'Second', ?)", (b"2" * 16, b"b" * 16))
            conn.execute("DELETE FROM receipts")
            for device in (held, gone, b"f" * 16, b"?" * 16):
                for number in (1, 2):
                    planning.save_receipt(conn, device, number, 5, Receipt({}, roster=bytes(16)))
            forget(conn)  # type: ignore[operator]
            return {(bytes(r[0]), r[1]) for r in conn.execute("SELECT device, desk FROM receipts")}

    assert kept(lambda conn: revoke_desk.forget_receipts(conn, roster)) == {(held, 1), (gone, 2)}
    every = {(device, number) for device in (held, gone, b"f" * 16, b"?" * 16) for number in (1, 2)}
    for device, taken in (
        (gone, {gone, b"f" * 16}),
        (b"f" * 16, {gone, b"f" * 16}),
        (b"?" * 16, {b"?" * 16}),
    ):
        left = kept(lambda conn, one=device: revoke_desk.forget_receipts_of(conn, roster, one, desk))
        assert left == every - {(one, 1) for one in taken}
