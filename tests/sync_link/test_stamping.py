"""Trusted timestamps: asked of several authorities when a link allows, believed only under the
chosen root, kept as records on every replica."""

from __future__ import annotations

import base64
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from defenderdesk.crypto import timestamp
from defenderdesk.errors import DamagedError, NoSafeLinkError, UsageError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server import timestamping
from defenderdesk.sync.server.timestamping import Authority
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.custody import timestamps
from tests.conftest import Pair
from tests.tsa import Server, Tsa
from tests.worlds.photos import with_photo

Serve = Callable[[Callable[[bytes], bytes | None]], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Server] = []

    def start(reply: Callable[[bytes], bytes | None]) -> Server:
        running.append(Server(reply))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def tsa(tmp_path: Path) -> Tsa:
    return Tsa(tmp_path / "tsa")


def trust(vault: Vault, tsa: Tsa, address: str, name: str = "") -> None:
    timestamping.add(vault, Authority(name or tsa.name, address, tsa.root.decode()))


# -- the token by itself ---------------------------------------------------------------------------


def test_a_token_proves_the_time_under_its_root_alone(tsa, tmp_path) -> None:
    data = b"a signature"
    asked = timestamp.request(data)
    token = tsa.answer(asked.data)
    root, other = (
        timestamp.read_root(tsa.root),
        timestamp.read_root(Tsa(tmp_path / "b", "Two").root),
    )
    found = timestamp.check(token, data, [other, root], asked.nonce)
    assert found.root == root.fingerprint and found.authority == "CN=One timestamps"
    assert abs(found.time.timestamp() - time.time()) < 60
    wrong = [
        lambda: timestamp.check(token, b"something else", [root]),
        lambda: timestamp.check(token, data, [other]),
        lambda: timestamp.check(token, data, []),
        lambda: timestamp.check(token, data, [root], asked.nonce + 1),
        lambda: timestamp.check(token + bytes(40_000), data, [root]),
        lambda: timestamp.check(b"", data, [root]),
    ]
    for one in wrong:
        with pytest.raises(DamagedError):
            one()


@pytest.mark.parametrize(("begin", "days"), [(60, 30), (-30, 365)])
def test_a_certificate_that_was_not_valid_then_proves_nothing(tmp_path, begin, days) -> None:
    tsa = Tsa(tmp_path / "bad", begin=begin, days=days)
    asked = timestamp.request(b"x")
    token = tsa.answer(asked.data)
    with pytest.raises(DamagedError):
        timestamp.check(token, b"x", [timestamp.read_root(tsa.root)], asked.nonce)


def test_a_certificate_for_another_purpose_proves_nothing(tmp_path, tsa) -> None:
    asked = timestamp.request(b"x")
    token = tsa.answer(asked.data)
    for purpose, good in (
        (ExtendedKeyUsageOID.TIME_STAMPING, True),
        (ExtendedKeyUsageOID.SERVER_AUTH, False),
    ):
        forger = Tsa(tmp_path / str(good), "Forger", purpose=purpose)
        forged, root = forger.resign(token), timestamp.read_root(forger.root)
        if good:
            assert timestamp.check(forged, b"x", [root]).authority == "CN=Forger timestamps"
        else:
            with pytest.raises(DamagedError):
                timestamp.check(forged, b"x", [root])


def test_a_token_with_any_bit_flipped_or_cut_never_proves_another_time(tsa) -> None:
    data = b"x"
    token = tsa.answer(timestamp.request(data).data)
    root = timestamp.read_root(tsa.root)
    true = timestamp.check(token, data, [root])
    for at in range(len(token)):
        bad = bytearray(token)
        bad[at] ^= 1 << at % 8
        for form in (bytes(bad), token[:at]):
            try:
                found = timestamp.check(form, data, [root])
            except DamagedError:
                continue
            assert (found.time, found.serial, found.root) == (true.time, true.serial, true.root)


# -- asking ----------------------------------------------------------------------------------------


