"""How far an erasure got: what is called confirmed is gone there, what is not gone is said, and a
kill or a rollback in between leaves neither half."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.bundle import membership
from defenderdesk.vault import Edit, Vault, administration, backup, check, erasure, erasures
from tests.conftest import PASSPHRASE, Pair
from tests.vault.test_erasure import CANARY, case, everywhere, pages

__all__ = ["case"]


def confirmed(vault: Vault) -> dict[str, bool]:
    [told] = erasures.erasures(vault.store)
    return {where.member: where.confirmed for where in told.where}


def test_who_lacks_the_confirmation_has_not_confirmed(pair: Pair, case: str, third: Vault) -> None:
    """A researcher's erasure arrived there, and is not carried out: only a coordinator's word
    has it destroyed."""
    erasure.erase(pair.laptop.store, [case], "They asked me to")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    assert confirmed(pair.office) == {"Amina": False, "Bako": False}
    erasures.confirm(pair.office.store, erasures.erasures(pair.office.store)[0].name)
    assert CANARY.encode() in pages(third)
    assert confirmed(pair.office) == {"Amina": False, "Bako": False}
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    assert CANARY.encode() not in pages(third)
    assert confirmed(pair.office) == {"Amina": False, "Bako": True}


def test_a_coordinator_who_is_one_no_more_leaves_it_wanting_and_it_is_confirmed(
    pair: Pair, case: str, third: Vault
) -> None:
    laptop = pair.laptop.info().device
    administration.set_role(pair.office.store, laptop, membership.COORDINATOR)
    pair.carry(pair.office, pair.laptop)
    erasure.erase(pair.laptop.store, [case], "They asked me to")
    pair.carry(pair.laptop, pair.office)
    [told] = erasures.erasures(pair.office.store)
    assert told.done and not told.wanting
    administration.set_role(pair.office.store, laptop, membership.RESEARCHER)
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    [told] = erasures.erasures(pair.office.store)
    assert told.done and told.wanting and not confirmed(pair.office)["Bako"]
    erasures.confirm(pair.office.store, told.name)
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    [told] = erasures.erasures(pair.office.store)
    assert not told.wanting and confirmed(pair.office)["Bako"]
    assert CANARY.encode() not in pages(third)
    assert check.vault(third.store).problems == []


def test_what_somebody_wrote_on_in_a_whole_record_is_told_and_goes_with_a_second_erasure(
    pair: Pair, case: str
) -> None:
    pair.laptop.save([Edit(case, "summary", f"{CANARY} came home")])
    [attachment] = [r.id for r in pair.office.children(case)]
    erasure.erase(pair.office.store, [case, attachment], "Withdrawn")
    assert erasures.erasures(pair.office.store)[0].written == ()
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    for vault in (pair.office, pair.laptop):
        assert erasures.erasures(vault.store)[0].written == (case,)
    erasure.erase(pair.office.store, [case], "Withdrawn")
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        assert [e.written for e in erasures.erasures(vault.store)] == [(), ()]
        erasure.clean(vault.store)
        assert everywhere(vault) == []


def test_a_killed_erasure_is_ended_by_the_next_opening(pair: Pair, case: str) -> None:
    """Between what is written down and the rewriting of the database there is time for a kill."""
    [attachment] = [r.id for r in pair.office.children(case)]
    chunks = pair.office.profile / "chunks"
    erasure.erase(pair.office.store, [case, attachment], "Withdrawn")
    profile = pair.office.profile
    assert CANARY.encode() in pages(pair.office)
    pair.office.close()
    with Vault.open(profile, PASSPHRASE) as again:
        assert everywhere(again) == [] and not [p for p in chunks.rglob("*") if p.is_file()]
        assert check.vault(again.store).problems == []


def test_a_failed_erasure_takes_no_attachment(
    pair: Pair, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [attachment] = [r.id for r in pair.office.children(case)]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(erasure.refold, "refold", fail)
    with pytest.raises(RuntimeError, match="killed here"):
        erasure.erase(pair.office.store, [attachment], "Withdrawn")
    monkeypatch.undo()
    with open(pair.folder / "out", "wb") as out:
        pair.office.fetch(attachment, out)
    assert erasures.erasures(pair.office.store) == []


def test_a_role_that_lets_it_be_carried_out_leaves_no_free_page(pair: Pair, case: str) -> None:
    [attachment] = [r.id for r in pair.laptop.children(case)]
    erasure.erase(pair.laptop.store, [case, attachment], "Mine")
    pair.carry(pair.laptop, pair.office)
    administration.set_role(pair.office.store, pair.laptop.info().device, membership.COORDINATOR)
    assert everywhere(pair.office) == []


def test_a_backup_of_the_same_moment_holds_nothing_of_it(
    pair: Pair, case: str, tmp_path: Path
) -> None:
    [attachment] = [r.id for r in pair.office.children(case)]
    erasure.erase(pair.office.store, [case, attachment], "Withdrawn")
    backup.write(pair.office.store, tmp_path / "x.ddbackup")
    assert everywhere(pair.office) == []


def test_what_was_sealed_and_not_sent_goes_too(pair: Pair, case: str) -> None:
    folder = pair.office.profile / "sync"
    folder.mkdir(exist_ok=True)
    unsent = folder / ("00" * 16 + "-out.ddbundle")
    unsent.write_bytes(b"sealed before")
    erasure.erase(pair.office.store, [case], "Withdrawn")
    erasure.clean(pair.office.store)
    assert not unsent.exists()
