"""Sharing a case: what is ticked leaves, what is withheld never does, two persons where the office
wants two; a partner's share looked at and taken in."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from defenderdesk.interchange.shares import exporting as shares_out
from defenderdesk.interchange.shares import importing
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.ui.cases.share import ShareDialog
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.exchange.partners import PartnerKey, TakeShare
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault import Edit
from defenderdesk.vault.casework import approvals
from tests.ui.field_world import add
from tests.ui.world import colleague, new_vault

CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


@pytest.fixture
def dialog(session, field, show, idle):
    made = show(ShareDialog(session, field.case, Links(session)), 1040, 700)
    idle(session)
    return made


def tick(dialog, kind, name, state):
    for place in range(dialog.tree.topLevelItemCount()):
        top = dialog.tree.topLevelItem(place)
        if top.data(0, Qt.ItemDataRole.UserRole) != kind:
            continue
        for line in range(top.childCount()):
            if top.child(line).data(0, Qt.ItemDataRole.UserRole) == name:
                top.child(line).setCheckState(0, state)
                return
    raise AssertionError(f"{kind}.{name} is not offered")


def partner_key(tmp_path):
    """Another organisation's vault and its key."""
    other, _ = new_vault(tmp_path / "partner", "Great Lakes Lawyers")
    return other, str(other.store.require_identity().recipient)


def choose(dialog, name, qtbot):
    dialog.partner.line.setFocus()
    QTest.keyClicks(dialog.partner.line, name)
    qtbot.waitUntil(lambda: dialog.partner.listing and not dialog.partner._stale)
    QTest.keyClick(dialog.partner.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.partner.values))


def test_ticking_changes_what_leaves(dialog, field):
    shown = dialog.page.toPlainText()
    assert "Grace Nakato: arrest" in shown
    assert "Taken from her office." in shown
    assert "Her sister" not in shown  # an emergency plan is never in a share
    tick(dialog, "event", "description", UNCHECKED)
    assert "Taken from her office." not in dialog.page.toPlainText()
    tick(dialog, "event", "description", CHECKED)
    assert "Taken from her office." in dialog.page.toPlainText()
    before = dialog._said.text()
    tick(dialog, "submission", "stage", CHECKED)
    assert "SUBMISSION" in dialog.page.toPlainText()
    assert dialog._said.text() != before


def test_what_is_withheld_shows_in_no_preview(session, vault, field, show, idle):
    vault.save([Edit(field.event, "withheld", "description", "add")])
    made = show(ShareDialog(session, field.case, Links(session)), 1040, 700)
    idle(session)
    assert "Taken from her office." not in made.page.toPlainText()
    assert "1 field marked as not to be shared stays." in made._said.text()
    for place in range(made.tree.topLevelItemCount()):
        made.tree.topLevelItem(place).setCheckState(0, CHECKED)
    assert "Taken from her office." not in made.page.toPlainText()


def test_a_choice_without_the_case_says_why_and_recovers(dialog):
    case = dialog.tree.topLevelItem(0)
    case.setCheckState(0, UNCHECKED)
    assert dialog.notice.isVisible()
    assert not dialog.seal_button.isEnabled()
    case.setCheckState(0, CHECKED)
    assert not dialog.notice.isVisible()


def test_a_share_is_sealed_to_a_partner_with_a_key(dialog, vault, session, field, tmp_path, idle, qtbot):
    assert not dialog.seal_button.isEnabled()
    other, key = partner_key(tmp_path)
    partner = add(vault, "organisation", name="Great Lakes Lawyers")
    choose(dialog, "great", qtbot)
    assert dialog.partner.values == [partner]
    assert dialog.seal_button.isEnabled()
    out = tmp_path / f"case{shares_out.SUFFIX}"
    dialog.seal(out)
    idle(session)
    assert "no key" in dialog.notice.message
    assert not out.exists()
    vault.save([Edit(partner, "recipient", key)])
    dialog.purpose.setText("For the hearing")
    dialog.seal(out)
    idle(session)
    assert out.exists()
    [record] = vault.children(field.case, "share")
    assert record.text("organisation") == partner
    assert record.text("purpose") == "For the hearing"
    assert b"Nakato" not in out.read_bytes()
    received = importing.open_share(other, out)
    assert {r["kind"] for r in received.records} >= {"case", "event"}
    other.close()