def test_what_was_taken_in_waits_and_is_stamped_by_each_authority(vault, tmp_path, tsa, serve) -> None:
    two = Tsa(tmp_path / "two", "Two")
    servers = [serve(tsa.answer), serve(two.answer)]
    _, photo = with_photo(vault, tmp_path)
    assert timestamping.stamp(vault).kept == 0, "nobody is asked who was not chosen"
    trust(vault, tsa, servers[0].address)
    trust(vault, two, servers[1].address)
    assert timestamping.waiting(vault) == 2
    report = timestamping.stamp(vault)
    assert (report.kept, report.failed, report.clock) == (2, {}, False)
    assert timestamping.waiting(vault) == 0
    assert {s.authority for s in vault.chain(photo).stamps} == {"One", "Two"}
    timestamping.stamp(vault)
    assert [len(s.asked) for s in servers] == [1, 1], "a token is no reason for another"
    assert all(len(query) < 200 for s in servers for query in s.asked), "a hash and a nonce"
    with_photo(vault, tmp_path)
    assert timestamping.stamp(vault).kept == 2


def test_tokens_reach_every_replica(pair: Pair, tsa, serve) -> None:
    _, photo = with_photo(pair.laptop, pair.folder)
    trust(pair.laptop, tsa, serve(tsa.answer).address)
    timestamping.stamp(pair.laptop)
    pair.carry(pair.laptop, pair.office)
    [stamp] = pair.office.chain(photo).stamps
    token = timestamp.check(stamp.token, stamp.signature, [timestamp.read_root(stamp.root)])
    assert token.time == stamp.time


LIES = {
    "another's nonce": lambda tsa, _q: tsa.answer(timestamp.request(b"else").data),
    "another hash": lambda tsa, _q: tsa.answer(timestamp.request(bytes(64)).data),
    "huge": lambda _t, _q: bytes(5_000_000),
    "nothing": lambda _t, _q: b"",
    "an error": lambda _t, _q: None,
    "noise": lambda _t, q: q,
    "cut": lambda tsa, q: tsa.answer(q)[:-20],
}


@pytest.mark.parametrize("lie", LIES)
def test_one_that_lies_or_is_silent_hinders_no_other(vault, tmp_path, tsa, serve, lie) -> None:
    honest = Tsa(tmp_path / "honest", "Honest")
    trust(vault, tsa, serve(lambda q: LIES[lie](tsa, q)).address)
    trust(vault, honest, serve(honest.answer).address)
    _, photo = with_photo(vault, tmp_path)
    report = timestamping.stamp(vault)
    assert report.kept == 1 and set(report.failed) == {"One"}
    assert [s.authority for s in vault.chain(photo).stamps] == ["Honest"]
    assert timestamping.waiting(vault) == 1, "it is asked again"


def test_another_authority_behind_the_address_is_not_believed(vault, tmp_path, tsa, serve) -> None:
    other = Tsa(tmp_path / "other", "One")
    trust(vault, tsa, serve(other.answer).address)
    with_photo(vault, tmp_path)
    assert timestamping.stamp(vault).kept == 0 and vault.timestamps() == []


def test_nobody_is_asked_around_the_route(vault, tmp_path, tsa, serve) -> None:
    server = serve(tsa.answer)
    trust(vault, tsa, server.address)
    with_photo(vault, tmp_path)
    vault.set_setting("paused", True)
    assert timestamping.stamp(vault).failed == {"One": link_policy.PAUSED}
    vault.set_setting("paused", False)
    vault.set_setting("route", "http://127.0.0.1:1")
    assert timestamping.stamp(vault).failed == {"One": link_policy.BAD_ROUTE}
    vault.set_setting("route", "socks5h://127.0.0.1:1")
    assert timestamping.stamp(vault).failed == {"One": link_policy.AUTHORITY_SILENT}
    assert server.asked == []
    vault.set_setting("route", "")
    assert timestamping.stamp(vault).kept == 1


