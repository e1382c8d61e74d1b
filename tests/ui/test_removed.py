"""A laptop that was removed hears of it from a stick, on the screen."""

from __future__ import annotations

import pytest

from defenderdesk.sync.bundles import exporting
from defenderdesk.ui.entry.first_run import FirstRun
from defenderdesk.ui.exchange.page import Exchange
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from tests.ui.world import PASSPHRASE, stands


def stick_of_a_removal(office, laptop, folder, destroy):
    stick = folder / "stick"
    stick.mkdir()
    administer.remove(office.store, laptop.info().device, destroy=destroy)
    exporting.export(office, stick)
    return stick


@pytest.fixture
def window(laptop, qtbot):
    """The whole program on the colleague's laptop, unlocked."""
    laptop.close()
    Preferences("en", "light").save(laptop.profile)
    made = Window(laptop.profile, unlock_seconds=0.01)
    made.show()
    made.centralWidget().passphrase.setText(PASSPHRASE)
    made.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(made), timeout=8000)
    qtbot.waitUntil(lambda: not made.session.operations.busy, timeout=8000)
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("destroy", [False, True])
def test_a_stick_brings_word_of_it(vault, laptop, tmp_path, qtbot, request, destroy):
    stick = stick_of_a_removal(vault, laptop, tmp_path, destroy)
    window = request.getfixturevalue("window")
    window.view.show_page("exchange")
    page = window.view.findChild(Exchange)
    page.receive.go(stick)
    if destroy:  # nothing is left to unlock
        qtbot.waitUntil(lambda: isinstance(window.centralWidget(), FirstRun), timeout=8000)
        assert window.view is None and not Vault.exists(laptop.profile)
    else:
        qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=8000)
        assert page.receive.notice.message == "This laptop was removed from the workspace."
        assert stands(window) and Vault.exists(laptop.profile)
