"""Rules, their changes by an office, alerts and their answers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from defenderdesk.domain import vocabulary
from defenderdesk.domain.warning import (
    ALERT,
    MEASURES,
    NOTICE,
    SPLITS,
    TOO_FEW,
    FirstUse,
    Rule,
    Seen,
    Series,
    answered,
    evaluate,
    new_laws,
    ruled,
    shipped,
    window_of,
)
from defenderdesk.domain.warning.rule import CASES, HEARINGS, NEW_LAWS, Named
from tests.domain.histories import series

TODAY = date(2026, 6, 17)  # a Wednesday
LAST = window_of(Rule("r", "r"), TODAY)[1]
RULE = Rule("r", "r", by="country")


def seen(back: int, record: int, case: int | None = None) -> Seen:
    """Something so many days before the end of the window."""
    return Seen(LAST - back, record, record if case is None else case)


STEADY = [seen(33 + 12 * i, 1000 + i) for i in range(30)]
"""Two or three in each spell of a year."""
RISE = [*STEADY, *(seen(i % 28, i + 1) for i in range(18))]


# -- rules ----------------------------------------------------------------------------------------


def test_the_shipped_rules_are_of_the_vocabulary():
    codes = [rule.code for rule in shipped()]
    assert len(set(codes)) == len(codes) >= 10
    assert set(MEASURES) == set(vocabulary.terms("warning_measure"))
    assert set(SPLITS) == set(vocabulary.terms("warning_split"))
    assert {rule.measure for rule in shipped()} == set(MEASURES)
    for rule in shipped():
        assert all(vocabulary.current().get("act", code) for code in rule.acts), rule.code
        assert rule.spells >= 4 and rule.least >= 2


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule):
    said = [str(one) for one in rule.explain()]
    assert len(said) >= 4
    assert any(str(rule.window_days) in one for one in said)
    assert any(str(rule.least) in one for one in said)


def test_an_office_changes_a_rule_and_the_shipped_one_stays_at_hand():
    made = ruled(
        shipped(),
        [
            {
                "id": "a",
                "code": "killings",
                "name": "Killings and attacks on life",
                "least": 5,
                "false_alarms": "0,5",
                "countries": ["ug"],
            }
        ],
    )
    rule = made.rule("killings")
    assert not made.problems
    assert (rule.least, rule.false_alarms, rule.countries) == (5, 0.5, ("UG",))
    assert rule.shipped is shipped()[0] and rule.shipped.least == 3
    assert rule.acts == rule.shipped.acts
    assert {"least", "false_alarms", "countries"} <= rule.changed
    assert made.records == {"killings": ("a",)}


def test_a_rule_is_switched_off_and_then_says_nothing():
    made = ruled(shipped(), [{"id": "a", "code": "killings", "off": True}])
    rule = made.rule("killings")
    assert rule.off and len(made.rules) == len(shipped())
    assert evaluate(rule, [Series("UG", RISE)], TODAY) == []


def test_a_rule_of_the_offices_own():
    fields = {
        "id": "xyz",
        "name": "Visits by the tax office",
        "measures": "acts",
        "by": "act",
        "acts": ["admin_harassment"],
        "window_days": 14,
        "baseline_days": 140,
    }
    made = ruled(shipped(), [fields])
    own = made.rules[-1]
    assert not made.problems
    assert (own.code, own.name, own.spells, own.shipped) == (
        "own-xyz",
        "Visits by the tax office",
        10,
        None,
    )
    assert made.records["own-xyz"] == ("xyz",)


NONSENSE = [
    {"window_days": 0},
    {"window_days": True},
    {"window_days": "30"},
    {"baseline_days": 10**9},
    {"least": 1},
    {"least": -3},
    {"false_alarms": "often"},
    {"false_alarms": "0"},
    {"false_alarms": "-1"},
    {"false_alarms": "nan"},
    {"false_alarms": "inf"},
    {"false_alarms": "1e9"},
    {"measures": "sorrow"},
    {"by": "moon"},
    {"countries": ["Uganda"]},
    {"acts": "killing"},
    {"acts": [None]},
    {"off": "yes"},
    {"name": 7},
    {"window_days": 200, "baseline_days": 300},
    {"window_days": 366},
]


@pytest.mark.parametrize("fields", NONSENSE, ids=str)
def test_nonsense_is_reported_and_the_rule_stays(fields):
    made = ruled(shipped(), [{"id": "a", "code": "arrests", **fields}])
    assert made.problems
    rule, before = made.rule("arrests"), next(r for r in shipped() if r.code == "arrests")
    assert replace(rule, changed=frozenset(), shipped=None) == before


def test_what_cannot_be_apart_is_by_country():
    made = ruled(shipped(), [{"id": "a", "code": "hearings", "by": "perpetrator"}])
    assert made.problems and made.rule("hearings").by == "country"
    assert not ruled(shipped(), [{"id": "a", "code": "hearings", "by": "none"}]).problems


def test_an_own_rule_without_a_name_is_left_out():
    made = ruled(shipped(), [{"id": "a", "measures": "acts"}, {}])
    assert len(made.problems) == 2 and made.rules == shipped()


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.lists(st.text(max_size=3)),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
FIELDS = [
    "id",
    "code",
    "name",
    "measures",
    "acts",
    "countries",
    "profiles",
    "perpetrators",
    "by",
    "window_days",
    "baseline_days",
    "least",
    "false_alarms",
    "off",
    "note",
]


@settings(max_examples=25)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=4))
def test_no_record_of_an_office_breaks_the_rules(records):
    made = ruled(shipped(), records)
    for rule in made.rules:
        assert rule.spells >= 4
        evaluate(rule, [Series("UG", RISE)], TODAY)
        assert [str(one) for one in rule.explain()]


def test_the_order_of_records_is_nothing():
    records = [{"id": "b", "code": "killings", "least": 9}, {"id": "a", "code": "killings", "least": 4}]
    assert ruled(shipped(), records) == ruled(shipped(), records[::-1])
    assert ruled(shipped(), records).rule("killings").least == 9


# -- alerts ---------------------------------------------------------------------------------------


def test_a_rise_is_told_with_its_numbers_and_cases():
    [alert] = evaluate(RULE, [Series("UG", RISE)], TODAY)
    assert (alert.level, alert.value, alert.count, alert.before) == (ALERT, "UG", 18, 30)
    assert alert.spells == 12 and alert.expected == pytest.approx(30 / 12)
    assert alert.ratio == pytest.approx(18 * 12 / 30)
    assert alert.place == Named("country", "UG")
    assert len(alert.behind) == 18 and alert.more == 0
    assert [b.day for b in alert.behind] == sorted((b.day for b in alert.behind), reverse=True)
    assert sum(alert.weeks) == 48 and alert.by_chance <= RULE.false_alarms
    assert alert.last == "2026-06-21" and alert.first == "2026-05-23"
    said = " ".join(str(one) for one in alert.says)
    assert "18" in said and "recorded later" in said


def test_the_window_is_that_of_the_week_on_whatever_day_one_looks():
    monday = date(2026, 6, 15)
    looks = [evaluate(RULE, [Series("UG", RISE)], monday + timedelta(days=d)) for d in range(7)]
    assert all(look == looks[0] for look in looks)
    assert evaluate(RULE, [Series("UG", RISE)], monday + timedelta(days=7)) != looks[0]


def test_the_key_stays_for_a_spell_and_names_rule_and_series():
    keys = set()
    for week in range(3):
        day = TODAY + timedelta(days=7 * week)
        rise = [seen(i % 28 - 7 * week, i) for i in range(20)]
        keys |= {a.key for a in evaluate(RULE, [Series("UG", [*STEADY, *rise])], day)}
    assert 1 <= len(keys) <= 2
    assert {key.rpartition("|")[0] for key in keys} == {"r|UG"}


def test_shuffled_and_doubled_it_is_the_same():
    pairs = [Series("UG", RISE), Series("KE", STEADY), Series("CO", RISE[::2])]
    want = evaluate(RULE, pairs, TODAY)
    chance = random.Random(3)
    for _ in range(5):
        mixed = [Series(s.value, chance.sample(s.seen, len(s.seen))) for s in pairs * 2]
        chance.shuffle(mixed)
        assert evaluate(RULE, mixed, TODAY) == want


def test_a_case_counts_once_where_cases_are_counted():
    rule = replace(RULE, measure=CASES)
    many_in_one = [*STEADY, *(seen(i, i + 1, case=7) for i in range(20))]
    assert evaluate(RULE, [Series("UG", many_in_one)], TODAY)[0].level == ALERT
    assert not [a for a in evaluate(rule, [Series("UG", many_in_one)], TODAY) if a.level == ALERT]


def test_hearings_look_ahead_and_those_of_a_case_on_a_day_are_one():
    rule = Rule("h", "h", HEARINGS, window_days=21)
    first, last = window_of(rule, TODAY)
    assert (date.fromordinal(first), last - first) == (date(2026, 6, 15), 20)
    before = [Seen(first - 9 - 40 * i, i, i) for i in range(8)]
    ahead = [Seen(first + i, 100 + i, 50 + i) for i in range(14)]
    doubled = [Seen(first, 200 + i, 50) for i in range(5)]
    [alert] = evaluate(rule, [Series("TR", [*before, *ahead, *doubled])], TODAY)
    assert alert.level == ALERT and alert.count == 14


def test_nothing_before_is_said_as_such():
    found = evaluate(
        RULE, [Series("UG", [seen(i, i + 1) for i in range(25)])], TODAY, recorded=range(LAST - 400, LAST)
    )
    assert found[0].level == ALERT and found[0].ratio is None
    assert "none in the 360 days before" in str(found[0].headline)


def test_too_short_a_past_is_too_few_to_say_and_never_an_alert():
    young = [seen(i, i + 1) for i in range(29)] + [seen(35, 99), seen(70, 98)]
    [alert] = evaluate(RULE, [Series("UG", young)], TODAY)
    assert alert.level == TOO_FEW and alert.spells == 2
    assert "too little from before" in " ".join(str(one) for one in alert.says)


def test_one_old_case_in_a_new_vault_is_no_year_of_silence():
    young = [seen(i, i + 1) for i in range(29)] + [seen(350, 99)]
    assert {a.level for a in evaluate(RULE, [Series("UG", young)], TODAY)} == {TOO_FEW}


def test_small_numbers_say_so():
    [alert] = evaluate(replace(RULE, least=10), [Series("UG", RISE[:-9])], TODAY)
    assert (alert.level, alert.count) == (TOO_FEW, 9)
    assert "too few to say" in " ".join(str(one) for one in alert.says)


def test_what_lies_outside_the_days_is_nothing():
    outside = [
        *(Seen(LAST + 1 + i, 5000 + i, 1) for i in range(50)),
        *(Seen(LAST - 9000 - i, 6000 + i, 1) for i in range(50)),
    ]
    assert evaluate(RULE, [Series("UG", [*RISE, *outside])], TODAY, recorded=[]) == evaluate(
        RULE, [Series("UG", RISE)], TODAY, recorded=[]
    )


ANY_SEEN = st.builds(Seen, st.integers(LAST - 500, LAST + 40), st.integers(1, 60), st.integers(0, 30))


@settings(max_examples=30)
@given(
    st.lists(st.builds(Series, st.sampled_from(["", "UG", "KE"]), st.lists(ANY_SEEN, max_size=60))),
    st.sampled_from(MEASURES[:3]),
)
def test_whatever_is_seen_an_alert_holds_together(found, measure):
    rule = replace(RULE, measure=measure)
    for alert in evaluate(rule, found, TODAY):
        assert alert.level in (ALERT, NOTICE, TOO_FEW)
        assert alert.level == TOO_FEW or alert.count >= rule.least
        assert alert.lowest <= alert.expected <= alert.highest
        assert alert.usual[0] <= alert.usual[1]
        assert sum(b.count for b in alert.behind) >= 0
        assert all(str(one) for one in alert.says)


# -- laws -----------------------------------------------------------------------------------------

LAWS = Rule("laws", "laws", NEW_LAWS, window_days=90, baseline_days=730)


def use(subject: str, *days: int, older: bool = False, country: str = "EG") -> FirstUse:
    rows = [Seen(LAST - day, crc32(f"{subject} {day}".encode()), day + 1) for day in days]
    return FirstUse(country, subject, "", rows, older)


OLD = use("Penal Code 188", 120, 200, 300, 400, 500, 5)


def test_a_law_used_for_the_first_time_is_told():
    [alert] = new_laws(LAWS, [OLD, use("Cybercrime Act 25", 3, 9, 40)], TODAY)
    assert (alert.level, alert.subject, alert.count) == (ALERT, "Cybercrime Act 25", 3)
    assert "Cybercrime" in alert.key and len(alert.behind) == 3
    assert alert.first == date.fromordinal(LAST - 40).isoformat()


def test_fewer_uses_are_a_notice_and_an_older_charge_makes_it_old():
    assert [a.level for a in new_laws(LAWS, [OLD, use("New Act", 3)], TODAY)] == [NOTICE]
    assert new_laws(LAWS, [OLD, use("New Act", 3, 4, 5, older=True)], TODAY) == []


def test_where_the_device_hardly_knows_a_country_no_law_is_called_new():
    alerts = new_laws(LAWS, [OLD, use("New Act", 3, 4, 5, country="KE")], TODAY)
    assert [(a.level, a.value) for a in alerts] == [(TOO_FEW, "KE")]


# -- answers --------------------------------------------------------------------------------------


@pytest.fixture
def alert():
    return evaluate(RULE, [Series("UG", RISE)], TODAY)[0]


def test_an_answer_silences_this_alert(alert):
    answer = {"id": "a", "key": alert.key, "answer": "acted"}
    assert answered(alert, [answer], TODAY) is answer
    assert answered(alert, [{**answer, "key": "r|KE|2026-06-01"}, {}], TODAY) is None


def test_with_a_day_it_silences_the_series_until_then(alert):
    answer = {
        "id": "a",
        "key": f"{alert.stem}|2020-01-01",
        "answer": "later",
        "until": "2026-07-01",
    }
    assert answered(alert, [answer], TODAY) is answer
    assert answered(alert, [answer], date(2026, 7, 1)) is None
    assert answered(alert, [{**answer, "until": "soon"}], TODAY) is None


def test_the_answer_that_lasts_longest_is_told(alert):
    answers = [
        {"id": "a", "key": alert.key, "answer": "later", "until": "2026-06-20"},
        {"id": "b", "key": alert.key, "answer": "acted", "until": "2026-08-20"},
    ]
    assert answered(alert, answers, TODAY) == answers[1] == answered(alert, answers[::-1], TODAY)


def test_histories_are_series_of_cases_of_their_own():
    made = series("x", [0, 0, 5])
    assert len({row.case for row in made.seen}) == 3
