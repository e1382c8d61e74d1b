"""Deadlines: date-only, clamped, bracketed when uncertain, and the same on every laptop."""

from __future__ import annotations

import os
import time
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from defenderdesk.domain import deadlines, workdays
from defenderdesk.domain.deadlines import Clock, add, due, state_of
from defenderdesk.domain.values import span

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
COUNTS = st.integers(0, 400)
PLAIN = st.sampled_from(["days", "weeks", "months", "years", "hours"])
SEATS = st.sampled_from(["", *workdays.SEATS])


def clock(count: int = 60, unit: str = "days", who: str = "state", **more: str) -> Clock:
    return Clock("c", "Label", "sent", count, unit, "state_reply_due", who, **more)


CLOCKS = st.builds(
    clock,
    st.integers(0, 30),
    st.sampled_from(deadlines.UNITS),
    st.sampled_from(deadlines.WHO),
    roll=st.sampled_from(deadlines.ROLLS),
    seat=SEATS,
)


@st.composite
def uncertain(draw: st.DrawFn) -> str:
    day = draw(DAYS)
    mark = draw(st.sampled_from(["", "", "", "~", "<", ">"]))
    return mark + day.isoformat()[: draw(st.sampled_from([4, 7, 10]))]


@pytest.mark.parametrize(
    ("start", "count", "unit", "expected"),
    [
        (date(2023, 8, 31), 6, "months", date(2024, 2, 29)),
        (date(2022, 8, 31), 6, "months", date(2023, 2, 28)),
        (date(2024, 11, 30), 3, "months", date(2025, 2, 28)),
        (date(2024, 2, 29), 1, "years", date(2025, 2, 28)),
        (date(2024, 10, 8), 60, "days", date(2024, 12, 7)),
        (date(2026, 3, 28), 1, "weeks", date(2026, 4, 4)),
        (date(2026, 3, 31), -1, "months", date(2026, 2, 28)),
        (date(2026, 5, 1), 36, "hours", date(2026, 5, 2)),
        (date(2026, 5, 1), 12, "hours", date(2026, 5, 1)),
        (date(9999, 12, 1), 60, "days", date.max),
        (date(9999, 12, 1), 60, "months", date.max),
        (date(1, 1, 5), -60, "months", date.min),
    ],
)
def test_adding(start: date, count: int, unit: str, expected: date) -> None:
    assert add(start, count, unit) == expected


def test_hours_for_others_round_up() -> None:
    assert add(date(2026, 5, 1), 36, "hours", up=True) == date(2026, 5, 3)
    ours, theirs = (due(clock(36, "hours", who), "2026-05-01") for who in ("us", "state"))
    assert ours and theirs
    assert ours.on == date(2026, 5, 2) and theirs.on == date(2026, 5, 3)
    assert ours.rounded and theirs.rounded
    assert not due(clock(48, "hours"), "2026-05-01").rounded


def test_an_unknown_unit_is_an_error() -> None:
    with pytest.raises(ValueError):
        add(date(2026, 1, 1), 1, "fortnights")


@given(DAYS, DAYS, COUNTS, PLAIN)
def test_later_starts_never_end_earlier(a: date, b: date, count: int, unit: str) -> None:
    first, second = sorted((a, b))
    assert add(first, count, unit) <= add(second, count, unit)


@given(DAYS, COUNTS, COUNTS, PLAIN, st.booleans())
def test_more_never_ends_earlier(day: date, a: int, b: int, unit: str, up: bool) -> None:
    less, more = sorted((a, b))
    assert day <= add(day, less, unit, up=up) <= add(day, more, unit, up=up)


@given(DAYS, st.integers(0, 600))
def test_months_keep_the_day_or_take_the_last(day: date, count: int) -> None:
    end = add(day, count, "months")
    assert end.day == min(day.day, monthrange(end.year, end.month)[1])
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == count


@given(DAYS, COUNTS)
def test_days_and_weeks_are_undone_exactly(day: date, count: int) -> None:
    assert add(add(day, count, "days"), -count, "days") == day
    assert add(add(day, count, "weeks"), -count, "weeks") == day


@given(DAYS, st.integers(0, 600))
def test_months_are_undone_but_for_the_clamp(day: date, count: int) -> None:
    back = add(add(day, count, "months"), -count, "months")
    assert (back.year, back.month) == (day.year, day.month)
    assert back <= day and (day - back).days <= 3


