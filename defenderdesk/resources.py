"""The files that ship with the program: `resources/` beside the package, or inside it.

A checkout keeps `resources/` at its top; a built package carries the same folder as
`defenderdesk/_resources` (`setup.py` puts it there). What is not there is an error that says so,
never an empty table: a rule that is silently missing would be advice that nobody gave.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from defenderdesk.errors import IncompleteInstallError

TABLES = (".csv", ".json")
"""Endings of the files that are read as tables; a folder's README is none."""


@cache
def root() -> Path:
    """The resources folder of this installation. Raises `IncompleteInstallError`."""
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [package / "_resources", package.parent / "resources"]
    if frozen:
        candidates.insert(0, Path(frozen) / "resources")
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise IncompleteInstallError(what=candidates[-1].name)


def path(*parts: str) -> Path:
    """The path that a file has in the resources, there or not."""
    return root().joinpath(*parts)


def shipped(*parts: str) -> Path:
    """The path of a file that ships with the program. Raises `IncompleteInstallError` where it is
    not there."""
    found = path(*parts)
    if not found.is_file():
        raise IncompleteInstallError(what="/".join(parts[:-1]))
    return found


def tables(folder: str) -> Mapping[str, str]:
    """The text of every table in a folder, by file name. Raises `IncompleteInstallError` where the
    folder is not there, or holds none."""
    try:
        found = {
            one.name: one.read_text(encoding="utf-8")
            for one in sorted(path(folder).iterdir())
            if one.suffix in TABLES
        }
    except OSError as error:
        raise IncompleteInstallError(what=folder) from error
    if not found:
        raise IncompleteInstallError(what=folder)
    return found
