"""What a start costs: processor time (user and system) of `defenderdesk --help` and `status`, by
turns with the build of before.

`python -m tests.bench.bench_start` prints one line of JSON; the best of `ROUNDS` counts. `status`
opens a vault, and deriving its key costs what it costs, on purpose, in both builds: that part
(measured by itself, in the same run) is taken off both, and told.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import older

ROUNDS = 9
PASSPHRASE = "correct horse battery staple"


def cost(source: Path, *arguments: str) -> float:
    """Seconds of the processor for one run of the program in `source`."""
    return _cost(source, ["-m", "defenderdesk", *arguments])


def _cost(source: Path, arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**older.environment(source), "DEFENDERDESK_PASSPHRASE": PASSPHRASE}
    subprocess.run(
        [sys.executable, *arguments],
        cwd=source,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def deriving(profile: Path) -> float:
    """Seconds of the processor for deriving the vault's key once."""
    from defenderdesk.vault.keys import slots

    taken = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_SELF)
        slots.unlock(profile, PASSPHRASE)
        after = resource.getrusage(resource.RUSAGE_SELF)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def main() -> None:
    """Runs both builds by turns and prints the line."""
    with tempfile.TemporaryDirectory() as name:
        builds = {"ours": older.ROOT}
        if (past := older.tree()) is not None:
            builds["older"] = past
        costs: dict[str, list[float]] = {}
        for build, source in builds.items():
            cost(
                source,
                "--profile",
                f"{name}/{build}",
                "init",
                "--workspace",
                "W",
                "--member",
                "M",
                "--unlock-seconds",
                "0",
            )
        for _ in range(ROUNDS):
            for build, source in builds.items():
                for command in ("--help", "status"):
                    taken = cost(source, "--profile", f"{name}/{build}", command)
                    costs.setdefault(f"{build} {command}", []).append(taken)
        key = deriving(Path(name) / "ours")
    best = {name: min(taken) for name, taken in costs.items()}
    result: dict[str, object] = {
        "bench": "start",
        "help_s": round(best["ours --help"], 3),
        "status_s": round(best["ours status"], 3),
        "deriving_s": round(key, 3),
    }
    if past is not None:
        result |= {
            "older_help_s": round(best["older --help"], 3),
            "older_status_s": round(best["older status"], 3),
            "help_ratio": round(best["ours --help"] / best["older --help"], 3),
            "status_ratio": round((best["ours status"] - key) / (best["older status"] - key), 3),
            "status_ratio_with_key": round(best["ours status"] / best["older status"], 3),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