@given(DAYS, st.integers(1, 40), st.sampled_from(list(workdays.SEATS)))
def test_rolled_deadlines_are_working_days(day: date, count: int, seat: str) -> None:
    for roll in ("next", "previous"):
        found = due(clock(count, "days", roll=roll, seat=seat), day.isoformat())
        assert found and workdays.is_working_day(found.on, seat)
        plain = add(day, count, "days")
        assert found.on >= plain if roll == "next" else found.on <= plain
    worked = due(clock(count, "working_days", seat=seat), day.isoformat())
    assert worked and workdays.is_working_day(worked.on, seat)


def test_unknown_holidays_are_told() -> None:
    assert due(clock(seat="CH-GE", roll="next"), "2026-01-01").holidays_known
    assert not due(clock(seat="", roll="next"), "2026-01-01").holidays_known
    assert due(clock(seat="", roll="none"), "2026-01-01").holidays_known


@given(CLOCKS, uncertain(), st.data())
def test_an_uncertain_start_brackets_every_certain_one(rule: Clock, start: str, data: st.DataObject) -> None:
    whole = due(rule, start)
    bounds = span(start)
    assert whole and bounds
    low, high = bounds[0] or date(1980, 1, 1), bounds[1] or date(2100, 1, 1)
    assume(low <= high)
    day = data.draw(st.dates(low, high))
    inside = due(rule, day.isoformat())
    assert inside and inside.certain
    assert whole.earliest is None or whole.earliest <= inside.on
    assert whole.latest is None or inside.on <= whole.latest
    assert (whole.earliest is None) == (bounds[0] is None)
    assert (whole.latest is None) == (bounds[1] is None)


@given(CLOCKS, uncertain())
def test_the_careful_day_is_early_for_us_and_late_for_others(rule: Clock, start: str) -> None:
    found = due(rule, start)
    assert found
    both = [day for day in (found.earliest, found.latest) if day]
    assert found.on == (min(both) if rule.who == "us" else max(both))


def test_nothing_to_count_from() -> None:
    assert due(clock(), "") is None
    assert due(clock(), "soon") is None
    assert due(clock(), "2023-02-30") is None


def test_a_date_that_was_set_takes_the_place_of_the_rule() -> None:
    found = due(clock(), "2026-01-01", "2026-02-14")
    assert found and found.on == date(2026, 2, 14) and found.certain
    found = due(clock(roll="next", seat="CH-GE"), "", "2026-02")
    assert found and (found.earliest, found.latest) == (date(2026, 2, 1), date(2026, 2, 28))
    found = due(clock(), "2026-01-01", "nonsense")
    assert found and found.on == date(2026, 3, 2)


@given(CLOCKS, uncertain(), DAYS)
def test_states_follow_one_another(rule: Clock, start: str, today: date) -> None:
    found = due(rule, start)
    assert found
    order = ["later", "soon", "due", "overdue"]
    now, tomorrow = state_of(found, today), state_of(found, today + timedelta(days=1))
    assert order.index(now) <= order.index(tomorrow)
    assert state_of(found, today, done=True) == "done"
    if found.certain:
        assert (now == "due") == (today == found.on)
        assert (now == "overdue") == (today > found.on)


def test_states() -> None:
    found = due(clock(), "2026-01-01")  # 2 March
    assert found
    for day, state in [
        (date(2026, 2, 15), "later"),
        (date(2026, 2, 16), "soon"),
        (date(2026, 3, 1), "soon"),
        (date(2026, 3, 2), "due"),
        (date(2026, 3, 3), "overdue"),
    ]:
        assert state_of(found, day) == state
    month = due(clock(), "2026-01")
    assert month
    assert state_of(month, date(2026, 3, 20)) == "due"  # perhaps over, perhaps not
    assert state_of(month, date(2026, 4, 2)) == "overdue"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of the process is fixed there")
@given(CLOCKS, uncertain())
def test_the_laptops_time_zone_does_not_matter(rule: Clock, start: str) -> None:
    before = os.environ.get("TZ")
    found = []
    try:
        for zone in ("Pacific/Kiritimati", "America/New_York", "Pacific/Pago_Pago"):
            os.environ["TZ"] = zone
            time.tzset()
            found.append(due(rule, start))
    finally:
        if before is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = before
        time.tzset()
    assert found[0] == found[1] == found[2]


def test_the_clock_itself_is_kept() -> None:
    rule = replace(clock(), verified="P", source="page")
    found = due(rule, "2026-01-01")
    assert found and found.clock is rule
