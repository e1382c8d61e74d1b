"""Killed while synchronising with a real server: nothing acknowledged is missing, and the next
synchronisation goes on."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync import synchronise
from defenderdesk.vault import Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, Pair
from tests.crash.kill import ROUNDS, run_and_kill
from tests.sync_link.server import Running
from tests.worlds.records import new_case

Say = Callable[[str], None]


def test_killed_while_synchronising(pair: Pair, tmp_path: Path) -> None:
    chance = random.Random(6)
    server = Running(tmp_path / "server")
    url = server.url
    synchronise.sync(pair.office, url)
    profile = pair.laptop.profile
    pair.laptop.close()
    film = tmp_path / "film"
    film.write_bytes(os.urandom(9_000_000))
    saved: list[str] = []

    def work(say: Say) -> None:
        with Vault.open(profile, PASSPHRASE) as mine:
            say("ready")
            while True:
                case = new_case(mine, "On the way")
                say(case)
                mine.attach(case, film)
                synchronise.sync(mine, url)

    try:
        for round_number in range(ROUNDS):
            new_case(pair.office, f"Office {round_number}")
            synchronise.sync(pair.office)
            saved += run_and_kill(work, 0.8, chance)
            if round_number % 3 == 2:
                server.kill()
                server = Running(tmp_path / "server", server.port)
        with Vault.open(profile, PASSPHRASE) as laptop:
            for vault in (laptop, pair.office, laptop, pair.office):
                synchronise.sync(vault, url)
            assert exchange_json.dump_text(laptop) == exchange_json.dump_text(pair.office)
            assert saved and all(pair.office.get(case) for case in saved)
            for case in saved:
                for attachment in pair.office.children(case, "attachment"):
                    with open(os.devnull, "wb") as out:
                        pair.office.fetch(attachment.id, out)
            for vault in (laptop, pair.office):
                assert verification.vault(vault.store).problems == []
            assert not list((profile / "sync").glob("*.part"))
    finally:
        server.stop()
