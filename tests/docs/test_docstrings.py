"""Docstrings begin with a verb or a noun, and name modules and functions as they are called now."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.names import PACKAGE, ROOT, entries, members, quoted

FILES = sorted(PACKAGE.rglob("*.py"))
QUESTION = re.compile(r"(What|Whether|Where|Who|Whose|Which|How|When|Why)\b")
FORMER = frozenset(
    (
        "batches",
        "beside",
        "branching",
        "counting",
        "custody_members",
        "departing",
        "deposits",
        "derived",
        "doorstep",
        "emergency_steps",
        "ends",
        "evidence_check",
        "feed_import",
        "helping",
        "homecoming",
        "incoming",
        "introduction",
        "keep_up",
        "leaving",
        "letterbox",
        "merging",
        "noted",
        "oskeyring",
        "outgoing",
        "redacting",
        "replay",
        "removal",
        "reports",
        "secondary",
        "stamping",
        "succession",
        "taking",
        "tally",
        "worries",
    )
)
"""Names that modules had before they moved to their rooms, and that nothing has now."""


@cache
def strings(path: Path) -> list[tuple[int, str]]:
    """(line, text) of every docstring of a file, those of attributes among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.lineno, node.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every comment of a file."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


@cache
def parts() -> dict[str, set[str]]:
    """Package, module or class → what can stand behind a dot after it."""
    found: dict[str, set[str]] = defaultdict(set, {k: set(v) for k, v in members().items()})
    for init in PACKAGE.rglob("__init__.py"):
        found[init.parent.name] |= entries(init.parent) | members()["__init__"]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_docstring_begins_with_a_verb_or_a_noun(path: Path) -> None:
    asked = [(line, text[:60]) for line, text in strings(path) if QUESTION.match(text.lstrip())]
    assert not asked


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_names_in_docstrings_and_comments_are_those_of_now(path: Path) -> None:
    stale = [
        (line, name)
        for line, text in [*strings(path), *comments(path)]
        for name in quoted(text)
        if not stands(name)
    ]
    assert not stale


def stands(name: str) -> bool:
    """Tells whether a name between backticks is none of ours, or one that we have."""
    if re.fullmatch(r"[\w/]+/\w+\.py", name):
        return (PACKAGE / name).exists() or (ROOT / name).exists()
    if re.fullmatch(r"\w+\.py", name):
        built = name == "setup.py"  # of a build, not of a checkout
        return built or name.removesuffix(".py") in parts() or (ROOT / name).exists()
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
        return True
    words = name.split(".")
    if words[0] in FORMER or words[-1] in FORMER:
        return False
    known = parts()
    ours = len(words) > 1 and words[0] in known and not is_of_a_table(words)
    return not ours or all(
        after in known[before] for before, after in pairwise(words) if before != "defenderdesk"
    )


def is_of_a_table(words: list[str]) -> bool:
    """Tells whether a name is a column (`records.num`), a field of a kind (`event.did`), a file."""
    from defenderdesk.domain.kinds import KINDS

    columns = {"records", "device", "changes", "index"}
    files = {"json", "csv", "html", "txt", "pem", "db"}
    return words[0] in KINDS or words[0] in columns or words[-1] in files


def test_the_list_of_former_names_holds_none_of_now() -> None:
    assert not FORMER & {path.stem for path in FILES}
