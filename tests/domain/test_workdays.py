"""Working days: holidays of the seat, weekends where nothing is known, the date over there."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.domain import workdays

SEATS = st.sampled_from(list(workdays.SEATS))
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("seat", "day"),
    [
        ("CH-GE", date(2026, 9, 10)),  # Geneva fast
        ("US-DC", date(2026, 4, 16)),  # Emancipation day
        ("FR", date(2026, 7, 14)),
        ("FR-67", date(2026, 4, 3)),  # Good Friday is free in Alsace only
        ("PL", date(2026, 11, 11)),
        ("BE", date(2026, 7, 21)),
        ("ID", date(2026, 8, 17)),
        ("GM", date(2026, 2, 18)),
        ("AT", date(2026, 10, 26)),
        ("CH-GE", date(2026, 5, 2)),  # a Saturday
    ],
)
def test_days_off(seat: str, day: date) -> None:
    assert not workdays.is_working_day(day, seat)
    assert workdays.known(seat, day.year)


def test_good_friday_is_a_working_day_in_paris() -> None:
    assert workdays.is_working_day(date(2026, 4, 3), "FR")


def test_an_unknown_seat_has_weekends_only_and_says_so() -> None:
    assert not workdays.known("", 2026)
    assert not workdays.known("nowhere", 2026)
    assert workdays.is_working_day(date(2026, 12, 25), "nowhere")
    assert not workdays.is_working_day(date(2026, 12, 26), "nowhere")


def test_a_year_outside_the_library_is_not_known() -> None:
    assert not workdays.known("GM", 1900)


@given(DAYS, SEATS, st.sampled_from(["next", "previous"]))
def test_rolled_days_are_working_days(day: date, seat: str, direction: str) -> None:
    rolled = workdays.roll(day, seat, direction)
    assert workdays.is_working_day(rolled, seat)
    assert rolled >= day if direction == "next" else rolled <= day
    assert abs(rolled - day) < timedelta(days=15)
    assert workdays.roll(rolled, seat, direction) == rolled
    assert workdays.roll(day, seat, "none") == day


@given(DAYS, st.integers(1, 60), SEATS)
def test_adding_is_undone_by_taking_away(day: date, count: int, seat: str) -> None:
    start = workdays.roll(day, seat, "next")
    end = workdays.add(start, count, seat)
    assert workdays.is_working_day(end, seat)
    assert workdays.add(end, -count, seat) == start
    between = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    assert sum(workdays.is_working_day(one, seat) for one in between) == count


def test_the_ends_of_the_calendar_hold() -> None:
    assert workdays.add(date.max, 5, "CH-GE") == date.max
    assert workdays.add(date.min, -5, "CH-GE") == date.min
    assert workdays.roll(date.max, "CH-GE", "next") == date.max


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)), SEATS)
def test_today_is_the_date_over_there(moment: datetime, seat: str) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(workdays.SEATS[seat].zone))
    assert workdays.today_at(seat, moment) == there.date()
    assert workdays.today_at(seat, there) == there.date()


def test_today_in_washington_and_jakarta() -> None:
    moment = datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert workdays.today_at("US-DC", moment) == date(2026, 2, 28)
    assert workdays.today_at("ID", datetime(2026, 3, 1, 20)) == date(2026, 3, 2)
    assert workdays.today_at("nowhere", moment) == date(2026, 3, 1)


def test_the_library_is_not_loaded_at_the_start() -> None:
    code = "import sys, defenderdesk.domain.mechanisms as m; m.load(); print('holidays' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
