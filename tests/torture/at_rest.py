"""`python -m tests.torture.at_rest`: the working day under system-call tracing, and then the search
of everything that its processes wrote anywhere, for every canary. Exit code 1 if one is found."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.atrest.canary import Found, Search, canary
from tests.atrest.day import Day
from tests.torture import traced

KILLS = int(os.environ.get("DEFENDERDESK_CRASH_ROUNDS", "6"))


@contextmanager
def screen() -> Iterator[str]:
    """A platform for Qt: a real X server where there is one to start, else none."""
    if not shutil.which("Xvfb"):
        print("no Xvfb: the desktop is drawn off the screen only", flush=True)
        yield "offscreen"
        return
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    os.environ["DISPLAY"] = f":{os.read(read, 16).decode().strip()}"
    try:
        yield "xcb"
    finally:
        server.terminate()
        server.wait(10)


def day(folder: Path, platform: str, chance: random.Random) -> list[Found]:
    """One day in `folder`; what was found of it in the clear."""
    world, traces = folder / "world", folder / "traces"
    world.mkdir(parents=True)
    began = time.monotonic()
    made = Day(world, traced.command(traces), platform)
    made.work(KILLS, ["hang", "lock", "panic"], commands=True, chance=chance)
    worked = time.monotonic()
    search = Search(made.stem, made.secrets)
    files = [f for f in search.tree(world, spare=[made.asked]) if not asked_for(f.where, world)]
    places: set[str] = set()
    size = 0
    planted = False
    for where, content in traced.all_written(traces):
        size += len(content)
        places.add(where.removeprefix("the path ").split(" (as ")[0])
        for found in search.data(content, where):
            planted = planted or "dump.json" in where
            if not asked_for(where, world):
                files.append(found)
    assert planted, "the traced writes hold the file that was asked for, so the search searches"
    assert canary("case.title", made.stem)
    outside = sorted(p for p in places if p.startswith("/") and not p.startswith(str(world)))
    print(
        f"{platform}: the day took {worked - began:.0f} s, the search {time.monotonic() - worked:.0f} s; "
        f"{size / 1e6:.0f} MB were written to {len(places)} paths; outside of the day's own "
        f"folders: {outside or 'none'}",
        flush=True,
    )
    return sorted(set(files))


def asked_for(where: str, world: Path) -> bool:
    """Whether a person asked for plain text there: their own folder, and an invitation, which
    names the workspace, the desk and the server."""
    return str(world / "asked") in where or ".ddinvite" in where


def main() -> int:
    seed = random.randrange(2**32)
    print(f"At rest: {KILLS} kills, seed {seed}", flush=True)
    bad = []
    with tempfile.TemporaryDirectory(prefix="defenderdesk-at-rest-") as folder, screen() as best:
        for platform in dict.fromkeys(("offscreen", best)):
            bad += day(Path(folder) / platform, platform, random.Random(seed))
    for found in bad:
        print(f"FOUND {found.text} in {found.where} as {found.form}", flush=True)
    print("nothing of it was written in the clear" if not bad else f"{len(bad)} leaks", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
