"""Kinds of who did what to whom: the entities of the HURIDOCS Events Standard Formats.

Event, act, involvement, information (here `source`), chain of events and supporting documents,
with every field of the standard (`esf` gives its number; what the ledger knows by itself, such as
who entered a record and when, has no field). The forms for arrest and detention, killing, torture
and destruction are groups of the act. Fields without a number are what mechanisms ask besides
(docs/forms.md). Persons stand in `people`.
"""

from __future__ import annotations

from defenderdesk.domain.kinds.model import (
    CASE_LINK,
    POSITION,
    Field,
    Kind,
    Type,
    codes,
    country,
    date,
    integer,
    language,
    languages,
    link,
    paragraph,
    term,
    text,
    words,
)

_RECORD = "About this record"
_MORE = "More"
_ASKED = "What mechanisms ask"

EVENT = Kind(
    "event",
    "Event",
    "Events",
    "description",
    (
        CASE_LINK,
        text("title", "Title", esf="0102"),
        date("date", "Date", quick=True, esf="0113"),
        date("date_end", "Until", esf="0114"),
        Field("time", Type.TIME, "Time of day"),
        text("place", "Place", quick=True, esf="0112"),
        codes("acts", "Acts", "act", quick=True),
        paragraph("description", "What happened", quick=True, esf="0115"),
        codes("perpetrators", "Who did it", "perpetrator", quick=True),
        text("perpetrator_details", "Details of who did it", hint="Unit, rank, number, dress, functions"),
        paragraph("state_why", "Why the State is held responsible", group=_ASKED),
        paragraph("work_link", "Link with the human rights work", group=_ASKED),
        text("motive", "Motive that is presumed", group=_ASKED),
        paragraph(
            "evidence",
            "Witnesses and other evidence",
            hint="Of a witness who wants no name, only what they are: a relative, a passer-by",
            group=_ASKED,
        ),
        paragraph("impact", "Impact", group=_MORE, esf="0116"),
        country("country", "Country, if not the case's", group=_MORE, esf="0111"),
        text("location", "Coordinates", hint="Latitude, longitude", group=_MORE, esf="0173"),
        codes("rights", "Rights affected", "right", group=_MORE, esf="0153"),
        codes("violations", "Kinds of violation", "violation", group=_MORE, esf="0152"),
        term("violation_status", "Status of the violation", "violation_status", group=_MORE, esf="0151"),
        term("monitoring", "Monitoring", "monitoring", group=_MORE, esf="0172"),
        codes("index", "Index terms", "index_term", group=_RECORD, esf="0154"),
        codes("local_index", "Own index terms", "local_index", group=_RECORD, esf="0155"),
        codes("other_index", "Terms of another thesaurus", "other_thesaurus", group=_RECORD, esf="0156"),
        date("received", "Date received", group=_RECORD, esf="0160"),
        text("project", "Project", group=_RECORD, esf="0163"),
        text("files", "Files kept elsewhere", group=_RECORD, esf="0167"),
        text("grouping", "Grouping of records", group=_RECORD, esf="0168"),
        paragraph("remarks", "Remarks", group=_RECORD, esf="0150"),
        paragraph("comments", "Comments", group=_RECORD, esf="0165"),
        POSITION,
    ),
    ("case",),
    ("date", "place"),
)

_ARREST = "Arrest and detention"
_KILLING = "Killing"
_TORTURE = "Torture and ill-treatment"
_LOSS = "Destruction and loss"

