"""A case whole: links, groups of fields, what is withheld, quick entry."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from defenderdesk.domain.kinds import KINDS, WITHHELD
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.parts import combo
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.records.editors import FlagEditor, TimeEditor, editor_for
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Edit
from defenderdesk.vault.types import Change
from tests.ui.field_world import add, day

CONTROL = Qt.KeyboardModifier.ControlModifier
ARABIC = "محمد بن عبد الله " * 12


@pytest.fixture
def view(session, field, show, idle):
    holder = show(QWidget())
    made = CaseView(session, field.case, Toast(holder))
    made.setParent(holder)
    made.resize(1080, 760)
    made.show()
    idle(session)
    idle(session)
    return made


def open_section(view, idle, session, name, record=""):
    view.show_section(name, record)
    idle(session)
    return view.sections[name]


def said_in(widget):
    return [w.text() for w in widget.findChildren(QLabel) if w.isVisibleTo(widget)]


def type_name(linker, typed, qtbot):
    linker.line.setFocus()
    QTest.keyClicks(linker.line, typed)
    qtbot.waitUntil(lambda: linker.listing and not linker._stale)


# -- links -----------------------------------------------------------------------------------------


def test_a_known_person_is_linked_by_typing_and_opened_from_the_chip(
    view, vault, session, field, idle, qtbot
):
    known = add(vault, "person", name="Zawadi Mwangi")
    section = open_section(view, idle, session, "involvement", field.inv)
    linker = section.form.editors["person"].linker
    assert linker.values == [field.person]
    linker.setFocus()
    assert QApplication.focusWidget() is linker._chips[0]
    QTest.keyClick(linker._chips[0], Qt.Key.Key_Backspace)
    assert linker.values == []
    assert linker.line.hasFocus()
    type_name(linker, "zawad", qtbot)
    QTest.keyClick(linker.line, Qt.Key.Key_Return)
    assert linker.values == [known]
    qtbot.waitUntil(lambda: vault.get(field.inv).text("person") == known)
    idle(session)
    assert linker._chips[0].text() == "Zawadi Mwangi"  # there is room: nothing is cut
    with qtbot.waitSignal(view.opened) as told:
        QTest.keyClick(linker._chips[0], Qt.Key.Key_Space)
    assert told.args == [known]


def test_a_new_person_is_made_from_their_name(view, vault, session, field, idle, qtbot):
    section = open_section(view, idle, session, "involvement", field.inv)
    linker = section.form.editors["person"].linker
    linker.remove(field.person)
    type_name(linker, "Aaron Okello", qtbot)
    assert linker.results.item(0).text().startswith("New: Aaron Okello")
    QTest.keyClick(linker.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(linker.values))
    made = linker.values[0]
    qtbot.waitUntil(lambda: vault.get(field.inv).text("person") == made)
    assert vault.get(made).text("name") == "Aaron Okello"
    assert vault.get(made).kind == "person"


def test_enter_takes_what_was_typed_not_what_the_list_showed_before(view, vault, session, field, idle, qtbot):
    add(vault, "person", name="Gregory Ssali")
    section = open_section(view, idle, session, "involvement", field.inv)
    linker = section.form.editors["person"].linker
    linker.remove(field.person)
    type_name(linker, "gr", qtbot)
    assert linker.results.item(0).text().startswith("Grace Nakato")
    QTest.keyClicks(linker.line, "egory")
    QTest.keyClick(linker.line, Qt.Key.Key_Return)  # before the list is read anew
    qtbot.waitUntil(lambda: bool(linker.values))
    assert vault.get(linker.values[0]).text("name") == "Gregory Ssali"


def test_a_name_that_is_only_typed_is_marked(view, session, field, idle, qtbot):
    section = open_section(view, idle, session, "involvement", field.inv)
    linker = section.form.editors["person"].linker
    linker.remove(field.person)
    type_name(linker, "Somebody", qtbot)
    section.form.editors["name"].setFocus()
    assert linker.line.property("problem") is True
    assert "not saved" in linker.line.toolTip()
    assert not linker.listing


def test_a_name_of_two_hundred_letters_is_cut_and_whole_in_its_tip(view, vault, session, field, idle, qtbot):
    long = add(vault, "person", name=ARABIC.strip())
    section = open_section(view, idle, session, "involvement", field.inv)
    section.form.fill_in({"person": long})
    idle(session)
    idle(session)
    chip = section.form.editors["person"].linker._chips[0]
    qtbot.waitUntil(lambda: chip is not section.form.editors["person"].linker._chips[0] or "…" in chip.text())
    chip = section.form.editors["person"].linker._chips[0]
    assert chip.text().endswith("…")
    assert ARABIC.strip() in chip.toolTip()
    for area in section.findChildren(QScrollArea):
        assert area.widget().width() <= area.viewport().width()


def test_the_forms_fit_an_old_laptop(session, vault, field, show, idle):
    main = show(MainView(session, Preferences("en", "light")), 1024, 700)
    main.sync.stop()
    main.open_case(field.case)
    idle(session)
    for kind in ("hearing", "event", "involvement", "proceeding", "advice", "plan", "case"):
        main.case.show_section(kind)
        idle(session)
        QApplication.processEvents()
        shown = main.case.stack.currentWidget()
        areas = [shown] if isinstance(shown, QScrollArea) else shown.findChildren(QScrollArea)
        for area in areas:
            assert area.widget().width() <= area.viewport().width(), kind


# -- forms -----------------------------------------------------------------------------------------


def test_a_heading_of_a_form_opens_when_something_stands_below_it(view, vault, session, field, idle):
    section = open_section(view, idle, session, "submission", field.draft)
    groups = section.form.groups
    assert "decided" not in groups.cells
    head = groups.heads[KINDS["submission"].field("decided").group]
    assert not head.isChecked()
    session.save(view, [Edit(field.draft, "decided", "2026-01-05")])
    idle(session)
    idle(session)
    assert groups.cells["decided"].isVisibleTo(section)
    assert groups.cells["decided"].editor.value() == "2026-01-05"
    assert head.isChecked()
    head.setFocus()
    QTest.keyClick(head, Qt.Key.Key_Space)
    assert not groups.cells["decided"].isVisibleTo(section)
    section.choose(field.sent)
    assert not head.isChecked()


def test_fields_stand_side_by_side_only_where_there_is_room(view, session, field, idle, qtbot):
    grid = view.overview.groups._bodies[""]
    cells = view.overview.groups.cells
    assert cells["reference"].y() == cells["country"].y()
    grid.arrange(1)
    grid._grid.activate()
    assert cells["country"].y() > cells["reference"].y()
    grid.arrange(2)
    grid._grid.activate()
    assert cells["reference"].y() == cells["country"].y()


def test_a_time_is_read_generously(view, vault, session, field, idle, qtbot):
    section = open_section(view, idle, session, "hearing", field.hearing)
    editor = section.form.editors["time"]
    assert isinstance(editor, TimeEditor)
    QTest.keyClicks(editor.line, "9h30")
    assert section.form.leave()
    qtbot.waitUntil(lambda: vault.get(field.hearing).text("time") == "09:30")
    idle(session)
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "25:10")
    assert not section.form.leave()
    assert section.form.groups.cells["time"].said.isVisibleTo(section)
    assert vault.get(field.hearing).text("time") == "09:30"


def test_yes_no_and_not_said_are_three(qapp):
    flag = next(f for kind in KINDS.values() for f in kind.fields if f.name == "legal_hold")
    editor = editor_for(flag)
    assert isinstance(editor, FlagEditor)
    assert editor.value() is None
    told = []
    editor.edited.connect(lambda: told.append(editor.value()))
    editor.choice.fill()
    for typed, value in (("yes", True), ("no", False), ("", None)):
        editor.choice.line.setText(typed)
        editor.choice._settle()
        assert editor.value() is value
    assert told == [True, False, None]
    editor.choice.line.setText("perhaps")
    editor.choice._settle()
    assert editor.problem()


def test_a_field_is_marked_as_not_to_be_shared(view, vault, session, field, idle, qtbot):
    line = view.overview.editors["summary"].page
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_H, CONTROL)
    qtbot.waitUntil(lambda: "summary" in vault.get(field.case).sets.get(WITHHELD, []))
    idle(session)
    cell = view.overview.groups.cells["summary"]
    view.overview.editors["title"].setFocus()
    assert cell.secret.isVisible()
    assert cell.secret.toolTip().startswith("Not to be shared")
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_H, CONTROL)
    qtbot.waitUntil(lambda: "summary" not in vault.get(field.case).sets.get(WITHHELD, []))
    idle(session)
    view.overview.editors["title"].setFocus()
    assert not cell.secret.isVisible()


def test_a_chosen_link_can_be_marked_as_well(view, vault, session, field, idle, qtbot):
    section = open_section(view, idle, session, "involvement", field.inv)
    linker = section.form.editors["person"].linker
    linker.setFocus()
    QTest.keyClick(linker._chips[0], Qt.Key.Key_H, CONTROL)
    qtbot.waitUntil(lambda: "person" in vault.get(field.inv).sets.get(WITHHELD, []))


def test_a_record_that_is_made_elsewhere_appears_in_the_open_case(view, vault, session, field, idle):
    before = len(view._loaded.children.get("task", []))
    session.save(
        session,
        [
            Edit(made := vault.new_id(), "kind", "task"),
            Edit(made, "case", field.case),
            Edit(made, "title", "Elsewhere"),
        ],
    )
    idle(session)
    found = [record.id for record in view._loaded.children["task"]]
    assert made in found and len(found) == before + 1


def test_a_toast_with_a_long_title_stays_within_the_window(show, qapp):
    over = show(QWidget())
    over.resize(640, 400)
    toast = Toast(over)
    toast.say("Deleted: " + "a very long title of a case " * 20, "Undo", lambda: None)
    qapp.processEvents()
    assert over.rect().contains(toast.geometry())
    assert toast._words.height() > 2 * toast._words.fontMetrics().height()
    toast.say("Deleted: Nora", "Undo", lambda: None)
    qapp.processEvents()
    assert toast._words.height() < 2 * toast._words.fontMetrics().height()


def test_a_cut_choice_is_whole_in_its_tip_and_a_long_chip_is_cut(show, qapp, monkeypatch):
    told = []
    monkeypatch.setattr(combo.QToolTip, "showText", lambda point, said, *rest: told.append(said))
    name = "Declaration on the right and responsibility of individuals, groups and organs"
    chosen = show(combo.Choice(lambda: [("a", name)], lambda code: name))
    chosen.resize(140, chosen.height())
    chosen.set_code("a")
    point = chosen.rect().center()
    tip = QHelpEvent(QEvent.Type.ToolTip, point, chosen.mapToGlobal(point))
    qapp.sendEvent(chosen, tip)
    assert told == [name]
    chips = show(combo.Chips(lambda: [("a", name)], lambda code: name))
    chips.set_values(["a"])
    [chip] = [b for b in chips.findChildren(QPushButton) if b.property("look") == "chip"]
    assert chip.text().startswith(name[:40]) and "…" in chip.text()
    assert name in chip.toolTip()


def test_news_does_not_take_what_is_being_typed(view, vault, session, field, idle, qtbot):
    section = open_section(view, idle, session, "event", field.event)
    page = section.form.editors["description"].page
    page.selectAll()
    QTest.keyClicks(page, "What I am writing")
    session.tell(vault.save([Edit(field.event, "description", "Theirs"), Edit(field.event, "place", "Gulu")]))
    qtbot.waitUntil(lambda: section.form.editors["place"].line.text() == "Gulu")
    assert page.toPlainText() == "What I am writing"
    section.form.leave()
    qtbot.waitUntil(lambda: vault.get(field.event).text("description") == "What I am writing")


# -- quick entry -----------------------------------------------------------------------------------


def test_quick_entry_knows_the_person_and_asks_the_questions(session, vault, field, show, idle, qtbot):
    dialog = show(QuickEntry(session), 960, 660)
    name = dialog.editors["involvement", "name"].line
    name.setFocus()
    QTest.keyClicks(name, "nakat")
    qtbot.waitUntil(dialog.known.isVisible)
    [use] = [w for w in dialog.known.findChildren(QWidget) if w.property("look") == "chip"]
    assert "Grace Nakato" in use.whole()
    use.setFocus()
    QTest.keyClick(use, Qt.Key.Key_Space)
    assert name.text() == "Grace Nakato"
    dialog.editors["event", "acts"].chips._add("arbitrary_arrest")
    qtbot.waitUntil(dialog.asked.isVisible)
    assert len(said_in(dialog.asked)) > 1
    with qtbot.waitSignal(dialog.recorded) as told:
        QTest.keyClick(dialog, Qt.Key.Key_Return, CONTROL)
    idle(session)
    [inv] = vault.children(told.args[0], "involvement")
    assert inv.text("person") == field.person
    assert len(vault.views.newest("person", 10)) == 1


def test_the_timeline_tells_what_was_raised_on_a_visit_and_leads_there(view, vault, field, session, idle):
    raised = add(vault, "raised", visit=field.visit, about=field.case, date=day(-3), with_whom="Minister")
    session.tell(Change(frozenset({"raised"}), frozenset({raised}), None))
    view.show_section("timeline")
    idle(session)
    idle(session)
    page = view._pages["timeline"].list
    lines = [page.item(i) for i in range(page.count())]
    [line] = [item for item in lines if "Minister" in item.text()]
    asked = []
    view.opened.connect(asked.append)
    page.itemActivated.emit(line)
    assert asked == [raised]
    shown = view.stack.currentWidget()
    [hearing] = [item for item in lines if "Hearing" in item.text()][:1]
    page.itemActivated.emit(hearing)
    assert view.stack.currentWidget() is not shown and asked == [raised]


def test_a_form_says_which_date_contradicts_another_and_saves_it(view, vault, field, session, idle):
    measure = add(vault, "measure", case=field.case, asked="2026-03-01")
    session.tell(Change(frozenset({"measure"}), frozenset({measure}), None))
    idle(session)
    form = open_section(view, idle, session, "measure", measure).form
    cell = form.groups.cells["granted"]
    assert not cell.doubt.isVisibleTo(form)
    form.fill_in({"granted": "2026-02-01"})
    idle(session)
    assert cell.doubt.isVisibleTo(form) and "lies before “Asked on”" in cell.doubt.text()
    assert vault.get(measure).text("granted") == "2026-02-01" and form.state == "saved"
    form.fill_in({"asked": "2026-01-15"})
    idle(session)
    assert not cell.doubt.isVisibleTo(form)


def test_a_form_shows_what_came_in_and_cannot_be_so(view, vault, field, session, idle):
    hearing = add(vault, "hearing", case=field.case, date=day(3), time="25:00")
    session.tell(Change(frozenset({"hearing"}), frozenset({hearing}), None))
    idle(session)
    form = open_section(view, idle, session, "hearing", hearing).form
    assert "25:00 is not a time of day" in form.groups.cells["time"].doubt.text()
    form.fill_in({"time": "9h30"})
    idle(session)
    assert vault.get(hearing).text("time") == "09:30"
    assert not form.groups.cells["time"].doubt.isVisibleTo(form)
    form.editors["time_zone"].line.setText("Kampala")
    form._edited("time_zone")
    form.flush()
    assert "no time zone" in form.groups.cells["time_zone"].said.text() and form.state == "problem"


def test_a_number_out_of_its_range_is_not_saved(qtbot):
    editor = editor_for(KINDS["rule"].field("window_days"))
    qtbot.addWidget(editor)
    for typed, fine in (("0", False), ("7", True), ("367", False), ("x", False), ("", True)):
        editor.line.setText(typed)
        assert (editor.problem() == "") is fine, typed
