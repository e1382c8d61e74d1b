"""Random lives (`tests.sync.test_lives`) in which most things go over a real server, some by stick."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import LockedError, NoSafeLinkError, RemovedError, RevokedError
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from tests.conftest import MakeVault, Pair
from tests.sync_link.server import running
from tests.worlds.lives import STEPS, Life
from tests.worlds.records import new_case

LIVES = int(os.environ.get("DEFENDERDESK_LIVES", "1"))


class Linked(Life):
    """A life with a server. `gone`: laptops that learnt from it that they were removed."""

    def __init__(self, seed: int, make_vault: MakeVault, folder: Path) -> None:
        self.url = ""
        self.gone: list[Vault] = []
        super().__init__(seed, make_vault, folder)

    def carry(self, source: Vault, target: Vault, **options: bool) -> None:
        if not self.url or self.chance.random() < 0.25:
            super().carry(source, target, **options)
        else:
            self.sync(source)
            self.sync(target)

    def sync(self, vault: Vault) -> None:
        try:
            synchronise.sync(vault, self.url)
        except NoSafeLinkError as error:
            if error.facts["reason"] == link_policy.MISBEHAVES:  # the real one never does
                raise
            self.told.append(f"{self.vaults.index(vault)}: {error}")
        except (RemovedError, RevokedError, LockedError):
            self.vaults.remove(vault)
            self.gone.append(vault)

    def everybody_meets(self) -> list[Vault]:
        for _ in range(10):
            for vault in list(self.vaults):
                self.give(vault)
                self.sync(vault)
        most = max(self.vaults, key=lambda v: len(v.store.log.acts))
        return [v for v in self.vaults if v.store.device in most.store.members]


@pytest.mark.parametrize("seed", range(16, 16 + LIVES))
def test_all_end_with_the_same_over_a_server(seed: int, make_vault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        life = Linked(seed, make_vault, tmp_path)
        life.url = server.url
        try:
            for _ in range(STEPS):
                life.step()
            life.all_the_same(life.everybody_meets())
        finally:
            for vault in (*life.vaults, *life.gone):
                vault.close()


def test_whose_administration_ended_learns_it_over_the_server(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """The server knows it before they do, and refuses what only an administrator may ask for."""
    office, laptop = pair.office, pair.laptop
    administer.set_quorum(office.store, 1)
    administer.set_role(office.store, laptop.info().device, "administrator")
    with running(tmp_path / "server") as server:
        for vault in (office, laptop, third):
            synchronise.sync(vault, server.url)
        assert laptop.info().role == "administrator"
        administer.set_role(office.store, laptop.info().device, "researcher")
        synchronise.sync(office)
        synchronise.sync(laptop)
        assert laptop.info().role == "researcher"
        new_case(laptop, "Goes on")
        synchronise.sync(laptop)
        synchronise.sync(office)
        assert office.search("Goes")


def test_administrators_without_a_desk_in_common_hear_of_each_other(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    office, laptop = pair.office, pair.laptop
    [desk] = office.info().desks
    administer.set_quorum(office.store, 1)
    administer.set_role(office.store, laptop.info().device, "administrator")
    pair.carry(office, laptop)
    with running(tmp_path / "server") as server:
        for vault in (office, laptop, third):
            synchronise.sync(vault, server.url)
        administer.add_desk(office.store, "Another desk")
        synchronise.sync(office)
        administer.withdraw(laptop.store, office.info().device, signing.id_bytes(desk.id))
        for vault in (laptop, office, laptop, office):
            synchronise.sync(vault)
        assert [d.name for d in office.info().desks] == ["Another desk"]
        administer.remove(office.store, third.info().device)
        for vault in (office, laptop):
            synchronise.sync(vault)
        known = {d.member: d.present for d in laptop.devices()}
        assert known["Bako"] is False, "and its key can be renewed where the desk is held"
        assert not laptop.store.roster.proposals
