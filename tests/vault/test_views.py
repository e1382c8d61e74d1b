"""Looking things up across cases: what is derived is what the records say, always."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from defenderdesk.domain.kinds import KINDS
from defenderdesk.errors import NotGrantedError, UsageError
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.casework import approvals
from defenderdesk.vault.lookup import indexes
from defenderdesk.vault.records import rebuild
from tests.worlds.edits import make


def tables(vault: Vault) -> dict[str, list[tuple]]:
    vault.views.refresh()
    conn = vault.store.reader
    return {
        name: sorted(map(tuple, conn.execute(f"SELECT * FROM {name}").fetchall()), key=repr)
        for name in ("links", "agenda", "names", "facts", "happened")
    }


def test_a_hearing_is_in_the_calendar_with_its_case_and_gone_with_it(vault: Vault) -> None:
    case = make(vault, "case", title="Nora", country="UG")
    make(vault, "hearing", case=case, date="2026-12-01", purpose="Plea")
    [day] = vault.views.days("2026-11-01", "2026-12-31")
    assert (day.what, day.day, day.of.title, day.of.country) == (
        "hearing",
        "2026-12-01",
        "Nora",
        "UG",
    )
    hidden = vault.save([Edit(case, "deleted", True)])
    assert vault.views.days("2026-11-01", "2026-12-31") == []
    vault.undo(hidden.change_set)
    assert vault.views.days("2026-11-01", "2026-12-31")


def test_overdue_is_counted_until_it_is_answered(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    task = make(vault, "task", case=case, title="Call", due="2026-11-01")
    assert vault.views.overdue_count("2026-11-25") == 1
    vault.save([Edit(task, "status", "done")])
    assert vault.views.overdue_count("2026-11-25") == 0


def test_what_is_overdue_goes_with_its_case_and_the_latest_are_listed(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    other = make(vault, "case", title="Omar")
    for day in (1, 2, 3):
        make(vault, "task", case=case, title=f"Call {day}", due=f"199{day}-11-01")
    make(vault, "task", case=other, title="Write", due="2026-11-01")
    today = "2026-11-25"
    assert vault.views.overdue_count(today) == 4
    assert [d.day[:4] for d in vault.views.overdue(today, 2)] == ["1993", "2026"]
    vault.save([Edit(case, "deleted", True)])
    assert vault.views.overdue_count(today) == len(vault.views.overdue(today)) == 1


def test_old_days_that_nobody_owes_take_no_place_from_what_is_overdue(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    make(
        vault,
        "submission",
        case=case,
        mechanism="un_sr_hrd",
        stage="sent",
        sent="2026-01-01",
        letter="2026-01-01",
        followed_up="2026-02-01",
    )
    [found] = vault.views.overdue("2026-11-25", 1)
    assert found.what == "state_reply_due"
    assert vault.views.running("2026-11-25") == []
    make(vault, "hearing", case=case, date="2026-11", purpose="Plea")
    assert [d.what for d in vault.views.running("2026-11-25")] == ["hearing"]


def test_the_marks_of_a_month_count_what_the_days_list(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    gone = make(vault, "case", title="Gone")
    for day in ("2026-12-01", "2026-12-01", "2026-12-09", "2027-01-01"):
        make(vault, "hearing", case=case, date=day)
    make(vault, "task", case=case, title="Call", due="2026-12-01")
    make(vault, "hearing", case=gone, date="2026-12-01")
    vault.save([Edit(gone, "deleted", True)])
    marks = vault.views.marks("2026-12-01", "2026-12-31")
    assert [(m.day, m.what, m.count) for m in marks] == [
        ("2026-12-01", "hearing", 2),
        ("2026-12-01", "task", 1),
        ("2026-12-09", "hearing", 1),
    ]
    days = vault.views.days("2026-12-01", "2026-12-31")
    assert sum(m.count for m in marks) == len(days)
    only = vault.views.marks("2026-12-01", "2026-12-31", kinds_=("task",))
    assert [m.what for m in only] == ["task"]
    desk = vault.info().desks[0].id
    assert vault.views.marks("2026-12-01", "2026-12-31", desk=desk) == marks


def test_a_submission_without_a_stage_counts_by_what_is_known_of_it(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    make(vault, "submission", case=case, mechanism="un_sr_hrd")
    make(vault, "submission", case=case, mechanism="au_achpr_sr_hrd", sent="2026-01-01")
    assert vault.views.counts("submission.stage") == {"draft": 1, "sent": 1}


def test_a_day_that_merely_comes_makes_nobody_late(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    make(
        vault,
        "submission",
        case=case,
        mechanism="un_sr_hrd",
        stage="sent",
        sent="2026-01-01",
        letter="2026-01-01",
        followed_up="2026-02-01",
    )
    days = vault.views.days("2026-01-01", "2026-11-24")
    assert {d.what for d in days} == {"public_on", "state_reply_due"}
    assert vault.views.overdue_count("2026-11-25") == 1


def test_people_are_found_as_one_types_whatever_the_spelling(vault: Vault) -> None:
    person = make(vault, "person", name="Mohammed al-Tajer", other_names=["Abu Ali"])
    make(vault, "person", name="Grace Nakato")
    for typed in ("moh", "Mohamed", "Muhammad taj", "al tajer", "abu ali", "TAJER"):
        assert [p.record.id for p in vault.views.named(typed)] == [person], typed
    assert vault.views.named("x") == []
    assert vault.views.named("' OR 1=1 --") == []


def test_links_lead_back(vault: Vault) -> None:
    case = make(vault, "case", title="Nora")
    person = make(vault, "person", name="Nora")
    involved = make(vault, "involvement", case=case, person=person, name="Nora")
    hearing = make(vault, "proceeding", case=case, against=[involved], title="P")
    assert [(f, p.record.id) for f, p in vault.views.linked(person)] == [("person", involved)]
    assert [(f, p.record.id) for f, p in vault.views.linked(involved)] == [("against", hearing)]
    vault.save([Edit(involved, "person", None)])
    assert vault.views.linked(person) == []


def test_two_records_of_one_person_become_one_and_nothing_is_lost(vault: Vault) -> None:
    case = make(vault, "case", title="C")
    stays = make(vault, "person", name="Nora A.", gender="f")
    goes = make(vault, "person", name="Nora Ali", born="1980", gender="x", languages=["ar"])
    involved = make(vault, "involvement", case=case, person=goes, name="Nora")
    place = make(vault, "address", person=goes, address="Told by voice")
    proceeding = make(vault, "meeting", person=goes, with_whom="Nora")
    before = {r: vault.get(r) for r in (stays, goes, involved, place, proceeding)}
    change = vault.merge(stays, goes)
    kept = vault.get(stays)
    assert kept.fields["born"] == "1980" and kept.fields["gender"] == "f"
    assert kept.sets["languages"] == ["ar"] and kept.sets["other_names"] == ["Nora Ali"]
    assert vault.get(involved).fields["person"] == stays
    assert [r.id for r in vault.children(stays, "address")] == [place]
    assert vault.get(goes).fields["gender"] == "x", "what differs stays where it was"
    assert [p.record.id for p in vault.views.named("nora")] == [stays]
    with pytest.raises(UsageError):
        vault.merge(stays, goes)
    vault.undo(change.change_set)
    for record, old in before.items():
        now = vault.get(record)
        assert (now.fields, {k: v for k, v in now.sets.items() if v}) == (old.fields, old.sets)
    assert {p.record.id for p in vault.views.named("nora")} == {stays, goes}


def test_only_like_is_merged_with_like(vault: Vault) -> None:
    person, case = make(vault, "person", name="N"), make(vault, "case", title="N")
    other = make(vault, "organisation", name="N")
    for stays, goes in ((person, person), (person, other), (case, case), (person, case)):
        with pytest.raises(UsageError):
            vault.merge(stays, goes)


def test_what_recurs_in_court_is_found_whatever_its_spelling(vault: Vault) -> None:
    for title, law in (("A", "Loi  92-7"), ("B", "loi 92-7"), ("C", "Penal Code")):
        case = make(vault, "case", title=title)
        make(vault, "charge", case=case, law=law, article="art. 5")
        make(vault, "proceeding", case=case, judge="Hon. Kayizzi")
    [law] = vault.views.patterns("charge.law")
    assert law.cases == 2 and "92-7" in law.shown
    [judge] = vault.views.patterns("proceeding.judge")
    assert judge.cases == 3
    behind = vault.views.by_fact(judge.field, judge.value)
    assert {p.of.title for p in behind} == {"A", "B", "C"}
    case = next(p.of.id for p in behind if p.of.title == "A")
    vault.save([Edit(case, "deleted", True)])
    assert [p.cases for p in vault.views.patterns("proceeding.judge")] == [2]


def test_an_act_told_twice_counts_once(vault: Vault) -> None:
    case = make(vault, "case", title="C", country="UG")
    event = make(vault, "event", case=case, date="2026-01-02", acts=["killing"])
    make(vault, "act", case=case, event=event, act_type="killing", date="2026-01-02")
    make(vault, "act", case=case, act_type="torture", date="2026-01-03")
    make(vault, "event", case=case, date="2026", acts=["killing"])  # which day, nobody knows
    found = [(code, day) for day, code, *_ in tables(vault)["happened"]]
    assert sorted(found) == [
        ("killing", date(2026, 1, 2).toordinal()),
        ("torture", date(2026, 1, 3).toordinal()),
    ]


def test_a_case_is_read_whole_with_the_people_it_names(vault: Vault) -> None:
    case = make(vault, "case", title="C")
    person = make(vault, "person", name="Nora")
    organisation = make(vault, "organisation", name="Legal Aid")
    make(vault, "involvement", case=case, person=person, name="Nora")
    make(vault, "consent", case=case, person=person, organisations=[organisation])
    file = vault.views.casefile(case)
    assert [p["name"] for p in file.of("person")] == ["Nora"]
    assert [o["name"] for o in file.of("organisation")] == ["Legal Aid"]


def test_an_office_corrects_a_rule_and_the_days_follow(vault: Vault) -> None:
    case = make(vault, "case", title="C", country="UG")
    make(
        vault,
        "submission",
        case=case,
        mechanism="un_sr_hrd",
        stage="sent",
        sent="2026-10-01",
        letter="2026-10-01",
    )

    def due() -> list[str]:
        days = vault.views.days("2026-01-01", "2027-12-31")
        return [d.day for d in days if d.what == "state_reply_due"]

    assert due() == ["2026-11-30"]
    rule = make(vault, "mechanism", code="un_sr_hrd", reply_days=90)
    vault.office.news(vault.save([Edit(rule, "note", "as told by letter")]))
    assert due() == ["2026-12-30"]
    assert vault.office.corrected().mechanisms["un_sr_hrd"].corrected
    vault.office.news(vault.save([Edit(rule, "deleted", True)]))
    assert due() == ["2026-11-30"]


def test_a_case_on_legal_hold_is_not_deleted_and_two_persons_are_two(pair) -> None:
    office, laptop = pair.office, pair.laptop
    case = make(office, "case", title="C", legal_hold=True, hold_reason="before the court")
    with pytest.raises(NotGrantedError, match="before the court"):
        office.approvals.require_deletable(case)
    office.save([Edit(case, "legal_hold", None)])
    office.approvals.require_deletable(case)
    rules = make(office, "policy", two_for_deletion=True)
    office.office.news(office.save([Edit(rules, "name", "Ours")]))
    with pytest.raises(NotGrantedError):
        office.approvals.require_deletable(case)
    asked = make(office, "approval", case=case, what="deletion", answer="pending")
    office.save([Edit(asked, "answer", "approved")])  # one person cannot be two
    with pytest.raises(NotGrantedError):
        office.approvals.require_deletable(case)
    pair.carry(office, laptop)
    laptop.save([Edit(asked, "answer", "refused")])
    laptop.save([Edit(asked, "answer", "approved")])
    pair.carry(laptop, office)
    used = office.approvals.require_deletable(case)
    assert used
    office.save([*used, Edit(case, "deleted", True)])
    office.save([Edit(case, "deleted", None)])
    with pytest.raises(NotGrantedError):  # an approval serves once
        office.approvals.require_deletable(case)


def test_an_export_of_everything_wants_an_approval_of_no_case(pair) -> None:
    office, laptop = pair.office, pair.laptop
    case = make(office, "case", title="C")
    assert office.approvals.need(approvals.EXPORT, "") == []
    make(office, "policy", two_for_export=True)
    office.office.news(office.save([Edit(make(office, "policy"), "name", "n")]))
    make(office, "approval", case=case, what="export", answer="approved")
    with pytest.raises(NotGrantedError):
        office.approvals.need(approvals.EXPORT, "")
    asked = make(office, "approval", what="export", answer="pending")
    pair.carry(office, laptop)
    laptop.save([Edit(asked, "answer", "approved")])
    pair.carry(laptop, office)
    office.save(office.approvals.need(approvals.EXPORT, ""))
    with pytest.raises(NotGrantedError):
        office.approvals.need(approvals.EXPORT, "")


NAMES = st.sampled_from(["Nora Ali", "Mohamed", "Ông Ba", "", "x"])
DATES = st.sampled_from(["2026-01-02", "~2026-02", "2026", "<2020-01-01", "nonsense", ""])
STEP = st.tuples(
    st.integers(0, 9),
    st.sampled_from(
        [
            *("name", "date", "due", "acts", "case", "person", "stage", "deleted", "judge", "status"),
            *("review", "adjourned_to", "final_decision_date", "mechanism"),
        ]
    ),
    st.one_of(
        NAMES,
        DATES,
        st.sampled_from(["killing", "sent", "draft", "closed", "oas_iachr_petition", True, None]),
    ),
)


made: list[None] = []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=25), st.randoms(use_true_random=False))
def test_derived_step_by_step_is_derived_at_once(make_vault, steps, random) -> None:
    """Whatever is written and whenever one looks: the tables are those of a fresh look."""
    made.append(None)
    vault = make_vault(f"v{len(made)}")
    kinds = ["case", "person", "event", "submission", "task", "proceeding"]
    kinds += ["assessment", "assessment", "hearing", "hearing"]
    records = [make(vault, kind, note="n") for kind in kinds]
    for number, name, value in steps:
        record = records[number]
        if name in ("case", "person"):
            value = records[0 if name == "case" else 1]
        spec = KINDS[kinds[number]].field(name)
        op = "add" if spec and spec.many else "set"
        if op == "add" and not isinstance(value, str):
            continue
        vault.save([Edit(record, name, value, op)])
        if random.random() < 0.3:
            vault.views.refresh()
    step_by_step = tables(vault)
    with vault.store.writing():
        vault.store.set_meta("derived", [indexes.VERSION - 1, 0])
    assert tables(vault) == step_by_step
    vault.close()


def test_an_old_vault_is_brought_up_to_date(vault: Vault) -> None:
    """What was written before there were derived tables is in them."""
    case = make(vault, "case", title="C")
    make(vault, "task", case=case, title="T", due=date.today().isoformat())
    before = tables(vault)
    with vault.store.writing() as conn:
        for table in (*before, "stale", "stale_days"):
            conn.execute(f"DELETE FROM {table}")
        conn.execute("DELETE FROM meta WHERE name = 'derived'")
    assert tables(vault) == before


def test_undoing_twice_goes_back_twice(vault: Vault) -> None:
    case = make(vault, "case", title="t0")
    first, second = (vault.save([Edit(case, "title", t)]) for t in ("t1", "t2"))
    vault.undo(second.change_set)
    assert vault.get(case).text("title") == "t1"
    vault.undo(first.change_set)
    assert vault.get(case).text("title") == "t0"


def test_an_undo_leaves_what_a_colleague_wrote(pair) -> None:
    case = make(pair.office, "case", title="t0")
    mine = pair.office.save([Edit(case, "title", "same")])
    pair.carry(pair.office, pair.laptop)
    pair.laptop.save([Edit(case, "title", "theirs")])
    pair.laptop.save([Edit(case, "title", "same")])
    pair.carry(pair.laptop, pair.office)
    pair.office.undo(mine.change_set)
    assert pair.office.get(case).text("title") == "same"


def test_records_that_are_gone_leave_no_gap_in_what_is_derived(vault) -> None:
    """The records with the highest numbers go (a desk was taken away): looking goes on, and the
    numbers that are given away again are looked at, whether one looked in between or not."""
    for look_between in (True, False):
        keep = make(vault, "person", name="Kept")
        gone = make(vault, "person", name="Gone")
        assert {keep, gone} <= {r.id for r in vault.views.of_kind("person")}
        with vault.store.writing() as conn:
            [num] = conn.execute("SELECT max(num) FROM records").fetchone()
            rebuild.forget(conn, num)
        if look_between:
            assert gone not in {r.id for r in vault.views.of_kind("person")}
        again = make(vault, "person", name="Again")
        [reused] = vault.store.reader.execute("SELECT max(num) FROM records").fetchone()
        assert reused == num
        found = {r.id for r in vault.views.of_kind("person")}
        assert again in found and keep in found and gone not in found


def test_one_article_is_one_pattern_however_it_is_written(vault: Vault) -> None:
    for number, article in enumerate(("340", "Art. 340", "المادة ٣٤٠")):
        case = make(vault, "case", title=f"Case {number}")
        make(vault, "charge", case=case, law="Penal Code", article=article)
    [law] = vault.views.patterns("charge.law")
    assert (law.shown, law.cases) == ("Penal Code 340", 3)
    assert len(vault.views.by_fact("charge.law", law.value)) == 3


def test_referrals_and_signatures_stand_in_the_matrix_and_the_year(vault: Vault) -> None:
    case = make(vault, "case", title="Nora", status="open")
    make(vault, "event", case=case, date="2026-02-01", acts=["killing"])
    assert vault.casework.year(2026, date(2026, 12, 1)).gaps == [case]
    make(vault, "referral", case=case, mechanism="protectdefenders", date="2026-03-01", due="2026-04-01")
    joint = make(vault, "joint", case=case, title="Letter")
    make(
        vault,
        "signatory",
        case=case,
        joint=joint,
        mechanism="observatory_ua",
        answer="signed",
        date="2026-03-05",
    )
    matrix = vault.casework.matrix("", date(2026, 12, 1))
    states = {key[1]: step.state for key, step in matrix.steps.items()}
    assert states == {"protectdefenders": "no_reply", "observatory_ua": "signed"}
    year = vault.casework.year(2026, date(2026, 12, 1))
    assert year.gaps == [] and year.total("referrals") == year.total("signatures") == 1
    assert year.total("overdue") == 1 and year.total("sent") == 0
