"""A key that could decide alone what two must agree to now is gone before anybody hears of it; and
what is taken from a laptop is taken from the keys that it had before."""

from __future__ import annotations

import pytest

from defenderdesk.bundle.membership import ADMINISTRATOR, acts
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError, RevokedError
from defenderdesk.sync.bundles import exporting, plan, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.recovery import shares, trustees
from tests.conftest import Pair
from tests.worlds.clones import titles
from tests.worlds.erasing import pages
from tests.worlds.records import new_case


def appoint(office: Vault, other: Vault) -> None:
    assert administer.set_role(office.store, other.info().device, ADMINISTRATOR)


def test_the_founders_first_key_is_gone_before_the_second_administrator_hears(pair: Pair) -> None:
    new_case(pair.office, "Before")
    store = pair.office.store
    old, opens, early = store.require_signing_key(), store.require_identity().seed, store.log.heads
    appoint(pair.office, pair.laptop)
    assert store.require_signing_key().public == old.public, "nobody heard of it yet"
    pair.carry(pair.office, pair.laptop)
    assert store.require_signing_key().public != old.public
    assert store.require_identity().seed == opens, "what was sealed to it is opened as before"
    new_case(pair.laptop, "From the field")
    report = pair.carry(pair.laptop, pair.office)
    assert not report.forked and not report.renewed
    assert old.seed not in pages(pair.office), "nor in a free page of the database"
    assert titles(pair.office) == titles(pair.laptop) == ["Before", "From the field"]
    # Whoever has the laptop now cannot decide as of before.
    for kind, detail in (
        (acts.ROLE, [pair.laptop.store.device, "coordinator"]),
        (acts.QUORUM, [1]),
    ):
        made = acts.make(store.require_signing_key(), store.workspace, kind, early, 1, detail)
        with pytest.raises(DamagedError, match="not from an administrator"):
            store.log.copy().add([made])
    for vault in (pair.office, pair.laptop):
        assert verification.vault(vault.store).problems == []


def test_an_office_with_one_administrator_keeps_its_key(pair: Pair, third: Vault) -> None:
    device = pair.office.store.device
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    assert pair.office.store.device == device


def test_every_administrator_takes_a_new_key_once_there_is_a_third(pair: Pair, third: Vault) -> None:
    appoint(pair.office, pair.laptop)
    pair.carry(pair.office, pair.laptop)
    before = [pair.office.store.device, pair.laptop.store.device]
    made = not administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
    assert made, "two must agree"
    pair.carry(pair.office, pair.laptop)
    [proposal] = pair.laptop.store.roster.proposals
    assert administer.endorse(pair.laptop.store, proposal.act.id.hex())
    for source, target in (
        (pair.laptop, pair.office),
        (pair.office, third),
        (third, pair.laptop),
        (pair.laptop, third),
        (pair.laptop, pair.office),
    ):
        pair.carry(source, target)
    assert not {pair.office.store.device, pair.laptop.store.device} & set(before)
    able = [m.member for m in third.store.members.values() if m.role == ADMINISTRATOR]
    assert sorted(able) == ["Amina", "Bako", "Office"]


def test_a_kill_before_the_new_key_is_kept_loses_nothing(pair: Pair, monkeypatch) -> None:
    appoint(pair.office, pair.laptop)
    device = pair.office.store.device

    def torn(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rekey.members, "keep_acts", torn)
    with pytest.raises(KeyboardInterrupt):
        exporting.export(pair.office, pair.folder / "never")
    monkeypatch.undo()
    assert pair.office.store.device == device and not list(pair.folder.glob("never/*"))
    pair.carry(pair.office, pair.laptop)
    assert pair.office.store.device != device


