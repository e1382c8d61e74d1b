"""`defenderdesk panic`: asks the running desktop to hide and leave, as fast as a process starts.

It stands beside the layers and loads nothing of them: a desktop-wide key or the pulling of a
stick (udev) starts it, and every import would be waited for. The request is an empty file in the
profile; the desktop takes it away when it begins to leave.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

NAME = "panic-request"
PATIENCE = 1.5
"""Seconds to wait for a desktop to take the request up."""


def profile_of(arguments: list[str]) -> Path | None:
    """The profile of a command line that says `panic` and nothing else; None for any other."""
    if arguments == ["panic"]:
        from platformdirs import user_data_path

        return user_data_path("defenderdesk", appauthor=False) / "default"
    if len(arguments) == 3 and arguments[0] == "--profile" and arguments[2] == "panic":
        return Path(arguments[1])
    if len(arguments) == 2 and arguments[0].startswith("--profile=") and arguments[1] == "panic":
        return Path(arguments[0].partition("=")[2])
    return None


def ask(profile: Path, patience: float = PATIENCE) -> bool:
    """Asks; True when a desktop took it up. Where nobody does, nothing stays behind."""
    request = profile / NAME
    try:
        request.touch()
    except OSError:
        return False
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if not request.exists():
            return True
        time.sleep(0.01)
    return not take(profile)


def waiting(profile: Path) -> bool:
    """Tells whether somebody asks."""
    return (profile / NAME).exists()


def take(profile: Path) -> bool:
    """Takes the request away; True if there was one."""
    with contextlib.suppress(OSError):
        (profile / NAME).unlink()
        return True
    return False
