"""Whatever others wrote, what is printed steers no terminal, and JSON says the same."""

from __future__ import annotations

import json

import pytest

from defenderdesk.cli.main import run
from tests.worlds import cli
from tests.worlds.cli import Cli

cli = cli.cli

STEERING = [chr(n) for n in (*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0))]
STEERING += [chr(n) for n in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HOSTILE = "before" + "".join(STEERING[1:]) + "after"


@pytest.fixture
def told(cli: Cli) -> tuple[Cli, str, str]:
    cli.init("A")
    case = cli("A", "new", "case", f"title={HOSTILE}", "reference=R-1", "country=UG", "--json")["id"]
    event = cli("A", "new", "event", "--case", case, f"description={HOSTILE}", "date=2026-05-01", "--json")[
        "id"
    ]
    cli("A", "new", "task", "--case", case, f"title={HOSTILE}", "due=2026-12-24", "--json")
    cli("A", "new", "involvement", "--case", case, f"name={HOSTILE}", "part=defender", "--json")
    return cli, case, event


COMMANDS = [
    ("show", "CASE"),
    ("show", "CASE", "--history"),
    ("list",),
    ("search", "before"),
    ("agenda",),
    ("timeline", "CASE"),
    ("advise", "CASE"),
    ("draft", "CASE", "un_sr_hrd"),
    ("conflicts",),
    ("deleted",),
    ("member", "list"),
    ("status",),
]


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command))
def test_nothing_printed_steers_a_terminal(told, capsys, command, as_json) -> None:
    cli, case, event = told
    cli("A", "set", event, "deleted", "true")
    if command[0] == "draft" and as_json:
        pytest.skip("a draft is text")
    asked = [case if one == "CASE" else one for one in command]
    capsys.readouterr()
    assert run(["--profile", str(cli.folder / "A"), *asked, *(["--json"] if as_json else [])]) == 0
    out, err = capsys.readouterr()
    assert not set(STEERING) & set(out + err)


def test_json_says_the_same_without_one_raw_character(told, capsys) -> None:
    cli, case, _ = told
    for command in (("show", case, "--json"), ("list", "--json"), ("search", "before", "--json"), ("dump",)):
        capsys.readouterr()
        assert run(["--profile", str(cli.folder / "A"), *command]) == 0
        out = capsys.readouterr().out
        assert not set(STEERING) & set(out), command
        assert HOSTILE in list(_texts(json.loads(out)))


def _texts(value: object):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def test_an_error_that_names_what_others_wrote_steers_nothing(told, capsys) -> None:
    cli, _, _ = told
    cli("A", "show", HOSTILE, code=2)
    assert "before" in cli.err and not set(STEERING) & set(cli.err)
    cli("A", "attach", "R-1", f"/nowhere/{HOSTILE}", code=2)
    assert not set(STEERING) & set(cli.err)
