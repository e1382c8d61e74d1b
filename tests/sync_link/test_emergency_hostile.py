"""Releases over a server that lies, and among colleagues who write what they like."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from defenderdesk.bundle import emergency as sealing
from defenderdesk.domain.checkins import Agreement
from defenderdesk.errors import NoSafeLinkError
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.sync import synchronise
from defenderdesk.sync.server import connect
from defenderdesk.sync.server.client import Client
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.emergency import packages, steps
from tests.conftest import Pair
from tests.sync_link.server import running
from tests.worlds.missed import _time_of, ago, missed, prepared
from tests.worlds.packages import wish


@pytest.fixture
def trusted(make_vault) -> Vault:
    return make_vault("trusted")


@pytest.fixture
def server(tmp_path: Path):
    with running(tmp_path / "server") as one:
        yield one


def answering(monkeypatch: pytest.MonkeyPatch, told: Any) -> None:
    """Every deposit is answered so."""
    ask = Client.json

    def lying(self: Client, method: str, path: str, *args: Any, **more: Any) -> dict[str, Any]:
        answer = ask(self, method, path, *args, **more)
        return {"fetched": told} if "/deposits/" in path and method == "PUT" else answer

    monkeypatch.setattr(Client, "json", lying)


@pytest.mark.parametrize("told", ["x", None, True, [1], -3])
def test_a_strange_answer_is_no_release(
    pair: Pair, trusted, server, tmp_path, monkeypatch, told: Any
) -> None:
    ours, _ = prepared(pair, trusted, server, tmp_path, timed=True, agreement=missed(1))
    answering(monkeypatch, told)
    with pytest.raises(NoSafeLinkError):
        synchronise.sync(pair.office)
    assert not pair.office.emergency.need(ours).released_by()


def test_a_server_that_says_it_handed_it_out_stops_nobody(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    """Two are needed: the office, and the server by its own word. The second person's laptop
    releases it all the same."""
    answering(monkeypatch, 1)
    ours, theirs = prepared(pair, trusted, server, tmp_path, need=2, timed=True, agreement=missed(43))
    synchronise.sync(pair.office)
    synchronise.sync(pair.laptop)
    found = pair.laptop.emergency.need(ours)
    assert found.released_by() == ["Office", "Amina", packages.SERVER]
    escrow.ask(trusted)
    assert escrow.state(trusted, theirs).released


def test_a_colleagues_package_that_cannot_be_brought_stops_nothing(
    pair: Pair, trusted, server, tmp_path
) -> None:
    """They make one of their own, too large for the server, with more pieces than there can be,
    with the name of ours."""
    ours, theirs = prepared(pair, trusted, server, tmp_path, timed=True, agreement=missed(1))
    synchronise.sync(pair.laptop)
    real = pair.laptop.get(ours)
    for n, more in enumerate(
        (
            {"timed": base64.b64encode(bytes(70_000)).decode()},
            {"hashes": ["AAAA"] * 300, "drill_hashes": ["AAAA"] * 300},
            {"ended": "2026-01-01"},
            {"case": "nowhere", "need": 1},
            {"case": real.id, "need": 1, "content": {"x": "y"}, "organisation": "nobody"},
            {"holders": [f"Nobody {n}" for n in range(10_000)]},
        )
    ):
        made = pair.laptop.new_id()
        told = {**real.fields, "kind": "emergency", "title": f"Copy {n}", **more}
        edits = [Edit(made, name, value) for name, value in told.items()]
        step = {"what": "release", "holder": "Amina", "piece": "AAAA"}
        edits += steps.step_edits(pair.laptop.new_id(), made, step)
        pair.laptop.save(edits, real.desk)
    synchronise.sync(pair.laptop)
    pair.office.emergency.release(ours, "Taken")
    synchronise.sync(pair.office)
    synchronise.sync(pair.office)
    escrow.ask(trusted)
    assert escrow.state(trusted, theirs).released


def test_what_a_colleague_wrote_over_on_the_server_comes_back(pair: Pair, trusted, server, tmp_path) -> None:
    ours, theirs = prepared(pair, trusted, server, tmp_path)
    pair.office.emergency.release(ours, "Taken")
    synchronise.sync(pair.office)
    found = pair.office.emergency.need(ours)
    synchronise.sync(pair.laptop)
    client, _ = connect.connect(pair.laptop)
    name = sealing.letter_name(found.token, False, 0)
    client.json("PUT", f"/v1/deposits/{name}?not_before=0", raw=b"rubbish")
    client.close()
    assert escrow.ask(trusted) == []
    synchronise.sync(pair.office)
    assert escrow.ask(trusted) == [theirs]


def test_a_clock_that_was_years_behind_when_it_was_prepared_is_an_alarm_first(
    pair: Pair, trusted, server, tmp_path
) -> None:
    """An empty battery: it is 2020 where it was prepared. Colleagues have their time to stop it,
    and the server waits as long."""
    for vault in (pair.office, pair.laptop):
        synchronise.sync(vault, server.url)
    agreement = Agreement(24, 6, 12, ago(6 * 365 * 24))
    made = wish(pair.office, trusted, ("Office", "Amina"))
    made = replace(made, letters=True, timed=True, agreement=agreement)
    ours = preparing.prepare(pair.office, made, tmp_path / "x.ddemergency")
    synchronise.sync(pair.office)
    synchronise.sync(pair.laptop)
    for vault in (pair.office, pair.laptop):
        found = vault.emergency.need(ours)
        assert not found.released_by()
        standing = found.standing(vault.emergency.now())
        assert standing is not None and standing.phase.value == "release"  # it is alarmed
    assert _time_of(tmp_path, 1) > time.time() + 11 * 3600


def test_a_check_in_of_a_slow_clock_counts_from_what_it_had_seen(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    """The clock is twenty hours behind: without more, the check-in would be one of yesterday."""
    ours, _ = prepared(pair, trusted, server, tmp_path, agreement=Agreement(12, 1, 1, ago(13.5)))
    pair.carry(pair.office, pair.laptop)
    store = type(pair.laptop.store)
    real = store.now_ms
    monkeypatch.setattr(store, "now_ms", staticmethod(lambda: real() - 20 * 3600 * 1000))
    pair.laptop.emergency.check_in(ours)
    monkeypatch.undo()
    found = pair.laptop.emergency.need(ours)
    standing = found.standing(pair.laptop.emergency.now())
    assert standing is not None and standing.phase.value == "fine"


def test_who_does_not_know_everything_pulls_nothing_forward(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    """The office checked in; the laptop does not get that, and goes on bringing what it knows."""
    agreement = Agreement(1, 0, 1, ago(1.9))
    ours, _ = prepared(pair, trusted, server, tmp_path, timed=True, agreement=agreement)
    synchronise.sync(pair.laptop)
    pair.office.emergency.check_in(ours)
    synchronise.sync(pair.office)
    later = _time_of(tmp_path, 1)
    assert later > time.time() + 1.9 * 3600
    from defenderdesk.sync.server.mailbox import Mailbox

    def nothing(self: Mailbox) -> None:
        self.report.withheld.append("Office")

    monkeypatch.setattr(Mailbox, "_pull", nothing)
    synchronise.sync(pair.laptop)
    assert _time_of(tmp_path, 1) == later


def test_who_comes_when_all_is_over_takes_it_from_the_server_too(
    pair: Pair, trusted, server, tmp_path
) -> None:
    """The office, which brought it there, is gone; the laptop never met the server before."""
    now = pair.office.emergency.now()
    agreement = Agreement(24, 6, 12, ago(24), now + timedelta(seconds=2))
    ours, _ = prepared(pair, trusted, server, tmp_path, timed=True, agreement=agreement)
    assert _time_of(tmp_path, 1)
    pair.carry(pair.office, pair.laptop)
    pair.laptop.emergency.check_in(ours)
    synchronise.sync(pair.laptop)
    assert _time_of(tmp_path, 0) == 0
