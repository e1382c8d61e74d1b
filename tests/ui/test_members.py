"""Members on the screen: roles, removal, agreement of a second administrator, worries."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QPushButton

from defenderdesk.bundle import membership
from defenderdesk.crypto import signing
from defenderdesk.sync import alerts
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.ui.exchange.page import Exchange
from defenderdesk.ui.workspace.members import Removal
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import administer
from tests.conftest import enrol_by_file
from tests.ui.world import new_vault, words_of
from tests.worlds.records import new_case


def carry(source: Vault, target: Vault, folder) -> None:
    folder.mkdir()
    exporting.export(source, folder, everything=True)
    receiving.receive(target, folder)


def test_a_role_is_given_and_a_laptop_removed(session, vault, laptop, show, idle, qtbot, monkeypatch):
    page = show(Workspace(session))
    idle(session)
    members = page.members
    qtbot.waitUntil(lambda: "Béatrice Kaya" in words_of(page), timeout=8000)
    assert "researcher" in words_of(page)
    device = next(d for d in vault.devices() if not d.is_self)
    menu = members.menu(device, members)
    roles, desks = [action.menu() for action in menu.actions() if action.menu()]
    next(a for a in roles.actions() if a.text() == "coordinator").trigger()
    idle(session)
    idle(session)
    qtbot.waitUntil(lambda: "coordinator" in words_of(page), timeout=8000)
    assert [a.isChecked() for a in desks.actions()] == [True]
    answers = []

    def exec_(dialog: Removal) -> QDialog.DialogCode:
        answers.append(dialog.windowTitle())
        dialog.erase.setChecked(True)
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(Removal, "exec", exec_)
    members.ask_removal(device)
    idle(session)
    idle(session)
    assert answers == ["Remove a laptop"]
    qtbot.waitUntil(lambda: "No longer of the workspace" in words_of(page), timeout=8000)
    [gone] = [m for m in vault.store.roster.devices.values() if m.removed]
    assert gone.destroy and gone.member == "Béatrice Kaya"


def test_what_a_removed_laptop_wrote_on_is_taken_in(session, vault, laptop, show, idle, qtbot, tmp_path):
    administer.remove(vault.store, laptop.info().device)
    new_case(laptop, "Written on")
    carry(laptop, vault, tmp_path / "stick")
    page = show(Workspace(session))
    idle(session)
    qtbot.waitUntil(lambda: "1 save was written after" in words_of(page), timeout=8000)
    [take] = [b for b in page.members.findChildren(QPushButton) if b.text() == "Take in"]
    take.click()
    idle(session)
    idle(session)
    assert page.notice.message == "1 save taken in."
    assert [row.title for row in vault.cases(CaseFilter(), 0, 9)] == ["Written on"]
    qtbot.waitUntil(lambda: "set aside" not in words_of(page.members), timeout=8000)


def test_a_second_administrator_agrees(session, vault, laptop, show, idle, qtbot, tmp_path):
    administer.set_role(vault.store, laptop.info().device, membership.ADMINISTRATOR)
    carry(vault, laptop, tmp_path / "one")
    third, _ = new_vault(tmp_path / "third", workspace="")
    (tmp_path / "files").mkdir()
    enrol_by_file(laptop, third, tmp_path / "files", "Chipo")
    device = third.info().device
    third.close()
    assert not administer.set_role(laptop.store, device, membership.ADMINISTRATOR)
    carry(laptop, vault, tmp_path / "two")
    page = show(Workspace(session))
    idle(session)
    qtbot.waitUntil(lambda: "Chipo becomes an administrator" in words_of(page), timeout=8000)
    [agree] = [b for b in page.members.findChildren(QPushButton) if b.text() == "Agree"]
    agree.click()
    idle(session)
    idle(session)
    assert vault.store.roster.devices[third.store.device].role == membership.ADMINISTRATOR
    assert not vault.store.roster.proposals


def test_worries_stay_until_they_are_read(session, vault, show, idle, qtbot):
    page = show(Exchange(session))
    idle(session)
    assert not page.alerts.isVisible()
    report = receiving.ReceiveReport(forked=["Amina"], aside={"Bako": 3})
    alerts.keep(vault, alerts.alerts_of(report))
    alerts.keep(vault, alerts.alerts_of(report))
    page.alerts.load()
    idle(session)
    assert "Two histories of Amina’s laptop exist" in words_of(page.alerts)
    assert words_of(page.alerts).count("Two histories") == 1
    page.alerts.read.click()
    idle(session)
    idle(session)
    assert not page.alerts.isVisible() and alerts.kept(vault) == []


def test_a_laptop_with_new_keys_stands_once_and_what_it_wrote_under_both_is_taken_in(
    session, vault, laptop, show, idle, qtbot, tmp_path
):
    carry(vault, laptop, tmp_path / "first")
    new_case(laptop, "Before the new keys")
    desk = signing.id_bytes(vault.info().desks[0].id)
    administer.withdraw(vault.store, laptop.info().device, desk)
    with laptop.store.writing() as conn:
        assert rekey.succeed(laptop.store, conn, laptop.store.log.copy())
    laptop.store.load_identity()
    new_case(laptop, "Afterwards")
    carry(laptop, vault, tmp_path / "stick")
    page = show(Workspace(session))
    idle(session)
    qtbot.waitUntil(lambda: "set aside" in words_of(page), timeout=8000)
    assert "2 saves were written after" in words_of(page.members)
    assert words_of(page.members).count("Béatrice Kaya") == 1
    [take] = [b for b in page.findChildren(QPushButton) if b.text() == "Take in"]
    take.click()
    idle(session)
    qtbot.waitUntil(lambda: len(vault.cases(CaseFilter(), 0, 9)) == 2, timeout=8000)


def test_two_to_let_anybody_in_is_chosen_on_the_screen(session, vault, laptop, show, idle, qtbot, tmp_path):
    page = show(Workspace(session))
    idle(session)
    qtbot.waitUntil(page.members.door.isVisible, timeout=8000)
    assert not page.members.door.isChecked() and page.members.two.isChecked()
    page.members.door.click()
    idle(session)
    qtbot.waitUntil(lambda: vault.store.roster.admissions == 2, timeout=8000)
    administer.set_role(vault.store, laptop.info().device, membership.ADMINISTRATOR)
    carry(vault, laptop, tmp_path / "one")
    page.members.door.click()
    idle(session)
    idle(session)
    assert page.notice.message == "Another administrator must agree first."
    waiting = "One administrator is enough to let anybody in"
    qtbot.waitUntil(lambda: waiting in words_of(page.members), timeout=8000)
    assert page.members.door.isChecked(), "as it is, not as it was asked for"
