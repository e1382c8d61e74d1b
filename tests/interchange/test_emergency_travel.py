"""Emergency packages of laptops that travelled, were restored or cloned: their identity is new,
their owner is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from defenderdesk.errors import EmergencyError, UsageError
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.identity import rekey
from tests.conftest import PASSPHRASE, MakeVault, Pair
from tests.worlds.packages import handed, wish
from tests.worlds.records import new_case


@pytest.fixture
def trusted(make_vault: MakeVault) -> Vault:
    """The partner's laptop, of another workspace."""
    return make_vault("trusted")


def released(us: Vault, ours: str, partner: Vault, theirs: str, folder: Path) -> bool:
    """Releases it here, and brings the letters to the partner."""
    us.emergency.release(ours)
    preparing.write_release(us, ours, folder / "r.ddrelease")
    escrow.take_release(partner, folder / "r.ddrelease")
    return escrow.state(partner, theirs).released


def away_and_back(pair: Pair, whose: Vault, office: Vault) -> Vault:
    """It leaves with nothing on it, and comes home."""
    for _ in range(2):
        pair.carry(whose, office)
        pair.carry(office, whose)
    device = whose.info().device
    travel.tell(whose.store)
    pair.carry(whose, office)
    whose.depart(PASSPHRASE)
    back = Vault.open(whose.profile, PASSPHRASE)
    assert back.emergency.all_of() == []
    travel.welcome(office.store, device)
    pair.carry(office, back)
    assert back.info().device != device
    return back


def test_who_comes_home_can_release_it(pair: Pair, trusted, tmp_path: Path) -> None:
    ours, theirs = handed(pair.office, trusted, tmp_path, wish(pair.office, trusted, ("Amina",)))
    before = {
        one.device for one in pair.office.emergency.devices_of(pair.office.emergency.need(ours).desk, "Amina")
    }
    with away_and_back(pair, pair.laptop, pair.office) as back:
        pair.carry(back, pair.office)
        found = pair.office.emergency.need(ours)
        now = {o.device for o in pair.office.emergency.devices_of(found.desk, "Amina")}
        assert now and not now & before
        assert pair.office.emergency.lost(found) == []
        pieces = [step for step in found.of(packages.PIECE) if step.member == "Amina"]
        assert len(pieces) == 1, "sealed anew to the new identity, once"
        back.store.set_meta("former_identities", [])
        assert released(back, ours, trusted, theirs, tmp_path)


def test_while_it_travels_it_is_named(pair: Pair, trusted, tmp_path: Path) -> None:
    ours, _ = handed(pair.office, trusted, tmp_path, wish(pair.office, trusted, ("Amina",)))
    pair.carry(pair.office, pair.laptop)
    assert pair.office.emergency.away(pair.office.emergency.need(ours)) == []
    travel.tell(pair.laptop.store)
    pair.carry(pair.laptop, pair.office)
    found = pair.office.emergency.need(ours)
    assert pair.office.emergency.lost(found) == []
    assert pair.office.emergency.away(found) == ["Amina"]
    another = wish(pair.office, trusted, ("Amina",))
    with pytest.raises(UsageError):  # nothing is sealed for who travels
        preparing.prepare(pair.office, another, tmp_path / "another.ddemergency")


def test_the_maker_travels_and_the_package_counts_as_theirs(
    pair: Pair,
    trusted,
    tmp_path: Path,
) -> None:
    pair.carry(pair.office, pair.laptop)
    ours, theirs = handed(
        pair.laptop, trusted, tmp_path, wish(pair.laptop, trusted, ("Amina", "Office"), need=2)
    )
    with away_and_back(pair, pair.laptop, pair.office) as back:
        found = back.emergency.need(ours)
        assert (found.maker, found.altered) == ("Amina", False)
        assert not released(back, ours, trusted, theirs, tmp_path)
        pair.carry(back, pair.office)
        assert released(pair.office, ours, trusted, theirs, tmp_path)
        back.emergency.end(ours, "She is home.")
        pair.carry(back, pair.office)
        with pytest.raises(EmergencyError):
            pair.office.emergency.release(ours)


@pytest.mark.parametrize("cloned", [False, True])
def test_a_restored_laptop_can_release_it(
    pair: Pair,
    trusted,
    tmp_path: Path,
    cloned: bool,
) -> None:
    """The copy of the disk that the vault is restored from is older than the package; `cloned`:
    the laptop that it is a copy of goes on, too."""
    pair.carry(pair.office, pair.laptop)
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "copy")
    with Vault.open(pair.laptop.profile, PASSPHRASE) as laptop:
        ours, theirs = handed(pair.office, trusted, tmp_path, wish(pair.office, trusted, ("Amina",)))
        pair.carry(pair.office, laptop)
        laptop.emergency.check_in(ours, "from before the loss")
        pair.carry(laptop, pair.office)
        with Vault.open(tmp_path / "copy", PASSPHRASE) as copy:
            before = copy.info().device
            new_case(copy, "After it was restored")  # the feed forks
            pair.carry(pair.office, copy)
            pair.carry(copy, pair.office)
            pair.carry(pair.office, copy)
            pair.carry(copy, pair.office)
            assert copy.info().device != before
            found = copy.emergency.need(ours)
            assert len(found.of(packages.CHECK_IN)) == 1
            assert pair.office.emergency.lost(found) == []
            assert copy.emergency.can_release(found)
            if cloned:
                for _ in range(2):
                    pair.carry(pair.office, laptop)
                    pair.carry(laptop, pair.office)
                assert laptop.emergency.can_release(found)
                assert laptop.emergency.lost(found) == []
            assert released(laptop if cloned else copy, ours, trusted, theirs, tmp_path)


def test_a_former_identity_is_let_go_after_a_while(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    with away_and_back(pair, pair.laptop, pair.office) as back:
        assert len(rekey.openers(back.store)) == 2
        rekey.forget(back.store)
        assert len(rekey.openers(back.store)) == 2
        later = back.store.now_ms() + rekey.KEPT_FOR + 1
        monkeypatch.setattr(type(back.store), "now_ms", staticmethod(lambda: later))
        pair.carry(pair.office, back)
        assert len(rekey.openers(back.store)) == 1
