"""The case list: lazy over many cases, filtered as one types, sorted, never empty-handed."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from defenderdesk.ui.cases.list import CasesList
from defenderdesk.ui.cases.model import KEPT, PAGE, Column
from defenderdesk.ui.work.session import Session
from tests.ui.world import fill_samples, new_vault


class ManyCases:
    """A vault whose case queries answer for 100,000 cases; everything else is the real one.
    (Filling a real vault with as many takes longer than a test may.)"""

    COUNT = 100_000

    def __init__(self, vault):
        self._vault = vault
        self.reads = []

    def __getattr__(self, name):
        return getattr(self._vault, name)

    def count_cases(self, wanted):
        return self.COUNT

    def cases(self, wanted, offset, limit):
        self.reads.append((offset, limit))
        row = self._vault.cases(wanted, 0, 1)[0]
        return [replace(row, title=f"Case {offset + i}") for i in range(limit)]


@pytest.fixture
def many(vault, samples, qtbot):
    made = Session(ManyCases(vault), vault.info())
    yield made
    made.operations.close(lambda: None).wait(5)


def test_a_hundred_thousand_cases_scroll_without_being_loaded(many, show, idle, qtbot):
    page = show(CasesList(many))
    idle(many)
    assert page.model.rowCount() == 100_000
    assert len(many.vault.reads) <= 3
    bar = page.table.verticalScrollBar()
    slowest = 0.0
    for step in range(120):
        began = time.perf_counter()
        bar.setValue(bar.maximum() * step // 120)
        page.table.viewport().repaint()
        QApplication.processEvents()
        slowest = max(slowest, time.perf_counter() - began)
    idle(many)
    page.table.viewport().repaint()
    idle(many)
    assert page.model.pages_held <= KEPT
    assert sum(limit for _, limit in many.vault.reads) < 30_000
    assert slowest < 0.25
    top = page.table.rowAt(5)
    assert page.model.row_at(top).title == f"Case {top}"


def test_typing_filters(session, samples, show, idle, qtbot):
    page = show(CasesList(session))
    idle(session)
    everything = page.model.rowCount()
    QTest.keyClicks(page.text, "uganda")
    qtbot.waitUntil(lambda: page.model.filter.text == "uganda", timeout=2000)
    idle(session)
    assert 0 < page.model.rowCount() < everything
    QTest.keyClicks(page.text, " zzzz")
    qtbot.waitUntil(lambda: page._stack.currentIndex() == 3, timeout=3000)
    page.clear()
    qtbot.waitUntil(lambda: page.model.rowCount() == everything, timeout=3000)


def test_country_and_status_filter_together(session, vault, samples, show, idle):
    page = show(CasesList(session))
    idle(session)
    code = vault.countries()[0]
    page.country.set_code(code)
    page._apply()
    idle(session)
    rows = [page.model.row_at(i) for i in range(page.model.rowCount())]
    assert rows
    assert {row.country for row in rows} == {code}


def test_a_click_on_a_heading_sorts(session, samples, show, idle):
    page = show(CasesList(session))
    idle(session)
    page.model.sort_by(Column.TITLE, descending=False)
    idle(session)
    titles = [page.model.row_at(i).title for i in range(page.model.rowCount())]
    assert titles == sorted(titles, key=str.casefold)


def test_without_cases_it_says_how_to_begin(session, show, idle):
    page = show(CasesList(session))
    idle(session)
    assert page._stack.currentIndex() == 2


def test_a_new_case_appears_by_itself(session, vault, samples, show, idle, qtbot):
    from defenderdesk.ui.work.session import new_record

    page = show(CasesList(session))
    idle(session)
    count = page.model.rowCount()
    _, edits = new_record(vault, "case", {"title": "New one"})
    session.save(page, edits, desk=session.info.desks[0].id)
    qtbot.waitUntil(lambda: page.model.rowCount() == count + 1, timeout=4000)
    assert page.model.row_at(0).title == "New one"


def test_pages_are_of_a_size(tmp_path):
    assert PAGE * KEPT <= 10_000
    vault, _ = new_vault(tmp_path / "x")
    assert fill_samples(vault, 1)
    vault.close()
