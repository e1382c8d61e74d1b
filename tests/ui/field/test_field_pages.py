"""The pages of the day's work: today, calendar, board, together, emergency plans."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from defenderdesk import i18n
from defenderdesk.domain import agenda
from defenderdesk.ui.calendar import wording
from defenderdesk.ui.calendar.give import GiveCalendar
from defenderdesk.ui.calendar.month import CalendarPage, month_away
from defenderdesk.ui.calendar.today import Today
from defenderdesk.ui.cases.board import Board
from defenderdesk.ui.emergency.plans import Plans
from defenderdesk.ui.joint.page import Together
from defenderdesk.ui.parts.lines import HEADING, lines, side
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.shell.sidebar import PAGES, page_name
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Edit
from tests.ui.field_world import add, day

CONTROL = Qt.KeyboardModifier.ControlModifier
KEYS = (
    Qt.Key.Key_1,
    Qt.Key.Key_2,
    Qt.Key.Key_3,
    Qt.Key.Key_4,
    Qt.Key.Key_5,
    Qt.Key.Key_6,
    Qt.Key.Key_7,
    Qt.Key.Key_8,
    Qt.Key.Key_9,
)


@pytest.fixture
def main(session, field, show, idle):
    made = show(MainView(session, Preferences("en", "light")))
    made.sync.stop()
    idle(session)
    return made


def headings(lst):
    return [lst.item(i).text() for i in range(lst.count()) if lst.item(i).data(HEADING)]


def titles(lst):
    return [lst.item(i).text() for i in range(lst.count()) if not lst.item(i).data(HEADING)]


def row_of(lst, part):
    return next(i for i in range(lst.count()) if part in lst.item(i).text())


def press(lst, part, key=Qt.Key.Key_Return):
    lst.setCurrentRow(row_of(lst, part))
    lst.setFocus()
    QTest.keyClick(lst, key)


def test_the_pages_of_the_sidebar_have_keys_and_a_name(main, session, idle):
    for key, page in zip(KEYS, PAGES, strict=False):
        QTest.keyClick(main, key, CONTROL)
        assert main.stack.currentWidget() is main.page(page), page
        assert main.sidebar.tabs[page].isChecked()
        assert page_name(page) != page
    idle(session)
    assert main.sidebar.badge("today").text() == "2"  # the task and the reply that never came


def test_nothing_of_the_foot_of_the_sidebar_is_cut(session, field, qapp, show):
    i18n.use("fr")
    side = show(MainView(session, Preferences("fr", "light"))).sidebar
    for tab in side.findChildren(QPushButton):
        if tab.isVisible() and tab.text():
            assert tab.width() >= tab.sizeHint().width() - 2, tab.text()


def test_today_says_what_is_late_what_is_now_and_what_comes(main, session, field, idle, qtbot):
    today = main.page("today")
    assert headings(today.days.list)[0] == "2 overdue"
    assert headings(today.days.list)[1:] == [
        "Today",
        "In the next seven days",
        "Later this month",
    ]
    shown = titles(today.days.list)
    assert [s for s in shown if s.startswith("Task: Translate the charges")]
    assert [s for s in shown if s.startswith("Hearing: Plea") and "in 3 days" in s]
    assert "Grace Nakato: arrest" in titles(today._urgent)[0]
    press(today.days.list, "Hearing: Plea")
    qtbot.waitUntil(lambda: main.case is not None and "hearing" in main.case.sections)
    idle(session)
    assert main.case.case == field.case
    assert main.case.sections["hearing"].form.record == field.hearing
    main.show_page("today")
    idle(session)
    assert titles(today.days.list) == shown


def test_what_is_done_leaves_today_and_the_cursor_stays_near(session, vault, field, show, idle):
    page = show(Today(session))
    idle(session)
    page.days.list.setCurrentRow(row_of(page.days.list, "Translate the charges"))
    session.save(page, [Edit(field.late_task, "status", "done")])
    idle(session)
    assert not [t for t in titles(page.days.list) if "Translate" in t]
    assert page.days.list.currentItem().data(HEADING) is None


def test_a_day_without_anything_says_so(session, vault, field, show, idle):
    vault.save([Edit(field.case, "deleted", True), Edit(field.visit, "deleted", True)])
    page = show(Today(session))
    idle(session)
    assert not page.days.isVisible()
    assert page._no_urgent.isVisible()


def test_nothing_is_said_to_be_missing_while_it_is_still_read(session, field, show, idle):
    held, go = threading.Event(), threading.Event()

    def hold():
        held.set()
        go.wait(10)

    session.operations.read(session, hold, lambda _: None)
    assert held.wait(5)
    today, board = show(Today(session)), show(Board(session))
    said = {w.text() for page in (today, board) for w in page.findChildren(QLabel) if w.isVisibleTo(page)}
    assert not said & {
        "Nothing is due",
        "No case has the status urgent.",
        "No submission yet",
        "Nothing waits for you.",
    }
    go.set()
    idle(session)
    assert today.days.list.count() and board.lists[0].count()


def test_every_reason_of_the_calendar_has_words():
    for what in agenda.WHAT:
        assert wording.why(what) != what, what


def test_the_calendar_goes_by_keys(session, field, show, idle, qtbot, qapp):
    page = show(CalendarPage(session))
    idle(session)
    month, today = page.month, date.today()
    month.setFocus()
    QTest.keyClick(month, Qt.Key.Key_Right)
    QTest.keyClick(month, Qt.Key.Key_Down)
    assert month.day == today + timedelta(days=8)
    QTest.keyClick(month, Qt.Key.Key_Left)
    QTest.keyClick(month, Qt.Key.Key_Up)
    assert month.day == today
    QTest.keyClick(month, Qt.Key.Key_PageDown)
    assert month.day == month_away(today, 1)
    assert page._name.text() == i18n.month(month.day)
    QTest.keyClick(month, Qt.Key.Key_PageUp)
    QTest.keyClick(month, Qt.Key.Key_PageUp)
    assert month.day == month_away(month_away(today, 1), -2) or month.day.day <= today.day
    QTest.keyClick(month, Qt.Key.Key_T)
    assert month.day == today
    idle(session)
    assert titles(page.days.list)[0].startswith("Task: Call the family")
    page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QTest.keyClick(month, Qt.Key.Key_Left)
    assert month.day == today + timedelta(days=1)


def test_months_away_keep_to_the_last_day():
    assert month_away(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert month_away(date(2024, 3, 31), -13) == date(2023, 2, 28)
    assert month_away(date(2024, 12, 5), 1) == date(2025, 1, 5)


@pytest.mark.parametrize("rtl", [False, True])
def test_a_day_under_the_mouse_is_the_one_that_is_drawn_there(session, show, rtl):
    page = show(CalendarPage(session))
    month = page.month
    if rtl:
        page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    month.go(date(2026, 11, 25))
    first = month.first_shown()
    assert first == date(2026, 10, 26)  # a Monday, in the weeks of Europe and Africa
    corner = QPoint(month.width() - 20 if rtl else 20, 60)
    QTest.mouseClick(month, Qt.MouseButton.LeftButton, pos=corner)
    assert month.day == first


def test_the_calendar_shows_one_kind_and_enter_goes_to_the_day(session, field, show, idle, qtbot):
    page = show(CalendarPage(session))
    page.month.go(date.fromisoformat(day(3)))
    page.kind.set_code("task")
    page.load()
    idle(session)
    assert page.days.days() == []
    page.kind.set_code("hearing")
    page.load()
    idle(session)
    assert [d.what for d in page.days.days()] == ["hearing"]
    page.month.setFocus()
    QTest.keyClick(page.month, Qt.Key.Key_Return)
    assert page.days.list.hasFocus()
    with qtbot.waitSignal(page.opened) as told:
        QTest.keyClick(page.days.list, Qt.Key.Key_Return)
    assert told.args[0].record.id == field.hearing


def test_a_stage_that_this_version_does_not_know_stands_in_the_first_column(
    session, vault, field, show, idle
):
    odd = add(vault, "submission", case=field.case, mechanism="eu_gl", stage="of_tomorrow")
    bare = add(vault, "submission", case=field.case, mechanism="eu_gl")
    page = show(Board(session))
    idle(session)
    ids = {page._id(page.lists[0].item(i)) for i in range(page.lists[0].count())}
    assert {odd, bare, field.draft} <= ids
    assert page._heads[0].text() == str(page.lists[0].count())


def test_the_calendar_says_how_many_and_lists_a_chosen_day(session, vault, field, show, idle):
    for number in range(3):
        add(vault, "task", case=field.case, title=f"Call {number}", due=day(40), status="open")
    page = show(CalendarPage(session))
    page.month.go(date.fromisoformat(day(40)))
    idle(session)
    assert [wording.mark(m) for m in page.month.on(page.month.day)] == ["Task: 3"]
    assert len(page.days.days()) == 3
    assert "3 entries" in page.month.accessibleName()
    page.month.go(date.fromisoformat(day(41)))
    idle(session)
    assert page.days.days() == []


def test_today_counts_all_that_is_overdue_and_says_which_it_lists(
    session, vault, field, show, idle, monkeypatch
):
    monkeypatch.setattr("defenderdesk.ui.calendar.today.MOST", 1)
    page = show(Today(session))
    idle(session)
    assert headings(page.days.list)[0] == "2 overdue, the latest 1 of them:"
    assert "see the calendar" in page._said.text()


def test_the_board_moves_a_submission_and_writes_the_date(session, vault, field, show, idle, qtbot):
    page = show(Board(session))
    idle(session)
    assert [titles(lst)[0].split("\n")[0] for lst in page.lists[:2]] == ["EU GL", "SR HRD"]
    assert "Grace Nakato: arrest" in titles(page.lists[0])[0]
    assert "days late" in titles(page.lists[1])[0]
    page.lists[0].setCurrentRow(0)
    page.lists[0].setFocus()
    QTest.keyClick(page.lists[0], Qt.Key.Key_Right, CONTROL)
    qtbot.waitUntil(lambda: page.lists[1].count() == 2)
    assert vault.get(field.draft).text("stage") == "sent"
    assert vault.get(field.draft).text("sent") == day(0)
    assert page.lists[1].hasFocus()
    assert page._id(page.lists[1].currentItem()) == field.draft  # it goes on from there
    QTest.keyClick(page.lists[1], Qt.Key.Key_Left, CONTROL)
    qtbot.waitUntil(lambda: page.lists[0].count() == 1)
    assert vault.get(field.draft).text("stage") == "draft"
    assert vault.get(field.draft).text("sent") == ""  # stage and date do not contradict each other
    QTest.keyClick(page.lists[0], Qt.Key.Key_Left, CONTROL)  # there is nothing before
    with qtbot.waitSignal(page.opened) as told:
        QTest.keyClick(page.lists[0], Qt.Key.Key_Return)
    assert told.args == [field.case, "submission", field.draft]
    assert session.can_undo()


def test_a_closed_submission_stays_in_sight(session, vault, field, show, idle, qtbot):
    session.save(session, [Edit(field.draft, "stage", "decided")])
    page = show(Board(session))
    idle(session)
    assert not page._closed.isVisible()
    page.lists[3].setCurrentRow(0)
    page.move_on(3, 1)
    idle(session)
    assert page._closed.isVisible()
    assert titles(page.lists[4])[0].startswith("EU GL")
    assert vault.get(field.draft).text("closed") == day(0)


def test_a_long_column_says_how_many_more(session, vault, field, show, idle):
    edits = []
    for _ in range(130):
        record = vault.new_id()
        edits += [
            Edit(record, "kind", "submission"),
            Edit(record, "case", field.case),
            Edit(record, "mechanism", "observatory_ua"),
            Edit(record, "stage", "draft"),
        ]
    vault.save(edits)
    page = show(Board(session))
    idle(session)
    assert page._heads[0].text() == "131"
    assert headings(page.lists[0]) == ["31 more"]


def test_together_shows_who_has_which_case_and_who_has_none(session, vault, field, show, idle, qtbot):
    alone = add(vault, "case", title="Asked of nobody", country="KE", status="open")
    page = show(Together(session))
    page.focus_first()
    idle(session)
    table = page.matrix.table
    rows = {table.item(r, 0).text(): r for r in range(table.rowCount())}
    assert set(rows) == {"Grace Nakato: arrest", "Asked of nobody"}
    assert "1 that nobody has been asked about" in page.matrix._said.text()
    heads = [table.horizontalHeaderItem(c).text() for c in range(table.columnCount())]
    cell = table.item(rows["Grace Nakato: arrest"], heads.index("SR HRD"))
    assert cell.text() in ("no reply in time", "sent")
    with qtbot.waitSignal(page.opened) as told:
        table.setCurrentCell(rows["Grace Nakato: arrest"], heads.index("SR HRD"))
        table.cellActivated.emit(table.currentRow(), table.currentColumn())
    assert told.args == [field.case, "submission", field.sent]
    page.matrix.country.set_code("KE")
    page.matrix.load()
    idle(session)
    assert [table.item(r, 0).data(Qt.ItemDataRole.UserRole).case for r in range(table.rowCount())] == [alone]


def test_the_same_judge_in_two_cases_is_a_pattern(session, vault, field, show, idle, qtbot):
    other = add(vault, "case", title="Nora: charges", country="UG", status="open")
    again = add(vault, "proceeding", case=other, title="State v. Nora", judge="hon. kayizzi")
    page = show(Together(session))
    page.show_view("patterns")
    idle(session)
    assert not page.patterns.list.isVisible()  # no article recurs
    QTest.mouseClick(page.patterns.chips["proceeding.judge"], Qt.MouseButton.LeftButton)
    idle(session)
    idle(session)
    assert titles(page.patterns.list)[0].endswith("in 2 cases")
    assert sorted(t.split("\n")[0] for t in titles(page.patterns.cases)) == [
        "Grace Nakato: arrest",
        "Nora: charges",
    ]
    with qtbot.waitSignal(page.opened) as told:
        press(page.patterns.cases, "Nora")
    assert told.args == [other, "proceeding", again]


def test_the_year_counts_by_mechanism(session, vault, field, show, idle, qtbot):
    page = show(Together(session))
    page.show_view("year")
    idle(session)
    year = page.year
    year.year.set_code(day(-63)[:4])
    year.load()
    idle(session)
    names = {year.table.item(r, 0).text(): r for r in range(year.table.rowCount())}
    row = next(r for name, r in names.items() if "Special Rapporteur" in name)
    assert year.table.item(row, 1).text() == "1"
    assert "Counted on what this device holds" in year._said.text()


def test_emergency_plans_are_two_keys_away_and_send_nothing(main, vault, session, field, idle, qtbot):
    other = add(vault, "case", title="Aaron: threats", country="KE", status="open")
    add(vault, "plan", case=other, title="Aaron", call="His brother")
    main.open_case(field.case)
    idle(session)
    QTest.keyClick(main, Qt.Key.Key_E, CONTROL)
    [dialog] = main.findChildren(Plans)
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    assert titles(dialog.list)[0].startswith("Grace Nakato\n")  # of the open case first
    shown = [w.text() for w in dialog.findChildren(type(dialog._page.itemAt(0).widget()))]
    assert "1. Her sister\n2. The lawyer" in shown
    assert "Do not call her parents." in shown
    buttons = {b.text() for b in dialog.findChildren(QPushButton) if b.isVisible()}
    assert buttons == {"Open in the case", "Close"}
    before = vault.store.reader.execute("SELECT count(*) FROM change_sets").fetchone()
    QTest.keyClicks(dialog.text, "aaron")
    assert titles(dialog.list) == ["Aaron\nAaron: threats"]
    dialog.open_case()
    idle(session)
    assert main.case.case == other
    assert vault.store.reader.execute("SELECT count(*) FROM change_sets").fetchone() == before


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_fits_an_old_laptop(session, vault, field, qapp, show, idle, language):
    i18n.use(language)
    view = show(MainView(session, Preferences(language, "light")), 1024, 700)
    view.sync.stop()
    for page in PAGES:
        view.show_page(page)
        idle(session)
    view.open_record(field.person, "person")
    view.open_record(field.visit, "visit")
    idle(session)
    view.open_case(field.case)
    idle(session)
    least = view.minimumSizeHint()
    assert (least.width() <= 1024, least.height() <= 680) == (True, True), least


def test_a_cut_line_is_whole_in_its_tip(qapp, show):
    made = show(lines("List"), 260, 200)
    made.addItem("Short\nbelow")
    made.addItem("Short\n" + "a second line that is far too long for the list " * 2)
    painted = made.itemDelegate()
    cut = [
        painted.is_cut(made, made.visualItemRect(made.item(i)), made.indexFromItem(made.item(i)))
        for i in range(2)
    ]
    assert cut == [False, True]


def test_a_list_reads_from_its_side_whatever_the_language(qapp, show):
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    assert side(False) == left | Qt.AlignmentFlag.AlignAbsolute
    assert side(True) == right | Qt.AlignmentFlag.AlignAbsolute


def test_the_calendar_gives_a_file_for_a_telephone(session, field, show, idle, tmp_path, monkeypatch):
    page = show(CalendarPage(session))
    idle(session)
    dialog = show(GiveCalendar(session, page))
    written = tmp_path / "calendar.ics"
    monkeypatch.setattr("defenderdesk.ui.calendar.give.Picker.ask", lambda *_: written)
    dialog._save.click()
    idle(session)
    text = written.read_text(encoding="utf-8")
    assert "SUMMARY:Hearing · Uganda" in text and "Nakato" not in text
    assert any("Saved: " in said.text() for said in dialog.notice.findChildren(QLabel))
    dialog.discreet.setChecked(True)
    dialog._save.click()
    idle(session)
    text = written.read_text(encoding="utf-8")
    assert "SUMMARY:Appointment" in text and "Hearing" not in text and "Uganda" not in text
    monkeypatch.setattr(
        "defenderdesk.ui.calendar.give.Picker.ask", lambda *_: session.vault.profile / "calendar.ics"
    )
    dialog._save.click()
    idle(session)
    assert not (session.vault.profile / "calendar.ics").exists() and dialog._save.isEnabled()


def test_a_hearing_on_a_public_holiday_says_so_before_it_is_cut(session, vault, field, show, idle):
    add(vault, "hearing", case=field.case, date="2030-12-25", time="09:30", purpose="Verdict")
    page = show(CalendarPage(session))
    page.month.go(date(2030, 12, 25))
    idle(session)
    idle(session)
    [line] = titles(page.days.list)
    assert line.split("\n")[1].startswith("25 Dec 2030 09:30 · public holiday there: Christmas Day")
