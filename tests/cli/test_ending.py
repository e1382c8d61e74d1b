"""A command that is told to end (SIGTERM) takes along what it had half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from defenderdesk import files
from defenderdesk.vault import Vault
from tests.worlds import cli
from tests.worlds.cli import Cli

cli = cli.cli

SLOW = """
import sys, time
from defenderdesk.crypto.age import Sealer
from defenderdesk.cli.main import run
write = Sealer.write
def slowly(self, data):
    write(self, data)
    print("writing", flush=True)
    time.sleep(60)
Sealer.write = slowly
sys.exit(run(sys.argv[1:]))
"""


def begun(profile: Path, out: Path) -> subprocess.Popen[str]:
    """A backup that is being written."""
    command = [sys.executable, "-c", SLOW, "--profile", str(profile), "backup", str(out)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None and running.stdout.readline() == "writing\n"
    return running


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_command_that_is_told_to_end_leaves_nothing_half_written(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    stick = tmp_path / "stick"
    stick.mkdir()
    running = begun(tmp_path / "A", stick / "a.ddbackup")
    assert len(names(stick)) == 1 and any(".part" in name for name in names(tmp_path / "A"))
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 143
    assert names(stick) == [] and not any(".part" in name for name in names(tmp_path / "A"))
    assert not (tmp_path / "A" / "vault.db-wal").exists()
    assert cli("A", "status", "--json")


def test_what_a_killed_backup_left_goes_with_the_next(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    stick = tmp_path / "stick"
    stick.mkdir()
    running = begun(tmp_path / "A", stick / "a.ddbackup")
    running.kill()
    running.wait(20)
    [left] = names(stick)
    assert left.endswith(".part") and any(".part" in name for name in names(tmp_path / "A"))
    (stick / ".a.ddbackup.notours.part").touch()
    (stick / ".other.ddbackup.0123abcd.part").touch()
    cli("A", "backup", stick / "a.ddbackup", "--json")
    assert names(stick) == [".a.ddbackup.notours.part", ".other.ddbackup.0123abcd.part", "a.ddbackup"]
    assert not any(".part" in name for name in names(tmp_path / "A"))


def test_what_another_process_is_writing_stays(cli: Cli, tmp_path: Path) -> None:
    """Two offices, one stick, one name."""
    cli.init("A")
    cli.init("B")
    stick = tmp_path / "stick"
    stick.mkdir()
    running = begun(tmp_path / "A", stick / "a.ddbackup")
    try:
        cli("B", "backup", stick / "a.ddbackup", "--json")
        assert len([name for name in names(stick) if name.endswith(".part")]) == 1
    finally:
        running.kill()
        running.wait(20)


def test_a_folder_of_bundles_keeps_what_is_not_ours(cli: Cli, tmp_path: Path) -> None:
    cli.init("A")
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / ".1-ab.ddbundle.0123abcd.part").write_bytes(b"left")
    (stick / ".film.mp4.part").write_bytes(b"of somebody")
    cli("A", "export", stick, "--all", "--json")
    kept = [name for name in names(stick) if name.endswith(".part")]
    assert kept == [".film.mp4.part"]


def test_an_evidence_package_that_was_killed_goes_once_it_was_let_be(vault: Vault, tmp_path: Path) -> None:
    left = tmp_path / ".package.0123abcd.part"
    (left / "data").mkdir(parents=True)
    files.outside(vault.profile, tmp_path / "package")
    assert left.exists(), "somebody may be at it"
    os.utime(left, (1, 1))
    files.outside(vault.profile, tmp_path / "package")
    assert not left.exists()


@pytest.mark.parametrize("name", ["a*b", "a[b]", "a.b"])
def test_a_name_is_a_name_and_no_pattern(tmp_path: Path, name: str) -> None:
    others = tmp_path / ".axb.0123abcd.part"
    others.touch()
    files.remove_left(tmp_path, name)
    assert others.exists()