def test_authorities_are_checked_when_they_are_set(vault, tsa) -> None:
    assert timestamping.authorities(vault) == [], "none is preset"
    for bad in (
        Authority("", "http://a.example/", tsa.root.decode()),
        Authority("A", "ftp://a.example/", tsa.root.decode()),
        Authority("A", "http://", tsa.root.decode()),
        Authority("A", "http://a.example/", "no certificate"),
        Authority("A", "http://a.example/", "-----BEGIN CERTIFICATE-----" + "A" * 99_999),
    ):
        with pytest.raises(UsageError):
            timestamping.add(vault, bad)
    trust(vault, tsa, "http://a.example/")
    trust(vault, tsa, "https://b.example/")
    assert [a.address for a in timestamping.authorities(vault)] == ["https://b.example/"]
    timestamping.remove(vault, "One")
    assert timestamping.authorities(vault) == []
    with pytest.raises(UsageError):
        timestamping.remove(vault, "One")


def test_one_that_answers_byte_by_byte_is_not_waited_for(vault, tmp_path, tsa, serve, monkeypatch):
    over = threading.Event()

    def slow(query: bytes) -> bytes:
        over.wait(20)
        return tsa.answer(query)

    monkeypatch.setattr(timestamping, "PATIENCE", 0.3)
    trust(vault, tsa, serve(slow).address)
    with_photo(vault, tmp_path)
    began = time.monotonic()
    assert timestamping.stamp(vault).failed == {"One": link_policy.AUTHORITY_SILENT}
    assert time.monotonic() - began < 10
    over.set()


def forged(vault: Vault, stamp: timestamps.Stamp, **change: object) -> None:
    """A record that looks like a timestamp, as any colleague of the desk can write one."""
    false = dataclasses.replace(stamp, **change)
    record = vault.new_id()
    fields = {
        "kind": "timestamp",
        "authority": false.authority,
        "device": false.device,
        "seq": false.seq,
        "signature": base64.b64encode(false.signature).decode(),
        "time": false.time.isoformat(),
        "token": base64.b64encode(false.token).decode(),
        "root": base64.b64encode(false.root).decode(),
    }
    vault.save([Edit(record, name, value) for name, value in fields.items()])


def test_records_that_only_look_like_timestamps_count_for_nothing(vault, tmp_path, tsa, serve) -> None:
    server = serve(tsa.answer)
    trust(vault, tsa, server.address)
    _, photo = with_photo(vault, tmp_path)
    timestamping.stamp(vault)
    [true] = vault.chain(photo).stamps
    early = true.time - timedelta(days=300)
    for change in (
        {"time": early},
        {"time": early, "signature": bytes(64)},
        {"time": early, "token": b"no token"},
        {"time": early, "root": b"no certificate"},
        {"time": early, "seq": true.seq + 1},
        {"time": early, "seq": 2**62},
        {"time": early, "device": "x"},
    ):
        forged(vault, true, **change)
    assert vault.chain(photo).stamps == [true]
    with_photo(vault, tmp_path)
    forged(vault, true, seq=true.seq + 1000)
    assert timestamping.waiting(vault) == 1, "nobody can make this device stop asking"
    assert timestamping.stamp(vault).kept == 1


def test_a_silent_authority_is_waited_for_once_and_not_for_every_desk(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, tsa: Tsa
) -> None:
    asked: list[str] = []

    def silent(address: str, *_: object) -> bytes:
        asked.append(address)
        raise NoSafeLinkError(reason=link_policy.AUTHORITY_SILENT)

    desks = ["Great Lakes desk", "Second desk", "Third desk"]
    for desk in desks[1:]:
        vault.add_desk(desk)
    for number, desk in enumerate(desks):
        case = vault.new_id()
        vault.save([Edit(case, "kind", "case"), Edit(case, "title", "C")], desk)
        path = vault.profile.parent / f"photo {number}"
        path.write_bytes(b"photo")
        vault.attach(case, path)
    timestamping.add(vault, Authority("Silent", "http://127.0.0.1:1", tsa.root.decode()))
    assert timestamping.waiting(vault) == 3
    monkeypatch.setattr(timestamping, "ask", silent)
    assert timestamping.stamp(vault).failed and len(asked) == 1
    assert timestamping.waiting(vault) == 3
