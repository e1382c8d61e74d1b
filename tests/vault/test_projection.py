"""What is read from a record's state: its title, what it belongs to, what is found in it."""

from __future__ import annotations

import pytest

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.vault.records import projection

A, B = b"a" * 16, b"b" * 16
MOST = projection.MAX_TITLE


def found(registers: dict[str, Value], kind: str, sets: projection.Sets | None = None) -> str:
    return projection.search_text(registers, sets or {}, kind, ()).casefold()


def test_a_kind_is_a_text() -> None:
    assert projection.kind({"kind": "case"}) == "case"
    for other in ({}, {"kind": 1}, {"kind": ["case"]}, {"kind": None}):
        assert projection.kind(other) == ""  # type: ignore[arg-type]


def test_it_belongs_to_the_first_that_is_an_id() -> None:
    first, second = (signing.id_text(one) for one in (A, B))
    names = next(kind.parents for kind in kinds.KINDS.values() if len(kind.parents) > 1)
    kind = next(name for name, one in kinds.KINDS.items() if one.parents == names)
    assert projection.parent({names[0]: first, names[1]: second}, kind) == A
    for wrong in ("no id", "!" * 26, None, 5, [first]):
        assert projection.parent({names[0]: wrong, names[1]: second}, kind) == B  # type: ignore[dict-item]
        assert projection.parent({names[0]: wrong}, kind) is None  # type: ignore[dict-item]
    assert projection.parent({"case": first}, "of a later program") == A


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Nora", "Nora"),
        (None, ""),
        (5, "5"),
        ("x" * MOST, "x" * MOST),
        ("x" * (MOST + 1), "x" * (MOST - 1) + "…"),
        (["y" * (MOST + 1)], "['" + "y" * (MOST - 3) + "…"),
        (10**MOST, "1" + "0" * (MOST - 2) + "…"),
        (10 ** (MOST - 1), "1" + "0" * (MOST - 1)),
    ],
    ids=range(8),
)
def test_a_title_is_one_line_of_bounded_length(value: Value, shown: str) -> None:
    assert projection.title({"title": value}, "case") == shown


def test_an_event_without_a_title_is_named_by_its_day() -> None:
    assert kinds.kind_of("event").title != "date"
    assert projection.title({"date": "2026-11-30"}, "event") == "2026-11-30"
    name = kinds.kind_of("event").title
    assert projection.title({name: "Arrest", "date": "2026-11-30"}, "event") == "Arrest"
    assert projection.title({"date": "2026-11-30"}, "case") == ""


def test_a_case_without_a_title_is_listed_by_its_reference() -> None:
    row = projection.case_columns({"reference": "R 1", "status": "open", "country": "RW", "priority": 2})
    assert row == ("R 1", "r 1", "R 1", "RW", "open", "2")
    row = projection.case_columns({"title": "Élodie", "reference": "R 1"})
    assert row[:3] == ("Élodie", "elodie", "R 1")


def test_everything_that_a_person_reads_is_found_and_nothing_else() -> None:
    link = next(f.name for f in kinds.EVENT.fields if f.type in (kinds.Type.LINK, kinds.Type.DATA))
    text = found(
        {
            "kind": "case",
            "deleted": "word1",
            "withheld": "word2",
            link: "word3",
            "summary": "Kigali",
            "count": 42,
            "yes": True,
            "none": None,
            "many": ["within", [7, {"deep": "deeper"}]],
        },
        "event",
        {"tags": ["tagged", 99, ["listed"]], "kind": ["word4"], "withheld": ["word5"]},
    )
    for word in ("kigali", "42", "within", "7", "deeper", "tagged", "99", "listed"):
        assert word in text, word
    for word in ("word", "true", "none", "case", "many", "[", "{"):
        assert word not in text, word
    beside = projection.search_text({"summary": "one"}, {}, "case", ["beside", ["within"]])
    assert "one" in beside and "beside" in beside and "within" in beside


def test_what_an_office_sets_up_is_not_among_its_cases() -> None:
    for kind in (kinds.TERM, kinds.PACK, kinds.RULE, kinds.ALERT, kinds.TIMESTAMP):
        assert found({"title": "Kigali"}, kind.name) == ""
    for name in ("person", "of a later program"):
        assert "kigali" in found({"title": "Kigali", "case": "Butare"}, name)
    assert "butare" in found({"case": "Butare"}, "of a later program"), "nobody knows that it is a link"
    assert "true" not in found({"kind": "x", "deleted": "true", "withheld": "true"}, "of a later program")
