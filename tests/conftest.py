"""Shared fixtures: vaults that unlock quickly (the floor of the key derivation all the same)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from defenderdesk.vault import Vault

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

PASSPHRASE = "correct horse battery staple"

MakeVault = Callable[..., Vault]


@pytest.fixture
def make_vault(tmp_path: Path) -> Iterator[MakeVault]:
    """Makes vaults under `tmp_path`, and closes them at the end."""
    made: list[Vault] = []

    def make(name: str = "office", found: bool = True) -> Vault:
        vault, _ = Vault.create(tmp_path / name, PASSPHRASE, unlock_seconds=0)
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
