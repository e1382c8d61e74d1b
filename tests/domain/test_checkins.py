"""Check-ins: late, missed, released, and how a false alarm or a wrong clock is dealt with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.domain import checkins
from defenderdesk.domain.checkins import Agreement, Phase, standing

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return START + hours * HOUR


DAILY = Agreement(24, 6, 12, START)


@pytest.mark.parametrize(
    ("hours", "phase"),
    [
        (-1, Phase.AHEAD),
        (0, Phase.FINE),
        (23.9, Phase.FINE),
        (24, Phase.LATE),
        (29.9, Phase.LATE),
        (30, Phase.MISSED),
        (41.9, Phase.MISSED),
        (42, Phase.RELEASE),
        (4200, Phase.RELEASE),
    ],
)
def test_what_follows_when_nobody_is_heard_from(hours: float, phase: Phase) -> None:
    assert standing(DAILY, [], [], at(hours)).phase is phase


def test_nothing_is_released_by_itself_where_that_was_not_agreed() -> None:
    only_warn = Agreement(24, 6, None, START)
    found = standing(only_warn, [], [], at(4200))
    assert found.phase is Phase.MISSED and found.release is None


def test_a_check_in_counts_from_when_it_was() -> None:
    found = standing(DAILY, [at(20)], [], at(43))
    assert found.phase is Phase.FINE and found.due == at(44) and found.last == at(20)


def test_a_trip_ends_with_a_last_check_in() -> None:
    trip = Agreement(24, 6, 12, START, at(60))
    assert standing(trip, [at(40)], [], at(59)).phase is Phase.FINE
    assert standing(trip, [at(40)], [], at(59)).due == at(60)
    assert standing(trip, [at(40)], [], at(67)).phase is Phase.MISSED
    assert standing(trip, [at(40), at(61)], [], at(6000)).phase is Phase.OVER
    assert standing(trip, [at(55)], [], at(6000)).phase is Phase.OVER
    assert standing(trip, [at(53)], [], at(6000)).phase is Phase.RELEASE


def test_somebody_can_ask_to_wait_but_not_for_ever() -> None:
    assert standing(DAILY, [], [(at(31), at(50))], at(45)).phase is Phase.WAITING
    assert standing(DAILY, [], [(at(31), at(50))], at(50)).phase is Phase.RELEASE
    ever = [(at(31), at(31) + checkins.MOST_WAIT + HOUR)]
    assert standing(DAILY, [], ever, at(45)).phase is Phase.RELEASE
    # what was asked before a later check-in is over with it
    assert standing(DAILY, [at(32)], [(at(31), at(150))], at(63)).phase is Phase.MISSED


def test_a_wrong_clock_keeps_no_warning_back() -> None:
    """A check-in from years ahead is not believed; one from years ago changes nothing."""
    for wrong in (at(24 * 365 * 5), at(-24 * 365 * 5)):
        assert standing(DAILY, [wrong], [], at(43)).phase is Phase.RELEASE
        assert standing(DAILY, [], [(wrong, wrong + 5 * HOUR)], at(43)).phase is Phase.RELEASE


HOURS = st.integers(-100, 3000)
AGREEMENTS = st.builds(
    Agreement,
    st.integers(1, 200),
    st.integers(0, 100),
    st.none() | st.integers(1, 100),
    st.just(START),
    st.none() | st.integers(1, 3000).map(at),
)


@given(AGREEMENTS, st.lists(HOURS.map(at), max_size=6), HOURS)
def test_hearing_from_them_never_makes_it_worse(
    agreement: Agreement, heard: list[datetime], hours: int
) -> None:
    """One more check-in, made now, always ends an alarm; and what is said hangs together."""
    now = at(hours)
    found = standing(agreement, heard, [], now)
    assert found.due <= found.missed
    assert found.release is None or found.release > found.missed
    assert (found.phase is Phase.RELEASE) <= (agreement.wait is not None)
    after = standing(agreement, [*heard, now], [], now)
    assert after.phase in (Phase.FINE, Phase.OVER, Phase.AHEAD)
    shuffled = standing(agreement, sorted(heard, reverse=True), [], now)
    assert shuffled == found


@given(AGREEMENTS)
def test_an_agreement_comes_back_from_its_record(agreement: Agreement) -> None:
    assert Agreement.of(agreement.value()) == agreement


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        {},
        {"start": "x"},
        {"start": "2026-01-01T00:00:00"},
        {**DAILY.value(), "every": 0},
        {**DAILY.value(), "every": True},
        {**DAILY.value(), "wait": 0},
        {**DAILY.value(), "wait": "1"},
        {**DAILY.value(), "grace": -1},
        {**DAILY.value(), "until": "2025-01-01T00:00:00+00:00"},
        {**DAILY.value(), "until": 7},
        {**DAILY.value(), "start": "9999-12-31T23:59:59+00:00"},
    ],
)
def test_what_is_no_agreement_is_none(value: object) -> None:
    assert Agreement.of(value) is None


def test_a_clock_that_is_behind_does_not_disbelieve_what_was_said_since() -> None:
    """This laptop's clock is a year behind: by it the check-in of an hour ago is far ahead."""
    behind, right = at(-365 * 24), at(43)
    heard = [at(42)]
    assert standing(DAILY, heard, [], behind, right).release == at(42 + 24 + 6 + 12)
    alone = standing(DAILY, heard, [], behind)
    assert (alone.phase, alone.release) == (Phase.MISSED, None)


def test_a_beginning_far_ahead_is_a_wrong_clocks_and_keeps_no_warning_back() -> None:
    ahead = Agreement(24, 6, 12, at(20 * 365 * 24))
    found = standing(ahead, [], [], at(0))
    assert (found.phase, found.release) == (Phase.MISSED, None), "a warning, and no more"
    assert standing(ahead, [], [(at(0), at(5))], at(1)).phase is Phase.WAITING
    for hours, phase in (
        (1, Phase.FINE),
        (25, Phase.LATE),
        (31, Phase.MISSED),
        (43, Phase.RELEASE),
    ):
        assert standing(ahead, [at(0)], [], at(hours)).phase is phase, "from the first one on"
    # where only this clock is behind, and the other one knows better, it has not begun
    assert standing(ahead, [], [], at(0), ahead.start).phase is Phase.AHEAD
