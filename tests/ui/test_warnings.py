"""The page of early warning with its real widgets."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from defenderdesk import i18n
from defenderdesk.domain.warning import ALERT
from defenderdesk.ui.look import palette
from defenderdesk.ui.warning import Keeper, Warnings, count
from defenderdesk.ui.warning.recount import rest_after
from defenderdesk.ui.warning.wording import decimal, say
from defenderdesk.ui.work.session import deletion, new_record
from defenderdesk.vault.lookup.early_warning import Watch
from defenderdesk.vault.types import Change
from tests.vault.copies import copies

TODAY = date(2026, 6, 17)  # a Wednesday


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).isoformat()


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Two killings in each month before and fourteen of late, in Uganda; a case in Kenya."""
    cases = []

    def fill(vault):
        edits = []
        for at in range(40):
            case, made = new_record(
                vault, "case", {"title": f"Case {at}", "country": "UG", "reference": f"UG-{at}"}
            )
            cases.append(case)
            back = at % 24 if at < 14 else 40 + 15 * (at - 14)
            event = {"case": case, "date": day(back), "acts": ["killing"]}
            edits += [*made, *new_record(vault, "event", event)[1]]
        edits += new_record(vault, "case", {"title": "Elsewhere", "country": "KE"})[1]
        vault.save(edits)

    return copies(tmp_path_factory.mktemp("filled"), fill), cases


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return copies(tmp_path_factory.mktemp("bare"), lambda _: None)


@pytest.fixture
def vault(request, filled, bare, tmp_path):
    """With the world for a test that asks for it, else with nothing in it."""
    made = filled[0] if "world" in request.fixturenames else bare
    yield from made(tmp_path / "v")


@pytest.fixture
def world(filled):
    """The ids of its cases."""
    return filled[1]


@pytest.fixture
def page(session, world, show, idle, qtbot):
    made = show(Warnings(session, TODAY), 1084, 780)
    qtbot.waitUntil(lambda: made._found is not None and made._found.result is not None)
    idle(session)
    return made


@pytest.fixture
def bare_page(session, show, idle, qtbot):
    made = show(Warnings(session, TODAY), 1084, 780)
    qtbot.waitUntil(lambda: made._found is not None and made._found.result is not None)
    idle(session)
    return made


def entries(page):
    found = [page.list.item(i).data(Qt.ItemDataRole.UserRole) for i in range(page.list.count())]
    return [entry[0] for entry in found if entry]


def test_it_counts_when_it_is_first_shown_and_explains_the_gravest(page):
    alert = page.current()
    assert (alert.rule, alert.value, alert.level, alert.count) == ("killings", "UG", ALERT, 14)
    assert page.list.currentItem().text().splitlines() == [
        "Killings and attacks on life: Uganda",
        "14 in 30 days · usual: 2",
    ]
    assert page.detail.headline.text() == say(alert.headline)
    shown = " ".join(label.text() for label in page.detail.findChildren(QLabel))
    for sentence in (*alert.says, *page._found.ruled.rule("killings").explain()):
        assert say(sentence) in shown
    assert "from the 41 cases" in page._said.text()


def test_the_weeks_are_painted_and_said_in_numbers(page):
    chart = page.detail.chart
    assert chart.accessibleName() == chart.in_numbers()
    assert str(chart._weeks[-2]) in chart.in_numbers()
    recent = [week for week in range(len(chart._weeks)) if chart.is_recent(week)]
    assert len(recent) in (4, 5) and recent[-1] == len(chart._weeks) - 1
    picture = chart.grab().toImage()
    colours = {
        picture.pixelColor(x, y).name().upper()
        for x in range(0, picture.width(), 2)
        for y in range(0, picture.height(), 2)
    }
    assert {palette.LIGHT.danger.upper(), palette.LIGHT.accent_soft.upper()} <= colours


def test_enter_opens_a_case_behind_it_at_its_event(page, world, qtbot):
    cases = page.detail.cases
    assert cases.count() == 14
    cases.setFocus()
    with qtbot.waitSignal(page.opened) as told:
        QTest.keyClick(cases, Qt.Key.Key_Return)
    case, kind, record = told.args
    assert case in world and kind == "event" and record


