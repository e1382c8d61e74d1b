"""A partner whose keys were entered."""

from __future__ import annotations

from defenderdesk.vault import Vault
from defenderdesk.vault.identity import partner_keys
from tests.worlds.edits import make


def entered(us: Vault, them: Vault) -> str:
    """Their key, as they handed it over, in a record of ours."""
    return make(us, "organisation", name="Them", recipient=partner_keys.of_desk(them.store).text)
