"""The practice workspace: invented cases in uninhabited territories, to try everything on."""

from __future__ import annotations

from defenderdesk import resources
from defenderdesk.reports import exchange_json
from defenderdesk.vault import Vault


def fill(vault: Vault) -> None:
    """Puts the practice cases into a founded workspace; twice makes nothing twice."""
    exchange_json.load(vault, resources.path("samples", "practice_cases.json"))
