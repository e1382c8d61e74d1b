"""What an office corrects or adds, and the references that mechanisms give."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk import resources
from defenderdesk.domain import mechanisms
from defenderdesk.domain.mechanisms import check, corrected, coverage, reference, suggest
from tests.domain.cases import case_file

ALL = mechanisms.load()
ON = date(2026, 4, 1)


def test_a_correction_leaves_the_shipped_rule_at_hand() -> None:
    result = corrected(ALL, [{"code": "un_sr_hrd", "reply_days": 45, "channel": "new@example.org",
                              "note": "By telephone, May 2026", "checked": "2026-05"}])  # fmt: skip
    assert not result.problems
    m = result.mechanisms["un_sr_hrd"]
    assert m.corrected == {"reply_days", "channel", "note", "checked"}
    clock = m.clock("state_reply")
    assert clock and (clock.count, clock.verified, clock.after) == (45, "O", "letter")
    assert m.channels[0].kind == "email" and m.channels[0].verified == "O"
    assert m.shipped is ALL["un_sr_hrd"] and m.shipped.clock("state_reply").count == 60
    assert m.clock("public") == ALL["un_sr_hrd"].clock("public")
    assert list(result.mechanisms) == list(ALL)
    assert all(result.mechanisms[i] is ALL[i] for i in ALL if i != "un_sr_hrd")


def test_several_corrections_of_one_mechanism() -> None:
    result = corrected(ALL, [{"code": "oas_iachr_pm", "clock_report": 20},
                             {"code": "oas_iachr_pm", "clock_report": 10, "inactive": True}])  # fmt: skip
    m = result.mechanisms["oas_iachr_pm"]
    assert m.clock("report").count == 10 and not m.active
    assert m.shipped is ALL["oas_iachr_pm"]
    case = case_file("CO")
    assert "inactive" in {f.code for f in check(m, case, ON, result.mechanisms)}
    assert "oas_iachr_pm" not in {s.mechanism.id for s in suggest(case, ON, result.mechanisms)}


def test_a_term_where_the_shipped_rule_has_none() -> None:
    m = corrected(ALL, [{"code": "coe_commissioner", "reply_days": 30, "nudge_days": 10,
                         "confidential_days": 0}]).mechanisms["coe_commissioner"]  # fmt: skip
    assert [(c.kind, c.count, c.after) for c in m.clocks] == [
        ("state_reply_due", 30, "sent"),
        ("nudge", 10, "sent"),
        ("public_on", 0, "letter"),
    ]
    assert m.publication_days == 0


def test_a_mechanism_of_the_offices_own() -> None:
    own = {"code": "nat_protection", "names": {"fr": "Mécanisme national", "en": "National"},
           "countries": ["co"], "acts": ["death_threats"], "reply_days": 15, "languages": ["es"],
           "remedies": False, "contents": ["Who", "What happened"], "acronym": "MN"}  # fmt: skip
    result = corrected(ALL, [own])
    assert not result.problems
    m = result.mechanisms["nat_protection"]
    assert m.name("fr") == "Mécanisme national" and m.name("es") == "National"
    assert m.shipped is None and m.class_ == "own" and list(result.mechanisms)[-1] == m.id
    assert coverage(m, "CO", ON).state == "covered"
    assert coverage(m, "UG", ON).state == "not_covered"
    assert all(str(f.says) for f in check(m, case_file("CO"), ON, result.mechanisms))
    threats = case_file("CO", event=[{"date": "2026-03-20", "acts": ["death_threats"]}])
    assert m.id in {s.mechanism.id for s in suggest(threats, ON, result.mechanisms)}


@pytest.mark.parametrize(
    ("correction", "problem"),
    [
        ({}, "no code"),
        ({"code": 7}, "no code"),
        ({"code": "new_one"}, "no name"),
        ({"code": "un_sr_hrd", "reply_days": "soon"}, "reply_days"),
        ({"code": "un_sr_hrd", "reply_days": -1}, "reply_days"),
        ({"code": "un_sr_hrd", "reply_days": True}, "reply_days"),
        ({"code": "un_sr_hrd", "reply_days": 10**9}, "reply_days"),
        ({"code": "un_sr_hrd", "clock_moon": 3}, "clock_moon"),
        ({"code": "un_sr_hrd", "countries": ["Uganda"]}, "countries"),
        ({"code": "un_sr_hrd", "names": "x"}, "names"),
        ({"code": "un_sr_hrd", "active": "perhaps"}, "active"),
        ({"code": "un_sr_hrd", "checked": "yesterday"}, "checked"),
        ({"code": "un_sr_hrd", "languages": [3]}, "languages"),
    ],
)
def test_nonsense_is_left_out_and_told(correction: dict[str, Any], problem: str) -> None:
    result = corrected(ALL, [correction])
    assert [problem in str(says) for says in result.problems] == [True]
    assert set(result.mechanisms) == set(ALL)
    assert result.mechanisms["un_sr_hrd"].clocks == ALL["un_sr_hrd"].clocks


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=4), v, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["name", "names", "acronym", "body", "countries", "acts", "reply_days", "nudge_days",
     "confidential_days", "channel", "languages", "remedies", "contents", "active", "inactive",
     "checked", "note", "clock_state_reply", "clock_x", "deleted", "zzz"]
)  # fmt: skip


@given(st.lists(st.dictionaries(NAMES, VALUES), max_size=3), st.sampled_from(["un_sr_hrd", "x"]))
def test_no_correction_raises_and_all_rules_stay(
    corrections: list[dict[str, Any]], code: str
) -> None:
    result = corrected(ALL, [{"code": code, **fields} for fields in corrections])
    assert set(ALL) <= set(result.mechanisms)
    for m in result.mechanisms.values():
        assert m.name("en")
    check(result.mechanisms["un_sr_hrd"], case_file(), ON, result.mechanisms)


# -- references ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("UGA 3/2019", "UGA 3/2019"),
        ("uga 3 / 2019", "UGA 3/2019"),
        ("KAZ 2/2011", "KAZ 2/2011"),
        ("UA UGA 4/2024", "UA UGA 4/2024"),
        ("JAL COL 11/2023", "JAL COL 11/2023"),
    ],
)
def test_references_of_the_united_nations(text: str, written: str) -> None:
    found = reference.un(text)
    assert found and str(found) == written and reference.un(str(found)) == found


@pytest.mark.parametrize("text", ["", None, "UGA", "UGA 3/19", "UG 3/2019", "XX UGA 3/2019"])
def test_what_is_no_reference_of_the_united_nations(text: str | None) -> None:
    assert reference.un(text) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("UGA001 / 0920 / OBS 103", "UGA 001 / 0920 / OBS 103"),
        ("COD 001 / 0306 / OBS 024.1", "COD 001 / 0306 / OBS 024.1"),
        ("EGY005/1117/OBS114.1", "EGY 005 / 1117 / OBS 114.1"),
        ("BLR 002 / 0398 / OBS 012", "BLR 002 / 0398 / OBS 012"),
    ],
)
def test_codes_of_the_observatory(text: str, written: str) -> None:
    found = reference.observatory(text)
    assert found and str(found) == written and reference.observatory(str(found)) == found


def test_years_of_the_observatory() -> None:
    assert reference.observatory("BLR 002 / 0398 / OBS 012").year == 1998
    assert reference.observatory("COD 001 / 0306 / OBS 024.1").year == 2006
    for text in ("COD 001 / 1306 / OBS 024", "COD 001 / 0306", None):
        assert reference.observatory(text) is None


def test_every_published_code_is_read() -> None:
    path = resources.path("samples", "public_cases.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    cases = content["cases"] if isinstance(content, dict) else content
    codes = [d["reference"] for case in cases for d in case["documents"]
             if d["mechanism_id"] == "observatory_ua" and d["reference"]]  # fmt: skip
    assert len(codes) >= 10 and all(map(reference.observatory, codes))


def test_the_next_code() -> None:
    known = ["UGA 001 / 0926 / OBS 103", "UGA 002 / 1026 / OBS 110.2", "COD 004 / 1026 / OBS 111",
             "UGA 009 / 0125 / OBS 300", None, "no code"]  # fmt: skip
    found = reference.next_observatory("UGA", date(2026, 11, 3), known)
    assert str(found) == "UGA 003 / 1126 / OBS 112"
    assert str(reference.next_observatory("KGZ", date(2027, 1, 1))) == "KGZ 001 / 0127 / OBS 001"
    assert reference.next_observatory("", date(2027, 1, 1)) is None
    first = reference.observatory("UGA 002 / 1026 / OBS 110")
    assert first
    assert str(first.next_update(known)) == "UGA 002 / 1026 / OBS 110.3"
    assert str(first.next_update()) == "UGA 002 / 1026 / OBS 110.1"


@given(st.from_regex(r"[A-Z]{3}", fullmatch=True), st.integers(1, 999), st.integers(1, 12),
       st.integers(1997, 2096), st.integers(1, 999), st.integers(0, 99))  # fmt: skip
def test_codes_survive_writing_and_reading(
    country: str, serial: int, month: int, year: int, obs: int, update: int
) -> None:
    code = reference.ObservatoryCode(country, serial, month, year, obs, update)
    assert reference.observatory(str(code)) == code