def test_an_answer_is_saved_silences_it_and_is_undone(page, session, vault, idle, qtbot):
    before = len([a for a in entries(page) if a.level == ALERT])
    told = []
    page.counted.connect(told.append)
    page.detail.buttons["acted"].click()
    idle(session)
    [record] = vault.views.of_kind("alert")
    assert record.text("answer") == "acted" and record.text("key").startswith("killings|UG|")
    assert record.text("until") == day(-30)
    assert told[-1] == before - 1 == count(vault, TODAY)
    assert "killings" not in {a.rule for a in entries(page)}
    page.fold("answered")
    assert "killings" in {a.rule for a in entries(page)}
    session.undo(page)
    idle(session)
    assert told[-1] == before == count(vault, TODAY)


def test_later_brings_it_back_in_a_week(page, session, vault, idle):
    page.detail.buttons["later"].click()
    idle(session)
    [record] = vault.views.of_kind("alert")
    assert (record.text("answer"), record.text("until")) == ("later", day(-7))
    assert count(vault, TODAY + timedelta(days=7)) > count(vault, TODAY)


def test_a_date_that_is_none_is_not_saved(page, session, vault, idle):
    page.detail.until.line.setText("soon")
    page.detail.buttons["acted"].click()
    idle(session)
    assert vault.views.of_kind("alert") == []


def test_it_counts_anew_when_something_changed_and_not_by_the_clock(page, session, vault, world, idle):
    first = page._found.result.computed
    page._rest.stop()
    page.focus_first()
    idle(session)
    assert page._found.result.computed == first and not page._found.old, "nothing changed"
    vault.save([edit for case in world[:14] for edit in deletion(case)])
    page._rest.start(60_000)
    page.focus_first()
    idle(session)
    assert page._found.result.computed == first and page._found.old, "it rests"
    assert "killings" not in {a.rule for a in entries(page)}  # its cases are gone at once
    page._rest.stop()
    page.focus_first()
    idle(session)
    assert page._found.result.cases == 27 and not page._found.old
    page._again.click()
    idle(session)
    assert page._found.result.cases == 27


def test_a_rise_that_was_entered_elsewhere_rings_without_a_word(bare_page, session, vault, idle):
    page = bare_page
    page._rest.stop()
    assert entries(page) == [] and not page._found.old
    edits = []
    for at in range(40):
        case, made = new_record(vault, "case", {"title": f"Case {at}", "country": "UG"})
        back = at % 24 if at < 14 else 40 + 15 * (at - 14)
        event = {"case": case, "date": day(back), "acts": ["killing"]}
        edits += [*made, *new_record(vault, "event", event)[1]]
    vault.save(edits)
    session.tell(Change(frozenset({"*"}), frozenset(), None))
    idle(session)
    idle(session)
    assert "killings" in {a.rule for a in entries(page)}


def test_the_sidebar_counts_in_the_background_and_then_rests(session, vault, world, idle, qtbot, show):
    holder = show(QWidget())
    shown = [False]
    keeper = Keeper(session, lambda: shown[0], holder)
    told = []
    keeper.counted.connect(lambda: told.append(vault.early_warning().last()))
    keeper.look()
    assert keeper.rest.isActive() and told == []
    keeper.rest.stop()
    keeper._look()
    idle(session)
    assert len(told) == 1 and keeper.rest.isActive()
    keeper.look()
    keeper.rest.stop()
    keeper._look()
    idle(session)
    assert len(told) == 1, "nothing changed since"
    vault.save(deletion(world[0]))
    shown[0] = True
    keeper.look()
    keeper.rest.stop()
    keeper._look()
    idle(session)
    assert len(told) == 1, "the page counts by itself"
    shown[0] = False
    keeper._look()
    idle(session)
    assert len(told) == 2 and told[1].cases == 40


def test_a_long_counting_makes_a_long_rest():
    assert [rest_after(s) for s in (0, 0.1, 1, 60)] == [5000, 5000, 20_000, 120_000]


def test_a_count_can_be_stopped(page, session, idle):
    page.count_again()
    page._task.cancel()
    idle(session)
    assert page._task is None and page._again.isEnabled()
    assert not page.notice.isVisible()


