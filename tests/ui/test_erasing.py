"""Erasing from the history of a case, and its report on the workspace page."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QDialog

from defenderdesk.ui.cases.erase import EraseDialog
from defenderdesk.ui.cases.history import History
from defenderdesk.ui.cases.mentions import MentionsDialog
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.work.session import new_record
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault import Edit
from defenderdesk.vault.erasure.mentions import Found, Mention
from defenderdesk.vault.replication import erasure_status
from tests.ui.world import words_of
from tests.worlds.records import new_case


def test_a_field_is_erased_from_the_history(session, vault, laptop, show, idle, qtbot, monkeypatch):
    case = new_case(vault, "Case")
    vault.save([Edit(case, "summary", "Told in confidence")])
    page = show(History(session, Notice()))
    page.load([vault.get(case)])
    qtbot.waitUntil(lambda: page.table.rowCount() >= 3, timeout=8000)
    line = next(n for n in range(page.table.rowCount()) if "confidence" in page.table.item(n, 4).text())
    page.table.selectRow(line)
    seen = []

    def exec_(dialog: EraseDialog):
        assert not dialog.go.isEnabled(), "a reason is asked for"
        dialog.reason.setText("Consent was withdrawn")
        assert dialog.go.isEnabled() and dialog.one.isChecked()
        seen.append(dialog.fields)
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(EraseDialog, "exec", exec_)
    page.ask_erasure()
    idle(session)
    qtbot.waitUntil(lambda: bool(erasure_status.erasures(vault.store)), timeout=8000)
    idle(session)
    assert seen == [["summary"]]
    assert "summary" not in vault.get(case).fields and vault.get(case).fields["title"] == "Case"
    assert not vault.store.meta("clean_wanted", False)
    workspace = show(Workspace(session))
    qtbot.waitUntil(lambda: "Not yet confirmed by: Béatrice Kaya" in words_of(workspace), timeout=8000)
    assert "Consent was withdrawn" in words_of(workspace)


def test_a_whole_case_goes_with_what_belongs_to_it(session, vault, show, idle, qtbot, monkeypatch, tmp_path):
    case = new_case(vault, "Case")
    event = vault.new_id()
    vault.save([Edit(event, "kind", "event"), Edit(event, "case", case), Edit(event, "description", "x")])
    page = show(History(session, Notice()))
    page.load([vault.get(case)])
    qtbot.waitUntil(lambda: page.table.rowCount() >= 1, timeout=8000)
    seen = []

    def exec_(dialog: EraseDialog):
        dialog.reason.setText("Consent was withdrawn")
        dialog.whole.setChecked(True)
        seen.append((dialog.with_below, "1 record" in dialog.below.text()))
        dialog._named.setText("")
        dialog.grab().save(str(tmp_path / "erase.png"))
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(EraseDialog, "exec", exec_)
    page.table.selectRow(0)
    page.ask_erasure()
    idle(session)
    qtbot.waitUntil(lambda: bool(erasure_status.erasures(vault.store)), timeout=8000)
    idle(session)
    assert seen == [(True, True)]
    assert vault.get(event).deleted and "description" not in vault.get(event).fields


def test_what_a_researcher_asked_for_is_confirmed(session, vault, laptop, show, idle, qtbot, tmp_path):
    from defenderdesk.sync.bundles import exporting, receiving
    from defenderdesk.vault.erasure import erase

    case = new_case(laptop, "Case")
    erase.erase(laptop.store, [case], "They asked me")
    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(laptop, stick, everything=True)
    receiving.receive(vault, stick)
    page = show(Workspace(session))
    qtbot.waitUntil(lambda: "destroyed when a coordinator" in words_of(page), timeout=8000)
    page.erasures.confirm(erasure_status.erasures(vault.store)[0])
    idle(session)
    qtbot.waitUntil(lambda: "destroyed when a coordinator" not in words_of(page), timeout=8000)
    assert erasure_status.erasures(vault.store)[0].done


def about_grace(vault):
    """(an involvement, a note that speaks of her, a case that speaks of another Grace)"""
    case = new_case(vault, "Case")
    defender = new_record(vault, "involvement", {"case": case, "name": "Grace Nakato"})
    note = new_record(vault, "note", {"case": case, "text": "Before.\nGrace Nakato told us."})
    vault.save([*defender[1], *note[1]])
    other = new_case(vault, "Other", summary="Grace is a common name")
    return defender[0], note[0], other


def answers(monkeypatch, erase, tick):
    """Answer both dialogs with these functions."""
    for dialog, answer in ((EraseDialog, erase), (MentionsDialog, tick)):
        monkeypatch.setattr(dialog, "exec", answer)


def ask(page, vault, record, qtbot):
    page.load([vault.get(record)])
    qtbot.waitUntil(lambda: page.table.rowCount() >= 2, timeout=8000)
    created = next(n for n in range(page.table.rowCount()) if page.table.item(n, 3).text() == "Created")
    page.table.selectRow(created)
    page.ask_erasure()


def test_what_other_records_say_is_shown_and_what_is_ticked_goes_as_well(
    session, vault, show, idle, qtbot, monkeypatch
):
    defender, note, other = about_grace(vault)
    page = show(History(session, Notice()))
    seen = []

    def erase(dialog):
        assert dialog.names == ["Grace Nakato"]
        dialog._named.setText("Grace Nakato; Mama G")
        dialog.reason.setText("Consent was withdrawn")
        return QDialog.DialogCode.Accepted

    def tick(dialog):
        dialog.resize(700, 520)
        dialog.show()
        seen.append(words_of(dialog))
        assert [one.place for _, one in dialog.ticks] == [(note, "text"), (other, "summary")]
        assert dialog.places == [] and dialog.go.text() == "Erase without these"
        dialog.ticks[0][0].click()
        assert dialog.go.text() == "Erase with these"
        dialog.hide()
        return QDialog.DialogCode.Accepted

    answers(monkeypatch, erase, tick)
    ask(page, vault, defender, qtbot)
    qtbot.waitUntil(lambda: bool(erasure_status.erasures(vault.store)), timeout=8000)
    idle(session)
    assert "Grace Nakato told us." in seen[0] and "Before." not in seen[0]
    assert "The whole name" in seen[0] and "A part of a name" in seen[0]
    [told] = erasure_status.erasures(vault.store)
    assert set(told.records) == {defender, note}
    assert "text" not in vault.get(note).fields and not vault.search("Nakato")
    assert vault.get(other).fields["summary"] == "Grace is a common name"


def test_who_goes_back_at_the_list_has_erased_nothing(session, vault, show, idle, qtbot, monkeypatch):
    defender, *_ = about_grace(vault)
    page = show(History(session, Notice()))
    asked = []

    def erase(dialog):
        dialog.reason.setText("Why")
        return QDialog.DialogCode.Accepted

    def tick(dialog):
        asked.append(dialog)
        dialog.ticks[0][0].setChecked(True)
        return QDialog.DialogCode.Rejected

    answers(monkeypatch, erase, tick)
    ask(page, vault, defender, qtbot)
    qtbot.waitUntil(lambda: bool(asked), timeout=8000)
    idle(session)
    assert erasure_status.erasures(vault.store) == []
    assert vault.get(defender).fields["name"] == "Grace Nakato"


def test_the_names_follow_what_is_erased_until_a_person_writes_others(vault, show):
    case = new_case(vault, "Case", reference="UGA-7")
    dialog = show(EraseDialog(vault.get(case), "title", ([], ["UGA-7", "Grace"])), 520, 560)
    assert dialog.names == []
    dialog.whole.setChecked(True)
    assert dialog.names == ["UGA-7", "Grace"]
    dialog.one.setChecked(True)
    assert dialog.names == []
    dialog._named.setText("; Mama G ;")
    dialog.whole.setChecked(True)
    assert dialog.names == ["Mama G"]


def test_more_than_is_shown_is_said_and_all_can_be_ticked(show):
    one = Mention("a" * 26, "note", "", "Case", "Desk", "text", "Grace spoke", True, False)
    dialog = show(
        MentionsDialog(Found((one, replace(one, field="x", deleted=True, earlier=True)), 7)),
        700,
        520,
    )
    assert "7 more fields" in words_of(dialog) and "deleted" in words_of(dialog)
    assert "as it stood earlier" in words_of(dialog)
    every = next(b for b in dialog.findChildren(QCheckBox) if b.text() == "All of these")
    every.click()
    assert dialog.places == [("a" * 26, "text"), ("a" * 26, "x")]
    every.click()
    assert dialog.places == []
