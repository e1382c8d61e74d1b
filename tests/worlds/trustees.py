"""An office whose administrators help each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from defenderdesk.sync.enrolment import recovery_requests
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.recovery import trustees
from tests.conftest import MakeVault, Pair, enrol_by_file


@dataclass
class Office:
    """Three administrators and Amina's laptop, which two of them can help."""

    pair: Pair
    admins: list[Vault]
    laptop: Vault
    folder: Path

    def carry_all(self) -> None:
        for _ in range(2):
            for one in (*self.admins, self.laptop):
                for two in (*self.admins, self.laptop):
                    if one is not two and one.store._writer and two.store._writer:
                        self.pair.carry(one, two)

    def arrange(self, need: int = 2) -> None:
        trustees.arrange(self.laptop.store, need, [a.info().device for a in self.admins])
        self.carry_all()

    def ask(self, name: str = "r") -> recovery_requests.Locked:
        locked = recovery_requests.Locked.begin(self.laptop.profile)
        locked.write(self.folder / f"{name}.ddask")
        return locked

    def answer(self, admin: Vault, name: str = "r") -> Path:
        asked = recovery_requests.read(admin, self.folder / f"{name}.ddask")
        out = self.folder / f"{name} {admin.info().member}.ddhelp"
        recovery_requests.answer(admin, asked, out)
        return out


@pytest.fixture
def office(pair: Pair, make_vault: MakeVault, tmp_path: Path) -> Office:
    admins = [pair.office]
    for number, member in enumerate(("Olga", "Pedro")):
        vault = make_vault(member.lower(), found=False)
        folder = tmp_path / f"files {number}"
        folder.mkdir()
        enrol_by_file(pair.office, vault, folder, member)
        administer.set_role(pair.office.store, vault.info().device, "administrator")
        if number:
            for proposal in administer.proposals(admins[1].store):
                administer.endorse(admins[1].store, proposal.id)
        pair.carry(pair.office, vault)
        admins.append(vault)
    made = Office(pair, admins, pair.laptop, tmp_path)
    made.carry_all()
    for admin in admins:
        if admin.info().role != "administrator":
            for proposal in administer.proposals(admins[1].store):
                administer.endorse(admins[1].store, proposal.id)
    made.carry_all()
    assert [a.info().role for a in admins] == ["administrator"] * 3
    return made
