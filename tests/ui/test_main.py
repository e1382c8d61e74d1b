"""The main screen by keyboard: search, pages, keys; synchronising by itself; practice."""

from __future__ import annotations

import sys
import types

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

import defenderdesk.sync
from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync.server.report import SyncReport
from defenderdesk.ui.entry.first_run import FirstRun, practice_exists
from defenderdesk.ui.shell.shortcuts import Keys
from defenderdesk.ui.shell.status import EVERY, AutoSync, StatusBar
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.records import search_index
from tests.ui.world import PASSPHRASE
from tests.worlds.edits import make

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_search_finds_a_word_anywhere_and_opens_the_record(window, qtbot):
    view = window.view
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    assert view.search.hasFocus()
    QTest.keyClicks(view.search, "iganga")
    qtbot.waitUntil(view.search.popup.isVisible, timeout=3000)
    hits = view.search._hits
    assert hits
    assert hits[0].kind == "event"
    QTest.keyClick(view.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.case is not None and view.case._loaded is not None)
    qtbot.waitUntil(lambda: "event" in view.case.sections)
    assert view.case.case == hits[0].case
    assert view.case.sections["event"].form.record == hits[0].id


def test_search_says_when_nothing_is_found(window, qtbot):
    view = window.view
    view.to_search()
    QTest.keyClicks(view.search, "zzzzzz")
    qtbot.waitUntil(view.search._nothing.isVisible, timeout=3000)
    QTest.keyClick(view.search, Qt.Key.Key_Escape)
    assert not view.search.popup.isVisible()
    assert view.search.text() == ""


def test_search_says_that_it_is_behind_and_then_finds_all(window, qtbot, monkeypatch):
    view = window.view
    vault = view.session.vault
    monkeypatch.setattr(search_index, "AT_ONCE", 0)
    note = make(vault, "note", text="Quinquagesima")
    vault.views.budget = -1.0
    view.to_search()
    QTest.keyClicks(view.search, "quinquagesima")
    qtbot.waitUntil(view.search._behind.isVisible, timeout=3000)
    assert not view.search._hits and not view.search._nothing.isVisible()
    view.session.catch_up()
    qtbot.waitUntil(lambda: vault.words_waiting() == 0, timeout=3000)
    view.search.look()
    qtbot.waitUntil(lambda: [hit.id for hit in view.search._hits] == [note], timeout=3000)
    assert not view.search._behind.isVisible()


def test_the_list_of_cases_says_that_it_is_behind(window, qtbot, monkeypatch):
    view = window.view
    vault = view.session.vault
    monkeypatch.setattr(search_index, "AT_ONCE", 0)
    make(vault, "case", title="Quinquagesima")
    vault.views.budget = -1.0
    view.show_page("cases")
    page = view.pages["cases"]
    QTest.keyClicks(page.text, "quinquagesima")
    qtbot.waitUntil(lambda: "still to be searched" in page._count.text(), timeout=3000)


def test_pages_and_help_have_keys(window, qtbot):
    view = window.view
    QTest.keyClick(window, Qt.Key.Key_5, CONTROL)
    assert view.stack.currentWidget() is view.pages["calendar"]
    QTest.keyClick(window, Qt.Key.Key_1, CONTROL)
    assert view.stack.currentWidget() is view.pages["today"]
    QTest.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: bool(view.findChildren(Keys)))
    view.findChildren(Keys)[0].accept()


def test_a_case_opens_from_the_list_with_enter_and_escape_leads_back(window, qtbot):
    view = window.view
    view.show_page("cases")
    qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=4000)
    view.pages["cases"].table.setFocus()
    QTest.keyClick(view.pages["cases"].table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.case is not None and view.case._loaded is not None)
    QTest.keyClick(view.case, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: view.case is None)


