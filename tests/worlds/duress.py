"""A vault with a passphrase for force."""

from __future__ import annotations

from defenderdesk.vault import Edit, Vault

FORCED = "the garden is quiet in winter"


def case(vault: Vault, title: str) -> str:
    made = vault.new_id()
    vault.save([Edit(made, "kind", "case"), Edit(made, "title", title)])
    return made
