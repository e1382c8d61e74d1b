"""A court's half past nine: in its own zone, and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from defenderdesk.domain import workdays
from defenderdesk.domain.local_time import clock_time, country_of, local


@pytest.mark.parametrize(
    ("country", "zone", "day", "utc"),
    [
        ("SD", "", "2026-12-10", (2026, 12, 10, 7, 30)),
        ("SD", "", "2017-07-01", (2017, 7, 1, 6, 30)),  # it was an hour ahead until that autumn
        ("IN", "", "2026-12-10", (2026, 12, 10, 4, 0)),
        ("NP", "", "2026-12-10", (2026, 12, 10, 3, 45)),
        ("DE", "", "2026-07-10", (2026, 7, 10, 7, 30)),  # two zones whose clocks agree
        ("sd", "Europe/Madrid", "2026-12-10", (2026, 12, 10, 8, 30)),
        ("RU", "Asia/Yekaterinburg", "2026-12-10", (2026, 12, 10, 4, 30)),
    ],
)
def test_a_time_at_the_place_is_a_moment(
    country: str, zone: str, day: str, utc: tuple[int, int, int, int, int]
) -> None:
    at = local({"time": "09:30", "time_zone": zone}, country, day)
    assert at is not None and at.moment == datetime(*utc, tzinfo=UTC) and at.time == "09:30" and at.zone


@pytest.mark.parametrize(
    ("country", "zone"), [("US", ""), ("RU", ""), ("", ""), ("SD", "Khartoum"), ("XX", ""), ("SD", "../x")]
)
def test_a_time_without_a_zone_that_can_be_told_is_no_moment(country: str, zone: str) -> None:
    at = local({"time": "9:30", "time_zone": zone}, country, "2026-12-10")
    assert at is not None and (at.time, at.zone, at.moment) == ("09:30", "", None)


@pytest.mark.parametrize("time", ["", "25:00", "12:60", "9", "noon", "-1:00", "١٤:٣٠", "09:30:00"])
def test_what_is_no_time_has_none(time: str) -> None:
    assert clock_time(time) is None
    assert local({"time": time}, "SD", "2026-12-10") is None


def test_the_ends_of_the_calendar_hold() -> None:
    for day, zone in (("0001-01-01", "Asia/Tokyo"), ("9999-12-31", "America/Bogota")):
        at = local({"time": "00:30" if day[0] == "0" else "23:30", "time_zone": zone}, "", day)
        assert at is not None and at.moment is None


def test_the_country_of_a_court_is_that_of_its_zone() -> None:
    assert country_of({"time_zone": "Europe/Madrid"}, "GQ") == "ES"
    assert country_of({"time_zone": "Asia/Calcutta"}, "") == "IN"
    assert country_of({}, "sd") == "SD"
    assert country_of({"time_zone": "UTC"}, "SD") == "SD"


def test_a_public_holiday_has_a_name_in_the_language_where_there_is_one() -> None:
    assert workdays.holiday("SD", date(2026, 12, 25)) == "Christmas Day"
    assert workdays.holiday("EG", date(2026, 1, 7), "fr") != workdays.holiday("EG", date(2026, 1, 7), "en")
    assert workdays.holiday("UG", date(2026, 1, 26), "fr") == "NRM Liberation Day"
    for country in ("SD", "XX", "", "Sudan"):
        assert workdays.holiday(country, date(2026, 12, 10)) == ""
