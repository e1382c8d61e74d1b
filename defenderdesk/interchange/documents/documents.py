"""Documents out of the vault: a draft as a Word file, the calendar as iCalendar.

What is written here is plain and leaves the vault's protection; the faces say so. Files hold no
author, no company and no path: the metadata of a document has betrayed people.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from defenderdesk import i18n
from defenderdesk.domain import withheld
from defenderdesk.domain.deadlines import LEAD
from defenderdesk.domain.kinds import WHOLE
from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.vault.types import Day

RTL = frozenset({"ar", "fa", "he", "ur"})
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def docx(draft: Draft) -> bytes:
    """A draft as a Word file, with real headings; right to left where its language is."""
    from docx import Document
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(11)
    right = draft.language.split("-")[0] in RTL

    def turned(paragraph: object) -> None:
        if right:
            properties = paragraph._p.get_or_add_pPr()  # type: ignore[attr-defined]
            properties.append(OxmlElement("w:bidi"))

    turned(document.add_heading(draft.title, level=1))
    for number, part in enumerate(draft.parts, 1):
        heading = f"{number}. {part.heading}"
        if part.confidential:
            heading += " – " + i18n.text_in(draft.language, "confidential")
        turned(document.add_heading(heading, level=2))
        for said in part.paragraphs:
            for line in said.split("\n"):
                turned(document.add_paragraph(line))
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = ""
    properties.created = properties.modified = EPOCH.replace(tzinfo=None)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


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
