"""A filled vault for each test, without deriving its keys anew: made once, then copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from defenderdesk.vault import Vault
from defenderdesk.vault.storage import lock
from defenderdesk.vault.storage.store import Store
from tests.conftest import PASSPHRASE

Copies = Callable[[Path], Iterator[Vault]]


def copies(folder: Path, fill: Callable[[Vault], object]) -> Copies:
    """A founded vault in `folder`, filled by `fill` and closed; what gives a copy of it, open
    while it is iterated over."""
    vault, _ = Vault.create(folder / "template", PASSPHRASE, unlock_seconds=0)
    vault.found("Workspace", "Amina Diallo", "Great Lakes desk")
    fill(vault)
    key = vault.store.data_key
    vault.close()

    def copy(target: Path) -> Iterator[Vault]:
        shutil.copytree(folder / "template", target)
        made = Vault(Store(target, key), lock.take(target, 0))
        yield made
        made.close()

    return copy


def copied(vault: Vault, target: Path) -> Vault:
    """A copy of an open vault's laptop: the same keys, the same past, a life of its own."""
    shutil.copytree(vault.profile, target)
    return Vault(Store(target, vault.store.data_key), lock.take(target, 0))
