"""Every decision has its number, title, date and state, and stands in the index with them."""

from __future__ import annotations

import re

import pytest

from tests.docs.names import ROOT

FOLDER = ROOT / "docs" / "decisions"
FILES = sorted(FOLDER.glob("[0-9]*.md"))
HEAD = re.compile(r"# (\d+)\. (.+)\n\nDate: (\d{4}-\d\d-\d\d) · State: (.+)\n\n\S")
STATES = r"proposed|in force|(in force, refined by|replaced by) \[\d+\]\(\d{4}-[\w-]+\.md\)"


def test_numbers_have_no_gap() -> None:
    assert [int(path.name[:4]) for path in FILES] == list(range(1, len(FILES) + 1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[:4])
def test_a_decision_begins_with_its_head(path) -> None:
    head = HEAD.match(path.read_text(encoding="utf-8"))
    assert head is not None
    assert int(head[1]) == int(path.name[:4])
    assert re.fullmatch(STATES, head[4])


def test_the_index_has_every_decision_as_its_head_says() -> None:
    rows = []
    for path in FILES:
        head = HEAD.match(path.read_text(encoding="utf-8"))
        assert head is not None
        number, title, date, state = head.groups()
        rows.append(f"| [{number}]({path.name}) | {title} | {date} | {state} |")
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [line for line in index.splitlines() if line.startswith("| [")] == rows
