"""If someone is taken: a package for a trusted partner, sealed beforehand, and its use.

What a package says to the partner stands in none of these records: it is in the sealed file alone.
"""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    CASE_LINK,
    Field,
    Kind,
    Type,
    date,
    integer,
    link,
    paragraph,
    term,
    text,
)

EMERGENCY = Kind(
    "emergency",
    "Emergency package",
    "Emergency packages",
    "title",
    (
        CASE_LINK,
        text("title", "For whom", fixed=True),
        link("person", "Person", "involvement person", fixed=True),
        link("organisation", "Trusted partner", "organisation", fixed=True),
        paragraph("agreed", "When it is to be released", fixed=True),
        date("prepared", "Prepared on", fixed=True),
        integer("need", "Persons needed", fixed=True),
        Field("holders", Type.DATA, "Who may release it"),
        Field("check_ins", Type.DATA, "Agreed check-ins"),
        Field("package", Type.DATA, "Number of the package"),
        Field("hashes", Type.DATA, "Hashes of the pieces"),
        Field("drill_hashes", Type.DATA, "Hashes of the drill's pieces"),
        Field("drill_seed", Type.DATA, "What the drill's words are made of"),
        Field("token", Type.DATA, "Where its letters lie"),
        Field("server", Type.DATA, "Server that keeps its letters"),
        Field("timed", Type.DATA, "What the server hands out"),
        Field("key", Type.DATA, "Sealed to"),
        Field("share_id", Type.DATA, "Number of the share"),
        Field("content", Type.DATA, "What leaves"),
        Field("sha256", Type.DATA, "SHA-256 of the file"),
        date("ended", "Ended on", fixed=True),
        text("ended_why", "Why it ended", fixed=True),
        paragraph("note", "Note"),
    ),
    ("case",),
    ("organisation", "prepared"),
)

EMERGENCY_STEP = Kind(
    "emergency_step",
    "Step of an emergency package",
    "Steps of an emergency package",
    "what",
    (
        link("emergency", "Emergency package", "emergency", fixed=True),
        term("what", "What was done", "emergency_step", fixed=True),
        text("at", "When", fixed=True),
        text("until", "Until", fixed=True),
        text("holder", "Who may release it", fixed=True),
        text("drill", "Drill", fixed=True),
        Field("piece", Type.DATA, "Piece"),
        paragraph("note", "Note", fixed=True),
    ),
    ("emergency",),
    ("at",),
)
"""A check-in, a pause, a release by one person, a drill; who did it is said by the signature."""

HELD_EMERGENCY = Kind(
    "held_emergency",
    "Emergency package of a partner",
    "Emergency packages of partners",
    "title",
    (
        text("title", "For whom", fixed=True),
        link("organisation", "Of which partner", "organisation", fixed=True),
        paragraph("agreed", "When it is to be released", fixed=True),
        date("prepared", "Prepared on", fixed=True),
        date("received", "Received on", fixed=True),
        Field("package", Type.DATA, "Number of the package"),
        Field("asks", Type.DATA, "Their server is asked"),
        Field("letters", Type.DATA, "What has come of its release", many=True),
        date("opened", "Opened on", fixed=True),
        date("drilled", "Last drill", fixed=True),
        Field("drill", Type.DATA, "Drill that was opened last"),
        Field("case", Type.LINK, "Case", link="case", fixed=True),
        paragraph("note", "Note"),
    ),
    (),
    ("organisation", "received"),
)
