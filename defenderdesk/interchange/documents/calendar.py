"""Days as an iCalendar file, for the calendar program of whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from defenderdesk import i18n
from defenderdesk.domain import withheld
from defenderdesk.domain.deadlines import LEAD
from defenderdesk.domain.kinds import WHOLE
from defenderdesk.vault.types import Day


def icalendar(days: Iterable[Day], why: dict[str, str], now: datetime) -> bytes:
    """Days as an iCalendar file (RFC 5545), all-day entries: what and the country, no names, for
    a calendar on a telephone is not the vault, and nothing that is marked as not to be shared.
    `why`: the reasons in words."""
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//DefenderDesk//EN")
    calendar.add("version", "2.0")
    for day in days:
        marked = withheld.names({**day.record.fields, **day.record.sets})
        if (day.of and day.of.withheld) or marked & {WHOLE, "date", "due", "review"}:
            continue
        event = Event()
        event.add("uid", f"{day.record.id}-{day.what}-{day.day}@defenderdesk")
        event.add("dtstamp", now)
        event.add("dtstart", date.fromisoformat(day.day))
        event.add("dtend", date.fromisoformat(day.latest) + timedelta(days=1))
        country = i18n.country(day.of.country) if day.of and day.of.country else ""
        event.add("summary", " · ".join(filter(None, (why.get(day.what, day.what), country))))
        event.add("class", "CONFIDENTIAL")
        for before in LEAD:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", timedelta(days=-before))
            alarm.add("description", why.get(day.what, day.what))
            event.add_component(alarm)
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
