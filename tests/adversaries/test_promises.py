"""A promise without a test is not made: every row of the threat model names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def promises() -> list[tuple[str, str, list[str]]]:
    """(against, promise, the tests that are named) of the table of promises."""
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    section = text.split("## What we promise", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    out = []
    for row in rows[2:]:
        against, promise, *shown = (cell.strip() for cell in row)
        out.append((against, promise, re.findall(r"`([^`]+)`", " ".join(shown))))
    return out


@cache
def functions() -> dict[str, set[str]]:
    """File below `tests/` -> the names of its tests."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found[path.relative_to(ROOT).as_posix()] = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        }
    return found


def exists(named: str) -> bool:
    """Whether a folder or file of tests, or a test (`…` for the rest of its name), is there."""
    path, _, test = named.partition("::")
    if path.startswith("tests/"):
        files = [f for f in functions() if f == path or f.startswith(path.rstrip("/") + "/")]
        return any(functions()[f] and (not test or fits(test, f)) for f in files) or (
            path.startswith("tests/torture/") and path in functions()
        )
    if path.endswith(".py"):
        return any(f.endswith(f"/{path}") for f in functions())
    return any(fits(path, f) for f in functions())


def fits(test: str, file: str) -> bool:
    if test.endswith("…"):
        return any(name.startswith(test[:-1]) for name in functions()[file])
    return test in functions()[file]


@pytest.mark.parametrize(("against", "promise", "named"), promises(), ids=[p[1][:60] for p in promises()])
def test_a_promise_names_tests_that_exist(against: str, promise: str, named: list[str]) -> None:
    assert against and promise
    tests = [name for name in named if name.startswith(("tests/", "test_"))]
    assert tests, "it names no test"
    assert not [name for name in tests if not exists(name)]


def test_the_check_itself_would_notice() -> None:
    assert len(promises()) > 30
    for missing in (
        "tests/vault/test_none.py",
        "tests/vault/test_vault.py::test_none",
        "test_none_such",
        "test_none_such…",
        "tests/nothing/",
        "test_nothing.py",
    ):
        assert not exists(missing)
