"""Kinds that an office sets for itself: terms of its own, corrected mechanisms, warning rules."""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    Field,
    Kind,
    Type,
    codes,
    countries,
    date,
    flag,
    integer,
    languages,
    paragraph,
    term,
    text,
    words,
)

TERM = Kind(
    "term",
    "Term",
    "Terms",
    "label_en",
    (
        term("list", "List", "vocabulary_list"),
        text("code", "Code"),
        text("above", "Code of the term above"),
        integer("order", "Order"),
        text("label_en", "English"),
        text("label_fr", "French"),
        text("label_es", "Spanish"),
        text("label_ar", "Arabic"),
        text("label_ru", "Russian"),
        text("label_pt", "Portuguese"),
        text("huridocs", "HURIDOCS code of the same meaning"),
        flag("hidden", "No longer offered"),
    ),
    (),
    ("list", "code"),
)
"""An office's own term, or its correction of a shipped one (the same list and code)."""

PACK = Kind(
    "pack",
    "Vocabulary pack",
    "Vocabulary packs",
    "name",
    (
        text("name", "Name"),
        integer("version", "Version"),
        text("list", "List"),
        Field("terms", Type.DATA, "Terms"),
    ),
)
"""One list of a loaded pack. A newer version of the pack takes its place whole."""

MECHANISM = Kind(
    "mechanism",
    "Mechanism",
    "Mechanisms",
    "name",
    (
        text("code", "Code"),
        text("name", "Name"),
        text("acronym", "Short name"),
        text("body", "Body"),
        countries("countries", "Countries, if not as shipped"),
        codes("acts", "Acts it deals with, if not as shipped", "act"),
        integer("reply_days", "Days for a reply", least=1, most=36_500),
        integer("nudge_days", "Days before we ask again", least=1, most=36_500),
        integer("confidential_days", "Days kept confidential", least=0, most=36_500),
        text("channel", "Address or portal"),
        languages("languages", "Languages"),
        flag("remedies", "Domestic remedies first"),
        words("contents", "What a submission must contain"),
        flag("inactive", "No longer used"),
        date("closing", "Closing date of this year's call"),
        date("checked", "Checked on"),
        paragraph("note", "Note and source"),
    ),
    (),
    ("acronym", "checked"),
)
"""An office's correction of a shipped mechanism (the same code), or one of its own."""

RULE = Kind(
    "rule",
    "Warning rule",
    "Warning rules",
    "name",
    (
        text("name", "Name"),
        text("code", "Shipped rule that it changes", fixed=True),
        term("measures", "What is counted", "warning_measure"),
        codes("acts", "Only these acts", "act"),
        countries("countries", "Only these countries"),
        codes("profiles", "Only these profiles", "profile"),
        codes("perpetrators", "Only these perpetrators", "perpetrator"),
        term("by", "Apart for each", "warning_split"),
        integer("window_days", "Days looked at", least=7, most=366),
        integer("baseline_days", "Days compared with", least=28, most=3660),
        integer("least", "At least so many", least=2, most=10_000),
        text("false_alarms", "False alarms accepted a year"),
        flag("off", "Switched off"),
        paragraph("note", "Note"),
    ),
    (),
    ("measures", "by"),
)

TIMESTAMP = Kind(
    "timestamp",
    "Trusted timestamp",
    "Trusted timestamps",
    "authority",
    (
        Field("authority", Type.DATA, "Authority"),
        Field("device", Type.DATA, "Device"),
        Field("seq", Type.DATA, "Change set"),
        Field("signature", Type.DATA, "Signature"),
        Field("time", Type.DATA, "Time"),
        Field("token", Type.DATA, "Token"),
        Field("root", Type.DATA, "Root certificate"),
    ),
)
"""An authority's word (RFC 3161) for when a device's signature over its feed existed."""

SUBMITTER = Kind(
    "submitter",
    "Who submits",
    "Who submits",
    "name",
    (
        text("name", "Name of the office"),
        text("status", "What it is", hint="Non-governmental organisation, law firm, committee of relatives…"),
        paragraph("address", "Address"),
        text("phone", "Telephone"),
        text("email", "E-mail address"),
        Field("web", Type.URL, "Web site"),
        text("signer", "Who signs"),
        text("signer_role", "Their office or function"),
        flag("follow_up", "Can follow up the case"),
        paragraph("note", "Note"),
    ),
    (),
    ("signer",),
)
"""The submitter to a mechanism: the office itself, mostly. Of several the first made counts, unless a
submission names another."""

ALERT = Kind(
    "alert",
    "Answer to an alert",
    "Answers to alerts",
    "key",
    (
        text("key", "Alert", fixed=True),
        term("answer", "Answer", "alert_answer"),
        date("until", "Not again before"),
        paragraph("note", "What was done"),
    ),
)

RECOVERY_SHARE = Kind(
    "recovery_share",
    "Share of a recovery",
    "Shares of recoveries",
    "of",
    (
        text("of", "Laptop that is helped", fixed=True),
        text("helper", "Laptop that helps", fixed=True),
        text("round", "Made together with", fixed=True),
        integer("need", "Shares needed"),
        Field("sealed", Type.DATA, "Sealed share"),
    ),
)
"""One administrator's share of the secret that opens a colleague's vault
(`vault.recovery.trustees`)."""
