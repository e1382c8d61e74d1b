"""Devices that are let in, removed, and compared."""

from __future__ import annotations

from pathlib import Path

from defenderdesk.errors import NotForUsError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair


def device(vault: Vault) -> str:
    return vault.info().device


def remove(pair: Pair, whom: Vault, **how: bool) -> None:
    assert administer.remove(pair.office.store, device(whom), **how)


def opens(vault: Vault, path: Path) -> bool:
    try:
        with open(path, "rb") as source:
            receiving.peek(vault, source)
    except NotForUsError:
        return False
    return True


def same(*vaults: Vault) -> None:
    assert len({exchange_json.dump_text(vault) for vault in vaults}) == 1
    for vault in vaults:
        assert verification.vault(vault.store).problems == []
