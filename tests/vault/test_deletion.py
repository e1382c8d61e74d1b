"""A deletion stands beside what others wrote meanwhile; what was deleted can be brought back."""

from __future__ import annotations

import itertools

import pytest

from defenderdesk.errors import NotFoundError, UsageError
from defenderdesk.vault import CaseFilter, Edit, Vault
from tests.conftest import Pair
from tests.worlds.records import new_case


def titles(vault: Vault) -> list[str]:
    return [row.title for row in vault.cases(CaseFilter(), 0, 50)]


def child(vault: Vault, kind: str, case: str, **fields: object) -> str:
    record = vault.new_id()
    vault.save(
        [Edit(record, "kind", kind), Edit(record, "case", case)]
        + [Edit(record, name, value) for name, value in fields.items()]  # type: ignore[arg-type]
    )
    return record


def delete(vault: Vault, record: str) -> None:
    vault.save([Edit(record, "deleted", True)])


def both_ways(pair: Pair) -> None:
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)


@pytest.fixture
def shared(pair: Pair) -> tuple[Pair, str, str]:
    """A case with an event, at the office and on the laptop."""
    case = new_case(pair.office, "C2")
    event = child(pair.office, "event", case, description="Short")
    both_ways(pair)
    return pair, case, event


def the_conflict(vault: Vault):
    [conflict] = vault.conflicts()
    assert conflict.field == "deleted" and vault.conflict_count() == 1
    return conflict


def test_a_record_that_was_deleted_here_and_written_on_there(shared) -> None:
    """Case 21 of the field's cases (KeePassXC 9143, Tangerine 2722): named in the inbox, by whom it was
    deleted and by whom changed."""
    pair, case, event = shared
    delete(pair.office, event)
    pair.laptop.save([Edit(event, "description", "Short, and what came after")])
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        conflict = the_conflict(vault)
        said = {(v.value, v.author.member, v.shown) for v in conflict.values}
        members = {vault.info().member for vault in (pair.office, pair.laptop)}
        assert {member for _, member, _ in said} == members
        assert {(value, shown) for value, _, shown in said} == {(True, False), (None, True)}
        record = vault.get(event)
        assert not record.deleted and "deleted" in record.conflicts
        assert record.text("description") == "Short, and what came after"
        assert [r.id for r in vault.children(case)] == [event]
    assert pair.dumps()[0] == pair.dumps()[1]


def test_a_case_that_was_deleted_while_a_testimony_was_added(shared) -> None:
    pair, case, _ = shared
    delete(pair.office, case)
    assert titles(pair.office) == []
    note = child(pair.laptop, "note", case, text="She saw it")
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert titles(vault) == ["C2"] and the_conflict(vault).record == case
        assert note in [r.id for r in vault.children(case)]
    assert pair.dumps()[0] == pair.dumps()[1]


@pytest.mark.parametrize("kept", [True, False])
def test_a_person_settles_it_and_both_have_it(shared, kept) -> None:
    pair, case, _ = shared
    delete(pair.office, case)
    child(pair.laptop, "note", case, text="She saw it")
    both_ways(pair)
    pair.laptop.settle(the_conflict(pair.laptop).id, None if kept else True)
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert vault.conflicts() == [] and vault.conflict_count() == 0
        assert titles(vault) == (["C2"] if kept else [])
    with pytest.raises(NotFoundError):
        pair.office.settle(f"{case}.deleted", True)


def test_a_deletion_that_knew_hides_without_a_word(shared) -> None:
    pair, case, event = shared
    pair.laptop.save([Edit(event, "description", "More")])
    child(pair.laptop, "note", case, text="Seen")
    both_ways(pair)
    delete(pair.office, case)
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert titles(vault) == [] and vault.conflicts() == []


def test_two_deletions_are_none_to_settle(shared) -> None:
    pair, case, _ = shared
    delete(pair.office, case)
    delete(pair.laptop, case)
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert titles(vault) == [] and vault.conflicts() == []
    assert pair.dumps()[0] == pair.dumps()[1]


def test_the_one_who_knew_of_the_other_deletion_covers_for_both(shared) -> None:
    pair, case, event = shared
    delete(pair.office, case)
    pair.laptop.save([Edit(event, "description", "More")])
    delete(pair.laptop, case)  # knowing its own change
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert titles(vault) == [] and vault.conflicts() == []


def test_what_is_written_in_a_record_that_one_knows_to_be_deleted_is_no_conflict(shared) -> None:
    pair, _, event = shared
    delete(pair.office, event)
    both_ways(pair)
    pair.laptop.save([Edit(event, "remarks", "for the file")])
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert vault.get(event).deleted and vault.conflicts() == []


def test_who_looked_at_it_meanwhile_changed_nothing(shared) -> None:
    pair, _, event = shared
    delete(pair.office, event)
    pair.laptop.saw(event)
    both_ways(pair)
    assert pair.office.get(event).deleted and pair.office.conflicts() == []


