"""Every published case can be entered whole, and is shown without losing a fact."""

from __future__ import annotations

import json

import pytest

from defenderdesk import i18n, resources
from defenderdesk.domain.kinds import KINDS, kind_of
from defenderdesk.interchange.json import exchange_json
from defenderdesk.ui.records import formatting
from defenderdesk.vault import Vault

PATH = resources.path("samples", "public_cases.json")
KEPT = {"case.schema_note", "case.retrieved"}
"""What the file says about itself keeps its own name."""
CASES = json.loads(PATH.read_text(encoding="utf-8"))["cases"]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    vault, _ = Vault.create(tmp_path_factory.mktemp("v") / "p", "a b c d", unlock_seconds=0)
    vault.found("W", "M", "D")
    exchange_json.load(vault, PATH)
    yield vault
    vault.close()


def shown(vault: Vault, reference: str) -> str:
    """Everything that the forms of a case show: each field by its label, each value in words,
    and the value as it stands."""
    case = vault.get(vault.resolve(reference))
    pieces = []
    for record in [case, *vault.children(case.id)]:
        kind = kind_of(record.kind)
        for name, value in {**record.fields, **record.sets}.items():
            field = kind.field(name)
            pieces.append(f"{name}={formatting.shown(field, value)}")
            pieces.append(json.dumps(value, ensure_ascii=False))
    return "\n".join(pieces)


def facts(value, path=""):
    """(path, leaf) of every fact of a published case."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from facts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from facts(inner, path)
    elif value not in (None, ""):
        yield path, value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_fact_of_a_published_case_is_lost(published: Vault, case, language) -> None:
    i18n.use(language)
    try:
        text = shown(published, case["id"])
        for path, fact in facts(case):
            assert str(fact) in text or json.dumps(fact, ensure_ascii=False) in text, path
    finally:
        i18n.use("en")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_fact_stands_in_a_field_that_a_form_has(published: Vault, case) -> None:
    record = published.get(published.resolve(case["id"]))
    unknown = set()
    for one in [record, *published.children(record.id)]:
        kind = KINDS[one.kind]
        unknown |= {
            f"{one.kind}.{name}"
            for name in (*one.fields, *one.sets)
            if kind.field(name) is None and name != "kind"
        }
    assert unknown <= KEPT, unknown
