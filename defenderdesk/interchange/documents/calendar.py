"""Days as an iCalendar file (RFC 5545), for the calendar program of whoever asks.

A calendar on a telephone is not the vault: no names, no titles, no ids, nothing that is marked as
not to be shared, and on demand not even what it is about. An entry has one UID for good (a hash of
the record and of what it is), so that a day that moved moves there too, and one that is over is
cancelled. To say so, the vault remembers what it gave out (`calendar_given`), and nothing else of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from defenderdesk import files, i18n
from defenderdesk.domain.agenda import APPOINTMENTS, WHY
from defenderdesk.domain.deadlines import LEAD
from defenderdesk.interchange.documents.calendar_marks import Shareable
from defenderdesk.vault import Vault
from defenderdesk.vault.types import Day, RecordKey

_GIVEN = "calendar_given"
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
"""The moment from which a SEQUENCE counts seconds: later content has a higher one on every laptop,
and it fits into 31 bits until 2088."""
_KEPT = timedelta(days=366)
"""The time after its day for which it is remembered that an entry was given."""


_TOOK_PLACE = ("held", "under_way", "done")
"""Statuses of something that took place on its day."""


@dataclass(frozen=True)
class Given:
    """An entry as it was given last. `record`, `desk`: of which record; `what`: why; `nth`: which of
    several days for the same reason; `digest`: of what was written; `modified`: ISO, UTC."""

    record: str
    desk: str
    what: str
    nth: int
    sequence: int
    digest: str
    modified: str
    day: str
    latest: str
    cancelled: bool = False


def write(
    vault: Vault, days: Sequence[Day], out: Path, first: date, now: datetime, *, discreet: bool = False
) -> int:
    """Writes a file with these days, and with what became since of those given before: moved, or
    cancelled. `first`: the day from which on cancelled ones are still told. The number of entries.
    Raises `UsageError` for a place inside the vault's folder, `StorageError`."""
    before = _remembered(vault)
    entries = list(_entries(vault, days, before, first, discreet))
    kept = {uid: one for uid, one in before.items() if date.fromisoformat(one.latest) > first - _KEPT}
    kept |= {entry.uid: entry.given for entry in entries}
    with files.whole(files.outside(vault.profile, out)) as target:
        target.write(_file(entries, now, discreet))
        vault.settings.put(
            _GIVEN, {uid: list(msgspec.to_builtins(one).values()) for uid, one in kept.items()}
        )
    return len(entries)


def uid_of(day: Day, nth: int = 0) -> str:
    """The UID of an entry: the same on every laptop and for good, whatever day it is moved to."""
    return _uid(_desk(day), str(day.record.id), day.what, nth)


def _uid(desk: str, record: str, what: str, nth: int) -> str:
    named = "\0".join(("defenderdesk calendar 1", desk, record, what, str(nth)))
    return hashlib.sha256(named.encode()).hexdigest()[:40]


def _desk(day: Day) -> str:
    record = day.record.id
    return record.desk if isinstance(record, RecordKey) else day.record.desk


# -- which entries --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    uid: str
    given: Given
    day: Day | None


def _remembered(vault: Vault) -> dict[str, Given]:
    kept: dict[str, list[Any]] = vault.settings.get(_GIVEN)
    found = {}
    for uid, values in kept.items():
        names = Given.__dataclass_fields__
        found[uid] = Given(**dict(zip(names, values, strict=False)))
    return found


