"""The walls of the house that import-linter does not hold: of the tests, and of the vault's door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp

from defenderdesk import resources

TOP = resources.root().parent
PROGRAM, TESTS = TOP / "defenderdesk", TOP / "tests"

SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET"
    r"|CREATE\s+(TABLE|INDEX|VIEW|VIRTUAL)|DROP\s+(TABLE|INDEX|VIEW))\b",
    re.DOTALL,
)


def _sources(folder: Path, *without: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        where = path.relative_to(folder).as_posix()
        if not where.startswith(without):
            yield where, ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_test_module_imports_from_a_test_module() -> None:
    """What several need stands in `tests/worlds/`, or beside them under a name of its own."""
    tests = re.compile(r"tests\.(\w+\.)*test_\w+")
    found = [
        f"{where}: {name}" for where, tree in _sources(TESTS) for name in _imported(tree) if tests.match(name)
    ]
    assert not found


def test_nobody_outside_reaches_behind_the_vaults_door() -> None:
    found = []
    for where, tree in _sources(PROGRAM, "vault/", "server/"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "store":
                found.append(f"{where}:{node.lineno}: .store")
            if isinstance(node, ast.Constant) and SQL.search(str(node.value)):
                found.append(f"{where}:{node.lineno}: SQL")
        found += [
            f"{where}: {name}" for name in _imported(tree) if name.startswith("defenderdesk.vault.storage")
        ]
    assert not found


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "__pycache__"]


def test_the_vault_has_few_rooms_and_the_desktop_no_loose_screen() -> None:
    assert len(_entries(PROGRAM / "vault")) <= 20
    loose = [path.name for path in _entries(PROGRAM / "ui") if path.is_file()]
    assert loose == ["__init__.py"]


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("defenderdesk", exclude_type_checking_imports=True, cache_dir=None)
    within = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    assert len(within) > 400
    while leaves := {one for one, needs in within.items() if not needs}:
        within = {one: needs - leaves for one, needs in within.items() if one not in leaves}
    assert not within, sorted(within)


BY_ID_ALONE = re.compile(r"\bFROM records\b(?! r)[^;]*\bWHERE id (=|IN)|\br\.id (=|IN) ?\(?\?", re.DOTALL)


def test_nobody_looks_a_record_up_by_its_id_alone() -> None:
    """Its desk is asked for as well; only `located` decides what a bare id means, and `bulk.homes`
    says where it stands."""
    found = []
    for where, tree in _sources(PROGRAM):
        if where == "vault/records/located.py":
            continue
        within = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(getattr(part, "value", "?")) for part in node.values)
            elif isinstance(node, ast.Constant) and id(node) not in within:
                text = str(node.value)
            else:
                continue
            if BY_ID_ALONE.search(text) and not re.search(r"\bdesk = ", text):
                found.append(f"{where}:{node.lineno}")
    assert [one.partition(":")[0] for one in found] == ["vault/records/bulk.py"]


_NOT_FROM_OUTSIDE = ("domain/values.py", "domain/mechanisms/corrections.py", "vault/lookup/indexes.py", "ui/")


def test_a_version_from_outside_is_told_from_true() -> None:
    """`true` is equal to 1 in Python: a version is compared by `canonical.is_version`, and whether
    something is a number is asked of its type."""
    found = []
    for where, tree in _sources(PROGRAM, *_NOT_FROM_OUTSIDE):
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and isinstance(
                node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn
            ):
                sides = {ast.unparse(one) for one in (node.left, *node.comparators)}
                if any(re.fullmatch(r"\(?([a-z_]+\.)?[A-Z_]*VERSION\b[^_]*", one) for one in sides):
                    found.append(f"{where}:{node.lineno}: {ast.unparse(node)}")
    assert not [one for one in found if "is_version" not in one and "str(VERSION)" not in one], found


def test_json_from_outside_is_counted_before_it_is_made() -> None:
    """Whoever else reads JSON reads a small file of this program's own, or what stands in its package."""
    own = {
        "cli/typed.py",  # what a person types
        "crypto/plain_json.py",
        "domain/mechanisms/reading.py",  # shipped
        "ui/work/preferences.py",
        "vault/keys/slots.py",  # at most 64 KiB
    }
    found = {
        where
        for where, tree in _sources(PROGRAM)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("json.loads", "json.load", "msgspec.json.decode")
        and not any(word.arg == "type" for word in node.keywords)
    }
    assert found == own
