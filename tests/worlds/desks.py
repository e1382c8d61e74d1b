"""Desks that are taken from a device."""

from __future__ import annotations

from defenderdesk.crypto import signing
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from tests.conftest import Pair
from tests.worlds.devices import device


def withdraw(pair: Pair, whom: Vault) -> None:
    desk = signing.id_bytes(pair.office.info().desks[0].id)
    administer.withdraw(pair.office.store, device(whom), desk)
