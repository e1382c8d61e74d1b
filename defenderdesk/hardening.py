"""Keeping what is in memory out of files: no core dump at a crash, no reading by other processes of
the same user, new files for their owner alone, keys out of the swap where the system lets them.

Each is tried and none is needed: a system that refuses one keeps the others.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

_DUMPABLE = 4
"""`PR_SET_DUMPABLE` of Linux' `prctl`."""


def harden() -> None:
    """Does what every start does first, before anything is opened."""
    os.umask(0o077)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)


def keep_in_memory(secret: bytes) -> bool:
    """Asks the system not to swap the page out that a key lies on; whether it does."""
    if os.name != "posix" or not secret:
        return False
    with contextlib.suppress(OSError, AttributeError, TypeError):
        start = id(secret) + bytes.__basicsize__ - 1
        return bool(ctypes.CDLL(None).mlock(ctypes.c_void_p(start), ctypes.c_size_t(len(secret))) == 0)
    return False
