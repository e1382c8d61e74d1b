"""One case: it saves itself, undoes, shows news; quick entry; the sections."""

from __future__ import annotations

import time

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from defenderdesk.domain.kinds import KINDS
from defenderdesk.errors import StorageError
from defenderdesk.ui.cases.files import viewer_of
from defenderdesk.ui.cases.quick import QuickEntry, innermost
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.records.editors import editor_for
from defenderdesk.vault import CaseFilter, Edit


@pytest.fixture
def view(session, samples, show, idle):
    holder = show(QWidget())
    made = CaseView(session, samples[0], Toast(holder))
    made.setParent(holder)
    made.resize(1080, 760)
    made.show()
    idle(session)
    assert made._loaded
    return made


def test_what_is_typed_saves_itself_after_a_pause(view, session, vault, qtbot):
    line = view.overview.editors["title"].line
    line.selectAll()
    QTest.keyClicks(line, "Another title")
    assert view.saved.text() == "Editing…"
    assert vault.get(view.case).text("title") != "Another title"
    qtbot.waitUntil(lambda: view.saved.text() == "Saved", timeout=4000)
    assert vault.get(view.case).text("title") == "Another title"
    qtbot.waitUntil(lambda: view.title.whole() == "Another title", timeout=4000)


def test_leaving_a_field_saves_at_once(view, vault, qtbot):
    line = view.overview.editors["reference"].line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "R-1")
    view.overview._timer.stop()
    view.overview.editors["title"].line.setFocus()
    qtbot.waitUntil(lambda: vault.get(view.case).text("reference") == "R-1", timeout=3000)


def test_undo_takes_back_the_last_save_and_redo_brings_it_again(view, session, vault, qtbot):
    before = vault.get(view.case).text("reference")
    line = view.overview.editors["reference"].line
    line.selectAll()
    QTest.keyClicks(line, "X")
    qtbot.waitUntil(lambda: view.saved.text() == "Saved" and session.can_undo(), timeout=4000)
    session.undo(view)
    qtbot.waitUntil(lambda: line.text() == before, timeout=4000)
    assert vault.get(view.case).text("reference") == before
    session.redo(view)
    qtbot.waitUntil(lambda: line.text() == "X", timeout=4000)


def test_sets_are_changed_value_by_value(view, vault, qtbot):
    chips = view.overview.editors["profiles"].chips
    before = chips.values
    chips.entry.fill()
    chips.entry.line.setText("Lawyer")
    chips.entry._settle()
    assert "lawyer" in chips.values
    qtbot.waitUntil(lambda: "lawyer" in vault.get(view.case).sets.get("profiles", []), timeout=4000)
    QTest.keyClick(chips.entry.line, Qt.Key.Key_Backspace)
    qtbot.waitUntil(
        lambda: sorted(vault.get(view.case).sets.get("profiles", [])) == sorted(before),
        timeout=4000,
    )


def test_news_from_elsewhere_is_shown_but_not_over_what_is_being_typed(view, session, vault, qtbot):
    line = view.overview.editors["title"].line
    line.selectAll()
    QTest.keyClicks(line, "Mine")
    change = vault.save([Edit(view.case, "title", "Theirs"), Edit(view.case, "reference", "THEIR-REF")])
    session.tell(change)
    qtbot.waitUntil(lambda: view.overview.editors["reference"].line.text() == "THEIR-REF", timeout=4000)
    assert line.text() == "Mine"
    qtbot.waitUntil(lambda: view.saved.text() == "Saved", timeout=4000)
    assert vault.get(view.case).text("title") == "Mine"


def test_a_failed_save_is_told_kept_and_tried_again(view, session, vault, qtbot, monkeypatch):
    real = vault.save
    full = {"disk": True}

    def save(edits, desk=None):
        if full["disk"]:
            raise StorageError(what="the disk is full")
        return real(edits, desk)

    monkeypatch.setattr(vault, "save", save)
    monkeypatch.setattr("defenderdesk.ui.records.form.RETRY", 50)
    line = view.overview.editors["reference"].line
    line.selectAll()
    QTest.keyClicks(line, "KEEP-ME")
    view.flush()
    qtbot.waitUntil(lambda: view.saved.text().startswith("Not saved"), timeout=4000)
    assert "the disk is full" in view.notice.message
    full["disk"] = False
    qtbot.waitUntil(lambda: view.saved.text() == "Saved", timeout=4000)
    assert vault.get(view.case).text("reference") == "KEEP-ME"


@pytest.mark.parametrize("leaving", ["another event", "the case"])
def test_what_could_not_be_saved_is_kept_when_the_person_goes_elsewhere(
    view, session, vault, qtbot, monkeypatch, idle, leaving
):
    view.show_section("event")
    section = view.sections["event"]
    first = section.form.record
    real, full = vault.save, {"disk": True}

    def save(edits, desk=None):
        if full["disk"]:
            raise StorageError(what="the disk is full")
        return real(edits, desk)

    monkeypatch.setattr(vault, "save", save)
    session._again.setInterval(30)
    line = section.form.editors["place"].line
    line.selectAll()
    QTest.keyClicks(line, "KEPT PLACE")
    section.form.flush()
    if leaving == "another event":
        section.list.setCurrentRow(1)
    else:
        shiboken6.delete(view)
    qtbot.waitUntil(lambda: session.kept == 1, timeout=4000)
    full["disk"] = False
    qtbot.waitUntil(lambda: session.kept == 0, timeout=4000)
    assert vault.get(first).text("place") == "KEPT PLACE"


