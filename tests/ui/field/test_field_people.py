"""Persons and organisations, and country visits: found, made, edited, merged, deleted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.people.page import MergeDialog, People
from defenderdesk.ui.people.visits import Visits
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Edit
from defenderdesk.vault.types import Change
from tests.ui.field_world import add, day

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def people(session, field, show, idle):
    holder = show(QWidget())
    made = People(session, Toast(holder))
    made.setParent(holder)
    made.resize(1080, 720)
    made.show()
    idle(session)
    return made


@pytest.fixture
def visits(session, field, show, idle):
    holder = show(QWidget())
    made = Visits(session, Toast(holder))
    made.setParent(holder)
    made.resize(1080, 720)
    made.show()
    idle(session)
    idle(session)
    return made


def titles(lst):
    return [lst.item(i).text() for i in range(lst.count())]


def names(lst):
    return [title.split("\n")[0] for title in titles(lst)]


def test_a_person_is_found_by_a_part_and_in_another_spelling(people, vault, session, qtbot):
    add(vault, "person", name="Mohammed al-Tajer")
    add(vault, "organisation", name="Great Lakes Lawyers", acronym="GLL")
    people.text.setFocus()
    QTest.keyClicks(people.text, "muhamad")
    qtbot.waitUntil(lambda: names(people.list) == ["Mohammed al-Tajer"])
    people.text.clear()
    people.kind.set_code("organisation")
    people._turn()
    qtbot.waitUntil(lambda: names(people.list) == ["Great Lakes Lawyers"])


def test_a_person_is_opened_with_the_cases_that_name_them(people, session, field, idle, qtbot):
    people.list.setFocus()
    people.list.setCurrentRow(0)
    idle(session)
    assert people.whole.title.whole() == "Grace Nakato"
    people.whole.show_part("where")
    where = people.whole._pages["where"]
    assert names(where.list) == ["Grace Nakato: arrest"]
    with qtbot.waitSignal(people.case_opened) as told:
        where.list.setCurrentRow(0)
        where.list.setFocus()
        QTest.keyClick(where.list, Qt.Key.Key_Return)
    assert told.args == [field.case, "involvement", field.inv]


def test_a_person_is_made_once_and_edited(people, vault, session, idle, qtbot):
    QTest.keyClicks(people.text, "Aaron Okello")
    QTest.keyClick(people.text, Qt.Key.Key_Return, CONTROL)
    people.add()  # pressed twice
    idle(session)
    idle(session)
    made = [p.record for p in vault.views.named("Aaron Okello")]
    assert len(made) == 1
    assert people.whole.shown == made[0].id
    assert people.list.currentItem().data(Qt.ItemDataRole.UserRole)[0] == made[0].id
    assert people.whole.form.editors["name"].line.hasFocus()
    QTest.keyClicks(people.whole.form.editors["contact"].page, "Through his sister")
    assert people.leave()
    idle(session)
    assert vault.get(made[0].id).text("contact") == "Through his sister"


def test_two_records_of_one_person_are_merged_and_taken_apart(people, vault, session, field, idle, qtbot):
    other = add(vault, "person", name="Grace Nakatto", contact="Her brother")
    people.open(field.person, "person")
    idle(session)
    people.ask_merge()
    [dialog] = people.findChildren(MergeDialog)
    assert not dialog._go.isEnabled()
    QTest.keyClicks(dialog.other.line, "nakatto")
    qtbot.waitUntil(lambda: dialog.other.listing)
    assert titles(dialog.other.results)[0].startswith("Grace Nakatto")
    QTest.keyClick(dialog.other.line, Qt.Key.Key_Return)
    dialog.merge()
    idle(session)
    idle(session)
    assert vault.get(other).text("merged_into") == field.person
    assert vault.get(field.person).text("contact") == "Her brother"
    assert vault.get(field.person).sets["other_names"] == ["Grace Nakatto"]
    assert names(people.list) == ["Grace Nakato"]
    where = people.whole._pages["where"].list
    gone = next(where.item(i) for i in range(where.count()) if "Merged into" in where.item(i).text())
    people.whole._pages["where"]._open(gone)  # what was merged can still be looked at
    idle(session)
    idle(session)
    assert people.whole.shown == other
    assert people.notice.message == "Merged into Grace Nakato."
    assert not people._merge.isEnabled()
    people._toast._pressed()
    idle(session)
    idle(session)
    assert not vault.get(other).text("merged_into")
    assert vault.get(field.person).text("contact") == ""
    assert sorted(names(people.list)) == ["Grace Nakato", "Grace Nakatto"]


def test_deleting_an_address_leaves_the_person_and_deleting_the_person_can_be_undone(
    people, vault, session, field, idle
):
    address = add(vault, "address", person=field.person, phone="+256 1")
    people.open(field.person, "person")
    idle(session)
    people.whole.show_part("address")
    people.whole.sections["address"].remove()
    idle(session)
    assert vault.get(address).deleted
    assert people.whole is not None
    assert people.whole.shown == field.person
    people.whole.remove()
    people.whole.remove()  # pressed twice
    idle(session)
    idle(session)
    assert vault.get(field.person).deleted
    assert people.whole is None
    assert not people._merge.isEnabled()
    assert people.notice.message == ""
    people._toast._pressed()
    idle(session)
    assert not vault.get(field.person).deleted
    assert names(people.list) == ["Grace Nakato"]


def test_a_link_to_somebody_whom_a_colleague_deleted_says_so(session, vault, field, show, idle):
    view = show(MainView(session, Preferences("en", "light")))
    view.sync.stop()
    vault.save([Edit(field.person, "deleted", True)])
    view.open_linked(field.person)
    idle(session)
    idle(session)
    people = view.page("people")
    assert people.whole is None
    assert people.notice.message == "Deleted: Grace Nakato"


def test_what_cannot_be_saved_keeps_the_person_in_sight(people, vault, session, field, idle):
    other = add(vault, "person", name="Zawadi")
    people.load()
    people.open(field.person, "person")
    idle(session)
    line = people.whole.form.editors["born"].dates.line
    QTest.keyClicks(line, "31/31/2001")
    people.list.setCurrentRow(names(people.list).index("Zawadi"))
    idle(session)
    assert people.whole.shown == field.person
    assert people.list.currentItem().text().startswith("Grace Nakato")
    line.selectAll()
    QTest.keyClicks(line, "1991")
    people.list.setCurrentRow(names(people.list).index("Zawadi"))
    idle(session)
    assert people.whole.shown == other
    assert vault.get(field.person).text("born") == "1991"


def test_the_news_of_the_one_left_does_not_bring_them_back(people, vault, session, field, idle):
    other = add(vault, "person", name="Zawadi")
    people.load()
    people.open(field.person, "person")
    idle(session)
    people.open(other, "person")
    session.changed.emit(Change(frozenset({"person"}), frozenset({field.person}), None))
    idle(session)
    idle(session)
    assert people.whole.shown == other
    assert people.whole.record.id == other


# -- visits ----------------------------------------------------------------------------------------


def test_a_visit_is_prepared(visits, vault, session, field, idle, qtbot):
    visits.add()
    visits.add()  # pressed twice
    idle(session)
    idle(session)
    assert len(vault.views.newest("visit", 10)) == 2
    assert visits.whole.form.editors["title"].line.hasFocus()
    QTest.keyClicks(visits.whole.form.editors["title"].line, "Return to Uganda")
    visits.whole.form.editors["country"].show_value("UG")
    visits.whole.form.fill_in({"country": "UG"})
    assert visits.leave()
    idle(session)
    idle(session)
    made = vault.get(visits.whole.shown)
    assert (made.text("title"), made.text("country")) == ("Return to Uganda", "UG")
    assert visits.list.currentItem().text().startswith("Return to Uganda")


def test_a_case_is_raised_once_from_what_was_before(visits, vault, session, field, idle, qtbot):
    before = add(vault, "visit", title="Mission of last year", country="UG")
    promise = add(vault, "obligation", visit=before, text="Drop the charges", status="not_started")
    visits.open(field.visit, "earlier")
    idle(session)
    idle(session)
    earlier = visits.earlier
    assert names(earlier.promises) == ["Drop the charges"]
    with qtbot.waitSignal(visits.record_opened) as told:
        earlier.promises.setCurrentRow(0)
        earlier.promises.setFocus()
        QTest.keyClick(earlier.promises, Qt.Key.Key_Return)
    assert told.args == [promise]
    assert names(earlier.cases) == ["Grace Nakato: arrest"]
    earlier.cases.setCurrentRow(0)
    earlier.cases.setFocus()
    QTest.keyClick(earlier.cases, Qt.Key.Key_Return)
    earlier.raise_case()  # pressed twice
    idle(session)
    idle(session)
    [raised] = vault.children(field.visit, "raised")
    assert raised.text("about") == field.case
    assert titles(earlier.cases) == ["Grace Nakato: arrest\nnot asked: Grace Nakato · to be raised"]
    assert visits.whole.tabs["raised"].text().endswith("(1)")


def test_the_programme_and_the_notes_of_a_visit(visits, vault, session, field, idle):
    visits.open(field.visit, "meeting")
    idle(session)
    section = visits.whole.sections["meeting"]
    section.add()
    section.form.fill_in({"with_whom": "Minister of Justice", "time": "10:00"})
    idle(session)
    [meeting] = vault.children(field.visit, "meeting")
    assert (meeting.text("with_whom"), meeting.text("time"), meeting.text("status")) == (
        "Minister of Justice",
        "10:00",
        "planned",
    )
    visits.whole.show_part("note")
    notes = visits.whole.sections["note"]
    notes.add()
    QTest.keyClicks(notes.form.editors["text"].page, "He promised an answer.")
    assert visits.leave()
    idle(session)
    [note] = vault.children(field.visit, "note")
    assert note.text("text") == "He promised an answer."
    section.choose(meeting.id)
    visits.whole.show_part("meeting")
    section.remove()
    idle(session)
    idle(session)
    assert vault.get(meeting.id).deleted
    assert visits._right.currentWidget() is visits.whole  # the visit itself stays
    visits.whole.remove()
    idle(session)
    idle(session)
    assert vault.get(field.visit).deleted
    assert visits._right.currentIndex() == 0


def test_a_visit_shows_who_said_no_before_a_case_is_raised(visits, vault, session, field, idle):
    visits.open(field.visit, "earlier")
    idle(session)
    idle(session)
    item = visits.earlier.cases.item(0)
    assert "not asked: Grace Nakato" in item.text()
    add(
        vault, "consent", case=field.case, person=field.inv, uses=["country_visit"], answer="no", date=day(-1)
    )
    add(vault, "raised", visit=field.visit, about=field.case, consent=True)
    add(vault, "meeting", visit=field.visit, person=field.person, meeting_type="defender")
    visits.open(field.visit, "checks")
    idle(session)
    idle(session)
    assert "said no: Grace Nakato" in visits.earlier.cases.item(0).text()
    shown = [visits.checks.list.item(i).text() for i in range(visits.checks.list.count())]
    assert shown[0] == "Cases to raise" and "said no: Grace Nakato" in shown[1]
    assert shown[2] == "Meetings" and shown[3].endswith("the risk of the meeting is not checked")
    asked = []
    visits.record_opened.connect(asked.append)
    visits.checks.list.itemActivated.emit(visits.checks.list.item(3))
    assert vault.get(asked[0]).kind == "meeting"
