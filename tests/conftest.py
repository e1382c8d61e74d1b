"""Shared fixtures: vaults that unlock quickly (the floor of the key derivation all the same)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import Vault
from tests import blank
from tests.underived import nothing_derived  # noqa: F401  # for every test

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
EXAMPLES = os.environ.get("DEFENDERDESK_EXAMPLES")
settings.register_profile(
    "repeatable",
    derandomize=EXAMPLES is None,
    deadline=None,
    max_examples=int(EXAMPLES or 100),
)
settings.load_profile("repeatable")

PASSPHRASE = "correct horse battery staple"

MakeVault = Callable[..., Vault]


@pytest.fixture
def make_vault(tmp_path: Path) -> Iterator[MakeVault]:
    """Makes vaults under `tmp_path`, and closes them at the end."""
    made: list[Vault] = []

    def make(name: str = "office", found: bool = True) -> Vault:
        vault, _ = blank.vault_in(tmp_path / name, PASSPHRASE)
        made.append(vault)
        if found:
            vault.found("Workspace", name.title(), "Great Lakes desk")
        return vault

    yield make
    for vault in made:
        vault.close()


@pytest.fixture
def vault(make_vault: MakeVault) -> Vault:
    """A founded vault."""
    return make_vault()


@dataclass
class Pair:
    """An office and a laptop of the same desk, enrolled by file."""

    office: Vault
    laptop: Vault
    folder: Path

    def carry(self, source: Vault, target: Vault, **options: object) -> receiving.ReceiveReport:
        """A stick from one to the other."""
        self.sticks = getattr(self, "sticks", 0) + 1
        stick = self.folder / f"stick {self.sticks}"
        stick.mkdir()
        exporting.export(source, stick, **options)  # type: ignore[arg-type]
        return receiving.receive(target, stick)

    def dumps(self) -> tuple[str, str]:
        """Both sides' state as exchange JSON."""
        return exchange_json.dump_text(self.office), exchange_json.dump_text(self.laptop)


def enrol_by_file(office: Vault, laptop: Vault, folder: Path, member: str) -> None:
    """Lets `laptop` into the office's workspace by file."""
    invitation.invite(office, folder / "i.ddinvite")
    joined = join_request.join(laptop, folder / "i.ddinvite", member, folder / "j.ddjoin")
    approved = approval.approve(office, folder / "j.ddjoin", folder / "first.ddbundle")
    assert joined.words == approved.words
    receiving.receive(laptop, folder / "first.ddbundle")


@pytest.fixture
def pair(make_vault: MakeVault, tmp_path: Path) -> Pair:
    """An enrolled pair."""
    office, laptop = make_vault("office"), make_vault("laptop", found=False)
    enrol_by_file(office, laptop, tmp_path, "Amina")
    return Pair(office, laptop, tmp_path)


@pytest.fixture
def third(pair: Pair, make_vault: MakeVault, tmp_path: Path) -> Vault:
    """A second colleague's laptop, of the same desk."""
    vault = make_vault("third", found=False)
    folder = tmp_path / "files of the third"
    folder.mkdir()
    enrol_by_file(pair.office, vault, folder, "Bako")
    return vault