def test_two_persons_where_the_office_wants_two(session, vault, field, tmp_path, show, idle, qtbot):
    add(vault, "policy", name="Rules", two_for_export=True)
    add(vault, "organisation", name="Great Lakes Lawyers", recipient=partner_key(tmp_path)[1])
    made = show(ShareDialog(session, field.case, Links(session)), 1040, 700)
    idle(session)
    choose(made, "great", qtbot)
    assert "second person" in made._said.text()
    assert not made.seal_button.isEnabled()
    made.ask_button.click()
    made.ask_button.click()
    idle(session)
    [asked] = vault.children(field.case, "approval")
    session.save(made, [Edit(asked.id, "answer", "approved")])  # by the one who asked: no
    idle(session)
    idle(session)
    assert not made.seal_button.isEnabled()
    vault.save([Edit(asked.id, "answer", "pending")])
    office = vault
    field_laptop = colleague(office, tmp_path)
    field_laptop.save([Edit(asked.id, "answer", "approved")])
    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(field_laptop, stick)
    receiving.receive(office, stick)
    field_laptop.close()
    assert vault.approvals.standing(approvals.EXPORT, field.case).free
    session.tell(EVERYTHING)
    qtbot.waitUntil(made.seal_button.isEnabled)


def test_a_share_that_left_is_listed_in_the_case(session, vault, field, tmp_path, show, idle):
    holder = show(QWidget())
    view = CaseView(session, field.case, Toast(holder))
    view.setParent(holder)
    view.resize(1080, 760)
    view.show()
    idle(session)
    view.show_section("share")
    idle(session)
    view.sections["share"].add()
    [dialog] = view.findChildren(ShareDialog)
    idle(session)
    partner = add(vault, "organisation", name="GLL", recipient=partner_key(tmp_path)[1])
    dialog.partner.set_values([partner])
    dialog.seal(tmp_path / f"x{shares_out.SUFFIX}")
    idle(session)
    idle(session)
    assert view.sections["share"].list.count() == 1


def test_a_partners_share_is_looked_at_before_it_is_taken(session, vault, field, tmp_path, show, idle, qtbot):
    other, _ = partner_key(tmp_path)
    key = show(PartnerKey(session))
    idle(session)
    assert len(key._words.text().split(" · ")) == 6
    theirs = add(other, "case", title="Nora: threats", country="KE", status="open")
    us = add(other, "organisation", name="Us", recipient=key.key.text())
    chosen = shares_out.at_first(other.views.casefile(theirs))
    out = tmp_path / f"nora{shares_out.SUFFIX}"
    shares_out.share(other, theirs, us, chosen, out, "For your mission")
    other.close()
    dialog = show(TakeShare(session, importing.open_share(vault, out), key))
    said = [w.text() for w in dialog.findChildren(QLabel)]
    assert "Nora: threats" in said
    assert "For your mission" in said
    assert any("Great Lakes Lawyers" in s for s in said)
    dialog.take()
    idle(session)
    assert vault.get(theirs).text("title") == "Nora: threats"


def test_a_dialog_that_was_closed_hears_no_news(vault, field, qtbot, qapp):
    """A session outlives its dialogs."""
    session = Session(vault, vault.info())
    made = ShareDialog(session, field.case, Links(session))
    qtbot.waitUntil(lambda: not session.operations.busy)
    shiboken6.delete(made)
    session.save(session, [Edit(field.case, "title", "Another")])
    qtbot.waitUntil(lambda: not session.operations.busy)
    session.operations.close(lambda: None).wait(5)
