"""Protection: how great the risk is and why, and what was done against it."""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    CASE_LINK,
    Kind,
    date,
    flag,
    integer,
    link,
    links,
    paragraph,
    term,
    text,
)

_APPLIED = "If money or a place is asked for"

ASSESSMENT = Kind(
    "assessment",
    "Risk assessment",
    "Risk assessments",
    "level",
    (
        CASE_LINK,
        links("for_whom", "For whom", "involvement"),
        date("date", "Date"),
        text("by", "By whom"),
        term("level", "Level of risk", "risk_level"),
        paragraph(
            "reasons", "Why this level", hint="Threats against vulnerabilities and capacities, in words"
        ),
        flag("checked", "Gone through with the person"),
        paragraph("worst", "What is most feared"),
        paragraph("wishes", "What the person wants"),
        date("review", "Next review"),
    ),
    ("case",),
    ("date", "review"),
)

FACTOR = Kind(
    "factor",
    "Threat, vulnerability or capacity",
    "Threats, vulnerabilities, capacities",
    "what",
    (
        CASE_LINK,
        link("assessment", "Assessment", "assessment"),
        term("component", "Which of the three", "risk_component"),
        term("indicator", "Indicator", "indicator"),
        text("what", "In words"),
        paragraph("evidence", "Evidence"),
        date("date", "Date"),
        term("weight", "How much it weighs", "risk_weight"),
        date("review", "Look at it again on"),
    ),
    ("case",),
    ("component", "date"),
)

MEASURE = Kind(
    "measure",
    "Protection measure",
    "Protection measures",
    "measure_type",
    (
        CASE_LINK,
        term("measure_type", "Measure", "measure"),
        links("for_whom", "For whom", "involvement"),
        term("status", "Status", "measure_status"),
        text("provider", "Who gives it"),
        link("organisation", "Organisation", "organisation"),
        term("mechanism", "Mechanism", "mechanism"),
        paragraph("description", "What it consists of"),
        date("asked", "Asked on"),
        date("granted", "Granted on"),
        date("date", "In force since"),
        date("checked", "Checked with the person on"),
        paragraph("checked_note", "What the person says of it"),
        date("review", "Next check"),
        date("date_end", "Ends on"),
        date("ended", "Ended on"),
        paragraph("budget", "Budget, item by item", group=_APPLIED),
        text("other_funding", "Other funding asked for", group=_APPLIED),
        paragraph("why_this", "Why this is the best way, and what else was weighed", group=_APPLIED),
        text("host", "Who receives the person", group=_APPLIED),
        paragraph("journey", "Visa, safety of the journey, and the way back", group=_APPLIED),
        integer("cost", "Cost", group="Cost and effect", least=0),
        text("currency", "Currency", hint="EUR, USD", group="Cost and effect"),
        text("paid_by", "Who pays", group="Cost and effect"),
        term("effect", "Effect", "measure_effect", group="Cost and effect"),
        paragraph("effect_note", "Why it is judged so", group="Cost and effect"),
        paragraph("note", "Note"),
    ),
    ("case",),
    ("status", "provider"),
)

OBLIGATION = Kind(
    "obligation",
    "Commitment or recommendation",
    "Commitments",
    "text",
    (
        CASE_LINK,
        link("visit", "Visit", "visit", fixed=True),
        link("source", "From which decision", "submission intervention proceeding"),
        paragraph("text", "What was recommended, decided or promised"),
        text("by", "By whom"),
        text("owed_by", "Who has to carry it out"),
        date("date", "Date"),
        date("due", "Until"),
        term("status", "How far it is carried out", "implementation"),
        date("checked", "Last checked on"),
        paragraph("progress", "What was done so far"),
        date("review", "Next check"),
    ),
    ("case", "visit"),
    ("owed_by", "status"),
)
