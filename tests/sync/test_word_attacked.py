"""Word of a removal under attack: it destroys nothing that colleagues want kept, and it arrives
whatever became of the removed laptop's desks, of clocks and of the office's own keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.bundle.membership import ADMINISTRATOR
from defenderdesk.errors import NotForUsError, RemovedError, RevokedError, StorageError
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault, types
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.membership import administer
from defenderdesk.vault.storage.store import Store
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.clones import titles
from tests.worlds.devices import device, opens, remove
from tests.worlds.notices import stick_of, word_on
from tests.worlds.records import new_case

YEAR = 365 * 24 * 3600 * 1000


def administrators(pair: Pair, *others: Vault) -> None:
    administer.set_quorum(pair.office.store, 1)
    for vault in others:
        assert administer.set_role(pair.office.store, device(vault), ADMINISTRATOR)
    for vault in (pair.laptop, *others):
        pair.carry(pair.office, vault)
        pair.carry(vault, pair.office)


def word_first(stick: Path, vault: Vault) -> None:
    """The word is what the folder begins with."""
    words = [p for p in sorted(stick.iterdir()) if opens(vault, p) and p.name.startswith("0-")]
    for number, path in enumerate(words):
        path.rename(stick / f"0-000{number}{path.name[2:]}")


def test_a_stick_that_brings_as_well_why_the_removal_does_not_count_destroys_nothing(
    pair: Pair, third: Vault
) -> None:
    """A thief with an administrator's laptop removes a colleague; the office removes that one."""
    administrators(pair, third)
    new_case(pair.laptop, "Stays")
    assert administer.remove(third.store, device(pair.laptop), destroy=True)
    stick = stick_of(pair, third, "of the thief")
    word_first(stick, pair.laptop)
    remove(pair, third)
    new_case(pair.office, "News")
    exporting.export(pair.office, stick, everything=True)
    receiving.receive(pair.laptop, stick)
    assert titles(pair.laptop) == ["News", "Stays"]


def test_a_full_disk_behind_the_word_does_not_keep_the_keys(
    pair: Pair, third: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_case(pair.laptop, "Of the laptop")
    remove(pair, pair.laptop, destroy=True)
    stick = stick_of(pair, pair.office, "word")
    word_first(stick, pair.laptop)
    taken = receiving._take

    def full(vault: Vault, path: Path, progress: types.Progress | None = None) -> object:
        if path.name.startswith("1-"):  # as where the machine's disk is full
            raise StorageError(what=path.name)
        return taken(vault, path, progress)

    monkeypatch.setattr(receiving, "_take", full)
    with pytest.raises(RevokedError):
        receiving.receive(pair.laptop, stick)
    assert not Vault.exists(pair.laptop.profile)


def test_only_removals_that_count_are_told(pair: Pair, third: Vault) -> None:
    """The office removes a laptop that may keep its keys; at the same time a thief removes it with
    the wish to destroy them, which does not count once the thief's laptop is removed."""
    administrators(pair, third)
    new_case(pair.laptop, "Stays")
    remove(pair, pair.laptop)
    assert administer.remove(third.store, device(pair.laptop), destroy=True)
    remove(pair, third)
    pair.carry(third, pair.office)
    assert not pair.office.store.roster.devices[pair.laptop.store.device].destroy
    with pytest.raises(RemovedError) as told:
        receiving.receive(pair.laptop, stick_of(pair, pair.office, "word"))
    assert not isinstance(told.value, RevokedError)
    assert titles(pair.laptop) == ["Stays"]


def test_it_reaches_a_laptop_whose_desk_was_taken_before(pair: Pair, third: Vault) -> None:
    pair.carry(pair.laptop, pair.office)
    [desk] = pair.office.store.roster.keys
    administer.withdraw(pair.office.store, device(pair.laptop), desk)
    pair.carry(pair.office, pair.laptop)
    assert not pair.laptop.info().desks
    remove(pair, pair.laptop, destroy=True)
    with pytest.raises(RevokedError):
        receiving.receive(pair.laptop, stick_of(pair, pair.office, "word"))
    assert not Vault.exists(pair.laptop.profile)


def test_it_reaches_a_laptop_that_travels(pair: Pair) -> None:
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    name = device(pair.laptop)
    pair.laptop.depart(PASSPHRASE, anyway=True)
    assert administer.remove(pair.office.store, name, destroy=True)
    with (
        Vault.open(pair.laptop.profile, PASSPHRASE) as away,
        pytest.raises(RevokedError),
    ):
        receiving.receive(away, stick_of(pair, pair.office, "word"))
    assert not Vault.exists(pair.laptop.profile)


def test_no_colleagues_name_comes_to_a_laptop_that_travels(pair: Pair) -> None:
    """Where it was not wished that it destroy its keys, it hears nothing at the border."""
    name = device(pair.laptop)
    pair.laptop.depart(PASSPHRASE, anyway=True)
    assert administer.remove(pair.office.store, name)
    with Vault.open(pair.laptop.profile, PASSPHRASE) as away:
        with pytest.raises(NotForUsError):
            receiving.receive(away, stick_of(pair, pair.office, "word"))
        assert away.devices() == [] and away.store.meta("workspace_name") == travel.NEUTRAL


def test_a_laptop_that_gave_its_desk_back_hears_that_it_was_removed(pair: Pair) -> None:
    pair.carry(pair.laptop, pair.office)
    [desk] = pair.office.store.roster.keys
    administer.withdraw(pair.office.store, device(pair.laptop), desk)
    pair.carry(pair.office, pair.laptop)
    remove(pair, pair.laptop)
    with pytest.raises(RemovedError):
        receiving.receive(pair.laptop, stick_of(pair, pair.office, "word"))
    assert not pair.laptop.store.roster.devices[pair.laptop.store.device].present


@pytest.mark.parametrize("years", [-30, -2, 2, 30])
def test_a_clock_that_is_years_off_where_it_was_decided_holds_up_no_word(
    pair: Pair, third: Vault, years: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Store.now_ms()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "now_ms", staticmethod(lambda: right + years * YEAR))
        remove(pair, pair.laptop, destroy=True)
    pair.carry(pair.office, third)
    assert word_on(stick_of(pair, third, "word"), pair.laptop)


def test_who_outgrew_their_key_right_after_it_brings_it_too(pair: Pair, third: Vault) -> None:
    administer.set_quorum(pair.office.store, 1)
    assert administer.set_role(pair.office.store, device(third), ADMINISTRATOR)
    assert administer.set_quorum(pair.office.store, 2)
    remove(pair, pair.laptop, destroy=True)
    assert word_on(stick_of(pair, pair.office, "word"), pair.laptop)
