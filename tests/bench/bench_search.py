"""100,000 cases: search as you type (99th percentile under 30 ms), pages of the list, unlock to
usable list (under 0.5 s beyond key derivation).

`python -m tests.bench.bench_search [cases]` prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.keys import slots
from tests.bench.bench_import import text

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or", "is")]


def name(chance: random.Random) -> str:
    """An invented name of one of about a million."""
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.choice((2, 3)))).title()


def fill(vault: Vault, cases: int) -> list[str]:
    """Cases with a title, country, summary and defender's name; returns some words they hold."""
    chance = random.Random(7)
    countries = ["UG", "FR", "MX", "EG", "CO", "TN", "RU", "CN", "IN", "PH"]
    words, edits = [], []
    for number in range(cases):
        case = vault.new_id()
        who = f"{name(chance)} {name(chance)}"
        edits += [
            Edit(case, "kind", "case"),
            Edit(case, "title", f"{who}: {text(number)}"),
            Edit(case, "country", chance.choice(countries)),
            Edit(case, "status", chance.choice(["open", "urgent", "closed"])),
            Edit(case, "reference", f"{number:06d}"),
            Edit(case, "summary", f"{name(chance)} {text(number + 1)}"),
        ]
        if number % 97 == 0:
            words.append(who)
        if len(edits) >= 6000:
            vault.save(edits)
            edits = []
    if edits:
        vault.save(edits)
    return words


def timed(times: list[float], work: object) -> None:
    """Runs `work` and notes its milliseconds."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    times.append((time.perf_counter() - began) * 1000)


def percentile(times: list[float], share: float) -> float:
    """The value that `share` of the times stay under."""
    return round(sorted(times)[min(len(times) - 1, int(share * len(times)))], 2)


def main() -> None:
    """Runs all and prints the line."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "v"
        vault, _ = Vault.create(profile, "p", unlock_seconds=0)
        vault.found("W", "M", "D")
        words = fill(vault, cases)
        vault.close()
        began = time.perf_counter()
        slots.unlock(profile, "p")
        derivation = time.perf_counter() - began
        began = time.perf_counter()
        vault = Vault.open(profile, "p")
        vault.count_cases(CaseFilter())
        vault.cases(CaseFilter(), 0, 50)
        vault.conflict_count()
        unlock = time.perf_counter() - began - derivation
        typing: list[float] = []
        for who in words[:150]:
            for length in range(1, min(len(who), 12)):
                timed(typing, lambda typed=who[:length]: vault.search(typed, 50))
        common: list[float] = []
        for typed in ("t", "th", "the", "arrested p", "police ho", "a", "de", "held wi"):
            timed(common, lambda typed=typed: vault.search(typed, 50))
        counting: list[float] = []
        for typed in ("t", "the", "arrested p", words[3][:3], words[5]):
            timed(counting, lambda typed=typed: vault.count_cases(CaseFilter(text=typed)))
        pages: list[float] = []
        chance = random.Random(3)
        for sort in ("updated", "title", "country", "status", "reference"):
            for _ in range(10):
                wanted = CaseFilter(sort=sort, descending=chance.random() < 0.5)  # type: ignore[arg-type]
                offset = chance.randrange(max(1, cases - 50))
                timed(pages, lambda w=wanted, o=offset: vault.cases(w, o, 50))
        print(
            json.dumps(
                {
                    "bench": "search",
                    "cases": cases,
                    "typing_p50_ms": percentile(typing, 0.5),
                    "typing_p99_ms": percentile(typing, 0.99),
                    "common_words_max_ms": percentile(common, 1),
                    "filter_count_max_ms": percentile(counting, 1),
                    "page_p50_ms": percentile(pages, 0.5),
                    "page_max_ms": percentile(pages, 1),
                    "unlock_beyond_derivation_s": round(unlock, 3),
                }
            )
        )
        vault.close()


if __name__ == "__main__":
    main()
