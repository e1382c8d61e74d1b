"""Names of the code as its source has them, without importing it: what the documents are compared with."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "defenderdesk"


def page(name: str) -> str:
    """The text of a page below `docs/`."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading of the second level."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def quoted(text: str) -> list[str]:
    """Everything between backticks, blocks of code left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def first_column(text: str) -> list[str]:
    """The names between backticks in the first column of a table."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in quoted(row.split("|")[1])]


def entries(folder: Path) -> set[str]:
    """The modules and packages of a folder."""
    inside = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return inside | {path.parent.name for path in folder.glob("*/__init__.py")}


@cache
def members() -> dict[str, set[str]]:
    """Class or module (by its own name) → what it defines or inherits: functions, methods,
    attributes."""
    found: dict[str, set[str]] = defaultdict(set)
    above: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found[path.stem] |= _defined(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name] |= _defined(node)
                above[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
    for name, bases in above.items():
        found[name] = found[name].union(*(found[base] for base in bases if base in found))
    return found


def _defined(node: ast.Module | ast.ClassDef) -> set[str]:
    names = set()
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(child.name)
        elif isinstance(child, ast.Name | ast.Attribute) and isinstance(child.ctx, ast.Store):
            names.add(child.id if isinstance(child, ast.Name) else child.attr)
    return names
