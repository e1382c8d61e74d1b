"""The keyring in the settings, at the door and on the command line."""

from __future__ import annotations

import os
import sys

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from defenderdesk.cli.main import run
from defenderdesk.errors import WrongPassphraseError
from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.settings.keyring import KeyringDialog
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Vault
from defenderdesk.vault.keys import os_keyring, slots
from tests.secret_service import machine
from tests.ui.world import PASSPHRASE, new_vault

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is Linux's")


@pytest.fixture
def laptop(tmp_path):
    with machine(tmp_path / "home") as made:
        yield made


def test_the_settings_turn_it_on_and_off(session, show, idle, laptop, qtbot):
    page = show(Settings(session, Preferences("en", "light")))
    idle(session)
    page.keyring.use(True, "not it")
    idle(session)
    assert page.notice.property("look") == "notice-danger" and not session.vault.uses_keyring()
    for on in (True, False):
        seen = []

        def answer(seen=seen):
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, KeyringDialog) and not dialog.go.isEnabled()
            dialog.current.setText(PASSPHRASE)
            seen.append(dialog.go.text())
            dialog.go.click()

        page.keyring.look()
        QTimer.singleShot(700, answer)
        qtbot.waitUntil(lambda seen=seen: bool(seen), timeout=8000)
        idle(session)
        assert seen == ["Use it" if on else "Stop using it"]
        assert page.notice.property("look") == "notice-success", page.notice.message
        assert session.vault.uses_keyring() is on


def test_where_there_is_none_it_cannot_be_turned_on(show):
    dialog = show(KeyringDialog(False, ""), 520, 500)
    dialog.current.setText(PASSPHRASE)
    assert not dialog.go.isEnabled() and not dialog.current.isEnabled()


def test_a_lost_keyring_at_the_door_the_code_opens_and_untying_is_offered(tmp_path, show, qtbot, laptop):
    vault, code = new_vault(tmp_path / "p")
    vault.set_keyring(PASSPHRASE)
    vault.close()
    assert os_keyring.forget(slots.load_keyring(tmp_path / "p"))
    door = show(Unlock(tmp_path / "p"))
    door.passphrase.setText(PASSPHRASE)
    door.unlock()
    qtbot.waitUntil(door.notice.isVisible, timeout=8000)
    assert "does not hold the secret" in door.notice.message
    door.code.setText(code)
    door.recover()
    qtbot.waitUntil(lambda: door._stack.current == 2, timeout=8000)
    assert door.untie.isVisible() and door.untie.isChecked()
    fresh = "another lantern beside six rivers"
    door.fresh.first.setText(fresh)
    door.fresh.second.setText(fresh)
    qtbot.waitUntil(door.fresh.ready, timeout=8000)
    with qtbot.waitSignal(door.opened, timeout=8000) as told:
        door.renew()
    told.args[0].close()
    laptop.stop()
    Vault.open(tmp_path / "p", fresh).close()


def test_without_a_keyring_nothing_of_it_is_offered(tmp_path, show, qtbot):
    vault, code = new_vault(tmp_path / "p")
    vault.close()
    door = show(Unlock(tmp_path / "p"))
    door.code.setText(code)
    door.recover()
    qtbot.waitUntil(lambda: door._stack.current == 2, timeout=8000)
    assert not door.untie.isVisible()
    door.end()


def secret(value):
    reading, writing = os.pipe()
    os.write(writing, value.encode())
    os.close(writing)
    return reading


def test_the_command_line_ties_unties_and_recovers(tmp_path, laptop, capfd):
    profile = tmp_path / "p"
    vault, code = new_vault(profile)
    vault.close()

    def said(given, *arguments):
        answer = run(["--profile", str(profile), "--passphrase-fd", str(secret(given)), *arguments])
        return answer, capfd.readouterr()

    assert said(PASSPHRASE, "keyring", "set")[0] == 0
    assert slots.load_keyring(profile)
    assert said(PASSPHRASE, "keyring", "clear")[0] == 0
    assert not slots.load_keyring(profile)
    assert said(PASSPHRASE, "keyring", "set")[0] == 0
    laptop.stop()
    answer, told = said(PASSPHRASE, "status")
    assert answer == 3 and "keyring" in told.err and "recovery code" in told.err
    fresh = secret("another lantern beside six rivers")
    assert said(code, "keyring", "clear", "--code", "--new-fd", str(fresh))[0] == 0
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, PASSPHRASE)
    Vault.open(profile, "another lantern beside six rivers").close()
