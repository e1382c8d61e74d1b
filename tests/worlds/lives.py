"""Random lives of an office and its laptops."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from defenderdesk.bundle.membership import Roster
from defenderdesk.crypto import signing
from defenderdesk.errors import (
    NotForUsError,
    NotFoundError,
    NotGrantedError,
    RemovedError,
    UnknownDeviceError,
    UsageError,
)
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, MakeVault

STEPS = 45
MOST = 6
HOME = "Great Lakes desk"
ROLES = ("administrator", "coordinator", "researcher")


class Life:
    """The laptops, and what happens to them."""

    def __init__(self, seed: int, make_vault: MakeVault, folder: Path) -> None:
        self.chance, self.folder, self.count = random.Random(seed), folder, 0
        self.told: list[str] = []
        self.cases: list[str] = []
        office = make_vault("office")
        administer.add_desk(office.store, "Desk B")
        self.desks = {desk.name: signing.id_bytes(desk.id) for desk in office.info().desks}
        self.vaults = [office]
        for name, desk in (("Ben", HOME), ("Cleo", "Desk B"), ("Dan", HOME)):
            vault = make_vault(name.lower(), found=False)
            self.enrol(vault, name, desk)
            self.vaults.append(vault)
        administer.set_role(office.store, self.vaults[1].info().device, "administrator")
        administer.set_quorum(office.store, 1)
        for vault in self.vaults[1:]:
            self.carry(office, vault)

    def enrol(self, vault: Vault, member: str, desk: str) -> None:
        office, folder = self.vaults[0], self.folder
        invitation.invite(office, folder / f"{member}.ddinvite", desk=desk)
        join_request.join(vault, folder / f"{member}.ddinvite", member, folder / f"{member}.ddjoin")
        approval.approve(office, folder / f"{member}.ddjoin", folder / f"{member}.ddbundle")
        receiving.receive(vault, folder / f"{member}.ddbundle")

    def carry(self, source: Vault, target: Vault, **options: bool) -> None:
        """A stick with every desk of the source."""
        self.count += 1
        stick = self.folder / f"stick {self.count}"
        stick.mkdir()
        for desk in source.info().desks:
            exporting.export(source, stick, desk=desk.id, **options)
        if any(stick.iterdir()):
            try:
                report = receiving.receive(target, stick)
            except (NotForUsError, UnknownDeviceError, RemovedError) as error:
                self.told.append(f"{error}")
            else:
                for _, refused in report.refused:
                    assert isinstance(refused, (NotForUsError, UnknownDeviceError)), self.told
        shutil.rmtree(stick)

    def clone(self, vault: Vault) -> None:
        self.count += 1
        profile = self.folder / f"copy {self.count}"
        at = self.vaults.index(vault)
        vault.close()
        shutil.copytree(vault.profile, profile)
        self.vaults[at] = Vault.open(vault.profile, PASSPHRASE)
        self.vaults.append(Vault.open(profile, PASSPHRASE))

    def step(self) -> None:
        chance = self.chance
        vault, kind = chance.choice([*self.vaults, self.vaults[0]]), chance.random()
        if kind < 0.04 and len(self.vaults) < MOST:
            self.clone(vault)
        elif kind < 0.3:
            self.work(vault)
        elif kind < 0.65:
            self.carry(vault, chance.choice([v for v in self.vaults if v is not vault]))
        else:
            try:
                self.administer(vault)
            except (NotGrantedError, NotFoundError, UsageError) as error:
                self.told.append(f"  {error}")

    def work(self, vault: Vault) -> None:
        chance, desks = self.chance, vault.info().desks
        if not desks:
            return
        held = {
            signing.id_text(row[0])
            for row in vault.store.reader.execute("SELECT id FROM records WHERE kind = 'case'")
        }
        rows = [case for case in self.cases if case in held]
        if not rows or chance.random() < 0.5:
            case, title = vault.new_id(), f"Case {chance.random()}"
            vault.save(
                [Edit(case, "kind", "case"), Edit(case, "title", title)],
                desk=chance.choice(desks).id,
            )
            self.cases.append(case)
        else:
            vault.save([Edit(chance.choice(rows), "status", chance.choice(["open", "closed"]))])

    def administer(self, vault: Vault) -> None:
        chance, store = self.chance, vault.store
        other = chance.choice([v for v in self.vaults if v is not vault])
        whom = other.info().device
        desk = self.desks[chance.choice([HOME, "Desk B"])]
        what = chance.choice(
            [
                "role",
                "role",
                "grant",
                "grant",
                "grant",
                "withdraw",
                "withdraw",
                "withdraw",
                "remove",
                "quorum",
                "endorse",
                "accept",
            ]
        )
        self.told.append(f"{self.vaults.index(vault)} {what} {self.vaults.index(other)}")
        if what == "role":
            administer.set_role(store, whom, chance.choice(ROLES))
        elif what == "grant":
            administer.grant(store, whom, desk)
        elif what == "withdraw":
            administer.withdraw(store, whom, desk)
        elif what == "remove" and chance.random() < 0.3:
            administer.remove(store, whom)
        elif what == "quorum":
            administer.set_quorum(store, chance.choice([1, 2]))
        elif what == "endorse":
            for one in administer.proposals(store):
                administer.endorse(store, one.id)
        elif what == "accept":
            administer.accept(store, whom)

    def everybody_meets(self) -> list[Vault]:
        """Sticks go round, and whoever administers gives every desk to everybody."""
        for _ in range(6):
            for vault in self.vaults:
                self.give(vault)
                for other in self.vaults:
                    if other is not vault:
                        self.carry(vault, other)
        known = self.all_acts().devices
        left = [v for v in self.vaults if (m := known.get(v.store.device)) and m.present]
        # A copy that never wrote is the same laptop to all: what one was given, both "have".
        return list({v.store.device: v for v in reversed(left)}.values())

    def all_acts(self) -> Roster:
        """The standing by every act that anybody holds: who was removed may hold more than those
        who removed them, and hears of it from nobody."""
        log = self.vaults[0].store.log.copy()
        for vault in self.vaults[1:]:
            log.add([act.data for act in vault.store.log.acts])
        return log.roster

    def all_the_same(self, left: list[Vault]) -> None:
        """Those who are left hold the same, and every chain of it."""
        print("\n".join(self.told))
        assert len({vault.store.log.digest for vault in left}) == 1
        assert len({exchange_json.dump_text(vault) for vault in left}) == 1
        for vault in left:
            assert verification.vault(vault.store).problems == []

    def give(self, vault: Vault) -> None:
        store = vault.store
        own = store.members.get(store.device)
        if own is None or own.role != "administrator":
            return
        if not vault.info().desks:  # nothing that they could write a stick for
            administer.add_desk(store, f"Of {self.vaults.index(vault)}")
        for device, member in sorted(store.members.items()):
            for desk in sorted(store.roster.keys):
                if desk not in member.desks:
                    administer.grant(store, signing.id_text(device), desk)
