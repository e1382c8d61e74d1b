"""The screens of an emergency hold: records that are gone, too many alarms, thousands of steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.ui.emergency.alarms import MOST
from defenderdesk.ui.emergency.packages import Packages
from defenderdesk.ui.exchange.escrow import HeldCard, KeepDialog
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.emergency import steps
from defenderdesk.vault.erasure import erase
from tests.ui.world import words_of
from tests.worlds.emergency_screens import (
    case,
    missed_since,
    organisation,
    prepared,
    press,
    strip,
    trusted,
)

__all__ = ["case", "trusted"]
ODD = (5, -1, 2**62, True, "x", "9999-99-99", "9999-12-31T23:59:59+00:00", ["x"], {"x": 1}, [])


def test_a_release_is_shown_though_the_partners_record_is_gone(
    vault: Vault, case, trusted, show, tmp_path, qtbot
) -> None:
    ours = prepared(vault, case, tmp_path / "n.ddemergency")
    theirs = escrow.keep(trusted, tmp_path / "n.ddemergency")
    vault.emergency.release(ours, "Taken at dawn")
    preparing.write_release(vault, ours, tmp_path / "r.ddrelease")
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    trusted.save([Edit(theirs, "organisation", "nothing of that name")])
    session = Session(trusted, trusted.info())
    try:
        alarms = strip(qtbot, session)
        qtbot.waitUntil(lambda: "Taken at dawn" in words_of(alarms))
        assert vault.info().workspace in words_of(alarms)
        card = HeldCard(session)
        show(card)
        qtbot.waitUntil(lambda: "Nora Ali" in words_of(card))
    finally:
        session.operations.close(lambda: None).wait(5)


def test_the_page_is_shown_though_the_partners_record_is_gone(
    session, case, trusted, show, tmp_path, qtbot
) -> None:
    vault = session.vault
    prepared(vault, case, tmp_path / "n.ddemergency")
    erase.erase(vault.store, [organisation(vault)], "They asked for it")
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "Only a person releases it" in words_of(page))


def test_many_alarms_leave_the_page_below_in_reach(session, case, trusted, show, tmp_path, qtbot) -> None:
    vault = session.vault
    for n in range(12):
        prepared(vault, case, tmp_path / f"{n}.ddemergency", agreement=missed_since(vault, 31))
    late = prepared(vault, case, tmp_path / "l.ddemergency", title="Late", agreement=missed_since(vault, 26))
    alarms = strip(qtbot, session)
    qtbot.waitUntil(lambda: "There are 10 more" in words_of(alarms))
    assert words_of(alarms).count("Nora Ali") == MOST
    assert "Late" not in words_of(alarms) and late  # what presses comes first
    assert alarms.sizeHint().height() < 420
    press(qtbot, alarms, "Show all")
    qtbot.waitUntil(lambda: "Late" in words_of(alarms))
    assert words_of(alarms).count("Nora Ali") == 12


def test_years_of_check_ins_are_not_all_built(session, case, trusted, show, tmp_path, qtbot) -> None:
    vault = session.vault
    record = prepared(vault, case, tmp_path / "n.ddemergency")
    edits = []
    for n in range(400):
        edits += steps.step_edits(
            vault.new_id(),
            record,
            {"what": "check_in", "at": f"2026-01-01T{n % 24:02}:00:00+00:00", "note": f"call {n}."},
        )
    vault.save(edits)
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "350 earlier steps are not shown" in words_of(page))
    assert words_of(page).count("call ") == 50


def test_a_server_that_is_no_longer_the_offices_is_pointed_out(
    session, case, trusted, show, tmp_path, qtbot
) -> None:
    vault = session.vault
    vault.set_setting("server", "https://old.example/#sha256=" + "0" * 64)
    agreement = missed_since(vault, 1)
    prepared(vault, case, tmp_path / "n.ddemergency", letters=True, timed=True, agreement=agreement)
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "All is well" in words_of(page))
    assert "another server" not in words_of(page)
    vault.set_setting("server", "https://new.example/#sha256=" + "1" * 64)
    page.load(case)
    qtbot.waitUntil(lambda: "synchronise once more with the old server" in words_of(page))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_value_that_a_colleague_writes_stills_the_strip(
    session, case, trusted, show, tmp_path, qtbot, odd: object
) -> None:
    """In every field of packages and steps that they make themselves."""
    vault = session.vault
    prepared(vault, case, tmp_path / "n.ddemergency", agreement=missed_since(vault, 31))
    [found] = vault.emergency.all_of()
    fields = {**vault.get(found.id).fields, "kind": "emergency"}
    step = {
        "kind": "emergency_step",
        "emergency": found.id,
        "what": "check_in",
        "at": "2020-01-01T00:00:00+00:00",
    }
    edits = []
    for base, names in (
        (fields, [*fields, "ended", "ended_why", "timed", "server", "token"]),
        (step, ["what", "at", "until", "holder", "drill", "piece", "note"]),
    ):
        for name in names:
            if name in ("kind", "emergency"):
                continue
            made = vault.new_id()
            told = {**base, name: odd, "title": base.get("title", "")}
            edits += [Edit(made, field, value) for field, value in told.items()]  # type: ignore[arg-type]
    for what in ("drill", "wait", "release", "piece"):
        made = vault.new_id()
        told = {**step, "what": what, "at": odd, "until": odd, "piece": "AAAA", "note": odd}
        edits += [Edit(made, field, value) for field, value in told.items()]  # type: ignore[arg-type]
    vault.save(edits, found.desk)
    alarms = strip(qtbot, session)
    qtbot.waitUntil(lambda: "Nora Ali" in words_of(alarms))
    page = Packages(session, Links(session))
    show(page)
    page.load(case)
    qtbot.waitUntil(lambda: "Nora Ali" in words_of(page))
    for row in range(page.list.count()):
        page.list.setCurrentRow(row)
    vault.emergency.maintain()
    assert vault.emergency.need(found.id).live


def test_where_a_partners_server_is_said_as_it_is_reached(vault, case, trusted, show, tmp_path) -> None:
    prepared(vault, case, tmp_path / "n.ddemergency")
    package = escrow.look(trusted, tmp_path / "n.ddemergency")
    session = Session(trusted, trusted.info())
    address = "https://amnesty.example@evil.example/#sha256=" + "0" * 64
    parent = HeldCard(session)
    try:
        for server, shown in ((address, True), ("file:///etc/passwd", False)):
            made = replace(package, server=server)
            dialog = KeepDialog(session, tmp_path / "n.ddemergency", made, parent)
            show(dialog)
            assert dialog.asks.isVisible() is shown
            assert ("https://evil.example:443" in words_of(dialog)) is shown
            assert "amnesty" not in words_of(dialog)
    finally:
        session.operations.close(lambda: None).wait(5)
