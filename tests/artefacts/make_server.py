"""A server's folder and the laptops that spoke with it, kept as `make` keeps profiles:
`python -m tests.artefacts.make_server DAY` adds them to `tests/artefacts/DAY/`.

The first was made by the program that named who may speak one by one, and whose mailboxes were
numbers without a chain.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.artefacts import make
from tests.sync_link.server import running

PROFILES = ("server-office", "server-laptop", "server-lost")


def story(folder: Path) -> dict[str, Any]:
    """Lives it through: an office, a laptop and one that is removed, over one server."""
    desk = make.Desk(folder)
    office, laptop, lost = PROFILES
    made = desk(
        office,
        "init",
        "--workspace",
        "Network",
        "--member",
        "Olga",
        "--desk",
        "Great Lakes",
        "--unlock-seconds",
        0,
        "--json",
    )
    for profile, member in ((laptop, "Amina"), (lost, "Bako")):
        desk(profile, "init", "--unlock-seconds", 0, "--json")
        desk(office, "invite", "i.ddinvite")
        desk(profile, "join", "i.ddinvite", "--member", member, "--out", "j.ddjoin", "--json")
        desk(office, "approve", "j.ddjoin", "--out", "f.ddbundle", "--json")
        desk(profile, "receive", "f.ddbundle", "--json")
    (folder / "note.txt").write_text("What the neighbour saw.\n" * 20, "utf-8")
    with running(folder / "server") as server:
        public = server.url.partition("&")[0]
        case = desk(office, "new", "case", "title=From the office", "--json")["id"]
        note = desk(office, "attach", case, "note.txt", "--json")["attachment"]
        desk(office, "sync", "--server", server.url, "--json")
        for profile in (laptop, lost):
            desk(profile, "new", "case", f"title=From {profile}", "--json")
            desk(profile, "sync", "--server", public, "--json")
        for profile in (office, laptop, lost, office):
            desk(profile, "sync", "--json")
        desk(office, "member", "remove", "Bako", "--json")
        desk(office, "sync", "--json")
        desk(laptop, "sync", "--json")
        # What waits on both sides when the program is replaced.
        desk(office, "new", "case", "title=Waits at the office", "--json")
        desk(laptop, "new", "case", "title=Waits on the laptop", "--json")
    return {"recovery_code": made["recovery_code"], "case": case, "note": note}


def main(day: str) -> int:
    """Writes what belongs to `day`, beside what is kept of it."""
    target = make.HERE / day
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        expected = story(folder)
        for name in PROFILES:
            make.settle(folder / name)
        with sqlite3.connect(folder / "server" / "server.db") as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in (*PROFILES, "server"):
            make.pack(folder, name, target / f"{name}.zip")
    text = json.dumps(expected, ensure_ascii=False, indent=1, sort_keys=True)
    (target / "server.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
