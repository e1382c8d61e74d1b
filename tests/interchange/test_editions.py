"""A second edition of a published file, the same file in a second desk, and what earlier programs
took in from it."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from defenderdesk.interchange.json import exchange_json, public_cases
from defenderdesk.vault import Edit, Vault
from tests.conftest import Pair

FIRST = {
    "cases": [
        {
            "id": "X-1",
            "title": "Teacher arrested",
            "country": "KE",
            "victims": [
                {"name": "Jane Otieno", "role": "teacher"},
                {"name": "Peter Maina", "role": "driver"},
            ],
            "incidents": [
                {
                    "date": "2026-03-10",
                    "place": "Kisumu",
                    "description": "Arrested at school.",
                    "violation_ids": ["arbitrary_arrest"],
                },
                {"date": "2026-03-20", "place": "Nairobi", "description": "Brought before a judge."},
            ],
            "documents": [{"mechanism_id": "un_sr_hrd", "date": "2026-04-01", "title": "Letter"}],
        }
    ]
}


def take(vault: Vault, content: object, folder: Path, desk: str | None = None):
    path = folder / "published.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return exchange_json.load(vault, path, desk)


def edition(**changes: object) -> dict:
    content = copy.deepcopy(FIRST)
    content["cases"][0] |= changes
    return content


def parts(vault: Vault, case: str, kind: str) -> list:
    return vault.children(case, kind)


@pytest.fixture
def vault(make_vault) -> Vault:
    return make_vault("office")


def test_a_case_with_an_incident_put_in_front_and_a_person_left_out(vault, tmp_path) -> None:
    """Case 14 of the field's cases (seen at getodk/getodk#1176): one new event, one person untouched,
    no conflict."""
    take(vault, FIRST, tmp_path)
    case = vault.resolve("X-1")
    before = {r.id: (r.fields, r.sets) for r in vault.children(case)}
    second = edition(
        victims=[{"name": "Peter Maina", "role": "driver"}],
        incidents=[
            {"date": "2026-02-01", "place": "Kisumu", "description": "Received a threatening call."},
            *FIRST["cases"][0]["incidents"],
        ],
    )
    report = take(vault, second, tmp_path)
    assert (report.records, report.conflicts, vault.conflicts()) == (1, 0, [])
    after = {r.id: (r.fields, r.sets) for r in vault.children(case)}
    assert {key: after[key] for key in before} == before
    [new] = after.keys() - before.keys()
    assert after[new][0]["description"] == "Received a threatening call." and not after[new][1]
    assert len(report.warnings) == 1 and "Jane Otieno" in report.warnings[0]


@pytest.mark.parametrize("again", [FIRST, edition(victims=FIRST["cases"][0]["victims"][::-1])])
def test_the_same_file_again_in_any_order_changes_nothing(vault, tmp_path, again) -> None:
    first = take(vault, FIRST, tmp_path)
    assert (first.cases, first.records) == (1, 6)
    dump = exchange_json.dump_text(vault)
    second = take(vault, again, tmp_path)
    assert (second.records, second.changes, second.warnings) == (0, 0, [])
    assert exchange_json.dump_text(vault) == dump


def test_what_somebody_corrected_here_is_known_again(vault, tmp_path) -> None:
    take(vault, FIRST, tmp_path)
    case = vault.resolve("X-1")
    [arrest, _] = parts(vault, case, "event")
    vault.save(
        [
            Edit(arrest.id, "date", "2026-03-11"),
            Edit(arrest.id, "place", "Kisumu town"),
            Edit(arrest.id, "acts", "torture", "add"),
        ]
    )
    report = take(vault, FIRST, tmp_path)
    assert (report.records, report.conflicts) == (0, 0)
    assert vault.get(arrest.id).text("date") == "2026-03-11"


def test_an_entry_of_which_more_is_said_now_is_the_same_one(vault, tmp_path) -> None:
    take(vault, FIRST, tmp_path)
    incidents = copy.deepcopy(FIRST["cases"][0]["incidents"])
    incidents[1]["violation_ids"] = ["unfair_trial"]
    report = take(vault, edition(incidents=incidents), tmp_path)
    assert (report.records, report.conflicts, report.warnings) == (0, 0, [])
    assert parts(vault, vault.resolve("X-1"), "event")[1].sets["acts"] == ["unfair_trial"]


def test_two_entries_that_say_the_same_stay_two(vault, tmp_path) -> None:
    twice = FIRST["cases"][0]["incidents"][1]
    content = edition(incidents=[twice, twice])
    assert take(vault, content, tmp_path).records == 6
    assert take(vault, content, tmp_path).records == 0


def test_what_cannot_be_matched_is_new_and_said(vault, tmp_path) -> None:
    take(vault, FIRST, tmp_path)
    incidents = copy.deepcopy(FIRST["cases"][0]["incidents"])
    incidents[0]["date"] = "2026-03-09"
    report = take(vault, edition(incidents=incidents), tmp_path)
    assert report.records == 1 and report.conflicts == 0
    [said] = report.warnings
    assert "X-1" in said and "Arrested at school" in said


def test_the_sources_own_id_of_a_part_outlasts_all_that_it_says(vault, tmp_path) -> None:
    content = edition(incidents=[{"id": "e1", "date": "2026-03-10", "description": "Arrested"}])
    take(vault, content, tmp_path)
    later = edition(incidents=[{"id": "e2", "date": "2026-03-10"}, {"id": "e1", "date": "2026-03-12"}])
    report = take(vault, later, tmp_path)
    assert report.records == 1 and report.conflicts == 1, "its date is another: a person decides"


def test_the_same_file_in_a_second_desk_is_a_case_of_its_own_and_says_so(vault, tmp_path) -> None:
    vault.add_desk("Second")
    first = take(vault, FIRST, tmp_path)
    assert first.warnings == []
    report = take(vault, FIRST, tmp_path, "Second")
    assert report.cases == 1 and report.records == 6
    [said] = report.warnings
    assert vault.info().desks[0].name in said and "Second" in said
    assert vault.receiving.verify().crossed == []
    own, other = (hit.id for hit in vault.search("Teacher arrested") if hit.kind == "case")
    vault.save([Edit(other, "summary", "Only here")])
    assert vault.get(own).text("summary") == ""
    again = take(vault, FIRST, tmp_path, "Second")
    assert again.records == 0 and again.warnings == []


def test_two_laptops_of_a_desk_make_the_same_of_a_file(pair: Pair, tmp_path) -> None:
    for vault in (pair.office, pair.laptop):
        take(vault, FIRST, tmp_path)
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    assert pair.dumps()[0] == pair.dumps()[1]
    assert len(pair.office.children(pair.office.resolve("X-1"))) == 5 and pair.office.conflicts() == []


def test_what_an_earlier_program_took_in_is_found_again_in_its_desk(vault, tmp_path) -> None:
    """Until November 2026 ids were made of places, and were the same in every desk."""
    case = public_cases.record_id("case", "X-1", "")
    edits = [
        Edit(case, "kind", "case"),
        Edit(case, "title", "Teacher arrested"),
        Edit(case, "reference", "X-1"),
    ]
    made = []
    [published] = public_cases.read(FIRST)
    keys = {"involvement": "victims", "event": "incidents", "intervention": "documents"}
    for part in published.parts:
        place = f"{keys[part.kind.name]}/{part.position}"
        rid = public_cases.record_id(part.kind.name, "X-1", place)
        made.append(rid)
        edits += [Edit(rid, e.field, e.value, e.op) for e in part.edits]
        edits += [Edit(rid, "case", case), Edit(rid, "position", part.position)]
    vault.save(edits)
    second = edition(incidents=[{"date": "2026-02-01", "place": "Kisumu"}, *FIRST["cases"][0]["incidents"]])
    report = take(vault, second, tmp_path)
    assert report.records == 1 and report.conflicts == 0
    assert {r.id for r in vault.children(case)} > set(made)
    vault.add_desk("Second")
    assert take(vault, FIRST, tmp_path, "Second").records == 6
    assert vault.receiving.verify().crossed == []
