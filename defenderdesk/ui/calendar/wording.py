"""A day of the calendar in words: why it stands there, when, and of which case."""

from __future__ import annotations

from datetime import date

from defenderdesk import i18n
from defenderdesk.domain.agenda import OWED_BY_NOBODY, WHY
from defenderdesk.i18n import plural, text
from defenderdesk.ui.records import formatting
from defenderdesk.vault.types import Day, Mark


def why(what: str) -> str:
    """The reason why a day stands in the calendar (`domain.agenda.WHAT`)."""
    return i18n.translate(WHY[what]) if what in WHY else what


def urgency(day: Day | Mark, today: date) -> str:
    """overdue, today, soon (a week), or later."""
    now = today.isoformat()
    if day.latest < now:
        return "later" if day.what in OWED_BY_NOBODY else "overdue"
    if day.day <= now:
        return "today"
    return "soon" if (date.fromisoformat(day.day) - today).days <= 7 else "later"


def distance(day: Day, today: date) -> str:
    """The distance in days, as one says it."""
    first, last = date.fromisoformat(day.day), date.fromisoformat(day.latest)
    if last < today and day.what in OWED_BY_NOBODY:
        return plural("{n} day ago", "{n} days ago", (today - last).days)
    if last < today:
        return plural("{n} day late", "{n} days late", (today - last).days)
    if first <= today:
        return text("today") if first == last else text("about now")
    return plural("in {n} day", "in {n} days", (first - today).days)


def when(day: Day) -> str:
    """Its date; of an uncertain one both ends."""
    first = date.fromisoformat(day.day)
    if day.day == day.latest:
        shown = i18n.date(first)
        return f"{shown} {day.time}" if day.time else shown
    return text("{first} to {last}", first=i18n.date(first), last=i18n.date(date.fromisoformat(day.latest)))


def mark(one: Mark) -> str:
    """A reason, and how often where more than once."""
    if one.count == 1:
        return why(one.what)
    return text("{what}: {n}", what=why(one.what), n=i18n.number(one.count))


def lines_of(day: Day, today: date) -> str:
    """The two lines of a list: what, and below when, where and for whom."""
    title = formatting.title_of(day.record)
    head = why(day.what)
    if title != text("Untitled"):
        head = text("{kind}: {title}", kind=head, title=title)
    parts = [when(day)]
    if day.holiday:  # what comes later is cut where there is little room
        parts.append(text("public holiday there: {name}", name=day.holiday))
    parts.append(distance(day, today))
    if day.of:
        parts.append(day.of.title)
        if day.of.country:
            parts.append(i18n.country(day.of.country))
    return f"{head}\n{' · '.join(part for part in parts if part)}"
