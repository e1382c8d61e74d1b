"""Help by administrators on the screen: chosen, asked for, given."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog, QLabel

from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import recovery_requests
from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.settings.recovery import ChooseHelpers, CompareHelp, HelpersCard
from defenderdesk.ui.work.session import Session
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault import Vault
from defenderdesk.vault.keys import os_keyring
from defenderdesk.vault.membership import administer
from defenderdesk.vault.recovery import trustees
from tests.conftest import enrol_by_file
from tests.ui.world import PASSPHRASE, new_vault

NEW = "seven quiet owls paint the harbour"


def carry(source, target, folder):
    folder.mkdir()
    exporting.export(source, folder)
    receiving.receive(target, folder)


@pytest.fixture
def three(vault, tmp_path):
    """(administrator, a second one, a researcher's laptop)."""
    made = []
    for member in ("Pedro", "Béatrice"):
        one, _ = new_vault(tmp_path / member, workspace="")
        (tmp_path / f"{member} files").mkdir()
        enrol_by_file(vault, one, tmp_path / f"{member} files", member)
        made.append(one)
    second, laptop = made
    administer.set_role(vault.store, second.info().device, "administrator")
    carry(vault, second, tmp_path / "s1")
    carry(vault, laptop, tmp_path / "s2")
    yield vault, second, laptop
    second.close()
    laptop.close()


def words_of(widget) -> str:
    return " ".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def test_choosing_asking_and_helping(three, session, show, idle, qtbot, tmp_path, monkeypatch):
    admin, second, laptop = three
    own = Session(laptop, laptop.info())
    card = show(HelpersCard(own, Notice()))
    idle(own)
    assert "only the recovery code" in card.said.text() and card.choose.isEnabled()
    dialog = show(ChooseHelpers(*card._found), 520, 420)
    assert len(dialog.boxes) == 2 and dialog.go.isEnabled()
    next(iter(dialog.boxes.values())).setChecked(False)
    assert not dialog.go.isEnabled()
    next(iter(dialog.boxes.values())).setChecked(True)
    card.use(dialog.number, dialog.chosen())
    idle(own)
    qtbot.waitUntil(lambda: "cannot help yet" in card.said.text(), timeout=8000)
    for number, admins in enumerate((admin, second)):
        carry(laptop, admins, tmp_path / f"there {number}")
        assert "cannot help yet" in card.said.text(), "nobody said that they have it"
        carry(admins, laptop, tmp_path / f"back {number}")
        card.load()
        idle(own)
    qtbot.waitUntil(lambda: "open it together" in card.said.text(), timeout=8000)
    own.operations.close(lambda: None).wait(5)
    with monkeypatch.context() as patch:  # the keyring that is lost as well
        patch.setattr(os_keyring, "put", os_keyring.entry_of)
        laptop.set_keyring(PASSPHRASE)
    laptop.close()

    door = show(Unlock(laptop.profile))
    door._turn(1)
    door.ask_help.click()
    qtbot.waitUntil(lambda: door.helped.locked is not None, timeout=8000)
    assert "2 more answers" in door.helped.count.text()
    door.helped.write(tmp_path / "r.ddask")
    qtbot.waitUntil((tmp_path / "r.ddask").exists, timeout=8000)
    shown = door.helped.locked.words

    page = show(Workspace(session))
    idle(session)
    seen = []

    def compare(dialog):
        dialog.show()
        seen.append(words_of(dialog))
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(CompareHelp, "exec", compare)
    monkeypatch.setattr("defenderdesk.ui.settings.recovery.Picker.ask", lambda *_: tmp_path / "a.ddhelp")
    page.help.read(tmp_path / "r.ddask")
    qtbot.waitUntil((tmp_path / "a.ddhelp").exists, timeout=8000)
    idle(session)
    assert "Béatrice" in seen[0] and all(word in seen[0] for word in shown)
    recovery_requests.answer(
        second, recovery_requests.read(second, tmp_path / "r.ddask"), tmp_path / "b.ddhelp"
    )

    door.helped.add(tmp_path / "r.ddask")
    qtbot.waitUntil(lambda: "no answer" in door.helped.notice.message, timeout=8000)
    door.helped.add(tmp_path / "a.ddhelp")
    qtbot.waitUntil(lambda: "1 more answer" in door.helped.count.text(), timeout=8000)
    opened = []
    door.opened.connect(lambda vault, info: opened.append((vault, info)))
    door.helped.add(tmp_path / "b.ddhelp")
    qtbot.waitUntil(lambda: door._stack.current == 2, timeout=8000)
    assert door.helped.locked is None
    assert door.untie.isVisible() and door.untie.isChecked()
    door.fresh.first.setText(NEW)
    door.fresh.second.setText(NEW)
    qtbot.waitUntil(door.fresh.ready, timeout=8000)
    before = trustees.round_of(laptop.profile)
    door.renew()
    qtbot.waitUntil(lambda: bool(opened), timeout=8000)
    assert opened[0][1].member == "Béatrice"
    assert trustees.round_of(laptop.profile) != before
    opened[0][0].close()
    Vault.open(laptop.profile, NEW).close()


def test_where_nobody_was_chosen(vault, show, qtbot):
    vault.close()
    door = show(Unlock(vault.profile))
    door._turn(1)
    door.ask_help.click()
    qtbot.waitUntil(lambda: door.helped.notice.isVisible(), timeout=8000)
    assert "Nobody can help" in door.helped.notice.message and not door.helped.take.isEnabled()


def test_a_request_that_must_not_be_answered_is_said(three, session, show, idle, tmp_path):
    _, _, laptop = three
    page = show(Workspace(session))
    (tmp_path / "x.ddask").write_bytes(b"nothing")
    page.help.read(tmp_path / "x.ddask")
    idle(session)
    assert "no request" in page.notice.message
    assert laptop.info().role == "researcher"
