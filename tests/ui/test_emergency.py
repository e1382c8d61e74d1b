"""Emergency packages on the screen: prepared, alarmed, drilled, released; and on the partner's."""

from __future__ import annotations

import time
from datetime import timedelta

from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QWidget

from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.ui.cases.view import CaseView
from defenderdesk.ui.emergency import acting
from defenderdesk.ui.emergency.packages import Packages
from defenderdesk.ui.emergency.prepare import Prepare
from defenderdesk.ui.exchange.escrow import HeldCard, HeldDialog
from defenderdesk.ui.exchange.import_card import Receive
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import Edit
from defenderdesk.vault.emergency import packages, steps
from tests.ui.world import words_of
from tests.worlds.emergency_screens import (
    ME,
    case,
    missed_since,
    organisation,
    prepared,
    press,
    strip,
    trusted,
)

__all__ = ["case", "trusted"]


def test_preparing_one_with_the_form(session, case, trusted, show, idle, tmp_path, qtbot) -> None:
    vault = session.vault
    (tmp_path / "power of attorney.pdf").write_bytes(b"%PDF signed")
    vault.attach(case, tmp_path / "power of attorney.pdf")
    told: list[str] = []
    dialog = Prepare(session, case, Links(session), told.append)
    show(dialog)
    idle(session)
    assert dialog.title.text() == "Nora Ali"  # the only defender
    assert dialog.holders() == [ME]
    assert not dialog.seal_button.isEnabled()
    dialog.partner.set_values([organisation(vault)])
    dialog.partner.changed.emit()
    dialog.agreed.setPlainText("When she is taken, or silent for two days.")
    qtbot.waitUntil(dialog.seal_button.isEnabled)
    dialog.letter.setPlainText("Call her sister first.")
    next(iter(dialog.files.values())).setChecked(True)
    dialog.check_ins.agreed.setChecked(True)
    dialog.check_ins.release.setChecked(True)
    assert "42 hours" in dialog.check_ins.said.text()
    assert not dialog.letters.isEnabled() and not dialog.timed.isEnabled()  # no server is set
    assert not dialog.two.isEnabled()  # there is nobody else
    assert "Not asked" in dialog.said.text() and "Nora Ali" in dialog.said.text()
    dialog.seal(tmp_path / "n.ddemergency")
    qtbot.waitUntil(lambda: told == ["n.ddemergency"])
    [found] = vault.emergency.all_of()
    assert found.agreement is not None and found.agreement.wait == 12 and found.holders == (ME,)
    record = escrow.keep(trusted, tmp_path / "n.ddemergency")
    vault.emergency.release(found.id)
    preparing.write_release(vault, found.id, tmp_path / "r.ddrelease")
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    opened = escrow.open_released(trusted, record)
    assert opened.letter == "Call her sister first." and opened.files == 1


def test_a_missed_check_in_stands_above_every_page_until_one_press(
    session, case, show, idle, tmp_path, qtbot
) -> None:
    vault = session.vault
    prepared(vault, case, tmp_path / "n.ddemergency", agreement=missed_since(vault, 31))
    alarms = strip(qtbot, session)
    qtbot.waitUntil(lambda: "Nora Ali" in words_of(alarms))
    assert "missed" in words_of(alarms)
    assert "Without a word from them it is released" in words_of(alarms)
    press(qtbot, alarms, "I heard from them")
    qtbot.waitUntil(lambda: not alarms.isVisible())
    [found] = vault.emergency.all_of()
    [step] = found.of(packages.CHECK_IN)
    assert step.member == ME


def test_waiting_is_one_menu_away_and_said(session, case, show, idle, tmp_path, qtbot) -> None:
    vault = session.vault
    prepared(vault, case, tmp_path / "n.ddemergency", agreement=missed_since(vault, 31))
    alarms = strip(qtbot, session)
    qtbot.waitUntil(lambda: "missed" in words_of(alarms))
    wait = next(b for b in alarms.findChildren(QPushButton) if b.menu() is not None)
    wait.menu().actions()[2].trigger()  # 24 hours
    qtbot.waitUntil(lambda: "asked to wait" in words_of(alarms))
    [found] = vault.emergency.all_of()
    now = vault.emergency.now()
    standing = found.standing(now)
    assert standing is not None and standing.release is not None
    assert standing.release > now + timedelta(hours=23)


