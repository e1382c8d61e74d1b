"""Nobody stands in a draft who did not agree to, by whatever name, and nobody's facts but theirs."""

from __future__ import annotations

from datetime import date

import pytest

from defenderdesk.domain import mechanisms
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.interchange.documents import drafts

RULES = mechanisms.load()
TODAY = date(2026, 11, 25)
ALL = sorted(RULES)


def case(**records) -> CaseFile:
    kept = {kind: [{"kind": kind, **r} for r in found] for kind, found in records.items()}
    return CaseFile({"id": "c", "kind": "case", "title": "A case", "country": "UG"}, kept)


def made(file: CaseFile, name: str = "un_sr_hrd", **submission) -> drafts.Draft:
    own = {"id": "s", "kind": "submission", "mechanism": name, **submission}
    return drafts.draft(RULES[name], file, own, TODAY, "en")


def yes(person: str) -> dict:
    uses = [use.code for use in RULES["un_sr_hrd"].uses]
    return {"id": f"y{person}", "person": person, "uses": uses, "answer": "yes", "date": "2026-01-01"}


TOLD = [
    ({"name": "Elena Sokolova", "gender": "f"}, "Elena Sokolova was taken. ELENA SOKOLOVA was seen later."),
    ({"name": "Елена Соколова"}, "Елену Соколову задержали. Адвокат Соколовой не был допущен."),
    ({"name": "王小明"}, "警察逮捕了王小明并搜查了他的家。"),
    ({"name": "สมชาย ใจดี"}, "ตำรวจจับกุมสมชาย ใจดีที่บ้าน"),
    ({"name": "أحمد منصوري"}, "سمح لأحمد بالاتصال. وأحمد في السجن"),
    ({"name": "አበበ ከበደ"}, "ለአበበ ጠበቃ አልተፈቀደም።"),
    ({"name": "José Núñez"}, "Jose Nunez was beaten."),
    ({"name": "Ali Eva", "gender": "f"}, "Ali was beaten. Eva too."),
    ({"name": "Amina Diallo"}, "Amina was beaten; Diallo is in prison."),
]
"""Of `cases/07-mask-inflected` of the field's cases (GlobaLeaks #3420, #4025)."""


@pytest.mark.parametrize(("person", "story"), TOLD)
@pytest.mark.parametrize("mechanism", ["un_sr_hrd", "oas_iachr_petition", "un_ced_30", "un_wgad_regular"])
def test_no_form_of_a_name_stands_in_a_draft(person: dict, story: str, mechanism: str) -> None:
    file = case(
        involvement=[{"id": "i", "part": "defender", **person}],
        event=[{"id": "e", "date": "2026-02-01", "description": story}],
    )
    draft = made(file, mechanism)
    text = draft.text()
    assert draft.withheld_names == 1 and "[person 1, name withheld]" in text
    for word in person["name"].split():
        assert word.casefold() not in text.casefold()


def test_an_alias_and_the_linked_persons_names_are_names() -> None:
    person = {"id": "p", "name": "Kadiatou Bah", "other_names": ["Mama Kadi"], "contact": "kadi@example.org"}
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "K.", "person": "p"}],
        person=[person],
        address=[{"id": "a", "person": "p", "mobile": "+224 620 11 22 33"}],
        event=[
            {
                "id": "e",
                "description": "Mama Kadi is in prison. Kadiatou was beaten. Call 620112233, kadi@example.org.",
            }
        ],
    )
    text = made(file).text()
    assert "Kadi" not in text and "620112233" not in text and "@" not in text


def test_everybody_else_is_left_unnamed_too() -> None:
    file = case(
        involvement=[
            {"id": "i", "part": "defender", "name": "Nora Ali", "gender": "f"},
            {"id": "w", "part": "witness", "name": "Peter Otieno"},
            {"id": "m", "part": "relative", "name": "Fatou Ali"},
            {"id": "x", "part": "perpetrator", "name": "Colonel Mbeki"},
        ],
        source=[{"id": "q", "name": "Guard Yacine of block 4", "contact": "yacine@example.org"}],
        proceeding=[{"id": "t", "lawyers": "Grace Nakato, Me Jean Dupont"}],
        event=[
            {
                "id": "e",
                "description": "Nora Ali was seen by Otieno and her sister Fatou. Yacine told Nakato and Dupont. "
                "Mbeki gave the order.",
            }
        ],
        consent=[yes("i")],
    )
    draft = made(file)
    text = draft.text()
    assert "Nora Ali was seen by" in text and "Mbeki gave the order" in text
    for hidden in ("Otieno", "Fatou", "Yacine", "Nakato", "Dupont", "yacine@"):
        assert hidden not in text
    assert draft.withheld_names == 5


