"""Telling colleagues that this laptop travels, before what says so leaves it with everything else:
who was not told may go on giving it keys."""

from __future__ import annotations

import contextlib
from pathlib import Path

from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync.bundles import exporting
from defenderdesk.vault import Vault
from defenderdesk.vault.types import Progress


def meet(vault: Vault, progress: Progress | None = None) -> bool:
    """Once more with the server, if there is a safe link; whether there was."""
    if vault.setting("server"):
        from defenderdesk.sync import synchronise

        with contextlib.suppress(NoSafeLinkError):
            synchronise.sync(vault, progress=progress)
            return True
    return False


def tell(vault: Vault, stick: Path | None, progress: Progress | None = None) -> bool:
    """Over the server, and by bundles in the folder `stick`; whether it went by either."""
    if stick is not None:
        for desk in vault.info().desks:
            exporting.export(vault, stick / desk.id, desk=desk.id, progress=progress)
    return meet(vault, progress) or stick is not None