def test_a_rule_is_switched_off_and_on(page, session, idle):
    page.show_rule("killings")
    rules = page.rules
    assert rules.rule.code == "killings" and rules.on.isChecked()
    rules.on.click()
    idle(session)
    assert page._found.ruled.rule("killings").off and not rules.on.isChecked()
    assert "killings" not in {a.rule for a in entries(page)}  # counted anew
    rules.on.click()
    idle(session)
    assert not page._found.ruled.rule("killings").off
    assert "killings" in {a.rule for a in entries(page)}


def test_a_rule_is_changed_in_its_form_and_given_back(page, session, idle):
    page.show_rule("killings")
    rules = page.rules
    rules.change.click()
    editor = rules.form.editors["least"]
    editor.show_value(40)
    editor.edited.emit()
    rules.form.flush()
    idle(session)
    changed = page._found.ruled.rule("killings")
    assert changed.least == 40 and changed.shipped.least == 3
    assert rules._before.isVisible()
    page.show_tab("alerts")
    idle(session)
    assert "killings" not in {a.rule for a in entries(page) if a.level == ALERT}
    page.show_rule("killings")
    rules.restore()
    idle(session)
    assert page._found.ruled.rule("killings").least == 3
    assert not rules._before.isVisible()


def test_a_rule_of_the_offices_own(page, session, vault, idle):
    page.show_tab("rules")
    page.rules.add()
    form = page.rules.form
    form.editors["name"].show_value("Killings anywhere")
    form.editors["name"].edited.emit()
    form.editors["by"].show_value("none")
    form.editors["by"].edited.emit()
    form.flush()
    idle(session)
    assert page._found.ruled.rules[-1].name == "Killings anywhere"
    page.count_again()
    idle(session)
    assert any(a.rule.startswith("own-") for a in entries(page))


def test_what_makes_no_sense_in_a_rule_is_said(page, session, vault, idle):
    session.save(page, new_record(vault, "rule", {"code": "arrests", "least": -1})[1])
    idle(session)
    assert "least" in page.notice.message


def test_without_alerts_it_says_that_this_is_no_all_clear(session, vault, show, idle, qtbot):
    page = show(Warnings(session, TODAY))
    qtbot.waitUntil(lambda: page._found is not None and page._found.result is not None)
    idle(session)
    assert page.current() is None and not page._side.isVisible()
    assert "no all-clear" in page._nothing.sentence.text()
    assert count(vault, TODAY) == 0


def test_too_few_to_say_is_folded_away(session, vault, show, idle, qtbot):
    case, edits = new_record(vault, "case", {"title": "One", "country": "UG"})
    for back in range(6):
        edits += new_record(vault, "event", {"case": case, "date": day(back), "acts": ["killing"]})[1]
    vault.save(edits)
    page = show(Warnings(session, TODAY))
    qtbot.waitUntil(lambda: page._found is not None and page._found.result is not None)
    idle(session)
    assert entries(page) == [] and page._folds["too_few"].isVisible()
    page._folds["too_few"].click()
    assert next((a.rule, a.level) for a in entries(page)) == ("killings", "too_few")
    assert count(vault, TODAY) == 0


def test_the_whole_page_is_mirrored(session, world, qapp, show, idle, qtbot):
    i18n.use("ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    page = show(Warnings(session, TODAY), 1084, 780)
    qtbot.waitUntil(lambda: page._found is not None and page._found.result is not None)
    idle(session)
    assert page.list.mapTo(page, page.list.rect().center()).x() > page.width() / 2
    chart, plot = page.detail.chart, page.detail.chart._plot()
    assert chart._bar(0, plot).x() > chart._bar(len(chart._weeks) - 1, plot).x()
    assert "\u2068" in page.detail.headline.text()


def test_numbers_are_written_as_the_language_does():
    assert [decimal(v) for v in (0.0, 0.04, 0.9, 2.0, 12.4, 1234.5)] == [
        "0",
        "0.04",
        "0.9",
        "2",
        "12",
        "1,234",
    ]
    i18n.use("fr")
    assert decimal(2.5) == "2,5"


def test_the_badge_reads_only_what_is_kept(vault, world, monkeypatch):
    Watch(vault.store, vault.views).run(TODAY)
    monkeypatch.setattr("defenderdesk.vault.lookup.early_warning.Reading", None)
    assert count(vault, TODAY) >= 1