def answer(monkeypatch, agree: bool, reason: str = "") -> list[str]:
    """Answers the question that opens; keeps what it said."""
    said: list[str] = []

    def exec_(self) -> int:
        self.show()
        said.append(words_of(self))
        self.reason.setPlainText(reason)
        return int(QDialog.DialogCode.Accepted if agree else QDialog.DialogCode.Rejected)

    monkeypatch.setattr(acting.ReleaseDialog, "exec", exec_)
    return said


def test_releasing_asks_first_and_undo_does_not_touch_it(
    session, case, show, idle, tmp_path, qtbot, monkeypatch
) -> None:
    vault = session.vault
    record = prepared(vault, case, tmp_path / "n.ddemergency")
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "Only a person releases it" in words_of(page))
    said = answer(monkeypatch, False)
    press(qtbot, page, "Release it…")
    assert "nobody can take that back" in said[0] and "When she is taken." in said[0]
    idle(session)
    assert not vault.emergency.need(record).released_by()
    answer(monkeypatch, True, "Taken at dawn")
    press(qtbot, page, "Release it…")
    qtbot.waitUntil(lambda: "Released by Amina Diallo" in words_of(page))
    told: list[str] = []
    session.undo(page, lambda: told.append("undone"), lambda: told.append("nothing"))
    qtbot.waitUntil(lambda: told == ["nothing"])
    [step] = vault.emergency.need(record).of(packages.RELEASE)
    assert step.note == "Taken at dawn"
    assert "Taken at dawn" in words_of(page)


def test_a_second_person_is_asked_on_their_own_laptop(
    vault, laptop, case, show, tmp_path, qtbot, monkeypatch
) -> None:
    record = prepared(vault, case, tmp_path / "n.ddemergency", holders=(ME, "Béatrice Kaya"), need=2)
    vault.emergency.release(record, "Taken at dawn")
    exporting.export(vault, tmp_path / "stick")
    receiving.receive(laptop, tmp_path / "stick")
    theirs = Session(laptop, laptop.info())
    try:
        alarms = strip(qtbot, theirs)
        qtbot.waitUntil(lambda: ME in words_of(alarms))
        shown = words_of(alarms)
        assert "One more person is needed" in shown and "Taken at dawn" in shown
        answer(monkeypatch, True, "I agree")
        press(qtbot, alarms, "Release it…")
        qtbot.waitUntil(lambda: "is released: Nora Ali" in words_of(alarms))
        assert laptop.emergency.need(record).released()
        press(qtbot, alarms, "They have it")
        qtbot.waitUntil(lambda: not alarms.isVisible())
    finally:
        theirs.operations.close(lambda: None).wait(5)


def test_a_false_alarm_is_ended_from_the_strip(session, case, trusted, tmp_path, qtbot, monkeypatch) -> None:
    """Released, and then she rings: one press, a reason, and the partner cannot open it any more."""
    vault = session.vault
    record = prepared(vault, case, tmp_path / "n.ddemergency", holders=(ME,))
    vault.emergency.release(record, "She does not answer")
    alarms = strip(qtbot, session)
    qtbot.waitUntil(lambda: "is released: Nora Ali" in words_of(alarms))

    def exec_(self) -> int:
        self.findChildren(QLineEdit)[0].setText("She lost her telephone")
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(QDialog, "exec", exec_)
    press(qtbot, alarms, "False alarm…")
    qtbot.waitUntil(lambda: not alarms.isVisible())
    found = vault.emergency.read(record)
    assert found is not None and found.ended_why == "She lost her telephone"


