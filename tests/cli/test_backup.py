"""Backups on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.cli import PUBLISHED, Cli, cli

__all__ = ["cli"]


def test_backup_rehearse_restore(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = cli.init("A")["recovery_code"]
    cli("A", "import", PUBLISHED, "--json")
    made = cli("A", "backup", "b.ddbackup", "--json")
    assert made["size"] == (tmp_path / "b.ddbackup").stat().st_size
    tried = cli("A", "restore", "b.ddbackup", "--rehearse", "--json")
    assert tried["ok"] and tried["records"] == 131 and tried["member"] == "Olga"
    cli("A", "restore", "b.ddbackup", code=2)  # there is a vault
    assert "restored" in cli("B", "restore", "b.ddbackup")
    assert cli("B", "dump", "--json") == cli("A", "dump", "--json")
    cli("A", "restore", "b.ddbackup", "--profile", tmp_path / "C", "--json")
    assert (tmp_path / "C" / "keys.json").exists()
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "wrong")
    cli("D", "restore", "b.ddbackup", code=3)
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", code)
    cli("D", "restore", "b.ddbackup", "--recovery-code", "--json")
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", "a long passphrase")
    assert len(cli("D", "list", "--json")) == 18
    (tmp_path / "b.ddbackup").write_bytes((tmp_path / "b.ddbackup").read_bytes()[:-1])
    cli("E", "restore", "b.ddbackup", code=4)
    assert not (tmp_path / "E").exists()
