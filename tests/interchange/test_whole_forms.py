"""Every mechanism: a case with all that its form asks is found whole in the print, and nothing else
stands there."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from typing import Any

import pytest

from defenderdesk.domain import mechanisms, vocabulary
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.kinds import KINDS, Field, Type, kind_of
from defenderdesk.domain.mechanisms import Mechanism, needs
from defenderdesk.interchange.documents import drafts
from defenderdesk.interchange.documents.teller import Teller

RULES = mechanisms.load()
TODAY = date(2026, 11, 25)
every = pytest.mark.parametrize("name", sorted(RULES))

_LINKED = {
    "involvement": {
        "part": "defender",
        "person": "person",
        "name": "Ruvenka Oltmar",
        "organisation": "Zilvoret",
    },
    "person": {"name": "Ruvenka Oltmar"},
    "address": {"person": "person"},
    "organisation": {
        "name": "Zilvoret",
        "heads": ["Ruvenka Oltmar"],
        "legal_representative": "Ruvenka Oltmar",
    },
    "act": {"victim": "involvement", "event": "event"},
    "proceeding": {"against": ["involvement"]},
    "charge": {"against": "involvement", "proceeding": "proceeding"},
    "step": {"for_whom": ["involvement"]},
    "submission": {"sources": ["source"]},
    "source": {"name": "Prutzek"},
    "submitter": {"name": "Wibbenstock"},
}
"""By kind what ties the one record of it into the case."""


def asked(m: Mechanism) -> list[tuple[str, str]]:
    """(kind, field) of all that the form of a mechanism has a place for."""
    paths = [p for s in m.contents for n in (*s.needs, *s.asks) for p in needs.paths(n)]
    return [tuple(path.split(".")) for path in dict.fromkeys(paths)]  # type: ignore[misc]


def word(kind: str, name: str) -> str:
    """A word that stands nowhere else, is no name, and shares no beginning with another."""
    digest = hashlib.sha256(f"{kind}.{name}".encode()).digest()
    return "".join("bdfgkmnprtvz"[b % 12] + "aeiou"[b // 12 % 5] for b in digest[:5])


def value(kind: str, field: Field) -> Any:
    """Something to print for a field, another for each."""
    number = int.from_bytes(hashlib.sha256(f"{kind}.{field.name}".encode()).digest()[:2])
    if field.type is Type.TERM:
        codes = sorted(vocabulary.Vocabulary.shipped().terms(field.terms))
        one: Any = codes[number % len(codes)] if codes else word(kind, field.name)
    elif field.type is Type.DATE:
        one = (date(2020, 1, 1) + timedelta(days=number % 2000)).isoformat()
    elif field.type is Type.TIME:
        one = f"{number % 24:02}:{number % 60:02}"
    elif field.type is Type.INTEGER:
        one = 1000 + number
    elif field.type is Type.FLAG:
        one = True
    elif field.type is Type.COUNTRY:
        one = "CD"
    elif field.type is Type.LANGUAGE:
        one = "fr"
    elif field.type is Type.URL:
        one = f"https://{word(kind, field.name)}.example"
    else:
        one = word(kind, field.name)
    return [one] if field.many else one


def whole(m: Mechanism) -> CaseFile:
    """A case that holds what the form of a mechanism asks, and agrees to everything."""
    kinds: dict[str, dict[str, Any]] = {"involvement": {}, "person": {}}
    for kind, name in asked(m):
        field = kind_of(kind).field(name)
        assert field is not None
        kinds.setdefault(kind, {})[name] = value(kind, field)
    for kind in list(kinds):
        kinds[kind] = {"id": kind, "kind": kind, **kinds[kind], **_LINKED.get(kind, {})}
    if "submitter" in kinds:
        for field in KINDS["submitter"].fields:
            if field.type in (Type.TEXT, Type.PARAGRAPH) and field.name not in ("name", "note"):
                kinds["submitter"][field.name] = value("submitter", field)
    uses = sorted({*(use.code for use in m.uses), "mechanism_confidential"})
    given = {
        "id": "y",
        "kind": "consent",
        "person": "involvement",
        "uses": uses,
        "answer": "yes",
        "date": "2020-01-01",
    }
    own = {"mechanism": m.id, "place": "Ouarzaz", "signed": "2026-11-24", **kinds.pop("submission", {})}
    own = {**own, "id": "s", "kind": "submission", "sources": ["source"]}
    records = {kind: [fields] for kind, fields in kinds.items() if kind != "case"}
    case = {**kinds.get("case", {}), "id": "c", "kind": "case", "title": "Ponderax", "country": "UG"}
    return CaseFile(case, {**records, "consent": [given], "submission": [own]})


def draft(m: Mechanism, file: CaseFile) -> drafts.Draft:
    return drafts.draft(m, file, (file.of("submission") or [{"id": "s"}])[0], TODAY, "en")


def shown(m: Mechanism, file: CaseFile) -> dict[tuple[str, str], str]:
    """Every fact that the form asks, in the words of the draft."""
    tell = Teller(m, file, {}, [], [], "en")
    found = {}
    for kind, name in asked(m):
        record = file.case if kind == "case" else file.of(kind)[0]
        found[kind, name] = tell.field(record, kind, name)
    return found


@every
def test_every_fact_that_a_form_asks_is_in_the_print(name: str) -> None:
    m, file = RULES[name], whole(RULES[name])
    made = draft(m, file)
    text = made.text()
    missing = [(path, said) for path, said in shown(m, file).items() if not said or said not in text]
    assert not missing
    assert "still lacking" not in text and not made.withheld_names and not made.unsure
    assert all(not part.missing for part in made.parts)
    used = {source for part in made.parts for sources in part.sources for source in sources}
    assert {kind for kind, _ in asked(m)} - {"case", "submission"} <= used


@every
def test_nothing_is_in_the_print_that_neither_the_case_nor_the_form_says(name: str) -> None:
    m, file = RULES[name], whole(RULES[name])
    told = set(shown(m, file).values())
    tell = Teller(m, file, {}, [], [], "en")
    for record in file.all():
        kind = str(record["kind"])
        told |= {tell.field(record, kind, field) for field in record if field not in ("id", "kind")}
    labels = {f.label for kind in KINDS.values() for f in kind.fields}
    sentences = {"The acts reported are", "Those held responsible are", "See section", "yes", "no"}
    ours = labels | sentences | {use.label for use in m.uses}
    known = sorted(told | ours, key=len, reverse=True)
    for part in draft(m, file).parts:
        for paragraph in part.paragraphs:
            if re.fullmatch(r"\[[^\]]*\]", paragraph):
                continue  # a reminder, which says so
            left = paragraph
            for said in filter(None, known):
                left = left.replace(said, " ")
            assert not re.search(r"[^\W\d_]", left), (part.id, paragraph, left)


@every
def test_an_empty_case_prints_reminders_and_questions_only(name: str) -> None:
    m = RULES[name]
    made = draft(m, CaseFile({"id": "c", "kind": "case"}))
    for part in made.parts:
        for paragraph in part.paragraphs:
            assert paragraph.startswith("[") or paragraph in {use.label for use in m.uses}, paragraph
    needed = {n for s in m.contents if s.required for n in s.needs}
    lacking = {what for part in made.parts for what in part.missing}
    assert {needs.words(n) for n in needed} <= lacking


@every
def test_what_is_marked_not_to_be_shared_is_in_no_form(name: str) -> None:
    m, file = RULES[name], whole(RULES[name])
    marked = {
        kind: [
            {**r, "withheld": [f for f in r if f not in ("id", "kind", "name", "mechanism")]} for r in some
        ]
        for kind, some in file.records.items()
        if kind not in ("consent", "involvement")
    }
    hidden = CaseFile(file.case, {**file.records, **marked})
    text = draft(m, hidden).text()
    for (kind, field), said in shown(m, file).items():
        free = kind_of(kind).field(field).type in (Type.TEXT, Type.PARAGRAPH)
        if (
            free
            and kind not in ("case", "involvement")
            and field not in ("name", "heads", "legal_representative")
        ):
            assert said not in text, (kind, field)