def test_a_drill_from_one_screen_to_the_other(
    session, case, trusted, show, idle, tmp_path, qtbot, monkeypatch
) -> None:
    """Begun here, released, received by the partner's program, said by voice, confirmed here."""
    vault = session.vault
    record = prepared(vault, case, tmp_path / "n.ddemergency")
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "never tried" in words_of(page))
    press(qtbot, page, "Begin a drill")
    qtbot.waitUntil(lambda: "A drill goes on" in words_of(page))
    said = answer(monkeypatch, True)
    press(qtbot, page, "Release (drill)")
    assert "nothing real is opened" in said[0]
    typed = lambda: page.findChildren(QLineEdit)  # noqa: E731
    qtbot.waitUntil(lambda: bool(typed()))
    drill = vault.emergency.need(record).drill
    assert drill is not None
    preparing.write_release(vault, record, tmp_path / "d.ddrelease", drill.id)

    theirs = Session(trusted, trusted.info())
    try:
        kept = escrow.keep(trusted, tmp_path / "n.ddemergency")
        receive = Receive(theirs)
        show(receive)
        receive.go(tmp_path / "d.ddrelease")
        qtbot.waitUntil(lambda: "Something has come" in words_of(receive))
        alarms = strip(qtbot, theirs)
        qtbot.waitUntil(lambda: "A drill of" in words_of(alarms))
        dialog = HeldDialog(theirs, kept, receive)
        show(dialog)
        qtbot.waitUntil(lambda: "has not been released" in words_of(dialog))
        press(qtbot, dialog, "Open the drill")
        qtbot.waitUntil(lambda: "by voice" in words_of(dialog))
        qtbot.waitUntil(lambda: not alarms.isVisible())  # it was opened
    finally:
        theirs.operations.close(lambda: None).wait(5)

    words = steps.words_of(vault.emergency.need(record), drill.id)
    assert " · ".join(words) in words_of(dialog)
    typed()[0].setText("other words here")
    press(qtbot, page, "They are right")
    qtbot.waitUntil(lambda: "not the words" in words_of(page))
    typed()[0].setText(" ".join(words))
    press(qtbot, page, "They are right")
    qtbot.waitUntil(lambda: "went through" in words_of(page))


def test_the_partner_keeps_opens_and_sees_the_case(vault, case, trusted, show, tmp_path, qtbot) -> None:
    record = prepared(vault, case, tmp_path / "n.ddemergency")
    theirs = Session(trusted, trusted.info())
    try:
        receive = Receive(theirs)
        card = HeldCard(theirs)
        show(receive)
        receive.go(tmp_path / "n.ddemergency")
        qtbot.waitUntil(lambda: bool(receive.findChildren(QDialog)))
        [dialog] = receive.findChildren(QDialog)
        package = escrow.look(trusted, tmp_path / "n.ddemergency")
        assert " · ".join(escrow.words(package)) in words_of(dialog)
        assert "When she is taken." in words_of(dialog)
        press(qtbot, dialog, "Keep it")
        qtbot.waitUntil(lambda: "It is kept" in words_of(receive))
        show(card)
        qtbot.waitUntil(lambda: "Never tried" in words_of(card))
        [kept] = escrow.all_of(trusted)

        vault.emergency.release(record, "Taken at dawn")
        preparing.write_release(vault, record, tmp_path / "r.ddrelease")
        alarms = strip(qtbot, theirs)
        receive.go(tmp_path / "r.ddrelease")
        qtbot.waitUntil(lambda: "released an emergency package to you" in words_of(alarms))
        assert "Taken at dawn" in words_of(alarms)
        wanted: list[str] = []
        alarms.held_wanted.connect(wanted.append)
        press(qtbot, alarms, "Open…")
        assert wanted == [kept.id]
        window = HeldDialog(theirs, kept.id, receive)
        cases: list[str] = []
        window.opened.connect(cases.append)
        show(window)
        qtbot.waitUntil(lambda: "Released by" in words_of(window))
        press(qtbot, window, "Open it")
        qtbot.waitUntil(lambda: "taken in" in words_of(window))
        qtbot.waitUntil(lambda: window._go.isVisible())
        press(qtbot, window, "Show the case")
        assert cases == [case] and trusted.get(case).text("title") == "Nora Ali"
        qtbot.waitUntil(lambda: not alarms.isVisible())
    finally:
        theirs.operations.close(lambda: None).wait(5)


