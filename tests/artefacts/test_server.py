"""A server's folder of earlier days, and the laptops that spoke with it, go on with the program of
today."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from defenderdesk.server.store import ServerStore
from tests.artefacts import make, make_server
from tests.sync_link.server import Running

DAYS = sorted(path.parent for path in make.HERE.glob("*/server.json"))


class World(make.Desk):
    """A kept server, which runs, and its laptops."""

    def __init__(self, day: Path, folder: Path) -> None:
        super().__init__(folder)
        self.expected: dict[str, Any] = json.loads((day / "server.json").read_text("utf-8"))
        for name in (*make_server.PROFILES, "server"):
            with zipfile.ZipFile(day / f"{name}.zip") as archive:
                archive.extractall(folder / name)
        self.server = Running(folder / "server")

    def sync(self, profile: str, code: int = 0) -> Any:
        return self(profile, "sync", "--server", self.server.public, "--json", code=code)

    def titles(self, profile: str) -> set[str]:
        return {case["title"] for case in self(profile, "list", "--json")}


@pytest.fixture(params=DAYS, ids=lambda day: day.name)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = World(request.param, tmp_path)
    yield made
    if made.server.process.poll() is None:
        assert made.server.stop() == 0


def test_something_is_kept() -> None:
    assert DAYS


def test_everybody_goes_on_and_nothing_is_lost(world: World) -> None:
    """The office needs no new token: it proves where its authority comes from."""
    office, laptop, lost = make_server.PROFILES
    for profile in (laptop, office, laptop, office):
        world.sync(profile)
    wanted = {"From the office", "Waits at the office", "Waits on the laptop"}
    wanted |= {f"From {laptop}", f"From {lost}"}
    assert world.titles(office) == world.titles(laptop) == wanted
    for profile in (office, laptop):
        found = world(profile, "verify", world.folder / profile, "--json")
        assert found["ok"] and found["problems"] == []
        again = world.sync(profile)
        assert again["sent_bundles"] == 0 and not again["refused"]
    out = "note again.txt"
    world(laptop, "fetch", world.expected["note"], out)
    assert (world.folder / out).read_text("utf-8") == "What the neighbour saw.\n" * 20


def test_who_was_shut_out_stays_out_and_hears_why(world: World) -> None:
    _, _, lost = make_server.PROFILES
    world.sync(lost, code=5)  # removed, says its notice


def test_the_database_knows_no_roles_and_no_token(world: World) -> None:
    office, *_ = make_server.PROFILES
    world.sync(office)
    world.server.stop()
    with sqlite3.connect(world.folder / "server" / "server.db") as conn:
        tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        columns = {row[1] for table in tables for row in conn.execute(f"PRAGMA table_info({table})")}
        settings = {row[0] for row in conn.execute("SELECT name FROM settings")}
    assert not tables & {"devices", "removed", "mailboxes", "bundles", "uploads"}
    assert not {name for name in columns if "admin" in name or "role" in name}
    assert "token" not in settings


def test_taking_over_twice_is_taking_over_once(world: World) -> None:
    folder = world.folder / "server"
    one, two = ServerStore(folder), ServerStore(folder)
    assert one.epoch == two.epoch
    one.close()
    two.close()
    world.sync(make_server.PROFILES[0])
