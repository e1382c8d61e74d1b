"""The screens are tested with real widgets, drawn off the screen, over a real vault."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from defenderdesk import i18n
from defenderdesk.ui.look import theme
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session
from tests.conftest import enrol_by_file
from tests.ui.world import KEPT, PASSPHRASE, fill_samples, new_vault, stands


@pytest.fixture(autouse=True)
def screen(qapp):
    """English, left to right, light: whatever a test before left."""
    i18n.use("en")
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.apply(qapp, "light")
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    KEPT.clear()
    gc.collect()  # here, in the GUI thread; the workers of this test are gone
    gc.enable()


@pytest.fixture
def vault(tmp_path):
    """A founded vault without cases."""
    made, _ = new_vault(tmp_path / "profile")
    yield made
    made.close()


@pytest.fixture
def laptop(vault, tmp_path):
    """A colleague's laptop, let in."""
    made, _ = new_vault(tmp_path / "laptop", workspace="")
    enrol_by_file(vault, made, tmp_path, "Béatrice Kaya")
    yield made
    made.close()


@pytest.fixture
def samples(vault):
    """The public sample cases in it."""
    return fill_samples(vault, 6)


@pytest.fixture
def session(vault, qtbot):
    made = Session(vault, vault.info())
    made.bugs = []
    made.operations.bug.connect(made.bugs.append)
    yield made
    made.operations.close(lambda: None).wait(5)
    assert not made.bugs, made.bugs


@pytest.fixture
def idle(qtbot):
    """Wait until a session has nothing under way."""

    def wait(session):
        qtbot.waitUntil(lambda: not session.operations.busy, timeout=8000)

    return wait


@pytest.fixture
def show(qtbot):
    """Show a widget at the usual size."""

    def shown(widget, width=1280, height=800):
        qtbot.addWidget(widget)
        KEPT.append(widget)
        widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        qtbot.waitUntil(widget.isActiveWindow, timeout=3000)
        return widget

    return shown


@pytest.fixture
def window(tmp_path, qtbot):
    """The whole program on an unlocked profile with sample cases."""
    profile = tmp_path / "window"
    vault, _ = new_vault(profile)
    fill_samples(vault, 4)
    vault.close()
    Preferences("en", "light").save(profile)
    made = Window(profile, unlock_seconds=0.01)
    made.show()
    made.activateWindow()
    made.centralWidget().passphrase.setText(PASSPHRASE)
    made.centralWidget().unlock()
    qtbot.waitUntil(lambda: stands(made), timeout=8000)
    qtbot.waitUntil(lambda: not made.session.operations.busy, timeout=8000)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=8000)
    yield made
    made.close()
    made.deleteLater()
