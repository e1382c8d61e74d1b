"""Missed check-ins and the server: released when, and only when, that was agreed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from defenderdesk.bundle import emergency as sealing
from defenderdesk.domain.checkins import Agreement
from defenderdesk.errors import EmergencyError, NoSafeLinkError
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.interchange.shares import exporting
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.server import connect
from defenderdesk.sync.server.client import Client
from defenderdesk.vault import Edit
from defenderdesk.vault.emergency import packages, steps
from tests.conftest import Pair
from tests.worlds.missed import _time_of, ago, missed, prepared, server, trusted
from tests.worlds.packages import LETTER, wish

__all__ = ["server", "trusted"]


def test_a_persons_release_reaches_the_partner_by_itself(pair: Pair, trusted, server, tmp_path) -> None:
    ours, theirs = prepared(pair, trusted, server, tmp_path)
    assert escrow.ask(trusted) == []
    synchronise.sync(pair.laptop)
    pair.laptop.emergency.release(ours, "Taken at the airport")
    synchronise.sync(pair.laptop)
    assert escrow.ask(trusted) == [theirs] and escrow.ask(trusted) == []
    assert escrow.open_released(trusted, theirs).letter == LETTER
    # what the server holds says nothing
    for path in (tmp_path / "server").rglob("*"):
        if path.is_file():
            for secret in (b"Nora", b"airport", b"Odhiambo", b"Amina"):
                assert secret not in path.read_bytes()


@pytest.mark.parametrize(("hours", "out"), [(20, False), (28, False), (40, False), (43, True)])
def test_missed_check_ins_release_it_where_agreed(
    pair: Pair, trusted, server, tmp_path, hours: float, out: bool
) -> None:
    ours, theirs = prepared(pair, trusted, server, tmp_path, agreement=missed(hours))
    synchronise.sync(pair.laptop)
    found = pair.laptop.emergency.need(ours)
    assert bool(found.released_by()) is out
    assert bool(escrow.ask(trusted)) is out
    assert escrow.state(trusted, theirs).released is out
    if out:  # by one person's laptop, and not again by the other's
        assert found.released_by() == ["Office"]
        assert found.of("release")[0].note == steps.BY_ITSELF


def test_nothing_goes_by_itself_where_only_a_warning_was_agreed(
    pair: Pair, trusted, server, tmp_path
) -> None:
    ours, _ = prepared(pair, trusted, server, tmp_path, agreement=missed(4000, None))
    synchronise.sync(pair.laptop)
    assert not pair.laptop.emergency.need(ours).released_by()
    assert escrow.ask(trusted) == []


def test_a_check_in_that_has_arrived_stops_it(pair: Pair, trusted, server, tmp_path) -> None:
    """The person's own laptop checked in; the office, which was offline, hears of it before
    anything is released."""
    for vault in (pair.office, pair.laptop):
        synchronise.sync(vault, server.url)
    made = replace(wish(pair.office, trusted, ("Office", "Amina")), letters=True, agreement=missed(43))
    ours = preparing.prepare(pair.office, made, tmp_path / "x.ddemergency")
    pair.carry(pair.office, pair.laptop)
    pair.laptop.emergency.check_in(ours)
    synchronise.sync(pair.laptop)
    synchronise.sync(pair.office)
    assert not pair.office.emergency.need(ours).released_by()


def test_two_persons_are_needed_after_missed_check_ins_too(pair: Pair, trusted, server, tmp_path) -> None:
    ours, theirs = prepared(pair, trusted, server, tmp_path, need=2, agreement=missed(43))
    assert pair.office.emergency.need(ours).released_by() == ["Office"]
    escrow.ask(trusted)
    assert not escrow.state(trusted, theirs).released
    synchronise.sync(pair.laptop)
    escrow.ask(trusted)
    assert escrow.state(trusted, theirs).released


def test_a_wrong_clock_on_one_side_releases_nothing(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    """The office's clock is set a year ahead: the server's does not agree."""
    ours, _ = prepared(pair, trusted, server, tmp_path, agreement=missed(1))
    store = type(pair.office.store)
    ahead = 365 * 24 * 3600 * 1000
    before = store.now_ms
    monkeypatch.setattr(store, "now_ms", staticmethod(lambda: before() + ahead))
    synchronise.sync(pair.office)
    assert not pair.office.emergency.need(ours).released_by()


def test_a_server_that_claims_another_time_releases_nothing(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    ours, _ = prepared(pair, trusted, server, tmp_path, agreement=missed(1))
    monkeypatch.setattr(Client, "time", property(lambda self: int(time.time()) + 365 * 86400))
    synchronise.sync(pair.office)
    assert not pair.office.emergency.need(ours).released_by()


def test_a_server_that_holds_something_back_releases_nothing(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    """What it holds back may be the check-in."""
    from defenderdesk.sync.server.mailbox import Mailbox

    compare = Mailbox._compare

    def withheld(self: Mailbox) -> None:
        compare(self)
        self.report.withheld.append("Amina")

    monkeypatch.setattr(Mailbox, "_compare", withheld)
    ours, _ = prepared(pair, trusted, server, tmp_path, agreement=missed(43))
    assert not pair.office.emergency.need(ours).released_by()


def test_the_server_hands_out_its_piece_when_nobody_is_left(pair: Pair, trusted, server, tmp_path) -> None:
    """The office is raided: no laptop synchronises any more."""
    agreement = Agreement(1, 0, 1, ago(1.9995))  # the release is due in about two seconds
    ours, theirs = prepared(pair, trusted, server, tmp_path, timed=True, agreement=agreement)
    due = agreement.start + timedelta(hours=2)
    package = escrow.package_of(trusted, theirs)
    name = sealing.letter_name(package.token, False, 2)
    if datetime.now(UTC) < due:
        assert not escrow.state(trusted, theirs).by
    while datetime.now(UTC) < due + timedelta(seconds=1):
        time.sleep(0.2)
    assert escrow.ask(trusted) == [theirs]
    assert escrow.state(trusted, theirs).released
    assert escrow.open_released(trusted, theirs).letter == LETTER
    assert len(name) == 32
    synchronise.sync(pair.laptop)  # somebody comes back, and is told
    found = pair.laptop.emergency.need(ours)
    assert packages.SERVER in found.released_by() and found.released()


def test_a_check_in_moves_what_the_server_hands_out(pair: Pair, trusted, server, tmp_path) -> None:
    agreement = Agreement(1, 0, 1, ago(1.9))
    ours, _ = prepared(pair, trusted, server, tmp_path, timed=True, agreement=agreement)
    pair.office.emergency.check_in(ours)
    synchronise.sync(pair.office)
    assert _time_of(tmp_path, 1) > time.time() + 1.9 * 3600
    pair.office.emergency.end(ours, "She is home")
    synchronise.sync(pair.office)
    assert _time_of(tmp_path, 0) == 0
    assert escrow.ask(trusted) == []


def test_a_drill_goes_over_the_server_and_leaves_nothing(pair: Pair, trusted, server, tmp_path) -> None:
    ours, theirs = prepared(pair, trusted, server, tmp_path)
    drill = pair.office.emergency.begin_drill(ours)
    pair.office.emergency.release(ours, "", drill)
    synchronise.sync(pair.office)
    assert escrow.ask(trusted) == [theirs]
    words = escrow.drill(trusted, theirs)
    pair.office.emergency.end_drill(ours, " ".join(words))
    synchronise.sync(pair.office)
    assert _time_of(tmp_path, 0) == 0
    with pytest.raises(EmergencyError):
        escrow.open_released(trusted, theirs)


def test_nobody_asks_a_partners_server_without_being_told_to(pair: Pair, trusted, server, tmp_path) -> None:
    """Not without the person's word, not while paused; and not a server that was not pinned."""
    ours, theirs = prepared(pair, trusted, server, tmp_path, asks=False)
    pair.office.emergency.release(ours)
    synchronise.sync(pair.office)
    assert escrow.ask(trusted) == []
    trusted.save([Edit(theirs, "asks", True)])
    trusted.set_setting("paused", True)
    with pytest.raises(NoSafeLinkError):
        escrow.ask(trusted)
    trusted.set_setting("paused", False)
    assert escrow.ask(trusted) == [theirs]


