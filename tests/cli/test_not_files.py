"""What stands where a file should be: a pipe that nobody writes to, a device that never ends. Each
command says so at once, and reads nothing of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.worlds.cli import Cli, cli

__all__ = ["cli"]

READERS = [
    ("receive", "@"),
    ("verify", "@"),
    ("take", "@"),
    ("import", "@"),
    ("approve", "@", "--out", "out"),
    ("help-colleague", "@"),
    ("emergency", "keep", "@"),
    ("emergency", "take", "@"),
    ("vocabulary", "load", "@"),
    ("restore", "@"),
    ("custody", "authority", "add", "name", "https://authority.example", "@"),
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither among its files")
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_it_is_refused_at_once(cli: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    cli.init("A")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    for name in ("pipe", "endless"):
        given = [str(tmp_path / name) if part == "@" else part for part in command]
        cli("B" if command[0] == "restore" else "A", *given, code=2)
        assert f"{name} is not a file" in cli.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither among its files")
def test_it_is_no_attachment(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    case = cli("A", "new", "case", "title=Case", "--json")["id"]
    os.mkfifo(tmp_path / "pipe")
    cli("A", "attach", case, tmp_path / "pipe", code=2)
    assert "pipe is not a file" in cli.err
