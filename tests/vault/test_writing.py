"""A save becomes one change set: what is left out, which desk it is for, what an undo takes back."""

from __future__ import annotations

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import NotFoundError, UsageError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import ADD, ERASE, NOTE, SET, Change
from defenderdesk.ledger.merge import State
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import writing
from tests.conftest import Pair
from tests.worlds.edits import make
from tests.worlds.records import new_case


def state_of(vault: Vault, record: str) -> State:
    [packed] = vault.store.reader.execute(
        "SELECT state FROM records WHERE id = ?", (signing.id_bytes(record),)
    ).fetchone()
    return State.unpack(packed)


def values(vault: Vault, record: str, field: str = "title") -> list[object]:
    return [e.value for e in state_of(vault, record).entries.get(field, ())]


def saved(vault: Vault, *edits: Edit, **how: object) -> int:
    """The number of changes that a save came to; 0 where it wrote nothing."""
    done = writing.save(vault.store, edits, **how)  # type: ignore[arg-type]
    if done.change_set is None:
        assert done == writing.NOTHING
        return 0
    [count] = vault.store.reader.execute(
        "SELECT count FROM change_sets WHERE id = ?", (int(done.change_set),)
    ).fetchone()
    return int(count)


# -- what is written -------------------------------------------------------------------------------


def test_what_stands_already_is_left_out(vault: Vault) -> None:
    case = new_case(vault, "One")
    assert saved(vault, Edit(case, "title", "One")) == 0
    assert saved(vault, Edit(case, "title", "Two"), Edit(case, "title", "One")) == 0, "the last counts"
    assert saved(vault, Edit(case, "title", "Two"), Edit(case, "status", "open")) == 2
    assert saved(vault, Edit(case, "title", "Two"), Edit(case, "status", "closed")) == 1
    assert saved(vault, Edit(case, "summary", None)) == 0, "nothing stands, and nothing is to"
    assert saved(vault, Edit(case, "status", None)) == 1 and saved(vault, Edit(case, "status", None)) == 0
    assert saved(vault, Edit(case, "nothing", None), Edit(case, "status", "open")) == 1
    assert saved(vault, Edit(case, "yes", True)) == 1 == saved(vault, Edit(case, "yes", 1))
    assert values(vault, case) == ["Two"] and values(vault, case, "yes") == [1]


def test_of_a_set_each_value_once(vault: Vault) -> None:
    case = new_case(vault, "One")
    add, remove = Edit(case, "tags", "x", "add"), Edit(case, "tags", "x", "remove")
    assert saved(vault, remove) == 0 and saved(vault, add, add) == 1 and saved(vault, add) == 0
    assert saved(vault, add, remove) == 1 and values(vault, case, "tags") == []
    assert saved(vault, remove, add) == 1 and values(vault, case, "tags") == ["x"]
    assert saved(vault, Edit(case, "tags", "y", "add"), Edit(case, "tags", "z", "add")) == 2
    assert saved(vault, remove, Edit(case, "tags", "y", "remove")) == 2 and values(vault, case, "tags") == [
        "z"
    ]
    assert saved(vault, Edit(case, "tags", "z")) == 1, "a register of that name is another thing"
    assert saved(vault, Edit(case, "tags", "x"), Edit(case, "tags", "x", "add")) == 2, (
        "a register beside a set"
    )


def test_an_import_takes_the_place_of_nothing(vault: Vault) -> None:
    case = new_case(vault, "One")
    assert saved(vault, Edit(case, "title", "One"), concurrent=True) == 0
    assert saved(vault, Edit(case, "title", "Two"), concurrent=True) == 1
    assert sorted(map(str, values(vault, case))) == ["One", "Two"]
    assert saved(vault, Edit(case, "title", "Two"), concurrent=True) == 0, "it is one of those that stand"
    assert saved(vault, Edit(case, "title", "Two")) == 1 and values(vault, case) == ["Two"]


