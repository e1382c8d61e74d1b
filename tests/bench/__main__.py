"""`make bench`: every limit, measured as a ratio in one run, and whether it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Check = tuple[str, Callable[[dict[str, Any]], bool]]

RUNS: list[tuple[list[str], list[Check]]] = [
    (
        ["tests.bench.bench_age"],
        [
            ("sealing at least 60 % of the raw rate", lambda r: r["seal_ratio"] >= 0.6),
            ("opening at least 60 % of the raw rate", lambda r: r["open_ratio"] >= 0.6),
            ("memory under 100 MB", lambda r: r["peak_rss_mib"] < 95),
        ],
    ),
    (
        ["tests.bench.bench_import"],
        [
            ("import at least 50 % of plain executemany", lambda r: r["ratio"] >= 0.5),
            ("at most 100 bytes a change", lambda r: r["bytes_per_change"] <= 100),
        ],
    ),
    (
        ["tests.bench.bench_search"],
        [
            ("search as you type: 99 % under 30 ms", lambda r: r["typing_p99_ms"] < 30),
            ("unlock to list under 0.5 s", lambda r: r["unlock_beyond_derivation_s"] < 0.5),
        ],
    ),
    (
        ["tests.bench.bench_views"],
        [
            (
                "every screen's questions: 95 % under 0.1 s",
                lambda r: r["slowest_screen_p95_ms"] < 100,
            ),
            ("what is derived costs under half of the writing", lambda r: r["derived_ratio"] < 0.5),
        ],
    ),
    (
        ["tests.bench.bench_warning"],
        [
            ("early warning over a million acts under 2 s", lambda r: r["evaluate_s"] < 2),
            ("its page under 0.1 s", lambda r: r["page_ms"] < 100),
            ("its badge under 0.1 s", lambda r: r["badge_ms"] < 100),
            ("the planted rise is found", lambda r: r["alerts"] >= 1),
        ],
    ),
    (
        ["tests.bench.bench_desktop"],
        [("idle desktop under 250 MB", lambda r: r["idle_rss_mb"] < 250)],
    ),
]


def main() -> int:
    """Runs all; returns 1 if a limit does not hold."""
    broken = 0
    for command, checks in RUNS:
        done = subprocess.run(
            [sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout.strip(), flush=True)
        if done.returncode:
            print(f"FAILED to run: {' '.join(command)}")
            broken += 1
            continue
        result = json.loads(done.stdout.strip().splitlines()[-1])
        for name, holds in checks:
            kept = holds(result)
            broken += not kept
            print(f"  {'ok    ' if kept else 'BROKEN'} {name}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