@pytest.mark.parametrize("mechanism", ALL)
def test_a_source_is_never_the_one_who_submits(mechanism: str) -> None:
    """`cases/11-source-as-submitter`."""
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "Nora Ali"}],
        source=[{"id": "q", "name": "Guard Yacine of block 4", "contact": "block 4, by night"}],
    )
    text = made(file, mechanism).text()
    assert "Yacine" not in text and "block 4" not in text
    asked = any("submitter.name" in n for s in RULES[mechanism].contents if s.required for n in s.needs)
    assert ("who submits it" in text) == asked
    office = case(
        submitter=[{"id": "o", "name": "Defenders Network", "phone": "+256 1", "signer": "R. Desk"}]
    )
    if asked:
        written = made(office, mechanism).text()
        assert "Defenders Network" in written and "R. Desk" in written


def test_a_source_that_was_ticked_is_named() -> None:
    file = case(source=[{"id": "q", "name": "Radio Kivu", "contact": "studio@example.org"}])
    text = made(file, "un_wgeid_standard", sources=["q"]).text()
    assert "studio@example.org" in text


def test_a_submission_names_its_office() -> None:
    offices = [{"id": "o", "name": "Defenders Network"}, {"id": "l", "name": "Legal Aid Centre"}]
    assert "Legal Aid Centre" in made(case(submitter=offices), submitter="l").text()
    assert "Defenders Network" in made(case(submitter=offices)).text()


def two() -> CaseFile:
    """`cases/09-wrong-person-facts`."""
    return case(
        involvement=[
            {"id": "A", "part": "defender", "name": "Anna"},
            {"id": "B", "part": "defender", "name": "Boris"},
        ],
        proceeding=[
            {"id": "pa", "against": ["A"], "detained_since": "2026-03-01"},
            {"id": "pb", "against": ["B"], "detained_since": "2026-03-04"},
        ],
        act=[
            {"id": "aa", "victim": "A", "stated_reason": "Unlicensed gathering", "event": "ea"},
            {"id": "ab", "victim": "B", "stated_reason": "False news"},
        ],
        charge=[
            {"id": "ca", "against": ["A"], "law": "Law on gatherings"},
            {"id": "cb", "proceeding": "pb", "law": "Law on the press"},
        ],
        event=[
            {"id": "ea", "date": "2026-03-01", "description": "The square was cleared."},
            {"id": "ec", "date": "2026-02-01", "description": "Both were warned."},
        ],
    )


def test_a_submission_for_one_carries_the_facts_of_one() -> None:
    text = made(two(), "un_wgad_regular", for_whom=["B"]).text()
    assert "False news" in text and "Unlicensed" not in text
    assert "4 Mar" in text and "1 Mar" not in text
    assert "gatherings" not in text
    assert "Both were warned." in text and "square" not in text


def test_a_body_that_wants_one_form_a_person_gets_one_each() -> None:
    own = {"id": "s", "kind": "submission", "mechanism": "un_wgad_regular"}
    first, second = drafts.forms(RULES["un_wgad_regular"], two(), own, TODAY, "en")
    assert "Unlicensed" in first.text() and "False news" not in first.text()
    assert "False news" in second.text() and "Unlicensed" not in second.text()
    assert len(drafts.forms(RULES["un_sr_hrd"], two(), own, TODAY, "en")) == 1
    [only] = drafts.forms(RULES["un_wgad_regular"], two(), own, TODAY, "en", ["B"])
    assert only.text() == second.text()


