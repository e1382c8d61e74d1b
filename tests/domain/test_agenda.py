"""Which dates stand in the calendar, and when they no longer do."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.domain import agenda, mechanisms
from defenderdesk.domain.agenda import entries
from defenderdesk.domain.values import span

RULES = mechanisms.load()


def clocks(record):
    if record.get("kind") == "case":
        return agenda.retention_days(record, 5)
    return agenda.submission_days(RULES, record)


def what(kind, record):
    return [(e.what, e.day) for e in entries(kind, {"kind": kind, **record}, clocks)]


def test_a_hearing_stands_until_it_was_held_and_moves_with_its_adjournment():
    assert what("hearing", {"date": "2026-12-01", "status": "set"}) == [("hearing", "2026-12-01")]
    assert what("hearing", {"date": "2026-12-01", "status": "held"}) == []
    adjourned = {"date": "2026-12-01", "status": "adjourned", "adjourned_to": "2027-01-10"}
    assert what("hearing", adjourned) == [("hearing", "2027-01-10")]


def test_a_task_that_is_done_is_gone():
    assert what("task", {"due": "2026-12-01"})
    assert not what("task", {"due": "2026-12-01", "status": "done"})


def test_an_uncertain_day_has_two_ends():
    [entry] = entries("task", {"due": "2026-12"})
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
    for entry in entries("submission", record, clocks):
        assert date.fromisoformat(entry.day) <= date.fromisoformat(entry.latest)
        assert entry.what in agenda.WHAT


@given(UNCERTAIN)
def test_a_span_holds_every_day_that_the_date_can_mean(text):
    first, last = span(text)
    assert first is None or last is None or first <= last
    if len(text) == 10:
        assert first == last == date.fromisoformat(text)