ACT = Kind(
    "act",
    "Act",
    "Acts",
    "act_type",
    (
        CASE_LINK,
        link("event", "Event", "event", esf="2103"),
        term("act_type", "Type of act", "act", esf="2109"),
        link("victim", "Against whom", "involvement", esf="2102"),
        date("date", "Date", esf="2111"),
        date("date_end", "Until", esf="2121"),
        Field("time", Type.TIME, "Time of day"),
        text("place", "Exact place", esf="2112"),
        paragraph("description", "What was done"),
        codes("methods", "Methods", "method", esf="2114"),
        text("stated_reason", "Reason given", esf="2113"),
        codes("attribution", "Claimed or attributed", "attribution", group=_MORE, esf="2115"),
        paragraph("physical_effects", "Physical consequences", group=_MORE, esf="2116"),
        paragraph("psychological_effects", "Psychological consequences", group=_MORE, esf="2117"),
        text("age", "Age at that time", group=_MORE, esf="2118"),
        text("place_end", "Place at the end", group=_MORE, esf="2122"),
        term("status_end", "Status at the end", "victim_status", group=_MORE, esf="2123"),
        codes("characteristics", "Characteristics of the victim", "characteristic", group=_MORE, esf="2152"),
        term("location_type", "Type of place", "location_type", group=_MORE, esf="2153"),
        text("location", "Coordinates", hint="Latitude, longitude", group=_MORE, esf="2172"),
        codes("laws", "National law", "national_law", group=_MORE, esf="2154"),
        codes("instruments", "International instruments", "instrument", group=_MORE, esf="2155"),
        term("warrant", "Was a warrant or other decision shown", "yes_no_unknown", group=_ARREST),
        text("warrant_by", "Authority that issued it", group=_ARREST),
        text("ordered_by", "Authority that ordered the detention", group=_ARREST),
        text("held_by", "Forces that hold the person", group=_ARREST),
        paragraph(
            "held_at",
            "Places of detention",
            hint="One a line, with dates of transfers; the present one last",
            group=_ARREST,
        ),
        text("duration", "Duration of the detention, or how long it may last", group=_ARREST),
        codes("arbitrary", "Categories of arbitrariness", "arbitrariness", group=_ARREST),
        paragraph("arbitrary_why", "Why it is arbitrary", group=_ARREST),
        paragraph("visits", "Visits by family, lawyer and doctor", hint="With their dates", group=_ARREST),
        paragraph("detention_case", "Description of the case", group=_ARREST, esf="3110"),
        term("detention_type", "Type of detention", "detention_type", group=_ARREST, esf="3112"),
        paragraph("detention_conditions", "Conditions of detention", group=_ARREST, esf="3113"),
        codes(
            "whereabouts", "Whereabouts and contact with outside", "whereabouts", group=_ARREST, esf="3114"
        ),
        codes("counsel", "Access to a lawyer", "legal_counsel", group=_ARREST, esf="3115"),
        codes("court_type", "Type of court", "court_type", group=_ARREST, esf="3116"),
        term("court_language", "Language used in court", "court_language", group=_ARREST, esf="3117"),
        text("court_code", "Court file number", group=_ARREST, esf="3118"),
        text("court_name", "Name of the court case", group=_ARREST, esf="3119"),
        term("district", "Judicial district", "judicial_district", group=_ARREST, esf="3120"),
        term("autopsy", "Autopsy", "autopsy", group=_KILLING, esf="3212"),
        term("death_certificate", "Death certificate", "death_certificate", group=_KILLING, esf="3213"),
        codes("statements", "Statements signed", "statement_signed", group=_TORTURE, esf="3311"),
        codes("medical", "Medical attention", "medical_attention", group=_TORTURE, esf="3312"),
        codes("intent", "Intent", "intent", group=_TORTURE, esf="3351"),
        paragraph("loss", "What was destroyed or lost", group=_LOSS, esf="3410"),
        text("loss_value", "Value of the loss", group=_LOSS, esf="3411"),
        term("compensation", "Compensation", "compensation", group=_LOSS, esf="3412"),
        date("received", "Date received", group=_RECORD, esf="2160"),
        paragraph("remarks", "Remarks", group=_RECORD, esf="2150"),
        paragraph("comments", "Comments", group=_RECORD, esf="2165"),
        POSITION,
    ),
    ("case",),
    ("victim", "date"),
)