def test_a_former_name_is_not_used() -> None:
    """`cases/25-changed-name` (Froide #466)."""
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "Sam Old", "person": "p"}],
        person=[{"id": "p", "name": "Sana New", "other_names": ["Sam Old"]}],
        event=[{"id": "e", "description": "Sam Old was taken."}],
        consent=[yes("i")],
    )
    text = made(file).text()
    assert "Sana New was taken." in text and "Sam" not in text
    part = case(**{**file.records, "event": [{"id": "e", "description": "Then Sam was beaten."}]})
    assert [u.word for u in made(part).unsure] == ["Sam"]
    assert "Then Sana New was beaten." in made(part, names_hidden=["sam"]).text()


def test_what_is_only_likely_is_asked_until_somebody_decides() -> None:
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "Leila Haddad"}],
        event=[{"id": "e", "description": "Layla was beaten. We hope."}],
    )
    draft = made(file)
    assert [(u.word, u.person) for u in draft.unsure] == [("Layla", "person 1")]
    assert "[may name person 1: Layla]" in draft.text() and "Layla was beaten" in draft.unsure[0].sentence
    hidden = made(file, names_hidden=["LAYLA"])
    assert not hidden.unsure and "[person 1, name withheld] was beaten." in hidden.text()
    kept = made(file, names_kept=["Layla"])
    assert not kept.unsure and "Layla was beaten." in kept.text()


def test_each_paragraph_leads_back_to_its_records() -> None:
    file = case(event=[{"id": "e", "date": "2026-02-01", "description": "Taken."}])
    parts = made(file).parts
    assert all(len(part.paragraphs) == len(part.sources) for part in parts)
    assert ("e",) in [source for part in parts for source in part.sources]


def test_advice_names_everybody_who_is_mentioned_and_did_not_agree() -> None:
    file = case(
        involvement=[
            {"id": "i", "part": "defender", "name": "Nora Ali"},
            {"id": "w", "part": "witness", "name": "Peter Otieno"},
            {"id": "z", "part": "relative", "name": "Nobody Mentions"},
        ],
        source=[{"id": "q", "name": "Guard Yacine"}],
        event=[{"id": "e", "description": "Nora Ali was seen by Otieno. Yacine told it."}],
        consent=[yes("i")],
        submission=[{"id": "s", "mechanism": "un_sr_hrd", "for_whom": ["i"]}],
    )
    found = mechanisms.check(RULES["un_sr_hrd"], file, TODAY, RULES)
    [told] = [f.says.facts["names"] for f in found if "refused or not asked" in f.says.text]
    assert told == "Peter Otieno, Guard Yacine"


@pytest.mark.parametrize("mark", [["*"], ["name"]])
def test_whoever_is_not_to_be_shared_is_named_in_no_text_either(mark: list[str]) -> None:
    for kind, record in (
        ("involvement", {"id": "w", "part": "witness", "name": "Peter Otieno"}),
        ("source", {"id": "q", "name": "Peter Otieno"}),
    ):
        file = case(
            **{kind: [{**record, "withheld": mark}]},
            event=[{"id": "e", "description": "Otieno saw it."}],
            consent=[yes("w")],
        )
        draft = made(file, sources=["q"])
        assert "Otieno" not in draft.text() and draft.withheld_names == 1


def test_a_refusal_stands_though_the_source_is_ticked() -> None:
    no = {**yes("q"), "answer": "no"}
    file = case(
        source=[{"id": "q", "name": "Guard Yacine"}],
        event=[{"id": "e", "description": "Yacine told it."}],
        consent=[no],
    )
    assert "Yacine" not in made(file, sources=["q"]).text()
    assert "Yacine" in made(case(**{**file.records, "consent": []}), sources=["q"]).text()


def test_a_name_that_may_be_an_organisations_is_asked_word_by_word() -> None:
    """A person may bear a word of such names: Maria Red."""
    file = case(
        involvement=[{"id": "i", "part": "defender", "name": "Maria Red"}],
        event=[{"id": "e", "description": "Maria was beaten. The red car. Maria Red fled."}],
    )
    draft = made(file)
    assert [u.word for u in draft.unsure] == ["Maria"] and "Maria Red" not in draft.text()
    assert "The red car." in draft.text()
    group = case(
        involvement=[{"id": "i", "part": "defender", "name": "Students for Democracy Uganda"}],
        event=[{"id": "e", "description": "Students marched in Uganda for democracy."}],
    )
    assert not made(group).unsure