def test_deposits_belong_to_their_workspace(pair: Pair, server, make_vault) -> None:
    """Strangers cannot write, move or drop one; nobody gets it before its time; sizes are bounded;
    another workspace's device neither."""
    synchronise.sync(pair.office, server.url)
    client, _ = connect.connect(pair.office)
    name = "ab" * 16
    try:
        soon = int(time.time()) + 3600
        assert client.json("PUT", f"/v1/deposits/{name}?not_before={soon}", raw=b"sealed") == {"fetched": 0}
        open_client = Client(link_policy.decide(server.url))
        open_client.hello()
        for path in (f"/v1/deposits/{name}", "/v1/deposits/" + "cd" * 16):
            with pytest.raises(Exception, match="not-found"):
                open_client.request("GET", path, signed=False)
        for method in ("PUT", "DELETE"):
            with pytest.raises(NoSafeLinkError):
                open_client.json(method, f"/v1/deposits/{name}", raw=b"x", signed=False)
        with pytest.raises(Exception, match="too-large"):
            client.json("PUT", f"/v1/deposits/{name}", raw=bytes(70_000))
        with pytest.raises(Exception, match="malformed"):
            client.json("PUT", f"/v1/deposits/{name}?not_before=-5", raw=b"x")
        with pytest.raises(Exception, match="not-found"):
            client.json("PUT", "/v1/deposits/" + "ef" * 16)
        client.json("PUT", f"/v1/deposits/{name}?not_before=0")
        assert open_client.request("GET", f"/v1/deposits/{name}", signed=False) == b"sealed"
        assert client.json("PUT", f"/v1/deposits/{name}?not_before=0")["fetched"] > 0
        client.json("DELETE", f"/v1/deposits/{name}")
        with pytest.raises(Exception, match="not-found"):
            open_client.request("GET", f"/v1/deposits/{name}", signed=False)
        open_client.close()
    finally:
        client.close()


