"""Starting and ending: what is printed, a second server over the same folder, signals."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from defenderdesk.errors import NoServerYetError, ServerRunningError
from defenderdesk.server import run
from tests.sync_link.server import running


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "defenderdesk", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_start_prints_no_token_and_each_question_another(tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        assert "token" not in server.public
        asked = [command("--data", str(tmp_path / "server"), "--token").stdout.strip() for _ in range(2)]
        assert asked[0] != asked[1]
        assert all(one.startswith(f"{server.public}&token=") for one in asked)
    stored = b"".join(p.read_bytes() for p in (tmp_path / "server").rglob("*") if p.is_file())
    for one in asked:
        token = one.rpartition("=")[2]
        assert token.encode() not in stored and bytes.fromhex(token) not in stored


def test_a_token_before_the_first_start_is_asked_for_in_vain(tmp_path: Path) -> None:
    with pytest.raises(NoServerYetError):
        run.token(tmp_path)
    done = command("--data", str(tmp_path / "none"), "--token")
    assert done.returncode == 2 and "No server has run over" in done.stderr


def test_a_second_server_over_the_same_folder_says_so(tmp_path: Path) -> None:
    with running(tmp_path / "server"):
        done = command("--data", str(tmp_path / "server"), "--listen", "127.0.0.1:0")
        assert done.returncode == 3
        assert "A server already runs over" in done.stderr and "vault" not in done.stderr
        with pytest.raises(ServerRunningError):
            run.serve(tmp_path / "server", "127.0.0.1", 0)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_ends_in_order(tmp_path: Path, how: signal.Signals) -> None:
    with running(tmp_path / "server") as server:
        server.process.send_signal(how)
        assert server.process.wait(15) == 0
    assert not (tmp_path / "server" / "server.db-wal").exists(), "its database was closed"
    with sqlite3.connect(tmp_path / "server" / "server.db") as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_taken_port_is_said_and_the_folder_is_free_again(tmp_path: Path) -> None:
    with running(tmp_path / "one") as one:
        done = command("--data", str(tmp_path / "two"), "--listen", f"127.0.0.1:{one.port}")
        assert done.returncode == 7 and str(one.port) in done.stderr
    with running(tmp_path / "two"):
        pass
