"""Random lives in which everything happens: late and repeated sticks, journeys and welcomes, desks
taken and given back, copies, removals. In the end all who are of the workspace hold the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeVault
from tests.worlds.one import World, lives

STEPS = 60


@pytest.mark.parametrize("seed", range(lives(1)))
def test_all_who_are_left_hold_the_same(seed: int, make_vault: MakeVault, tmp_path: Path) -> None:
    print(f"seed {seed}")
    world = World(seed, make_vault, tmp_path, linked=False)
    try:
        for _ in range(STEPS):
            world.step()
        world.all_the_same(world.everybody_meets())
    except BaseException:
        print("\n".join(world.told))
        raise
    finally:
        world.close()
