"""A working day, and then nothing of it in the clear: not in the profiles (databases, WALs,
attachments, settings), not in home, temporary and cache folders, not on the stick or the server.

`make torture` does the same under system-call tracing, over the whole file system, with what was
deleted meanwhile.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.atrest.canary import Search, canary
from tests.atrest.day import Day


def test_a_working_day_leaves_nothing_in_the_clear(tmp_path: Path) -> None:
    day = Day(tmp_path)
    day.work(kills=2, ends=["hang", "lock"], commands=False, chance=random.Random(5))
    search = Search(day.stem, day.secrets)
    assert len(day.secrets) == 3
    invitation = tmp_path / "stick" / "i.ddinvite"  # names workspace, desk, server: it must
    found = sorted(set(search.tree(tmp_path, spare=[day.asked, invitation])))
    assert not found, found
    for name in ("laptop/vault.db", "server", "stick"):
        assert (tmp_path / name).exists(), "the day has left something to search"
    plain = {f.where for f in search.tree(day.asked)}
    assert any(str(day.asked / "dump.json") in where for where in plain), "the search searches"
    assert canary("case.title", day.stem) in (day.asked / "dump.json").read_text()
