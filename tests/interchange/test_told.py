"""A draft tells persons as blocks, facts as sentences, and everything once, with its records."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from defenderdesk.domain import mechanisms
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.mechanisms import Section
from defenderdesk.interchange.documents import drafts

RULES = mechanisms.load()
TODAY = date(2026, 11, 25)


def case(**records: Any) -> CaseFile:
    kept = {
        kind: [{"kind": kind, "id": f"{kind}-{n}", **r} for n, r in enumerate(found)]
        for kind, found in records.items()
    }
    return CaseFile({"id": "c", "kind": "case", "title": "A case", "country": "UG"}, kept)


def told(file: CaseFile, *sections: Section, mechanism: str = "un_sr_hrd", **own: Any) -> list[drafts.Part]:
    """The parts of a draft of these sections, for somebody who agreed to everything."""
    from dataclasses import replace

    rules = replace(RULES[mechanism], contents=sections)
    submission = {"id": "s", "kind": "submission", "mechanism": mechanism, **own}
    return list(drafts.draft(rules, file, submission, TODAY, "en").parts)


def yes(person: str) -> dict[str, Any]:
    uses = ["name_to_state", "name_published", "relatives", "representation"]
    return {"person": person, "uses": uses, "answer": "yes", "date": "2026-01-01"}


def nora(**more: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        "involvement": [{"id": "i", "part": "defender", "name": "Nora Ali", "person": "p", "role": "lawyer"}],
        "person": [
            {
                "id": "p",
                "name": "Nora Ali",
                "gender": "f",
                "born": "1980-05",
                "citizenships": ["UG"],
                "documents": "Passport B123, Kampala 2019",
                "health": "Diabetes",
            }
        ],
        "address": [{"person": "p", "address": "Plot 4, Gulu", "country": "UG"}],
        "consent": [yes("i")],
        **more,
    }


BLOCK = Section(
    "who",
    "Who",
    needs=("involvement.name",),
    asks=(
        "involvement.gender",
        "person.born",
        "person.citizenships",
        "person.documents",
        "address.address",
        "person.health",
    ),
)


def test_a_person_is_a_block_of_what_the_form_asks() -> None:
    [part] = told(case(**nora()), BLOCK)
    assert part.paragraphs == (
        "Name: Nora Ali",
        "Gender: Woman",
        "Date of birth: May 1980",
        "Citizenship: Uganda",
        "Identity documents: Passport B123, Kampala 2019",
        "Address: Plot 4, Gulu, Uganda",
        "State of health: Diabetes",
    )
    assert all("i" in sources for sources in part.sources) and ("i", "p") in part.sources


def test_of_somebody_unnamed_nothing_tells_who_they_are() -> None:
    [part] = told(case(**nora(consent=[])), BLOCK)
    assert part.paragraphs == ("Name: [person 1, name withheld]", "Gender: Woman")
    [only] = told(case(**nora(consent=[])), Section("born", "Born", needs=("person.born",)))
    assert only.paragraphs == ("[left out: the person is not named]",) and not only.missing


def test_the_office_of_somebody_unnamed_is_not_described() -> None:
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "Nora Ali", "organisation": "Legal Aid"}],
        organisation=[{"id": "o", "name": "Legal Aid", "activities": "Free counsel in Gulu"}],
    )
    section = Section("org", "Organisation", asks=("organisation.activities",), required=False)
    [part] = told(file, section)
    assert part.paragraphs == ("[to be written]",)
    [named] = told(CaseFile(file.case, {**file.records, "consent": [yes("i")]}), section)
    assert named.paragraphs == ("Free counsel in Gulu",)


def test_what_was_told_is_not_told_again() -> None:
    file = case(**nora(), event=[{"id": "e", "date": "2026-02-01", "description": "Taken."}])
    facts = Section("facts", "Facts", needs=("event.date", "event.description"))
    first, again, more = told(
        file, BLOCK, Section("again", "Again", needs=("involvement.name", "person.born")), facts
    )
    assert again.paragraphs == ("See section 1.",) and first.paragraphs[0] == "Name: Nora Ali"
    assert more.paragraphs == ("1 February 2026: Taken.",)


def test_facts_are_sentences_with_those_responsible_as_recorded() -> None:
    file = case(
        involvement=[
            {"id": "v", "part": "defender", "name": "Nora Ali"},
            {
                "id": "x",
                "part": "perpetrator",
                "name": "John Mbeki",
                "role": "colonel",
                "organisation": "2nd brigade",
                "event": "e",
            },
        ],
        event=[
            {
                "id": "e",
                "date": "2026-02-01",
                "time": "04:30",
                "place": "Gulu",
                "description": "She was taken from her home",
                "acts": ["arbitrary_arrest"],
                "perpetrators": ["police"],
                "perpetrator_details": "six men in black, unit 4",
            }
        ],
        act=[
            {
                "id": "a",
                "event": "e",
                "act_type": "torture",
                "victim": "v",
                "date": "2026-02-02",
                "methods": ["beating"],
                "description": "At the barracks",
            },
            {"id": "b", "event": "e", "act_type": "arbitrary_arrest", "victim": "v"},
        ],
        consent=[yes("v")],
    )
    [part] = told(file, Section("facts", "Facts", needs=("event.description",)))
    event, act = part.paragraphs
    assert event == (
        "1 February 2026, 04:30, Gulu: She was taken from her home. The acts reported are: Arbitrary arrest, Torture. "
        "Those held responsible are: Police (six men in black, unit 4); "
        "John Mbeki (colonel, 2nd brigade)."
    )
    assert act == "Torture, Nora Ali, 2 February 2026: At the barracks. Methods: Beating."
    assert part.sources == (("e", "x"), ("a",))
    [who] = told(file, Section("who", "Who did it", needs=("event.perpetrators",)))
    assert who.paragraphs == (
        "Police (six men in black, unit 4)",
        "John Mbeki (colonel, 2nd brigade)",
    )


def test_the_day_and_place_that_a_form_asks_are_of_the_act_it_is_for() -> None:
    file = case(
        event=[
            {"date": "2026-01-01", "place": "Lira", "acts": ["threats"]},
            {"date": "2026-02-01", "place": "Gulu", "acts": ["enforced_disappearance"]},
        ]
    )
    day, place = told(
        file,
        Section("date", "Date", needs=("event.date",)),
        Section("place", "Place", needs=("event.place",)),
        mechanism="un_wgeid_urgent",
    )
    assert day.paragraphs == ("1 February 2026",) and place.paragraphs == ("Gulu",)


def test_steps_are_told_one_a_line_and_why_there_were_none() -> None:
    section = Section("steps", "Steps", needs=("step.before|submission.remedies|submission.no_steps",))
    file = case(
        step=[
            {"date": "2026-03", "step_type": "appeal", "before": "Court of Appeal", "result": "Pending"},
            {"date": "2026-02-03", "step_type": "complaint", "by": "The family", "before": "Police of Gulu"},
        ]
    )
    [part] = told(file, section, no_steps="Judges are on strike.")
    assert part.paragraphs == (
        "3 February 2026, Complaint to police or prosecutor; By whom: The family; "
        "Before which authority or court: Police of Gulu",
        "March 2026, Appeal; Before which authority or court: Court of Appeal; Result: Pending",
        "If no step was possible or none worked: why: Judges are on strike.",
    )


def test_detention_is_told_with_the_place_when_the_day_is_known() -> None:
    file = case(
        **nora(),
        proceeding=[{"against": ["i"], "detained_since": "2026-02-01", "detained_at": "Luzira"}],
        act=[{"victim": "i", "warrant": "no", "ordered_by": "CID", "held_at": "Gulu\nLuzira"}],
    )
    section = Section(
        "detention",
        "Detention",
        needs=("proceeding.detained_since", "act.held_at|proceeding.detained_at"),
        asks=("act.warrant", "act.ordered_by"),
    )
    [part] = told(file, section)
    assert part.paragraphs == (
        "Detained since: 1 February 2026",
        "Places of detention: Gulu\nLuzira",
        "Place of detention: Luzira",
        "Was a warrant or other decision shown: No",
        "Authority that ordered the detention: CID",
    )


def test_what_is_before_others_is_said_once_and_a_draft_is_not_before_them() -> None:
    file = case(
        submission=[
            {"mechanism": "un_wgad_regular", "stage": "draft", "sent": "2026-01-01"},
            {"mechanism": "oas_iachr_pm", "stage": "sent", "sent": "2026-01-02", "reference": "MC 4"},
        ],
        intervention=[
            {"mechanism": "oas_iachr_pm", "date": "2026-01-02", "reference": "MC 4"},
            {"mechanism": "oas_iachr_pm", "date": "2026-01-02", "reference": "MC 4"},
        ],
    )
    [part] = told(file, Section("elsewhere", "Elsewhere", prints=("elsewhere",)))
    assert len(part.paragraphs) == 1 and "MC 4" in part.paragraphs[0]


@pytest.mark.parametrize("signed", [True, False])
def test_a_signature_has_its_place_and_day(signed: bool) -> None:
    file = case(submitter=[{"name": "Network", "signer": "R. Desk", "signer_role": "Director"}])
    own = {"place": "Kampala", "signed": "2026-03-01"} if signed else {}
    [part] = told(file, Section("end", "End", prints=("signature",)), **own)
    wanted = ("Kampala, 1 March 2026", "R. Desk, Director") if signed else ("[place and date, signature]",)
    assert part.paragraphs == wanted


def test_who_heads_an_organisation_is_somebody_who_may_not_be_named() -> None:
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "Legal Aid", "person": "o"}],
        organisation=[{"id": "o", "name": "Legal Aid", "heads": ["Grace Nakato"], "reach": "national"}],
        event=[{"description": "Nakato was beaten."}],
        consent=[yes("i")],
    )
    who, facts = told(
        file,
        Section("org", "Organisation", asks=("organisation.reach", "organisation.heads")),
        Section("facts", "Facts", needs=("event.description",)),
    )
    assert who.paragraphs[0] == "Where it works: The whole country"
    assert "Nakato" not in " ".join((*who.paragraphs, *facts.paragraphs))


def test_a_label_stands_before_its_value_as_the_language_writes_it() -> None:
    made = drafts.draft(RULES["un_wgad_regular"], case(**nora()), {"id": "s", "language": "fr"}, TODAY)
    assert made.parts[0].paragraphs[0] == "Nom\u00a0: Nora Ali"


def test_those_responsible_stand_behind_a_label_among_other_answers() -> None:
    file = case(event=[{"date": "2026-02-01", "place": "Gulu", "perpetrators": ["police"]}])
    [part] = told(file, Section("arrest", "Arrest", needs=("event.date", "event.perpetrators")))
    assert part.paragraphs == ("Date: 1 February 2026", "Who did it: Police")
