"""What opens a vault, on the command line, where the computer's keyring has a part in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.cli import face
from defenderdesk.errors import KeyringLostError
from defenderdesk.vault.keys import os_keyring, slots
from tests.secret_service import Machine, machine
from tests.worlds.cli import Cli, cli

__all__ = ["cli"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is Linux's")
DURESS = "what they make me say"


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path / "home") as made:
        yield made


def change(cli: Cli, *command: object, new: str, code: int = 0) -> None:
    (cli.folder / "new").write_text(new)
    with (cli.folder / "new").open() as source:
        cli("A", *command, "--new-fd", source.fileno(), code=code)


@pytest.mark.parametrize("keyring", ["lost", "stopped", "another"])
def test_no_passphrase_is_called_changed_that_would_open_nothing(
    cli: Cli, laptop: Machine, monkeypatch: pytest.MonkeyPatch, keyring: str
) -> None:
    """A forgotten passphrase is replaced by the code; also the keyring is not what it was (a backup
    was restored on another computer)."""
    written = cli.init("A")["recovery_code"]
    cli("A", "keyring", "set")
    entry = slots.load_keyring(cli.folder / "A")
    monkeypatch.setenv(face.ENVIRONMENT, written)
    change(cli, "passphrase", "--code", new="the second passphrase")  # the keyring is there
    if keyring == "stopped":
        laptop.stop()
    elif keyring == "lost":
        assert os_keyring.forget(entry)
    else:
        os_keyring._put(entry, bytes(32))
    before = (cli.folder / "A" / slots.NAME).read_bytes()
    change(cli, "passphrase", "--code", new="the third passphrase", code=3)
    assert "keyring clear --code" in cli.err
    assert (cli.folder / "A" / slots.NAME).read_bytes() == before
    change(cli, "keyring", "clear", "--code", new="the third passphrase")
    monkeypatch.setenv(face.ENVIRONMENT, "the third passphrase")
    cli("A", "list", "--json")


def test_the_duress_passphrase_leaves_no_entry_in_the_keyring(cli: Cli, laptop: Machine) -> None:
    """In a process of its own, which ends as soon as it has answered."""
    cli.init("A")
    cli("A", "keyring", "set")
    entry = slots.load_keyring(cli.folder / "A")
    (cli.folder / "other").write_text(DURESS)
    with (cli.folder / "other").open() as source:
        cli("A", "duress", "set", "--new-fd", source.fileno())
    assert os_keyring.fetch(entry)
    command = [sys.executable, "-m", "defenderdesk", "--profile", str(cli.folder / "A"), "list"]
    subprocess.run(command, env={**os.environ, face.ENVIRONMENT: DURESS}, check=True)
    with pytest.raises(KeyringLostError):
        os_keyring.fetch(entry)


def test_a_script_without_the_new_passphrase_is_told_how_to_give_it(cli: Cli) -> None:
    cli.init("A")
    for command in (("passphrase",), ("duress", "set")):
        cli("A", *command, code=2)
        assert "--new-fd" in cli.err
