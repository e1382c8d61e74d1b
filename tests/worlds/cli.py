"""The command line, run in this process as the program runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from defenderdesk import resources
from defenderdesk.cli.main import run

PUBLISHED = resources.path("samples", "public_cases.json")


class Cli:
    """Runs commands in this process, as the program does."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.err = ""

    def __call__(self, profile: str, *arguments: object, code: int = 0) -> Any:
        self.capsys.readouterr()
        got = run(["--profile", str(self.folder / profile), *map(str, arguments)])
        out, self.err = self.capsys.readouterr()
        assert got == code, (arguments, got, self.err)
        if code:
            assert self.err.strip(), "an error says what to do next"
        if "--json" in arguments and not code:
            return json.loads(out)
        return out

    def init(self, profile: str) -> Any:
        return self(
            profile,
            "init",
            "--workspace",
            "Office",
            "--member",
            "Olga",
            "--desk",
            "Desk",
            "--unlock-seconds",
            0,
            "--json",
        )


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "a long passphrase")
    monkeypatch.chdir(tmp_path)
    return Cli(tmp_path, capsys)
