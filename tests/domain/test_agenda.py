"""Which dates stand in the calendar, and when they no longer do."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.domain import agenda, mechanisms
from defenderdesk.domain.agenda import Rules, entries
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.values import span

RULES = mechanisms.load()


OFFICE = Rules(RULES, keep_years=5)


def what(kind, record, *others, root=None):
    """(reason, day) of a record of a case (or of `root`) in which the `others` stand as well."""
    own = {"kind": kind, **record}
    if kind == "case":
        return [(e.what, e.day) for e in entries(own, CaseFile(own), OFFICE)]
    of = {}
    for one in (*(o for o in others if o.get("before")), own, *(o for o in others if not o.get("before"))):
        of.setdefault(one["kind"], []).append(one)
    around = CaseFile({"kind": "case", **(root or {})}, of)
    return [(e.what, e.day) for e in entries(own, around, OFFICE)]


def test_a_hearing_stands_until_it_was_held_and_moves_with_its_adjournment():
    assert what("hearing", {"date": "2026-12-01", "status": "set"}) == [("hearing", "2026-12-01")]
    assert what("hearing", {"date": "2026-12-01", "status": "held"}) == []
    adjourned = {"date": "2026-12-01", "status": "adjourned", "adjourned_to": "2027-01-10"}
    assert what("hearing", adjourned) == [("hearing", "2027-01-10")]


def test_a_task_that_is_done_is_gone():
    assert what("task", {"due": "2026-12-01"})
    assert not what("task", {"due": "2026-12-01", "status": "done"})


def test_an_uncertain_day_has_two_ends():
    [entry] = entries({"kind": "task", "due": "2026-12"})
    assert (entry.day, entry.latest) == ("2026-12-01", "2026-12-31")
    assert not entry.certain
    assert not agenda.overdue(entry, date(2026, 12, 31))
    assert agenda.overdue(entry, date(2027, 1, 1))


def test_the_sixty_days_of_the_special_procedures_count_from_the_letter():
    sent = {"mechanism": "un_sr_hrd", "sent": "2024-10-01", "stage": "sent"}
    found = dict(what("submission", {**sent, "letter": "2024-10-08"}))
    assert found["state_reply_due"] == "2024-12-07"  # 8 October and sixty days
    assert "state_reply_due" not in dict(what("submission", sent))
    answered = {**sent, "letter": "2024-10-08", "replied": "2024-11-30"}
    assert "state_reply_due" not in dict(what("submission", answered))


def test_a_date_that_the_mechanism_set_takes_the_place_of_its_rule():
    found = what(
        "submission",
        {"mechanism": "un_sr_hrd", "sent": "2024-10-01", "letter": "2024-10-08", "reply_due": "2024-11-01"},
    )
    assert [day for why, day in found if why == "state_reply_due"] == ["2024-11-01"]


def test_nothing_is_due_of_what_was_closed():
    closed = {
        "mechanism": "un_sr_hrd",
        "sent": "2024-10-01",
        "letter": "2024-10-08",
        "stage": "closed",
        "closed": "2025-01-01",
    }
    assert what("submission", closed) == []


def test_a_closed_case_is_looked_at_after_the_years_of_the_office_unless_it_is_held():
    case = {"status": "closed", "closed": "2020-02-29"}
    assert what("case", case) == [("retention", "2025-02-28")]
    assert what("case", {**case, "legal_hold": True}) == []
    assert what("case", {**case, "keep_until": "2030-01-01"}) == [("retention", "2030-01-01")]
    assert what("case", {**case, "status": "open"}) == []


DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(str)
UNCERTAIN = st.tuples(st.sampled_from(["", "~", "<", ">"]), DATES, st.sampled_from([4, 7, 10])).map(
    lambda t: t[0] + t[1][: t[2]]
)


@given(st.sampled_from(sorted(RULES)), UNCERTAIN, UNCERTAIN, UNCERTAIN)
def test_whatever_dates_a_submission_has_its_days_are_in_order_and_real(name, sent, letter, due):
    record = {
        "kind": "submission",
        "mechanism": name,
        "sent": sent,
        "letter": letter,
        "reply_due": due,
        "stage": "sent",
    }
    for entry in entries(record, None, OFFICE):
        assert date.fromisoformat(entry.day) <= date.fromisoformat(entry.latest)
        assert entry.what in agenda.WHAT


@given(UNCERTAIN)
def test_a_span_holds_every_day_that_the_date_can_mean(text):
    first, last = span(text)
    assert first is None or last is None or first <= last
    if len(text) == 10:
        assert first == last == date.fromisoformat(text)


def test_an_adjourned_hearing_stands_once():
    put_off = {"id": "h", "proceeding": "p", "date": "2026-12-10", "adjourned_to": "2026-12-17"}
    assert what("hearing", {**put_off, "status": "set"}) == [("hearing", "2026-12-17")]
    assert what("hearing", {**put_off, "status": "held"}) == []
    assert what("hearing", {**put_off, "status": "cancelled"}) == []
    put_off["status"] = "adjourned"
    new = {"kind": "hearing", "proceeding": "p", "date": "2026-12-17"}
    assert what("hearing", put_off, new) == [], "it stands as a hearing of its own"
    assert what("hearing", put_off, {**new, "date": "2027-01-05", "status": "held"}) == []
    assert what("hearing", put_off, {**new, "date": "2027-01-05"}) == [("hearing", "2026-12-17")]
    assert what("hearing", put_off, {**new, "proceeding": "q"}) == [("hearing", "2026-12-17")]
    over = {"kind": "proceeding", "id": "p", "ended": "2026-12-11"}
    assert what("hearing", put_off, over) == []


@pytest.mark.parametrize(
    ("kind", "waiting", "done"),
    [
        ("task", {"due": "2026-03-01"}, {"done_on": "2026-02-01"}),
        ("task", {"due": "2026-03-01"}, {"status": "dropped"}),
        ("measure", {"review": "2026-03-01"}, {"status": "ended"}),
        ("measure", {"review": "2026-03-01"}, {"status": "refused"}),
        ("measure", {"review": "2026-03-01"}, {"ended": "2026-02-01"}),
        ("measure", {"review": "2026-03-01"}, {"checked": "2026-03-02"}),
        ("measure", {"date_end": "2026-03-01"}, {"status": "refused"}),
        ("obligation", {"due": "2026-03-01"}, {"status": "refused"}),
        ("obligation", {"review": "2026-03-01"}, {"status": "refused"}),
        ("obligation", {"review": "2026-03-01"}, {"status": "fully"}),
        ("obligation", {"review": "2026-03-01"}, {"checked": "2026-03-01"}),
        ("referral", {"due": "2026-03-01"}, {"answer": "accepted"}),
        ("referral", {"due": "2026-03-01"}, {"answer": "declined"}),
        ("referral", {"due": "2026-03-01"}, {"answered": "2026-02-01"}),
        ("visit", {"report_due": "2026-03-01"}, {"reported": "2026-02-20"}),
        ("visit", {"report_due": "2026-03-01"}, {"url": "https://example.org"}),
        ("visit", {"date": "2026-03-01"}, {"status": "under_way"}),
        ("proceeding", {"detention_review": "2026-03-01"}, {"released": "2026-02-01"}),
        ("proceeding", {"detention_review": "2026-03-01"}, {"detention": "free"}),
        ("proceeding", {"detention_review": "2026-03-01"}, {"detention": "bail"}),
        ("proceeding", {"detention_review": "2026-03-01"}, {"stage": "released"}),
        ("proceeding", {"appeal_due": "2026-03-01"}, {"stage": "charges_dropped"}),
        ("proceeding", {"appeal_due": "2026-03-01"}, {"final_decision_date": "2026-02-01"}),
        ("joint", {"due": "2026-03-01"}, {"status": "dropped"}),
        ("meeting", {"date": "2026-03-01"}, {"status": "held"}),
        ("consent", {"until": "2026-03-01", "answer": "yes"}, {"withdrawn": "2026-02-01"}),
        ("consent", {"until": "2026-03-01", "answer": "yes"}, {"answer": "no"}),
    ],
)
def test_a_day_ends_when_what_it_waits_for_is_done(kind, waiting, done):
    assert len(what(kind, waiting)) == 1
    assert what(kind, {**waiting, **done}) == []
    assert what(kind, waiting, root={"status": "closed"}) == [], "or when the case is closed"


def test_who_was_taken_again_is_waited_for_again():
    held = {"detention_review": "2026-03-01", "released": "2025-06-01", "detained_since": "2026-01-10"}
    assert what("proceeding", held) == [("detention_review", "2026-03-01")]
    assert what("proceeding", {**held, "detained_since": "2025-01-10"}) == []


def test_a_measure_that_was_checked_too_early_is_still_to_be_checked():
    assert what("measure", {"review": "2026-03-01", "checked": "2026-01-01"})


def test_an_assessment_of_others_takes_no_place():
    old = {"id": "a", "date": "2026-01-01", "review": "2026-03-01", "for_whom": ["x", "y"]}
    newer = {"kind": "assessment", "date": "2026-02-01"}
    assert what("assessment", old, {**newer, "for_whom": ["x"]})
    assert not what("assessment", old, {**newer, "for_whom": ["x", "y", "z"]})
    assert not what("assessment", old, newer), "one of all"
    assert what("assessment", old, {**newer, "date": "2025-01-01"})
    assert what("assessment", {**old, "for_whom": []}, {**newer, "for_whom": ["x"]})
    same_day = {**newer, "date": "2026-01-01"}
    assert not what("assessment", old, same_day), "written down later"
    assert what("assessment", old, {**same_day, "before": True})
    factor = {"assessment": "a", "review": "2026-03-01"}
    assert not what("factor", factor, {"kind": "assessment", **old}, newer)
    assert what("factor", factor, {"kind": "assessment", **old})


def test_a_renewed_consent_ends_once():
    old = {"person": "i", "answer": "yes", "date": "2025-01-01", "until": "2026-01-01", "uses": ["partner"]}
    who = {"kind": "involvement", "id": "i", "person": "p"}
    newer = {
        "kind": "consent",
        "person": "p",
        "answer": "yes",
        "date": "2025-12-01",
        "uses": ["partner", "image"],
    }
    assert what("consent", old, who, newer) == []
    assert what("consent", old, newer), "of somebody else, as far as one knows"
    assert what("consent", old, who, {**newer, "uses": ["image"]})
    assert what("consent", old, who, {**newer, "answer": "not_asked"})
    assert what("consent", old, who, {**newer, "mechanisms": ["un_sr_hrd"]}), "for less than before"


def test_a_newer_plan_for_the_same_person_takes_its_place():
    old = {"person": "i", "agreed_on": "2025-01-01", "review": "2026-01-01"}
    assert not what("plan", old, {"kind": "plan", "person": "i", "agreed_on": "2025-06-01"})
    assert what("plan", old, {"kind": "plan", "person": "j", "agreed_on": "2025-06-01"})


def test_what_was_planned_for_a_cancelled_visit_is_not_waited_for():
    visit = {"kind": "visit", "status": "cancelled"}
    for kind, fields in (("meeting", {"date": "2026-03-01"}), ("task", {"due": "2026-03-01"})):
        assert what(kind, fields, root={"kind": "visit", "status": "agreed"})
        assert what(kind, fields, root=visit) == []
    assert what("obligation", {"due": "2026-03-01"}, root=visit), "a promise stays one"
    assert what("meeting", {"date": "2026-03-01"}, root={"kind": "visit", "reported": "2026-04-01"}) == []


def test_a_referral_without_a_day_is_asked_about_again():
    assert what("referral", {"date": "2026-03-01"}) == [("nudge", "2026-03-22")]
    assert what("referral", {"date": "2026-03-01", "due": "2026-05-01"}) == [("referral", "2026-05-01")]
    assert what("referral", {"date": "2026-03-01", "answer": "accepted"}) == []
    assert what("referral", {"date": ">9999-12-20"}) == [("nudge", "9999-12-31")]
