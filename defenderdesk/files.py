"""Files that are there whole or not at all, also when the power goes."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from defenderdesk.errors import Message, StorageError, UsageError

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

PARTIAL = ".part"
"""Suffix of a file or folder that is being written; one that is found later is rubbish."""
SYNC, UNSENT = "sync", "-out.ddbundle"
"""The folder of a profile for what is on its way, and how what is sealed to be sent ends."""
MAX_SUFFIX = 16
"""Characters of what may pass for an extension."""
_under_way: set[Path] = set()


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A binary file that appears under `path` only once it is complete and on the disk."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PARTIAL}")
    _under_way.add(partial)
    try:
        try:
            with open(partial, "xb", opener=_private) as out:
                _claim(out.fileno())
                yield out
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
    except OSError as error:
        raise StorageError(what=f"{path.name}: {error.strerror or error}") from error
    finally:
        _under_way.discard(partial)


def remove_under_way() -> None:
    """Removes what this process is writing right now, wherever it lies: it is about to end. A
    system that refuses to remove an open file (Windows) leaves it for `remove_partials`."""
    for partial in tuple(_under_way):
        with contextlib.suppress(OSError):
            partial.unlink()


def outside(profile: Path, path: Path) -> Path:
    """`path`, unless it lies in the profile: an export must never write over the vault's own
    files. What a killed process left of the same name goes. Raises `UsageError`."""
    if path.resolve().is_relative_to(profile.resolve()):
        raise UsageError(what="That is inside the vault's own folder; choose another place")
    remove_left(path.parent, path.name)
    return path


def remove_left(folder: Path, name: str = "", suffix: str = "") -> None:
    """Removes what killed processes left in a folder that is not ours: of files of this name, or of all
    whose names end so. What another process is writing right now stays; of a folder that is being
    written nobody can tell, so one stays until it was let be for an hour."""
    end = re.escape(name or suffix)
    left = re.compile(rf"\.{'' if name else '.*'}{end}\.[0-9a-f]{{8}}{re.escape(PARTIAL)}\Z", re.DOTALL)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if not left.match(entry.name):
                continue
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > _LET_BE:
                        shutil.rmtree(entry.path)
                elif entry.is_file(follow_symlinks=False) and _is_nobodys(entry.path):
                    os.unlink(entry.path)


_LET_BE = 3600.0


def _claim(descriptor: int) -> None:
    """Marks an open file as being written, where a system has such marks; Windows needs none."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_nobodys(path: str) -> bool:
    """Tells whether no process is writing a file. Windows itself refuses to remove one that is open."""
    if fcntl is None:
        return True
    found = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(found)
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def private(path: Path) -> None:
    """A file that is there, made if need be, for its owner alone. Raises `StorageError`."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StorageError(what=f"{path.name}: {error.strerror or error}") from error


def regular(path: str, flags: int) -> int:
    """An `opener` for `open` that takes files only: a pipe would be waited for, a device never
    ends. Raises `UsageError`."""
    found = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(found).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder is named by `open` itself
        os.close(found)
        raise UsageError(what=Message("{name} is not a file", name=os.path.basename(path)))
    return found


def shortened(name: str, most: int) -> str:
    """A file's name of at most `most` characters: it is cut before its extension."""
    if len(name) <= most:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > MAX_SUFFIX:
        return name[:most]
    return stem[: most - len(suffix) - 1] + dot + suffix


def read(path: Path) -> bytes:
    """A whole file whose size was looked at before. Raises `OSError`, `UsageError`."""
    with open(path, "rb", opener=regular) as source:
        return source.read()


def write(path: Path, data: bytes) -> None:
    """Writes `data` under `path`, whole or not at all."""
    with whole(path) as out:
        out.write(data)


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` last. File systems that cannot (FAT on some) are let be."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def make_folder(path: Path) -> None:
    """A folder that only this user reads."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(what=f"{path}: {error.strerror or error}") from error


def remove_partials(folder: Path) -> None:
    """Removes what an interrupted write left behind."""
    with contextlib.suppress(OSError):
        for suffix in ("", "-journal", "-wal", "-shm"):  # of a database that was being copied
            for left in folder.glob(f".*{PARTIAL}{suffix}"):
                with contextlib.suppress(OSError):
                    if left.is_dir():
                        shutil.rmtree(left)
                    else:
                        left.unlink()


def remove_unsent(profile: Path) -> None:
    """Removes what was sealed for a server and not sent to its end: it is sealed anew."""
    with contextlib.suppress(OSError):
        for left in (profile / SYNC).glob(f"*{UNSENT}"):
            with contextlib.suppress(OSError):
                left.unlink()
