"""By stick and by server; a new colleague; what the status bar says."""

from __future__ import annotations

import threading

import pytest

from defenderdesk.errors import Cancelled, DamagedError, NoSafeLinkError
from defenderdesk.ui.entry.first_run import JOIN, FirstRun
from defenderdesk.ui.exchange.page import Exchange
from defenderdesk.ui.exchange.task_card import Errand
from defenderdesk.ui.parts.verify_words import Compare
from defenderdesk.ui.shell.status import StatusBar, reason
from defenderdesk.ui.workspace.page import Workspace
from defenderdesk.vault import CaseFilter, Edit, Vault
from tests.ui.world import PASSPHRASE, colleague


@pytest.fixture
def field(vault, samples, tmp_path):
    made = colleague(vault, tmp_path)
    yield made
    made.close()


@pytest.fixture
def page(session, field, show, idle):
    made = show(Exchange(session))
    idle(session)
    return made


def test_what_a_stick_brings_is_told_in_words(page, session, vault, field, samples, tmp_path, idle):
    from defenderdesk.sync.bundles import exporting

    field.save([Edit(samples[0], "reference", "FROM-THE-FIELD")])
    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(field, stick)
    page.receive.go(stick)
    idle(session)
    assert page.receive.notice.message.startswith("Received: 1 change")
    assert vault.get(samples[0]).text("reference") == "FROM-THE-FIELD"
    page.receive.go(stick)
    idle(session)
    assert page.receive.notice.message == "Nothing new: you had all of it."


def test_export_writes_for_the_chosen_and_says_what(page, session, vault, samples, tmp_path, idle):
    assert [box.text() for box in page.export.boxes.values()] == ["Béatrice Kaya"]
    vault.save([Edit(samples[0], "reference", "NEW")])
    out = tmp_path / "out"
    out.mkdir()
    page.export.all.setChecked(True)
    page.export.go(out)
    idle(session)
    assert page.export.notice.message.startswith("Exported: ")
    assert list(out.rglob("*.ddbundle"))


def test_a_damaged_bundle_says_the_next_step(page, session, tmp_path, idle):
    path = tmp_path / "torn.ddbundle"
    path.write_bytes(b"age-encryption.org/v1\nnonsense")
    page.receive.go(path)
    idle(session)
    assert page.receive.notice.isVisible()
    assert page.receive.notice._next.text()


def test_an_errand_shows_progress_and_stops(session, show, qtbot):
    class Slow(Errand):
        pass

    slow = show(Slow(session, "usb", "Slow", "About"))
    reached = threading.Event()

    def work(progress):
        for step in range(10_000):
            progress(step, 10_000)
            reached.set()
            threading.Event().wait(0.002)

    slow.run("Working…", work, lambda _: None)
    qtbot.waitUntil(reached.is_set)
    assert slow.progress.isVisible()
    slow.progress._cancel()
    qtbot.waitUntil(lambda: not slow.progress.isVisible(), timeout=3000)
    assert slow.notice.message == "Stopped."


def test_saves_do_not_wait_behind_an_errand(session, vault, samples, show, qtbot):
    from PySide6.QtWidgets import QWidget

    holder = show(QWidget())
    go_on = threading.Event()
    session.operations.errand(holder, lambda _: go_on.wait(5))
    saved = []
    session.save(holder, [Edit(samples[0], "reference", "Q")], lambda _: saved.append(True))
    qtbot.waitUntil(lambda: bool(saved), timeout=2000)
    go_on.set()


def test_the_status_bar_says_what_waits_and_why(session, samples, show, idle):
    bar = show(StatusBar(session), 900, 40)
    bar.tell(reason(NoSafeLinkError(reason="server not reached")), True)
    idle(session)
    said = bar.said.text()
    assert said.endswith("changes waiting: no safe link, server not reached")


def test_a_second_desk_shows_up_everywhere(window, vault, qtbot):
    view = window.view
    view.show_page("cases")
    assert view.pages["cases"].desk.isHidden()
    view.show_page("workspace")
    page = view.pages["workspace"]
    page.desk_name.setText("Sahel")
    page.add_desk()
    qtbot.waitUntil(lambda: len(window.session.info.desks) == 2, timeout=4000)
    qtbot.waitUntil(lambda: not view.pages["cases"].desk.isHidden(), timeout=4000)
    assert not page.desk.isHidden()
    assert page.desk.code
    view.show_page("exchange")
    assert not view.pages["exchange"].export.desk.isHidden()


