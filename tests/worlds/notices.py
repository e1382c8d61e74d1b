"""Sticks that carry the word of a removal."""

from __future__ import annotations

from pathlib import Path

from defenderdesk.sync.bundles import exporting
from defenderdesk.vault import Vault
from tests.conftest import Pair
from tests.worlds.devices import opens


def stick_of(pair: Pair, vault: Vault, name: str, **options: object) -> Path:
    stick = pair.folder / name
    exporting.export(vault, stick, everything=True, **options)  # type: ignore[arg-type]
    return stick


def word_on(stick: Path, vault: Vault) -> list[Path]:
    return [path for path in sorted(stick.iterdir()) if opens(vault, path)]
