"""Memberships: dated, marked, and never a No where the lists cannot tell."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from defenderdesk import resources
from defenderdesk.domain import countries
from defenderdesk.domain.values import span

STATES = {"member", "withdrawn", "suspended", "disputed", "never", "unknown"}


@pytest.mark.parametrize(
    ("code", "body", "on", "expected"),
    [
        ("NI", "oas", date(2023, 11, 18), "member"),
        ("NI", "oas", date(2023, 11, 19), "withdrawn"),
        ("NI", "iachr_coverage", date(2026, 1, 1), "member"),
        ("VE", "oas", date(2017, 4, 26), "member"),
        ("VE", "oas", date(2026, 1, 1), "disputed"),
        ("CU", "oas", date(1990, 1, 1), "suspended"),
        ("CU", "oas", date(2026, 1, 1), "member"),
        ("RU", "coe", date(2022, 3, 15), "member"),
        ("RU", "coe", date(2022, 3, 16), "withdrawn"),
        ("BY", "coe", date(2026, 1, 1), "never"),
        ("BF", "oif", date(2025, 9, 16), "member"),
        ("BF", "oif", date(2025, 9, 17), "withdrawn"),
        ("ML", "oif", date(2025, 9, 17), "member"),
        ("ML", "oif", date(2025, 9, 18), "withdrawn"),
        ("TL", "asean", date(2025, 10, 25), "never"),
        ("TL", "asean", date(2025, 10, 26), "member"),
        ("MA", "au", date(2026, 1, 1), "member"),
        ("MA", "au", date(2010, 1, 1), "unknown"),
        ("MA", "achpr_charter", date(2026, 1, 1), "never"),
        ("FR", "eu", date(2026, 1, 1), "member"),
        ("ke", "au", date(2026, 1, 1), "member"),
        ("KE", "eu", None, "never"),
        ("KE", "icpped", None, "unknown"),
        ("KE", "ICCPR-OP1", None, "unknown"),
        ("KE", "Aarhus", None, "unknown"),
        ("ZZ", "un", None, "unknown"),
        ("", "un", None, "unknown"),
    ],
)
def test_state_on_a_day(code: str, body: str, on: date | None, expected: str) -> None:
    assert countries.state(code, body, on) == expected


def test_without_a_day_the_latest_that_is_known() -> None:
    assert countries.state("RU", "coe") == "withdrawn"
    assert countries.membership("RU", "coe").since == date(2022, 3, 16)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("un", 193),
        ("iachr_coverage", 35),
        ("au", 55),
        ("achpr_charter", 54),
        ("osce", 57),
        ("eu", 27),
        ("coe", 46),
        ("oif", 50),
        ("asean", 11),
    ],
)
def test_counts_are_those_of_the_research(body: str, count: int) -> None:
    on = date(2025, 12, 1)
    members = [code for code in countries.codes() if countries.state(code, body, on) == "member"]
    assert len(members) == count


def test_every_state_of_every_country_has_a_mark_and_a_month() -> None:
    for code in countries.codes():
        for found in (countries.membership(code, body) for body in countries.BODIES):
            assert found.state in STATES
            assert found.verified in ("V", "P", "U")
            assert found.as_of == "2025-12" == countries.lists_as_of(code)


def test_changes_are_of_known_states_and_begin_with_what_was_before() -> None:
    with resources.path("countries", "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first: set[tuple[str, str]] = set()
    for row in rows:
        key = (row["alpha2"], row["body"])
        assert countries.known(row["alpha2"]) and row["body"] in countries.BODIES
        assert row["state"] in STATES and row["verified"] in ("V", "P", "U")
        if row["since"]:
            assert span(row["since"]) is not None
            assert key in first, f"{key}: nothing says what it was before"
        first.add(key)


def test_notes_are_for_the_translators() -> None:
    messages = set(countries.messages())
    for code in countries.codes():
        for found in (countries.membership(code, body) for body in countries.BODIES):
            assert {found.note, found.caveat} - {""} <= messages
    assert countries.membership("XK", "oif").note
    assert countries.membership("PS", "un").note


@pytest.mark.parametrize(
    ("code", "language", "name", "within"),
    [
        ("CD", "en", "Democratic Republic of the Congo", "in the Democratic Republic of the Congo"),
        ("CD", "fr", "République démocratique du Congo", "en République démocratique du Congo"),
        ("PS", "es", "Estado de Palestina", "en el Estado de Palestina"),
        ("MM", "en", "Myanmar", "in Myanmar"),
        ("TR", "fr_CA", "Türkiye", "en Türkiye"),
        ("vn", "fr", "Viet Nam", "au Viet Nam"),
        ("GM", "en", "Gambia", "in the Gambia"),
        ("RU", "ru", "Российская Федерация", "Российская Федерация"),
        ("SY", "ar", "الجمهورية العربية السورية", "الجمهورية العربية السورية"),
        ("BR", "pt", "Brasil", "no Brasil"),
        ("ZZ", "en", "", ""),
        ("FR", "de", "", ""),
    ],
)
def test_states_are_called_as_institutions_call_them(
    code: str, language: str, name: str, within: str
) -> None:
    assert (countries.state_name(code, language), countries.within_state(code, language)) == (name, within)


def test_every_state_has_its_name_in_six_languages() -> None:
    for code in countries.codes():
        if countries.membership(code, "un").state == "member":
            assert all(countries.state_name(code, one) for one in ("en", "fr", "es", "ar", "ru", "pt")), code
