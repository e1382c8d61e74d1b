"""What an office sets for itself is used at once: mechanisms, own terms, packs."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.ui.cases.advice import Advice
from defenderdesk.ui.records.editors import ChoiceEditor
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.workspace.office import OfficePage
from defenderdesk.vault import Edit
from tests.ui.field_world import day


@pytest.fixture
def main(session, field, show, idle):
    made = show(MainView(session, Preferences("en", "light")))
    made.sync.stop()
    idle(session)
    return made


def test_a_corrected_mechanism_is_what_the_advice_says(session, vault, field, show, idle, qtbot):
    vault.save([Edit(field.sent, "letter", day(-60))])
    page = show(OfficePage(session, None))
    idle(session)
    page.begin_correction("un_sr_hrd")
    section = page.sections["mechanism"]
    qtbot.waitUntil(lambda: bool(section.form.record))
    idle(session)
    QTest.keyClicks(section.form.editors["reply_days"].line, "45")
    QTest.keyClicks(section.form.editors["note"].page, "Told so by the secretariat.")
    assert page.leave()
    idle(session)
    mechanism = vault.office.corrected().mechanisms["un_sr_hrd"]
    assert mechanism.name("fr") != mechanism.name("en")  # the names in other languages stay
    page.begin_correction("un_sr_hrd")  # again: the one there is
    idle(session)
    idle(session)
    assert len(vault.views.of_kind("mechanism")) == 1
    advice = show(Advice(session))
    advice.load(field.case, "un_sr_hrd")
    idle(session)
    said_there = [w.text() for w in advice.findChildren(type(advice._title))]
    assert "The office changed the rules of this mechanism." in said_there
    assert any("Told so by the secretariat." in s for s in said_there)
    assert any(i18n.date(day(-60 + 45)) in s for s in said_there)


def test_an_own_term_is_offered_in_a_form_that_stands_there_already(main, session, vault, field, idle, qtbot):
    main.open_case(field.case, "event")
    idle(session)
    idle(session)
    choice = main.case.sections["event"].form.editors["acts"].chips.entry
    choice.setFocus()
    assert choice.code_of("Goat theft") is None or choice.code_of("Goat theft") == ""
    shown = main.case.sections["event"].form.editors["perpetrators"].chips.entry
    shown.setFocus()
    page = OfficePage(session, None)
    qtbot.addWidget(page)
    page.show_kind("term")
    idle(session)
    section = page.sections["term"]
    section.add()
    editors = section.form.editors
    assert isinstance(editors["list"], ChoiceEditor)
    section.form.fill_in({"list": "act", "code": "goat_theft", "label_en": "Goat theft"})
    qtbot.waitUntil(lambda: vocabulary.current().get("act", "goat_theft") is not None)
    choice.setFocus()
    assert choice.code_of("Goat theft") == "goat_theft"
    assert page.leave()


def test_a_pack_is_loaded_and_its_terms_are_offered(session, vault, tmp_path, show, idle, qtbot):
    path = tmp_path / "guild.csv"
    path.write_text("list,code,label_en,label_fr\nact,curfew_x,Curfew,Couvre-feu\n", encoding="utf-8")
    page = show(OfficePage(session, None))
    page.show_kind("term")
    page.load_pack(path)
    qtbot.waitUntil(lambda: "1 term is loaded" in page.notice.message)
    idle(session)
    assert vocabulary.current().get("act", "curfew_x").label("fr") == "Couvre-feu"
    assert "guild" in page._packs.text()
    path.write_text("no,such,table\n", encoding="utf-8")
    page.load_pack(path)
    qtbot.waitUntil(lambda: page.notice.property("look") == "notice-danger")
    assert not page.progress.isVisible()
