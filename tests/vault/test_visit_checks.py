"""A visit says who agreed to be raised or met, who said no, and who was not asked."""

from __future__ import annotations

from datetime import date

import pytest

from defenderdesk.domain.visit_consent import NO, NOT_ASKED, YES
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.casework.visit_checks import Checked
from tests.worlds.edits import make

TODAY = date(2026, 12, 1)


@pytest.fixture
def visit(vault: Vault) -> str:
    return make(vault, "visit", title="Kampala", country="UG", mechanism="un_sr_hrd", date="2027-03-01")


@pytest.fixture
def nora(vault: Vault) -> str:
    return make(vault, "person", name="Nora Ali")


@pytest.fixture
def case(vault: Vault, nora: str) -> str:
    made = make(vault, "case", title="Nora", country="UG")
    make(vault, "involvement", case=made, person=nora, part="defender")
    return made


def agreed(vault: Vault, case: str, person: str, use: str, **more: object) -> str:
    given = {"answer": "yes", "date": "2026-01-01", **more}
    return make(vault, "consent", case=case, person=person, uses=[use], **given)


def checks(vault: Vault, visit: str) -> list[Checked]:
    return vault.casework.visit_checks(visit, TODAY)


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({}, YES),
        ({"answer": "no"}, NO),
        ({"withdrawn": "2026-06-01"}, NO),
        ({"until": "2027-02-01"}, NO),
        ({"until": "2027-04-01"}, YES),
        ({"answer": "not_asked"}, NOT_ASKED),
        ({"answer": "later", "reason": "No safe line"}, NOT_ASKED),
        ({"mechanisms": ["oas_iachr_pm"]}, NOT_ASKED),
        ({"mechanisms": ["un_sr_hrd"]}, YES),
    ],
)
def test_what_a_person_said_of_visits_counts_on_the_day_of_the_visit(
    vault: Vault, visit: str, case: str, nora: str, more: dict[str, object], level: str
) -> None:
    raised = make(vault, "raised", visit=visit, about=case)
    agreed(vault, case, nora, "country_visit", **more)
    [found] = checks(vault, visit)
    assert (found.record.id, found.title, found.check.level) == (raised, "Nora", level)
    assert [answer.name for answer in found.check.answers] == ["Nora Ali"]
    before = vault.casework.may_raise(vault.get(visit), [case], TODAY)[case]
    assert before.level == level, "and it is said before the case is put on the list"


def test_a_consent_to_something_else_is_none(vault: Vault, visit: str, case: str, nora: str) -> None:
    make(vault, "raised", visit=visit, about=case)
    agreed(vault, case, nora, "campaign")
    assert [found.check.level for found in checks(vault, visit)] == [NOT_ASKED]


def test_a_mark_on_the_visit_stands_in_for_what_nobody_wrote_down_and_not_for_a_no(
    vault: Vault, visit: str, case: str, nora: str
) -> None:
    raised = make(vault, "raised", visit=visit, about=case, consent=True)
    assert [found.check.level for found in checks(vault, visit)] == [YES]
    refusal = agreed(vault, case, nora, "country_visit", answer="no")
    assert [found.check.level for found in checks(vault, visit)] == [NO]
    vault.save([Edit(refusal, "deleted", True), Edit(raised, "consent", False)])
    assert [found.check.level for found in checks(vault, visit)] == [NO]


def test_one_of_two_who_said_no_is_named(vault: Vault, visit: str, case: str, nora: str) -> None:
    other = make(vault, "involvement", case=case, name="Omar", part="defender")
    make(vault, "involvement", case=case, name="A witness", part="witness")
    make(vault, "raised", visit=visit, about=case)
    agreed(vault, case, nora, "country_visit")
    agreed(vault, case, other, "country_visit", answer="no")
    [found] = checks(vault, visit)
    assert found.check.level == NO
    assert {a.name: a.status for a in found.check.answers} == {"Nora Ali": "given", "Omar": "refused"}


def test_a_case_in_which_nobody_is_recorded_was_not_asked_about(vault: Vault, visit: str) -> None:
    make(vault, "raised", visit=visit, about=make(vault, "case", title="Nobody"))
    make(vault, "raised", visit=visit, what="Something general")
    assert [found.check.level for found in checks(vault, visit)] == [NOT_ASKED]


def test_a_meeting_asks_for_consent_wherever_it_was_given_and_for_the_risk(
    vault: Vault, visit: str, case: str, nora: str
) -> None:
    meeting = make(vault, "meeting", visit=visit, person=nora, meeting_type="defender", date="2027-03-02")
    [found] = checks(vault, visit)
    assert (found.title, found.check.level, found.check.risk_open) == ("Nora Ali", NOT_ASKED, True)
    [involved] = vault.children(case, "involvement")
    answer = agreed(vault, case, involved.id, "meeting")
    vault.save([Edit(meeting, "risk_checked", True)])
    [found] = checks(vault, visit)
    assert found.check.fine
    vault.save([Edit(answer, "answer", "no")])
    assert [one.check.level for one in checks(vault, visit)] == [NO]
    vault.save([Edit(meeting, "status", "cancelled")])
    assert checks(vault, visit) == []


def test_an_authority_is_met_without_its_consent(vault: Vault, visit: str) -> None:
    make(vault, "meeting", visit=visit, with_whom="Minister", meeting_type="authority")
    make(vault, "meeting", visit=visit, with_whom="A colleague of hers", meeting_type="defender")
    found = {one.title: one.check.fine for one in checks(vault, visit)}
    assert found == {"Minister": True, "A colleague of hers": False}
    assert not checks(vault, visit)[0].check.answers, "nobody says that the minister agreed"
