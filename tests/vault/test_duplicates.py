"""Likely duplicates: pointed out once, made one or told apart, on every laptop of the desk."""

from __future__ import annotations

import pytest

from defenderdesk.errors import UsageError
from defenderdesk.vault import CaseFilter, Edit, Vault
from tests.conftest import Pair
from tests.worlds.edits import make
from tests.worlds.packages import handed, wish


def arrest(vault: Vault, title: str = "Abebe Kebede", **more: object) -> tuple[str, str]:
    """The arrest that two laptops record: the case, the person."""
    fields = {"reference": "2026-015", "country": "ET", **more}
    case = make(vault, "case", title=title, **fields)
    person = make(vault, "person", name="Abebe Kebede", born="1990-01-05")
    make(vault, "involvement", case=case, name="Kebede, Abebe", person=person)
    make(vault, "event", case=case, date="2026-11-02", description="Arrested at home")
    return case, person


def found(vault: Vault) -> dict[frozenset[str], set[str]]:
    return {frozenset((p.one.id, p.other.id)): set(p.why) for p in vault.casework.duplicates()}


def titles(vault: Vault) -> list[str]:
    return sorted(row.title for row in vault.cases(CaseFilter(), 0, 50))


def both_ways(pair: Pair) -> None:
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)


@pytest.fixture
def twice(pair: Pair) -> tuple[Pair, tuple[str, str], tuple[str, str]]:
    """The same arrest, recorded at the office and on the laptop, and exchanged."""
    one, two = arrest(pair.office), arrest(pair.laptop, "Abebe arrested", summary="At dawn")
    both_ways(pair)
    return pair, one, two


def test_the_same_arrest_recorded_twice_is_pointed_out_once(twice) -> None:
    pair, (case, person), (case_2, person_2) = twice
    for vault in (pair.office, pair.laptop):
        assert found(vault) == {
            frozenset((case, case_2)): {"reference", "event"},
            frozenset((person, person_2)): {"person"},
        }
        assert vault.casework.point_out_duplicates() == (2, 2)
        assert vault.casework.point_out_duplicates() == (0, 2), "once"
        assert len(found(vault)) == 2, "it waits where one looks for it"


def test_what_is_not_the_same_is_asked_nowhere_again(twice) -> None:
    pair, (case, person), (case_2, person_2) = twice
    said = pair.office.casework.not_same(case, case_2)
    pair.office.casework.not_same(person, person_2)
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert found(vault) == {} and vault.casework.point_out_duplicates() == (0, 0)
    pair.office.undo(said.change_set)
    assert set(found(pair.office)) == {frozenset((case, case_2))}


def test_two_cases_become_one_and_nothing_is_lost(twice) -> None:
    pair, (case, person), (gone, person_2) = twice
    laptop = pair.laptop
    before = {r.id: (r.fields, r.sets) for c in (case, gone) for r in (laptop.get(c), *laptop.children(c))}
    laptop.merge(person, person_2)
    change = laptop.merge(case, gone)
    kept = laptop.get(case)
    assert kept.text("summary") == "At dawn" and kept.conflicts == ("title",)
    assert {s.value for s in laptop.conflicts()[0].values} == {"Abebe Kebede", "Abebe arrested"}
    assert len(laptop.children(case, "event")) == 2 and laptop.children(gone) == []
    assert len(titles(laptop)) == 1 and laptop.resolve("2026-015") == case, "the number names one again"
    assert laptop.deleted() == [] and found(laptop) == {}
    both_ways(pair)
    assert len(titles(pair.office)) == 1 and found(pair.office) == {}
    laptop.undo(change.change_set)
    after = {rid: (laptop.get(rid).fields, laptop.get(rid).sets) for rid in before if rid != kept.id}
    assert after.pop(gone)[0]["title"] == "Abebe arrested"
    assert {rid: now[0].get("case") for rid, now in after.items()} == {
        rid: old[0].get("case") for rid, old in before.items() if rid not in (case, gone)
    }
    back = laptop.get(case)
    assert back.fields == before[case][0] and back.conflicts == (), "no value of the other is left"