def test_maps_are_kept_as_everybody_reads_them(vault: Vault) -> None:
    case = new_case(vault, "One")
    saved(vault, Edit(case, "place", {"bb": 1, "a": 2}), Edit(case, "list", [{"bb": 1, "a": 2}]))
    assert list(vault.get(case).fields["place"]) == ["a", "bb"]  # type: ignore[call-overload]
    assert list(vault.get(case).fields["list"][0]) == ["a", "bb"]  # type: ignore[index]


@pytest.mark.parametrize("field", ["", "x" * (changes.MAX_FIELD + 1)])
def test_a_field_has_a_name_of_bounded_length(vault: Vault, field: str) -> None:
    case = new_case(vault, "One")
    with pytest.raises(UsageError, match="cannot be named"):
        saved(vault, Edit(case, field, "x"))
    assert saved(vault, Edit(case, "x" * changes.MAX_FIELD, "x")) == 1


def test_what_cannot_be_recorded_is_refused(vault: Vault) -> None:
    case = new_case(vault, "One")
    with pytest.raises(UsageError, match="cannot be recorded"):
        saved(vault, Edit(case, "title", 1.5))  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        saved(vault, Edit("no id", "title", "x"))
    with pytest.raises(NotFoundError):
        saved(vault, Edit(vault.new_id(), "title", "x"))
    assert values(vault, case) == ["One"]


def test_what_is_noted_goes_with_it_and_is_no_work(vault: Vault) -> None:
    case, other = new_case(vault, "One"), new_case(vault, "Two")
    notes = {one: [Change(signing.id_bytes(one), "seen", NOTE, "x")] for one in (case, other)}
    assert saved(vault, Edit(case, "title", "Three"), notes=notes) == 1
    [header, body] = vault.store.reader.execute(
        "SELECT header, body FROM change_sets ORDER BY id DESC LIMIT 1"
    ).fetchone()
    [read] = changes.read_bodies([bytes(body)], changes.read_headers([bytes(header)]))
    assert sorted(rid for rid, _ in read.items) == sorted(
        [*[signing.id_bytes(case)] * 2, signing.id_bytes(other)]
    )
    noted = writing.save(vault.store, [], "Great Lakes desk", notes={other: notes[other]})
    assert noted.change_set and noted.records == {other}
    history = vault.store.reader.execute("SELECT length(history) FROM records ORDER BY num").fetchall()
    assert [row[0] for row in history] == [16, 24]


def test_a_change_set_follows_the_one_before_and_is_signed(vault: Vault) -> None:
    store = vault.store
    case = new_case(vault, "One")
    clocks = []
    for number, title in ((2, "Two"), (3, "Three")):
        done = vault.save([Edit(case, "title", title)])
        assert done.kinds == {"case"} and done.records == {case} and done.change_set
        row = int(done.change_set)
        header, chain, signature = store.reader.execute(
            "SELECT header, hash, signature FROM change_sets WHERE id = ?", (row,)
        ).fetchone()
        [before] = store.reader.execute("SELECT hash FROM change_sets WHERE id = ?", (row - 1,)).fetchone()
        assert feeds.link(bytes(before), bytes(header)) == bytes(chain)
        signing.verify(store.require_signing_key().public, feeds.SIGNATURE, bytes(chain), signature, "it")
        [head] = changes.read_headers([bytes(header)])
        held, last = store.reader.execute("SELECT held, hash FROM feeds").fetchone()
        assert head.seq == number == held and bytes(last) == bytes(chain)
        clocks.append(head.hlc)
        assert store.meta("clock") == head.hlc
    assert clocks[0] < clocks[1]


# -- for which desk --------------------------------------------------------------------------------


@pytest.fixture
def two(vault: Vault) -> tuple[str, str]:
    """A case in each of two desks."""
    vault.add_desk("Other")
    one = new_case(vault, "Here")
    other = vault.new_id()
    vault.save([Edit(other, "kind", "case"), Edit(other, "title", "There")], desk="Other")
    return one, other


def desk_of(vault: Vault, record: str) -> int:
    [desk] = vault.store.reader.execute(
        "SELECT desk FROM records WHERE id = ?", (signing.id_bytes(record),)
    ).fetchone()
    return int(desk)


