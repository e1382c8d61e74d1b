"""Links and paths in the documents lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.docs.names import PACKAGE, ROOT, quoted

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(text: str) -> set[str]:
    """The names by which headings are linked to."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_paths_are_there(page) -> None:
    for name in quoted(page.read_text(encoding="utf-8")):
        path = name.partition("::")[0]
        if re.fullmatch(r"(\w+/)*\w+\.py|(docs|tests|resources|packaging|benchmarks)/[\w./-]*", path):
            places = (PACKAGE, ROOT, ROOT / "docs", page.parent)
            assert any((place / path).exists() for place in places), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_page_is_linked_from_another(page) -> None:
    others = [one for one in PAGES if one != page]
    linked = {
        (one.parent / link.partition("#")[0]).resolve()
        for one in others
        for link in re.findall(r"\]\(([^)\s]+)\)", one.read_text(encoding="utf-8"))
    }
    assert (page.name == "README.md" and page.parent == ROOT) or page.resolve() in linked