def test_sharing_is_still_what_it_was() -> None:
    """The kinds of an emergency never leave in a share."""
    assert {"emergency", "emergency_step", "held_emergency"} <= exporting.NEVER


def test_a_clock_that_is_behind_pulls_no_release_forward(
    pair: Pair, trusted, server, tmp_path, monkeypatch
) -> None:
    """The office's clock falls a year behind; what the server hands out stays where it was."""
    agreement = Agreement(1, 0, 1, ago(1.9))
    ours, _ = prepared(pair, trusted, server, tmp_path, timed=True, agreement=agreement)
    pair.office.emergency.check_in(ours)
    synchronise.sync(pair.office)
    before = _time_of(tmp_path, 1)
    store = type(pair.office.store)
    real = store.now_ms
    monkeypatch.setattr(store, "now_ms", staticmethod(lambda: real() - 365 * 86400 * 1000))
    synchronise.sync(pair.office)
    assert _time_of(tmp_path, 1) == before


def test_whoever_ends_it_takes_it_from_the_server(pair: Pair, trusted, server, tmp_path) -> None:
    """The office brought the letter there; a colleague who learned of it by stick ends it."""
    agreement = Agreement(1, 0, 1, ago(1))
    ours, _ = prepared(pair, trusted, server, tmp_path, timed=True, agreement=agreement)
    assert _time_of(tmp_path, 1) > 0
    pair.carry(pair.office, pair.laptop)
    pair.laptop.emergency.end(ours, "She is home")
    synchronise.sync(pair.laptop)
    assert _time_of(tmp_path, 0) == 0
