"""Found as people write: numbers in any groups, joined words, names in every script, new names."""

from __future__ import annotations

import pytest

from defenderdesk.vault import CaseFilter, Edit, Vault
from tests.worlds.records import new_case


def record(vault: Vault, kind: str, **fields: str) -> str:
    made = vault.new_id()
    vault.save([Edit(made, "kind", kind), *(Edit(made, name, value) for name, value in fields.items())])
    return str(made)


def hits(vault: Vault, text: str) -> set[str]:
    return {str(hit.id) for hit in vault.search(text)}


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("+251 911 12 34 56", ["+251911123456", "0911123456", "911 123 456", "00251911123456", "٠٩١١١٢٣٤٥٦"]),
        ("+251911123456", ["+251 911 12 34 56", "0911-123-456", "911123456", "+251911"]),
        ("+977-9841-234567", ["9841234567", "+977 9841234567"]),
        ("٠٩١١ ١٢٣ ٤٥٦", ["0911123456"]),
    ],
)
def test_a_number_is_found_however_it_is_grouped(vault: Vault, kept: str, asked: list[str]) -> None:
    """`cases/03-phone-search` (cht-core #10847)."""
    person = record(vault, "person", name="Somebody")
    address = record(vault, "address", person=person, mobile=kept)
    for text in asked:
        assert address in hits(vault, text), text
    assert address not in hits(vault, "0911123457")


@pytest.mark.parametrize("asked", ["UGA 3/2019", "uga3/2019", "UGA-3-2019", "uga 3 2019"])
def test_a_reference_is_found_however_it_is_written(vault: Vault, asked: str) -> None:
    found = record(vault, "note", text="Letter UGA 3/2019 of March.")
    assert found in hits(vault, asked)


@pytest.mark.parametrize("asked", ["احمد", "أحمد", "الحسيني", "حسيني", "بيت"])
def test_an_arabic_word_is_found_with_what_is_joined_to_it(vault: Vault, asked: str) -> None:
    """`cases/04-arabic-joined`."""
    texts = {
        "وأحمد قال": ["احمد", "أحمد"],
        "للحسيني بيت": ["الحسيني", "حسيني", "بيت"],
        "الحسيني": ["الحسيني", "حسيني"],
    }
    kept = {text: record(vault, "note", text=text) for text in texts}
    assert hits(vault, asked) == {kept[text] for text, words in texts.items() if asked in words}


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("ኃይሌ ሥላሴ", "ሀይሌ"),
        ("نسرین\u200cستوده", "نسرینستوده"),
        ("ئاوات حەسەن", "حەسەن"),
        ("O’Brien", "o'brien"),
    ],
)
def test_variants_of_letters_are_one(vault: Vault, kept: str, asked: str) -> None:
    found = record(vault, "note", text=kept)
    assert found in hits(vault, asked)


@pytest.mark.parametrize(
    "name", ["王小明", "田中さくら", "김민수", "สมชาย ใจดี", "ທອງ", "សុខា", "မင်းကိုနိုင်", "Li", "Bo Xi"]
)
def test_a_person_is_offered_in_every_script(vault: Vault, name: str) -> None:
    """`cases/06-names-unspaced` (OpenCRVS #4907)."""
    person = record(vault, "person", name=name)
    record(vault, "person", name="Somebody Else")
    assert [str(p.record.id) for p in vault.views.named(name)] == [person]


def test_a_case_is_found_by_the_new_name_of_its_person(vault: Vault) -> None:
    """`cases/25-changed-name`."""
    case = new_case(vault, "A case")
    person = record(vault, "person", name="Sam Old")
    record(vault, "involvement", case=case, name="Sam Old", person=person)
    vault.save([Edit(person, "name", "Sana New"), Edit(person, "other_names", "Sam Old", "add")])
    assert [row.title for row in vault.cases(CaseFilter(text="Sana"), 0, 10)] == ["A case"]
    assert (
        vault.count_cases(CaseFilter(text="Sana")) == 1 and vault.count_cases(CaseFilter(text="Nobody")) == 0
    )
