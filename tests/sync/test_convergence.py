"""Four laptops, sticks that are lost, late and sent twice: in the end all hold the same bytes."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import NotForUsError, NotFoundError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import MakeVault, enrol_by_file
from tests.worlds.records import new_case


class World:
    """Laptops, the records they made, and the sticks under way."""

    def __init__(self, vaults: list[Vault], folder: Path, chance: random.Random) -> None:
        self.vaults, self.folder, self.chance = vaults, folder, chance
        self.records: list[str] = []
        self.sticks: list[Path] = []
        self.done: dict[Vault, list[str]] = {vault: [] for vault in vaults}
        self.count = 0

    def stick(self) -> Path:
        self.count += 1
        path = self.folder / f"stick {self.count}"
        path.mkdir()
        return path

    def held(self, vault: Vault) -> list[str]:
        rows = vault.store.reader.execute("SELECT id FROM records WHERE kind = 'case'")
        return sorted(signing.id_text(row[0]) for row in rows)

    def edit(self, vault: Vault, record: str) -> None:
        chance, edits = self.chance, []
        for _ in range(chance.randrange(1, 4)):
            kind = chance.random()
            value = chance.choice(["x", "y", "z"])
            if kind < 0.4:
                field = chance.choice(["title", "status", "summary"])
                edits.append(Edit(record, field, chance.choice(["a", "b", None, 1, True])))
            elif kind < 0.9:
                edits.append(Edit(record, "acts", value, "add" if kind < 0.7 else "remove"))
            else:
                edits.append(Edit(record, "deleted", chance.choice([True, None])))
        change = vault.save(edits)
        if change.change_set:
            self.done[vault].append(change.change_set)

    def step(self) -> None:
        chance = self.chance
        vault, kind = chance.choice(self.vaults), chance.random()
        held = self.held(vault)
        if kind < 0.15 or not held:
            new_case(vault, f"Case {self.count} {kind}")
        elif kind < 0.5:
            self.edit(vault, chance.choice(held))
        elif kind < 0.58 and self.done[vault]:
            vault.undo(chance.choice(self.done[vault]))
        elif kind < 0.62:
            path = self.folder / "file"
            path.write_bytes(os.urandom(chance.randrange(200_000)))
            vault.attach(chance.choice(held), path)
        elif kind < 0.68 and vault.conflict_count():
            conflict = chance.choice(vault.conflicts())
            vault.settle(conflict.id, chance.choice(conflict.values).value)
        elif kind < 0.82:
            other = chance.choice([v for v in self.vaults if v is not vault])
            to = [other.info().device] if chance.random() < 0.3 else []
            try:
                stick = self.stick()
                exporting.export(vault, stick, everything=chance.random() < 0.2, to=to)
                self.sticks.append(stick)
            except NotFoundError:
                pass  # a colleague whom this laptop has not heard of yet
        elif self.sticks:
            try:
                receiving.receive(vault, chance.choice(self.sticks))
            except NotForUsError:
                pass

    def meet(self) -> None:
        for one in self.vaults:
            for two in self.vaults:
                if one is not two:
                    stick = self.stick()
                    exporting.export(one, stick)
                    receiving.receive(two, stick)


@pytest.mark.parametrize("seed", range(int(os.environ.get("DEFENDERDESK_WORLDS", "2"))))
def test_all_end_with_the_same(make_vault: MakeVault, tmp_path: Path, seed: int) -> None:
    vaults = [make_vault("one")] + [make_vault(n, found=False) for n in ("two", "three", "four")]
    for vault in vaults[1:]:
        enrol_by_file(vaults[0], vault, tmp_path, vault.profile.name)
    world = World(vaults, tmp_path, random.Random(seed))
    for _ in range(150):
        world.step()
    for _ in range(3):
        world.meet()
    assert len({exchange_json.dump_text(vault) for vault in vaults}) == 1
    for vault in vaults:
        assert verification.vault(vault.store).problems == []
        rows = vault.store.reader.execute("SELECT id FROM records WHERE kind = 'attachment'")
        for (record,) in rows.fetchall():
            vault.fetch(signing.id_text(record), io.BytesIO())
