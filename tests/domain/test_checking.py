"""Times, ranges and orders: what cannot be so is told, and what may be so is let be."""

from __future__ import annotations

import pytest

from defenderdesk.domain import checking
from defenderdesk.domain.kinds import KINDS, Type
from defenderdesk.domain.local_time import read_time


def wrong(kind: str, **fields: object) -> list[str]:
    return [flaw.field for flaw in checking.flaws(kind, fields)]


@pytest.mark.parametrize(
    ("kind", "field", "bad", "good"),
    [
        ("hearing", "time", ["25:00", "12:60", "noon", "9", 930], ["09:30", "9:30", "23:59", ""]),
        ("hearing", "time_zone", ["Khartoum", "+02:00"], ["Africa/Khartoum", "Europe/Madrid", None]),
        ("hearing", "date", ["2026-13", "soon"], ["2026", "~2026-05", "2026-05-31"]),
        ("rule", "window_days", [0, -1, 6, 367, True, "30"], [7, 30, 366]),
        ("rule", "least", [1, 0], [2]),
        ("policy", "silence_days", [0, 3651], [1, 3650]),
        ("mechanism", "reply_days", [0], [60]),
        ("measure", "cost", [-5], [0, 10**12]),
    ],
)
def test_a_value_that_cannot_be_one_has_a_flaw(kind: str, field: str, bad: list, good: list) -> None:
    for value in bad:
        assert wrong(kind, **{field: value}) == [field], value
    for value in good:
        assert wrong(kind, **{field: value}) == [], value


def test_dates_in_an_order_that_cannot_be_have_a_flaw() -> None:
    assert wrong("submission", sent="2026-03-01", replied="2026-02-01") == ["replied"]
    assert wrong("submission", sent="2026-03-01", replied="2026-03-01") == []
    assert wrong("visit", date="2026-03-10", date_end="2026-03-01") == ["date_end"]
    [flaw] = checking.disorder("person", {"born": "1980", "died": "1979"})
    assert flaw.against == "born" and "1980" in str(flaw.says)


@pytest.mark.parametrize(
    ("sent", "replied"),
    [
        ("2026-03-15", "2026-03"),
        ("2026", "2026-01-02"),
        ("~2026-03-01", "2026-02-27"),
        ("<2026-03-01", "2020-01-01"),
        ("2026-03-01", ">2020"),
        ("nonsense", "2026-01-01"),
        ("", "2026-01-01"),
    ],
)
def test_an_uncertain_date_is_given_what_it_can_mean(sent: str, replied: str) -> None:
    assert list(checking.disorder("submission", {"sent": sent, "replied": replied})) == []


def test_orders_name_dates_that_there_are() -> None:
    for kind, pairs in checking.ORDERS.items():
        for pair in pairs:
            for name in pair:
                field = KINDS[kind].field(name)
                assert field is not None and field.type is Type.DATE, (kind, name)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("9:30", "09:30"), ("14h05", "14:05"), ("9.30", "09:30"), ("9", "09:00"), ("١٤:٣٠", "14:30")],
)
def test_a_time_is_read_as_people_write_it(typed: str, stored: str) -> None:
    assert read_time(typed) == stored
    assert read_time("25:00") is read_time("12:75") is read_time("morning") is None