def test_a_save_is_for_the_desk_of_its_records(vault: Vault, two: tuple[str, str]) -> None:
    one, other = two
    assert (desk_of(vault, one), desk_of(vault, other)) == (1, 2)
    assert saved(vault, Edit(other, "status", "open")) == 1 == saved(vault, Edit(one, "status", "open"))
    assert saved(vault, Edit(other, "status", "closed"), desk="Other") == 1
    for edits, desk in (((one, other), None), ((other,), "Great Lakes desk"), ((one, other), "Other")):
        with pytest.raises(UsageError, match="different desks"):
            saved(vault, *(Edit(record, "x", "y") for record in edits), desk=desk)


def test_a_new_record_is_where_what_it_belongs_to_is(vault: Vault, two: tuple[str, str]) -> None:
    one, other = two
    assert desk_of(vault, make(vault, "event", case=other)) == 2
    assert desk_of(vault, make(vault, "event", case=one, sister=other)) == 1, "not where it links to"
    assert desk_of(vault, make(vault, "event", case=other, sister=one)) == 2
    assert desk_of(vault, make(vault, "task", about=other)) == 2, "else there"
    assert desk_of(vault, make(vault, "task", about=[other])) == 1, "what is one of many says nothing"
    assert desk_of(vault, make(vault, "task", about=vault.new_id(), odd="!" * 26)) == 1
    assert desk_of(vault, make(vault, "task", about=f"{other}x")) == 1
    assert desk_of(vault, make(vault, "task", odd="!" * 26, number=5, about=other)) == 2
    with pytest.raises(UsageError, match="different desks"):
        make(vault, "task", about=other, also=one)
    record = vault.new_id()
    with pytest.raises(UsageError, match="different desks"):
        vault.save([Edit(record, "kind", "event"), Edit(record, "case", other)], desk="Great Lakes desk")


def test_a_desk_is_named_by_its_id_or_name(vault: Vault, two: tuple[str, str]) -> None:
    conn, store = vault.store.reader, vault.store
    ids = {desk.name: desk.id for desk in vault.info().desks}
    assert writing.desk_number(store, conn, None) == 1
    for said in ("Other", ids["Other"], "OTHER", "oTHER"):
        assert writing.desk_number(store, conn, said) == 2
    with pytest.raises(NotFoundError, match="Elsewhere"):
        writing.desk_number(store, conn, "Elsewhere")
    with store.writing() as write:
        for number, name in ((3, "OTHER"), (4, "ÉTÉ"), (5, "été")):
            write.execute("INSERT INTO desks VALUES (?, ?, ?, ?)", (number, bytes([number]) * 16, name, b"b"))
        assert (
            writing.desk_number(store, write, "OTHER") == 3
            and writing.desk_number(store, write, "Other") == 2
        )
        assert writing.desk_number(store, write, "été") == 5
        for several in ("other", "Été"):
            with pytest.raises(NotFoundError):
                writing.desk_number(store, write, several)
        write.execute("DELETE FROM desks WHERE num > 2")


def test_without_a_desk_nothing_is_saved(vault: Vault) -> None:
    with vault.store.writing() as conn:
        conn.execute("PRAGMA defer_foreign_keys = ON")
        held = conn.execute("SELECT * FROM desks").fetchall()
        conn.execute("DELETE FROM desks")
        with pytest.raises(NotFoundError, match="desk"):
            writing.desk_number(vault.store, conn, None)
        conn.executemany("INSERT INTO desks VALUES (?, ?, ?, ?)", held)


# -- undo ------------------------------------------------------------------------------------------


def undo(vault: Vault, done: object) -> str | None:
    back = writing.undo(vault.store, str(done.change_set))  # type: ignore[attr-defined]
    assert verification.vault(vault.store).problems == []
    return back.change_set