def test_undo_by_key_reverts_the_last_save_also_inside_a_field(window, qtbot):
    view = window.view
    vault = window.session.vault
    case = vault.cases(CaseFilter(), 0, 1)[0].id
    view.open_case(case)
    qtbot.waitUntil(lambda: view.case._loaded is not None)
    line = view.case.overview.editors["reference"].line
    before = line.text()
    line.setFocus()
    line.end(False)
    QTest.keyClicks(line, "-ADDED")
    qtbot.waitUntil(lambda: vault.get(case).text("reference") == before + "-ADDED", timeout=4000)
    qtbot.waitUntil(lambda: not window.session.operations.busy)
    QTest.keyClick(line, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: vault.get(case).text("reference") == before, timeout=4000)
    qtbot.waitUntil(lambda: line.text() == before, timeout=4000)


def test_an_invalid_date_keeps_the_person_at_the_spot(window, qtbot):
    view = window.view
    vault = window.session.vault
    case = vault.cases(CaseFilter(), 0, 1)[0].id
    view.open_case(case, "event")
    qtbot.waitUntil(lambda: view.case._loaded is not None and "event" in view.case.sections)
    line = view.case.sections["event"].form.editors["date"].dates.line
    line.selectAll()
    QTest.keyClicks(line, "31/02/2024")
    view.show_page("settings")
    assert view.case is not None
    assert view.failing()
    line.selectAll()
    QTest.keyClicks(line, "29/02/2024")
    view.show_page("settings")
    assert view.case is None


@pytest.fixture
def link(monkeypatch):
    """A coordinating server that a test can bend."""
    made = types.ModuleType("defenderdesk.sync.synchronise")
    made.answer = NoSafeLinkError(reason="server not reached")
    made.calls = 0

    def sync(vault, server=None, progress=None):
        made.calls += 1
        if isinstance(made.answer, Exception):
            raise made.answer
        return made.answer

    class Backoff:
        def next(self):
            return 60.0

        def reset(self):
            pass

    made.sync = sync
    backoff = types.ModuleType("defenderdesk.sync.backoff")
    backoff.Backoff = Backoff
    for module in (made, backoff):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(defenderdesk.sync, module.__name__.rsplit(".", 1)[1], module, raising=False)
    return made


def test_it_synchronises_by_itself_and_says_why_it_cannot(session, vault, samples, show, idle, link):
    bar = show(StatusBar(session), 900, 40)
    sync = AutoSync(session, bar)
    sync.told.connect(bar.tell)
    sync.go()
    idle(session)
    assert link.calls == 0
    assert bar.said.text().endswith("no server set")

    vault.set_setting("server", "https://desk.example")
    sync.go()
    idle(session)
    assert bar.said.text().endswith("waiting: no safe link, server not reached")
    assert 50_000 < sync._timer.remainingTime() <= 66_000

    link.answer = SyncReport(sent_changes=3)
    sync.go()
    idle(session)
    assert "no safe link" not in bar.said.text()
    assert sync._timer.remainingTime() > EVERY - 5_000


def test_one_may_practise_on_a_fictional_workspace(tmp_path, show, qtbot):
    assert practice_exists()
    vault, _ = Vault.create(tmp_path / "p", PASSPHRASE, unlock_seconds=0.01)
    first = show(FirstRun(tmp_path / "p", vault))
    with qtbot.waitSignal(first.opened, timeout=10_000) as told:
        first.practise()
    assert told.args[1].workspace == "Practice workspace"
    assert vault.count_cases(CaseFilter()) > 0
    vault.close()


def test_the_desktop_and_the_command_line_mean_the_same_vault():
    from defenderdesk.cli import main as cli
    from defenderdesk.ui.shell import app

    assert app.default_profile() == cli.default_profile()


def test_the_command_line_locks_the_open_desktop(window, qtbot):
    from defenderdesk.cli.main import run
    from defenderdesk.vault.storage import lock

    profile = window.session.vault.profile
    lock.request(profile)
    qtbot.waitUntil(lambda: window.session is None, timeout=5000)
    qtbot.waitUntil(lambda: not lock.in_use(profile), timeout=5000)
    assert run(["--profile", str(profile), "lock"]) == 0
