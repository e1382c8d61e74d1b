"""How far an erasure got: what is called confirmed is gone there, what is not gone is said, and a
kill or a rollback in between leaves neither half."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from defenderdesk.bundle import membership
from defenderdesk.errors import UsageError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.ledger.changes import ERASE, Change
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.casework import descendants, transfer
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import apply, writing
from defenderdesk.vault.recovery import backup
from defenderdesk.vault.replication import erasure_status
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.erasing import CANARY, case, everywhere, pages
from tests.worlds.records import new_case

__all__ = ["case"]


def confirmed(vault: Vault) -> dict[str, bool]:
    [told] = erasure_status.erasures(vault.store)
    return {where.member: where.confirmed for where in told.where}


def test_who_lacks_the_confirmation_has_not_confirmed(pair: Pair, case: str, third: Vault) -> None:
    """A researcher's erasure arrived there, and is not carried out: only a coordinator's word
    has it destroyed."""
    erase.erase(pair.laptop.store, [case], "They asked me to")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    assert confirmed(pair.office) == {"Amina": False, "Bako": False}
    erasure_status.confirm(pair.office.store, erasure_status.erasures(pair.office.store)[0].name)
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
    administer.set_role(pair.office.store, laptop, membership.COORDINATOR)
    pair.carry(pair.office, pair.laptop)
    erase.erase(pair.laptop.store, [case], "They asked me to")
    pair.carry(pair.laptop, pair.office)
    [told] = erasure_status.erasures(pair.office.store)
    assert told.done and not told.wanting
    administer.set_role(pair.office.store, laptop, membership.RESEARCHER)
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    [told] = erasure_status.erasures(pair.office.store)
    assert told.done and told.wanting and not confirmed(pair.office)["Bako"]
    erasure_status.confirm(pair.office.store, told.name)
    pair.carry(pair.office, third)
    pair.carry(third, pair.office)
    [told] = erasure_status.erasures(pair.office.store)
    assert not told.wanting and confirmed(pair.office)["Bako"]
    assert CANARY.encode() not in pages(third)
    assert verification.vault(third.store).problems == []


def test_what_somebody_wrote_on_in_a_whole_record_is_told_and_goes_with_a_second_erasure(
    pair: Pair, case: str
) -> None:
    pair.laptop.save([Edit(case, "summary", f"{CANARY} came home")])
    [attachment] = [r.id for r in pair.office.children(case)]
    erase.erase(pair.office.store, [case, attachment], "Withdrawn")
    assert erasure_status.erasures(pair.office.store)[0].written == ()
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    for vault in (pair.office, pair.laptop):
        assert erasure_status.erasures(vault.store)[0].written == (case,)
    erase.erase(pair.office.store, [case], "Withdrawn")
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        assert [e.written for e in erasure_status.erasures(vault.store)] == [(), ()]
        erase.clean(vault.store)
        assert everywhere(vault) == []


def test_a_killed_erasure_is_ended_by_the_next_opening(pair: Pair, case: str) -> None:
    """Between what is written down and the rewriting of the database there is time for a kill."""
    [attachment] = [r.id for r in pair.office.children(case)]
    chunks = pair.office.profile / "chunks"
    erase.erase(pair.office.store, [case, attachment], "Withdrawn")
    profile = pair.office.profile
    assert CANARY.encode() in pages(pair.office)
    pair.office.close()
    with Vault.open(profile, PASSPHRASE) as again:
        assert everywhere(again) == [] and not [p for p in chunks.rglob("*") if p.is_file()]
        assert verification.vault(again.store).problems == []


def test_a_failed_erasure_takes_no_attachment(pair: Pair, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    [attachment] = [r.id for r in pair.office.children(case)]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(erase.rebuild, "replay", fail)
    with pytest.raises(RuntimeError, match="killed here"):
        erase.erase(pair.office.store, [attachment], "Withdrawn")
    monkeypatch.undo()
    with open(pair.folder / "out", "wb") as out:
        pair.office.fetch(attachment, out)
    assert erasure_status.erasures(pair.office.store) == []


def test_a_role_that_lets_it_be_carried_out_leaves_no_free_page(pair: Pair, case: str) -> None:
    [attachment] = [r.id for r in pair.laptop.children(case)]
    erase.erase(pair.laptop.store, [case, attachment], "Mine")
    pair.carry(pair.laptop, pair.office)
    administer.set_role(pair.office.store, pair.laptop.info().device, membership.COORDINATOR)
    assert everywhere(pair.office) == []


def test_a_backup_of_the_same_moment_holds_nothing_of_it(pair: Pair, case: str, tmp_path: Path) -> None:
    [attachment] = [r.id for r in pair.office.children(case)]
    erase.erase(pair.office.store, [case, attachment], "Withdrawn")
    backup.write(pair.office.store, tmp_path / "x.ddbackup")
    assert everywhere(pair.office) == []


def test_what_was_sealed_and_not_sent_goes_too(pair: Pair, case: str) -> None:
    folder = pair.office.profile / "sync"
    folder.mkdir(exist_ok=True)
    unsent = folder / ("00" * 16 + "-out.ddbundle")
    unsent.write_bytes(b"sealed before")
    erase.erase(pair.office.store, [case], "Withdrawn")
    erase.clean(pair.office.store)
    assert not unsent.exists()


def test_an_erasure_finds_what_lies_in_a_branch_that_its_author_did_not_know(
    pair: Pair, case: str, third: Vault, tmp_path: Path
) -> None:
    """The office knows one history of the laptop, a colleague both."""
    pair.carry(pair.office, third)
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "clone")
    profile = pair.laptop.profile
    with (
        Vault.open(profile, PASSPHRASE) as first,
        Vault.open(tmp_path / "clone", PASSPHRASE) as copy,
    ):
        new = new_case(first, "Case")
        first.save([Edit(new, "summary", f"{CANARY} in one history")])
        innocent = new_case(copy, "Innocent")
        copy.save([Edit(innocent, "summary", "In the other")])
        pair.carry(first, pair.office)
        pair.carry(first, third)
        pair.carry(copy, third)
        late = tmp_path / "late"
        exporting.export(third, late, everything=True)
        every = [r.id for r in pair.office.children(case)]
        erase.erase(pair.office.store, [case, new, *every], "Withdrawn")
        for _ in range(2):
            pair.carry(pair.office, third, everything=True)
            pair.carry(third, pair.office, everything=True)
        receiving.receive(pair.office, late)
        receiving.receive(third, late)
        for vault in (pair.office, third):
            erase.clean(vault.store)
            assert everywhere(vault) == []
            assert vault.get(innocent).fields["summary"] == "In the other"
            assert verification.vault(vault.store).problems == []
        assert exchange_json.dump_text(third) == exchange_json.dump_text(pair.office)


def test_nobody_erases_anothers_testimony_under_the_name_of_a_record_of_their_own(
    pair: Pair, case: str, third: Vault, tmp_path: Path
) -> None:
    """What a coordinator confirms is the record that they were shown."""
    pair.carry(pair.laptop, third)
    pair.laptop.save([Edit(case, "summary", "Written later")])
    later = tmp_path / "later"
    exporting.export(pair.laptop, later, everything=True)
    receiving.receive(pair.office, later)
    mine, store = new_case(pair.laptop, "Mine"), pair.laptop.store
    with store.writing() as conn:
        theirs, own = writing.record_bytes(case), writing.record_bytes(mine)
        [desk] = conn.execute("SELECT desk FROM records WHERE id = ?", (theirs,)).fetchone()
        row = conn.execute("SELECT history FROM records WHERE id = ?", (theirs,)).fetchone()[0]
        feeds = [apply.feed_and_seq(int.from_bytes(row[i : i + 8], "big")) for i in range(0, len(row), 8)]
        names = dict(conn.execute("SELECT num, device FROM feeds").fetchall())
        dots = tuple((bytes(names[n]), seq, at) for n, seq in feeds for at in range(4))
        found = [Change(own, f, ERASE, None, dots) for f in ("summary", "title")]
        writing.write(store, conn, desk, found)
    pair.carry(pair.laptop, pair.office)
    erasure_status.confirm(pair.office.store, erasure_status.erasures(pair.office.store)[0].name)
    pair.carry(pair.office, third)
    receiving.receive(third, later)
    for vault in (pair.office, third):
        assert vault.get(case).fields["summary"] == "Written later"
        assert vault.get(case).fields["title"] == "Case"
        assert any(CANARY in str(entry.value) for entry in vault.history(case))


def test_a_file_that_another_record_holds_as_well_stays(pair: Pair, case: str) -> None:
    [attachment] = pair.office.children(case)
    other = pair.laptop.new_id()
    pair.laptop.save(
        [
            Edit(other, "kind", "attachment"),
            Edit(other, "parent", case),
            Edit(other, "chunks", attachment.fields["chunks"]),
        ]
    )
    pair.carry(pair.laptop, pair.office)
    erase.erase(pair.office.store, [other], "Mine")
    erase.clean(pair.office.store)
    with open(pair.folder / "out", "wb") as out:
        pair.office.fetch(attachment.id, out)
    erase.erase(pair.office.store, [attachment.id], "Withdrawn")
    erase.clean(pair.office.store)
    assert not [p for p in (pair.office.profile / "chunks").rglob("*") if p.is_file()]


def test_a_moved_case_goes_from_the_desk_that_it_came_from_too(pair: Pair, case: str) -> None:
    """It lies hidden there, with the history and the file that did not come along."""
    pair.office.add_desk("Other desk")
    there, _ = transfer.carry(pair.office.store, case, "Other desk", move=True)
    more = [one.id for one in descendants.to_erase(pair.office.store, there)]
    assert case in more
    erase.erase(pair.office.store, [there, *more], "Withdrawn")
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        erase.clean(vault.store)
        assert everywhere(vault) == []
        assert not [p for p in (vault.profile / "chunks").rglob("*") if p.is_file()]
        assert verification.vault(vault.store).problems == []


def test_a_person_goes_with_those_who_were_found_to_be_the_same(pair: Pair) -> None:
    vault = pair.office
    kept, one, two = (vault.new_id() for _ in range(3))
    for person in (kept, one, two):
        vault.save([Edit(person, "kind", "person"), Edit(person, "name", f"{CANARY} {person}")])
    vault.save([Edit(two, "notes", CANARY)])
    vault.merge(one, two)
    vault.merge(kept, one)
    more = [found.id for found in descendants.to_erase(vault.store, kept)]
    assert {one, two} <= set(more)
    erase.erase(vault.store, [kept, *more], "Withdrawn")
    erase.clean(vault.store)
    assert everywhere(vault) == []


def test_what_was_deleted_in_a_case_goes_with_it(pair: Pair, case: str) -> None:
    """Hidden by a colleague, it is still on everybody's disk."""
    event = pair.office.new_id()
    pair.office.save(
        [
            Edit(event, "kind", "event"),
            Edit(event, "case", case),
            Edit(event, "title", CANARY),
        ]
    )
    pair.office.save([Edit(event, "deleted", True)])
    more = [one.id for one in descendants.to_erase(pair.office.store, case)]
    assert event in more
    erase.erase(pair.office.store, [case, *more], "Withdrawn")
    erase.clean(pair.office.store)
    assert everywhere(pair.office) == []


def test_a_whole_record_is_erased_once(pair: Pair, case: str) -> None:
    every = [case, *(one.id for one in descendants.to_erase(pair.office.store, case))]
    erase.erase(pair.office.store, every, "Withdrawn")
    with pytest.raises(UsageError, match="nothing left"):
        erase.erase(pair.office.store, every, "Again")
    assert len(erasure_status.erasures(pair.office.store)) == 1
