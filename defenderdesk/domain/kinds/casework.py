"""Kinds that the standard lacks: the case that holds the thread, consent, tasks, an emergency
plan."""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    CASE_LINK,
    Field,
    Kind,
    Type,
    codes,
    country,
    date,
    flag,
    integer,
    language,
    languages,
    link,
    links,
    paragraph,
    term,
    text,
    words,
)

_KEEPING = "How long it is kept"
_PUBLISHED = "As published"

CASE = Kind(
    "case",
    "Case",
    "Cases",
    "title",
    (
        text("title", "Title", quick=True),
        text("reference", "Reference"),
        country("country", "Country", quick=True),
        term("status", "Status", "status"),
        term("priority", "Priority", "priority", quick=True),
        paragraph("summary", "Summary"),
        codes("profiles", "Profile of the defenders", "profile"),
        codes("charges", "Charges", "charge"),
        words("authorities", "Authorities"),
        words("requests", "Actions requested"),
        codes("context", "Context", "indicator"),
        text("responsible", "Who in the office follows it"),
        date("opened", "Opened"),
        date("closed", "Closed"),
        term("outcome", "Outcome", "outcome"),
        words("coordination", "Other mechanisms", group=_PUBLISHED),
        paragraph("state_reply", "Reply of the State", group=_PUBLISHED),
        text("source_organisation", "Source organisation", group=_PUBLISHED),
        languages("source_languages", "Languages of the sources", group=_PUBLISHED),
        paragraph("facts_basis", "Basis of the facts", group=_PUBLISHED),
        paragraph("editor_note", "Editor's note", group=_PUBLISHED),
        date("keep_until", "Look at deletion on", group=_KEEPING),
        flag("legal_hold", "Legal hold: never delete", group=_KEEPING),
        text("hold_reason", "Why it is held", group=_KEEPING),
        Field("merged_into", Type.LINK, "Merged into", link="case", fixed=True),
    ),
)

NOTE = Kind(
    "note",
    "Note",
    "Notes",
    "text",
    (CASE_LINK, link("visit", "Visit", "visit", fixed=True), paragraph("text", "Note")),
    ("case", "visit"),
)

CONSENT = Kind(
    "consent",
    "Consent",
    "Consents",
    "person",
    (
        CASE_LINK,
        link("person", "Whose consent", "involvement person"),
        codes("uses", "To which use", "consent_use"),
        codes("mechanisms", "For which mechanisms", "mechanism", hint="None: for any of them"),
        links("organisations", "For which organisations", "organisation"),
        term("answer", "Answer", "consent_answer"),
        date("date", "Given on"),
        date("until", "Until"),
        date("withdrawn", "Withdrawn on"),
        term("level", "Level", "consent"),
        text("how", "How it was asked", hint="By voice, in writing, through whom"),
        language("language", "In which language"),
        text("asked_by", "Who asked"),
        paragraph("scope", "What was explained, and limits"),
        paragraph("reason", "If it could not be asked: why"),
    ),
    ("case",),
    ("answer", "date"),
)

TASK = Kind(
    "task",
    "Task",
    "Tasks",
    "title",
    (
        CASE_LINK,
        link("visit", "Visit", "visit", fixed=True),
        text("title", "What is to be done"),
        date("due", "Until"),
        text("responsible", "Who"),
        term("status", "Status", "task_status"),
        term("task_type", "Kind of task", "task_type"),
        link("about", "About", "submission proceeding hearing measure assessment referral"),
        paragraph("note", "Note"),
        date("done_on", "Done on"),
    ),
    ("case", "visit"),
    ("due", "responsible"),
)

PLAN = Kind(
    "plan",
    "Emergency plan",
    "Emergency plans",
    "title",
    (
        CASE_LINK,
        text("title", "For whom"),
        link("person", "Person", "involvement person"),
        paragraph("call", "Whom to call, in this order", hint="Name, number, language, when"),
        paragraph("agreed", "What was agreed to do"),
        paragraph("not_to_do", "What must not be done"),
        paragraph("proof_words", "Proof-of-life question and answer"),
        text("warning_words", "Words that mean: I am not free to speak"),
        text("check_in", "Agreed check-ins"),
        paragraph("family", "Family and dependants"),
        paragraph("medical", "Medical needs"),
        date("agreed_on", "Agreed on"),
        date("review", "Look at it again on"),
    ),
    ("case",),
    ("agreed_on", "review"),
)

TEMPLATE = Kind(
    "template",
    "Template",
    "Templates",
    "name",
    (
        text("name", "Name"),
        term("act", "Kind of violation", "act"),
        paragraph("questions", "Questions to ask", hint="One a line"),
        Field("content", Type.DATA, "Content"),
    ),
)

POLICY = Kind(
    "policy",
    "Rules of the office",
    "Rules of the office",
    "name",
    (
        text("name", "Name"),
        text("keep_years", "Years a closed case is kept", hint="Empty: until someone decides"),
        flag("two_for_export", "An export to others needs two persons"),
        flag("two_for_deletion", "A deletion needs two persons"),
        text("pack", "Vocabulary pack that leads the lists", hint="Empty: the shipped one"),
        integer(
            "silence_days",
            "Days of silence after which we ask a mechanism again",
            hint="Empty: 21",
            least=1,
            most=3650,
        ),
        integer(
            "comment_days", "Days for our comments on a State's reply", hint="Empty: 30", least=1, most=3650
        ),
    ),
)

# Without a case it is about everything that the desk holds. Once used, it serves no second time.
APPROVAL = Kind(
    "approval",
    "Approval",
    "Approvals",
    "what",
    (
        CASE_LINK,
        term("what", "What is asked", "approval_action"),
        paragraph("reason", "Why"),
        Field("subject", Type.DATA, "Of what"),
        term("answer", "Answer", "approval_answer"),
        paragraph("answer_reason", "Why this answer"),
        date("used", "Used on", fixed=True),
    ),
    ("case",),
    ("answer",),
)
