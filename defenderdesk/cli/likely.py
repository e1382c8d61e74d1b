"""Likely duplicates after an exchange or an import: their number is said once, on standard error.

Nobody is named there: what a job says goes into logs. `duplicates` says who they are.
"""

from __future__ import annotations

from defenderdesk import i18n
from defenderdesk.cli.face import say
from defenderdesk.vault import Vault

_PATIENCE = 2.0
"""Seconds that a command goes on deriving what it looks in. Of a first exchange of a hundred thousand
cases some is looked at by the next command: no pair is pointed out for good until it was."""


def point_out(vault: Vault) -> int:
    """Says how many pairs of records are likely the same, of those that were not pointed out here yet;
    gives their number."""
    before, vault.views.budget = vault.views.budget, _PATIENCE
    try:
        new, _waiting = vault.casework.point_out_duplicates()
    finally:
        vault.views.budget = before
    if new:
        said = i18n.plural(
            "{n} pair of records is likely of one person or case: {command}",
            "{n} pairs of records are likely of one person or case each: {command}",
            new,
            command="defenderdesk duplicates",
        )
        say(said, err=True)
    return new
