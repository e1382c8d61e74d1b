"""The matrix and the year: referrals and signatures count, and a role taken is no submission."""

from __future__ import annotations

from datetime import date

import pytest

from defenderdesk.domain import together

TODAY = date(2026, 12, 1)


def step(kind: str, due: str = "", **fields: object) -> together.Step:
    found = together.step_of({"kind": kind, "id": kind, "mechanism": "m", **fields}, "c", TODAY, due)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("fields", "due", "state"),
    [
        ({}, "", "draft"),
        ({"date": "2026-03-01"}, "", "sent"),
        ({"date": "2026-03-01"}, "2026-05-01", "no_reply"),
        ({"date": "2026-03-01", "answer": "accepted"}, "2026-05-01", "replied"),
        ({"date": "2026-03-01", "answered": "2026-04-01"}, "", "replied"),
        ({"date": "2026-03-01", "answer": "revoked"}, "", "closed"),
    ],
)
def test_a_referral_is_a_step(fields: dict[str, object], due: str, state: str) -> None:
    assert step("referral", due, **fields).state == state


def test_a_signature_is_a_step_and_the_question_one_too() -> None:
    assert step("signatory", answer="signed", date="2026-03-01").state == "signed"
    assert step("signatory", answer="asked", asked="2026-02-01").day == "2026-02-01"
    furthest = together.furthest([step("signatory", answer="signed"), step("submission", sent="2026-01-01")])
    assert furthest is not None and furthest.kind == "submission"


def test_the_year_counts_each_as_what_it_is() -> None:
    day = "2026-03-01"
    steps = [
        step("submission", stage="sent", sent=day, replied="2026-05-01"),
        step("intervention", date=day),
        step("referral", date=day, answered="2026-04-01"),
        step("signatory", answer="signed", date=day),
        step("signatory", answer="declined", date=day),
        step("engagement", date=day),
    ]
    year = together.picture(2026, steps, ["c", "d"])
    assert {name: count for name, count in year.by_mechanism["m"].items() if count} == {
        "sent": 1,
        "communications": 1,
        "referrals": 1,
        "signatures": 1,
        "replies": 2,
    }
    assert year.gaps == ["d"], "the case was put to somebody"
