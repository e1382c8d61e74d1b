"""An emergency package: who wishes for it, and who is handed it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.interchange.emergency.preparing import Wish
from defenderdesk.interchange.shares import exporting
from defenderdesk.vault import Vault
from tests.worlds.shares import a_case, partner

LETTER = "Call Maître Odhiambo first. The passport lies with her sister."


def wish(us: Vault, them: Vault, holders: tuple[str, ...] = ("Office",), **more: object) -> Wish:
    case = a_case(us)
    base = Wish(
        case=case,
        organisation=partner(us, them),
        title="Nora Ali",
        agreed="When she is taken, or cannot be reached for two days.",
        holders=holders,
        chosen=exporting.at_first(us.views.casefile(case)),
        letter=LETTER,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def handed(us: Vault, them: Vault, folder: Path, made: Wish) -> tuple[str, str]:
    """Prepares it and hands it over: (our record, theirs)."""
    path = folder / "nora.ddemergency"
    record = preparing.prepare(us, made, path)
    return record, escrow.keep(them, path)