def test_an_undo_takes_back_all_of_one_save(vault: Vault) -> None:
    case = new_case(vault, "One", status="open")
    vault.save([Edit(case, "tags", "stays", "add"), Edit(case, "tags", "goes", "add")])
    done = vault.save(
        [
            Edit(case, "title", "Two"),
            Edit(case, "summary", "New"),
            Edit(case, "tags", "came", "add"),
            Edit(case, "tags", "goes", "remove"),
        ]
    )
    assert undo(vault, done)
    got = vault.get(case)
    assert got.text("title") == "One" and got.text("status") == "open" and got.text("summary") == ""
    assert sorted(map(str, values(vault, case, "tags"))) == ["goes", "stays"]
    assert undo(vault, done) is None, "it is taken back already"


def test_what_an_undo_made_is_hidden_and_nothing_else_of_it_taken(vault: Vault) -> None:
    one, two = vault.new_id(), new_case(vault, "Two")
    done = vault.save([Edit(one, "kind", "case"), Edit(one, "title", "One"), Edit(two, "title", "Three")])
    assert undo(vault, done)
    assert vault.get(one).deleted and vault.get(one).text("title") == "One"
    assert vault.get(two).text("title") == "Two" and not vault.get(two).deleted


def test_what_came_since_stays(vault: Vault) -> None:
    case = new_case(vault, "One")
    done = vault.save(
        [Edit(case, "title", "Two"), Edit(case, "tags", "x", "add"), Edit(case, "status", "open")]
    )
    vault.save([Edit(case, "title", "Three"), Edit(case, "tags", "x", "remove")])
    vault.save([Edit(case, "tags", "x", "add")])
    assert undo(vault, done)
    assert values(vault, case) == ["Three"] and values(vault, case, "tags") == ["x"]
    assert vault.get(case).text("status") == ""
    gone = vault.save([Edit(case, "tags", "x", "remove")])
    vault.save([Edit(case, "tags", "x", "add")])
    assert undo(vault, gone) is None, "somebody put it back"


def test_of_several_values_that_were_replaced_the_shown_one_comes_back(vault: Vault) -> None:
    case = new_case(vault, "One")
    for title in ("Two", "Three"):
        writing.save(vault.store, [Edit(case, "title", title)], concurrent=True)
    shown = vault.get(case).text("title")
    done = vault.save([Edit(case, "title", "Four")])
    assert values(vault, case) == ["Four"] and undo(vault, done)
    assert values(vault, case) == [shown] == ["Three"]


def test_what_was_erased_does_not_come_back(vault: Vault) -> None:
    case = new_case(vault, "One")
    done = vault.save([Edit(case, "title", "Two"), Edit(case, "status", "open")])
    erase.erase(vault.store, [case], "Asked for", ["title"])
    assert undo(vault, done)
    assert vault.get(case).text("status") == "" and "title" not in vault.get(case).fields


def test_what_an_undo_put_back_is_taken_back_beside_a_set_of_that_name(vault: Vault) -> None:
    case = new_case(vault, "One")
    first, second = (vault.save([Edit(case, "mixed", one)]) for one in ("v", "w"))
    vault.save([Edit(case, "mixed", "m", "add")])
    assert undo(vault, second) and undo(vault, first)
    assert vault.get(case).text("mixed") == "" and vault.get(case).sets["mixed"] == ["m"]


def test_what_one_replaces_oneself_is_not_waited_for(vault: Vault) -> None:
    case = new_case(vault, "One")
    vault.save([Edit(case, "title", "Two")])
    dots = ((vault.store.device, 1, 1),)
    with vault.store.writing() as conn:
        writing.write(vault.store, conn, 1, [Change(signing.id_bytes(case), "title", ERASE, None, dots)])
    assert state_of(vault, case).gone == set() and values(vault, case) == ["Two"]


def test_an_unknown_change_cannot_be_undone(vault: Vault) -> None:
    with pytest.raises(NotFoundError, match="undo"):
        writing.undo(vault.store, str(7 << 40 | 1))


