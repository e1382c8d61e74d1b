"""Conflicts about a deletion, and what was deleted, on the command line."""

from __future__ import annotations

from tests.worlds import cli, cli_pair
from tests.worlds.cli import PUBLISHED, Cli
from tests.worlds.cli_pair import carry

cli, pair = cli.cli, cli_pair.pair


def test_a_case_that_was_deleted_and_written_on_is_settled_and_listed(pair: Cli) -> None:
    case = pair("A", "new", "case", "title=C2", "reference=C-2", "--json")["id"]
    carry(pair, "A", "B", "one")
    pair("A", "set", case, "deleted", "true")
    pair("B", "new", "note", "--case", case, "text=She saw it")
    carry(pair, "B", "A", "two")
    carry(pair, "A", "B", "three")
    for who in "AB":
        [found] = pair(who, "conflicts", "--json")
        assert (found["record"], found["field"]) == (case, "deleted")
        assert {v["member"]: v["value"] for v in found["values"]} == {"Olga": True, "Amina": None}
        assert "C2" in pair(who, "list") and pair(who, "deleted", "--json") == []
    pair("B", "settle", f"{case}.deleted", "true")
    carry(pair, "B", "A", "four")
    assert pair("A", "conflicts", "--json") == [] and pair("A", "list", "--json") == []
    [gone] = pair("A", "deleted", "--json")
    assert (gone["id"], gone["kind"], gone["title"], gone["member"]) == (case, "case", "C2", "Amina")
    assert "C2" in pair("A", "deleted")
    back = pair("A", "deleted", "--restore", case[:8], "--json")
    assert case in back["restored"] and back["change_set"]
    assert pair("A", "deleted", "--json") == [] and "C2" in pair("A", "list")
    assert "Nothing is deleted" in pair("A", "deleted")
    pair("A", "deleted", "--restore", case, code=2)


def test_it_is_kept_where_a_person_says_so(pair: Cli) -> None:
    case = pair("A", "new", "case", "title=C3", "--json")["id"]
    carry(pair, "A", "B", "one")
    pair("A", "set", case, "deleted", "true")
    pair("B", "set", case, "summary", "More is known")
    carry(pair, "B", "A", "two")
    pair("A", "settle", f"{case}.deleted", "false")
    assert pair("A", "conflicts", "--json") == []
    assert pair("A", "show", case, "--json")["fields"]["summary"] == "More is known"


def test_a_list_of_terms_that_is_not_there_is_named(cli: Cli) -> None:
    cli.init("A")
    cli("A", "vocabulary", "search", "no-such-list", "x", "--json", code=2)
    assert "no-such-list" in cli.err and "act" in cli.err


def test_the_same_arrest_recorded_twice_is_pointed_out_and_made_one(pair: Cli) -> None:
    fields = ("title=Abebe", "reference=2026-015")
    one, other = (pair(who, "new", "case", *fields, "--json")["id"] for who in "AB")
    pair("B", "set", other, "summary", "At dawn")
    pair("B", "export", "stick", "--all", "--json")
    assert pair("A", "receive", "stick", "--json")["duplicates"] == 1
    assert "defenderdesk duplicates" in pair.err and "Abebe" not in pair.err, "a job's log names nobody"
    pair("B", "export", "again", "--all", "--json")
    assert pair("A", "receive", "again", "--json")["duplicates"] == 0, "once"
    pair("A", "show", "2026-015", code=2)
    [found] = pair("A", "duplicates", "--json")
    assert found["kind"] == "case" and found["why"] == ["reference"]
    assert {r["id"] for r in found["records"]} == {one, other}
    assert one in (said := pair("A", "duplicates")) and "the same reference" in said
    pair("A", "duplicates", "--not-same", one, other, "--json")
    carry(pair, "A", "B", "back")
    for who in "AB":
        assert pair(who, "duplicates", "--json") == []
        assert "No likely duplicates" in pair(who, "duplicates")
    made = pair("A", "merge", one, other, "--json")
    assert made["conflicts"] == 0
    assert pair("A", "show", "2026-015", "--json")["fields"]["summary"] == "At dawn"
    pair("A", "deleted", "--restore", other, code=2)
    pair("A", "undo", made["change_set"])
    pair("A", "merge", one, one, code=2)


def test_an_import_points_out_whom_it_brought_twice(cli: Cli) -> None:
    cli.init("A")
    for _ in range(2):
        cli("A", "new", "person", "name=Abebe Kebede", "born=1990-01-05")
    assert cli("A", "import", PUBLISHED, "--json")["duplicates"] == 1
    assert cli("A", "import", PUBLISHED, "--json")["duplicates"] == 0


def test_a_merged_case_that_was_written_on_says_so(pair: Cli) -> None:
    one, other = (pair("A", "new", "case", f"title={name}", "--json")["id"] for name in ("Kept", "Gone"))
    carry(pair, "A", "B", "one")
    assert "They differ in 1 field" in pair("A", "merge", one, other)
    pair("B", "new", "note", "--case", other, "text=She saw it")
    carry(pair, "B", "A", "two")
    assert "merged it into" in pair("A", "conflicts")
    pair("A", "settle", f"{other}.deleted", "true")
    assert any(r["kind"] == "note" for r in pair("A", "show", one, "--json")["records"])
