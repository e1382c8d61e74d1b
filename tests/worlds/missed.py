"""Check-ins that were missed, over a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from defenderdesk.domain.checkins import Agreement
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.sync import synchronise
from defenderdesk.vault import Vault
from tests.conftest import Pair
from tests.sync_link.server import Running, running
from tests.worlds.packages import wish


@pytest.fixture
def trusted(make_vault) -> Vault:
    return make_vault("trusted")


@pytest.fixture
def server(tmp_path: Path):
    with running(tmp_path / "server") as one:
        yield one


def ago(hours: float) -> datetime:
    return (datetime.now(UTC) - timedelta(hours=hours)).replace(microsecond=0)


def prepared(
    pair: Pair,
    trusted: Vault,
    server: Running,
    folder: Path,
    holders: tuple[str, ...] = ("Office", "Amina"),
    asks: bool = True,
    **more: object,
) -> tuple[str, str]:
    for vault in (pair.office, pair.laptop):
        synchronise.sync(vault, server.url)
    made = replace(wish(pair.office, trusted, holders), letters=True, **more)  # type: ignore[arg-type]
    path = folder / "nora.ddemergency"
    ours = preparing.prepare(pair.office, made, path)
    for vault in (pair.office, pair.laptop):  # they have known it for long
        vault.store.set_meta("deposits_known", {ours: 0})
    synchronise.sync(pair.office)
    return ours, escrow.keep(trusted, path, asks=asks)


def missed(hours: float, wait: int | None = 12) -> Agreement:
    """Agreed check-ins every 24 hours (6 of grace) that began so many hours ago."""
    return Agreement(24, 6, wait, ago(hours))


def _time_of(folder: Path, count: int) -> int:
    """From when on the one deposit of the server is handed out; 0 for none."""
    import sqlite3

    with sqlite3.connect(folder / "server" / "server.db") as conn:
        rows = conn.execute("SELECT not_before FROM deposits").fetchall()
    assert len(rows) == count
    return rows[0][0] if rows else 0
