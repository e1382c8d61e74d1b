"""A receipt says what its device holds as of the membership that it knew. A stick that comes late,
of before a journey or before a desk was taken, locks nobody out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from defenderdesk.bundle import manifest
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.crypto import canonical, signing
from defenderdesk.sync.bundles import exporting, plan, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.membership import administer
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.clones import titles
from tests.worlds.records import new_case


def stick(pair: Pair, source: Vault, name: str, **options: bool) -> Path:
    folder = pair.folder / name
    folder.mkdir()
    exporting.export(source, folder, **options)
    return folder


def met(pair: Pair) -> None:
    """Both hold the same, and know of each other that they do."""
    for source, target in ((pair.laptop, pair.office), (pair.office, pair.laptop)) * 2:
        pair.carry(source, target)


def depart(pair: Pair) -> Vault:
    travel.tell(pair.laptop.store)
    pair.carry(pair.laptop, pair.office)
    pair.laptop.depart(PASSPHRASE)
    return Vault.open(pair.laptop.profile, PASSPHRASE)


@pytest.mark.parametrize("old_program", [False, True])
def test_a_stick_of_before_the_journey_locks_no_traveller_out(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, old_program: bool
) -> None:
    new_case(pair.laptop, "Before the journey")
    met(pair)
    if old_program:  # its receipts name no acts
        monkeypatch.setattr(type(pair.laptop.store.log), "beginnings", lambda *_: ())
    late = stick(pair, pair.laptop, "late", everything=True)
    monkeypatch.undo()
    device = pair.laptop.info().device
    with depart(pair) as empty:
        travel.welcome(pair.office.store, device)
        receiving.receive(pair.office, late)
        pair.carry(pair.office, empty)
        assert titles(empty) == ["Before the journey"]
        receiving.receive(pair.office, late)
        new_case(pair.office, "After it")
        pair.carry(pair.office, empty)
        assert titles(empty) == ["After it", "Before the journey"]


def test_a_stick_of_before_a_desk_was_given_back_keeps_no_old_case_away(pair: Pair) -> None:
    new_case(pair.office, "Of before")
    met(pair)
    late = stick(pair, pair.laptop, "late", everything=True)
    device = pair.laptop.info().device
    desk = signing.id_bytes(pair.office.info().desks[0].id)
    administer.withdraw(pair.office.store, device, desk)
    pair.carry(pair.office, pair.laptop)
    assert titles(pair.laptop) == []
    administer.grant(pair.office.store, device, desk)
    receiving.receive(pair.office, late)
    pair.carry(pair.office, pair.laptop)
    assert titles(pair.laptop) == ["Of before"]


def test_a_receipt_of_now_counts(pair: Pair) -> None:
    """Else everything would be sent again for ever."""
    new_case(pair.laptop, "Before the journey")
    met(pair)
    device = pair.laptop.info().device
    with depart(pair) as empty:
        travel.welcome(pair.office.store, device)
        pair.carry(pair.office, empty)
        for _ in range(2):
            pair.carry(empty, pair.office)
            pair.carry(pair.office, empty)
        nothing = exporting.export(pair.office, pair.folder / "nothing")
        assert nothing.nothing_new


def test_what_a_receipt_was_made_after_travels_with_it(pair: Pair) -> None:
    with pair.laptop.snapshot() as conn:
        desk = pair.laptop.store.roster.devices[pair.laptop.store.device]
        [keys] = [k for k in plan.members.desk_keys(conn, pair.laptop.store.roster) if k.id in desk.desks]
        whom = plan.audience(pair.laptop, conn, keys, (), True)
        made = plan.Batches(pair.laptop, conn, keys, whom, plan.planning.Plan())
        contents = made.manifest(())
    assert contents.receipt.since == pair.office.store.log.beginnings(pair.laptop.store.device, keys.id)
    assert manifest.read(contents.encode()) == contents
    value = canonical.decode(contents.encode(), "")
    del value["since"]  # as programs of before write it
    assert manifest.read(canonical.encode(value)).receipt.since == ()


@pytest.mark.parametrize("since", [[b"short"], [b"x" * 32] * (manifest.MAX_SINCE + 1), "no list", [1]])
def test_what_names_no_acts_is_refused(since: object) -> None:
    good = Manifest(b"w" * 16, b"d" * 16, b"s" * 16, 1, (), Receipt({}, roster=bytes(16)), ())
    value = canonical.decode(good.encode(), "")
    with pytest.raises(manifest.DamagedError.__mro__[1]):
        manifest.read(canonical.encode({**value, "since": since}))


def test_acts_that_are_not_known_yet_are_believed(pair: Pair) -> None:
    log, device = pair.office.store.log, pair.laptop.store.device
    desk = signing.id_bytes(pair.office.info().desks[0].id)
    assert not log.predates(device, desk, (b"\x01" * 32,), bytes(16))
    assert not log.predates(device, desk, log.beginnings(device, desk), bytes(16))
    administer.withdraw(pair.office.store, pair.laptop.info().device, desk)
    before = log.beginnings(device, desk)
    administer.grant(pair.office.store, pair.laptop.info().device, desk)
    log = pair.office.store.log
    assert log.predates(device, desk, before, bytes(16))
    assert log.predates(device, desk, (), bytes(16)), "of a program of before, by its digest"
    assert not log.predates(device, desk, (), log.digest)
    assert dataclasses.replace(Receipt({}), since=before).since == before