def test_one_change_is_read_back_by_its_name(vault: Vault) -> None:
    case = new_case(vault, "One")
    device = vault.store.device
    vault.save([Edit(case, "tags", "x", "add")])
    conn = vault.store.reader

    def at(seq: int, index: int, desk: int = 1, feed: bytes = device) -> object:
        found = writing.change_at(conn, desk, feed, seq, index)
        return found and found[1:]

    assert at(1, 0) == (SET, "case") and at(1, 1) == (SET, "One") and at(2, 0) == (ADD, "x")
    for wrong in (at(1, 2), at(1, 99), at(3, 0), at(1, 0, 2), at(1, 0, 1, b"o" * 16)):
        assert wrong is None
    erase.erase(vault.store, [case], "Asked for", ["title"])
    assert at(1, 1) is None and at(1, 0) == (SET, "case") and at(3, 0) == (ERASE, None)


def test_of_two_colleagues_values_the_shown_one_comes_back(pair: Pair) -> None:
    """The later one, whoever wrote it: not the one that stands last in a list."""
    for first, second in ((pair.office, pair.laptop), (pair.laptop, pair.office)):
        case = new_case(pair.office, "One")
        pair.carry(pair.office, pair.laptop)
        for vault, title in ((first, "Earlier"), (second, "Later")):
            vault.save([Edit(case, "title", title)])
        pair.carry(pair.laptop, pair.office)
        shown = pair.office.get(case).text("title")
        assert len(values(pair.office, case)) == 2
        done = pair.office.save([Edit(case, "title", "Settled")])
        assert undo(pair.office, done) and pair.office.get(case).text("title") == shown
        pair.carry(pair.office, pair.laptop)


def test_an_undo_brings_no_look_and_no_erased_value_back(vault: Vault) -> None:
    case = new_case(vault, "One")
    note = [Change(signing.id_bytes(case), "seen", NOTE, "x")]
    done = writing.save(vault.store, [Edit(case, "title", "Two")], notes={case: note})
    erase.erase(vault.store, [case], "Asked for", ["title"], of=lambda _, value: value == "One")
    assert values(vault, case) == ["Two"] and undo(vault, done)
    assert vault.get(case).fields.get("title") is None and "seen" not in state_of(vault, case).entries


@pytest.mark.parametrize("value", range(6))
def test_any_number_comes_back(vault: Vault, value: int) -> None:
    case = new_case(vault, "One")
    vault.save([Edit(case, "count", value)])
    assert undo(vault, vault.save([Edit(case, "count", "many")])) and values(vault, case, "count") == [value]


# -- conflicts -------------------------------------------------------------------------------------


def test_a_conflict_is_settled_by_one_value(vault: Vault) -> None:
    case, other = new_case(vault, "One"), new_case(vault, "Other")
    writing.save(vault.store, [Edit(case, "title", "Two")], concurrent=True)
    [conflict] = vault.conflicts()
    writing.save(vault.store, [Edit(case, "a.b", "One")])
    writing.save(vault.store, [Edit(case, "a.b", "Two")], concurrent=True)
    assert writing.settle(vault.store, f"{case}.a.b", "One").change_set
    for wrong, error in (
        (f"{case}.status", NotFoundError),
        (f"{other}.title", NotFoundError),
        (f"{vault.new_id()}.title", NotFoundError),
        ("no id.title", NotFoundError),
    ):
        with pytest.raises(error):
            writing.settle(vault.store, wrong, "Three")
    with pytest.raises(UsageError):
        writing.settle(vault.store, conflict.id, 1.5)  # type: ignore[arg-type]
    assert writing.settle(vault.store, conflict.id, {"bb": 1, "a": 2}).change_set
    assert vault.conflicts() == [] and list(values(vault, case)[0]) == ["a", "bb"]  # type: ignore[call-overload]
    with pytest.raises(NotFoundError):
        writing.settle(vault.store, conflict.id, "Three")


def test_a_new_record_has_an_id_of_its_own(vault: Vault) -> None:
    made = {writing.new_id() for _ in range(9)}
    assert len(made) == 9 and all(len(signing.id_bytes(one)) == 16 and len(one) == 26 for one in made)
