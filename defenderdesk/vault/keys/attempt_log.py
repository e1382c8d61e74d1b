"""The log of wrong passphrases in a row: a small file of one mark per try.

A mark is one byte, written in place and synced before the passphrase is tried. So it needs no
room on a full disk, is there or not after a power cut, and a killed process has not tried for
nothing. A file that is missing or not one of ours begins anew, and says so until it was told.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from defenderdesk import files
from defenderdesk.errors import StorageError
from defenderdesk.vault.keys import slots

NAME = "tries"
CHOSEN = "tries_limit"
"""Setting of the vault: the limits that its key file may name; two while one replaces another."""
_HEAD = b"tries 1 "
_FREE, _MARK, _ANEW = b".", b"x", b"a"
_FLAG, _FIRST = len(_HEAD), len(_HEAD) + 1
_SIZE = _FIRST + slots.MOST


def _content(*, anew: bool) -> bytes:
    return _HEAD + (_ANEW if anew else _FREE) + _FREE * slots.MOST


def begin(profile: Path, *, anew: bool = False) -> None:
    """A file without marks. `anew`: in place of one that was missing or damaged."""
    files.write(profile / NAME, _content(anew=anew))


def remove(profile: Path) -> None:
    """No count any more."""
    with contextlib.suppress(OSError):
        (profile / NAME).unlink(missing_ok=True)


def _read(profile: Path) -> bytes | None:
    """The file; None where it is missing or damaged. Raises `StorageError` where the machine
    refuses to read it."""
    try:
        with open(profile / NAME, "rb") as source:
            content = source.read(_SIZE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(what=f"{NAME}: {error.strerror}") from error
    sound = (
        len(content) == _SIZE
        and content.startswith(_HEAD)
        and content[_FLAG:_FIRST] in (_FREE, _ANEW)
        and set(content[_FIRST:]) <= set(_FREE + _MARK)
    )
    return content if sound else None


def count(profile: Path) -> int:
    """Marks that stand; 0 where the file is missing or damaged."""
    content = _read(profile)
    return content[_FIRST:].count(_MARK) if content else 0


def anew(profile: Path) -> bool:
    """Tells whether the file was missing or damaged and began anew, or would now."""
    content = _read(profile)
    return content is None or content[_FLAG:_FIRST] == _ANEW


def mark(profile: Path) -> int:
    """One mark more, on the disk; its place. Raises `StorageError`: then nothing may be tried."""
    content = _read(profile)
    if content is None:
        begin(profile, anew=True)
        content = _content(anew=True)
    place = content.index(_FREE, _FIRST)
    _write(profile, place, _MARK)
    return place


def unmark(profile: Path, place: int) -> None:
    """Takes back a mark: nothing could be tried."""
    with contextlib.suppress(StorageError):
        _write(profile, place, _FREE)


def clear(profile: Path) -> None:
    """Takes back every mark: the right passphrase was given."""
    with contextlib.suppress(StorageError):
        if count(profile):
            _write(profile, _FIRST, _FREE * slots.MOST)


def told(profile: Path) -> None:
    """The owner knows that the count began anew."""
    content = _read(profile)
    if content is None:
        begin(profile)
    elif content[_FLAG:_FIRST] == _ANEW:
        _write(profile, _FLAG, _FREE)


def _write(profile: Path, place: int, what: bytes) -> None:
    try:
        with open(profile / NAME, "r+b", buffering=0) as file:
            file.seek(place)
            file.write(what)
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(what=f"{NAME}: {error.strerror}") from error