def test_what_a_renewed_laptop_had_before_is_removed_with_it(pair: Pair, third: Vault) -> None:
    """Its former keys came to life again when its present ones were removed."""
    with pair.laptop.store.writing() as conn:
        former = pair.laptop.store.device
        rekey.succeed(pair.laptop.store, conn, pair.laptop.store.log.copy())
    pair.laptop.store.load_identity()
    new_case(pair.laptop, "Before")
    pair.carry(pair.laptop, pair.office)
    administer.remove(pair.office.store, pair.laptop.info().device, destroy=True)
    gone = pair.office.store.roster.devices[former]
    assert gone.removed and not gone.present and gone.destroy
    new_case(pair.office, "Afterwards")
    pair.carry(pair.office, third)
    stick = pair.folder / "all"
    stick.mkdir()
    exporting.export(pair.office, stick, everything=True)
    assert titles(pair.laptop) == ["Before"]
    for path in sorted(stick.glob("[12]-*")):
        with pytest.raises(receiving.NotForUsError):
            receiving.receive_file(pair.laptop, path)
    with pytest.raises(RevokedError):
        receiving.receive(pair.laptop, stick)
    assert not Vault.exists(pair.laptop.profile)
    assert titles(third) == ["Afterwards", "Before"]


def test_who_administers_no_more_does_not_with_former_keys(pair: Pair, third: Vault) -> None:
    for other in (pair.laptop, third):
        pair.office.store.load_identity()
        administer.set_quorum(pair.office.store, 1)
        appoint(pair.office, other)
    store = pair.laptop.store
    pair.carry(pair.office, pair.laptop)
    old, early = store.require_signing_key(), store.log.heads
    with store.writing() as conn:
        rekey.succeed(store, conn, store.log.copy())
    store.load_identity()
    pair.carry(pair.laptop, pair.office)
    administer.set_role(pair.office.store, pair.laptop.info().device, "researcher")
    log = pair.office.store.log.copy()
    with pytest.raises(DamagedError, match="not from an administrator"):
        log.make(old, acts.ROLE, [third.store.device, "researcher"], 1)
    made = acts.make(old, log.workspace, acts.ROLE, early, 1, [third.store.device, "researcher"])
    log.add([made])  # as of before it heard
    assert log.roster.devices[third.store.device].role == ADMINISTRATOR


def third_administrator(pair: Pair, third: Vault) -> None:
    """Both administrators take new keys, and everybody hears of it."""
    assert not administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
    pair.carry(pair.office, pair.laptop)
    [proposal] = pair.laptop.store.roster.proposals
    assert administer.endorse(pair.laptop.store, proposal.act.id.hex())
    for source, target in (
        (pair.laptop, pair.office),
        (pair.office, third),
        (pair.laptop, third),
    ):
        pair.carry(source, target)


def test_shares_of_a_recovery_stay_where_only_the_key_that_signs_changed(pair: Pair, third: Vault) -> None:
    """Made anew they would help nobody until they were exchanged, and those of before no more."""
    appoint(pair.office, pair.laptop)
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.office, third)
    before = [v.store.device for v in (pair.office, pair.laptop)]
    trustees.arrange(third.store, 2, [signing.id_text(one) for one in before])
    made = trustees.round_of(third.profile)
    assert made is not None
    for helper in (pair.office, pair.laptop):
        pair.carry(third, helper)
    third_administrator(pair, third)
    assert not {pair.office.store.device, pair.laptop.store.device} & set(before)
    assert trustees.round_of(third.profile) == made
    for helper in (pair.office, pair.laptop):
        share, _ = shares.for_round(helper.store, made.name)
        assert trustees.share_hash(made.name, shares.opened(helper.store, share)) in made.hashes
    assert trustees.standing(third.store).enough


def test_a_laptop_is_found_by_the_id_that_it_had_before(pair: Pair, third: Vault) -> None:
    first = pair.office.info().device
    appoint(pair.office, pair.laptop)
    pair.carry(pair.office, pair.laptop)
    third_administrator(pair, third)
    pair.carry(pair.office, pair.laptop)
    now = pair.office.store.device
    assert first != signing.id_text(now)
    for name in (first, first[:8], signing.id_text(now), signing.id_text(now)[:8], "Office"):
        assert plan.resolve_device(pair.laptop, name) == now
    assert administer.remove(pair.laptop.store, signing.id_text(now)) is False
    pair.carry(pair.laptop, third)
    [proposal] = third.store.roster.proposals
    assert administer.endorse(third.store, proposal.act.id.hex())
    assert plan.resolve_device(third, first[:8]) is None, "it is there no more"
