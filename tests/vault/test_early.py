"""A vault of a version from before the log of membership is not touched, and says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from defenderdesk.errors import EarlyVaultError
from defenderdesk.vault.storage import database, schema
from defenderdesk.vault.storage.store import Store


def early(folder: Path, key: bytes, *, founded: bool) -> Path:
    folder.mkdir()
    conn = database.connect(folder / "vault.db", key)
    for number, statements in enumerate(schema.MIGRATIONS[:2], 1):
        conn.executescript(f"{statements}; PRAGMA user_version = {number};")
    if founded:
        conn.execute("INSERT INTO devices VALUES (?, ?)", (b"d" * 16, b"a certificate"))
    conn.close()
    return folder / "vault.db"


def test_it_is_left_as_it_is(tmp_path: Path) -> None:
    key = os.urandom(32)
    path = early(tmp_path / "p", key, founded=True)
    for _ in range(2):
        with pytest.raises(EarlyVaultError) as caught:
            Store(tmp_path / "p", key)
        assert "dump" in caught.value.next_step
    conn = database.connect(path, key)
    assert conn.execute("PRAGMA user_version").fetchone()[0] == 2
    assert conn.execute("SELECT count(*) FROM devices").fetchone()[0] == 1
    conn.close()


def test_one_that_belongs_to_no_workspace_is_brought_up_to_date(tmp_path: Path) -> None:
    key = os.urandom(32)
    early(tmp_path / "p", key, founded=False)
    store = Store(tmp_path / "p", key)
    assert store.writer.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION
    store.close()
