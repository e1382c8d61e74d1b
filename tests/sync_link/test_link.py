"""Two vaults and a real server over TLS."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import pytest

from defenderdesk.errors import NoSafeLinkError, NotFoundError, UsageError
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.backoff import Backoff
from defenderdesk.sync.enrolment import invitation, mailbox
from defenderdesk.sync.server.client import Client, Hello
from defenderdesk.vault import CaseFilter, Edit
from tests.conftest import MakeVault, Pair
from tests.sync_link.server import CutLine, Running, running
from tests.worlds.records import new_case


def settle_down(pair: Pair, url: str) -> None:
    for vault in (pair.office, pair.laptop, pair.office, pair.laptop):
        synchronise.sync(vault, url)


def test_both_ways_until_equal_and_then_silence(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        case = new_case(pair.office, "From the office")
        new_case(pair.laptop, "From the laptop")
        (tmp_path / "photo").write_bytes(os.urandom(5_000_000))
        pair.laptop.attach(new_case(pair.laptop, "Evidence"), tmp_path / "photo")
        with pytest.raises(NoSafeLinkError, match="does not know this device"):
            synchronise.sync(pair.laptop, link_policy.public_address(server.url))
        first = synchronise.sync(pair.office, server.url)
        assert first.sent_changes == 2 and first.waiting == 0
        second = synchronise.sync(pair.laptop, link_policy.public_address(server.url))
        assert second.received_changes == 2 and second.attachments_sent == 2
        assert pair.laptop.waiting() == pair.laptop.waiting().__class__(0, 0, None)
        third = synchronise.sync(pair.office)
        assert third.received_changes == 4 + 9 and third.attachments_received == 2
        one, two = pair.dumps()
        assert one == two
        settle_down(pair, server.url)
        for vault in (pair.office, pair.laptop):
            quiet = synchronise.sync(vault)
            assert (quiet.sent_bundles, quiet.received_bundles) == (0, 0)
        pair.office.save([Edit(case, "title", "a")])
        pair.laptop.save([Edit(case, "title", "b")])
        settle_down(pair, server.url)
        assert pair.office.conflict_count() == pair.laptop.conflict_count() == 1
        one, two = pair.dumps()
        assert one == two
        assert server.stop() == 0
        new_case(pair.office, "While it is away")
        with pytest.raises(NoSafeLinkError) as caught:
            synchronise.sync(pair.office)
        assert caught.value.exit == 6 and caught.value.facts["reason"] == link_policy.NOT_REACHED
        assert pair.office.waiting().changes == 2
        again = Running(tmp_path / "server", server.port)
        assert again.public == server.public
        assert synchronise.sync(pair.office).sent_changes == 2
        again.stop()
    for path in (tmp_path / "server").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in (b"From the", b"Great Lakes", b"Amina", b"Evidence"):
                assert secret not in content, path


def test_only_the_pinned_server_is_spoken_to(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        pin = link_policy.decide(server.url).address
        assert pin is not None
        for url, reason in (
            (server.url.replace(pin.pin, "0" * 64), link_policy.WRONG_IDENTITY),
            (server.url.partition("#")[0], link_policy.NOT_PINNED),
            (server.url.replace("https", "http"), link_policy.NOT_HTTPS),
            ("", link_policy.NO_SERVER),
            ("nonsense", link_policy.NOT_HTTPS),
            (server.url.replace(str(server.port), "1"), link_policy.NOT_REACHED),
        ):
            with pytest.raises(NoSafeLinkError) as caught:
                synchronise.sync(pair.office, url)
            assert caught.value.facts["reason"] == reason
        assert pair.office.setting("server") is None, "what never answered rightly is not kept"
        pair.office.set_setting("route", "socks5h://127.0.0.1:1")
        with pytest.raises(NoSafeLinkError) as caught:
            synchronise.sync(pair.office, server.url)
        assert caught.value.facts["reason"] in (link_policy.NO_ROUTE, link_policy.NOT_REACHED)
        pair.office.set_setting("route", "direct")
        pair.office.set_setting("paused", True)
        with pytest.raises(NoSafeLinkError, match="paused"):
            synchronise.sync(pair.office, server.url)


def test_changes_made_while_it_runs_are_not_lost(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        synchronise.sync(pair.office, server.url)
        stop = threading.Event()
        made: list[str] = []

        def write() -> None:
            while not stop.is_set():
                made.append(new_case(pair.laptop, f"Case {len(made)}"))
                stop.wait(0.005)

        writing = threading.Thread(target=write)
        writing.start()
        try:
            for _ in range(3):
                synchronise.sync(pair.laptop, server.url)
                synchronise.sync(pair.office)
        finally:
            stop.set()
            writing.join()
        synchronise.sync(pair.laptop)
        synchronise.sync(pair.office)
        assert len(made) > 3
        assert pair.office.count_cases(CaseFilter()) == len(made)
        one, two = pair.dumps()
        assert one == two


def test_a_line_that_is_cut_goes_on_where_it_stood(pair: Pair, tmp_path: Path) -> None:
    chance = random.Random(5)
    with running(tmp_path / "server") as server:
        synchronise.sync(pair.office, server.url)
        line = CutLine(server.port)
        case = new_case(pair.laptop, "With a film")
        (tmp_path / "film").write_bytes(os.urandom(12_000_000))
        pair.laptop.attach(case, tmp_path / "film")
        tries = {}
        for vault in (pair.laptop, pair.office):
            for count in range(1, 60):  # noqa: B007
                line.allow = chance.randrange(1000, 3_600_000)
                try:
                    synchronise.sync(vault, line.url(server.url))
                    break
                except NoSafeLinkError:
                    continue
            tries[vault] = count
        assert all(1 < count < 50 for count in tries.values()), "it was cut, and it got there"
        line.close()
        one, two = pair.dumps()
        assert one == two
        with open(os.devnull, "wb") as out:
            pair.office.fetch(pair.office.children(case, "attachment")[0].id, out)


def test_a_server_that_was_wiped_is_filled_again(pair: Pair, tmp_path: Path) -> None:
    new_case(pair.office, "Kept")
    new_case(pair.laptop, "Too")
    with running(tmp_path / "one") as server:
        synchronise.sync(pair.office, server.url)
        synchronise.sync(pair.laptop, server.url)
    with running(tmp_path / "two") as server:
        synchronise.sync(pair.office, server.url)
        report = synchronise.sync(pair.laptop, server.url)
        assert report.sent_changes >= 2
        synchronise.sync(pair.office)
        one, two = pair.dumps()
        assert one == two


def test_enrolment_through_the_server(make_vault: MakeVault, tmp_path: Path) -> None:
    office, laptop = make_vault("office"), make_vault("laptop", found=False)
    new_case(office, "Waiting for Amina")
    with running(tmp_path / "server") as server:
        synchronise.sync(office, server.url)
        invitation.invite(office, tmp_path / "i.ddinvite")
        assert b"token" not in (tmp_path / "i.ddinvite").read_bytes()
        with pytest.raises(NotFoundError):
            mailbox.ask(laptop, tmp_path / "i.ddinvite", "Amina")
        assert synchronise.sync(office).joins == []
        other = make_vault("other")
        with pytest.raises(UsageError, match="already belongs"):
            mailbox.ask(other, tmp_path / "i.ddinvite", "Amina")
        assert not other.setting("server"), "nothing of it is kept"
        asked = mailbox.ask(laptop, tmp_path / "i.ddinvite", "Amina")
        assert mailbox.collect(laptop) is None
        assert synchronise.sync(office).joins == ["Amina"]
        [(request, _)] = mailbox.pending(office)
        assert request.words == asked.words
        mailbox.approve(office, request)
        report = mailbox.collect(laptop)
        assert report is not None and report.joined and report.changes == 2
        new_case(laptop, "Amina's first")
        synchronise.sync(office)
        synchronise.sync(laptop)
        assert synchronise.sync(office).received_changes == 2


def test_killed_server_keeps_what_it_acknowledged(pair: Pair, tmp_path: Path) -> None:
    server = Running(tmp_path / "server")
    url, port = server.url, server.port
    for number in range(3):
        new_case(pair.office, f"Case {number}")
        synchronise.sync(pair.office, url)
        server.kill()
        server = Running(tmp_path / "server", port)
    assert synchronise.sync(pair.laptop, link_policy.public_address(url)).received_changes == 6
    server.stop()


def test_backoff_grows_and_is_bounded() -> None:
    backoff = Backoff(base=2, cap=60, rng=random.Random(1))
    times = [backoff.next() for _ in range(12)]
    for number, seconds in enumerate(times):
        span = min(60, 2 * 2**number)
        assert span / 2 <= seconds <= span
    backoff.reset()
    assert backoff.next() <= 2


@pytest.mark.parametrize(
    ("server", "route", "reason"),
    [
        ("https://h/#sha256=" + "a" * 64, "", link_policy.SAFE),
        ("https://h:1/#sha256=" + "AA:" * 31 + "AA", "socks5h://127.0.0.1:9050", link_policy.SAFE),
        ("https://h/#sha256=" + "a" * 64, "socks5://1.2.3.4:1", link_policy.BAD_ROUTE),
        ("https://h/#sha256=" + "a" * 63, "", link_policy.NOT_PINNED),
        ("https://[::1/#sha256=" + "a" * 64, "", link_policy.NO_SERVER),
        ("https://h:99999/#sha256=" + "a" * 64, "", link_policy.NO_SERVER),
        ("ftp://h/", "", link_policy.NOT_HTTPS),
    ],
)
def test_decisions_are_explained(server: str, route: str, reason: str) -> None:
    decision = link_policy.decide(server, route)
    assert decision.reason == reason
    assert decision.safe == (reason == link_policy.SAFE)


def test_no_answer_waits_for_the_line(tmp_path: Path) -> None:
    """A small answer goes out at once: with Nagle's algorithm each would take 40 ms longer."""
    with running(tmp_path / "server") as server:
        client = Client(link_policy.decide(server.url))
        took = []
        for _ in range(10):
            began = time.monotonic()
            client.hello()
            took.append(time.monotonic() - began)
        client.close()
        assert min(took) < 0.025, took


def test_a_closed_client_holds_no_connection_whatever_is_remembered(tmp_path: Path) -> None:
    """Nor an error that somebody still looks at: the server would wait for it when it stops."""
    with running(tmp_path / "server") as server:
        client = Client(link_policy.decide(server.url))
        client.hello()
        with pytest.raises(NoSafeLinkError) as held:
            client.json("GET", "/v1/nowhere", signed=False)
        client.close()
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 3, held


def test_a_laptop_that_slept_within_an_exchange_greets_once_more(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requests were dated by a clock that stood still meanwhile."""
    with running(tmp_path / "server") as server:
        synchronise.sync(pair.office, server.url)
        greeted = []

        def slept(client: Client) -> Hello:
            hello = greet(client)
            greeted.append(hello)
            if len(greeted) == 1:
                client._greeted += 3600
            return hello

        greet = Client.hello
        monkeypatch.setattr(Client, "hello", slept)
        new_case(pair.office, "After the sleep")
        assert synchronise.sync(pair.office).sent_changes == 2
        assert len(greeted) == 2
