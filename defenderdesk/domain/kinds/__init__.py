"""Kinds of record and their fields, on the HURIDOCS Events Standard Formats.

These tables drive everything: forms, exchange JSON, the search index and the command line.
A record of an unknown kind, or a field unknown to its kind (from a newer version), is kept,
shown with its raw name and travels on; the tables are what the program *knows*, not a filter.

Labels are message ids in English; faces translate them.
"""

from __future__ import annotations

from defenderdesk.domain.kinds.action import (
    ENGAGEMENT,
    INTERVENTION,
    JOINT,
    REFERRAL,
    SHARE,
    SIGNATORY,
    SUBMISSION,
)
from defenderdesk.domain.kinds.casework import (
    APPROVAL,
    CASE,
    CONSENT,
    NOTE,
    PLAN,
    POLICY,
    TASK,
    TEMPLATE,
)
from defenderdesk.domain.kinds.emergency import EMERGENCY, EMERGENCY_STEP, HELD_EMERGENCY
from defenderdesk.domain.kinds.facts import (
    ACT,
    ATTACHMENT,
    CHAIN,
    EVENT,
    INVOLVEMENT,
    SOURCE,
)
from defenderdesk.domain.kinds.justice import CHARGE, HEARING, PROCEEDING, STEP
from defenderdesk.domain.kinds.model import Field, Kind, Type
from defenderdesk.domain.kinds.office import (
    ALERT,
    MECHANISM,
    PACK,
    RECOVERY_SHARE,
    RULE,
    SUBMITTER,
    TERM,
    TIMESTAMP,
)
from defenderdesk.domain.kinds.people import ADDRESS, BIOGRAPHY, ORGANISATION, PERSON
from defenderdesk.domain.kinds.protection import ASSESSMENT, FACTOR, MEASURE, OBLIGATION
from defenderdesk.domain.kinds.visits import MEETING, RAISED, VISIT

__all__ = [
    "ACT",
    "ADDRESS",
    "ALERT",
    "APPROVAL",
    "ASSESSMENT",
    "ATTACHMENT",
    "BIOGRAPHY",
    "CASE",
    "CHAIN",
    "CHARGE",
    "CONSENT",
    "DELETED",
    "DELETED_KNOWING",
    "EMERGENCY",
    "EMERGENCY_STEP",
    "ENGAGEMENT",
    "ERASED",
    "ERASURE_CONFIRMED",
    "EVENT",
    "EXHIBIT",
    "FACTOR",
    "HEARING",
    "HELD_EMERGENCY",
    "INTERVENTION",
    "INVOLVEMENT",
    "JOINT",
    "KIND",
    "KINDS",
    "MEASURE",
    "MECHANISM",
    "MEETING",
    "MERGED_INTO",
    "MOVED_TO",
    "NOTE",
    "NOT_SAME",
    "OBLIGATION",
    "ORGANISATION",
    "ORIGIN",
    "PACK",
    "PERSON",
    "PLAN",
    "POLICY",
    "PROCEEDING",
    "RAISED",
    "RECOVERY_SHARE",
    "REFERRAL",
    "RULE",
    "SHARE",
    "SIGNATORY",
    "SOURCE",
    "STEP",
    "SUBMISSION",
    "SUBMITTER",
    "TASK",
    "TEMPLATE",
    "TERM",
    "TIMESTAMP",
    "VISIT",
    "WHOLE",
    "WITHHELD",
    "Field",
    "Kind",
    "Type",
    "kind_of",
]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        CASE,
        INVOLVEMENT,
        EVENT,
        ACT,
        CHAIN,
        SOURCE,
        INTERVENTION,
        SUBMISSION,
        CONSENT,
        PROCEEDING,
        CHARGE,
        HEARING,
        STEP,
        ASSESSMENT,
        FACTOR,
        MEASURE,
        OBLIGATION,
        ENGAGEMENT,
        JOINT,
        SIGNATORY,
        REFERRAL,
        SHARE,
        TASK,
        PLAN,
        NOTE,
        ATTACHMENT,
        PERSON,
        ORGANISATION,
        BIOGRAPHY,
        ADDRESS,
        VISIT,
        RAISED,
        MEETING,
        TERM,
        PACK,
        MECHANISM,
        RULE,
        SUBMITTER,
        ALERT,
        TEMPLATE,
        POLICY,
        APPROVAL,
        TIMESTAMP,
        RECOVERY_SHARE,
        EMERGENCY,
        EMERGENCY_STEP,
        HELD_EMERGENCY,
    )
}

DELETED = "deleted"
"""A register every kind has: true hides the record. Nothing is lost; setting it to null undoes."""

DELETED_KNOWING = "deleted_knowing"
"""A set every kind has: what whoever deleted it knew of it then (`vault.records.deletion`)."""

KIND = "kind"
"""The register that says what a record is; set by the change set that creates it."""

WITHHELD = "withheld"
"""A set every kind has: the names of its fields that are not to be shared. No export to others
carries them; a bundle within the workspace does, with the mark."""

ORIGIN = "origin"
"""A set every kind has: the partners from whom a record, or a value of it, was taken over."""

ERASED = "erased"
"""Register of a record: why its content was erased."""
ERASURE_CONFIRMED = "erasure_confirmed"
"""Set of a record: names of erasures (`device.seq`) that a coordinator confirms."""
MOVED_TO = "moved_to"
"""Register of a case that was moved: its id in the other desk."""

MERGED_INTO = "merged_into"
"""Register of a case, person or organisation: the record of the same one that it went into."""
NOT_SAME = "not_same"
"""Set of a case or person: ids of records that look the same and are another (`casework.duplicates`)."""

EXHIBIT = ("name", "media_type", "size", "sha256", "sha512", "chunks")
"""Registers of an attachment that are fixed when it is taken in: a better title is another field."""

WHOLE = "*"
"""In `WITHHELD`: the whole record."""


def kind_of(name: str) -> Kind:
    """The kind of that name; for an unknown one (from a newer version) an empty kind."""
    return KINDS.get(name) or Kind(name, name, name, "title", ())
