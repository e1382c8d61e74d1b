"""Likely duplicates on the screen: pointed out once, then one press each way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from defenderdesk.ui.cases.same import Duplicates
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import EVERYTHING
from tests.ui.world import words_of
from tests.worlds.edits import make


@pytest.fixture
def two(vault):
    """One arrest, in two cases that differ in their titles."""
    cases = []
    for title in ("Abebe Kebede", "Abebe arrested"):
        case = make(vault, "case", title=title, reference="2026-015", summary="At home")
        make(vault, "note", case=case, text=f"Note of {title}")
        cases.append(case)
    return cases


@pytest.fixture
def page(session, two, show, idle):
    holder = show(QWidget())
    made = Duplicates(session, Toast(holder))
    made.setParent(holder)
    made.resize(1080, 700)
    made.show()
    idle(session)
    return made


def test_two_records_stand_side_by_side(page):
    said = words_of(page)
    assert "Is this one case?" in said and "the same reference" in said
    assert "Abebe Kebede" in said and "Abebe arrested" in said and "Note of Abebe arrested" in said


def test_a_key_keeps_one_and_undo_brings_both_back(page, session, vault, two, idle, qtbot):
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: vault.get(two[0]).deleted, timeout=4000)
    idle(session)
    assert vault.get(two[0]).text("merged_into") == two[1]
    assert len(vault.children(two[1], "note")) == 2 and page._stack.currentIndex() == 0
    page._toast._pressed()
    qtbot.waitUntil(lambda: not vault.get(two[0]).deleted, timeout=4000)
    idle(session)
    assert page.current() is not None


def test_not_the_same_is_not_asked_again(page, session, vault, two, idle, qtbot):
    page._apart.click()
    qtbot.waitUntil(lambda: vault.casework.duplicates() == [], timeout=4000)
    idle(session)
    assert page._stack.currentIndex() == 0 and not vault.get(two[0]).deleted


def test_looking_at_one_opens_it(page, two):
    told = []
    page.opened.connect(told.append)
    [first, *_] = [b for b in page.findChildren(QPushButton) if b.text() == "Look at it"]
    first.click()
    assert told == [two[0]]


def test_the_window_points_them_out_once_and_leads_there(session, vault, two, show, idle):
    view = show(MainView(session, Preferences("en", "light")))
    idle(session)
    assert view.sidebar.badge("duplicates").text() == "1"
    assert view.toast.isVisible() and "likely of one person or case" in words_of(view.toast)
    view.toast._pressed()
    idle(session)
    assert isinstance(view.stack.currentWidget(), Duplicates)
    make(vault, "person", name="Somebody else")
    session.changed.emit(EVERYTHING)
    idle(session)
    assert not view.toast.isVisible(), "once"
