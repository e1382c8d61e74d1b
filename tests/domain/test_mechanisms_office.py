"""What an office corrects or adds to the rules of mechanisms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.domain import mechanisms
from defenderdesk.domain.mechanisms import check, corrected, coverage, suggest
from tests.domain.cases import case_file

ALL = mechanisms.load()
ON = date(2026, 4, 1)


def test_a_correction_leaves_the_shipped_rule_at_hand() -> None:
    result = corrected(
        ALL,
        [
            {
                "code": "un_sr_hrd",
                "reply_days": 45,
                "channel": "new@example.org",
                "note": "By telephone, May 2026",
                "checked": "2026-05",
            }
        ],
    )
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
    result = corrected(
        ALL,
        [
            {"code": "oas_iachr_pm", "clock_report": 20},
            {"code": "oas_iachr_pm", "clock_report": 10, "inactive": True},
        ],
    )
    m = result.mechanisms["oas_iachr_pm"]
    assert m.clock("report").count == 10 and not m.active
    assert m.shipped is ALL["oas_iachr_pm"]
    case = case_file("CO")
    assert "inactive" in {f.code for f in check(m, case, ON, result.mechanisms)}
    assert "oas_iachr_pm" not in {s.mechanism.id for s in suggest(case, ON, result.mechanisms)}


def test_a_term_where_the_shipped_rule_has_none() -> None:
    m = corrected(
        ALL, [{"code": "coe_commissioner", "reply_days": 30, "nudge_days": 10, "confidential_days": 0}]
    ).mechanisms["coe_commissioner"]
    assert [(c.kind, c.count, c.after) for c in m.clocks] == [
        ("state_reply_due", 30, "sent"),
        ("nudge", 10, "sent"),
        ("public_on", 0, "letter"),
    ]
    assert m.publication_days == 0


def test_a_mechanism_of_the_offices_own() -> None:
    own = {
        "code": "nat_protection",
        "names": {"fr": "Mécanisme national", "en": "National"},
        "countries": ["co"],
        "acts": ["death_threats"],
        "reply_days": 15,
        "languages": ["es"],
        "remedies": False,
        "contents": ["Who", "What happened"],
        "acronym": "MN",
    }
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
    [
        "name",
        "names",
        "acronym",
        "body",
        "countries",
        "acts",
        "reply_days",
        "nudge_days",
        "confidential_days",
        "channel",
        "languages",
        "remedies",
        "contents",
        "active",
        "inactive",
        "checked",
        "note",
        "clock_state_reply",
        "clock_x",
        "deleted",
        "zzz",
    ]
)


@given(st.lists(st.dictionaries(NAMES, VALUES), max_size=3), st.sampled_from(["un_sr_hrd", "x"]))
def test_no_correction_raises_and_all_rules_stay(corrections: list[dict[str, Any]], code: str) -> None:
    result = corrected(ALL, [{"code": code, **fields} for fields in corrections])
    assert set(ALL) <= set(result.mechanisms)
    for m in result.mechanisms.values():
        assert m.name("en")
    check(result.mechanisms["un_sr_hrd"], case_file(), ON, result.mechanisms)
