"""A working day in a folder: two profiles and a coordinating server, each in processes of their
own, with a home, temporary and XDG folders of its own, so that all they write lies below it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from defenderdesk.server import run
from tests.atrest.canary import STEM, new_stem

ROOT = Path(__file__).parents[2]
_HOME = {
    "HOME": "home",
    "TMPDIR": "tmp",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_RUNTIME_DIR": "run",
}


class Day:
    """The world below `folder`. `trace`: the command that each process is started under, its
    first `{}` replaced by the number of the process."""

    def __init__(self, folder: Path, trace: Sequence[str] = (), platform: str = "offscreen") -> None:
        self.folder = folder
        self.stem = new_stem()
        self.secrets: dict[str, str] = {}
        self._trace, self._platform, self._number = trace, platform, 0
        for name in ("asked", "stick", *_HOME.values()):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "run").chmod(0o700)
        self.server = ""

    @property
    def asked(self) -> Path:
        """Where plain text may lie: what a person had before, and what they asked for."""
        return self.folder / "asked"

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            name: os.environ[name] for name in ("PATH", "LANG", "DISPLAY", "XAUTHORITY") if name in os.environ
        }
        return {
            **kept,
            **{name: str(self.folder / place) for name, place in _HOME.items()},
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "QT_QPA_PLATFORM": self._platform,
            STEM: self.stem,
            "ATREST_SERVER": self.server,
            **more,
        }

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """A process of the program or of an actor, in a group of its own."""
        self._number += 1
        trace = [part.replace("{}", str(self._number)) for part in self._trace]
        return subprocess.Popen(
            [*trace, sys.executable, "-m", *arguments],
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=self.environment(**more),
        )

    def act(self, step: str, **more: str) -> None:
        """A step to its end; raises AssertionError if it fails."""
        process = self.start("tests.atrest.actor", step, **more)
        out, _ = process.communicate(timeout=600)
        said = _merged(out.splitlines())
        assert "done" in said, f"{step} failed"
        self.secrets |= said.get("secrets", {})

    def command(self, *arguments: str, profile: str) -> None:
        """A command of the command line, its output thrown away."""
        from tests.atrest.canary import canary

        secret = f"{canary(f'passphrase of {profile}', self.stem)} river lantern"
        process = self.start(
            "defenderdesk",
            "--profile",
            str(self.folder / profile),
            *arguments,
            DEFENDERDESK_PASSPHRASE=secret,
        )
        process.communicate(timeout=600)
        assert process.returncode == 0, arguments

    def kill(self, step: str, after: float, **more: str) -> None:
        """A step that is killed so many seconds after it said that it is ready."""
        process = self.start("tests.atrest.actor", step, **more)
        assert process.stdout is not None
        said = _until_ready(process.stdout)
        assert said, f"{step} did not start"
        time.sleep(after)
        kill(process)

    def serve(self) -> subprocess.Popen[str]:
        process = self.start(
            "defenderdesk",
            "serve",
            "--data",
            str(self.folder / "server"),
            "--listen",
            "127.0.0.1:0",
        )
        assert process.stdout is not None
        process.stdout.readline()  # it runs
        self.server = run.token(self.folder / "server")
        assert self.server.startswith("https://"), self.server
        threading.Thread(target=process.stdout.read, daemon=True).start()
        return process

    def work(self, kills: int, ends: Sequence[str], commands: bool, chance: random.Random) -> None:
        """The day. `kills`: of a busy process at random moments; `ends`: how sittings at the
        desktop end, in turn on both profiles; `commands`: the command line as well."""
        server = self.serve()
        try:
            for step in ("found", "ask", "approve", "field", "quarrel", "meet"):
                self.act(step)
            for number in range(kills):
                profile = ("laptop", "office")[number % 2]
                self.kill("busy", chance.uniform(0, 1.5), ATREST_PROFILE=profile)
            for number, end in enumerate(ends):
                how = {"ATREST_PROFILE": ("office", "laptop")[number % 2], "ATREST_END": end}
                if end == "lock":
                    self.act("desktop", **how)
                elif end == "panic":
                    self.kill("desktop", 4, **how)
                else:
                    self.kill("desktop", chance.uniform(0, 0.5), **how)
            if commands:
                self.use_the_command_line()
            self.act("coerced")
        finally:
            kill(server)

    def use_the_command_line(self) -> None:
        from tests.atrest.canary import canary

        word = canary("at the command line", self.stem)
        for arguments in (
            ["new", "case", f"title={word}", "country=UG", "--json"],
            ["search", word],
            ["list"],
            ["dump"],
            ["export", str(self.folder / "stick")],
            ["sync"],
            ["verify", str(self.folder / "laptop")],
            ["import", str(self.asked / "dump.json")],
            ["status"],
            ["conflicts"],
            ["agenda"],
        ):
            self.command(*arguments, profile="laptop")


def _merged(lines: Sequence[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for line in lines:
        if line.startswith("{"):
            said |= json.loads(line)
    return said


def _until_ready(out: IO[str]) -> bool:
    return any('"ready"' in line for line in iter(out.readline, ""))


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL to a process of ours and whatever it started (it leads a group)."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    if process.stdout:
        process.stdout.close()
