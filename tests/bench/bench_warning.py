"""Early warning over 100,000 cases and 1,000,000 acts in ten years: all shipped rules evaluated
(limit: under 2 s, in the background), the last result read for the page and for the badge (under
100 ms each), the cases behind an alert.

Each act is an event of its own. They are put into the derived tables directly: making them by a
million saves would measure saving. A rise is planted, so that there is something to find.
`python -m tests.bench.bench_warning [acts] [years]` prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from defenderdesk.domain import vocabulary
from defenderdesk.ledger.merge import State
from defenderdesk.vault import Vault
from defenderdesk.vault.lookup import indexes
from defenderdesk.vault.lookup.early_warning import Watch

TODAY = date(2026, 6, 17)
COUNTRIES = [a + b for a in "ABCDE" for b in "ABCDEFGH"]
PLANTED = 400


def fill(vault: Vault, cases: int, acts: int, years: int) -> None:
    """Cases, and acts of every kind on them; attacks on life in one country of late."""
    chance = random.Random(11)
    codes = [code for code, term in vocabulary.terms("act").items() if term.parent]
    profiles = list(vocabulary.terms("profile"))
    perpetrators = list(vocabulary.terms("perpetrator"))
    rows: dict[str, list[tuple[Any, ...]]] = {
        "records": [],
        "cases": [],
        "happened": [],
        "facts": [],
        "links": [],
    }
    packed, ids, struck = State().pack(), [], []
    for num in range(1, cases + 1):
        rid = chance.randbytes(16)
        ids.append(rid)
        rows["records"].append((num, rid, 1, "case", None, 0, 0, 0, packed, b""))
        country = chance.choice(COUNTRIES)
        if country == COUNTRIES[0]:
            struck.append(num - 1)
        rows["cases"].append((num, rid, 1, f"Case {num}", f"case {num}", str(num), country, "open", "", 0))
        rows["facts"] += [("case.profiles", one, num, None) for one in chance.sample(profiles, 2)]
    last = TODAY.toordinal()
    for at in range(acts):
        num = cases + 1 + at
        case = chance.randrange(cases)
        code = chance.choice(codes)
        day = last - chance.randrange(365 * years)
        if at >= acts - PLANTED:
            case, code, day = chance.choice(struck), "killing", last - chance.randrange(25)
        rows["happened"].append((day, code, num, ids[case]))
        who = indexes.did(day, chance.choice(perpetrators))
        rows["facts"].append(("event.did", who, num, ids[case]))
    for table in rows:
        rows[table].sort(key=lambda row: row[:3] if table != "records" else row[:1])
    with vault.store.writing() as conn:
        for table, many in rows.items():
            if many:
                marks = ",".join("?" * len(many[0]))
                conn.executemany(f"INSERT INTO {table} VALUES ({marks})", many)
        vault.store.set_meta("derived", [indexes.VERSION, cases])


def best(work: Any, rounds: int = 3) -> tuple[float, Any]:
    """(seconds of the quickest of some rounds, what it gave)."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        given = work()
        times.append(time.perf_counter() - began)
    return min(times), given


def main() -> None:
    """Runs all and prints the line."""
    acts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    years = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as folder:
        vault, _ = Vault.create(Path(folder) / "v", "p", unlock_seconds=0)
        vault.found("W", "M", "D")
        fill(vault, max(acts // 10, 1), acts, years)
        watch = Watch(vault.store, vault.views)
        began = time.perf_counter()
        watch.run(TODAY)
        first = time.perf_counter() - began
        evaluating, result = best(lambda: watch.run(TODAY))
        page, found = best(lambda: watch.found(TODAY))
        badge, _ = best(lambda: watch.count(TODAY))
        behind, _ = best(lambda: watch.cases(result.alerts[0].behind) if result.alerts else None)
        print(
            json.dumps(
                {
                    "bench": "warning",
                    "cases": result.cases,
                    "acts": acts,
                    "evaluate_first_s": round(first, 2),
                    "evaluate_s": round(evaluating, 2),
                    "page_ms": round(page * 1000, 1),
                    "badge_ms": round(badge * 1000, 1),
                    "cases_behind_ms": round(behind * 1000, 1),
                    "alerts": sum(a.level == "alert" for a, _ in found.alerts),
                }
            )
        )
        vault.close()


if __name__ == "__main__":
    main()
