"""The desktop ends in order when the system says so."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from defenderdesk.vault import Vault
from defenderdesk.vault.storage import lock
from tests.ui.world import PASSPHRASE, fill_samples, new_vault

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from defenderdesk.ui.shell import app
def window():
    return [w for w in app.application().topLevelWidgets() if isinstance(w, app.Window)][0]
def opened():
    view = window().view
    if not view:
        QTimer.singleShot(50, opened)
        return
    if {case!r}:
        view.open_case({case!r})
        QTimer.singleShot(0, typed)
    else:
        print("open", flush=True)
def typed():
    view = window().view
    if view.case._loaded is None:
        QTimer.singleShot(50, typed)
        return
    line = view.case.overview.editors["reference"].line
    line.clear()
    QTest.keyClicks(line, "typed a moment ago")
    asking = QMessageBox(view)
    asking.open()
    print("open", flush=True)
def unlock():
    window().centralWidget().passphrase.setText({passphrase!r})
    window().centralWidget().unlock()
    opened()
app.application()
QTimer.singleShot(200, unlock)
sys.exit(app.main(["--profile", {profile!r}]) + 7)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_writes_what_was_typed_and_closes_the_vault(tmp_path, how):
    profile = tmp_path / "p"
    vault, _ = new_vault(profile)
    [case] = fill_samples(vault, 1)
    vault.close()
    script = SCRIPT.format(case=str(case), passphrase=PASSPHRASE, profile=str(profile))
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout.readline() == "open\n"
        running.send_signal(how)
        assert running.wait(15) == 7, "not killed: its own end"
    finally:
        running.kill()
        running.stdout.close()
    assert not lock.in_use(profile)
    assert not (profile / "vault.db-wal").exists(), "its database was closed"
    with Vault.open(profile, PASSPHRASE) as again:
        assert again.get(case).text("reference") == "typed a moment ago"


def test_it_ends_at_the_locked_door_as_well(tmp_path):
    profile = tmp_path / "p"
    new_vault(profile)[0].close()
    script = f"""
import sys
from PySide6.QtCore import QTimer
from defenderdesk.ui.shell import app
app.application()
QTimer.singleShot(300, lambda: print("open", flush=True))
sys.exit(app.main(["--profile", {str(profile)!r}]) + 7)
"""
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout.readline() == "open\n"
        running.terminate()
        assert running.wait(15) == 7
    finally:
        running.kill()
        running.stdout.close()
