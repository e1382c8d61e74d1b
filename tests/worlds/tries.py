"""A vault that counts wrong passphrases."""

from __future__ import annotations

from pathlib import Path

from defenderdesk.vault.coercion import attempt_limit
from tests.conftest import PASSPHRASE, MakeVault
from tests.worlds.duress import case

WRONG = "it is not this one"


def chosen(make_vault: MakeVault, limit: int = 5) -> tuple[Path, str]:
    """(profile, recovery code) of a locked vault with one case, whose owner chose `limit`."""
    vault = make_vault()
    case(vault, "Canary")
    code = vault.new_recovery_code()
    attempt_limit.choose(vault.store, PASSPHRASE, limit)
    vault.close()
    return vault.profile, code
