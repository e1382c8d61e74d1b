"""Coverage, admissibility, consent, duplication, limits and suggestions, by example."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from defenderdesk.domain import mechanisms
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.mechanisms import Finding, check, suggest
from defenderdesk.domain.mechanisms import coverage as covers
from defenderdesk.domain.mechanisms.findings import FINE, UNKNOWN, WARNING
from defenderdesk.errors import Message
from tests.domain.cases import case_file

ALL = mechanisms.load()
ON = date(2026, 4, 1)


def found(mechanism: str, case: CaseFile, code: str, on: date = ON) -> list[Finding]:
    return [f for f in check(ALL[mechanism], case, on, ALL) if f.code.startswith(code)]


def words(findings: list[Finding]) -> str:
    return " ".join(str(f.says) for f in findings)


# -- coverage ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mechanism", "country", "on", "state"),
    [
        ("un_sr_hrd", "UG", ON, "covered"),
        ("un_sr_hrd", "", ON, "covered"),
        ("un_sr_hrd", "AQ", ON, "covered"),
        ("oas_iachr_pm", "NI", ON, "covered"),
        ("oas_iachr_pm", "VE", ON, "covered"),
        ("oas_iachr_pm", "CU", ON, "covered"),
        ("oas_iachr_pm", "UG", ON, "not_covered"),
        ("oas_iachr_pm", "", ON, "unknown"),
        ("coe_commissioner", "RU", date(2021, 1, 1), "covered"),
        ("coe_commissioner", "RU", ON, "withdrawn"),
        ("ecthr_rule39", "BY", ON, "not_covered"),
        ("oif_bamako", "BF", date(2025, 5, 1), "covered"),
        ("oif_bamako", "BF", ON, "withdrawn"),
        ("au_achpr_sr_hrd", "MA", ON, "covered"),
        ("au_achpr_communication", "MA", ON, "not_covered"),
        ("au_achpr_communication", "BF", ON, "covered"),
        ("eu_guidelines", "FR", ON, "not_covered"),
        ("eu_guidelines", "UG", ON, "covered"),
        ("eu_guidelines", "ZZ", ON, "unknown"),
        ("asean_aichr", "TL", ON, "covered"),
        ("un_ced_30", "FR", ON, "unknown"),
        ("un_ccpr_op1", "FR", ON, "unknown"),
        ("un_sr_aarhus", "FR", ON, "unknown"),
    ],
)
def test_coverage(mechanism: str, country: str, on: date, state: str) -> None:
    result = covers(ALL[mechanism], country, on)
    assert result.state == state
    assert str(result.says)


def test_coverage_tells_of_those_who_left() -> None:
    result = covers(ALL["oas_iachr_pm"], "NI", ON)
    assert "19 November 2023" in str(result.says)
    left = covers(ALL["coe_commissioner"], "RU", ON)
    assert left.since == date(2022, 3, 16) and left.verified == "U"
    assert "ICCPR-OP1" in str(covers(ALL["un_ccpr_op1"], "FR", ON).says)


@pytest.mark.parametrize(("closing", "level"), [("", UNKNOWN), ("2026-03-31", WARNING), ("2026-05-31", FINE)])
def test_the_closing_date_of_a_call_is_the_offices(closing: str, level: str) -> None:
    own = [{"code": "un_reprisals", "closing": closing}] if closing else []
    rules = mechanisms.corrected(ALL, own).mechanisms
    [said] = [f for f in check(rules["un_reprisals"], case_file(), ON, rules) if f.code == "call"]
    assert said.level == level
    assert not [f for f in check(rules["un_sr_hrd"], case_file(), ON, rules) if f.code == "call"]


# -- contents ------------------------------------------------------------------------------


def test_what_a_request_still_lacks() -> None:
    case = case_file("CO", submission=[{"mechanism": "oas_iachr_pm", "stage": "draft"}])
    said = words(found("oas_iachr_pm", case, "contents"))
    assert "IACHR PM still lacks: why it cannot wait (Urgency)." in said
    assert "the name" not in said
    ready = case_file(
        "CO",
        submission=[
            {
                "mechanism": "oas_iachr_pm",
                "stage": "draft",
                "urgency": "Armed men returned.",
                "remedies": "Complaint of 11 March.",
                "asked": "Protection",
                "responsible": "R. Desk",
            }
        ],
        submitter=[{"name": "Defenders Network", "email": "desk@example.org"}],
        assessment=[{"reasons": "Two were killed nearby.", "worst": "To be killed"}],
    )
    assert not found("oas_iachr_pm", ready, "contents")


def test_a_submission_to_another_does_not_fill_this_one() -> None:
    case = case_file("CO", submission=[{"mechanism": "un_sr_hrd", "urgency": "Yes"}])
    assert "why it cannot wait" in words(found("oas_iachr_pm", case, "contents"))


def test_the_names_of_relatives_are_not_those_of_defenders() -> None:
    case = case_file(involvement=[{"name": "A cousin", "part": "relative"}])
    assert "the name of the defender" in words(found("un_sr_hrd", case, "contents"))


def test_an_empty_case_is_checked_too() -> None:
    empty = CaseFile({"id": "c", "kind": "case"})
    for mechanism in ALL.values():
        findings = check(mechanism, empty, ON, ALL)
        assert findings and all(str(f.says) for f in findings)
    assert suggest(empty, ON, ALL)


# -- consent -------------------------------------------------------------------------------


def consents(mechanism: str, *records: dict[str, Any], on: date = ON) -> dict[str, list[str]]:
    """Level of the finding by use, for one person and these records."""
    case = case_file("CO", consent=list(records))
    levels: dict[str, list[str]] = {}
    for f in found(mechanism, case, "consent", on):
        levels.setdefault(f.field.removeprefix("consent."), []).append(f.level)
    return levels


YES = {"person": "per-1", "uses": ["name_to_state"], "answer": "yes", "date": "2026-03-01"}


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ([], "missing"),
        ([YES], "fine"),
        ([{**YES, "person": "inv-1"}], "fine"),
        ([{**YES, "person": "inv-9"}], "missing"),
        ([{**YES, "uses": ["name_published"]}], "missing"),
        ([{**YES, "mechanisms": ["un_sr_hrd", "fld_urgent"]}], "fine"),
        ([{**YES, "mechanisms": ["fld_urgent"]}], "missing"),
        ([{**YES, "answer": "no"}], "warning"),
        ([{**YES, "until": "2026-03-31"}], "warning"),
        ([{**YES, "until": "2026-04"}], "fine"),
        ([{**YES, "withdrawn": "2026-03-20"}], "warning"),
        ([{**YES, "withdrawn": "2026-04"}], "warning"),
        ([{**YES, "withdrawn": "2026-05-20"}], "fine"),
        ([{**YES, "date": "2026-05-01"}], "missing"),
        ([YES, {**YES, "answer": "no", "date": "2026-03-05"}], "warning"),
        ([YES, {**YES, "answer": "no", "date": "2026-02-05"}], "fine"),
        ([YES, {**YES, "answer": "no"}], "warning"),
        (
            [{**YES, "answer": "no", "mechanisms": ["un_sr_hrd"], "date": "2026-02-05"}, YES],
            "warning",
        ),
        ([{**YES, "withdrawn": "2026-03-10"}, {**YES, "date": "2026-03-15"}], "fine"),
        ([{"person": "per-1", "answer": "yes", "level": "c4_name_to_state"}], "fine"),
        ([{"person": "per-1", "answer": "yes", "level": "c3_mechanism_no_name"}], "missing"),
        ([{"person": "per-1", "answer": "yes"}], "missing"),
        ([{"person": "per-1", "answer": "no"}], "warning"),
        ([{**YES, "answer": ""}], "missing"),
    ],
)
def test_consent_to_a_name(records: list[dict[str, Any]], level: str) -> None:
    assert consents("un_sr_hrd", *records)["name_to_state"] == [level]


def test_a_no_to_publication_is_an_answer() -> None:
    no = {"person": "per-1", "uses": ["name_published"], "answer": "no"}
    assert consents("un_sr_hrd", no)["name_published"] == ["fine"]
    assert consents("un_sr_hrd")["name_published"] == ["missing"]


def test_a_reason_stands_in_where_the_rule_allows_it() -> None:
    reason = {"person": "inv-1", "uses": ["beneficiary"], "reason": "Held incommunicado."}
    assert consents("oas_iachr_pm", reason)["beneficiary"] == ["fine"]
    assert consents("oas_iachr_pm")["beneficiary"] == ["missing"]
    other = {"person": "inv-1", "uses": ["name_to_state"], "reason": "Held incommunicado."}
    assert consents("un_sr_hrd", other)["name_to_state"] == ["missing"]


def test_who_lacks_consent_is_named_and_only_those_whom_it_is_for() -> None:
    two = [{"id": "inv-1", "name": "Ada Example"}, {"id": "inv-2", "name": "Ben Example"}]
    case = case_file(involvement=two, consent=[{**YES, "person": "inv-1"}])
    missing = [f for f in found("un_sr_hrd", case, "consent") if f.level == "missing"]
    assert "Ben Example" in str(missing[0].says) and "Ada" not in str(missing[0].says)
    chosen = case_file(
        involvement=two,
        consent=[{**YES, "person": "inv-1"}],
        submission=[{"mechanism": "un_sr_hrd", "stage": "draft", "for_whom": ["inv-1"]}],
    )
    assert "Ben" not in words(found("un_sr_hrd", chosen, "consent"))


# -- duplication ---------------------------------------------------------------------------


def sent(mechanism: str, **more: Any) -> dict[str, Any]:
    return {"mechanism": mechanism, "stage": "sent", "sent": "2026-03-01", **more}


@pytest.mark.parametrize(
    ("mechanism", "other", "effects"),
    [
        ("oas_iachr_petition", sent("un_sr_hrd"), {"none"}),
        ("oas_iachr_petition", sent("un_ccpr_op1"), {"bars", "back"}),
        ("oas_iachr_petition", sent("un_wgad_regular"), {"risk", "back"}),
        ("oas_iachr_petition", sent("oas_iachr_pm"), {"none"}),
        ("oas_iachr_pm", sent("oas_iachr_petition"), {"none"}),
        ("un_ccpr_op1", sent("oas_iachr_petition"), {"bars", "back"}),
        ("un_ccpr_op1", sent("oas_iachr_petition", decided="2026-03-20"), {"risk", "back"}),
        ("un_wgad_regular", sent("un_ccpr_op1"), {"bars", "back"}),
        ("un_wgad_regular", sent("un_ccpr_op1", stage="decided"), {"back"}),
        ("un_wgeid_urgent", sent("un_ced_30"), {"tell", "back"}),
        ("un_ced_30", sent("un_wgeid_urgent"), {"risk"}),
        ("au_achpr_communication", sent("un_ccpr_op1"), {"tell", "back"}),
        ("au_achpr_communication", sent("un_ccpr_op1", stage="decided"), {"bars", "back"}),
        ("fld_grant", sent("protectdefenders"), {"bars"}),
        ("protectdefenders", sent("fld_grant"), {"tell", "back"}),
        ("eu_guidelines", sent("un_sr_hrd"), {"none"}),
        ("oas_iachr_petition", sent("un_ccpr_op1", stage="draft"), set()),
        ("oas_iachr_petition", {"mechanism": "un_ccpr_op1", "sent": "2026"}, {"bars", "back"}),
        ("oas_iachr_petition", sent("some_court"), {"duplication"}),
    ],
)
def test_duplication(mechanism: str, other: dict[str, Any], effects: set[str]) -> None:
    case = case_file("CO", submission=[other])
    findings = found(mechanism, case, "duplication")
    assert {f.code.removeprefix("duplication-") for f in findings} == effects
    assert all(f.verified in ("V", "P", "U") for f in findings)


def test_published_documents_and_grants_count_as_seized() -> None:
    case = case_file("CO", intervention=[{"mechanism": "un_ccpr_op1", "date": "2025"}])
    assert "duplication-bars" in {f.code for f in found("oas_iachr_petition", case, "dupl")}
    paid = case_file(measure=[{"mechanism": "protectdefenders", "granted": "2026-02-01"}])
    assert found("fld_grant", paid, "duplication")[0].level == "warning"
    asked = case_file(measure=[{"mechanism": "protectdefenders", "status": "asked"}])
    assert found("fld_grant", asked, "duplication")
    for status in ("", "considered", "refused"):
        wished = case_file(measure=[{"mechanism": "protectdefenders", "status": status}])
        assert not found("fld_grant", wished, "duplication")


def test_the_same_mechanism_is_told_not_warned_of() -> None:
    case = case_file(submission=[{"id": "s1", **sent("un_sr_hrd")}])
    one = case.of("submission")[0]
    assert not [f for f in check(ALL["un_sr_hrd"], case, ON, ALL, one) if f.code == "already"]
    new = {"mechanism": "un_sr_hrd", "id": "new"}
    again = [f for f in check(ALL["un_sr_hrd"], case, ON, ALL, new) if f.code == "already"]
    assert [f.level for f in again] == ["fine"] and "2026-03-01" in str(again[0].says)


# -- scope, remedies, limits, language, sender ------------------------------------------------


def acts(*codes: str) -> list[dict[str, Any]]:
    return [{"date": "2026-03-10", "place": "x", "description": "x", "acts": list(codes)}]


@pytest.mark.parametrize(
    ("mechanism", "codes", "code", "level"),
    [
        ("oas_iachr_pm", ["unfair_trial", "criminal_charges"], "suitability", "warning"),
        ("oas_iachr_pm", ["unfair_trial", "death_threats"], "scope", "fine"),
        ("oas_iachr_pm", ["dismissal"], "suitability", "warning"),
        ("un_wgad_regular", ["death_threats"], "scope", "warning"),
        ("un_wgad_regular", ["house_arrest"], "scope", "fine"),
        ("un_wgad_regular", [], "scope", "unknown"),
        ("un_wgad_regular", ["of-a-pack-we-lack"], "scope", "unknown"),
    ],
)
def test_scope(mechanism: str, codes: list[str], code: str, level: str) -> None:
    case = case_file("CO", event=acts(*codes))
    findings = [f for f in check(ALL[mechanism], case, ON, ALL) if f.code in ("scope", "suitability")]
    assert [(f.code, f.level) for f in findings] == [(code, level)]


def test_single_acts_count_too() -> None:
    case = case_file(event=[], act=[{"act_type": "arbitrary_detention", "date": "2026-03-01"}])
    assert found("un_wgad_regular", case, "scope")[0].level == "fine"


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ({}, "missing"),
        ({"proceeding": [{"stage": "trial_ongoing"}]}, "warning"),
        ({"proceeding": [{"stage": "trial_ongoing"}, {"ended": "2026-01"}]}, "warning"),
        ({"proceeding": [{"final_decision_date": "2026-01-10"}]}, "fine"),
        (
            {
                "proceeding": [{"stage": "trial_ongoing"}],
                "submission": [{"mechanism": "oas_iachr_petition", "remedies": "No effect"}],
            },
            "fine",
        ),
    ],
)
def test_remedies(records: dict[str, Any], level: str) -> None:
    assert [f.level for f in found("oas_iachr_petition", case_file("CO", **records), "remedies")] == [level]
    assert found("un_sr_hrd", case_file("CO", **records), "remedies")[0].level == "fine"


@pytest.mark.parametrize(
    ("decided", "on", "level", "says"),
    [
        ("2025-08-31", date(2026, 2, 1), "fine", "2026-02-28"),
        ("2025-08-31", date(2026, 2, 20), "warning", "soon"),
        ("2025-08-31", date(2026, 2, 28), "warning", "soon"),
        ("2025-08-31", date(2026, 3, 1), "warning", "over"),
        ("2025-08", date(2026, 2, 10), "warning", "may be over"),
        ("", date(2026, 2, 10), "unknown", "not recorded"),
    ],
)
def test_six_months_for_a_petition(decided: str, on: date, level: str, says: str) -> None:
    case = case_file("CO", proceeding=[{"final_decision_date": decided}])
    (finding,) = found("oas_iachr_petition", case, "time", on)
    assert finding.level == level and says in str(finding.says) and finding.verified == "V"


def test_a_petition_that_was_sent_in_time_stays_in_time() -> None:
    case = case_file(
        "CO",
        proceeding=[{"final_decision_date": "2025-01-01"}],
        submission=[sent("oas_iachr_petition", sent="2025-05-01")],
    )
    assert found("oas_iachr_petition", case, "time", date(2026, 5, 1))[0].level == "fine"


def test_three_months_for_the_urgent_procedure_on_disappearances() -> None:
    gone = acts("enforced_disappearance")
    gone[0]["date"] = "2025-11-30"
    levels = [f.level for f in found("un_wgeid_urgent", case_file(event=gone), "time")]
    assert levels == ["warning", "fine"]  # over; but not if connected to such a case
    early = found("un_wgeid_urgent", case_file(event=gone), "time", date(2026, 1, 5))
    assert "2026-02-28" in str(early[0].says) and early[0].level == "fine"
    dated = [{"act_type": "enforced_disappearance", "date": "2026-03-20", "event": "event-0"}]
    own = found("un_wgeid_urgent", case_file(event=gone, act=dated), "time")
    assert [f.level for f in own] == ["fine", "fine"]


@pytest.mark.parametrize(
    ("mechanism", "language", "level"),
    [
        ("un_sr_hrd", "fr", "fine"),
        ("un_sr_hrd", "pt-BR", "warning"),
        ("oas_iachr_pm", "pt-BR", "fine"),
        ("eu_guidelines", "sw", "unknown"),
    ],
)
def test_language(mechanism: str, language: str, level: str) -> None:
    case = case_file(submission=[{"mechanism": mechanism, "language": language}])
    assert [f.level for f in found(mechanism, case, "language")] == [level]


def test_an_anonymous_sender_and_sources_of_the_press() -> None:
    nameless = case_file(source=[])
    assert found("un_sr_hrd", nameless, "anonymity")[0].level == "missing"
    assert found("oas_iachr_petition", nameless, "anonymity")[0].level == "fine"
    press = case_file(source=[{"name": "A paper", "source_type": "media"}])
    (finding,) = found("un_sr_hrd", press, "media")
    assert finding.level == "warning" and finding.verified == "U"
    assert not found("un_sr_hrd", case_file(), "media")


def test_nothing_blocks_and_the_gravest_comes_first() -> None:
    order = ["warning", "missing", "unknown", "fine"]
    for mechanism in ALL.values():
        levels = [order.index(f.level) for f in check(mechanism, case_file("CO"), ON, ALL)]
        assert levels == sorted(levels)


# -- suggestions and deadlines -----------------------------------------------------------------


def test_suggestions_for_a_detention_in_colombia() -> None:
    case = case_file(
        "CO",
        submission=[{"id": "s1", **sent("un_sr_hrd")}, {"mechanism": "un_wgad_urgent", "stage": "draft"}],
    )
    suggestions = suggest(case, ON, ALL)
    ids = [s.mechanism.id for s in suggestions]
    assert ids[0] == "un_wgad_urgent" and suggestions[0].urgent and suggestions[0].draft
    assert "un_sr_hrd" not in ids and "coe_commissioner" not in ids
    assert "un_wgeid_urgent" not in ids and "eu_guidelines" in ids
    assert ids.index("oas_iachr_pm") < ids.index("oas_iachr_petition")
    petition = next(s for s in suggestions if s.mechanism.id == "oas_iachr_petition")
    assert petition.complements == ("un_sr_hrd",)
    assert all(s.reasons or s.cautions for s in suggestions)
    parties = next(s for s in suggestions if s.mechanism.id == "un_ccpr_op1")
    assert "ICCPR-OP1" in " ".join(map(str, parties.cautions))


def test_what_is_urgent() -> None:
    assert mechanisms.urgency(case_file(), ON)
    assert not mechanisms.urgency(case_file(case={"status": "closed"}), ON)
    assert not mechanisms.urgency(case_file(proceeding=[{"released": "2026-03-20"}]), ON)
    assert not mechanisms.urgency(case_file(proceeding=[{"detention": "bail"}]), ON)
    held = [{"released": "2026-03-20"}, {"detention": "serving"}]  # of two persons, one
    assert mechanisms.urgency(case_file(event=[], proceeding=held), ON)
    ended = acts("arbitrary_detention")
    ended[0]["date_end"] = "2026-03-20"
    assert not mechanisms.urgency(case_file(event=ended), ON)
    assert mechanisms.urgency(case_file(event=acts("death_threats")), ON)
    assert not mechanisms.urgency(case_file(event=acts("death_threats")), date(2027, 1, 1))
    assert mechanisms.urgency(case_file(event=acts("enforced_disappearance")), date(2028, 1, 1))
    found_alive = case_file(event=acts("enforced_disappearance"), case={"outcome": "located_alive"})
    assert not mechanisms.urgency(found_alive, ON)


def test_a_hearing_brings_trial_observers_forward() -> None:
    case = case_file("KZ", event=acts("unfair_trial"), hearing=[{"date": "2026-04-09"}])
    odihr = next(s for s in suggest(case, ON, ALL) if s.mechanism.id == "osce_odihr")
    assert "2026-04-09" in " ".join(map(str, odihr.reasons))


def test_deadlines_of_a_submission() -> None:
    sr = ALL["un_sr_hrd"]
    submission = sent("un_sr_hrd", letter="2024-10-08", id="s1")
    days = {d.clock.name: d.on for d in mechanisms.dues(sr, case_file(), submission)}
    assert days == {
        "nudge": date(2026, 3, 22),
        "public": date(2024, 12, 7),
        "state_reply": date(2024, 12, 7),
    }
    set_by_them = {**submission, "reply_due": "2026-05-01"}
    named = {d.clock.name: d.on for d in mechanisms.dues(sr, case_file(), set_by_them)}
    assert named["reply_set"] == date(2026, 5, 1) and "state_reply" not in named
    nudge = sr.clock("nudge")
    assert nudge and mechanisms.is_done(nudge, submission)
    assert not mechanisms.is_done(nudge, sent("un_sr_hrd"))


def test_every_sentence_can_be_filled_in() -> None:
    """Placeholders and facts agree, at every depth, for every mechanism and a busy case."""
    busy = case_file(
        "NI",
        event=acts("enforced_disappearance", "unfair_trial"),
        submission=[{"id": m, **sent(m, language="ja")} for m in ALL],
        proceeding=[{"final_decision_date": "2025"}],
        measure=[{"mechanism": "fld_grant", "granted": "2026"}],
    )

    def filled(says: Message) -> None:
        assert "{" not in str(says)
        for fact in says.facts.values():
            if isinstance(fact, Message):
                filled(fact)

    for mechanism in ALL.values():
        for finding in check(mechanism, busy, ON, ALL):
            filled(finding.says)
    for suggestion in suggest(case_file("NI"), ON, ALL):
        for says in (*suggestion.reasons, *suggestion.cautions):
            filled(says)


def test_a_check_is_fast() -> None:
    """Below 5 ms for one mechanism on a case with every other one seized."""
    case = case_file(
        "CO",
        submission=[sent(m) for m in ALL],
        event=acts("arbitrary_detention", "unfair_trial") * 20,
    )
    for mechanism in ALL.values():
        check(mechanism, case, ON, ALL)
    best = min(_seconds(case) for _ in range(3))
    assert best / len(ALL) < 0.005


def _seconds(case: CaseFile) -> float:
    start = time.perf_counter()
    for mechanism in ALL.values():
        check(mechanism, case, ON, ALL)
    return time.perf_counter() - start
