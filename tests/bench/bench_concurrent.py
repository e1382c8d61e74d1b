"""Many concurrent values of one field, in one small bundle: what receiving them takes, beside the
build of before and beside a third of them.

`python -m tests.bench.bench_concurrent` prints one line of JSON. A colleague's device that never
replaces what it wrote (or one that means harm) can make such a bundle; whoever receives it holds
the vault for as long as it takes. The older build measures the smaller number once (it needs
16 seconds), ours by turns with it; the best of `ROUNDS` counts. Seconds are of the processor: what
else runs on the machine is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from defenderdesk.ledger.changes import MAX_CHANGES, SET, Change
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.records import apply, writing
from tests.bench import older
from tests.bench.bench_import import laptop_of

SOME, MANY = 20_000, 60_000
ROUNDS = 3
OLDER = Path(__file__).parent / "peers" / "older_many_values.txt"


def write_values(office: Vault, values: int) -> None:
    """So many values of one field that replace nothing, in the office's feed alone: its own record
    of them is not wanted."""
    record = os.urandom(16)
    nothing = apply.Outcome(frozenset(), frozenset(), 0)
    with patch.object(apply, "apply", lambda *_: nothing), office.store.writing() as conn:
        desk = writing.desk_number(office.store, conn, None)
        for first in range(0, values, MAX_CHANGES):
            numbers = range(first, min(first + MAX_CHANGES, values))
            changes = [Change(record, "title", SET, str(number)) for number in numbers]
            if not first:
                changes[0] = Change(record, "kind", SET, "case")
            writing.write(office.store, conn, desk, changes)


def received_in(values: int) -> tuple[float, int]:
    """(seconds to receive so many, bytes of the bundle)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office, _ = Vault.create(folder / "office", "a", unlock_seconds=0)
        office.found("W", "Office", "Desk")
        laptop = laptop_of(office, folder, 0)
        write_values(office, values)
        bundle = folder / "all.ddbundle"
        exporting.export(office, bundle, everything=True)
        began = time.process_time()
        received = receiving.receive(laptop, bundle)
        taken = time.process_time() - began
        assert received.changes >= values and received.conflicts == 1, received
        laptop.close()
        office.close()
        return taken, bundle.stat().st_size


def before(values: int) -> float | None:
    """Seconds of the older build; None where it is not there."""
    source = older.tree()
    if source is None:
        return None
    done = subprocess.run(
        [sys.executable, "-c", OLDER.read_text(), str(values)],
        cwd=source,
        env=older.environment(source),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Runs both and prints the line."""
    some, many = [], []
    past: float | None = None
    for number in range(ROUNDS):
        some.append(received_in(SOME))
        if number == 0:
            past = before(SOME)
        many.append(received_in(MANY))
    (few, size), (all_of_them, _) = min(some), min(many)
    result: dict[str, object] = {
        "bench": "concurrent values",
        "values": SOME,
        "bundle_bytes": size,
        "seconds": round(few, 3),
        "seconds_thrice": round(all_of_them, 3),
        "growth": round(all_of_them / few, 2),
    }
    if past is not None:
        result |= {"older_seconds": round(past, 2), "older_ratio": round(past / few, 1)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
