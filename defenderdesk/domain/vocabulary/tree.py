"""Terms under one another. Whatever parents say, the result is a forest: a term whose parent is
not there, that is its own parent, or that stands in a circle of parents, stands on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def without_circles(parents: Mapping[str, str]) -> dict[str, str]:
    """`parents` (code to the code above, or "") with every member of a circle put on top, and
    every parent that is no key left out."""
    checked = {code: above if above in parents else "" for code, above in parents.items()}
    done: set[str] = set()
    for start in checked:
        path: dict[str, None] = {}
        code = start
        while code and code not in done and code not in path:
            path[code] = None
            code = checked[code]
        if code in path:
            way = list(path)
            for member in way[way.index(code) :]:
                checked[member] = ""
        done.update(path)
    return checked


def walk(parents: Mapping[str, str], ordered: Iterable[str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """(depth by code, children by code), the depths in the order of the tree: each term before
    what is below it. `parents` has no circles; `ordered`: all codes, siblings in their order.
    Children of "" are those on top."""
    children: dict[str, list[str]] = {}
    for code in ordered:
        children.setdefault(parents[code], []).append(code)
    depths: dict[str, int] = {}
    left = list(reversed(children.get("", [])))
    while left:
        code = left.pop()
        above = parents[code]
        depths[code] = depths[above] + 1 if above else 0
        left.extend(reversed(children.get(code, [])))
    return depths, children
