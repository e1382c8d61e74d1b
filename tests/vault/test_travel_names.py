"""Before a border everything that no office has is named, whatever it is and whatever the clocks
said."""

from __future__ import annotations

import pytest

from defenderdesk.errors import UsageError
from defenderdesk.sync.bundles import exporting
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.identity import members
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage.store import Store
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.clones import titles
from tests.worlds.devices import device
from tests.worlds.records import new_case

YEAR = 365 * 24 * 3600 * 1000


def settled(pair: Pair, third: Vault) -> None:
    for vault in (pair.laptop, third):
        pair.carry(pair.office, vault)
        pair.carry(vault, pair.office)
        pair.carry(pair.office, vault)


def test_what_waits_for_what_it_follows_is_named(pair: Pair, third: Vault) -> None:
    """A colleague's stick was lost (or a server withholds it); what is on the next one lies here, is
    not shown yet, and may be nowhere else any more."""
    settled(pair, third)
    assert travel.unconfirmed(pair.laptop.store) == []
    new_case(third, "On the stick that was lost")
    with third.store.writing() as conn:  # it thinks that everybody has it
        [desk] = members.desk_keys(conn, third.store.roster)
        all_of_it = planning.own_receipt(conn, desk, third.store.log.digest)
        for one in third.store.members.keys() - {third.store.device}:
            planning.save_receipt(conn, one, desk.num, third.store.now_ms(), all_of_it)
    new_case(third, "On the next one")
    pair.carry(third, pair.laptop)
    assert titles(pair.laptop) == [], "it is not shown before what it follows"
    [left] = travel.unconfirmed(pair.laptop.store)
    assert left.change_sets == 1
    pair.carry(third, pair.office, everything=True)
    pair.carry(pair.office, pair.laptop)
    assert travel.unconfirmed(pair.laptop.store) == []


@pytest.mark.parametrize("years", [-20, 20])
def test_a_receipt_of_a_clock_that_was_years_off_is_replaced(
    pair: Pair, third: Vault, years: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(pair, third)
    right = Store.now_ms()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "now_ms", staticmethod(lambda: right + years * YEAR))
        new_case(pair.office, "While its clock was wrong")
        pair.carry(pair.office, pair.laptop)
    new_case(pair.laptop, "Of the laptop")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    assert travel.unconfirmed(pair.laptop.store) == []
    again = exporting.export(pair.laptop, pair.folder / "nothing", to=[device(pair.office)])
    assert again.changes == 0


def test_who_departs_twice_is_told_and_finds_the_way_back(pair: Pair) -> None:
    pair.laptop.depart(PASSPHRASE, anyway=True)
    with Vault.open(pair.laptop.profile, PASSPHRASE) as away:
        boxes = away.store.meta(travel.BOXES)
        for again in (lambda: travel.tell(away.store), lambda: away.depart(PASSPHRASE)):
            with pytest.raises(UsageError, match="empty"):
                again()
        assert away.store.meta(travel.BOXES) == boxes
