"""Country visits: what is prepared, whom one meets, which cases are raised, what was promised."""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    Field,
    Kind,
    Type,
    country,
    date,
    flag,
    link,
    paragraph,
    term,
    text,
    words,
)

_VISIT = Field("visit", Type.LINK, "Visit", link="visit", fixed=True)

VISIT = Kind(
    "visit",
    "Country visit",
    "Country visits",
    "title",
    (
        text("title", "Title"),
        country("country", "Country"),
        term("mechanism", "Mechanism", "mechanism"),
        term("status", "Status", "visit_status"),
        date("date", "From"),
        date("date_end", "Until"),
        words("places", "Places"),
        words("members", "Who goes"),
        paragraph("aims", "Aims"),
        paragraph("questions", "Questions to ask"),
        paragraph("past", "What earlier visits recommended"),
        paragraph("security", "Security of those one meets"),
        date("report_due", "Report due"),
        Field("url", Type.URL, "Address of the report"),
        paragraph("note", "Note"),
        date("reported", "Reported on"),
    ),
    (),
    ("country", "date"),
)

RAISED = Kind(
    "raised",
    "Case to raise",
    "Cases to raise",
    "what",
    (
        _VISIT,
        link("about", "Case", "case"),
        text("what", "What is asked"),
        text("with_whom", "With which authority"),
        flag("consent", "The person agrees"),
        text("risk", "Risk of raising it"),
        date("date", "Raised on"),
        paragraph("result", "What they answered"),
    ),
    ("visit",),
    ("with_whom", "date"),
)

MEETING = Kind(
    "meeting",
    "Meeting",
    "Programme",
    "with_whom",
    (
        _VISIT,
        text("with_whom", "With whom"),
        link("person", "Person or organisation", "person organisation"),
        term("meeting_type", "Kind of meeting", "meeting_type"),
        date("date", "Date"),
        Field("time", Type.TIME, "Time"),
        text("place", "Place"),
        flag("consent", "They agree to meet"),
        flag("risk_checked", "Risk of the meeting checked"),
        text("risk", "Risk, and what was agreed"),
        text("language", "Language, interpreter"),
        paragraph("questions", "Questions"),
        paragraph("notes", "Notes"),
        term("status", "What became of it", "meeting_status"),
    ),
    ("visit",),
    ("date", "time", "place"),
)
