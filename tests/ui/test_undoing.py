"""Undo on the screen: the newest change whatever happens, with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from defenderdesk.errors import StorageError
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import Edit
from defenderdesk.vault.records import writing


@pytest.fixture
def view(session, show, idle):
    made = show(MainView(session, Preferences()))
    made.sync.stop()
    idle(session)
    return made


def save(session, case: str, title: str) -> None:
    session.save(session, [Edit(case, "kind", "case"), Edit(case, "title", title)])


def press(view) -> None:
    view.activateWindow()
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_a_failed_undo_is_offered_again_and_takes_back_nothing_older(view, session, vault, idle, monkeypatch):
    case = vault.new_id()
    for title in ("One", "Two", "Three"):
        save(session, case, title)
    idle(session)

    def full(*_, **__):
        raise StorageError(what="the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", full)
        press(view)
        idle(session)
    assert vault.get(case).text("title") == "Three"
    press(view)
    idle(session)
    assert vault.get(case).text("title") == "Two"


def test_it_takes_back_what_is_still_being_saved(view, session, vault, idle):
    """The key comes while the newest change is on its way to the disk."""
    case = vault.new_id()
    save(session, case, "One")
    idle(session)
    save(session, case, "Two")
    press(view)
    idle(session)
    assert vault.get(case).text("title") == "One"


def test_what_was_done_before_a_lock_is_undone_after_it(view, session, vault, idle, show):
    case = vault.new_id()
    save(session, case, "One")
    save(session, case, "Two")
    idle(session)
    after = Session(vault, session.info)
    again = show(MainView(after, Preferences()))
    again.sync.stop()
    idle(after)
    assert after.can_undo()
    press(again)
    idle(after)
    assert vault.get(case).text("title") == "One"
    after.operations.close(lambda: None)


def test_nothing_to_undo_is_said(view, session, idle):
    press(view)
    idle(session)
    assert view.toast.isVisible()


def test_a_choice_that_was_not_saved_is_not_shown_as_chosen(view, session, vault, idle, qtbot, monkeypatch):
    """Somebody would believe that nothing goes over the network."""
    view.show_page("exchange")
    idle(session)
    pause = view.page("exchange").synchronise.pause

    def full(*_, **__):
        raise StorageError(what="the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(type(vault), "set_setting", full)
        QTest.mouseClick(pause, Qt.MouseButton.LeftButton, pos=QPoint(8, pause.height() // 2))
        idle(session)
    assert vault.setting("paused") is False and not pause.isChecked()
    QTest.mouseClick(pause, Qt.MouseButton.LeftButton, pos=QPoint(8, pause.height() // 2))
    idle(session)
    assert vault.setting("paused") is True and pause.isChecked()
