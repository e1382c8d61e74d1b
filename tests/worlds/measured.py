"""The command line in a process of its own, and what a command takes there."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import PASSPHRASE


@dataclass
class Taken:
    """What one command took: megabytes above `status`, seconds, and how it ended (empty: well)."""

    megabytes: int
    seconds: float
    code: str
    said: str


def run(profile: Path, *arguments: str) -> Taken:
    """Runs a command, after `status` in the same process, which loads what every command needs."""
    [taken] = each(profile, arguments)
    return taken


def each(profile: Path, *commands: Sequence[str]) -> list[Taken]:
    """Runs commands one after the other in one process, each measured by itself: what it takes above
    the most that any took before it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.worlds.measured", str(profile), json.dumps(commands)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return [Taken(**one) for one in json.loads(done.stdout)]


def _peak() -> int:
    """The most megabytes so far. Where there is one, by the count that begins with this program: the
    other begins with the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(profile: str, commands: str) -> None:
    """Runs them here, and prints what each took."""
    from click.testing import CliRunner

    from defenderdesk.cli import main as command_line

    def command(*words: str) -> BaseException | None:
        return (
            CliRunner()
            .invoke(
                command_line.command,
                ["--profile", profile, *words],
                env={"DEFENDERDESK_PASSPHRASE": PASSPHRASE},
                standalone_mode=False,
            )
            .exception
        )

    command("status")
    found = []
    for words in json.loads(commands):
        before, began = _peak(), time.monotonic()
        error = command(*words)
        code = getattr(error, "code", "bug") if error is not None else ""
        took = round(time.monotonic() - began, 2)
        found.append(vars(Taken(_peak() - before, took, str(code), str(error or ""))))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
