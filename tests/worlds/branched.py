"""An attachment whose custody parted in two histories."""

from __future__ import annotations

import dataclasses
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.bundle.evidence import proof_format
from defenderdesk.bundle.evidence.proof_format import Proof
from defenderdesk.domain import custody
from defenderdesk.interchange.evidence import bags
from defenderdesk.interchange.evidence import package as packages
from defenderdesk.vault import Edit, Vault
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.photos import with_photo


@dataclasses.dataclass
class World:
    """A laptop's photograph, then the laptop and a copy of its disk, which both go on."""

    pair: Pair
    photo: str
    first: Vault
    second: Vault
    device: str

    def meet(self) -> None:
        """Both tell the office; there the fork comes to light."""
        self.pair.carry(self.first, self.pair.office)
        assert self.pair.carry(self.second, self.pair.office).forked == ["Amina"]

    def package(self, photo: str = "", name: str = "package", **wanted: object) -> Path:
        out = self.pair.folder / name
        chosen = packages.Wanted(**wanted)  # type: ignore[arg-type]
        packages.export(self.pair.office, photo or self.photo, out, "The court", "", chosen)
        return out

    def proof(self, photo: str = "", name: str = "package", **wanted: object) -> Proof:
        out = self.package(photo, name, **wanted)
        return proof_format.decode((out / bags.PROOF).read_bytes())


@pytest.fixture
def world(pair: Pair, tmp_path: Path) -> Iterator[World]:
    case, photo = with_photo(pair.laptop, pair.folder)
    pair.laptop.save([Edit(case, "status", "open")])
    pair.carry(pair.laptop, pair.office)
    device = pair.laptop.info().device
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "clone")
    with (
        Vault.open(pair.laptop.profile, PASSPHRASE) as first,
        Vault.open(tmp_path / "clone", PASSPHRASE) as second,
    ):
        yield World(pair, photo, first, second, device)


@pytest.fixture
def forked(world: World) -> World:
    """Both looked at the photograph, and changed it, before anybody knew of the other."""
    for vault, title in ((world.first, "The gate"), (world.second, "A gate")):
        vault.fetch(world.photo, io.BytesIO(), act=custody.OPENED)
        vault.save([Edit(world.photo, "title", title)])
        vault.fetch(world.photo, io.BytesIO(), to="the lawyer")
    world.meet()
    return world
