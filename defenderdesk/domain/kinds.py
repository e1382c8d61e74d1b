"""Kinds of record and their fields, on the HURIDOCS Events Standard Formats.

One table drives everything: forms, exchange JSON, the search index and the command line.
A record of an unknown kind, or a field unknown to its kind (from a newer version), is kept,
shown with its raw name and travels on; this table is what the program *knows*, not a filter.

Labels are message ids in English; faces translate them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """What a field holds; decides its editor, its check and how it is shown."""

    TEXT = "text"
    PARAGRAPH = "paragraph"
    DATE = "date"
    INTEGER = "integer"
    URL = "url"
    COUNTRY = "country"
    LANGUAGE = "language"
    TERM = "term"
    LINK = "link"
    DATA = "data"
    """Anything the program itself manages; never edited in a form."""


@dataclass(frozen=True)
class Field:
    """One field of a kind.

    `many`: an observed-remove set of values rather than one value.
    `terms`: the vocabulary list, for `Type.TERM`. `link`: the kind linked to, for `Type.LINK`.
    `quick`: part of quick entry.
    """

    name: str
    type: Type
    label: str
    many: bool = False
    terms: str = ""
    link: str = ""
    quick: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of record. `title` names the field shown as its title; `parent` the field that
    links it to what it belongs to (a case, mostly). `plural` is its section's heading."""

    name: str
    label: str
    plural: str
    title: str
    fields: tuple[Field, ...]
    parent: str = ""

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)


_CASE_LINK = Field("case", Type.LINK, "Case", link="case")
_POSITION = Field("position", Type.INTEGER, "Order")
"""Where it stands among its siblings, for material whose order means something."""

CASE = Kind(
    "case",
    "Case",
    "Cases",
    "title",
    (
        Field("title", Type.TEXT, "Title", quick=True),
        Field("reference", Type.TEXT, "Reference"),
        Field("country", Type.COUNTRY, "Country", quick=True),
        Field("status", Type.TERM, "Status", terms="status"),
        Field("priority", Type.TERM, "Priority", terms="priority", quick=True),
        Field("summary", Type.PARAGRAPH, "Summary"),
        Field("profiles", Type.TERM, "Profile of the defenders", many=True, terms="profile"),
        Field("charges", Type.TERM, "Charges", many=True, terms="charge"),
        Field("authorities", Type.TEXT, "Authorities", many=True),
        Field("requests", Type.TEXT, "Actions requested", many=True),
        Field("context", Type.TERM, "Context", many=True, terms="indicator"),
        Field("coordination", Type.TEXT, "Other mechanisms", many=True),
        Field("state_reply", Type.PARAGRAPH, "Reply of the State"),
        Field("source_organisation", Type.TEXT, "Source organisation"),
        Field("source_languages", Type.LANGUAGE, "Languages of the sources", many=True),
        Field("facts_basis", Type.PARAGRAPH, "Basis of the facts"),
        Field("editor_note", Type.PARAGRAPH, "Editor's note"),
    ),
)

PERSON = Kind(
    "person",
    "Person or group",
    "Persons and groups",
    "name",
    (
        Field("name", Type.TEXT, "Name"),
        Field("gender", Type.TERM, "Gender", terms="gender"),
        Field("born", Type.DATE, "Date of birth"),
        Field("contact", Type.PARAGRAPH, "Safe way to reach them"),
    ),
)

INVOLVEMENT = Kind(
    "involvement",
    "Defender",
    "Defenders",
    "name",
    (
        _CASE_LINK,
        Field("person", Type.LINK, "Person or group", link="person"),
        Field("name", Type.TEXT, "Name", quick=True),
        Field("part", Type.TERM, "Part in the case", terms="part"),
        Field("role", Type.TEXT, "Role", quick=True),
        Field("organisation", Type.TEXT, "Organisation", quick=True),
        Field("gender", Type.TERM, "Gender", terms="gender"),
        Field("note", Type.PARAGRAPH, "Note"),
        _POSITION,
    ),
    parent="case",
)

EVENT = Kind(
    "event",
    "Event",
    "Events",
    "description",
    (
        _CASE_LINK,
        Field("date", Type.DATE, "Date", quick=True),
        Field("date_end", Type.DATE, "Until"),
        Field("place", Type.TEXT, "Place", quick=True),
        Field("acts", Type.TERM, "Acts", many=True, terms="act", quick=True),
        Field("description", Type.PARAGRAPH, "What happened", quick=True),
        Field("perpetrators", Type.TERM, "Who did it", many=True, terms="perpetrator", quick=True),
        Field("perpetrator_details", Type.TEXT, "Details of who did it"),
        _POSITION,
    ),
    parent="case",
)

INTERVENTION = Kind(
    "intervention",
    "Communication",
    "Communications",
    "document_kind",
    (
        _CASE_LINK,
        Field("mechanism", Type.TERM, "Mechanism", terms="mechanism"),
        Field("document_kind", Type.TEXT, "Kind of document"),
        Field("reference", Type.TEXT, "Reference"),
        Field("date", Type.DATE, "Date"),
        Field("filed", Type.DATE, "Filed"),
        Field("public_listing_date", Type.DATE, "Listed publicly"),
        Field("confidential_days", Type.INTEGER, "Days kept confidential"),
        Field("language", Type.LANGUAGE, "Language"),
        Field("url", Type.URL, "Address"),
        _POSITION,
    ),
    parent="case",
)

SOURCE = Kind(
    "source",
    "Source",
    "Sources",
    "name",
    (
        _CASE_LINK,
        Field("name", Type.TEXT, "Who or what", quick=True),
        Field("source_type", Type.TERM, "Kind of source", terms="source_type"),
        Field("date", Type.DATE, "Date"),
        Field("reliability", Type.TERM, "Reliability", terms="reliability"),
        Field("contact", Type.PARAGRAPH, "Safe way to reach them"),
        Field("note", Type.PARAGRAPH, "Note"),
    ),
    parent="case",
)

NOTE = Kind(
    "note",
    "Note",
    "Notes",
    "text",
    (_CASE_LINK, Field("text", Type.PARAGRAPH, "Note")),
    parent="case",
)

ATTACHMENT = Kind(
    "attachment",
    "Attachment",
    "Attachments",
    "name",
    (
        Field("of", Type.LINK, "Belongs to"),
        Field("name", Type.TEXT, "File name"),
        Field("media_type", Type.TEXT, "Type"),
        Field("size", Type.INTEGER, "Size"),
        Field("sha256", Type.TEXT, "SHA-256"),
        Field("chunks", Type.DATA, "Chunks"),
    ),
    parent="of",
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (CASE, INVOLVEMENT, EVENT, INTERVENTION, SOURCE, NOTE, PERSON, ATTACHMENT)
}

DELETED = "deleted"
"""A register every kind has: true hides the record. Nothing is lost; setting it to null undoes."""

KIND = "kind"
"""The register that says what a record is; set by the change set that creates it."""


def kind_of(name: str) -> Kind:
    """The kind of that name; for an unknown one (from a newer version) an empty kind."""
    return KINDS.get(name) or Kind(name, name, name, "title", ())
