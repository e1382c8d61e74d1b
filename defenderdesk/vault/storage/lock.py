"""One process at a time per vault; and a way to ask the one that has it to lock."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

from filelock import FileLock, Timeout

from defenderdesk.errors import InUseError, ReadOnlyError, StorageError

NAME = "lock"
REQUEST = "lock-request"


def take(profile: Path, wait: float) -> FileLock:
    """The profile's lock, waiting up to `wait` seconds. Raises `InUseError`."""
    lock = FileLock(profile / NAME, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise InUseError from error
    except OSError as error:
        refused = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
        kind = ReadOnlyError if refused else StorageError
        raise kind(what=error.strerror or "the profile folder refuses") from error
    with contextlib.suppress(OSError):
        (profile / REQUEST).unlink(missing_ok=True)
    return lock


def in_use(profile: Path) -> bool:
    """Tells whether a process has the vault open."""
    lock = FileLock(profile / NAME, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def request(profile: Path) -> None:
    """Asks the process that has the vault open to lock it (the desktop looks twice a second)."""
    with contextlib.suppress(OSError):
        (profile / REQUEST).touch(mode=0o600)


def requested(profile: Path) -> bool:
    """Tells whether locking was asked for."""
    return (profile / REQUEST).exists()
