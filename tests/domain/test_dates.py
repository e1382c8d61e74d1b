"""Dates as people write them, from every way in."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.crypto import signing
from defenderdesk.domain import dates
from defenderdesk.domain.values import is_date
from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import Vault
from tests.worlds import cli as worlds
from tests.worlds.cli import Cli

cli = worlds.cli


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("٢٠٢٤-٠٥-٣١", "2024-05-31"),
        ("۲۰۲۴-۰۳-۰۱", "2024-03-01"),
        ("२०२४-०४-०१", "2024-04-01"),
        ("٣١/٥/٢٠٢٤", "2024-05-31"),
        ("~٢٠٢٤", "~2024"),
        ("10/03/2026", "2026-03-10"),
        ("2026-3-9", "2026-03-09"),
        ("20260310", "2026-03-10"),
        ("2026-03-10T10:00:00Z", "2026-03-10"),
        ("2026-03-10 10:00:00.5+03:00", "2026-03-10"),
        ("March 2026", "2026-03"),
        ("10 March 2026", "2026-03-10"),
        ("March 10th, 2026", "2026-03-10"),
        ("1er février 2026", "2026-02-01"),
        ("10 de marzo de 2026", "2026-03-10"),
        ("5 марта 2026", "2026-03-05"),
        ("5 مارس 2026", "2026-03-05"),
        ("", ""),
        ("2026-13-45", None),
        ("31/02/2026", None),
        ("soon", None),
        ("12 Foo 2026", None),
    ],
)
def test_a_date_is_read_as_it_is_written(typed: str, stored: str | None) -> None:
    """`cases/01-native-digits` (cht-core #3192), `cases/15-import-dates` (onadata #1577)."""
    assert dates.read(typed) == stored


@given(st.text(max_size=30))
def test_what_is_read_is_a_date(typed: str) -> None:
    stored = dates.read(typed)
    assert not stored or (is_date(stored) and stored.isascii())


@pytest.mark.parametrize("stored", ["1402-12-11", "1445", "2567-05-31", "2080-02-12"])
def test_a_year_of_another_calendar_is_asked_about(stored: str) -> None:
    """`cases/23-other-calendar` (collect #6602)."""
    assert dates.strange_year(stored, date(2026, 12, 1))
    assert not dates.strange_year("~1950", date(2026, 12, 1))


def test_the_command_line_reads_and_asks(cli: Cli) -> None:
    cli.init("A")
    case = cli("A", "new", "case", "title=C", "--json")["id"]
    for typed, stored in (("٢٠٢٤-٠٥-٣١", "2024-05-31"), ("१ ५ २०२४", "2024-05-01")):
        event = cli("A", "new", "event", "--case", case, f"date={typed}", "--json")["id"]
        assert cli("A", "show", event, "--json")["fields"]["date"] == stored
    for typed in ("1402-12-11", "2567-05-31", "2016-13-03"):
        cli("A", "new", "event", "--case", case, f"date={typed}", code=2)


def test_an_import_reads_what_it_can_and_tells_the_rest(vault: Vault, tmp_path: Path) -> None:
    days = [
        "10/03/2026",
        "2026-13-45",
        "March 2026",
        "2026-03-10T10:00:00Z",
        20260310,
        "2026-3-9",
        "1402-12-11",
    ]
    incidents = [{"date": day, "description": f"number {n}"} for n, day in enumerate(days)]
    case = {"id": "X-1", "title": "T", "country": "Kenya", "incidents": incidents}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case]))
    report = exchange_json.load(vault, path)
    assert len(report.warnings) == 3
    assert any("10/03/2026" in told and "day first" in told for told in report.warnings)
    assert any("2026-13-45" in told for told in report.warnings) and any("1402" in t for t in report.warnings)
    made = vault.get(vault.resolve("X-1"))
    assert made.text("country") == "KE"
    kept = [r.fields["date"] for r in vault.children(made.id, "event")]
    assert sorted(map(str, kept)) == sorted(
        ["2026-03-10", "2026-13-45", "2026-03", "2026-03-10", "2026-03-10", "2026-03-09", "1402-12-11"]
    )
    again = exchange_json.load(vault, path)
    assert (again.records, again.changes, again.conflicts) == (0, 0, 0), "the same file again changes nothing"
    assert again.warnings == []


def test_what_stands_as_an_earlier_program_took_it_is_known(
    vault: Vault, tmp_path: Path, monkeypatch
) -> None:
    case = {"id": "X-2", "title": "T", "incidents": [{"date": "10/03/2026", "place": "Square"}]}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case]))
    with monkeypatch.context() as before:
        before.setattr(exchange_json, "_fitted", lambda edits, _: [(e, None) for e in edits])
        exchange_json.load(vault, path)
    again = exchange_json.load(vault, path)
    assert (again.records, again.changes, again.conflicts) == (0, 0, 0)


def test_an_exchange_file_is_read_as_well(vault: Vault, tmp_path: Path) -> None:
    one, two, three = (signing.id_text(bytes([n]) * 16) for n in (1, 2, 3))
    records = [
        {
            "id": one,
            "kind": "case",
            "fields": {"title": "T", "country": "Kenia"},
        },
        {"id": two, "kind": "event", "fields": {"case": one, "date": "soon"}},
        {"id": three, "kind": "case", "fields": {"title": "U", "country": "Atlantis"}},
    ]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"format": exchange_json.FORMAT, "version": 1, "records": records}))
    report = exchange_json.load(vault, path)
    assert len(report.warnings) == 2 and any("Atlantis" in told for told in report.warnings)
    assert vault.get(one).text("country") == "KE" and vault.get(two).text("date") == "soon"
