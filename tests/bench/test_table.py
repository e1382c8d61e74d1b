"""The bench's table says what holds, and names figures that the benches give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.__main__ import Row, table
from tests.bench.bench_growth import slope
from tests.bench.limits import RUNS, Limit, most

QUICK, SMALL = Limit("quick", "a peer", "rate", 3), most("small", "", "size", 10, "B")


@pytest.mark.parametrize(
    ("row", "broken", "holds"),
    [
        (Row(QUICK, 3.0), False, "yes"),
        (Row(QUICK, 2.9), True, "NO"),
        (Row(SMALL, 10.0), False, "yes"),
        (Row(SMALL, 10.1), True, "NO"),
        (Row(SMALL, None, "not measured here"), False, "-"),
        (Row(SMALL, None, "failed"), True, "NO"),
    ],
)
def test_a_limit_holds_or_does_not(row: Row, broken: bool, holds: str) -> None:
    assert row.broken is broken and row.cells()[-1] == holds


def test_the_table_has_a_line_for_each_limit() -> None:
    lines = table([Row(QUICK, 4.25), Row(SMALL, None, "failed")]).splitlines()
    assert len(lines) == 4 and lines[2].split() == [
        "quick",
        "a",
        "peer",
        "4.25",
        "×",
        "≥",
        "3",
        "×",
        "yes",
    ]


def test_every_limit_is_on_a_figure_of_its_bench() -> None:
    for name, limits in RUNS:
        source = (Path(bench.__file__).parent / f"{name}.py").read_text()
        for limit in limits:
            assert f'"{limit.figure}"' in source, (name, limit.figure)


@pytest.mark.parametrize("kept", [True, False])
def test_what_does_not_hold_is_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: bool
) -> None:
    monkeypatch.setattr(bench, "RESULTS", tmp_path)
    monkeypatch.setattr(bench, "RUNS", [("bench_some", [QUICK])])
    monkeypatch.setattr(bench, "run", lambda _: {"rate": 4.0 if kept else 2.0})
    assert bench.main([]) == (0 if kept else 1)
    written = sorted(path.suffix for path in tmp_path.iterdir())
    assert written == [".json", ".txt"]


def test_the_exponent_is_that_of_the_line() -> None:
    assert slope([(10, 3), (100, 30), (1000, 300)]) == pytest.approx(1)
    assert slope([(10, 1), (100, 100), (1000, 10_000)]) == pytest.approx(2)
