"""The limits that `make bench` holds: of each measurement the peer, the figure and the bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limit:
    """A bound on one figure of a bench's result. `peer`: what it is measured against in the same
    run; empty where the limit is absolute. `least`: it must be no less; else no more."""

    name: str
    peer: str
    figure: str
    bound: float
    unit: str = "×"
    least: bool = True

    def value(self, result: dict[str, Any]) -> float | None:
        """The figure; None where this run could not measure it."""
        found = result.get(self.figure)
        return None if found is None else float(found)

    def holds(self, value: float) -> bool:
        """Whether a figure keeps the bound."""
        return value >= self.bound if self.least else value <= self.bound


def most(name: str, peer: str, figure: str, bound: float, unit: str = "×") -> Limit:
    """A figure that must be no more than its bound."""
    return Limit(name, peer, figure, bound, unit, least=False)


CIPHER, PLAIN, OLDER = "the cipher alone", "plain executemany", "the build of before"

RUNS: list[tuple[str, list[Limit]]] = [
    (
        "bench_age",
        [
            Limit("sealing", CIPHER, "seal_ratio", 0.6),
            Limit("opening", CIPHER, "open_ratio", 0.6),
            most("memory of sealing and opening 1 GiB", "", "peak_rss_mib", 95, "MiB"),
        ],
    ),
    (
        "bench_import",
        [
            Limit("import of 100,000 changes", PLAIN, "ratio", 0.55),
            most("bytes a change", "", "bytes_per_change", 100, "B"),
        ],
    ),
    (
        "bench_first_sync",
        [
            Limit(
                "first synchronisation of 10,000 records", "PouchDB 9 over HTTP, LevelDB", "pouch_ratio", 3.5
            ),
            Limit("first synchronisation, by rows", "Anki 26.9, row by row", "anki_ratio", 3),
            most("synchronisation with nothing to do", "", "nothing_to_do_ms", 100, "ms"),
        ],
    ),
    (
        "bench_concurrent",
        [
            Limit("20,000 concurrent values of one field", OLDER, "older_ratio", 20),
            most("60,000 of them", "20,000 of them", "growth", 3.5),
        ],
    ),
    (
        "bench_start",
        [
            most("processor time of --help", OLDER, "help_ratio", 0.5),
            most("processor time of status, beyond the key", OLDER, "status_ratio", 0.5),
        ],
    ),
    (
        "bench_growth",
        [
            most(
                "growth of an import, 10,000 to 1,000,000",
                "linear is 1",
                "exponent_of_large",
                1.15,
                "exponent",
            ),
        ],
    ),
    (
        "bench_search",
        [
            most("search as you type, 99 %", "", "typing_p99_ms", 30, "ms"),
            most("unlocked to list, beyond the key", "", "unlock_beyond_derivation_s", 0.5, "s"),
        ],
    ),
    (
        "bench_views",
        [
            most("every screen's questions, 95 %", "", "slowest_screen_p95_ms", 100, "ms"),
            most("what is derived", "the writing itself", "derived_ratio", 0.5),
        ],
    ),
    (
        "bench_warning",
        [
            most("early warning over a million acts", "", "evaluate_s", 2, "s"),
            most("its page", "", "page_ms", 100, "ms"),
            most("its badge", "", "badge_ms", 100, "ms"),
            Limit("planted rises that it finds", "", "alerts", 1, "rise"),
        ],
    ),
    (
        "bench_desktop",
        [
            most("memory of the idle desktop", "", "idle_rss_mb", 250, "MB"),
        ],
    ),
]
"""By the bench's module: the limits on its result."""
