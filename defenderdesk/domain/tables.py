"""The tables that the rules of the field are read from: handed in, for `domain` opens no file.

Whoever starts the program says once where tables come from (`defenderdesk/__init__.py`: from the
files that ship with it); a test may hand in others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from defenderdesk.errors import IncompleteInstallError

Source = Callable[[str], Mapping[str, str]]
"""Gives the text of each table of a folder, by file name."""

_source: Source | None = None


def hand(source: Source) -> None:
    """Says where tables come from, from now on."""
    global _source
    _source = source


def texts(folder: str) -> Mapping[str, str]:
    """The text of each table of a folder, by file name. Raises `IncompleteInstallError` where
    nobody has handed any in."""
    if _source is None:
        raise IncompleteInstallError(what=folder)
    return _source(folder)


def text(folder: str, name: str) -> str:
    """The text of one table. Raises `IncompleteInstallError` where there is none."""
    try:
        return texts(folder)[name]
    except KeyError as error:
        raise IncompleteInstallError(what=f"{folder}/{name}") from error
