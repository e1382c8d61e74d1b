"""Conflicts about a deletion, and what was deleted, on the command line."""

from __future__ import annotations

from tests.worlds import cli, cli_pair
from tests.worlds.cli import Cli
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