def test_an_invitation_is_written(session, show, idle, tmp_path):
    page = show(Workspace(session))
    idle(session)
    page.write_invitation(tmp_path / "b.ddinvite")
    idle(session)
    assert (tmp_path / "b.ddinvite").exists()
    assert page.notice.message == "The invitation is written: b.ddinvite"


def test_a_colleague_joins_with_six_words(session, vault, samples, show, idle, qtbot, tmp_path, monkeypatch):
    office = show(Workspace(session))
    office.write_invitation(tmp_path / "c.ddinvite")
    idle(session)
    fresh, _ = Vault.create(tmp_path / "fresh", PASSPHRASE, unlock_seconds=0.01)
    first = show(FirstRun(tmp_path / "fresh", fresh))
    first.go(JOIN)
    first.join.member.setText("Chantal")
    first.join.ask(tmp_path / "c.ddinvite", tmp_path / "c.ddjoin")
    qtbot.waitUntil(lambda: (tmp_path / "c.ddjoin").exists(), timeout=6000)
    qtbot.waitUntil(lambda: first.join._stack.current == 1, timeout=3000)

    compared = []

    def compare(dialog):
        compared.append(dialog.windowTitle())
        return Compare.DialogCode.Accepted

    monkeypatch.setattr(Compare, "exec", compare)
    answer = tmp_path / "for-chantal.ddbundle"
    monkeypatch.setattr("defenderdesk.ui.workspace.page.Picker.ask", lambda *a, **k: answer)
    office.read_join(tmp_path / "c.ddjoin")
    qtbot.waitUntil(lambda: "approved" in office.notice.message, timeout=8000)
    assert compared

    with qtbot.waitSignal(first.opened, timeout=8000) as told:
        first.join.receive(answer)
    assert told.args[1].workspace == vault.info().workspace
    assert fresh.count_cases(CaseFilter()) == len(samples)
    fresh.close()


def test_a_colleague_joins_over_the_network(
    session, vault, samples, show, idle, qtbot, tmp_path, monkeypatch
):
    """The letterboxes of a server, as a test bends them; the network itself is tested in sync."""
    from defenderdesk.sync.bundles import receiving
    from defenderdesk.sync.enrolment import approval, join_request, mailbox

    box = {}

    def ask(laptop, invitation, member):
        found = join_request.join(laptop, invitation, member, tmp_path / "asked.ddjoin")
        box["request"] = tmp_path / "asked.ddjoin"
        return found

    def pending(office, client=None):
        return [(approval.read_join(office, box["request"]), b"")] if "request" in box else []

    def approve(office, request, progress=None, since_ms=0):
        box["reply"] = tmp_path / "reply.ddbundle"
        approval.approve(office, box["request"], box["reply"])

    def collect(laptop):
        return receiving.receive(laptop, box["reply"]) if "reply" in box else None

    for act in (ask, pending, approve, collect):
        monkeypatch.setattr(mailbox, act.__name__, act)
    monkeypatch.setattr(Compare, "exec", lambda dialog: Compare.DialogCode.Accepted)

    office = show(Workspace(session))
    office.look_on_server()
    idle(session)
    assert office.notice.message == "Nobody waits on the server."
    office.write_invitation(tmp_path / "d.ddinvite")
    idle(session)
    fresh, _ = Vault.create(tmp_path / "fresh", PASSPHRASE, unlock_seconds=0.01)
    first = show(FirstRun(tmp_path / "fresh", fresh))
    first.go(JOIN)
    first.join.member.setText("Chantal")
    first.join.ask_online(tmp_path / "d.ddinvite")
    qtbot.waitUntil(lambda: first.join._stack.current == 1, timeout=5000)
    first.join.collect()
    qtbot.waitUntil(lambda: "not approved yet" in first.join.notice.message, timeout=5000)
    office.look_on_server()
    qtbot.waitUntil(lambda: "approved" in office.notice.message, timeout=8000)
    with qtbot.waitSignal(first.opened, timeout=8000):
        first.join.collect()
    assert fresh.count_cases(CaseFilter()) == len(samples)
    fresh.close()


def test_route_and_pause_are_kept_in_the_vault(page, session, vault, idle):
    page.synchronise.route.set_code("socks5h://127.0.0.1:9050")
    page.synchronise.route.chosen.emit()
    page.synchronise.pause.click()
    idle(session)
    assert vault.setting("route") == "socks5h://127.0.0.1:9050"
    assert vault.setting("paused") is True


def test_reasons_fit_one_line():
    assert reason(DamagedError(what="torn")) == "This file is damaged or was altered: torn"
    assert reason(NoSafeLinkError()) == "no safe link"
    assert Cancelled().describe() == "Stopped."
