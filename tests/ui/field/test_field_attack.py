"""A confused person, an impatient one, a full board: nothing breaks, nothing typed is lost."""

from __future__ import annotations

import time

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from defenderdesk.ui.calendar.today import Today
from defenderdesk.ui.cases.board import Board
from defenderdesk.ui.cases.timeline import Timeline
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.emergency.plans import Plans
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.shell.sidebar import PAGES
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault import Edit
from tests.ui.field_world import add, day

CONTROL = Qt.KeyboardModifier.ControlModifier
ARABIC = ("محمد بن عبد الله " * 12).strip()


@pytest.fixture
def main(session, field, show, idle):
    made = show(MainView(session, Preferences("en", "light")))
    made.sync.stop()
    idle(session)
    return made


def double(widget, spot):
    """A double click: two presses. The first may have hidden the widget."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=spot)
    if widget.isVisible():
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=spot)


def settle(idle, session):
    for _ in range(3):
        idle(session)
        QApplication.processEvents()


def test_changing_pages_while_typing_loses_nothing(main, vault, session, field, idle):
    main.open_case(field.case, "event", field.event)
    settle(idle, session)
    page = main.case.sections["event"].form.editors["description"].page
    page.selectAll()
    QTest.keyClicks(page, "Half a sent")
    for key in (Qt.Key.Key_5, Qt.Key.Key_3, Qt.Key.Key_1):
        QTest.keyClick(main, key, CONTROL)
    settle(idle, session)
    assert vault.get(field.event).text("description") == "Half a sent"
    main.open_record(field.person, "person")
    settle(idle, session)
    QTest.keyClicks(main.page("people").whole.form.editors["contact"].page, "By her sis")
    QTest.keyClick(main, Qt.Key.Key_6, CONTROL)
    settle(idle, session)
    assert vault.get(field.person).text("contact") == "By her sis"


def test_a_colleague_deletes_the_case_that_is_open(main, vault, session, field, idle):
    main.open_case(field.case, "event", field.event)
    settle(idle, session)
    page = main.case.sections["event"].form.editors["description"].page
    QTest.keyClicks(page, "!")
    session.tell(vault.save([Edit(field.case, "deleted", True)]))
    settle(idle, session)
    assert main.case is None
    assert "!" in vault.get(field.event).text("description")
    main.show_plans()  # its plan is gone with it
    [dialog] = main.findChildren(Plans)
    settle(idle, session)
    assert dialog.list.count() == 0
    dialog.accept()


def test_deleting_from_the_screen_twice_and_bringing_it_back(main, vault, session, field, idle):
    main.open_case(field.case)
    settle(idle, session)
    main.case.remove()
    settle(idle, session)
    assert main.case is None
    assert vault.get(field.case).deleted
    main.toast._pressed()
    settle(idle, session)
    assert not vault.get(field.case).deleted
    main.open_case(field.case)
    settle(idle, session)
    assert main.case.title.whole() == "Grace Nakato: arrest"


def test_locking_while_a_page_loads(vault, field, qtbot):
    for page in ("today", "people", "board", "calendar", "visits", "together", "office"):
        session = Session(vault, vault.info())
        bugs = []
        session.operations.bug.connect(bugs.append)
        view = MainView(session, Preferences("en", "light"))
        view.show()
        view.sync.stop()
        view.show_page(page)
        view.open_case(field.case, "submission", field.sent)
        view.show_plans()
        assert session.operations.close(lambda: None).wait(5)
        shiboken6.delete(view)
        QApplication.processEvents()
        assert not bugs, page


def test_everything_is_pressed_twice(main, vault, session, field, idle):
    """Every plain button of every page, but those that ask, save a file or end the session."""
    leave = {"", "Lock", "Export", "Receive", "Emergency plans"}
    for page in ("today", "board", "calendar", "visits", "together", "office"):
        main.show_page(page)
        settle(idle, session)
        for one in main.page(page).findChildren(QPushButton):
            if one.isVisible() and one.text() not in leave and not one.text().endswith("…"):
                double(one, one.rect().center())
        settle(idle, session)
        if main.case:
            main.show_page(page)
    for page, lst in (
        ("today", main.page("today").days.list),
        ("board", main.page("board").lists[1]),
    ):
        main.show_page(page)
        settle(idle, session)
        double(lst.viewport(), lst.visualItemRect(lst.item(lst.count() - 1)).center())
        settle(idle, session)
        assert main.stack.currentWidget() is not main.page(page)


def test_undo_after_a_merge_and_after_it_again(main, vault, session, field, idle):
    other = add(vault, "person", name="G. Nakato", contact="Her brother")
    session.change(session, lambda: vault.merge(field.person, other))
    settle(idle, session)
    main.open_record(field.person, "person")
    settle(idle, session)
    QTest.keyClicks(main.page("people").whole.form.editors["name"].line, " N.")
    main.page("people").leave()
    settle(idle, session)
    while session.can_undo():
        main.undo()
        settle(idle, session)
    assert not vault.get(other).text("merged_into")
    assert vault.get(field.person).text("contact") == ""
    main.redo()
    settle(idle, session)
    assert vault.get(other).text("merged_into") == field.person


def test_long_arabic_names_break_no_page(main, vault, session, field, idle, qapp):
    case = add(vault, "case", title=ARABIC, country="BH", status="urgent")
    person = add(vault, "person", name=ARABIC)
    inv = add(vault, "involvement", case=case, name=ARABIC, part="defender", person=person)
    add(vault, "hearing", case=case, purpose=ARABIC, date=day(1), status="set", court=ARABIC)
    add(vault, "submission", case=case, mechanism="un_sr_hrd", stage="sent", sent=day(-1))
    add(vault, "plan", case=case, title=ARABIC, person=inv, call=ARABIC)
    main.resize(1024, 700)
    for page in PAGES:
        main.show_page(page)
        settle(idle, session)
    main.open_record(person, "person")
    settle(idle, session)
    main.open_case(case, "hearing")
    settle(idle, session)
    assert main.minimumSizeHint().width() <= 1024
    plans = Plans(session, case)
    plans.show()
    settle(idle, session)
    assert plans.width() <= 1024
    plans.deleteLater()


def test_three_hundred_submissions_and_five_hundred_events_are_quick(session, vault, field, show, idle):
    edits = []
    for i in range(300):
        edits += new_record(
            vault,
            "submission",
            {
                "case": field.case,
                "mechanism": "un_sr_hrd",
                "stage": ("draft", "sent")[i % 2],
                "sent": day(-i) if i % 2 else "",
            },
        )[1]
    for i in range(500):
        edits += new_record(
            vault,
            "event",
            {
                "case": field.case,
                "date": day(-i),
                "description": f"Event {i}",
                "acts": ["threats"],
            },
        )[1]
    vault.save(edits)
    vault.views.refresh()
    holder = show(QWidget())
    began = time.monotonic()
    board = Board(session)
    board.setParent(holder)
    board.show()
    idle(session)
    today = Today(session)
    today.setParent(holder)
    today.show()
    idle(session)
    view = CaseView(session, field.case, Toast(holder))
    view.setParent(holder)
    view.show()
    settle(idle, session)
    view.show_section("timeline")
    settle(idle, session)
    assert isinstance(view._pages["timeline"], Timeline)
    assert view._pages["timeline"].list.count() > 500
    view.show_section("event")
    settle(idle, session)
    assert view.sections["event"].list.count() == 501
    assert time.monotonic() - began < 20
    assert board.lists[0].count() == 101
