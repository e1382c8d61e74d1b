"""Every kind of record, with every field it has, travels: bundle, exchange JSON, merge."""

from __future__ import annotations

import json

from defenderdesk.domain import vocabulary
from defenderdesk.domain.kinds import KINDS, WITHHELD, Field, Kind, Type
from defenderdesk.domain.values import Value
from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.receiving import verification

TRAVELS = [kind for kind in KINDS.values() if kind.name != "attachment"]


def example(field: Field, case: str) -> Value:
    """A value of a field's type."""
    terms = list(vocabulary.terms(field.terms)) if field.terms else []
    values: dict[Type, Value] = {
        Type.TEXT: f"{field.label} – نص",
        Type.PARAGRAPH: f"{field.label}\nзатем",
        Type.DATE: "~2024-05",
        Type.TIME: "09:30",
        Type.INTEGER: 7,
        Type.FLAG: True,
        Type.URL: "https://example.org/a?b=c",
        Type.COUNTRY: "UG",
        Type.LANGUAGE: "lg",
        Type.TERM: terms[0] if terms else "own_code",
        Type.LINK: case,
        Type.DATA: [["a", {"long key": 1, "b": [1, None, True], "": {"z": 1, "a": 2}}]],
    }
    return values[field.type]


def fill(vault: Vault, kind: Kind) -> str:
    """A record with something in every field."""
    case, record = vault.new_id(), vault.new_id()
    vault.save([Edit(case, "kind", "case"), Edit(case, "title", "C")])
    edits = [Edit(record, "kind", kind.name)]
    for field in kind.fields:
        value = example(field, case)
        edits.append(Edit(record, field.name, value, "add" if field.many else "set"))
    vault.save(edits)
    return record


def test_every_kind_comes_through_a_bundle_and_is_verified(pair) -> None:
    for kind in TRAVELS:
        fill(pair.office, kind)
    pair.carry(pair.office, pair.laptop)
    one, two = pair.dumps()
    assert one == two
    states = [
        v.store.reader.execute("SELECT id, state FROM records ORDER BY id").fetchall()
        for v in (pair.office, pair.laptop)
    ]
    assert states[0] == states[1], "the same bytes on every replica"
    for vault in (pair.office, pair.laptop):
        assert verification.vault(vault.store).problems == []
    kinds = {record["kind"] for record in json.loads(one)["records"]}
    assert {kind.name for kind in TRAVELS} <= kinds


def test_every_kind_comes_back_from_exchange_json(make_vault, tmp_path) -> None:
    one, two = make_vault("one"), make_vault("two")
    for kind in TRAVELS:
        fill(one, kind)
    path = tmp_path / "all.json"
    path.write_text(exchange_json.dump_text(one), encoding="utf-8")
    exchange_json.load(two, path)

    def bare(vault: Vault) -> list[dict]:
        return [{k: v for k, v in r.items() if k != "desk"} for r in exchange_json.dump(vault)["records"]]

    assert bare(one) == bare(two)
    assert exchange_json.load(two, path).changes == 0


def test_two_who_write_at_once_are_both_kept_whatever_the_kind(pair) -> None:
    both: list[tuple[str, str]] = []
    for kind in TRAVELS:
        fields = (f for f in kind.fields if f.type in (Type.TEXT, Type.PARAGRAPH) and not f.many)
        if field := next(fields, None):
            both.append((fill(pair.office, kind), field.name))
    pair.carry(pair.office, pair.laptop)
    pair.office.save([Edit(record, name, "as the office has it") for record, name in both])
    pair.laptop.save([Edit(record, name, "as the laptop has it") for record, name in both])
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    one, two = pair.dumps()
    assert one == two
    assert pair.office.conflict_count() == len(both) > 35
    for record, name in both:
        assert sorted(pair.office.standing(record, name)) == [
            "as the laptop has it",
            "as the office has it",
        ]


# -- not to be shared ----------------------------------------------------------------------------


def test_what_is_not_to_be_shared_is_in_no_export(vault: Vault) -> None:
    case, person, involved, note = (vault.new_id() for _ in range(4))
    vault.save(
        [
            Edit(case, "kind", "case"),
            Edit(case, "title", "C"),
            Edit(case, "summary", "SECRET-A"),
            Edit(case, WITHHELD, "summary", "add"),
            Edit(person, "kind", "person"),
            Edit(person, "name", "SECRET-B"),
            Edit(person, WITHHELD, "*", "add"),
            Edit(involved, "kind", "involvement"),
            Edit(involved, "case", case),
            Edit(involved, "name", "Nora"),
            Edit(involved, "person", person),
            Edit(note, "kind", "note"),
            Edit(note, "case", case),
            Edit(note, "text", "open"),
        ]
    )
    vault.save([Edit(person, "contact", "SECRET-C")])
    address = vault.new_id()
    vault.save(
        [
            Edit(address, "kind", "address"),
            Edit(address, "person", person),
            Edit(address, "address", "SECRET-D"),
        ]
    )
    text = exchange_json.dump_text(vault)
    assert "SECRET" not in text and WITHHELD not in text and "Nora" in text
    vault.save([Edit(case, WITHHELD, "*", "add")])
    text = exchange_json.dump_text(vault)
    assert "Nora" not in text and "open" not in text, "what belongs to it is withheld with it"


def test_the_mark_travels_within_the_workspace(pair) -> None:
    case = pair.office.new_id()
    pair.office.save(
        [Edit(case, "kind", "case"), Edit(case, "summary", "for us"), Edit(case, WITHHELD, "summary", "add")]
    )
    pair.carry(pair.office, pair.laptop)
    there = pair.laptop.get(case)
    assert there.fields["summary"] == "for us" and there.sets[WITHHELD] == ["summary"]
    assert "for us" not in exchange_json.dump_text(pair.laptop)


def test_a_withheld_value_in_conflict_is_withheld_too(pair) -> None:
    case = pair.office.new_id()
    pair.office.save(
        [Edit(case, "kind", "case"), Edit(case, "title", "C"), Edit(case, WITHHELD, "summary", "add")]
    )
    pair.carry(pair.office, pair.laptop)
    pair.office.save([Edit(case, "summary", "SECRET-A")])
    pair.laptop.save([Edit(case, "summary", "SECRET-B")])
    pair.carry(pair.laptop, pair.office)
    assert "SECRET" not in exchange_json.dump_text(pair.office)