def test_what_was_written_in_a_merged_case_meanwhile_is_not_lost(twice) -> None:
    pair, (case, _), (gone, _) = twice
    pair.office.merge(case, gone)
    pair.office.settle(f"{case}.title", "Settled")
    make(pair.laptop, "note", case=gone, text="He was seen")
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        [asked] = [c for c in vault.conflicts() if c.field == "deleted"]
        assert (asked.record, asked.into) == (gone, "Settled")
        assert len(titles(vault)) == 2, "in sight until somebody decides"
    pair.laptop.settle(asked.id, True)
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert vault.conflicts() == [] and titles(vault) == ["Settled"]
        assert [n.text("text") for n in vault.children(case, "note")] == ["He was seen"]


def test_a_merged_case_that_is_kept_is_a_case_of_its_own_again(twice) -> None:
    pair, (case, _), (gone, _) = twice
    pair.office.merge(case, gone)
    make(pair.laptop, "note", case=gone, text="He was seen")
    both_ways(pair)
    pair.office.settle(f"{gone}.deleted", None)
    kept = pair.office.get(gone)
    assert not kept.text("merged_into") and not kept.deleted
    with pytest.raises(UsageError):
        pair.office.restore(gone)


@pytest.mark.parametrize("which", [0, 1])
def test_two_that_merge_each_the_other_way_lose_neither(twice, which) -> None:
    pair, one, two = twice
    pair.office.merge(one[which], two[which])
    pair.laptop.merge(two[which], one[which])
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        if which:
            names = {p.record.id for p in vault.views.named("abebe", ("person",))}
            assert names == {one[1], two[1]} == {r.id for r in vault.views.newest("person", 9)}
        else:
            assert len(titles(vault)) == 2
        assert "crossed" in found(vault)[frozenset((one[which], two[which]))]
    pair.office.merge(one[which], two[which])
    both_ways(pair)
    for vault in (pair.office, pair.laptop):
        assert frozenset((one[which], two[which])) not in found(vault)
        if which:
            assert [p.record.id for p in vault.views.named("abebe", ("person",))] == [one[1]]
        else:
            assert len(titles(vault)) == 1 and len(vault.children(one[0], "event")) == 2


def test_others_are_not_pointed_out(vault: Vault) -> None:
    case, _ = arrest(vault)
    make(vault, "person", name="Abebe Kebede", born="1991-01-05")
    make(vault, "person", name="Abebe Kebede")
    other = make(vault, "case", title="Another arrest", reference="2026-016")
    make(vault, "involvement", case=other, name="Abebe Kebede", part="lawyer")
    event = make(vault, "event", case=other, date="2026-11-02")
    assert found(vault) == {}
    involved = make(vault, "involvement", case=other, name="Abebe Kebede")
    assert set(found(vault)) == {frozenset((case, other))}
    third = make(vault, "case", title="A third")
    for record in (event, involved):
        vault.save([Edit(record, "case", third)])
    assert set(found(vault)) == {frozenset((case, third))}, "what moved no longer speaks for its case"
    for _ in range(30):
        make(vault, "case", title="x", reference="none")
    assert set(found(vault)) == {frozenset((case, third))}, "thirty times is no number"


def test_a_hold_stays_and_what_is_not_to_be_shared_stays_so(vault: Vault) -> None:
    stays = make(vault, "case", title="A", legal_hold=False)
    goes = make(
        vault, "case", title="A", legal_hold=True, hold_reason="Court", withheld=["summary"], summary="x"
    )
    vault.merge(stays, goes)
    kept = vault.get(stays)
    assert kept.fields["legal_hold"] is True and kept.sets["withheld"] == ["summary"]


def test_an_erased_case_takes_along_what_went_into_it(vault: Vault) -> None:
    stays, goes = make(vault, "case", title="A"), make(vault, "case", title="B")
    vault.merge(stays, goes)
    assert goes in [record.id for record in vault.casework.to_erase(stays)]


def test_a_case_with_a_live_emergency_package_does_not_go(make_vault, tmp_path) -> None:
    us, them = make_vault("office"), make_vault("them")
    made = wish(us, them)
    handed(us, them, tmp_path, made)
    other = make(us, "case", title="The same")
    with pytest.raises(UsageError, match="emergency package"):
        us.merge(other, made.case)
    us.merge(made.case, other)


def test_only_what_can_be_the_same_is_told_apart(vault: Vault) -> None:
    case, person = make(vault, "case", title="A"), make(vault, "person", name="A")
    for one, other in (
        (case, case),
        (case, person),
        (make(vault, "note", text="x"), make(vault, "note", text="x")),
    ):
        with pytest.raises(UsageError):
            vault.casework.not_same(one, other)
