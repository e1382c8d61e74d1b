"""Judicial harassment: proceedings across courts, their charges, hearings and observers; and the
steps that were taken in the country against what happened."""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    CASE_LINK,
    Field,
    Kind,
    Type,
    codes,
    date,
    flag,
    link,
    links,
    paragraph,
    term,
    text,
)

_DETENTION = "Detention"
_END = "Verdict and sentence"

PROCEEDING = Kind(
    "proceeding",
    "Proceeding",
    "Proceedings",
    "title",
    (
        CASE_LINK,
        text("title", "What it is called"),
        links("against", "Against whom", "involvement"),
        term("proceeding_type", "Kind of proceeding", "proceeding_type"),
        term("stage", "Stage", "stage"),
        text("court", "Court"),
        text("file_number", "File number"),
        text("judge", "Judge"),
        text("prosecutor", "Prosecutor"),
        text("accuser", "Who accuses", hint="The complainant, or the office that brought it"),
        text("lawyers", "Lawyers"),
        date("date", "Opened on"),
        link("earlier", "Continues which proceeding", "proceeding"),
        term("detention", "Detention", "detention_status", group=_DETENTION),
        date("detained_since", "Detained since", group=_DETENTION),
        text("detained_at", "Place of detention", group=_DETENTION),
        date("detention_review", "Next review of detention", group=_DETENTION),
        date("released", "Released on", group=_DETENTION),
        text("bail", "Bail and conditions", group=_DETENTION),
        date("verdict_date", "Verdict on", group=_END),
        term("verdict", "Verdict", "verdict", group=_END),
        text("sentence", "Sentence", group=_END),
        date("appeal_due", "Appeal possible until", group=_END),
        date("appealed", "Appeal filed on", group=_END),
        date("final_decision_date", "Final decision in the country on", group=_END),
        date("ended", "Ended on", group=_END),
        paragraph("note", "Note"),
    ),
    ("case",),
    ("court", "stage"),
)

CHARGE = Kind(
    "charge",
    "Charge",
    "Charges",
    "offence",
    (
        CASE_LINK,
        link("proceeding", "Proceeding", "proceeding"),
        link("against", "Against whom", "involvement"),
        term("offence", "Charge", "charge"),
        text("law", "Law"),
        text("article", "Article"),
        text("penalty", "Highest penalty"),
        date("date", "Brought on"),
        term("status", "What became of it", "charge_status"),
        date("date_end", "Since"),
        paragraph("note", "Note"),
    ),
    ("case",),
    ("law", "article"),
)

HEARING = Kind(
    "hearing",
    "Hearing",
    "Hearings",
    "purpose",
    (
        CASE_LINK,
        link("proceeding", "Proceeding", "proceeding"),
        date("date", "Date"),
        Field("time", Type.TIME, "Time"),
        text("time_zone", "Time zone", hint="If not the country's, such as Europe/Madrid"),
        text("purpose", "What is heard"),
        text("court", "Court"),
        text("room", "Room"),
        text("judge", "Judge"),
        term("status", "What became of it", "hearing_status"),
        text("adjourned_because", "If adjourned: why"),
        date("adjourned_to", "Adjourned to"),
        flag("open", "Open to the public"),
        text("observers", "Observers assigned"),
        links("observer_organisations", "From which organisations", "organisation"),
        flag("observer_told", "Observers confirmed"),
        paragraph("report", "Report of the observation"),
        codes("fair_trial", "What was not fair", "fair_trial_issue"),
        paragraph("note", "Note"),
    ),
    ("case",),
    ("date", "court"),
)

STEP = Kind(
    "step",
    "Step in the country",
    "Steps in the country",
    "before",
    (
        CASE_LINK,
        links("for_whom", "For whom", "involvement"),
        date("date", "Date"),
        term("step_type", "Kind of step", "step_type"),
        text("by", "By whom"),
        text("before", "Before which authority or court"),
        text("reference", "Reference"),
        paragraph("what", "What was asked"),
        date("answered", "Answered on"),
        paragraph("result", "Result"),
        link("proceeding", "Proceeding", "proceeding"),
    ),
    ("case",),
    ("step_type", "date"),
)
"""A complaint, appeal or letter to the State's own bodies, and what came of it."""
