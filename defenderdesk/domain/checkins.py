"""Agreed check-ins: when the next is due, when one was missed, and what follows when.

Somebody agreed to be heard from every so many hours. A check-in that does not come is first late
(there is a time of grace), then missed: the office is warned. Where it was agreed, the emergency
package is released some hours after that, unless somebody heard from them or asks to wait.

All times are aware datetimes in UTC. A time that claims to be far ahead is not believed: a wrong
clock may warn for nothing, but never keeps a warning back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from defenderdesk.domain.values import Value

MOST_HOURS = 24 * 60
MOST_WAIT = timedelta(days=7)
NOTHING = timedelta(0)
_EVER = datetime.min.replace(tzinfo=UTC)
AHEAD = timedelta(hours=12)
"""A time further ahead than this is taken for a wrong clock's."""


@dataclass(frozen=True)
class Agreement:
    """`every`, `grace`, `wait`: hours. `wait` is None where nothing is released by itself; else it
    is the time in which a false alarm can be stopped, at least one hour."""

    every: int
    grace: int
    wait: int | None
    start: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.every <= MOST_HOURS or not 0 <= self.grace <= MOST_HOURS:
            raise ValueError("hours")
        if self.wait is not None and not 1 <= self.wait <= MOST_HOURS:
            raise ValueError("hours")
        if self.until is not None and self.until <= self.start:
            raise ValueError("until")

    def value(self) -> dict[str, Value]:
        """As a record holds it."""
        return {
            "every": self.every,
            "grace": self.grace,
            "wait": self.wait,
            "start": written(self.start),
            "until": written(self.until) if self.until else None,
        }

    @classmethod
    def of(cls, value: object) -> Agreement | None:
        """From a record; None where nothing (readable) was agreed."""
        if not isinstance(value, Mapping):
            return None
        start, until = read(value.get("start")), read(value.get("until"))
        hours: list[Any] = [value.get(name) for name in ("every", "grace", "wait")]
        if start is None or (until is None and value.get("until") is not None):
            return None
        if type(hours[0]) is not int or type(hours[1]) is not int:
            return None
        if hours[2] is not None and type(hours[2]) is not int:
            return None
        try:
            return cls(hours[0], hours[1], hours[2], start, until)
        except ValueError:
            return None


class Phase(Enum):
    """The state of an agreement."""

    AHEAD = "ahead"
    """It has not begun."""
    FINE = "fine"
    """The next check-in is still ahead."""
    LATE = "late"
    """It is due; the time of grace runs."""
    MISSED = "missed"
    """It did not come: the office is warned."""
    WAITING = "waiting"
    """It did not come, and somebody asked to wait."""
    RELEASE = "release"
    """It is to be released now."""
    OVER = "over"
    """The agreed time has ended well."""


@dataclass(frozen=True)
class Standing:
    """`last`: when they were heard from, None where never since it began. `due`: the next
    check-in; `missed`: when its grace ends; `release`: when it is released, None where nobody
    agreed to that."""

    phase: Phase
    last: datetime | None
    due: datetime
    missed: datetime
    release: datetime | None


def standing(
    agreement: Agreement,
    heard: Iterable[datetime],
    waits: Iterable[tuple[datetime, datetime]],
    now: datetime,
    believed_until: datetime | None = None,
) -> Standing:
    """The state at `now`. `waits`: (asked at, wait until). `believed_until`: another clock's
    time, where this one may be behind: what was said before it is believed as well. Where the
    beginning lies far ahead, whoever prepared it had a wrong clock: that warns at once, releases
    nothing, and counts from the first check-in on."""
    latest = max(now, believed_until or now) + AHEAD
    far = agreement.start > latest
    start = _EVER if far else agreement.start
    believed = [t for t in heard if start <= t <= latest]
    last = max(believed, default=None)
    since = last or start
    due = since + timedelta(hours=agreement.every)
    over = False
    if agreement.until is not None:
        grace = timedelta(hours=agreement.grace)
        over = last is not None and last >= agreement.until - min(
            grace, (agreement.until - agreement.start) / 2
        )
        due = min(due, agreement.until) if since < agreement.until else due
    missed = due + timedelta(hours=agreement.grace)
    unknown = far and last is None
    if unknown:
        due = missed = now
    until = max(
        (end for asked, end in waits if since <= asked <= latest and end <= asked + MOST_WAIT),
        default=None,
    )
    release = None
    if agreement.wait is not None and not unknown:
        release = missed + timedelta(hours=agreement.wait)
        release = max(release, until) if until else release
    if over:
        phase = Phase.OVER
    elif now < start:
        phase = Phase.AHEAD
    elif now < due:
        phase = Phase.FINE
    elif now < missed:
        phase = Phase.LATE
    elif until and now < until:
        phase = Phase.WAITING
    elif release and now >= release:
        phase = Phase.RELEASE
    else:
        phase = Phase.MISSED
    return Standing(phase, last, due, missed, release)


def written(time: datetime) -> str:
    """A time as a record holds it: UTC, to the second."""
    return time.astimezone(UTC).replace(microsecond=0).isoformat()


def read(value: object) -> datetime | None:
    """A time of a record; None where it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    if time.tzinfo is None or not 2000 < time.year < 9000:
        return None
    return time.astimezone(UTC)
