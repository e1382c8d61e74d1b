"""Early warning on the screen: what rang, why, the cases behind it, and the rules themselves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from defenderdesk.ui.warning.page import Warnings
from defenderdesk.ui.warning.recount import Keeper

if TYPE_CHECKING:
    from defenderdesk.vault import Vault

__all__ = ["Keeper", "Warnings", "count"]


def count(vault: Vault, today: date | None = None) -> int:
    """The number of alerts that wait for an answer: of the last result, without counting anew. For
    a worker thread."""
    return vault.early_warning().count(today or date.today())
