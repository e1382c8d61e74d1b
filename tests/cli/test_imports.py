"""What a command does not use it does not import: `--help` and `status` start quickly, for people
and for the scripts that run them daily."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from defenderdesk.cli import main
from defenderdesk.cli.summaries import SUMMARIES
from defenderdesk.server.command import serve
from tests.conftest import PASSPHRASE, MakeVault

FOREIGN = {
    "PySide6",
    "babel",
    "docx",
    "holidays",
    "http_message_signatures",
    "icalendar",
    "jinja2",
    "lxml",
    "mnemonic",
    "obstore",
    "rfc3161_client",
    "shamir_mnemonic",
    "sqlalchemy",
    "starlette",
    "urllib3",
    "uvicorn",
    "zxcvbn",
}
"""Libraries that neither may import."""
OPENING = {"cbor2", "cryptography", "filelock", "msgspec", "platformdirs", "sqlcipher3"}
"""Libraries that `status` needs to open the vault, and the list of commands does not."""
OURS = {
    "defenderdesk.domain.mechanisms",
    "defenderdesk.domain.vocabulary",
    "defenderdesk.interchange",
    "defenderdesk.server",
    "defenderdesk.ui",
}
"""Parts of our own that neither may import."""


def imported(*arguments: str) -> set[str]:
    """The modules that stand in a process once a command has run in it."""
    code = (
        "import json, sys\n"
        "from defenderdesk.__main__ import main\n"
        f"sys.argv = ['defenderdesk', *{list(arguments)!r}]\n"
        "assert main() == 0\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DEFENDERDESK_PASSPHRASE": PASSPHRASE},
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def within(modules: set[str], parts: set[str]) -> set[str]:
    return {m for m in modules for part in parts if m == part or m.startswith(f"{part}.")}


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("--version",)])
def test_the_list_of_commands_imports_none_of_them(arguments: tuple[str, ...]) -> None:
    found = imported(*arguments)
    assert not within(found, FOREIGN | OPENING | OURS)
    assert not within(found, {"defenderdesk.vault", "defenderdesk.sync"})


def test_status_imports_what_opens_a_vault(make_vault: MakeVault, tmp_path: Path) -> None:
    make_vault("office").close()
    found = imported("--profile", str(tmp_path / "office"), "status")
    assert not within(found, FOREIGN | OURS)
    assert within(found, OPENING) >= OPENING - {"platformdirs"}, "the list names what is imported"


def test_every_command_is_listed_with_its_own_first_sentence() -> None:
    context = click.Context(main.command)
    commands = {name: main.command.get_command(context, name) for name in main._WHERE}
    commands["serve"] = serve
    assert commands.keys() == SUMMARIES.keys()
    for name, command in commands.items():
        assert command is not None
        for room in (20, 45, 60, 1000):
            assert main._said(name, room) == command.get_short_help_str(room), name
