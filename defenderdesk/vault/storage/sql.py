"""Long lists of values, in pieces that one statement takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def parts(items: Sequence[Any]) -> Iterator[list[Any]]:
    """500 at a time."""
    for start in range(0, len(items), 500):
        yield list(items[start : start + 500])


def marks(part: Sequence[Any]) -> str:
    """A question mark for each value of a piece."""
    return ",".join("?" * len(part))
