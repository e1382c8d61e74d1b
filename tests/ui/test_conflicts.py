"""Two people changed the same field: both values stand until a person decides."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.ui.cases.conflicts import Conflicts
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.parts.notice import Toast
from tests.ui.world import colleague, quarrel, words_of
from tests.worlds.edits import make


@pytest.fixture
def quarrelled(vault, samples, tmp_path):
    field = colleague(vault, tmp_path)
    quarrel(vault, field, tmp_path, samples[0], "summary")
    field.close()
    return samples[0]


@pytest.fixture
def inbox(session, quarrelled, show, idle):
    holder = show(QWidget())
    made = Conflicts(session, Toast(holder))
    made.setParent(holder)
    made.resize(1080, 760)
    made.show()
    idle(session)
    return made


def test_both_values_stand_side_by_side_with_their_authors(inbox):
    conflict = inbox.current()
    assert {s.author.member for s in conflict.values} == {"Amina Diallo", "Béatrice Kaya"}
    assert inbox._cards.count() == 2


def test_a_key_keeps_one_and_undo_brings_the_conflict_back(inbox, session, vault, quarrelled, qtbot, idle):
    kept = inbox.current().values[1].value
    inbox.list.setFocus()
    QTest.keyClick(inbox.list, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: vault.conflict_count() == 0, timeout=4000)
    idle(session)
    assert vault.get(quarrelled).text("summary") == kept
    assert inbox._stack.currentIndex() == 0


def test_a_third_value_can_be_written(inbox, vault, quarrelled, qtbot):
    inbox._editor.show_value("What both remember")
    inbox.write()
    qtbot.waitUntil(lambda: vault.conflict_count() == 0, timeout=4000)
    assert vault.get(quarrelled).text("summary") == "What both remember"


def test_a_mark_in_the_form_leads_to_the_inbox(session, quarrelled, show, idle, qtbot):
    holder = show(QWidget())
    view = CaseView(session, quarrelled, Toast(holder))
    view.setParent(holder)
    view.show()
    idle(session)
    mark = view.overview._marks["summary"]
    assert mark.isVisible()
    with qtbot.waitSignal(view.conflict_pressed) as told:
        mark.click()
    assert told.args == [quarrelled, "summary"]


def test_the_sidebar_counts_conflicts(window, qtbot):
    window.view._count_conflicts(12)
    assert window.view.badge.isVisible()
    assert window.view.badge.text() == "12"
    window.view._count_conflicts(0)
    assert not window.view.badge.isVisible()


def test_a_merged_case_that_was_written_on_is_asked_about_in_its_words(
    session, vault, samples, show, idle, qtbot, tmp_path
):
    kept, gone = samples[:2]
    field = colleague(vault, tmp_path)
    vault.merge(kept, gone)
    late = make(field, "note", case=gone, text="She was seen")
    exporting.export(field, tmp_path / "late", everything=True)
    receiving.receive(vault, tmp_path / "late")
    field.close()
    page = Conflicts(session, Toast(holder := show(QWidget())))
    page.setParent(holder)
    page.show()
    idle(session)
    page.choose(gone, "deleted")
    idle(session)
    assert "and written on since: is it one with it?" in words_of(page)
    number = [bool(one.value) for one in page.current().values].index(True)
    page.keep(number)
    qtbot.waitUntil(lambda: vault.get(late).text("case") == kept, timeout=4000)
