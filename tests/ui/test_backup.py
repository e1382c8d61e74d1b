"""Backups in the settings, and getting one back on a new laptop."""

from __future__ import annotations

from defenderdesk.ui.entry.first_run import PASSPHRASE as CHOOSE
from defenderdesk.ui.entry.first_run import RESTORE, FirstRun
from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.settings.backup import BackupCard, OpenDialog
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.recovery import backup, restore
from tests.ui.world import PASSPHRASE, stands


def test_back_up_and_try_the_restore(session, samples, show, idle, tmp_path):
    page = show(Settings(session, Preferences("en", "light")))
    idle(session)
    card = page.backup
    assert "No backup" in card.said.text() and not card.where.isVisible()
    out = tmp_path / "b.ddbackup"
    card.write(out)
    assert not card.make.isEnabled() and card.progress.isVisible()
    idle(session)
    assert page.notice.property("look") == "notice-success" and card.make.isEnabled()
    assert card.said.text().startswith("Last backup") and "b.ddbackup" in card.where.text()
    card.rehearse(out, restore.by_passphrase("wrong"))
    idle(session)
    assert "does not open" in page.notice.message
    card.rehearse(out, restore.by_passphrase(PASSPHRASE))
    idle(session)
    assert "comes back whole" in page.notice.message
    assert not list(session.vault.profile.glob(".*.part"))
    out.write_bytes(out.read_bytes()[:-1000])
    card.rehearse(out, restore.by_passphrase(PASSPHRASE))
    idle(session)
    assert "damaged" in page.notice.message and card.test.isEnabled()


def test_an_old_backup_is_pointed_out(session, show, idle):
    card = show(BackupCard(session, Notice()))
    idle(session)
    assert card.said.property("look") == "warning"
    now = session.vault.store.now_ms()
    card._show(backup.Made(now, "/stick/b.ddbackup", 1000, 0))
    assert card.said.property("look") != "warning"
    card._show(backup.Made(now - 20 * 86_400_000, "/stick/b.ddbackup", 1000, 0))
    assert card.said.property("look") == "warning"


def test_the_dialog_asks_for_one_secret_and_forgets_it(show):
    dialog = show(OpenDialog(), 480, 300)
    assert not dialog.try_it.isEnabled()
    dialog.secret.setText("ABCDE-FGHIJ")
    assert dialog.try_it.isEnabled()
    dialog.wipe()
    assert not dialog.secret.text()


def test_a_new_laptop_begins_with_a_backup(vault, samples, tmp_path, qtbot):
    backup.write(vault.store, tmp_path / "b.ddbackup")
    profile = tmp_path / "new laptop"
    Preferences("en", "light").save(profile)
    made = Window(profile, unlock_seconds=0.01)
    made.show()
    first = made.centralWidget()
    assert isinstance(first, FirstRun)
    first.go(CHOOSE)
    first.go(RESTORE)
    page = first.restore
    assert not page.start.isEnabled()
    page.secret.setText("not it")
    page.restore(tmp_path / "b.ddbackup")
    qtbot.waitUntil(lambda: not first.operations.busy, timeout=8000)
    assert page.notice.isVisible() and page.start.isEnabled() and not Vault.exists(profile)
    page.secret.setText(PASSPHRASE)
    page.restore(tmp_path / "b.ddbackup")
    qtbot.waitUntil(lambda: isinstance(made.centralWidget(), Unlock), timeout=8000)
    made.centralWidget().passphrase.setText(PASSPHRASE)
    made.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(made), timeout=8000)
    assert made.session.vault.count_cases(CaseFilter()) == vault.count_cases(CaseFilter())
    made.close()
    made.deleteLater()