def _entries(
    vault: Vault, days: Iterable[Day], before: dict[str, Given], first: date, discreet: bool
) -> Iterator[_Entry]:
    asked = {(day.record.id, day.what, day.day) for day in days}
    records = dict.fromkeys(day.record.id for day in days)
    records |= dict.fromkeys(RecordKey(one.record, one.desk) for one in before.values())
    standing: dict[str, tuple[Day, int]] = {}
    wanted: set[str] = set()
    counted: dict[tuple[str, str, str], int] = {}
    share = Shareable(vault)
    for day in vault.views.days_of_records(list(records)):
        place = (_desk(day), str(day.record.id), day.what)
        nth = counted.get(place, 0)
        counted[place] = nth + 1
        shown = share.of(day)
        if shown is not None:
            uid = _uid(*place, nth)
            standing[uid] = (shown, nth)
            if (day.record.id, day.what, day.day) in asked:
                wanted.add(uid)
    changed = vault.views.changed_with(list(records))
    for uid, (day, nth) in standing.items():
        old = before.get(uid)
        made = Given(
            str(day.record.id), _desk(day), day.what, nth, 0, _digest(day, discreet), "", day.day, day.latest
        )
        if uid in wanted or (old and (old.digest != made.digest or old.cancelled)):
            yield _Entry(uid, _numbered(made, old, changed.get(day.record.id)), day)
    took_place = {
        placed.record.id
        for placed in vault.views.placed([r for r in records if isinstance(r, RecordKey)])
        if placed.record.text("status") in _TOOK_PLACE
    }
    for uid, old in before.items():
        # What has gone by, or took place, is not called off afterwards: it stays where it stands.
        held = old.what in APPOINTMENTS and RecordKey(old.record, old.desk) in took_place
        if uid not in standing and not held and date.fromisoformat(old.latest) >= first:
            gone = replace(old, cancelled=True, digest="")
            moment = changed.get(RecordKey(old.record, old.desk))
            yield _Entry(uid, old if old.cancelled else _numbered(gone, old, moment), None)


def _numbered(made: Given, old: Given | None, changed: datetime | None) -> Given:
    """With the SEQUENCE that says that it is newer than what was given before, if it is."""
    if old is not None and old.digest == made.digest and old.cancelled == made.cancelled:
        return replace(made, sequence=old.sequence, modified=old.modified)
    moment = changed or datetime.now(UTC)
    number = max(0, int((moment - _SINCE).total_seconds()))
    if old is not None:
        number = max(number, old.sequence + 1)
    return replace(made, sequence=number, modified=moment.astimezone(UTC).isoformat(timespec="seconds"))


def _digest(day: Day, discreet: bool) -> str:
    said = (day.day, day.latest, str(day.moment), day.time, *_words(day, discreet))
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]


# -- the file -------------------------------------------------------------------------------------


def _words(day: Day, discreet: bool) -> tuple[str, str]:
    """(summary, description) of an entry."""
    if discreet:
        return i18n.text("Appointment"), ""
    summary = " · ".join(filter(None, (i18n.translate(WHY[day.what]), i18n.country(day.country))))
    lines = []
    if day.time and day.zone:
        lines.append(i18n.text("{time} at the place ({zone})", time=day.time, zone=day.zone))
    elif day.time:
        lines.append(i18n.text("{time} at the place; its time zone is not known", time=day.time))
    if day.holiday:
        lines.append(i18n.text("public holiday there: {name}", name=day.holiday))
    if not day.certain:
        first, last = (i18n.date(date.fromisoformat(one)) for one in (day.day, day.latest))
        lines.append(i18n.text("The day is not certain: {first} to {last}", first=first, last=last))
    return summary, "\n".join(lines)


def _file(entries: Iterable[_Entry], now: datetime, discreet: bool) -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    # A name of this program in the file would say whose calendar it is.
    calendar.add("prodid", "-//Calendar//EN")
    calendar.add("version", "2.0")
    for entry in entries:
        calendar.add_component(_event(entry, now, discreet))
    made: bytes = calendar.to_ical()
    return made


def _event(entry: _Entry, now: datetime, discreet: bool) -> Any:
    from icalendar import Event

    event, day, given = Event(), entry.day, entry.given
    event.add("uid", entry.uid)
    event.add("dtstamp", now)
    event.add("last-modified", datetime.fromisoformat(given.modified))
    event.add("sequence", given.sequence)
    if day is not None and day.moment is not None:
        event.add("dtstart", day.moment)
    else:
        event.add("dtstart", date.fromisoformat(given.day))
        event.add("dtend", date.fromisoformat(given.latest) + timedelta(days=1))
    event.add("class", "CONFIDENTIAL")
    if day is None:
        word = i18n.text("Appointment") if discreet else i18n.translate(WHY[given.what])
        event.add("summary", word)
        event.add("status", "CANCELLED")
        event.add("transp", "TRANSPARENT")
        return event
    summary, description = _words(day, discreet)
    event.add("summary", summary)
    if description:
        event.add("description", description)
    event.add("status", "CONFIRMED" if day.certain else "TENTATIVE")
    event.add("transp", "OPAQUE" if day.certain else "TRANSPARENT")
    for before in LEAD:
        event.add_component(_alarm(before, summary))
    return event


def _alarm(before: int, words: str) -> Any:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(days=-before))
    alarm.add("description", words)
    return alarm
