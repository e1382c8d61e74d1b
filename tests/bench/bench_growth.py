"""How the time of an import grows with its size: 1,000 to 1,000,000 changes into empty vaults.

`python -m tests.bench.bench_growth [largest]` prints one line of JSON. `exponent`: the slope of the
line through the logarithms (1: twice as much takes twice as long). The smallest import is mostly
what any import costs, however small; `exponent_of_large` leaves it out. The best of a few rounds
counts; seconds are of the processor: what else runs on the machine is not counted.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault
from tests.bench.bench_import import fill, laptop_of

SIZES = {1_000: 5, 10_000: 4, 100_000: 3, 1_000_000: 1}
"""Changes, and how many rounds of each."""


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line of least squares through the logarithms of `points`."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return rise / sum((x - mean_x) ** 2 for x, _ in logs)


def importing(changes: int, rounds: int) -> tuple[int, float]:
    """(changes in the bundle, seconds of the quickest import)."""
    taken = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office, _ = Vault.create(folder / "office", "a", unlock_seconds=0)
        office.found("W", "Office", "Desk")
        fill(office, changes)
        laptops = [laptop_of(office, folder, number) for number in range(rounds)]
        exporting.export(office, folder / "all.ddbundle", everything=True)
        office.close()
        for laptop in laptops:
            began = time.process_time()
            received = receiving.receive(laptop, folder / "all.ddbundle")
            taken.append(time.process_time() - began)
            assert received.changes >= changes, received
            laptop.close()
    return received.changes, min(taken)


def main() -> None:
    """Runs all and prints the line."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else max(SIZES)
    points = [importing(size, rounds) for size, rounds in SIZES.items() if size <= largest]
    print(
        json.dumps(
            {
                "bench": "growth",
                "seconds": {str(changes): round(seconds, 3) for changes, seconds in points},
                "exponent": round(slope(points), 3),
                "exponent_of_large": round(slope(points[1:]), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
