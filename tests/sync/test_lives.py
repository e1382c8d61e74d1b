"""Random lives over sticks: two administrators, two desks, copies of laptops that go on by
themselves. Whoever did what without knowing of whom, in the end all meet and hold the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import MakeVault
from tests.worlds.lives import STEPS, Life

LIVES = int(os.environ.get("DEFENDERDESK_LIVES", "2"))


@pytest.mark.parametrize("seed", range(LIVES))
def test_all_end_with_the_same(seed: int, make_vault: MakeVault, tmp_path: Path) -> None:
    life = Life(seed, make_vault, tmp_path)
    try:
        for _ in range(STEPS):
            life.step()
        left = life.everybody_meets()
        life.all_the_same(left)
        assert any(m.role == "administrator" for m in left[0].store.members.values())
        roster, devices = life.all_acts(), {vault.store.device for vault in left}
        ended = [v for v in life.vaults if v.store.device not in devices]
        for vault in ended:  # nobody is left out but who was removed, or whose removal voids them
            own = roster.devices.get(vault.store.device)
            assert own is None or own.removed
    finally:
        for vault in life.vaults:
            vault.close()
