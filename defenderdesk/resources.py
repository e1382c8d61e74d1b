"""Where the files that ship with the program are: `resources/` beside the package, or inside it.

A checkout keeps `resources/` at its top; a built package carries the same folder as
`defenderdesk/_resources` (see `pyproject.toml`).
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """The resources folder of this installation."""
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [package / "_resources", package.parent / "resources"]
    if frozen:
        candidates.insert(0, Path(frozen) / "resources")
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    return candidates[-1]


def path(*parts: str) -> Path:
    """The path of one shipped file."""
    return root().joinpath(*parts)
