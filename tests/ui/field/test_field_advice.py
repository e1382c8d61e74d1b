"""What can be done for a case: advice, a submission begun, its draft."""

from __future__ import annotations

import io

import pytest
from docx import Document
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from defenderdesk.interchange.documents import drafts
from defenderdesk.ui.cases.advice import Advice
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.documents import sections
from defenderdesk.ui.documents.draft import DraftDialog
from defenderdesk.ui.parts.lines import HEADING
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.vault.types import fields_of


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


def said_in(widget):
    return [w.text() for w in widget.findChildren(QLabel) if w.isVisibleTo(widget)]


@pytest.fixture
def advice(session, field, show, idle):
    made = show(Advice(session))
    made.load(field.case)
    idle(session)
    return made


def listed(advice):
    items = (advice.list.item(i) for i in range(advice.list.count()))
    return {i.data(Qt.ItemDataRole.UserRole) for i in items if not i.data(HEADING)}


def choose(advice, code):
    items = [advice.list.item(i) for i in range(advice.list.count())]
    advice.list.setCurrentItem(next(i for i in items if i.data(Qt.ItemDataRole.UserRole) == code))


def test_advice_says_who_has_a_mandate_and_what_lacks(advice, field):
    heads = [
        advice.list.item(i).text() for i in range(advice.list.count()) if advice.list.item(i).data(HEADING)
    ]
    assert heads[:2] == ["Has the case already", "Being prepared"]
    rows = [advice.list.item(i).data(Qt.ItemDataRole.UserRole) for i in range(5)]
    assert rows[1] == "un_sr_hrd" and rows[3] == "eu_guidelines"  # a draft is before nobody
    assert {"un_sr_hrd", "eu_guidelines", "un_wgad_urgent", "au_achpr_sr_hrd"} <= listed(advice)
    choose(advice, "un_sr_hrd")
    said = said_in(advice)
    assert "Still lacking" in said
    assert "Its days" in said
    assert any("No consent yet of Grace Nakato" in s for s in said)
    assert advice._begin.text() == "Go to the submission"
    assert advice._write.isVisible()


def test_a_submission_is_begun_once_and_shown(view, vault, session, field, idle, qtbot):
    view.show_section("advice")
    idle(session)
    advice = view._pages["advice"]
    choose(advice, "au_achpr_sr_hrd")
    assert not advice._write.isVisible()
    QTest.mouseDClick(advice._begin, Qt.MouseButton.LeftButton)
    advice._begin.click()
    idle(session)
    qtbot.waitUntil(lambda: view.stack.currentWidget() is view.sections.get("submission"))
    idle(session)
    made = [s for s in vault.children(field.case, "submission") if s.text("mechanism") == "au_achpr_sr_hrd"]
    assert len(made) == 1
    assert made[0].text("stage") == "draft"
    assert made[0].sets["for_whom"] == [field.inv]
    assert view.sections["submission"].form.record == made[0].id


@pytest.fixture
def draft(advice, session, show, qtbot):
    choose(advice, "un_sr_hrd")
    advice.write()
    [dialog] = advice.findChildren(DraftDialog)
    return dialog


def written(draft: DraftDialog) -> str:
    made = draft.page.written()
    assert made is not None
    return made.text()


def type_at_the_end(page, words: str) -> None:
    page.setFocus()
    page.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(page, words)


def told(draft: DraftDialog, words: str):
    """The field of the section that holds some words."""
    return next(page for page in draft.page.pages.values() if words in page.toPlainText())


def test_a_draft_is_kept_in_its_language(draft, vault, session, field, idle):
    assert "Taken from her office." in written(draft)
    assert "still lacking" in draft._said.text()
    draft.language.set_code("fr")
    draft.make()
    said = written(draft)
    assert "Rapporteur" in said
    draft.keep()
    idle(session)
    assert vault.get(field.sent).text("draft") == said.strip()
    assert vault.get(field.sent).text("language") == "fr"


def test_a_draft_that_was_changed_asks_before_it_is_written_anew(draft, monkeypatch):
    asked = []

    def no(*args):
        asked.append(args)
        return False

    monkeypatch.setattr("defenderdesk.ui.documents.draft.ask", no)
    type_at_the_end(told(draft, "Taken from her office."), " One more sentence of mine.")
    draft.language.set_code("fr")
    draft.language.chosen.emit()
    assert asked
    assert draft.language.code == "en"
    assert "One more sentence of mine." in written(draft)


def test_the_word_file_holds_what_stands_in_the_window(draft, tmp_path, session, idle):
    page = told(draft, "Taken from her office.")
    page.setPlainText(page.toPlainText().replace("Taken from her office.", "Taken at\u00a0dawn."))
    path = tmp_path / "draft.docx"
    draft.save(path)
    idle(session)
    document = Document(io.BytesIO(path.read_bytes()))
    lines = [p.text.removesuffix(" – confidential") for p in document.paragraphs if p.text.strip()]
    assert any("Taken at\u00a0dawn." in line for line in lines)
    assert not any("Taken from her office." in line for line in lines)
    assert [line for line in written(draft).split("\n") if line.strip()] == lines
    assert not document.core_properties.author
    assert "not protected" in draft.notice.message


def test_what_was_worked_on_stands_there_the_next_time(draft, advice, vault, session, field, idle):
    type_at_the_end(told(draft, "Taken from her office."), " And one more.")
    draft.keep()
    idle(session)
    again = DraftDialog(session, draft._mechanism, draft._case, fields_of(vault.get(field.sent)), advice)
    assert "And one more." in written(again)
    assert [p.heading for p in again.page.written().parts] == [p.heading for p in draft._made.parts]


def test_a_kept_draft_that_makes_no_sense_is_left_alone():
    part = drafts.Part("a", "Facts", ("One.",), False, ())
    made = drafts.Draft("Title", "en", (part,), 0)
    for nonsense in (None, 1, "x", {}, {"language": "en"}, {"language": "fr", "parts": []}):
        assert sections.read(nonsense, made) is None
    odd = {"language": "en", "parts": [1, {"id": 2}, {"id": "a", "text": 3}, {"id": "z", "text": "?"}]}
    assert sections.read(odd, made) == made
    assert sections.read(sections.kept(made), made) == made


def test_a_name_that_was_typed_in_does_not_leave(draft, tmp_path, session, idle):
    type_at_the_end(told(draft, "Taken from her office."), " It was grace nakato.")
    path = tmp_path / "draft.docx"
    draft.save(path)
    idle(session)
    assert not path.exists()
    assert "grace nakato" in draft.notice.message


def test_a_likely_name_is_decided_before_it_leaves(draft, vault, field, tmp_path, session, idle):
    page = told(draft, "Taken from her office.")
    type_at_the_end(page, " Nakatowa knew.")
    path = tmp_path / "draft.docx"
    draft.save(path)
    idle(session)
    assert not path.exists() and draft.names.isVisible()
    [keep] = [b for b in draft.names.findChildren(QPushButton) if b.text() == "No name: keep it"]
    QTest.mouseClick(keep, Qt.MouseButton.LeftButton)
    idle(session)
    assert vault.get(field.sent).sets["names_kept"] == ["Nakatowa"]
    assert not draft.names.isVisible() and "Nakatowa knew." in written(draft)
    draft.save(path)
    idle(session)
    assert path.exists()
