"""Running a piece of work in a process of its own, and killing it at a random moment."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

ROUNDS = int(os.environ.get("DEFENDERDESK_CRASH_ROUNDS", "6"))
"""Kills per kind of work; `make torture` asks for many more."""

_fork = multiprocessing.get_context("fork")


def run_and_kill(
    work: Callable[[Callable[[str], None]], None], longest: float, chance: random.Random
) -> list[str]:
    """Runs `work(acknowledge)` in a child, kills it at a random moment within `longest` seconds
    after it said "ready", and returns what it acknowledged until then."""
    ours, theirs = _fork.Pipe(duplex=False)
    child = _fork.Process(target=_child, args=(work, theirs), daemon=True)
    child.start()
    theirs.close()
    said: list[str] = []
    until = time.monotonic() + 60
    while "ready" not in said:
        if ours.poll(0.1):
            said.append(ours.recv())
        if time.monotonic() > until or not child.is_alive():
            raise AssertionError(f"the work did not start: {said}")
    time.sleep(chance.uniform(0, longest))
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    try:
        while ours.poll(0):
            said.append(ours.recv())
    except (EOFError, OSError):
        pass
    failed = [text for text in said if text.startswith("failed")]
    assert not failed, failed
    return [text for text in said if text != "ready"]


def _child(work: Callable[[Callable[[str], None]], None], pipe: Connection) -> None:
    try:
        work(pipe.send)
        pipe.send("finished")
    except BaseException as error:  # told to the parent, which fails the test
        pipe.send(f"failed: {error!r}")
    time.sleep(60)