def test_a_damaged_package_says_what_to_do(vault, case, trusted, show, tmp_path, qtbot) -> None:
    prepared(vault, case, tmp_path / "n.ddemergency")
    data = (tmp_path / "n.ddemergency").read_bytes()
    (tmp_path / "torn.ddemergency").write_bytes(data[: len(data) // 2])
    theirs = Session(trusted, trusted.info())
    try:
        receive = Receive(theirs)
        show(receive)
        receive.go(tmp_path / "torn.ddemergency")
        qtbot.waitUntil(lambda: "incomplete" in words_of(receive))
        assert "new copy" in words_of(receive)
        assert not receive.findChildren(QDialog)
    finally:
        theirs.operations.close(lambda: None).wait(5)


def test_ending_needs_a_reason(session, case, show, tmp_path, qtbot, monkeypatch) -> None:
    vault = session.vault
    record = prepared(vault, case, tmp_path / "n.ddemergency")
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "Only a person releases it" in words_of(page))

    def exec_(self) -> int:
        self.show()
        agree = next(b for b in self.findChildren(QPushButton) if b.text() == "End it")
        assert not agree.isEnabled()
        self.findChildren(QLineEdit)[0].setText("She is home")
        assert agree.isEnabled()
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(QDialog, "exec", exec_)
    press(qtbot, page, "End it…")
    qtbot.waitUntil(lambda: "Ended on" in words_of(page))
    found = vault.emergency.read(record)
    assert found is not None and found.ended_why == "She is home"
    assert "Release it…" not in [b.text() for b in page.findChildren(QPushButton)]


def test_consent_withdrawn_is_a_task_to_end_the_package(session, case, show, tmp_path, qtbot) -> None:
    """The package gives the case to a partner later: who withdraws has to be asked about it."""
    vault = session.vault
    prepared(vault, case, tmp_path / "n.ddemergency")
    holder = QWidget()
    view = CaseView(session, case, Toast(holder), holder)
    show(holder)
    qtbot.waitUntil(lambda: view.title.whole() == "Nora Ali")
    view._tell_withdrawn("")
    qtbot.waitUntil(lambda: bool(vault.children(case, "task")))
    [task] = vault.children(case, "task")
    assert task.text("title") == "Consent withdrawn: end the emergency package for Nora Ali"
    assert task.text("task_type") == "withdrawal" and task.text("status") == "open"
    view._tell_withdrawn("")
    qtbot.waitUntil(lambda: "Nobody has to be told" in view.notice.message)
    assert len(vault.children(case, "task")) == 1


def test_a_reason_too_long_for_its_letter_is_said_before_it_is_sent(
    session, case, show, tmp_path, qtbot
) -> None:
    record = prepared(session.vault, case, tmp_path / "n.ddemergency")
    holder = QWidget()
    show(holder)
    dialog = acting.ReleaseDialog(session.vault.emergency.need(record), False, holder)
    dialog.show()
    dialog.reason.setPlainText("x" * 2001)
    assert not dialog.go.isEnabled() and dialog.long.isVisible()
    dialog.reason.setPlainText("Taken at dawn")
    assert dialog.go.isEnabled() and not dialog.long.isVisible()
    dialog.hide()


def test_asking_a_partners_server_can_be_seen_and_stopped(
    vault, case, trusted, show, tmp_path, qtbot, monkeypatch
) -> None:
    prepared(vault, case, tmp_path / "n.ddemergency")
    kept = escrow.keep(trusted, tmp_path / "n.ddemergency")
    trusted.save([Edit(kept, "asks", True)])
    asked: list[int] = []

    def slow(_vault, progress):
        while True:
            asked.append(1)
            progress(len(asked), 1000)
            time.sleep(0.01)

    monkeypatch.setattr(escrow, "ask", slow)
    theirs = Session(trusted, trusted.info())
    try:
        card = HeldCard(theirs)
        show(card)
        qtbot.waitUntil(card.asked.isVisible)
        card.ask()
        qtbot.waitUntil(lambda: bool(asked) and card.progress.isVisible())
        press(qtbot, card, "Stop")
        qtbot.waitUntil(lambda: not card.progress.isVisible())
    finally:
        theirs.operations.close(lambda: None).wait(5)
