"""One world for all that happens to an office: beside the work, the administration and the copies of
`lives`, sticks come late and more than once, laptops travel and come home, and the server that most
of it goes over may be set back to an older day."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from defenderdesk.crypto import signing
from defenderdesk.errors import (
    LockedError,
    NoSafeLinkError,
    NotForUsError,
    NotFoundError,
    NotGrantedError,
    RemovedError,
    RevokedError,
    UnknownDeviceError,
    UsageError,
)
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from tests.conftest import PASSPHRASE, MakeVault
from tests.sync_link.server import Running
from tests.worlds.lives import Life

REFUSED = (NotForUsError, UnknownDeviceError, RemovedError)
"""What honest sticks are refused for: somebody else's, a stranger's as yet, or one who is out."""


class World(Life):
    """`sticks`: those that lie somewhere, to be given to anybody at any time, and again. `gone`:
    laptops that learnt that they were removed. `server`: where one stands, and `saved` its copies."""

    def __init__(self, seed: int, make_vault: MakeVault, folder: Path, linked: bool) -> None:
        self.sticks: list[Path] = []
        self.gone: list[Vault] = []
        self.saved: list[Path] = []
        self.server: Running | None = None
        super().__init__(seed, make_vault, folder)
        if linked:
            self.server = Running(folder / "server")
            for vault in list(self.vaults):
                self.sync(vault, self.server.url)

    def close(self) -> None:
        for vault in (*self.vaults, *self.gone):
            vault.close()
        if self.server:
            self.server.stop()

    def tell(self, vault: Vault, what: object) -> None:
        self.told.append(f"{self.vaults.index(vault)} {what}")

    # -- what happens ---------------------------------------------------------------------------

    def step(self) -> None:
        vault, kind = self.chance.choice(self.vaults), self.chance.random()
        if kind < 0.08:
            self.leave_a_stick(vault)
        elif kind < 0.2:
            self.find_a_stick(vault)
        elif kind < 0.26:
            self.travel(vault)
        elif kind < 0.34:
            self.welcome(vault)
        elif kind < 0.4 and self.server:
            self.sync(vault)
        elif kind < 0.44 and self.server:
            self.keep_the_server() if self.chance.random() < 0.5 else self.set_back()
        else:
            super().step()

    def leave_a_stick(self, vault: Vault) -> None:
        """A stick is written, and nobody takes it yet."""
        self.count += 1
        stick = self.folder / f"late {self.count}"
        stick.mkdir()
        for desk in vault.info().desks:
            exporting.export(vault, stick, desk=desk.id, everything=self.chance.random() < 0.4)
        if any(stick.iterdir()):
            self.sticks.append(stick)
            self.tell(vault, f"leaves {stick.name}")

    def find_a_stick(self, vault: Vault) -> None:
        """One is taken, late, and perhaps not for the first time."""
        if not self.sticks:
            return
        stick = self.chance.choice(self.sticks)
        self.tell(vault, f"takes {stick.name}")
        try:
            report = receiving.receive(vault, stick)
        except REFUSED as error:
            self.told.append(f"  {error}")
        except (RevokedError, LockedError):
            self.end(vault)
        else:
            for _, refused in report.refused:
                assert isinstance(refused, REFUSED), (refused, self.told)

    def travel(self, vault: Vault) -> None:
        """A laptop says that it travels, mostly tells the office of it, and is emptied."""
        if vault is self.vaults[0]:
            return
        anyway = self.chance.random() < 0.2
        at = self.vaults.index(vault)
        try:
            travel.tell(vault.store)
            if self.chance.random() < 0.8:
                self.carry(vault, self.vaults[0])
                self.carry(self.vaults[0], vault)
            if vault in self.vaults:
                vault.depart(PASSPHRASE, anyway=anyway)
        except (NotGrantedError, UsageError) as error:
            self.told.append(f"  {at} does not travel: {error}")
            return
        if vault in self.vaults:
            self.vaults[at] = Vault.open(vault.profile, PASSPHRASE)
            self.told.append(f"{at} travels{', anyway' if anyway else ''}")

    def welcome(self, vault: Vault) -> None:
        """Whoever may says that a traveller is back."""
        for member in list(travel.away(vault.store)):
            try:
                travel.welcome(vault.store, signing.id_text(member.device))
            except (NotGrantedError, NotFoundError) as error:
                self.told.append(f"  {error}")
                return
            self.tell(vault, f"says that {member.member} is back")

    def carry(self, source: Vault, target: Vault, **options: bool) -> None:
        if not self.server or self.chance.random() < 0.25:
            try:
                super().carry(source, target, **options)
            except (RevokedError, LockedError):
                self.end(target)
            return
        self.sync(source)
        self.sync(target)

    def sync(self, vault: Vault, url: str | None = None) -> None:
        if vault not in self.vaults:
            return
        try:
            synchronise.sync(vault, url or (self.server.url if self.server else None))
        except NoSafeLinkError as error:
            if error.facts["reason"] == link_policy.MISBEHAVES:  # the real one never does
                raise
            self.tell(vault, error)
        except (RemovedError, RevokedError, LockedError):
            self.end(vault)

    def end(self, vault: Vault) -> None:
        """It learnt that it is out."""
        self.tell(vault, "is out")
        self.vaults.remove(vault)
        self.gone.append(vault)

    def keep_the_server(self) -> None:
        """A copy of the server's folder, as whoever keeps it makes them."""
        self.count += 1
        copy = self.folder / f"backup {self.count}"
        self._restart(lambda data: shutil.copytree(data, copy))
        self.saved.append(copy)
        self.told.append(f"{copy.name} of the server")

    def set_back(self) -> None:
        """The server is put back to a copy."""
        if self.saved:
            copy = self.chance.choice(self.saved)

            def put_back(data: Path) -> None:
                shutil.rmtree(data)
                shutil.copytree(copy, data)

            self._restart(put_back)
            self.told.append(f"the server goes back to {copy.name}")

    def _restart(self, meanwhile: object) -> None:
        assert self.server and callable(meanwhile)
        port, data = self.server.port, self.server.data
        self.server.stop()
        meanwhile(data)
        self.server = Running(data, port)

    # -- and in the end -------------------------------------------------------------------------

    def everybody_meets(self) -> list[Vault]:
        """All travellers are welcome; what lies about is found by everybody; then sticks (and the
        server) go round until nothing moves."""
        for stick in self.sticks:
            for vault in list(self.vaults):
                if vault in self.vaults and self.chance.random() < 0.5:
                    self.find_one(vault, stick)
        for _ in range(3):
            for vault in list(self.vaults):
                self.welcome(vault)
                self.sync(vault) if self.server else None
            self._all_carry()
        server, self.server = self.server, None  # sticks alone, so that who is cut off hears too
        try:
            return super().everybody_meets()
        finally:
            self.server = server

    def find_one(self, vault: Vault, stick: Path) -> None:
        sticks, self.sticks = self.sticks, [stick]
        self.find_a_stick(vault)
        self.sticks = sticks

    def _all_carry(self) -> None:
        for vault in list(self.vaults):
            for other in list(self.vaults):
                if vault is not other and vault in self.vaults and other in self.vaults:
                    self.carry(vault, other)

    def give(self, vault: Vault) -> None:
        self.welcome(vault)
        super().give(vault)


def lives(of_old: int) -> int:
    """How many are lived: few, or as many as are wished for."""
    return int(os.environ.get("DEFENDERDESK_LIVES", str(of_old)))
