"""The record model is the Events Standard Formats, whole, and what they lack."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from defenderdesk.domain import kinds, vocabulary
from defenderdesk.domain.kinds import KINDS, Type

# entity, number, name of each field: from the public data dictionary of OpenEvSys (HURIDOCS).
FIELDS = list(csv.DictReader(Path(__file__).with_name("esf_fields.csv").open(encoding="utf-8")))

ENTITIES = {
    "event": "event",
    "act": "act",
    "arrest": "act",
    "killing": "act",
    "torture": "act",
    "destruction": "act",
    "person": "person",
    "involvement": "involvement",
    "information": "source",
    "intervention": "intervention",
    "chain_of_events": "chain",
    "biographic_details": "biography",
    "address": "address",
    "supporting_docs_meta": "attachment",
}

BY_ITSELF = {
    "record_number": "the record's own id",
    "doc_id": "the record's own id",
    "date_of_entry": "the first change set of the record says when",
    "entered_by": "and its signature who",
    "date_updated": "the last change set says when",
    "updated_by": "and its signature who",
    "confidentiality": "`withheld`: the whole record, or single fields of it",
    "supporting_documents": "attachments of the record",
    "choose_file_upload": "attachments of the record",
    "date_type": "an uncertain date says so itself",
    "birth_type": "an uncertain date says so itself",
    "deceased_type": "an uncertain date says so itself",
    "person_addresses": "records of kind `address` of the person",
}
"""What a field of the standard comes down to that needs no field here: by the end of its name."""


@pytest.mark.parametrize("row", FIELDS, ids=lambda r: f"{r['entity']}-{r['number']}")
def test_every_field_of_the_standard_has_its_place(row: dict[str, str]) -> None:
    kind = KINDS[ENTITIES[row["entity"]]]
    carried = {field.esf for field in kind.fields}
    assert row["number"] in carried or any(
        row["name"].endswith(end) or end in row["name"] for end in BY_ITSELF
    ), row


def test_nothing_claims_a_number_that_the_standard_does_not_have() -> None:
    known = {row["number"] for row in FIELDS}
    for kind in KINDS.values():
        for field in kind.fields:
            assert not field.esf or field.esf in known, (kind.name, field.name)


def test_the_tables_are_sound() -> None:
    lists = set(vocabulary.current().lists)
    for kind in KINDS.values():
        names = [field.name for field in kind.fields]
        assert len(names) == len(set(names)), kind.name
        assert kind.field(kind.title), kind.name
        for name in (*kind.line, *kind.parents):
            assert kind.field(name), (kind.name, name)
        for field in kind.fields:
            assert field.label, (kind.name, field.name)
            assert field.name not in (kinds.KIND, kinds.DELETED, kinds.WITHHELD, kinds.ORIGIN)
            for linked in field.links:
                assert linked in KINDS, (kind.name, field.name)
            assert (field.type is Type.TERM) == bool(field.terms), (kind.name, field.name)
            assert not field.terms or field.terms in lists, (kind.name, field.terms)


def test_the_kinds_of_the_field_are_there() -> None:
    wanted = {
        "case",
        "person",
        "organisation",
        "event",
        "act",
        "involvement",
        "source",
        "intervention",
        "submission",
        "proceeding",
        "charge",
        "hearing",
        "measure",
        "visit",
        "assessment",
        "note",
        "attachment",
        "task",
        "consent",
        "plan",
        "obligation",
        "referral",
        "joint",
        "share",
        "biography",
        "chain",
        "address",
    }
    assert wanted <= set(KINDS)