def test_an_event_is_added_edited_deleted_and_brought_back(view, session, vault, qtbot, idle):
    view.show_section("event")
    section = view.sections["event"]
    before = len(vault.children(view.case, "event"))
    section.add()
    date = section.form.editors["date"].dates.line
    QTest.keyClicks(date, "5/12/2023")
    QTest.keyClicks(section.form.editors["description"].page, "They came at night.")
    section.form.leave()
    qtbot.waitUntil(lambda: len(vault.children(view.case, "event")) == before + 1, timeout=4000)
    idle(session)
    made = vault.get(section.form.record)
    assert made.text("date") == "2023-12-05"
    section.remove()
    qtbot.waitUntil(lambda: len(vault.children(view.case, "event")) == before, timeout=4000)
    idle(session)
    session.undo(view)
    qtbot.waitUntil(lambda: len(vault.children(view.case, "event")) == before + 1, timeout=4000)


def test_a_date_that_is_none_is_not_saved_and_says_why(view, vault, idle, session):
    view.show_section("event")
    section = view.sections["event"]
    editor = section.form.editors["date"]
    before = vault.get(section.form.record).text("date")
    editor.dates.line.selectAll()
    QTest.keyClicks(editor.dates.line, "2024-13-45")
    assert not section.form.leave()
    editor.dates.line.editingFinished.emit()
    assert "not a date" in editor.dates._said.text()
    idle(session)
    assert vault.get(section.form.record).text("date") == before


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2023", "2023"),
        ("2023-12", "2023-12"),
        ("~2023", "~2023"),
        ("<2023-12-05", "<2023-12-05"),
        ("5.12.2023", "2023-12-05"),
        ("12/2023", "2023-12"),
        ("2023-2-30", None),
        ("soon", None),
    ],
)
def test_dates_are_read_generously_and_stored_one_way(qapp, typed, stored):
    editor = editor_for(KINDS["event"].field("date"))
    editor.dates.line.setText(typed)
    assert editor.dates.value() == stored


def test_quick_entry_writes_one_change_set_by_keyboard_alone(session, vault, show, qtbot, idle):
    dialog = show(QuickEntry(session), 960, 660)
    began = time.monotonic()
    keys = {
        ("involvement", "name"): "Grace Nakato",
        ("involvement", "role"): "lawyer",
        ("involvement", "organisation"): "Legal Aid",
        ("event", "date"): "yesterday",
        ("event", "place"): "Kampala",
        ("event", "acts"): "arbitrary arr",
        ("event", "description"): "Taken from her office.",
        ("event", "perpetrators"): "police",
        ("case", "title"): "",
        ("case", "country"): "Uganda",
        ("case", "priority"): "high",
        ("source", "name"): "Her brother",
    }
    innermost(dialog.editors["involvement", "name"]).setFocus()
    for (kind, name), typed in keys.items():
        focused = QApplication.focusWidget()
        assert focused is innermost(dialog.editors[kind, name]), f"Tab missed {kind}.{name}"
        QTest.keyClicks(focused, typed)
        # an open list of suggestions gets the keys, as it does from a real keyboard
        QTest.keyClick(QApplication.activePopupWidget() or focused, Qt.Key.Key_Tab)
    with qtbot.waitSignal(dialog.recorded, timeout=5000) as told:
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert time.monotonic() - began < 10
    idle(session)
    case = vault.get(told.args[0])
    assert case.text("title").startswith("Grace Nakato: ")
    assert case.fields["country"] == "UG"
    assert case.fields["priority"] == "high"
    event = vault.children(case.id, "event")[0]
    assert event.sets["acts"] == ["arbitrary_arrest"]
    assert event.sets["perpetrators"] == ["police"]
    assert vault.children(case.id, "involvement")[0].fields["role"] == "lawyer"
    assert vault.children(case.id, "source")[0].fields["name"] == "Her brother"
    sets = {e.change_set for r in [case, *vault.children(case.id)] for e in vault.history(r.id)}
    assert len(sets) == 1
    session.undo(dialog)
    qtbot.waitUntil(lambda: vault.count_cases(CaseFilter()) == 0, timeout=4000)


def test_quick_entry_without_anything_asks_for_a_name(session, show):
    dialog = show(QuickEntry(session))
    dialog.save()
    assert dialog.notice.isVisible()


def test_attachments_come_in_and_are_looked_at_from_memory(view, vault, tmp_path, qtbot, session):
    path = tmp_path / "statement.txt"
    path.write_text("They came at night.")
    files = view.page("attachment")
    files.take([path])
    qtbot.waitUntil(lambda: files.list.count() == 1, timeout=6000)
    attachment = vault.children(view.case, "attachment")[0]
    out = tmp_path / "copy.txt"
    files.write_copy(attachment.id, out)
    qtbot.waitUntil(lambda: out.exists() and not session.operations.busy, timeout=6000)
    assert out.read_text() == "They came at night."
    assert viewer_of("a.txt", b"plain") is not None
    assert viewer_of("a.bin", bytes(range(256))) is None


def test_history_tells_who_set_what_of_the_case_and_its_records(view, session, idle):
    view.show_section("history")
    idle(session)
    table = view.page("history").table
    rows = [[table.item(r, c).text() for c in range(5)] for r in range(table.rowCount())]
    assert any(row[3] == "Country" for row in rows)
    assert any(row[2].startswith("Event") for row in rows)
    assert {row[1] for row in rows} == {"Amina Diallo"}


def test_a_text_of_megabytes_in_one_line_does_not_keep_the_screen_busy(qtbot, show):
    began = time.monotonic()
    viewer = viewer_of("a hostile text.txt", b"word" * 1_500_000 + b"\nthe end\n")
    show(viewer)
    viewer.grab()
    assert time.monotonic() - began < 10
    assert viewer.findChild(QPlainTextEdit).toPlainText().endswith("word\nthe end\n")
