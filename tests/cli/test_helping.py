"""Recovery by administrators on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from defenderdesk.vault import Vault
from defenderdesk.vault.keys import os_keyring
from tests.worlds.cli import Cli, cli

__all__ = ["cli"]
OLD, NEW = "a long passphrase", "quite another passphrase"


def enrol(cli: Cli, profile: str, member: str) -> str:
    cli(profile, "init", "--unlock-seconds", 0, "--json")
    cli("A", "invite", f"{profile}.ddinvite")
    cli(profile, "join", f"{profile}.ddinvite", "--member", member, "--out", f"{profile}.ddjoin", "--json")
    device = cli("A", "approve", f"{profile}.ddjoin", "--out", f"{profile}.ddbundle", "--json")
    cli(profile, "receive", f"{profile}.ddbundle", "--json")
    return str(device["member"])


def carry(cli: Cli, source: str, *targets: str) -> None:
    folder = f"stick {source} {len(os.listdir())}"
    cli(source, "export", folder, "--json")
    for target in targets:
        cli(target, "receive", folder, "--json")


def test_two_administrators_help_a_colleague(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.init("A")
    enrol(cli, "B", "Pedro")
    enrol(cli, "C", "Amina")
    pedro = next(d["id"] for d in cli("B", "status", "--json")["devices"] if d["self"])
    cli("A", "member", "role", pedro, "administrator", "--json")
    carry(cli, "A", "B", "C")
    assert "No administrators" in cli("C", "helpers", "show")
    could = cli("C", "helpers", "show", "--json")["eligible"]
    assert {one["member"] for one in could} == {"Olga", "Pedro"}
    cli("C", "helpers", "set", could[0]["device"], "--need", 2, code=2)
    cli("C", "recover", "r.ddask", code=2)
    set_ = cli("C", "helpers", "set", *(o["device"][:9] for o in could), "--need", 2, "--json")
    assert set_["need"] == 2 and not set_["enough"]
    carry(cli, "C", "A", "B")
    shown = cli("C", "helpers", "show", "--json")
    assert not shown["enough"] and not any(one["arrived"] for one in shown["helpers"])
    assert cli("C", "helpers", "show").count("has not arrived yet") == 2
    carry(cli, "A", "C")
    assert "1 share is known to have arrived" in cli("C", "helpers", "show")
    carry(cli, "B", "C")
    assert cli("C", "helpers", "show", "--json")["enough"]
    assert "arrived" not in cli("C", "helpers", "show")
    with monkeypatch.context() as patch:
        patch.delenv("DEFENDERDESK_PASSPHRASE")
        cli("C", "recover", "r.ddask", code=2)
        assert "needs a passphrase" in cli.err and not Path("r.ddask").exists()
    waiting = subprocess.Popen(
        [sys.executable, "-m", "defenderdesk", "--profile", "C", "recover", "r.ddask"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"DEFENDERDESK_PASSPHRASE": NEW, "PYTHONUNBUFFERED": "1"},
    )
    assert waiting.stdin and waiting.stdout
    assert "r.ddask" in waiting.stdout.readline()
    waiting.stdout.readline()
    shown = waiting.stdout.readline().split()
    for profile in ("A", "B"):
        asked = cli(profile, "help-colleague", "r.ddask", "--out", f"{profile}.ddhelp", "--json")
        assert asked["member"] == "Amina" and asked["words"] == shown
    cli("C", "help-colleague", "r.ddask", code=2)
    with monkeypatch.context() as patch, Vault.open(Path("C"), OLD) as vault:
        patch.setattr(os_keyring, "put", os_keyring.entry_of)  # the keyring is lost as well
        vault.set_keyring(OLD)
    out, err = waiting.communicate(
        "r.ddask\nnowhere\n.\n/dev/null\nA.ddhelp\nA.ddhelp\n\0\nB.ddhelp\n", timeout=60
    )
    assert waiting.returncode == 0, err
    assert "Olga helps." in out and "Pedro helps." in out and "new passphrase" in out
    assert "no answer" in err and "here already" in err and "nowhere" in err
    assert "is a folder" in err and "without the keyring" in out
    cli("C", "status", code=3)
    os.environ["DEFENDERDESK_PASSPHRASE"] = NEW  # put back by the fixture
    assert cli("C", "helpers", "show", "--json")["need"] == 2
    cli("C", "helpers", "stop")
    assert cli("C", "helpers", "show", "--json")["need"] == 0
