"""Hybrid logical clock: 48 bits of milliseconds since 1970 (UTC), 16 bits of counter.

It decides which of several concurrent values is *shown*; it never decides which one is kept
(all are), nor whether work is accepted. So a wrong clock can mislead, but not block or destroy:
a time from far ahead is taken as its device wrote it, is marked as suspect, and does not pull
this device's own clock along; and a clock that was wrong and is set right again goes on at the
right time.

Source: Kulkarni et al., "Logical Physical Clocks" (2014); the bound on drift is its section 3.4.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MAX_DRIFT_MS = 24 * 3600 * 1000
"""The time that another device's clock may be ahead before it is called suspect."""
_MAX = 2**64 - 1


def tick(last: int, now_ms: int) -> int:
    """The stamp of a new change set: after `last` where that is a believable time."""
    now = max(0, now_ms) << 16
    if last >= now and (last >> 16) <= now_ms + MAX_DRIFT_MS:
        return min(last + 1, _MAX)
    return min(now, _MAX)


def observe(last: int, seen: int, now_ms: int) -> int:
    """This device's clock after it read a stamp `seen` of another device."""
    return last if is_suspect(seen, now_ms) else max(last, seen)


def is_suspect(stamp: int, now_ms: int) -> bool:
    """Tells whether a stamp lies more than a day ahead of `now_ms`."""
    return (stamp >> 16) > now_ms + MAX_DRIFT_MS


def moment(stamp: int) -> datetime:
    """The stamp as a time in UTC; one beyond the year 9999 shows as the last moment there is."""
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=stamp >> 16)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
