"""New keys for a device: who gives them, what is kept of those before, and for how long."""

from __future__ import annotations

import pytest

from defenderdesk.bundle.membership import Log, limits
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.storage.store import Store
from tests.conftest import MakeVault, Pair
from tests.worlds.devices import remove


def renew(vault: Vault, *, copied: bool = True) -> bool:
    store = vault.store
    with store.writing() as conn:
        done = rekey.succeed(store, conn, store.log.copy(), copied=copied)
    store.load_identity()
    return done


def test_it_stays_the_same_member_under_all_its_names(vault: Vault) -> None:
    store, before = vault.store, vault.store.device
    assert rekey.names(store) == (before,) and rekey.followed(store, before)
    key = store.require_signing_key().public
    assert renew(vault)
    assert store.device != before and set(rekey.names(store)) == {before, store.device}
    assert rekey.followed(store, before) and rekey.followed(store, store.device)
    assert not rekey.followed(store, b"somebody else's ")
    assert [one[0] for one in store.meta(rekey.FORMER)] == [before]
    assert renew(vault)
    assert store.meta(rekey.FORMER)[0][0] == before and len(rekey.names(store)) == 3
    assert store.require_signing_key().public != key


def test_who_was_removed_or_never_let_in_takes_none(pair: Pair) -> None:
    remove(pair, pair.laptop)
    store = pair.office.store
    before = pair.laptop.store.device
    assert not _as(pair, before) and not _as(pair, b"somebody else's ")
    assert store.meta(rekey.FORMER) == []


def _as(pair: Pair, device: bytes) -> bool:
    """The answer to a device that is not this one, by this one's log."""
    store = pair.office.store
    with pytest.MonkeyPatch.context() as patch, store.writing() as conn:
        patch.setattr(store, "device", device)
        return rekey.succeed(store, conn, store.log.copy())


def test_identities_of_before_still_open_the_newest_first(vault: Vault) -> None:
    store = vault.store
    seeds = [store.require_identity().seed]
    for _ in range(2):
        assert renew(vault)
        seeds.insert(0, store.require_identity().seed)
    assert len(set(seeds)) == 3 and [one.seed for one in rekey.openers(store)] == seeds
    assert renew(vault, copied=False), "nobody else has them: what is sealed to it stays"
    assert [one.seed for one in rekey.openers(store)] == seeds
    for _ in range(9):
        assert renew(vault)
    assert len(rekey.openers(store)) == 1 + 8, "as many as anybody can still mean"
    newest = [one.seed for one in rekey.openers(store)]
    assert newest[0] == store.require_identity().seed and seeds[0] not in newest


@pytest.mark.parametrize("sign", [1, -1])
def test_they_are_let_go_after_a_while(vault: Vault, monkeypatch: pytest.MonkeyPatch, sign: int) -> None:
    """Also where the clock went back: nobody knows how old they are then."""
    store, now = vault.store, [1_790_000_000_000]
    monkeypatch.setattr(Store, "now_ms", staticmethod(lambda: now[0]))
    assert renew(vault)
    start = now[0]
    now[0] = start + sign * (rekey.KEPT_FOR - 1)
    rekey.forget(store)
    assert len(rekey.openers(store)) == 2
    assert renew(vault)
    now[0] = start + sign * rekey.KEPT_FOR
    rekey.forget(store)
    assert len(rekey.openers(store)) == 2, "the younger one is kept"
    now[0] += sign * rekey.KEPT_FOR
    rekey.forget(store)
    assert [one.seed for one in rekey.openers(store)] == [store.require_identity().seed]


def test_nobody_takes_new_keys_without_end(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_RENEWALS", 2)
    assert renew(vault) and not renew(vault)
    assert len(rekey.names(vault.store)) == 2


def test_who_travels_or_is_nobody_takes_none(
    vault: Vault, make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its way back is by the keys of before."""
    monkeypatch.setattr(Log, "has_stale_authority", lambda *_: True)
    nobody = make_vault("nobody", found=False).store
    assert not rekey.rekey_if_stale(nobody)
    before = vault.store.device
    assert rekey.rekey_if_stale(vault.store) and vault.store.device != before
    assert vault.store.meta("clean_wanted") is True, "nor in a free page of the database"
    assert len(rekey.openers(vault.store)) == 1
    before = vault.store.device
    travel.tell(vault.store)
    assert not rekey.rekey_if_stale(vault.store) and vault.store.device == before


def test_a_key_that_decides_no_more_than_today_stays(vault: Vault) -> None:
    before = vault.store.device
    assert not rekey.rekey_if_stale(vault.store) and vault.store.device == before
    assert not vault.store.meta("clean_wanted")
