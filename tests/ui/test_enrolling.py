"""A colleague is let in through a real server, by the screens of both sides."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog

from defenderdesk.ui.entry.join import Join
from defenderdesk.ui.exchange.page import Exchange
from defenderdesk.ui.parts.verify_words import Compare
from defenderdesk.ui.work.operations import Operations
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault import CaseFilter
from tests.sync_link.server import running
from tests.ui.world import new_vault


@pytest.fixture
def server(tmp_path):
    with running(tmp_path / "server") as made:
        yield made


def test_let_in_over_the_network(server, session, vault, samples, tmp_path, show, qtbot, idle, monkeypatch):
    exchange = show(Exchange(session))
    idle(session)
    exchange.synchronise.server.setText(server.url)
    exchange.synchronise.go()
    idle(session)
    assert vault.waiting().changes == 0, exchange.synchronise.notice.message

    office = show(Workspace(session))
    invitation = tmp_path / "amina.ddinvite"
    office.write_invitation(invitation)
    idle(session)

    laptop, _ = new_vault(tmp_path / "laptop", workspace="")
    operations = Operations()
    join = show(Join(operations))
    join.begin(laptop)
    join.collect()  # too early: nobody has asked yet
    qtbot.waitUntil(lambda: not operations.busy, timeout=8000)
    assert join.notice.isVisible() and join.notice.message
    join.member.setText("Béatrice Kaya")
    join.ask_online(invitation)
    qtbot.waitUntil(lambda: not operations.busy, timeout=8000)
    assert laptop.setting("ui.join.words"), (join.notice.message, join.notice._next.text())
    words = list(laptop.setting("ui.join.words"))
    assert len(words) == 6
    join.collect()
    qtbot.waitUntil(lambda: not operations.busy, timeout=8000)
    assert join.notice.message == "The office has not approved yet."

    seen = []

    def compare(dialog):
        seen.append(dialog.windowTitle())
        return QDialog.DialogCode.Rejected if len(seen) == 1 else QDialog.DialogCode.Accepted

    monkeypatch.setattr(Compare, "exec", compare)
    office.look_on_server()
    idle(session)
    assert office.notice.message == "Not approved."
    office.look_on_server()
    idle(session)
    assert office.notice.message == "Béatrice Kaya is approved."
    assert len(seen) == 2

    with qtbot.waitSignal(join.joined, timeout=8000) as told:
        join.collect()
    assert told.args[0].workspace == "Maison des défenseurs"
    assert laptop.count_cases(CaseFilter()) == len(samples)
    operations.close(lambda: None).wait(5)
    laptop.close()
