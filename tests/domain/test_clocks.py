"""One date stops one clock; an extension is a fact; silence and our comments have their days."""

from __future__ import annotations

from datetime import date

import pytest

from defenderdesk.domain import mechanisms
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.mechanisms import Terms
from defenderdesk.domain.mechanisms.limits import check_time

ALL = mechanisms.load()


def open_dues(mechanism: str, terms: Terms = mechanisms.TERMS, **fields: object) -> dict[str, date]:
    """The deadlines that nothing has stopped, by the name of their clock."""
    submission = {"id": "s", "kind": "submission", "mechanism": mechanism, "stage": "sent", **fields}
    found = mechanisms.dues(ALL.get(mechanism), CaseFile({}), submission, terms)
    return {d.clock.name: d.on for d in found if not mechanisms.is_done(d.clock, submission, d.start[0])}


def test_a_reply_ends_the_wait_for_a_reply_and_not_the_wait_for_a_report() -> None:
    dates = {"sent": "2026-01-01", "letter": "2026-01-05", "replied": "2026-02-01", "decided": "2026-03-01"}
    found = open_dues("un_ccpr_op1", **dates)
    assert found == {"follow_up": date(2026, 8, 28)}, "180 days from the decision"
    assert open_dues("un_ccpr_op1", **dates, reported="2026-05-01") == {}


def test_the_report_on_a_grant_waits_though_the_state_replied_before() -> None:
    dates = {"sent": "2026-01-01", "decided": "2026-03-01", "replied": "2026-02-01"}
    assert open_dues("oas_iachr_pm", **dates)["report"] == date(2026, 3, 16)
    before = {**dates, "reported": "2026-02-20"}
    assert "report" in open_dues("oas_iachr_pm", **before), "it was no report on the grant"
    assert "report" not in open_dues("oas_iachr_pm", **{**dates, "reported": "2026-03-10"})


def test_a_day_set_for_the_report_is_its_own_and_the_reply_keeps_its_rule() -> None:
    dates = {"sent": "2026-01-01", "letter": "2026-01-05", "decided": "2026-03-01"}
    found = open_dues("au_achpr_communication", **dates, report_due="2026-06-01")
    assert found == {"report_set": date(2026, 6, 1)}
    set_reply = open_dues("au_achpr_communication", sent="2026-01-01", reply_due="2026-04-01")
    assert set_reply["reply_set"] == date(2026, 4, 1)


def test_a_reminder_before_the_decision_is_not_the_follow_up_to_it() -> None:
    dates = {"sent": "2026-01-01", "decided": "2026-06-01"}
    assert "follow_up" in open_dues("un_wgad_regular", **dates, followed_up="2026-02-01")
    assert "follow_up" not in open_dues("un_wgad_regular", **dates, followed_up="2026-07-01")


def test_an_extension_is_a_fact_and_moves_the_one_day() -> None:
    dates = {"sent": "2026-01-01", "letter": "2026-01-05"}
    assert open_dues("un_wgad_regular", **dates) == {"state_reply": date(2026, 3, 6)}
    assert open_dues("un_wgad_regular", **dates, extended=True) == {"state_reply_extended": date(2026, 4, 5)}


def test_the_longer_limit_of_a_connected_case_counts_if_it_is_one() -> None:
    case = CaseFile({}, {"act": [{"act_type": "enforced_disappearance", "date": "2026-01-10"}]})
    urgent = ALL["un_wgeid_urgent"]
    draft: dict[str, object] = {"mechanism": urgent.id, "stage": "draft"}
    days = {d.clock.name: d.on for d in mechanisms.dues(urgent, case, draft)}
    assert days == {"filing": date(2026, 4, 10)}
    linked = {d.clock.name: d.on for d in mechanisms.dues(urgent, case, {**draft, "linked": True})}
    assert linked == {"filing_linked": date(2027, 1, 10)}
    on = date(2026, 6, 1)
    assert len(list(check_time(urgent, case, None, on))) == 2, "nobody said: both are told"
    assert len(list(check_time(urgent, case, {**draft, "linked": False}, on))) == 1
    assert len(list(check_time(urgent, case, {**draft, "linked": True}, on))) == 1


@pytest.mark.parametrize("mechanism", sorted(ALL))
def test_silence_has_a_day_for_every_mechanism_and_begins_anew_with_a_reminder(mechanism: str) -> None:
    def asked(**more: object) -> list[date]:
        found = open_dues(mechanism, Terms(silence=40, own_silence=True), sent="2026-01-01", **more)
        return [day for name, day in found.items() if name in ("nudge", "silence")]

    assert asked() == [date(2026, 2, 10)]
    assert asked(followed_up="2026-02-10") == [date(2026, 3, 22)]
    assert asked(acknowledged="2026-01-20") == []
    assert asked(stage="closed") == asked(stage="replied") == []


def test_the_office_sets_the_term_and_what_is_no_term_changes_nothing() -> None:
    assert mechanisms.terms_of({"silence_days": 10, "comment_days": 14}) == Terms(10, 14, True)
    for wrong in (0, -3, True, "10", None, 10**9):
        assert mechanisms.terms_of({"silence_days": wrong}) == mechanisms.TERMS
    assert open_dues("un_sr_hrd", Terms(10, own_silence=True), sent="2026-01-01")["nudge"] == date(
        2026, 1, 11
    )
    assert open_dues("nobody_knows_it", sent="2026-01-01") == {"silence": date(2026, 1, 22)}
    corrected = mechanisms.corrected(ALL, [{"code": "un_sr_hrd", "nudge_days": 5}]).mechanisms["un_sr_hrd"]
    [nudge] = [
        d.on
        for d in mechanisms.dues(corrected, CaseFile({}), {"sent": "2026-01-01"}, Terms(10, own_silence=True))
        if d.clock.kind == "nudge"
    ]
    assert nudge == date(2026, 1, 6), "what the office said of this mechanism counts before"


def test_our_turn_to_comment_has_a_day_and_one_that_the_mechanism_set_counts() -> None:
    replied = {"sent": "2026-01-01", "letter": "2026-01-05", "replied": "2026-02-01"}
    assert open_dues("un_wgad_regular", **replied) == {"comments": date(2026, 3, 3)}
    assert open_dues("un_wgeid_standard", **replied) == {"comments": date(2026, 8, 1)}, "it has its own"
    assert open_dues("un_wgad_regular", **replied, comments_due="2026-02-20") == {
        "comments_set": date(2026, 2, 20)
    }
    assert open_dues("un_wgad_regular", **replied, comments_sent="2026-02-10") == {}


def test_a_stage_stops_what_its_date_would() -> None:
    dates = {"sent": "2026-01-01", "letter": "2026-01-05"}
    assert "state_reply" in open_dues("un_sr_hrd", **dates)
    assert "state_reply" not in open_dues("un_sr_hrd", **dates, stage="replied")
    assert open_dues("un_sr_hrd", **dates, stage="withdrawn") == {}
    assert "follow_up" in open_dues("un_ccpr_op1", **dates, decided="2026-03-01", stage="replied")