INVOLVEMENT = Kind(
    "involvement",
    "Defender",
    "Defenders",
    "name",
    (
        CASE_LINK,
        text("name", "Name", quick=True),
        link("person", "Person or organisation", "person organisation", esf="2402"),
        term("part", "Part in the case", "part"),
        text("role", "Role", quick=True),
        text("organisation", "Organisation", quick=True),
        term("gender", "Gender", "gender"),
        link("event", "Event", "event", group="As alleged perpetrator", esf="2403"),
        link("act", "Act", "act", group="As alleged perpetrator", esf="2404"),
        term(
            "degree",
            "Degree of involvement",
            "degree_of_involvement",
            group="As alleged perpetrator",
            esf="2409",
        ),
        codes(
            "perpetrator_types",
            "Type of perpetrator",
            "perpetrator",
            group="As alleged perpetrator",
            esf="2412",
        ),
        term(
            "latest_status",
            "What became of it",
            "perpetrator_status",
            group="As alleged perpetrator",
            esf="2422",
        ),
        paragraph("note", "Note", esf="2450"),
        paragraph("comments", "Comments", group=_RECORD, esf="2465"),
        POSITION,
    ),
    ("case",),
    ("role", "organisation"),
)

SOURCE = Kind(
    "source",
    "Source",
    "Sources",
    "name",
    (
        CASE_LINK,
        text("name", "Who or what", quick=True),
        link("person", "Person or organisation", "person organisation", esf="2502"),
        term("source_type", "Kind of source", "source_type"),
        date("date", "Date", esf="2511"),
        term("reliability", "Reliability", "reliability", esf="2553"),
        paragraph("contact", "Safe way to reach them"),
        paragraph("note", "Note", esf="2550"),
        link("event", "About which event", "event", group=_MORE, esf="2503"),
        link("about", "About whom", "involvement", group=_MORE, esf="2504"),
        term("connection", "How they know", "source_connection", group=_MORE, esf="2509"),
        languages("languages", "Languages of the material", group=_MORE, esf="2510"),
        codes(
            "local_languages", "Local languages of the material", "local_language", group=_MORE, esf="2513"
        ),
        codes("material", "Kind of material", "source_material", group=_MORE, esf="2512"),
        date("received", "Date received", group=_RECORD, esf="2560"),
        paragraph("comments", "Comments", group=_RECORD, esf="2565"),
    ),
    ("case",),
    ("source_type", "reliability"),
)

CHAIN = Kind(
    "chain",
    "Link between events",
    "Chain of events",
    "chain_type",
    (
        CASE_LINK,
        link("event", "Event", "event", esf="2202"),
        term("chain_type", "How they are linked", "chain_type", esf="2209"),
        link("related_event", "Other event", "event", esf="2203"),
        paragraph("remarks", "Remarks", esf="2250"),
        paragraph("comments", "Comments", group=_RECORD, esf="2265"),
    ),
    ("case",),
    ("event", "related_event"),
)

ATTACHMENT = Kind(
    "attachment",
    "Attachment",
    "Attachments",
    "name",
    (
        Field("of", Type.LINK, "Belongs to", fixed=True),
        text("name", "File name", fixed=True),
        text("media_type", "Type", fixed=True, esf="9010"),
        integer("size", "Size", fixed=True),
        text("sha256", "SHA-256", fixed=True),
        text("sha512", "SHA-512", fixed=True),
        Field("chunks", Type.DATA, "Chunks"),
        text("title", "Title", esf="9002"),
        text("creator", "Author", esf="9003"),
        paragraph("description", "Description", esf="9004"),
        date("date", "Date", esf="9005"),
        date("received", "Date received", esf="9006"),
        term("material", "Kind of material", "source_material", esf="9007"),
        language("language", "Language", esf="9008"),
        Field("url", Type.URL, "Address on the web", esf="9011"),
        integer("version", "Version of the document", fixed=True),
        words("recipients", "Given to", fixed=True),
    ),
    ("of",),
)
