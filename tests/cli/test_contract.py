"""The command line's contract: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from defenderdesk.cli.main import run
from tests.worlds.cli import PUBLISHED, Cli, cli

__all__ = ["cli"]


def test_the_whole_job_between_two_laptops(cli: Cli, tmp_path: Path) -> None:
    made = cli.init("A")
    assert made["workspace"] == "Office" and made["recovery_code"]
    assert cli("A", "import", PUBLISHED, "--json")["cases"] == 18
    again = cli("A", "import", PUBLISHED, "--json")
    assert (again["cases"], again["changes"], again["conflicts"]) == (0, 0, 0)
    cases = cli("A", "list", "--json")
    assert len(cases) == 18
    assert all(case["id"] and case["title"] and case["desk"] == "Desk" for case in cases)
    cli("B", "init", "--unlock-seconds", 0, "--json")
    cli("A", "invite", "i.ddinvite")
    joined = cli("B", "join", "i.ddinvite", "--member", "Amina", "--out", "j.ddjoin", "--json")
    approved = cli("A", "approve", "j.ddjoin", "--out", "f.ddbundle", "--json")
    assert joined["words"] == approved["words"] and len(joined["words"]) == 6
    assert cli("B", "receive", "f.ddbundle", "--json")["joined"]
    assert cli("A", "dump", "--json") == cli("B", "dump", "--json")
    cli("A", "set", "UGA-2024-SGD", "title", "Office title", "--json")
    cli("B", "set", "UGA-2024-SGD", "title", "Field title", "--json")
    (tmp_path / "photo.jpg").write_bytes(os.urandom(5_000_000))
    attachment = cli("B", "attach", "UGA-2024-SGD", "photo.jpg", "--json")["attachment"]
    assert cli("B", "export", "usb", "--json")["attachments"] == 2
    assert cli("A", "receive", "usb", "--json")["conflicts"] == 1
    cli("A", "fetch", attachment, "out.jpg")
    assert (tmp_path / "out.jpg").read_bytes() == (tmp_path / "photo.jpg").read_bytes()
    [conflict] = cli("A", "conflicts", "--json")
    assert {v["value"] for v in conflict["values"]} == {"Office title", "Field title"}
    assert {v["member"] for v in conflict["values"]} == {"Olga", "Amina"}
    cli("A", "settle", conflict["id"], "Field title", "--json")
    cli("A", "export", "back.ddbundle", "--to", "Amina", "--json")
    cli("B", "receive", "back.ddbundle", "--json")
    assert cli("A", "dump", "--json") == cli("B", "dump", "--json")
    assert cli("B", "conflicts", "--json") == []
    assert cli("A", "search", "kampala", "--json")
    shown = cli("A", "show", "UGA-2024-SGD", "--history", "--json")
    assert shown["fields"]["title"] == "Field title" and len(shown["records"]) == 12
    status = cli("A", "status", "--json")
    assert status["cases"] == 18 and status["conflicts"] == 0 and status["waiting"]["changes"] == 2
    for profile in "AB":
        found = cli(profile, "verify", tmp_path / profile, "--json")
        assert found["ok"] and found["chunks"] == 2 and found["records"] == 132
    assert cli("B", "verify", "back.ddbundle", "--json")["ok"]
    cli("A", "lock")


def test_exchange_json_comes_back_the_same(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    cli.init("B")
    cli("A", "import", PUBLISHED, "--json")
    first = cli("A", "list", "--json")[0]["id"]
    cli("A", "set", first, "charges", '["terrorism", "sédition"]', "--json")
    cli("A", "set", first[:8], "charges", "terrorism, rebellion", "--json")
    one = cli("A", "dump", "--json")
    (tmp_path / "a.json").write_text(json.dumps(one), encoding="utf-8")
    report = cli("B", "import", "a.json", "--json")
    assert report["records"] == len(one["records"]) and not report["conflicts"]
    two = cli("B", "dump", "--json")

    def bare(dump: Any) -> Any:
        return [{k: v for k, v in record.items() if k != "desk"} for record in dump["records"]]

    assert bare(one) == bare(two)
    assert cli("B", "import", "a.json", "--json")["changes"] == 0


def test_every_fact_of_the_published_cases_is_there(cli: Cli) -> None:
    cli.init("A")
    cli("A", "import", PUBLISHED, "--json")
    text = json.dumps(cli("A", "dump", "--json"), ensure_ascii=False)
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))

    def check(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                check(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                check(inner, f"{path}[{at}]")
        elif value not in (None, ""):
            assert json.dumps(value, ensure_ascii=False) in text, path

    check(published, "")
    for case in published["cases"]:
        shown = cli("A", "show", case["id"], "--json")
        kinds = [record["kind"] for record in shown["records"]]
        assert kinds.count("involvement") == len(case["victims"])
        assert kinds.count("event") == len(case["incidents"])
        assert kinds.count("intervention") == len(case["documents"])
        events = [r for r in shown["records"] if r["kind"] == "event"]
        by_place = sorted(events, key=lambda r: r["fields"]["position"])
        for incident, event in zip(case["incidents"], by_place, strict=True):
            assert event["fields"]["description"] == incident["description"]
            assert set(event["sets"].get("acts", [])) == set(incident["violation_ids"])


def test_exit_codes(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("A", "list", "--json", code=2)
    cli.init("A")
    cli("A", "init", "--workspace", "X", "--member", "Y", "--json", code=2)
    cli("A", "show", "nothing", "--json", code=2)
    cli("A", "nonsense", code=2)
    cli("A", "set", "x", code=2)
    (tmp_path / "bad.ddbundle").write_bytes(b"rubbish")
    cli("A", "receive", "bad.ddbundle", "--json", code=4)
    cli("A", "verify", "bad.ddbundle", code=4)
    (tmp_path / "bad.json").write_text('{"a": 1, "a": 2}')
    cli("A", "import", "bad.json", "--json", code=4)
    (tmp_path / "bad2.json").write_text('{"format": "defenderdesk-exchange", "version": 2}')
    cli("A", "import", "bad2.json", "--json", code=4)
    assert "Update DefenderDesk" in cli.err
    cli("A", "import", "absent.json", "--json", code=2)
    cli.init("B")
    cli("B", "export", "b.ddbundle", "--json")
    cli("A", "receive", "b.ddbundle", "--json", code=5)
    cli("A", "verify", "b.ddbundle", code=5)
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "wrong")
    cli("A", "list", "--json", code=3)
    monkeypatch.delenv("DEFENDERDESK_PASSPHRASE")
    cli("A", "list", "--json", code=3)
    read, write = os.pipe()
    os.write(write, b"a long passphrase\n")
    os.close(write)
    assert run(["--passphrase-fd", str(read), "--profile", str(tmp_path / "A"), "list"]) == 0


def test_an_import_is_whole_or_not_at_all(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    good = {"id": "a" * 26, "kind": "case", "fields": {"title": "x"}}
    bad = {"id": "b" * 26, "kind": "case", "fields": {"title": {"n": [None] * 2, "m": ""}, "": 1}}
    for records in (
        [good, bad],
        [good, {"id": "short"}],
        [good, 7],
        [good, {"id": "b" * 26, "kind": "case", "fields": {"x" * 200: 1}}],
    ):
        content = {"format": "defenderdesk-exchange", "version": 1, "records": records}
        (tmp_path / "x.json").write_text(json.dumps(content))
        cli("A", "import", "x.json", "--json", code=4)
    assert cli("A", "list", "--json") == []
    for text in ("[" * 100_000, '{"cases": [1]}', '{"cases": [{"title": NaN}]}', "\x00", "7"):
        (tmp_path / "x.json").write_text(text)
        cli("A", "import", "x.json", "--json", code=4)
    content = {"cases": [{"id": "F", "title": "Floats", "lat": 1.50, "big": 2**80, "victims": "x"}]}
    (tmp_path / "x.json").write_text(json.dumps(content))
    cli("A", "import", "x.json", "--json")
    fields = cli("A", "show", "F", "--json")["fields"]
    assert (fields["lat"], fields["big"], fields["victims"]) == ("1.5", str(2**80), "x")


def test_importing_beside_what_a_person_changed_asks_once(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    for title in ("One", "Two"):
        content = {"cases": [{"id": "X", "title": title}]}
        (tmp_path / f"{title}.json").write_text(json.dumps(content))
    cli("A", "import", "One.json", "--json")
    assert cli("A", "import", "Two.json", "--json")["conflicts"] == 1
    [conflict] = cli("A", "conflicts", "--json")
    cli("A", "settle", conflict["id"], "Three", "--json")
    for title in ("One", "Two"):
        assert cli("A", "import", f"{title}.json", "--json")["changes"] == 0
    assert cli("A", "conflicts", "--json") == []


def test_typing_values(cli: Cli) -> None:
    cli.init("A")
    case = cli("A", "new", "case", "title=A case", "country=UG", "--json")["id"]
    event = cli("A", "new", "event", "date=2024-05", "acts=threats,beating", "--case", case, "--json")
    shown = cli("A", "show", event["id"], "--json")
    assert shown["sets"]["acts"] == ["threats", "beating"] and shown["fields"]["case"] == case
    cli("A", "set", event["id"], "date", "yesterday", "--json", code=2)
    assert "2024-05-31" in cli.err
    cli("A", "set", event["id"], "date", "~2023", "--json")
    changed = cli("A", "set", case, "mood", "grim", "--json")
    assert changed["changed"] and "no field mood" in cli.err
    assert not cli("A", "set", case, "mood", "grim", "--json")["changed"]
    cli("A", "undo", changed["change_set"], "--json")
    assert "mood" not in cli("A", "show", case, "--json")["fields"]
    cli("A", "set", case, "kind", "event", "--json", code=2)
    cli("A", "set", case, "deleted", "true", "--json")
    assert cli("A", "list", "--json") == []


def test_the_installed_program_starts(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "defenderdesk"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert "defenderdesk" in done.stdout
    done = subprocess.run([program, "--profile", tmp_path / "none", "list"], capture_output=True, text=True)
    assert done.returncode == 2 and "no vault" in done.stderr and not done.stdout


def test_one_process_at_a_time(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_vault: Callable[..., Any]
) -> None:
    from defenderdesk.cli import face

    monkeypatch.setattr(face, "WAIT_SECONDS", 0.1)
    make_vault("open")
    cli("open", "list", "--json", code=3)
    assert "another window" in cli.err


def test_a_duress_passphrase_opens_an_empty_vault(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.init("A")
    cli("A", "new", "case", "title=Canary", "--json")
    cli("A", "duress", "set", code=2)  # nothing to read it from
    secret = tmp_path / "secret"
    secret.write_text("the owls paint the harbour\n")
    with secret.open() as source:
        cli("A", "duress", "set", "--new-fd", source.fileno())
    assert len(cli("A", "list", "--json")) == 1
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "the owls paint the harbour")
    assert cli("A", "list", "--json") == []
    assert cli("A", "status", "--json")["workspace"] == "My work"
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "a long passphrase")
    cli("A", "list", code=3)


def test_a_passphrase_is_changed_and_a_forgotten_one_replaced_by_the_recovery_code(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = cli.init("A")["recovery_code"]
    cli("A", "new", "case", "title=Canary", "--json")
    secret = tmp_path / "secret"

    def change(new: str, *options: object, exit_code: int = 0) -> None:
        secret.write_text(new + "\n")
        with secret.open() as source:
            cli("A", "passphrase", *options, "--new-fd", source.fileno(), code=exit_code)

    change("the second passphrase")
    cli("A", "list", code=3)
    change("by the old one", exit_code=3)
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "the second passphrase")
    assert len(cli("A", "list", "--json")) == 1
    change("no code", "--code", exit_code=3)
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", code.lower())
    change("", "--code", exit_code=2)
    change("the third passphrase", "--code")
    for given, exit_code in (("the second passphrase", 3), ("the third passphrase", 0)):
        monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", given)
        cli("A", "list", "--json", code=exit_code)
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", code)
    change("the fourth passphrase", "--code")  # it still serves


def test_every_command_stands_where_it_is_looked_for() -> None:
    from importlib import import_module

    from defenderdesk.cli import main

    for module, names in main.MODULES.items():
        parts = import_module(f"defenderdesk.cli.{module}").COMMANDS
        assert tuple(part.name for part in parts) == names, module
    modules = {path.stem for path in Path(main.__file__).parent.glob("*.py")}
    assert modules == {*main.MODULES, "__init__", "main", "alarms", "face", "likely", "summaries", "typed"}


def test_a_server_never_loads_what_opens_a_vault() -> None:
    script = (
        "import sys; from defenderdesk.server import command; from defenderdesk.cli import main; "
        "sys.exit(any('defenderdesk.vault' in name or 'sqlcipher3' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_long_history_is_shown_from_its_newest_end(cli: Cli) -> None:
    cli.init("A")
    case = cli("A", "new", "case", "title=0", "--json")["id"]
    for n in range(1, 6):
        cli("A", "set", case, "title", n)
    shown = cli("A", "show", case, "--history", "--most", 3, "--json")
    assert [one["value"] for one in shown["history"]] == ["5", "4", "3"] and shown["history_goes_on"]
    whole = cli("A", "show", case, "--history", "--json")
    assert len(whole["history"]) == 7 and not whole["history_goes_on"]
    assert whole["history"][:3] == shown["history"]
