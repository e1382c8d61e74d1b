"""Who has not agreed that a partner gets the case."""

from __future__ import annotations

from datetime import date

import pytest

from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.partners import named, unasked

TODAY = date(2026, 11, 25)
YES = {"person": "i", "uses": ["partner"], "answer": "yes", "date": "2026-01-01"}


def names(*consents):
    people = [{"id": "i", "kind": "involvement", "name": "Nora", "person": "p"}]
    case = CaseFile({"id": "c"}, {"involvement": people, "consent": list(consents)})
    return [person["name"] for person in unasked(case, "org", TODAY)]


@pytest.mark.parametrize(
    "consent",
    [
        YES,
        {**YES, "person": "p"},
        {**YES, "organisations": ["org", "x"]},
        {**YES, "until": "2027"},
        {**YES, "withdrawn": "2027-01-01"},
    ],
)
def test_a_yes_that_stands_is_a_yes(consent):
    assert names(consent) == []


@pytest.mark.parametrize(
    "consent",
    [
        {**YES, "answer": "no"},
        {**YES, "uses": ["name_published"]},
        {**YES, "uses": []},
        {**YES, "organisations": ["x"]},
        {**YES, "until": "2026-06"},
        {**YES, "date": "2027-01-01"},
        {**YES, "withdrawn": "2026-06"},
        {**YES, "person": "other"},
        {**YES, "answer": "later"},
    ],
)
def test_everything_else_is_not(consent):
    assert names(consent) == ["Nora"]
    assert names() == ["Nora"]


def test_the_last_answer_counts_and_on_one_day_the_no():
    no = {**YES, "answer": "no"}
    assert names(YES, {**no, "date": "2026-02-01"}) == ["Nora"]
    assert names({**YES, "date": "2026-03-01"}, {**no, "date": "2026-02-01"}) == []
    assert names(YES, no) == ["Nora"]


def test_everybody_whom_the_text_names_without_consent_is_told() -> None:
    case = CaseFile(
        {"id": "c", "kind": "case"},
        {
            "involvement": [
                {"id": "i", "kind": "involvement", "part": "defender", "name": "Nora Ali"},
                {"id": "w", "kind": "involvement", "part": "witness", "name": "Peter Otieno"},
                {"id": "x", "kind": "involvement", "part": "perpetrator", "name": "Colonel Mbeki"},
            ],
            "source": [{"id": "s", "kind": "source", "name": "Guard Yacine"}],
            "consent": [
                {"kind": "consent", "person": "i", "uses": ["partner"], "answer": "yes", "date": "2026-01-01"}
            ],
        },
    )
    text = "Nora Ali was seen by OTIENO, Yacine said. Mbeki was there."
    assert named(case, "org", TODAY, text) == ["Peter Otieno", "Guard Yacine"]
    assert named(case, "org", TODAY, "Nobody.") == []
