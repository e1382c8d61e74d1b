"""Everybody synchronises over one server until nothing moves."""

from __future__ import annotations

from defenderdesk.sync import link_policy, synchronise
from defenderdesk.vault import Vault


def meet(url: str, *vaults: Vault) -> None:
    for vault in (*vaults, *vaults):
        synchronise.sync(vault, url if vault is vaults[0] else link_policy.public_address(url))
