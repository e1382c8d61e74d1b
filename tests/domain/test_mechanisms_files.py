"""The shipped rules: every file keeps to the format, and nothing unverified lost its mark."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise

import pytest

from defenderdesk import resources
from defenderdesk.domain import mechanisms, vocabulary
from defenderdesk.domain.deadlines import Clock
from defenderdesk.domain.kinds import KINDS
from defenderdesk.domain.mechanisms import Mechanism, consent, duplication, needs, reading
from defenderdesk.domain.mechanisms.model import CLASSES
from defenderdesk.errors import OurError

ALL = list(mechanisms.load().values())
MARKS = ("V", "P", "U")
every = pytest.mark.parametrize("m", ALL, ids=lambda m: m.id)


def test_one_file_for_each_term_of_the_vocabulary() -> None:
    files = {path.stem for path in resources.path("mechanisms").glob("*.json")}
    assert len(ALL) == 48
    assert files == set(mechanisms.load()) == set(vocabulary.Vocabulary.shipped().terms("mechanism"))


def test_the_order_is_that_of_the_files() -> None:
    assert [m.order for m in ALL] == list(range(1, 49))


@every
def test_marks(m: Mechanism) -> None:
    marked = [
        m.who_can_submit,
        m.remedies,
        m.publication,
        m.follow_up,
        *m.uses,
        *m.clocks,
        *m.windows,
        *m.contents,
        *m.exclusions,
        *m.channels,
        *(rule for rule in (m.anonymous, m.media) if rule),
    ]
    assert all(one.verified in MARKS for one in marked)
    assert m.verified in MARKS and m.scope.verified in MARKS
    assert m.verification and m.sources and m.checked == "2026-11-30"


@every
def test_texts_are_there_and_short_and_plain(m: Mechanism) -> None:
    assert {"en", "fr", "es"} <= set(m.names) and all(m.names.values())
    assert m.acronym and m.body and m.mandate.endswith(".")
    for text in reading._texts(m):
        assert text == text.strip() and len(text) < 260
        assert "{" not in text and "  " not in text
    for rule in (m.who_can_submit, m.remedies, m.publication, m.follow_up):
        assert rule.text.endswith(".")
    for exclusion in m.exclusions:
        assert exclusion.text.endswith(".")
    assert m.contents and m.channels and m.languages and m.accepts


@every
def test_exclusions_name_what_exists(m: Mechanism) -> None:
    classes = {one.class_ for one in ALL}
    for rule in m.exclusions:
        assert rule.others
        for other in rule.others:
            known = other == "*" or other in mechanisms.load() or other[1:] in classes
            assert known, other
            assert other != m.id


@every
def test_codes_are_of_the_vocabulary(m: Mechanism) -> None:
    terms = vocabulary.Vocabulary.shipped()
    for code in m.scope.acts | m.scope.unsuitable:
        assert terms.get("act", code), code
    for code in m.scope.profiles:
        assert terms.get("profile", code), code
    assert m.class_ in CLASSES and m.class_ != "own"


@every
def test_names_within_a_mechanism_are_its_own(m: Mechanism) -> None:
    for names in (
        [clock.name for clock in m.clocks],
        [section.id for section in m.contents],
        [use.code for use in m.uses],
    ):
        assert len(names) == len(set(names))


@every
def test_unverified_terms_stay_unverified(m: Mechanism) -> None:
    """A term that the research has from memory is not shown as a fact."""
    sure: set[tuple[str, str]] = {
        ("un_sr_hrd", "public"),
        ("un_wgad_regular", "state_reply"),
        ("un_wgeid_urgent", "filing"),
        ("un_wgeid_urgent", "filing_linked"),
        ("un_wgeid_urgent", "passed_on"),
        ("oas_iachr_petition", "filing"),
        ("un_ccpr_op1", "filing"),
        ("ecthr_application", "filing"),
        ("un_ced_30", "state_reply"),
        ("osce_vienna", "state_reply"),
    }
    for clock in m.clocks:
        assert (clock.verified == "V") == ((m.id, clock.name) in sure), clock.name


def test_every_need_is_a_field_that_a_form_has() -> None:
    for path in needs.NEEDS:
        kind, field = path.split(".")
        assert KINDS[kind].field(field) is not None, path
    used = {p for m in ALL for s in m.contents for n in (*s.needs, *s.asks) for p in needs.paths(n)}
    assert all(map(needs.is_path, used))


MEANS_THE_SAME = [
    {"step.before", "submission.remedies", "submission.no_steps"},
    {"act.held_at", "proceeding.detained_at"},
    {"involvement.role", "person.work"},
    {"submitter.address", "submitter.phone", "submitter.email"},
]
"""Alternatives of one meaning: the steps taken, or why none; where the person is held; the work;
how to reach whoever submits."""


@every
def test_a_need_falls_back_to_nothing_of_another_meaning(m: Mechanism) -> None:
    for section in m.contents:
        for need in (*section.needs, *section.asks):
            several = set(needs.paths(need))
            assert len(several) == 1 or any(several <= same for same in MEANS_THE_SAME), need


def test_clocks_count_from_fields_that_a_form_has() -> None:
    from defenderdesk.domain.mechanisms import clocks

    submission = KINDS["submission"]
    for names in (
        *clocks._OF_SUBMISSION.values(),
        *clocks._DONE.values(),
        clocks.GIVEN,
        clocks.SET.values(),
    ):
        for name in names:
            assert submission.field(name) is not None, name


def test_codes_that_forms_offer_are_those_of_the_rules() -> None:
    terms = vocabulary.Vocabulary.shipped()
    stages, statuses = terms.terms("submission_stage"), terms.terms("measure_status")
    assert duplication.UNSENT - {""} | duplication.DECIDED <= set(stages)
    assert set(statuses) >= duplication.NOT_ASKED | duplication.UNDER_WAY
    assert set(consent._LEVELS) <= set(terms.terms("consent"))


def test_messages_hold_every_text_once() -> None:
    found = list(mechanisms.messages())
    assert len(found) == len(set(found)) and all(found)
    labels = {clock.label for m in ALL for clock in m.clocks}
    hints = {section.hint for m in ALL for section in m.contents} - {""}
    rules = {rule.text for m in ALL for rule in m.exclusions}
    assert labels | hints | rules | set(needs.NEEDS.values()) <= set(found)
    assert not any("@" in text or "://" in text for text in found)


def test_the_facts_that_drive_the_product() -> None:
    shipped = mechanisms.load()
    sr = shipped["un_sr_hrd"]
    assert sr.publication_days == 60
    assert [(u.code, u.required, u.verified) for u in sr.uses] == [
        ("name_to_state", True, "V"),
        ("name_published", True, "V"),
    ]
    assert sr.clock("state_reply") == Clock(
        "state_reply",
        "Reply of the State expected",
        "letter",
        60,
        "days",
        "state_reply_due",
        "state",
        "none",
        "CH-GE",
        "P",
        sr.clock("state_reply").source,
    )
    filing = shipped["oas_iachr_petition"].clock("filing")
    assert filing and (filing.count, filing.unit, filing.verified) == (6, "months", "V")
    assert shipped["oas_iachr_petition"].remedies.code == "required"
    assert shipped["oas_iachr_pm"].uses[0].may_justify
    assert shipped["eu_guidelines"].region.rule == "outsiders"
    assert len([s for s in shipped["observatory_ua"].contents if s.id != "background"]) == 6
    assert shipped["un_ced_30"].remedies.code == "say_what_was_done"


def test_the_vocabulary_and_the_files_use_the_same_names() -> None:
    terms = vocabulary.Vocabulary.shipped().terms("mechanism")
    for m in ALL:
        for language in ("en", "fr", "es"):
            assert m.name(language) == terms[m.id].label(language)
    assert ALL[0].name("fr_CA") == ALL[0].names["fr"]
    assert ALL[0].name("de") == ALL[0].names["en"]


def _broken(**more: object) -> dict[str, object]:
    path = resources.path("mechanisms", "un_sr_hrd.json")
    fields: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return {**fields, **more}


@pytest.mark.parametrize(
    "more",
    [
        {"format": 2},
        {"verified": "O"},
        {"seat": "nowhere"},
        {"class": "court"},
        {"region": {"rule": "members", "of": "nato"}},
        {"accepts": ["poem"]},
        {"remedies": {"text": "x", "verified": "V", "code": "perhaps"}},
        {"uses": [{"code": "all", "label": "x", "required": True, "verified": "V"}]},
        {"contents": [{"id": "a", "label": "x", "verified": "V", "needs": ["event.moon"]}]},
        {"exclusions": [{"others": ["@x"], "effect": "bars", "when": "any", "text": "x", "verified": "V"}]},
    ],
)
def test_a_broken_file_is_a_mistake_of_ours(more: dict[str, object]) -> None:
    with pytest.raises(OurError):
        reading.read(_broken(**more))


def test_the_research_table_and_the_files_agree_on_reply_terms() -> None:
    """Terms of the research, in days; months are counted as months in the files."""
    table = io.StringIO(
        "id,days\nun_sr_hrd,60\nun_sp_joint,60\nun_wgad_regular,60\nun_ccpr_op1,180\n"
        "oas_iachr_petition,90\nau_achpr_communication,60\nosce_vienna,10\n"
    )
    expected = {row["id"]: int(row["days"]) for row in csv.DictReader(table)}
    each = {"days": 1, "weeks": 7, "months": 30}
    for m in ALL:
        terms = [clock.count * each[clock.unit] for clock in m.of_kind("state_reply_due")]
        if m.id != "un_ced_30":  # the table has none, its note two weeks
            assert terms[:1] == [expected[m.id]] if m.id in expected else not terms
        assert all(a <= b for a, b in pairwise(terms))
