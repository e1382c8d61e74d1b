"""Days follow from the whole case, whatever changes in it, and from the rules of the office."""

from __future__ import annotations

from defenderdesk.vault import Edit, Vault
from tests.conftest import PASSPHRASE
from tests.worlds.edits import make


def told(vault: Vault, what: str = "") -> list[tuple[str, str]]:
    days = vault.views.days("2020-01-01", "2040-12-31")
    return [(d.what, d.day) for d in days if not what or d.what == what]


def test_the_last_day_for_a_petition_follows_from_the_final_decision(vault: Vault) -> None:
    case = make(vault, "case", title="Nora", country="CO")
    petition = make(vault, "submission", case=case, mechanism="oas_iachr_petition", stage="draft")
    assert told(vault) == []
    trial = make(vault, "proceeding", case=case, title="Trial")
    vault.save([Edit(trial, "final_decision_date", "2026-01-15")])
    assert told(vault) == [("filing_limit", "2026-07-15")]
    vault.save([Edit(trial, "final_decision_date", "2026-02-15")])
    assert told(vault) == [("filing_limit", "2026-08-15")]
    gone = vault.save([Edit(trial, "deleted", True)])
    assert told(vault) == []
    vault.undo(gone.change_set)
    vault.save([Edit(petition, "sent", "2026-03-01")])
    assert told(vault, "filing_limit") == []


def test_the_last_day_for_the_urgent_procedure_follows_from_the_act(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    make(vault, "submission", case=case, mechanism="un_wgeid_urgent", stage="draft")
    act = make(vault, "act", case=case, act_type="enforced_disappearance", date="2026-05-10")
    assert told(vault) == [("filing_limit", "2026-08-10")]
    other = make(vault, "case", title="Omar")
    vault.save([Edit(act, "case", other)])
    assert told(vault) == [], "it belongs to another case now"
    vault.save([Edit(act, "case", case)])
    assert told(vault) == [("filing_limit", "2026-08-10")]


def test_a_closed_case_waits_for_nothing_and_an_opened_one_does_again(vault: Vault) -> None:
    case = make(vault, "case", title="Nora", status="open")
    make(vault, "task", case=case, title="Call", due="2026-11-01")
    make(vault, "submission", case=case, mechanism="un_sr_hrd", stage="sent", sent="2026-01-01")
    assert {what for what, _ in told(vault)} == {"task", "nudge"}
    vault.save([Edit(case, "status", "closed")])
    assert told(vault) == [] and vault.views.overdue_count("2026-12-01") == 0
    vault.save([Edit(case, "status", "follow_up")])
    assert {what for what, _ in told(vault)} == {"task", "nudge"}


def test_a_newer_assessment_ends_the_review_of_the_one_before(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    make(vault, "assessment", case=case, date="2026-01-01", review="2026-03-01")
    assert told(vault) == [("risk_review", "2026-03-01")]
    newer = make(vault, "assessment", case=case, date="2026-02-20", review="2026-05-01")
    assert told(vault) == [("risk_review", "2026-05-01")]
    vault.save([Edit(newer, "deleted", True)])
    assert told(vault) == [("risk_review", "2026-03-01")]


def test_the_silence_that_an_office_allows_moves_every_day_and_outlives_a_restart(
    vault: Vault,
) -> None:
    case = make(vault, "case", title="Nora")
    make(vault, "submission", case=case, mechanism="eu_guidelines", stage="sent", sent="2026-01-01")
    make(vault, "referral", case=case, mechanism="eu_guidelines", date="2026-01-01")
    assert told(vault) == [("nudge", "2026-01-22")] * 2
    rules = make(vault, "policy", silence_days=10)
    assert told(vault) == [("nudge", "2026-01-11")] * 2
    make(vault, "referral", case=case, asked="More", date="2026-02-01")
    vault.close()
    vault = Vault.open(vault.profile, PASSPHRASE)
    assert told(vault) == [*[("nudge", "2026-01-11")] * 2, ("nudge", "2026-02-11")]
    vault.save([Edit(rules, "deleted", True)])
    assert ("nudge", "2026-01-22") in told(vault), "as shipped again"
    vault.close()


def test_nothing_stands_in_the_calendar_that_was_reckoned_from_what_was_erased(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    make(vault, "submission", case=case, mechanism="oas_iachr_petition", stage="draft")
    trial = make(vault, "proceeding", case=case, final_decision_date="2026-01-15")
    assert told(vault) == [("filing_limit", "2026-07-15")]
    vault.erasure.erase([trial], "withdrawn")
    vault.erasure.clean()
    days = vault.store.reader.execute("SELECT day FROM agenda").fetchall()
    assert days == []
