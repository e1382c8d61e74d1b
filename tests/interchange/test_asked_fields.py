"""What the forms of mechanisms ask has a field, which is kept, found, exchanged and shared as any."""

from __future__ import annotations

import json

import pytest

from defenderdesk.domain.kinds import KINDS, Type
from defenderdesk.domain.mechanisms import needs
from defenderdesk.interchange.json import exchange_json
from defenderdesk.interchange.shares import exporting
from tests.worlds.edits import make

ASKED = {
    "act": "time warrant warrant_by ordered_by held_by held_at duration arbitrary arbitrary_why visits",
    "event": "time state_why work_link motive evidence",
    "person": "work indigenous pregnant",
    "organisation": "activities reach heads networks legal_representative",
    "step": "for_whom date step_type by before reference what answered result",
    "submission": "no_steps articles petition earlier cooperation relation no_authority confidential_why state_gave "
    "empty_why removal removal_time destination place signed",
    "measure": "budget other_funding why_this host journey",
}
"""By kind the fields of docs/forms.md that the Events Standard Formats do not have."""
PAIRS = [(kind, name) for kind, names in ASKED.items() for name in names.split()]


@pytest.mark.parametrize(("kind", "name"), PAIRS)
def test_what_a_form_asks_has_a_field(kind: str, name: str) -> None:
    field = KINDS[kind].field(name)
    assert field is not None and not field.fixed and field.type is not Type.DATA


def test_a_step_is_found_exchanged_and_shared(make_vault, tmp_path) -> None:
    ours, theirs = make_vault("alpha"), make_vault("beta")
    case = make(ours, "case", title="Nora", country="UG")
    nora = make(ours, "involvement", case=case, name="Nora Ali")
    step = make(
        ours,
        "step",
        case=case,
        for_whom=[nora],
        date="2026-02",
        step_type="complaint",
        by="The family",
        before="Prosecutor of Makindye",
        result="Never answered",
    )
    [kept] = ours.views.casefile(case).of("step")
    assert kept["before"] == "Prosecutor of Makindye" and kept["for_whom"] == [nora]
    assert [hit.id for hit in ours.search("Makindye")] == [step]
    assert exporting.at_first(ours.views.casefile(case))["step"] >= {"before", "result", "date"}
    path = tmp_path / "out.json"
    path.write_text(json.dumps(exchange_json.dump(ours)), encoding="utf-8")
    assert not exchange_json.load(theirs, path).warnings
    assert [hit.kind for hit in theirs.search("answered")] == ["step"]


def test_an_organisation_of_somebodys_life_is_told_of_in_the_case(make_vault) -> None:
    vault = make_vault("alpha")
    case = make(vault, "case", title="Nora", country="UG")
    office = make(vault, "organisation", name="Legal Aid", activities="Free counsel")
    person = make(vault, "person", name="Nora Ali")
    make(vault, "biography", person=person, related=office, relationship="member")
    make(vault, "involvement", case=case, name="Nora Ali", person=person, part="defender")
    file = vault.views.casefile(case)
    [told] = needs.records(file, None, "organisation")
    assert told["activities"] == "Free counsel"
