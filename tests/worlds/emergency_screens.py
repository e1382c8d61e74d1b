"""The screens of an emergency, filled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from defenderdesk.domain.checkins import Agreement
from defenderdesk.interchange.emergency import preparing
from defenderdesk.interchange.emergency.preparing import Wish
from defenderdesk.interchange.shares import exporting as shares_out
from defenderdesk.ui.emergency.alarms import Alarms
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault import Vault
from tests.ui.world import KEPT, new_vault

ME = "Amina Diallo"


@pytest.fixture
def trusted(tmp_path):
    made, _ = new_vault(tmp_path / "trusted", "Protection Internationale")
    yield made
    made.close()


@pytest.fixture
def case(vault: Vault, trusted: Vault) -> str:
    made, edits = new_record(vault, "case", {"title": "Nora Ali"})
    edits += new_record(vault, "involvement", {"case": made, "name": "Nora Ali", "part": "defender"})[1]
    key = str(trusted.store.require_identity().recipient)
    edits += new_record(vault, "organisation", {"name": "Trusted", "recipient": key})[1]
    vault.save(edits)
    return made


def organisation(vault: Vault) -> str:
    return next(r.id for r in vault.views.of_kind("organisation") if r.text("recipient"))


def prepared(vault: Vault, case: str, path: Path, **more: object) -> str:
    wish = Wish(
        case=case,
        organisation=organisation(vault),
        title="Nora Ali",
        agreed="When she is taken.",
        holders=(ME,),
        chosen=shares_out.at_first(vault.views.casefile(case)),
        letter="Call her sister.",
    )
    return preparing.prepare(vault, replace(wish, **more), path)  # type: ignore[arg-type]


def press(qtbot, widget, words: str) -> None:
    """Press the visible button with these words."""
    found = [b for b in widget.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    assert len(found) == 1, [b.text() for b in widget.findChildren(QPushButton) if b.isVisible()]
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


def strip(qtbot, session: Session) -> Alarms:
    """The strip, which shows itself when there is something."""
    made = Alarms(session)
    qtbot.addWidget(made)
    KEPT.append(made)
    made.resize(1000, 200)
    return made


def missed_since(vault: Vault, hours: float, wait: int | None = 12) -> Agreement:
    start = vault.emergency.now() - timedelta(hours=hours)
    return Agreement(24, 6, wait, start.replace(microsecond=0))
