"""`make bench`: every limit, measured in one run beside its peer, in one table.

    python -m tests.bench [bench_import …]

What each bench prints is shown while it runs; at the end stands the table. It is also written to
`benchmarks/results/`, as text and as JSON with every figure (git ignores them: they are of one
machine at one moment, and a table that is committed is soon believed of another).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.limits import RUNS, Limit

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
HEAD = ("what", "peer", "measured", "limit", "holds")


@dataclass(frozen=True)
class Row:
    """One line of the table; `value` None: this run could not measure it (`why`)."""

    limit: Limit
    value: float | None
    why: str = ""

    @property
    def broken(self) -> bool:
        """Whether the limit was measured and does not hold, or its bench failed."""
        return self.why == "failed" or (self.value is not None and not self.limit.holds(self.value))

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        limit = self.limit
        measured = self.why if self.value is None else f"{self.value:g} {limit.unit}"
        bound = f"{'≥' if limit.least else '≤'} {limit.bound:g} {limit.unit}"
        holds = "NO" if self.broken else "-" if self.value is None else "yes"
        return limit.name, limit.peer or "-", measured, bound, holds


def table(rows: list[Row]) -> str:
    """All lines, in columns."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in text) + "\n"


def run(name: str) -> dict[str, Any] | None:
    """One bench's result; None where it failed."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{name}"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(done.stdout.strip(), flush=True)
    if done.returncode:
        print(f"FAILED to run: {name}", flush=True)
        return None
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main(chosen: list[str]) -> int:
    """Runs all, or those chosen; returns 1 if a limit does not hold."""
    rows: list[Row] = []
    figures: dict[str, Any] = {}
    for name, limits in RUNS:
        if chosen and name not in chosen:
            continue
        result = run(name)
        figures[name] = result
        for limit in limits:
            value = limit.value(result) if result is not None else None
            why = "failed" if result is None else "not measured here" if value is None else ""
            rows.append(Row(limit, value, why))
    text = table(rows)
    print("\n" + text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    stem = RESULTS / time.strftime("%Y-%m-%d-%H%M%S")
    stem.with_suffix(".txt").write_text(text)
    told = [dict(zip(HEAD, row.cells(), strict=True)) for row in rows]
    stem.with_suffix(".json").write_text(
        json.dumps({"table": told, "figures": figures}, indent=2, ensure_ascii=False) + "\n"
    )
    return 1 if any(row.broken for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