def test_whatever_the_order_of_what_arrives_all_agree(shared, third, tmp_path) -> None:
    pair, case, event = shared
    pair.carry(pair.office, third)
    delete(pair.office, case)
    child(pair.laptop, "note", case, text="from the laptop")
    third.save([Edit(event, "description", "from the third")])
    everybody = (pair.office, pair.laptop, third)
    for source, target in itertools.permutations(everybody, 2):
        pair.carry(source, target)
    for source, target in itertools.permutations(everybody, 2):
        pair.carry(source, target)
    seen = [(titles(v), [(c.field, c.record) for c in v.conflicts()]) for v in everybody]
    assert seen[0] == seen[1] == seen[2] == (["C2"], [("deleted", case)])
    third.settle(f"{case}.deleted", True)
    for source, target in itertools.permutations(everybody, 2):
        pair.carry(source, target)
    assert [titles(v) for v in everybody] == [[], [], []]
    assert all(v.conflicts() == [] and v.receiving.verify().sound for v in everybody)


def test_a_moved_case_that_was_written_on_comes_into_sight(shared) -> None:
    pair, case, _ = shared
    other = pair.office.add_desk("Other")
    pair.office.casework.carry(case, other.id, move=True)
    child(pair.laptop, "note", case, text="after it left")
    both_ways(pair)
    assert the_conflict(pair.laptop).record == case


def test_an_undo_of_what_a_colleague_wrote_in_meanwhile_is_to_be_settled(shared) -> None:
    pair, _, _ = shared
    made = pair.office.new_id()
    change = pair.office.save([Edit(made, "kind", "case"), Edit(made, "title", "New")])
    both_ways(pair)
    pair.laptop.save([Edit(made, "summary", "We know more")])
    pair.office.undo(change.change_set or "")
    both_ways(pair)
    assert the_conflict(pair.office).record == made


def test_what_a_program_before_this_one_deleted_stays_hidden(shared) -> None:
    from defenderdesk.ledger.changes import SET, Change
    from defenderdesk.vault.records import located, writing

    pair, _, event = shared
    store = pair.office.store
    with store.writing() as conn:
        where = located.place(conn, event)
        writing.write(store, conn, where.desk, [Change(where.id, "deleted", SET, True)])
    pair.laptop.save([Edit(event, "description", "More")])
    both_ways(pair)
    assert pair.office.get(event).deleted and pair.laptop.get(event).deleted


# -- what was deleted ------------------------------------------------------------------------------


def test_what_was_deleted_is_listed_with_who_and_when_and_comes_back(shared) -> None:
    pair, case, event = shared
    delete(pair.laptop, event)
    both_ways(pair)
    delete(pair.office, case)
    found = pair.office.deleted()
    assert [(one.id, one.kind, one.author.member) for one in found] == [
        (case, "case", pair.office.info().member),
        (event, "event", pair.laptop.info().member),
    ]
    assert found[1].case == case and found[1].case_title == "C2"
    pair.office.restore(event)  # and the case that it belongs to
    assert titles(pair.office) == ["C2"] and pair.office.deleted() == []
    both_ways(pair)
    assert titles(pair.laptop) == ["C2"] and not pair.laptop.get(event).deleted
    with pytest.raises(UsageError):
        pair.office.restore(event)


def test_what_was_erased_or_moved_is_not_offered(shared) -> None:
    pair, case, event = shared
    pair.office.erasure.erase([event], "Asked for")
    other = pair.office.add_desk("Other")
    pair.office.casework.carry(case, other.id, move=True)
    assert pair.office.deleted() == []
    for record in (event, case):
        with pytest.raises(UsageError):
            pair.office.restore(record)


def test_a_disputed_record_counts_and_is_found_like_any_other(shared) -> None:
    pair, case, _ = shared
    delete(pair.office, case)
    pair.laptop.save([Edit(case, "summary", "unmistakable words")])
    both_ways(pair)
    assert [hit.id for hit in pair.office.search("unmistakable")] == [case]
    [row] = pair.office.cases(CaseFilter(), 0, 9)
    assert row.conflicts == 1 and pair.office.count_cases(CaseFilter()) == 1


def test_a_disputed_record_is_found_by_every_value_that_stands_in_it(shared) -> None:
    pair, case, _ = shared
    delete(pair.office, case)
    pair.laptop.save([Edit(case, "summary", "unmistakable")])
    both_ways(pair)
    pair.office.save([Edit(case, "title", "One name")])
    pair.laptop.save([Edit(case, "title", "Another name")])
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert "deleted" in vault.get(case).conflicts and "title" in vault.get(case).conflicts
        for word in ("one", "another", "unmistakable"):
            assert [hit.id for hit in vault.search(word)] == [case], word
