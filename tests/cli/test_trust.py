"""Trust under pressure from the command line, between real profiles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.worlds import cli_pair
from tests.worlds.cli import Cli, cli
from tests.worlds.cli_pair import carry

pair = cli_pair.pair
"""The two profiles of these tests, in place of the pair of vaults that others know."""

__all__ = ["cli"]


def test_roles_removal_and_what_was_written_on(pair: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = pair
    assert cli("A", "member", "role", "Amina", "desk officer", "--json") == {"holds": True}
    listed = cli("A", "member", "list", "--json")
    assert {d["member"]: d["role"] for d in listed["devices"]} == {
        "Olga": "administrator",
        "Amina": "desk officer",
    }
    cli("B", "member", "remove", "Olga", code=2)
    assert "administrator" in cli.err
    cli("A", "member", "remove", "Amina", "--destroy", "--json")
    cli("B", "new", "case", "title=Written on", "--json")
    got = carry(cli, "B", "A", "late")
    assert got["aside"] == {"Amina": 1}
    assert "defenderdesk alerts" in cli.err and "Amina" not in cli.err, "it may be a log"
    with monkeypatch.context() as patch:
        patch.setattr("defenderdesk.cli.exchange._watched", lambda: True)
        carry(cli, "B", "A", "again")
    assert "Amina’s laptop was removed, or lost its desk, and wrote on." in cli.err
    [told] = cli("A", "alerts", "--json")
    assert cli("A", "worries", "--json") == [told], "its name of before"
    assert "and wrote on" in told["seen"] and "Amina" in told["seen"] and told["todo"]
    assert "and wrote on" in cli("A", "alerts", "--read")
    assert cli("A", "alerts", "--json") == [] and "nothing" in cli("A", "alerts")
    listed = cli("A", "member", "list", "--json")
    [gone] = [d for d in listed["devices"] if not d["present"]]
    assert gone["member"] == "Amina" and gone["aside"] == 1
    carry(cli, "A", "B", "after", code=5)
    assert "keys of its vault were destroyed" in cli.err
    cli("B", "list", code=2)
    assert "no vault" in cli.err
    assert cli("A", "member", "accept", gone["id"], "--json") == {"change_sets": 1}
    assert [c["title"] for c in cli("A", "list", "--json")] == ["Written on"]
    assert cli("A", "verify", cli.folder / "A", "--json")["ok"]
    assert "removed" in cli("A", "member", "list")


def test_who_travels_stands_in_the_list_of_members(pair: Cli) -> None:
    cli = pair
    carry(cli, "B", "A", "work")
    carry(cli, "A", "B", "confirmed")
    assert "travelling" not in cli("A", "member", "list")
    cli("B", "travel", "depart", "--tell", cli.folder / "told")
    cli("A", "receive", "told", "--json")
    [line] = [x for x in cli("A", "member", "list").splitlines() if "Amina" in x]
    assert line.endswith("  travelling: holds nothing")


def test_what_a_lost_laptop_held(pair: Cli) -> None:
    cli = pair
    case = cli("A", "new", "case", "title=Confirmed", "reference=UG-1", "--json")["id"]
    carry(cli, "A", "B", "one")
    carry(cli, "B", "A", "two")
    cli("A", "new", "case", "title=On the way", "--json")
    found = cli("A", "member", "held", "Amina", "--json")
    [desk] = found["desks"]
    first = desk["cases"][0]
    assert (first["id"], first["reference"], first["sure"]) == (case, "UG-1", True)
    assert [c["sure"] for c in desk["cases"]] == [True, False] and found["removed"] is None
    assert "It was not removed" in cli("A", "member", "held", "Amina")
    cli("B", "member", "renew-keys", "Olga", code=2)
    cli("A", "member", "remove", "Amina", "--destroy", "--json")
    said = cli("A", "member", "held", "Amina")
    assert "UG-1  Confirmed\n" in said and "On the way  (may have come)" in said
    assert "by Olga" in said and "It is to destroy its keys. Synchronise" in said
    assert "The desk has a new key, which it does not have." in said
    assert cli("A", "member", "renew-keys", "Amina", "--json") == {"desks": 0}
    cli("A", "member", "held", "Nobody", code=2)


def test_a_second_administrator_agrees(pair: Cli) -> None:
    cli = pair
    cli("A", "member", "role", "Amina", "administrator", "--json")
    carry(cli, "A", "B", "one")
    assert cli("A", "member", "quorum", "1", "--json") == {"holds": False}
    carry(cli, "A", "B", "two")
    [proposal] = cli("B", "member", "list", "--json")["proposals"]
    assert proposal["need"] == 2 and proposal["behind"] == ["Olga"]
    cli("B", "member", "endorse", "nonsense", code=2)
    assert cli("B", "member", "endorse", proposal["id"][:12], "--json") == {"holds": True}
    assert cli("B", "member", "list", "--json")["quorum"] == 1


def test_desks_and_erasure(pair: Cli, tmp_path: Path) -> None:
    cli = pair
    cli("A", "desk", "add", "Sahel", "--json")
    case = cli("A", "new", "case", "title=Threats", "summary=Told in confidence", "--json")["id"]
    there = cli("A", "carry", case, "Sahel", "--json")["id"]
    assert cli("A", "show", there, "--json")["fields"]["summary"] == "Told in confidence"
    cli("A", "carry", case, "Sahel", "--move")
    cli("A", "carry", case, "Sahel", "--move", code=2)
    cli("A", "member", "grant", "Amina", "Sahel", "--json")
    cli("A", "export", "sahel", "--desk", "Sahel", "--all", "--json")
    cli("B", "receive", "sahel", "--json")
    assert len(cli("B", "list", "--json")) == 2
    assert cli("B", "erase", there, "--field", "summary", "--reason", "Asked", "--json") == {
        "done": False,
        "records": 1,
    }
    cli("B", "export", "back", "--desk", "Sahel", "--all", "--json")
    cli("A", "receive", "back", "--json")
    [waiting] = cli("A", "erasures", "--json")
    assert waiting["by"] == "Amina" and not waiting["done"]
    [done] = cli("A", "erasures", "--confirm", waiting["name"][:10], "--json")
    assert done["done"] and "summary" not in cli("A", "show", there, "--json")["fields"]
    assert "Asked" in cli("A", "erasures")
    cli("A", "member", "withdraw", "Amina", "Sahel", "--json")
    assert cli("A", "verify", cli.folder / "A", "--json")["ok"]


def test_a_case_is_erased_with_what_belongs_to_it(pair: Cli, tmp_path: Path) -> None:
    cli = pair
    case = cli("A", "new", "case", "title=Threats", "--json")["id"]
    event = cli("A", "new", "event", f"case={case}", "description=At night", "--json")["id"]
    (tmp_path / "photo.jpg").write_bytes(b"photo" * 500)
    cli("A", "attach", case, tmp_path / "photo.jpg", "--json")
    one = cli("A", "new", "case", "title=Alone", "--json")["id"]
    kept = cli("A", "new", "event", f"case={one}", "description=Stays", "--json")["id"]
    done = cli("A", "erase", case, "--reason", "Consent was withdrawn", "--json")
    assert done == {"done": True, "records": 3}
    assert "description" not in cli("A", "show", event, "--json")["fields"]
    assert not [p for p in (cli.folder / "A" / "chunks").rglob("*") if p.is_file()]
    assert cli("A", "erase", one, "--alone", "--reason", "Asked", "--json")["records"] == 1
    assert cli("A", "show", kept, "--json")["fields"]["description"] == "Stays"
    assert cli("A", "verify", cli.folder / "A", "--json")["ok"]


def test_travel(pair: Cli) -> None:
    cli = pair
    cli("B", "new", "case", "title=Away", "--json")
    [left] = cli("B", "travel", "check", "--json")
    assert left["change_sets"] == 1
    cli("B", "travel", "depart", code=2)
    assert "no office" in cli.err
    carry(cli, "B", "A", "out")
    carry(cli, "A", "B", "back")
    assert cli("B", "travel", "check", "--json") == []
    cli("B", "travel", "depart")
    assert cli("B", "list", "--json") == []
    cli("A", "travel", "back", "Amina", "--json")
    carry(cli, "A", "B", "home")
    assert [c["title"] for c in cli("B", "list", "--json")] == ["Away"]


def test_who_departs_tells_colleagues_before_everything_leaves(pair: Cli) -> None:
    """The save that says so went with everything else: nobody heard of it, and the next new key of
    the desk was given to a laptop at a border."""
    cli = pair
    cli("C", "init", "--unlock-seconds", 0, "--json")
    cli("A", "invite", "c.ddinvite")
    cli("C", "join", "c.ddinvite", "--member", "Cleo", "--out", "c.ddjoin", "--json")
    cli("A", "approve", "c.ddjoin", "--out", "c.ddbundle", "--json")
    carry(cli, "B", "A", "out")
    carry(cli, "A", "B", "back")
    silent = shutil.copytree(cli.folder / "B", cli.folder / "S")
    cli(silent.name, "travel", "depart")
    assert "No colleague was told" in cli.err
    cli("B", "travel", "depart", "--tell", "told")
    assert "No colleague" not in cli.err
    cli("A", "receive", "told", "--json")
    [away] = [d for d in cli("A", "member", "list", "--json")["devices"] if d["member"] == "Amina"]
    assert away["travelling"]
    cli("A", "new", "case", "title=Meanwhile", "--json")
    cli("A", "member", "remove", "Cleo", "--json")  # the desk has a new key
    carry(cli, "A", "B", "meanwhile", code=5)
    assert cli("B", "list", "--json") == []
    cli("A", "travel", "back", "Amina", "--json")
    carry(cli, "A", "B", "home")
    assert "Meanwhile" in [c["title"] for c in cli("B", "list", "--json")]


def test_a_share_is_asked_back(pair: Cli) -> None:
    cli = pair
    cli.init("P")
    key = cli("P", "key", "--json")["recipient"]
    organisation = cli("A", "new", "organisation", "name=Partner", f"recipient={key}", "--json")
    case = cli("A", "new", "case", "title=Shared", "summary=What happened", "--json")["id"]
    cli("A", "share", case, "--to", organisation["id"], "--out", "s.ddshare", "--json")
    assert cli("P", "take", "s.ddshare", "--json")["new"] == 1
    [given] = [r for r in cli("A", "dump", "--json")["records"] if r["kind"] == "share"]
    cli("A", "recall", given["id"], "--out", "r.ddshare", "--reason", "Withdrawn", "--json")
    asked = cli("P", "take", "r.ddshare", "--json")
    assert asked["erased"] == 1 and not asked["honoured"]
    assert [c["title"] for c in cli("P", "list", "--json")] == ["Shared"]
    assert cli("P", "take", "r.ddshare", "--honour", "--json")["honoured"]
    assert cli("P", "list", "--json") == []
    assert "What happened" not in str(cli("P", "dump", "--json"))


def test_what_other_records_say_is_printed_and_erased_with_it(cli: Cli) -> None:
    cli.init("A")
    person = cli("A", "new", "person", "name=Grace Nakato", "--json")["id"]
    case = cli("A", "new", "case", "title=Threats", "--json")["id"]
    cli("A", "set", case, "summary", "Threats. Grace Nakato was named; so was Mama G.", "--json")
    other = cli("A", "new", "case", "title=A period of grace", "--json")["id"]
    third = cli("A", "new", "case", "title=Mama G spoke", "--json")["id"]
    got = cli("A", "erase", person, "--mentions", "--json")
    assert got["names"] == ["Grace Nakato"] and got["more"] == 0
    assert [(m["record"], m["field"], m["whole"]) for m in got["mentions"]] == [
        (case, "summary", True),
        (other, "title", False),
    ]
    assert got["mentions"][0]["sentence"] == "Grace Nakato was named; so was Mama G."
    named = cli("A", "erase", person, "--mentions", "--named", "Mama G")
    assert f"{third}:title" in named and f"{case}:summary" in named
    cli("A", "erase", case, "--field", "title", "--mentions", code=2)
    assert "No name is recorded" in cli.err
    cli("A", "erase", person, "--and", f"{case}:summary", code=2)
    assert "--reason" in cli.err
    cli("A", "erase", person, "--and", f"{case}:nothing", "--reason", "Asked", code=2)
    assert len(cli("A", "erasures", "--json")) == 0
    cli("A", "set", case, "summary", "", "--json")  # not there any more, and in the history
    assert "as it stood earlier" in cli("A", "erase", person, "--mentions")
    cli("A", "erase", person, "--and", f"{case[:8]}:summary", "--reason", "Asked", "--json")
    [told] = cli("A", "erasures", "--json")
    assert set(told["records"]) == {person, case} and told["done"]
    left = cli("A", "erase", person, "--mentions", "--named", "Grace Nakato", "--json")
    assert [(m["record"], m["whole"]) for m in left["mentions"]] == [(other, False)]
    assert cli("A", "show", other, "--json")["fields"]["title"] == "A period of grace"


def test_a_laptop_that_took_new_keys_is_named_by_its_id_of_before(pair: Cli) -> None:
    cli = pair
    [old] = [d["id"] for d in cli("A", "status", "--json")["devices"] if d["self"]]
    cli("A", "member", "role", "Amina", "administrator", "--json")
    carry(cli, "A", "B", "one")
    [now] = [d["id"] for d in cli("B", "status", "--json")["devices"] if d["member"] == "Olga"]
    assert now != old
    cli("B", "export", "s.ddbundle", "--to", old[:8], "--json")
    assert cli("B", "member", "remove", old, "--json") == {"holds": True}
    cli("A", "new", "case", "title=Written on", "--json")
    carry(cli, "A", "B", "late")
    [line] = [line for line in cli("B", "member", "list").splitlines() if "set aside" in line]
    assert line.startswith(now[:8]) and "1 save" in line
    cli("B", "member", "accept", "", code=2)
    assert cli("B", "member", "accept", "Olga", "--json") == {"change_sets": 1}
    assert [c["title"] for c in cli("B", "list", "--json")] == ["Written on"]
